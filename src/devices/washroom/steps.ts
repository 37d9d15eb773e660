/** Of a step, so much away from what was told last is a new value: one that trembles at an edge is none. */
const newShare = 0.8;

/** Rounds to whole steps, and stays where it is while a value only trembles. */
export class Steps {
  #told: number | null = null;

  /** @param step 5, 1, 0.1 */
  constructor(private readonly step: number) {}

  round(value: number | null): number | null {
    if (value === null || this.#told === null || Math.abs(value - this.#told) >= newShare * this.step) {
      // Without the digits that binary fractions leave behind: 22.8, not 22.800000000000001.
      this.#told = value === null ? null : Number((Math.round(value / this.step) * this.step).toFixed(3));
    }
    return this.#told;
  }
}
