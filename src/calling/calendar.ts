/** The hall's calendar: opening hours, holidays and worked weekend days (调休), by local time. */
import { type LocalDates, quarterHourMilliseconds } from '../kernel/local-dates.js';

/** `{ "mon-fri": ["09:00-11:30"], holidays: ["2026-10-01"], workdays: ["2026-10-10"] }`, validated. */
export type Hours = Readonly<Record<string, readonly string[]>>;

/** In working days, or in all days. */
export type DayKind = 'working' | 'calendar';

/** Opens and closes as `HH:MM`; `24:00` is the end of the day. */
interface Period {
  readonly opens: string;
  readonly closes: string;
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const minuteMilliseconds = 60_000;
const dayMilliseconds = 24 * 60 * minuteMilliseconds;
/** A deadline is not looked for further away than this: hours may leave no working day at all. */
const mostDays = 3660;

export class Calendar {
  readonly #holidays: ReadonlySet<string>;
  readonly #workdays: ReadonlySet<string>;
  /** Periods of each day of the week, Sunday first; `undefined` where nobody gave any. */
  readonly #week: readonly (readonly Period[])[] | undefined;
  #closing: { readonly date: string; readonly atMilliseconds: number | null } | undefined;

  /**
   * @param hours always open where absent; the same without any period, but for the holidays. Then Monday to
   *   Friday are working days.
   */
  constructor(
    readonly hours: Hours | undefined,
    readonly dates: LocalDates,
  ) {
    this.#holidays = new Set(hours?.holidays);
    this.#workdays = new Set(hours?.workdays);
    this.#week = weekOf(hours ?? {});
  }

