import type { Clock } from '../kernel/clock.js';

/** Of a period, this part is left free even where asking took all of it: a wire that is too slow for its devices. */
const leastShare = 0.1;
/** A timer may come a little early: what began this part of a period before its turn has had that turn. */
const earlyShare = 0.02;
/** From one address to the next, in periods: the golden ratio keeps any number of addresses in a row well apart. */
const stepShare = (Math.sqrt(5) - 1) / 2;

/** Pause until a question is due again that is asked once in `periodMilliseconds` and took `tookMilliseconds`. */
export function restOfPeriod(periodMilliseconds: number, tookMilliseconds: number): number {
  return Math.max(leastShare * periodMilliseconds, periodMilliseconds - tookMilliseconds);
}

/**
 * The period of a question on a wire that others use as well. Each address has its own turn in the period, by the clock:
 * so devices that all began at once (at the start, or when their wire came back) are spread over the period with their
 * second question, there is room between them, and what holds up one of them does not hold up all that follow.
 */
export class SharedPeriod {
  readonly #turn: number;
  #began: number;

  /** @param address on the wire; those on one wire should differ, or they wait for each other each time */
  constructor(
    private readonly periodMilliseconds: number,
    address: number,
    private readonly clock: Clock,
  ) {
    this.#turn = ((address * stepShare) % 1) * periodMilliseconds;
    this.#began = clock.monotonicMilliseconds();
  }

  /** The question is asked now; it may wait for others before it goes out. */
  begin(): void {
    this.#began = this.clock.monotonicMilliseconds();
  }

  /** Pause from now until the next turn, in milliseconds: about a period after the last one, never much longer. */
  rest(): number {
    const period = this.periodMilliseconds;
    const turnsPassed = Math.floor((this.#began - this.#turn) / period + earlyShare);
    const next = this.#turn + (turnsPassed + 1) * period;
    return Math.max(leastShare * period, next - this.clock.monotonicMilliseconds());
  }
}
