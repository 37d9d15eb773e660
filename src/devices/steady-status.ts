import type { Evidence } from '../kernel/errors.js';
import { faultsOf } from './printer-faults.js';
import type { StatusNews } from './printer-poll.js';
import type { PrinterStatus } from './printer-status.js';

/** Rounds in a row in which it must be offline without a reason: with a reason it says so a moment later. */
const offlineRounds = 2;
/** Near its end a roll that turns makes the sensor flicker: without a new roll there is not more paper than there was. */
const lowMilliseconds = 600_000;

/** What an ESC/POS printer says, without what flickers. */
export class SteadyStatus {
  #offlineRounds = 0;
  /** When the paper was low last, monotonic; `undefined` where there may be another roll since. */
  #lowAt: number | undefined;

  /** The status as it counts now, and the faults that it means. @param now monotonic milliseconds */
  take(
    said: PrinterStatus,
    news: StatusNews,
    now: number,
  ): { readonly status: PrinterStatus; readonly faults: ReadonlyMap<string, Evidence> } {
    const status = { ...said, paper: this.#paperOf(said, now) };
    const faults = faultsOf(status);
    if (!faults.has('printer.offline')) this.#offlineRounds = 0;
    else if (news === 'round') this.#offlineRounds++;
    if (this.#offlineRounds < offlineRounds) faults.delete('printer.offline');
    return { status, faults };
  }

  /** Somebody has put in another roll. */
  replaced(): void {
    this.#lowAt = undefined;
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#offlineRounds = 0;
    this.#lowAt = undefined;
  }

  #paperOf({ paper, cover }: PrinterStatus, now: number): PrinterStatus['paper'] {
    if (cover === 'open' || paper === 'empty') this.#lowAt = undefined;
    else if (paper === 'low') this.#lowAt = now;
    const wasLow = this.#lowAt !== undefined && now - this.#lowAt < lowMilliseconds;
    return paper === 'ok' && wasLow ? 'low' : paper;
  }
}
