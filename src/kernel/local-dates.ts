/** Local midnights fall on quarter-hours of UTC in every time zone in use. */
export const quarterHourMilliseconds = 15 * 60 * 1000;

const earliest = Date.parse('0001-01-02T00:00:00Z');
const latest = Date.parse('9999-12-30T00:00:00Z');

/** Local dates of one time zone. Asking `Intl` is dear, so it is asked once for each quarter-hour. */
export class LocalDates {
  readonly #format: Intl.DateTimeFormat;
  #quarter = Number.NaN;
  #date = '';
  #hour = '';
  #minute = 0;

  /** Throws a RangeError for a time zone that `Intl` does not know. */
  constructor(readonly timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** `YYYY-MM-DD` at a Unix time in milliseconds; `undefined` for a time that no clock means (beyond year 9999). */
  at(wallMilliseconds: number): string | undefined {
    return this.#look(wallMilliseconds) ? this.#date : undefined;
  }

  /** `YYYY-MM-DD HH:MM` at a Unix time in milliseconds; `undefined` as for `at`. */
  minuteAt(wallMilliseconds: number): string | undefined {
    if (!this.#look(wallMilliseconds)) return undefined;
    const within = wallMilliseconds - this.#quarter * quarterHourMilliseconds;
    const minute = this.#minute + Math.floor(within / 60_000);
    return `${this.#date} ${this.#hour}:${String(minute).padStart(2, '0')}`;
  }

  /** Minutes since local midnight, by the hands of the clock; `undefined` as for `at`. */
  minutesAt(wallMilliseconds: number): number | undefined {
    const text = this.minuteAt(wallMilliseconds)?.slice(11);
    return text === undefined ? undefined : Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  }

  /** Brings date and time up to the quarter-hour that a moment lies in; false for a time that no clock means. */
  #look(wallMilliseconds: number): boolean {
    if (!(wallMilliseconds >= earliest && wallMilliseconds <= latest)) return false;
    const quarter = Math.floor(wallMilliseconds / quarterHourMilliseconds);
    if (quarter !== this.#quarter) {
      const parts = Object.fromEntries(
        this.#format.formatToParts(quarter * quarterHourMilliseconds).map(({ type, value }) => [type, value]),
      );
      this.#date = `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}`;
      this.#hour = parts.hour ?? '';
      this.#minute = Number(parts.minute);
      this.#quarter = quarter;
    }
    return true;
  }
}
