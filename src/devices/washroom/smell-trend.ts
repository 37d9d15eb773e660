/**
 * What the smell of the last hour means, by the mean index of each minute; 100 is usual at its place. No clock, no wire.
 *
 * It is bad where
 * - each of the last `smellMinutes` minutes was at the limit or over it, or
 * - the last 15 minutes, all of them known, were by `smellRise` worse than the 60 minutes before them (mean against mean,
 *   45 of them known), and noticeable: half way from usual to the limit.
 *
 * It is well again after 60 minutes in a row that were known, not noticeable, and not bad.
 */

/** Of every sensor: the index of the air that it is used to. */
const usualIndex = 100;
const risingMinutes = 15;
const beforeMinutes = 60;
const fewestBefore = 45;
const wellMinutes = 60;

export interface SmellRules {
  readonly smellLimit: number;
  readonly smellMinutes: number;
  readonly smellRise: number;
}

export class SmellTrend {
  readonly #noticeable: number;
  /** The newest last; `null` where a minute is not known. */
  #minutes: readonly (number | null)[] = [];
  #over = 0;
  #well = 0;

  constructor(private readonly rules: SmellRules) {
    this.#noticeable = (usualIndex + rules.smellLimit) / 2;
  }

  /** One more minute has passed; its mean, or `null` where that is not known. */
  minute(mean: number | null): void {
    this.#minutes = [...this.#minutes, mean].slice(-risingMinutes - beforeMinutes);
    this.#over = mean !== null && mean >= this.rules.smellLimit ? this.#over + 1 : 0;
    this.#well = mean !== null && mean < this.#noticeable && !this.isBad ? this.#well + 1 : 0;
  }

  get isBad(): boolean {
    return this.#over >= this.rules.smellMinutes || this.#hasRisen;
  }

  get isWell(): boolean {
    return this.#well >= wellMinutes;
  }

  /** Begins anew: what was before says nothing of what is now. */
  forget(): void {
    this.#minutes = [];
    this.#over = 0;
    this.#well = 0;
  }

  get #hasRisen(): boolean {
    const now = known(this.#minutes.slice(-risingMinutes));
    const before = known(this.#minutes.slice(0, -risingMinutes));
    if (now.length < risingMinutes || before.length < fewestBefore) return false;
    const mean = meanOf(now);
    return mean >= this.#noticeable && mean - meanOf(before) >= this.rules.smellRise;
  }
}

const known = (minutes: readonly (number | null)[]): number[] => minutes.filter((one) => one !== null);

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
