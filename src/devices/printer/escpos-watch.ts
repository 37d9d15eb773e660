import type { Evidence } from '../../kernel/errors.js';
import { busOf, type Device, type DeviceContext } from '../kind.js';
import { watchedPrinterFaults } from '../printer-faults.js';
import { type StatusNews, StatusPoll, type StatusPollOptions } from '../printer-poll.js';
import { hindrances, type PrinterStatus, readinessOf } from '../printer-status.js';
import { type FoundFault, StandingFaults } from '../standing-faults.js';
import { SteadyStatus } from '../steady-status.js';
import { SupplyBook } from '../supplies/supply-book.js';
import { type PrinterReadings, unknownReadings } from './printer-readings.js';

/** A printer that speaks ESC/POS, on a wire of its own to us: it is asked how it is, and nothing is printed. */
export class EscposWatch implements Device {
  readonly capabilities;
  readonly #steady = new SteadyStatus();
  readonly #book: SupplyBook;
  readonly #faults: StandingFaults;
  readonly #poll: StatusPoll;

  constructor(
    options: StatusPollOptions,
    private readonly context: DeviceContext,
  ) {
    const { clock, name, reports } = context;
    // It has no levels: the limits mean nothing.
    this.#book = new SupplyBook({ supplies: 'all', lowPercent: 0, emptyPercent: 0 }, context);
    this.#faults = new StandingFaults(reports, watchedPrinterFaults);
    this.capabilities = {
      maintained: {
        supplyReplaced: (supply: string | null) => {
          this.#steady.replaced();
          return this.#book.replaced(supply);
        },
      },
    };
    this.#poll = new StatusPoll(busOf(context, 'bytes'), clock, name, options, {
      begun() {},
      answered: (status, news) => this.#answered(status, news),
      missed() {},
      silent: (evidence) => this.#silent(evidence),
      gone: () => this.#unknown(),
      buffered() {},
      crashed: (error) => reports.crashed(error),
    });
  }

  start(): void {
    this.#poll.start();
  }

  async stop(): Promise<void> {
    this.#poll.stop();
  }

  #answered(said: PrinterStatus, news: StatusNews): void {
    const { reports, clock } = this.context;
    reports.alive();
    const { status, faults } = this.#steady.take(said, news, clock.monotonicMilliseconds());
    const { paper } = status;
    this.#book.look([
      {
        name: 'paper',
        label: '',
        group: 'media',
        type: 'roll',
        levelPercent: null,
        state: paper ?? 'unknown',
        level: null,
        capacity: null,
        unit: null,
      },
    ]);
    const found = [...faults].map(([code, evidence]): [string, FoundFault] => [
      code,
      {
        evidence: { ...evidence, reason: String(evidence.reason) },
        parts: code.startsWith('printer.media-') ? ['paper'] : [],
      },
    ]);
    reports.readings(readingsOf(status, [...faults.keys()]));
    this.#faults.become(new Map(found));
  }

  #silent(evidence: Evidence): void {
    this.context.reports.silent(evidence);
    this.#unknown();
  }

  #unknown(): void {
    this.#steady.forget();
    this.context.reports.readings(unknownReadings);
    this.#faults.become(new Map());
  }
}

/** In the words that the other protocols have: `media-empty, cover-open`. */
function readingsOf(status: PrinterStatus, codes: readonly string[]): PrinterReadings {
  const readiness = readinessOf(status);
  const isStopped = hindrances(status).length > 0;
  const words = codes.map((code) => code.slice('printer.'.length));
  return {
    ...unknownReadings,
    state: isStopped ? 'stopped' : readiness === 'ready' ? 'idle' : null,
    reasons: words.length > 0 ? words.join(', ') : readiness === 'ready' ? 'none' : null,
    paper: status.paper,
    cover: status.cover,
  };
}
