/** What a quantity was over a period, in which it was known or not. No clock. */

export interface Measured {
  /** Weighted by time; `null` where nothing was known. */
  readonly mean: number | null;
  readonly maximum: number | null;
  readonly knownMilliseconds: number;
}

export class TimeMean {
  #weighted = 0;
  #known = 0;
  #maximum = Number.NEGATIVE_INFINITY;
  #latest: { readonly value: number; readonly at: number } | undefined;

  /** It is so much from `at` on (monotonic milliseconds); `null`: not known. */
  saw(value: number | null, at: number): void {
    this.#reach(at);
    this.#latest = value === null ? undefined : { value, at };
  }

  /** Ends the period and begins the next. */
  end(at: number): Measured {
    this.#reach(at);
    const isKnown = this.#known > 0;
    const measured: Measured = {
      mean: isKnown ? this.#weighted / this.#known : null,
      maximum: isKnown ? this.#maximum : null,
      knownMilliseconds: this.#known,
    };
    this.#weighted = 0;
    this.#known = 0;
    this.#maximum = Number.NEGATIVE_INFINITY;
    return measured;
  }

  #reach(at: number): void {
    if (this.#latest === undefined) return;
    const { value, at: since } = this.#latest;
    const passed = Math.max(0, at - since);
    if (passed === 0) return;
    this.#known += passed;
    this.#weighted += passed * value;
    this.#maximum = Math.max(this.#maximum, value);
    this.#latest = { value, at };
  }
}
