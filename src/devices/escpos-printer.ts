import type { Evidence } from '../kernel/errors.js';
import { asHallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { FreePaper, PrinterReadiness, PrintResult, TicketPaper } from './capabilities.js';
import { busOf, type Device, type DeviceContext } from './kind.js';
import { PrintQueue } from './print-queue.js';
import { printerFaults } from './printer-faults.js';
import { type StatusNews, StatusPoll, type StatusPollOptions } from './printer-poll.js';
import { type PrinterStatus, readinessOf, unknownStatus } from './printer-status.js';
import { StandingFaults } from './standing-faults.js';
import { SteadyStatus } from './steady-status.js';
import { readLogo } from './ticket-logo.js';
import {
  composeCheckSlip,
  composeFree,
  composeTicket,
  cutCommand,
  type TicketLayout,
} from './ticket-paper.js';

interface EscposPrinterOptions extends StatusPollOptions, Omit<TicketLayout, 'logo' | 'qr'> {
  readonly qr?: string | undefined;
  /** Path of a PNG file. */
  readonly logo?: string | undefined;
  readonly confirm: 'buffered' | 'realtime';
  readonly checkSlip: boolean;
  readonly place?: string | undefined;
}

/** The only supply that it has. */
const paperSupply = 'paper';
type SupplyState = 'ok' | 'low' | 'empty' | 'unknown';

/** A ticket printer that speaks ESC/POS: reports what its status means, and prints. */
export class EscposPrinter implements Device {
  readonly capabilities;
  #layout: TicketLayout;
  /** The picture is being read; tickets wait for it, a moment at most. */
  #ready: Promise<void> = Promise.resolve();
  #status: PrinterStatus = unknownStatus;
  #readiness: PrinterReadiness = 'unknown';
  #supply: SupplyState = 'unknown';
  readonly #steady = new SteadyStatus();
  #printed = 0;
  #paperWasOut = false;
  #stopped = false;
  readonly #faults: StandingFaults;
  readonly #listeners = new Listeners<[]>();
  readonly #poll: StatusPoll;
  readonly #queue: PrintQueue;

  constructor(
    private readonly options: EscposPrinterOptions,
    private readonly context: DeviceContext,
  ) {
    const { clock, name, log, reports } = context;
    const { columns, language, header, footer, cut, qr, place } = options;
    this.#layout = { columns, language, header, footer, cut, ...(qr === undefined ? {} : { qr }) };
    this.#faults = new StandingFaults(reports, printerFaults);
    const bus = busOf(context, 'bytes');
    this.#poll = new StatusPoll(bus, clock, name, options, {
      begun: () => this.#look(),
      answered: (status, news) => this.#answered(status, news),
      missed: () => this.#queue.changed(),
      silent: (evidence) => this.#silent(evidence),
      gone: () => this.#gone(),
      buffered: () => this.#queue.buffered(),
      crashed: (error) => reports.crashed(error),
    });
    this.#queue = new PrintQueue(bus, clock, name, log, this.#poll, {
      confirm: options.confirm,
      cut: cutCommand(cut),
    });
    const readiness = () => this.#readiness;
    this.capabilities = {
      printsTickets: {
        place: place ?? null,
        get readiness() {
          return readiness();
        },
        onReadiness: (listener: () => void) => this.#listeners.add(listener),
        print: (paper: TicketPaper | FreePaper) => this.#print(paper),
      },
      maintained: {
        supplyReplaced: (supply: string | null) => {
          if (supply !== null && supply !== paperSupply) return false;
          this.#steady.replaced();
          return true;
        },
      },
    };
  }

  start(): void {
    this.context.reports.readings({ printed: 0 });
    if (this.options.logo !== undefined) this.#ready = this.#readLogo(this.options.logo);
    this.#poll.start();
    // A wire that was lost before tells nothing now.
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#poll.stop();
    this.#queue.stop();
  }

  async #readLogo(path: string): Promise<void> {
    try {
      const logo = await readLogo(path);
      this.#layout = { ...this.#layout, logo };
    } catch (thrown) {
      const { code, message } = asHallwardError(thrown, 'logo.unusable');
      this.context.log.warn({ logo: path, code, detail: message }, 'tickets are printed without the logo');
    }
  }

  async #print(paper: TicketPaper | FreePaper): Promise<PrintResult> {
    await this.#ready;
    let parts: Uint8Array[];
    try {
      parts = 'ticket' in paper ? composeTicket(paper, this.#layout) : composeFree(paper, this.#layout);
    } catch (thrown) {
      const { code, message } = asHallwardError(thrown, 'print.not-composed');
      this.context.log.error({ code, detail: message }, 'a paper could not be composed');
      return { result: 'failed', reason: code, begun: false };
    }
    const result = await this.#queue.print(parts);
    if (result.result !== 'failed' && !this.#stopped) {
      this.#printed++;
      this.context.reports.readings({ printed: this.#printed });
    }
    return result;
  }

  #answered(said: PrinterStatus, news: StatusNews): void {
    const { reports, clock } = this.context;
    reports.alive();
    const { status, faults } = this.#steady.take(said, news, clock.monotonicMilliseconds());
    if (status.paper === 'empty') this.#paperWasOut = true;
    this.#become(status, faults);
  }

  #silent(evidence: Evidence): void {
    this.context.reports.silent(evidence);
    this.#steady.forget();
    this.#queue.silent();
    this.#become(unknownStatus, new Map());
  }

  #gone(): void {
    this.#steady.forget();
    this.#queue.gone();
    this.#become(unknownStatus, new Map());
  }

  #become(status: PrinterStatus, faults: ReadonlyMap<string, Evidence>): void {
    const { reports } = this.context;
    this.#status = status;
    const { paper, cover, online } = status;
    reports.readings({ paper, cover, online, printed: this.#printed });
    this.#faults.become(
      new Map(
        [...faults].map(([code, evidence]) => [
          code,
          { evidence: { ...evidence, reason: String(evidence.reason) }, parts: [] },
        ]),
      ),
    );
    this.#supplyIs(paper ?? 'unknown');
    this.#queue.changed();
    this.#look();
  }

  /** Whether it can print now: of what would be refused at once nobody shall say that it goes to the printer. */
  #look(): void {
    this.#readyIs(this.#isAway ? 'unable' : readinessOf(this.#status));
  }

  /** The wire is lost, or the printer used to answer and does not any more. */
  get #isAway(): boolean {
    const { state } = busOf(this.context, 'bytes');
    const { condition, hasAnswered } = this.#poll;
    return state === 'lost' || state === 'closed' || (condition === 'silent' && hasAnswered);
  }

  #supplyIs(state: SupplyState): void {
    if (state === this.#supply) return;
    this.#supply = state;
    this.context.reports.record('supply.changed', {
      supply: paperSupply,
      state,
      levelPercent: null,
      daysLeft: null,
    });
  }

  #readyIs(readiness: PrinterReadiness): void {
    // Before anybody is told that tickets can be printed again: what was waiting has failed, so the slip goes first.
    if (readiness === 'ready' && this.#paperWasOut && this.#status.cover !== 'open') {
      this.#paperWasOut = false;
      if (this.options.checkSlip) void this.#printCheckSlip();
    }
    if (readiness === this.#readiness) return;
    this.#readiness = readiness;
    this.#listeners.tell();
  }

  async #printCheckSlip(): Promise<void> {
    const { result, reason } = await this.#queue.print(composeCheckSlip(this.#layout));
    if (result !== 'failed') return;
    this.context.log.warn({ reason }, 'the check slip after a new roll did not come out');
    if (reason !== 'device.disabled') this.#paperWasOut = true;
  }
}