  /** Whether a moment (Unix milliseconds) lies within the opening hours; true for one that no clock means. */
  isOpen(wallMilliseconds: number): boolean {
    const local = this.dates.minuteAt(wallMilliseconds);
    if (local === undefined) return true;
    const date = local.slice(0, 10);
    const time = local.slice(11);
    if (this.#week === undefined) return !this.#holidays.has(date);
    return this.#periodsOn(date).some(({ opens, closes }) => time >= opens && time < closes);
  }

  /**
   * Minutes (not rounded) until the last opening period of the day ends, before and between its periods, too.
   * `null` when the hall does not open today any more, without hours, and for a time that no clock means.
   */
  minutesToClosing(wallMilliseconds: number): number | null {
    if (this.#week === undefined) return null;
    const date = this.dates.at(wallMilliseconds);
    if (date === undefined) return null;
    if (this.#closing?.date !== date) this.#closing = { date, atMilliseconds: this.#closingOn(date) };
    const { atMilliseconds } = this.#closing;
    if (atMilliseconds === null || atMilliseconds <= wallMilliseconds) return null;
    return (atMilliseconds - wallMilliseconds) / minuteMilliseconds;
  }

  /** Whether a local date (`YYYY-MM-DD`) is worked: no holiday, and a day with hours, or a worked weekend day. */
  isWorkingDay(date: string): boolean {
    if (this.#holidays.has(date)) return false;
    if (this.#workdays.has(date)) return true;
    const weekday = weekdayOf(date);
    if (weekday === undefined) return false;
    return this.#week === undefined ? weekday >= 1 && weekday <= 5 : this.#week[weekday]!.length > 0;
  }

  /**
   * The local date so many days after another, 0 being the date itself; counts only working days where asked.
   * `null` where there is none within ten years, and for what is no date or no whole number of days.
   */
  addDays(date: string, days: number, kind: DayKind): string | null {
    const start = startOf(date);
    if (Number.isNaN(start) || !Number.isInteger(days) || days < 0 || days > mostDays) return null;
    if (kind === 'calendar' || days === 0) return dateOf(start + days * dayMilliseconds);
    let left = days;
    for (let ahead = 1; ahead <= mostDays; ahead++) {
      const day = dateOf(start + ahead * dayMilliseconds);
      if (day === null) return null;
      if (this.isWorkingDay(day) && --left === 0) return day;
    }
    return null;
  }

  #periodsOn(date: string): readonly Period[] {
    const week = this.#week ?? [];
    if (this.#holidays.has(date)) return [];
    // A worked weekend day has the hours of a Monday, or of the first weekday that has any.
    if (this.#workdays.has(date)) return week.slice(1, 6).find((periods) => periods.length > 0) ?? [];
    return week[weekdayOf(date) ?? -1] ?? [];
  }

  /** When the last period of a date ends, in Unix milliseconds. */
  #closingOn(date: string): number | null {
    const last = this.#periodsOn(date)
      .map(({ closes }) => closes)
      .sort()
      .at(-1);
    return last === undefined ? null : this.#momentOf(date, last);
  }

  /**
   * The moment (Unix milliseconds) of a local time of day. Of two, where the clock goes back, the later one; where
   * it leaps over that time, the moment of the leap.
   */
  #momentOf(date: string, time: string): number | null {
    const naive = startOf(date) + minutesOf(time) * minuteMilliseconds;
    // As text 24:00 comes after all of its day and before the next, also where midnight comes twice or not at all.
    const wanted = `${date} ${time}`;
    const candidates = [-dayMilliseconds, dayMilliseconds].map(
      (aside) => naive - this.#offsetAt(naive + aside),
    );
    const latest = Math.max(...candidates);
    if (Number.isNaN(latest)) return null;
    const exact = candidates.filter((moment) => this.dates.minuteAt(moment) === wanted);
    if (exact.length > 0) return Math.max(...exact);
    const quarter = quarterHourMilliseconds;
    let moment = Math.ceil(latest / quarter) * quarter;
    const earliest = Math.min(...candidates) - quarter;
    while (moment > earliest && (this.dates.minuteAt(moment - quarter) ?? '') >= wanted) moment -= quarter;
    return moment;
  }

  /** Local time minus UTC in milliseconds; NaN for a time that no clock means. */
  #offsetAt(wallMilliseconds: number): number {
    const local = this.dates.minuteAt(wallMilliseconds);
    if (local === undefined) return Number.NaN;
    const minute = Math.floor(wallMilliseconds / minuteMilliseconds) * minuteMilliseconds;
    return startOf(local.slice(0, 10)) + minutesOf(local.slice(11)) * minuteMilliseconds - minute;
  }
}

function weekOf(hours: Hours): (readonly Period[])[] | undefined {
  const ranges = Object.entries(hours).filter(([days]) => days !== 'holidays' && days !== 'workdays');
  if (ranges.length === 0) return undefined;
  return dayNames.map((_, weekday) =>
    ranges
      .filter(([days]) => includesDay(days, weekday))
      .flatMap(([, periods]) => periods)
      .map((period) => ({ opens: period.slice(0, 5), closes: period.slice(6) })),
  );
}

/** `mon-fri` includes `wed`; `sat-mon` includes `sun`. */
function includesDay(days: string, weekday: number): boolean {
  const [first = '', last = first] = days.split('-');
  const from = dayNames.indexOf(first as (typeof dayNames)[number]);
  const to = dayNames.indexOf(last as (typeof dayNames)[number]);
  return from <= to ? weekday >= from && weekday <= to : weekday >= from || weekday <= to;
}

/** UTC midnight of a `YYYY-MM-DD`; NaN for what is none. */
function startOf(date: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** `null` beyond the year 9999. */
function dateOf(milliseconds: number): string | null {
  return milliseconds < 253_402_300_800_000 ? new Date(milliseconds).toISOString().slice(0, 10) : null;
}

/** 0 is Sunday; `undefined` for what is no date. */
function weekdayOf(date: string): number | undefined {
  const start = startOf(date);
  return Number.isNaN(start) ? undefined : new Date(start).getUTCDay();
}
