/** Local midnights fall on quarter-hours of UTC in every time zone in use. */
export const quarterHourMilliseconds = 15 * 60 * 1000;

const earliest = Date.parse('0001-01-02T00:00:00Z');
const latest = Date.parse('9999-12-30T00:00:00Z');

/** Local dates of one time zone. Asking `Intl` is dear, so it is asked once for each quarter-hour. */
export class LocalDates {
  readonly #format: Intl.DateTimeFormat;
  #quarter = Number.NaN;
  #date = '';

  /** Throws a RangeError for a time zone that `Intl` does not know. */
  constructor(readonly timezone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: timezone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** `YYYY-MM-DD` at a Unix time in milliseconds; `undefined` for a time that no clock means (beyond year 9999). */
  at(wallMilliseconds: number): string | undefined {
    if (!(wallMilliseconds >= earliest && wallMilliseconds <= latest)) return undefined;
    const quarter = Math.floor(wallMilliseconds / quarterHourMilliseconds);
    if (quarter !== this.#quarter) {
      const parts = Object.fromEntries(
        this.#format.formatToParts(wallMilliseconds).map(({ type, value }) => [type, value]),
      );
      this.#date = `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}`;
      this.#quarter = quarter;
    }
    return this.#date;
  }
}
