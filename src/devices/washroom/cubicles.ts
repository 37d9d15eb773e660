/** Which cubicles are taken, and for how long. No wire; the time is handed in, monotonic. */

/**
 * Who was inside before the lines were lost for at most this long is inside still where the cubicle is taken; also over a
 * restart, with what was kept up to five minutes before it.
 */
const sameMilliseconds = 600_000;

export class Cubicles {
  readonly #levels = new Map<number, boolean>();
  readonly #since = new Map<number, number>();
  #lostAt: number | undefined;

  /** @param limitMilliseconds taken for so long is too long */
  constructor(
    readonly count: number,
    private readonly limitMilliseconds: number,
  ) {}

  /** How many are taken; `null` until all are known. */
  get taken(): number | null {
    return this.isKnown ? [...this.#levels.values()].filter((taken) => taken).length : null;
  }

  get isKnown(): boolean {
    return this.#levels.size >= this.count;
  }

  /** A cubicle's state, first as it is, then at each change; 0 is the first one. */
  level(index: number, taken: boolean, at: number): void {
    if (this.#lostAt !== undefined && at - this.#lostAt > sameMilliseconds) this.#since.clear();
    this.#lostAt = undefined;
    this.#levels.set(index, taken);
    if (!taken) this.#since.delete(index);
    else if (!this.#since.has(index)) this.#since.set(index, at);
  }

  lost(at: number): void {
    this.#levels.clear();
    this.#lostAt ??= at;
  }

  /** Those that have been taken for too long, as people number them, from 1. */
  tooLong(at: number): number[] {
    return [...this.#since]
      .filter(([index, since]) => this.#levels.get(index) === true && at - since >= this.limitMilliseconds)
      .map(([index]) => index + 1)
      .sort((one, other) => one - other);
  }

  /** Since when each is taken, to be kept; `null` for a free one. */
  get since(): readonly (number | null)[] {
    return Array.from({ length: this.count }, (_, index) => this.#since.get(index) ?? null);
  }

  /**
   * Goes on with what was kept.
   * @param lostAt when that was
   */
  resume(since: readonly (number | null)[], lostAt: number): void {
    for (const [index, at] of since.entries())
      if (at !== null && index < this.count) this.#since.set(index, at);
    this.#lostAt = lostAt;
  }
}
