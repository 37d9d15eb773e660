/**
 * For how many days a supply will last, learned from how its level fell. Pure: levels, dates and times are handed in.
 *
 * What is learned is the consumption of each open day. A level comes in steps (a toner may say 70 for two weeks, then
 * 60), so a fall is shared by all open days since the one before. Walking through the days that are known, from each of
 * them, until so much is used up as is left now gives one answer for each; their middle is the estimate, and their
 * outer ones, widened where few days are known, are its bounds.
 */
import type { Json } from '../../kernel/json.js';

/** Whole days: `low` rounded down, `high` up. */
export interface DaysLeftEstimate {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** A fall, or a refill, counts once it has lasted so long, and was seen at least twice. */
const settleMilliseconds = 20_000;
/** So much more than before, in percent, is a refill; less is noise. */
export const refillPercent = 10;
/** What was not watched for longer was not watched on the days between. */
const gapMilliseconds = 24 * 3_600_000;
const mostDays = 30;
const fewestDays = 3;
/** Days on which nothing fell, or nothing was seen, that are counted at most. */
const mostWaiting = 60;
/** A supply that lasts longer than anybody plans: no estimate. */
const longestDays = 1_000;
const dayMilliseconds = 24 * 3_600_000;

interface Candidate {
  readonly kind: 'fall' | 'refill';
  /** The level nearest to the one that counts now: of all that was seen since, this much is certain. */
  level: number;
  readonly since: number;
}

export class DaysLeft {
  /** The level that counts; `undefined` until one was seen. */
  #level: number | undefined;
  #candidate: Candidate | undefined;
  /** Percent used on each open day, the oldest first; the last one is the day of the latest fall. */
  #uses: number[] = [];
  /** Open days since the day of the latest fall, today among them. */
  #waiting = 0;
  /** The latest open day, `YYYY-MM-DD`. */
  #day: string | undefined;
  /** When something was observed last; `undefined` in this life of the program. */
  #seenAt: number | undefined;

  /** @param saved what `toJson` gave; anything else is as nothing */
  constructor(saved?: Json) {
    const state = readSaved(saved);
    if (state === undefined) return;
    this.#level = state.level;
    this.#uses = state.uses;
    this.#waiting = state.waiting;
    this.#day = state.day;
  }

  /**
   * So much is left.
   * @param levelPercent 0 to 100; anything else is ignored
   * @param openDay the hall's date, `YYYY-MM-DD`, while it is open; `null` while it is closed or nobody knows the date
   * (see `openDay` in open-day.ts)
   * @param atMilliseconds monotonic
   */
  observe(levelPercent: number, openDay: string | null, atMilliseconds: number): void {
    if (!(levelPercent >= 0 && levelPercent <= 100)) return;
    if (openDay !== null && datePattern.test(openDay)) this.#begin(openDay, atMilliseconds);
    this.#seenAt = atMilliseconds;
    this.#look(levelPercent, atMilliseconds);
  }

  /** Somebody replaced it or filled it up: the next level is where the new filling begins, whatever it is. */
  replaced(): void {
    this.#level = undefined;
    this.#candidate = undefined;
  }

  /**
   * For how many open days (in a hall without `hours`: days) so much will last.
   * @returns `null` until three whole days are known
   */
  estimate(levelPercent: number): DaysLeftEstimate | null {
    if (!(levelPercent >= 0 && levelPercent <= 100)) return null;
    const days = this.#wholeDays;
    if (days.length < fewestDays) return null;
    const walks = days.map((_, start) => walk(days, start, levelPercent)).sort((a, b) => a - b);
    const doubt = relativeError(days);
    const median = quantile(walks, 0.5);
    if (median > longestDays) return null;
    const middle = Math.round(median);
    return {
      low: Math.min(middle, Math.floor(quantile(walks, 0.1) / (1 + doubt))),
      median: middle,
      high: Math.max(middle, Math.ceil(quantile(walks, 0.9) / (1 - doubt))),
    };
  }

  /** For `DeviceMemory`, together with what is recorded anyway: less than 400 characters. */
  toJson(): Json {
    return {
      level: this.#level ?? null,
      day: this.#day ?? null,
      waiting: this.#waiting,
      uses: this.#uses.map((use) => Math.max(1, Math.round(use * 1_000)) / 1_000),
    };
  }

