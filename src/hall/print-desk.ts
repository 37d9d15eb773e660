/**
 * Brings tickets to paper. What is to be printed is recorded with the ticket, so that a ticket whose paper was cut
 * short, by the end of a roll or of the power, comes out again under the same number, at the printer that can.
 */
import * as v from 'valibot';
import type { FreePaper, PrintResult, PrintsTickets, TicketPaper } from '../devices/capabilities.js';
import type { Timer } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import { millisecondsBetween, type Stamp, stampNow } from '../kernel/stamp.js';
import type { HallPorts } from './ports.js';
import { Printers } from './printers.js';

/** A ticket whose paper is wanted, as it is recorded. */
export interface WantedPrint {
  readonly number: string;
  readonly matter: string | null;
  readonly priority: boolean;
  readonly ahead: number | null;
  /** Absent on a copy: what was expected then is no news. */
  readonly waitMinutes?: { readonly low: number; readonly high: number } | null;
  /** Address for the QR code. */
  readonly qr?: string;
  readonly issuedAt: string | null;
  /** Where the visitor stands: a printer's name or place. */
  readonly at: string | null;
  /** Which copy comes next, 1 at first. */
  readonly copy: number;
  /** When the paper was asked for. */
  readonly since: Stamp;
}

const wantedSchema = v.object({
  number: v.string(),
  matter: v.nullable(v.string()),
  priority: v.boolean(),
  ahead: v.nullable(v.number()),
  waitMinutes: v.exactOptional(v.nullable(v.object({ low: v.number(), high: v.number() }))),
  qr: v.exactOptional(v.string()),
  issuedAt: v.nullable(v.string()),
  at: v.nullable(v.string()),
  copy: v.number(),
  since: v.object({
    boot: v.string(),
    monotonicMilliseconds: v.number(),
    wallMilliseconds: v.number(),
    quality: v.picklist(['synced', 'holdover', 'untrusted']),
  }),
}) satisfies v.GenericSchema<unknown, WantedPrint>;

const keyPrefix = 'print/';
/** Paper that could not be printed for this long is not printed by itself any more: nobody stands there now. */
const wantedForMilliseconds = 15 * 60 * 1000;
/** After all printers have failed a ticket although they seem able to print. */
const retryMilliseconds = 3_000;
const mostCopies = 5;

interface Entry {
  wanted: WantedPrint;
  /** Printers that failed it since the last pause. */
  readonly tried: Set<string>;
  /** Paper leaves only once its record is synced. */
  state: 'unsynced' | 'waiting' | 'printing';
}

export class PrintDesk {
  readonly #printers = new Printers();
  readonly #entries = new Map<string, Entry>();
  #timer: Timer | undefined;
  #started = false;
  #stopped = false;

  /**
   * @param waits whether a ticket still waits to be called: only then its paper is of use
   * @param changed told when a printer may have become able or unable to print
   */
  constructor(
    private readonly ports: HallPorts,
    private readonly waits: (ticket: string) => boolean,
    private readonly changed: () => void = () => {},
  ) {}

  /** Takes up what was not printed when the process ended, once there is a calling that knows who waits. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const [key, value] of this.ports.state) {
      if (!key.startsWith(keyPrefix)) continue;
      const ticket = key.slice(keyPrefix.length);
      const read = v.safeParse(wantedSchema, value);
      if (!read.success) {
        this.ports.commit({ puts: { [key]: null } });
        continue;
      }
      // It may be on paper already, or half of it: what comes out now is marked as a copy.
      const wanted = { ...read.output, copy: read.output.copy + 1 };
      this.#entries.set(ticket, { wanted, tried: new Set(), state: 'waiting' });
    }
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A printer joins. Returns the function that takes it away. */
  add(device: string, printer: PrintsTickets): () => void {
    const remove = this.#printers.add(device, printer, () => this.#printerChanged());
    this.#pump();
    this.changed();
    return () => {
      remove();
      this.changed();
    };
  }

  /** True where paper can be asked for at all. */
  get hasPrinters(): boolean {
    return this.#printers.size > 0;
  }

  /** The printer that a ticket asked for at a place would go to now; `null` where none can print. */
  nextFor(at: string | null): string | null {
    return this.#printers.choose(at, new Set())?.[0] ?? null;
  }

  /** Whether a printer is the one asked for, by its name or place. */
  isNear(device: string, at: string): boolean {
    return device === at || this.#printers.get(device)?.place === at;
  }

  /** Whether a printer stands at a place, able or not. */
  hasNear(at: string): boolean {
    return this.#printers.all.some(([device]) => this.isNear(device, at));
  }

  /** Prints a free text on one printer; `undefined` where there is no such printer. */
  printFree(device: string, paper: FreePaper | TicketPaper): Promise<PrintResult> | undefined {
    return this.#printers.get(device)?.print(paper);
  }

