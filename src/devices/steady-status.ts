import type { Evidence } from '../kernel/errors.js';
import { faultsOf } from './printer-faults.js';
import type { StatusNews } from './printer-poll.js';
import type { PrinterStatus } from './printer-status.js';

/** Rounds in a row in which it must be offline without a reason: with a reason it says so a moment later. */
const offlineRounds = 2;
/**
 * Near its end a roll that turns makes the sensor flicker: without a new roll there is not more paper than there was. What
 * says `ok` for the first of these is believed, for not every printer tells that its cover was open; where it is low again
 * within the second, only what says so for as long.
 */
const firstOkMilliseconds = 10_000;
const flickerMilliseconds = 600_000;

/** What an ESC/POS printer says, without what flickers. */
export class SteadyStatus {
  #offlineRounds = 0;
  /** When the paper was low last, monotonic; `undefined` where it counts as enough, or there may be another roll since. */
  #lowAt: number | undefined;
  /** When `ok` was believed without a sign of another roll. */
  #believedAt: number | undefined;
  #okMilliseconds = firstOkMilliseconds;

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
    this.#believedAt = undefined;
  }

  /** Nothing is known any more. */
  forget(): void {
    this.#offlineRounds = 0;
    this.replaced();
  }

  #paperOf({ paper, cover }: PrinterStatus, now: number): PrinterStatus['paper'] {
    if (cover === 'open' || paper === 'empty') this.replaced();
    else if (paper === 'low') this.#isLow(now);
    if (paper !== 'ok' || this.#lowAt === undefined) return paper;
    if (now - this.#lowAt < this.#okMilliseconds) return 'low';
    this.#lowAt = undefined;
    this.#believedAt = now;
    return 'ok';
  }

  #isLow(now: number): void {
    if (this.#lowAt === undefined) {
      const flickers = this.#believedAt !== undefined && now - this.#believedAt < flickerMilliseconds;
      this.#okMilliseconds = flickers ? flickerMilliseconds : firstOkMilliseconds;
    }
    this.#lowAt = now;
  }
}
