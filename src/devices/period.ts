/** Of a period, this part is left free even where asking took all of it: a wire that is too slow for its devices. */
const leastShare = 0.1;

/** Pause until a question is due again that is asked once in `periodMilliseconds` and took `tookMilliseconds`. */
export function restOfPeriod(periodMilliseconds: number, tookMilliseconds: number): number {
  return Math.max(leastShare * periodMilliseconds, periodMilliseconds - tookMilliseconds);
}

/**
 * The period of a question on a wire that others use as well. What it took at its quickest is its own time; what it
 * took longer it waited for others, and that is not taken off the pause: so each device of a wire comes to a time of
 * its own, and none waits for another any more.
 */
export class SharedPeriod {
  #quickestMilliseconds = Number.POSITIVE_INFINITY;

  constructor(private readonly periodMilliseconds: number) {}

  /** Pause until the question is due again, after it took `tookMilliseconds`, waiting included. */
  pauseAfter(tookMilliseconds: number): number {
    this.#quickestMilliseconds = Math.min(this.#quickestMilliseconds, tookMilliseconds);
    return restOfPeriod(this.periodMilliseconds, this.#quickestMilliseconds);
  }
}
