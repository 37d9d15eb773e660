export interface BackoffOptions {
  readonly firstMilliseconds: number;
  readonly maximumMilliseconds: number;
  /** Growth from one pause to the next; 2 if absent. */
  readonly factor?: number;
  /** Share of each pause that is random, 0 to 1, so that many boards do not return in step; 0.2 if absent. */
  readonly jitter?: number;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/** Growing pauses between tries. */
export class Backoff {
  #next: number;

  constructor(private readonly options: BackoffOptions) {
    this.#next = options.firstMilliseconds;
  }

  /** The pause before the next try, in milliseconds; each call makes the following one longer. */
  next(): number {
    const { maximumMilliseconds, factor = 2, jitter = 0.2, random = Math.random } = this.options;
    const pause = this.#next;
    this.#next = Math.min(maximumMilliseconds, pause * factor);
    return pause * (1 - jitter + jitter * random());
  }

  /** The next pause is the first one again. */
  reset(): void {
    this.#next = this.options.firstMilliseconds;
  }
}