  /** Every printer, and whether it can print. */
  get all(): readonly { readonly device: string; readonly place: string | null; readonly able: boolean }[] {
    return this.#printers.all.map(([device, { place, readiness }]) => ({
      device,
      place,
      able: readiness !== 'unable',
    }));
  }

  /** What to record with a ticket whose paper is wanted; then call `print`. */
  record(ticket: string, wanted: Omit<WantedPrint, 'since'>): Record<string, Json> {
    const { clock, boot } = this.ports;
    const entry: WantedPrint = { ...wanted, since: stampNow(clock, boot) };
    this.#entries.set(ticket, { wanted: entry, tried: new Set(), state: 'unsynced' });
    return { [keyPrefix + ticket]: entry as unknown as Json };
  }

  /** The record of a ticket's paper is synced: now it may leave. */
  print(ticket: string): void {
    const entry = this.#entries.get(ticket);
    if (entry?.state !== 'unsynced') return;
    entry.state = 'waiting';
    this.#tryNow(ticket, entry);
  }

  #printerChanged(): void {
    for (const { tried } of this.#entries.values()) tried.clear();
    this.#pump();
    this.changed();
  }

  /** Tries all that waits, in the order of issue. */
  #pump(): void {
    for (const [ticket, entry] of [...this.#entries]) {
      if (entry.state === 'waiting') this.#tryNow(ticket, entry);
    }
  }

  #tryNow(ticket: string, entry: Entry): void {
    if (this.#stopped) return;
    const { wanted } = entry;
    if (!this.waits(ticket)) {
      this.#forget(ticket);
      return;
    }
    const late = this.#isTooLate(wanted);
    if (late || wanted.copy > mostCopies) {
      this.#giveUp(ticket, wanted, late ? 'print.too-late' : 'print.gave-up');
      return;
    }
    const chosen = this.#printers.choose(wanted.at, entry.tried);
    if (chosen === undefined) {
      if (entry.tried.size > 0) this.#tryLater();
      return;
    }
    const [device, printer] = chosen;
    entry.state = 'printing';
    const startedAt = this.ports.clock.monotonicMilliseconds();
    const paper: TicketPaper = { ticket, ...wanted };
    void printer.print(paper).then((result) => this.#ended(ticket, entry, device, startedAt, result));
  }

  #ended(
    ticket: string,
    entry: Entry,
    device: string,
    startedAt: number,
    { result, reason, begun }: PrintResult,
  ): void {
    if (this.#stopped || this.#entries.get(ticket) !== entry) return;
    const { number, copy } = entry.wanted;
    const afterMilliseconds =
      result === 'failed' ? null : Math.round(this.ports.clock.monotonicMilliseconds() - startedAt);
    const told = reason === undefined ? {} : { reason };
    const data = { ticket, number, device, result, copy, afterMilliseconds, ...told };
    const event = { type: 'ticket.printed', subject: device, data } as const;
    if (result !== 'failed') {
      this.#entries.delete(ticket);
      this.ports.commit({ events: [event], puts: { [keyPrefix + ticket]: null } });
      return;
    }
    if (begun !== false) entry.wanted = { ...entry.wanted, copy: copy + 1 };
    entry.state = 'waiting';
    entry.tried.add(device);
    // A printer that refused at once has printed nothing: no news, and nothing to write down.
    const change =
      begun === false
        ? {}
        : { events: [event], puts: { [keyPrefix + ticket]: entry.wanted as unknown as Json } };
    void this.ports.commit(change).synced.then(() => {
      if (this.#entries.get(ticket) === entry && entry.state === 'waiting') this.#tryNow(ticket, entry);
    });
  }

  /** All printers that seem able have just failed: once more after a moment. */
  #tryLater(): void {
    this.#timer ??= this.ports.clock.after('print again', retryMilliseconds, () => {
      this.#timer = undefined;
      this.#printerChanged();
    });
  }

  #isTooLate({ since }: WantedPrint): boolean {
    const { clock, boot } = this.ports;
    const passed = millisecondsBetween(since, stampNow(clock, boot));
    return passed !== null && passed > wantedForMilliseconds;
  }

  /** Lets a ticket go without paper, and says so. */
  #giveUp(ticket: string, { number, copy }: WantedPrint, reason: string): void {
    const result = { device: null, result: 'failed', afterMilliseconds: null, reason } as const;
    this.#entries.delete(ticket);
    this.ports.commit({
      events: [{ type: 'ticket.printed', subject: 'controller', data: { ticket, number, copy, ...result } }],
      puts: { [keyPrefix + ticket]: null },
    });
  }

  #forget(ticket: string): void {
    this.#entries.delete(ticket);
    this.ports.commit({ puts: { [keyPrefix + ticket]: null } });
  }
}