  /** Today is not over: what is used by now says nothing of a day. */
  get #wholeDays(): readonly number[] {
    return (this.#waiting === 0 ? this.#uses.slice(0, -1) : this.#uses).slice(-mostDays);
  }

  #begin(day: string, at: number): void {
    const before = this.#day;
    if (before === day) return;
    this.#day = day;
    if (before === undefined) return;
    // Switched off, or unplugged: on its working days in between it was used, too.
    const isGap = this.#seenAt === undefined || at - this.#seenAt > gapMilliseconds;
    const missed = isGap ? workingDaysBetween(before, day) : 0;
    this.#waiting = Math.min(mostWaiting, this.#waiting + missed + 1);
  }

  #look(level: number, at: number): void {
    const known = this.#level;
    if (known === undefined) {
      this.#level = level;
      return;
    }
    const kind = level < known ? 'fall' : level >= known + refillPercent ? 'refill' : undefined;
    if (kind === undefined) {
      this.#candidate = undefined;
      return;
    }
    if (this.#candidate?.kind !== kind) {
      this.#candidate = { kind, level, since: at };
      return;
    }
    const candidate = this.#candidate;
    candidate.level = kind === 'fall' ? Math.max(candidate.level, level) : Math.min(candidate.level, level);
    if (at - candidate.since < settleMilliseconds) return;
    this.#candidate = undefined;
    this.#level = candidate.level;
    if (kind === 'fall') this.#fell(known - candidate.level);
  }

  #fell(percent: number): void {
    if (this.#waiting > 0) {
      const each = percent / this.#waiting;
      this.#uses.push(...Array.from({ length: this.#waiting }, () => each));
      // One more than counts: the last one is not over.
      this.#uses = this.#uses.slice(-mostDays - 1);
      this.#waiting = 0;
    } else if (this.#uses.length > 0) {
      this.#uses.push((this.#uses.pop() ?? 0) + percent);
    }
    // Else it is the very first day: nobody knows how much of it was seen.
  }
}

/** Days, with a fraction, until `level` is used up, from the day `start` on, round and round. */
function walk(days: readonly number[], start: number, level: number): number {
  const round = days.reduce((sum, use) => sum + use, 0);
  const rounds = Math.floor(level / round);
  let left = level - rounds * round;
  for (let step = 0; step < days.length; step++) {
    const use = days[(start + step) % days.length] ?? 0;
    if (left <= use) return rounds * days.length + step + left / use;
    left -= use;
  }
  return (rounds + 1) * days.length; // rounding
}

/** How far the mean of so few days may be off, as a share of it; at most three quarters. */
function relativeError(days: readonly number[]): number {
  const mean = days.reduce((sum, use) => sum + use, 0) / days.length;
  const variance = days.reduce((sum, use) => sum + (use - mean) ** 2, 0) / (days.length - 1);
  return Math.min(0.75, Math.sqrt(variance / days.length) / mean);
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? 0;
  return below + (above - below) * (at - Math.floor(at));
}

/** Mondays to Fridays after `from` and before `to`. */
function workingDaysBetween(from: string, to: string): number {
  const end = Date.parse(to);
  let count = 0;
  for (let at = Date.parse(from) + dayMilliseconds; at < end && count < mostWaiting; at += dayMilliseconds) {
    const weekday = new Date(at).getUTCDay();
    if (weekday !== 0 && weekday !== 6) count++;
  }
  return count;
}

const datePattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

interface Saved {
  readonly level: number | undefined;
  readonly day: string | undefined;
  readonly waiting: number;
  readonly uses: number[];
}

/** The card may hold what an older version, or nobody, has written. */
function readSaved(saved: Json | undefined): Saved | undefined {
  if (saved === null || typeof saved !== 'object' || !('uses' in saved)) return undefined;
  const { level, day, waiting, uses } = saved as Readonly<Record<string, Json>>;
  const isUse = (use: Json) => typeof use === 'number' && use > 0 && use <= 100;
  if (!Array.isArray(uses) || uses.length > mostDays + 1 || !uses.every(isUse)) return undefined;
  if (typeof waiting !== 'number' || !Number.isInteger(waiting) || waiting < 0 || waiting > mostWaiting)
    return undefined;
  if (level !== null && !(typeof level === 'number' && level >= 0 && level <= 100)) return undefined;
  if (day !== null && !(typeof day === 'string' && datePattern.test(day))) return undefined;
  return { level: level ?? undefined, day: day ?? undefined, waiting, uses: uses as number[] };
}
