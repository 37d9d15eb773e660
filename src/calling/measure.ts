/** Measured time: what is left of a term, how long something took, and when it was; or that nobody can say. */
import { rfc3339 } from '../kernel/clock.js';
import { millisecondsBetween, type Stamp, secondsBetween } from '../kernel/stamp.js';
import type { Term } from './records.js';

/** Milliseconds that a term has left; 0 when it is over, or when nobody measured how much of it passed. */
export function remainingMilliseconds(term: Term, now: Stamp): number {
  const passed = millisecondsBetween(term.from, now);
  return passed === null ? 0 : Math.max(0, term.milliseconds - Math.max(0, passed));
}

/** Whole seconds from one moment to another; `null` where nobody measured them. */
export function measuredSeconds(earlier: Stamp, later: Stamp): number | null {
  const seconds = secondsBetween(earlier, later);
  return seconds === null || seconds < 0 ? null : Math.abs(seconds);
}

/** A moment as events name it; `null` where the clock was not to be trusted. */
export function momentOf(stamp: Stamp): string | null {
  const usable = stamp.quality !== 'untrusted' && Math.abs(stamp.wallMilliseconds) <= 8.64e15;
  return usable ? rfc3339(stamp.wallMilliseconds) : null;
}
