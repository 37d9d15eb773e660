/** Of a period, this part is left free even where asking took all of it: a wire that is too slow for its devices. */
const leastShare = 0.1;

/** Pause until a question is due again that is asked once in `periodMilliseconds` and took `tookMilliseconds`. */
export function restOfPeriod(periodMilliseconds: number, tookMilliseconds: number): number {
  return Math.max(leastShare * periodMilliseconds, periodMilliseconds - tookMilliseconds);
}
