/**
 * What the switches of seats say over time, without a wire and without a clock: a seat counts as taken or free once
 * its switch has said so without a break for a while, and as stuck once it was taken without any break for hours.
 */

export interface SeatTimes {
  /** A switch that is closed this long without a break: somebody sits. */
  readonly takenAfterMilliseconds: number;
  /** A switch that is open this long without a break: the seat is free. */
  readonly freeAfterMilliseconds: number;
  /** Taken this long without a break: a thing lies on it, or the switch is broken. */
  readonly stuckAfterMilliseconds: number;
}

/** How many seats are in each state; those that are in none of them are not known yet. */
export interface SeatCounts {
  readonly taken: number;
  readonly free: number;
  /** Numbers of the stuck seats, from 1. */
  readonly stuck: readonly number[];
}

/** What one look says of one switch. */
export interface SeatLook {
  readonly closed: boolean;
  /** It moved since the look before, also where it is back where it was. */
  readonly moved: boolean;
}

interface Seat {
  state: 'unknown' | 'taken' | 'free' | 'stuck';
  closed: boolean;
  /** Since when the switch has not moved. */
  steadySince: number;
}

export class SeatStates {
  #seats: Seat[] | undefined;
  /** Indexes of seats that were stuck when they were seen last. */
  #stuck: readonly number[] = [];
  #firstLook = 0;

  constructor(
    private readonly seatCount: number,
    private readonly times: SeatTimes,
  ) {}

  /**
   * Takes what the switches say at `atMilliseconds` (monotonic), in the order of the seats. Gives the counts, or
   * `null` while they are not known: not before every seat is settled, or had the time for it.
   */
  look(looks: readonly SeatLook[], atMilliseconds: number): SeatCounts | null {
    if (this.#seats === undefined) {
      this.#firstLook = atMilliseconds;
      this.#seats = Array.from({ length: this.seatCount }, (_, index) => ({
        state: this.#stuck.includes(index) ? 'stuck' : 'unknown',
        closed: looks[index]?.closed ?? false,
        steadySince: atMilliseconds,
      }));
    }
    for (const [index, seat] of this.#seats.entries()) {
      const look = looks[index];
      if (look !== undefined) this.#follow(seat, look, atMilliseconds);
    }
    this.#stuck = this.#seats.flatMap(({ state }, index) => (state === 'stuck' ? [index] : []));
    return this.#counts(this.#seats, atMilliseconds);
  }

  /** Nobody looked for a while: nothing is known any more, but that a stuck seat is so until it is seen free. */
  forget(): void {
    this.#seats = undefined;
  }

  #follow(seat: Seat, { closed, moved }: SeatLook, now: number): void {
    if (closed !== seat.closed || moved) seat.steadySince = now;
    seat.closed = closed;
    const steady = now - seat.steadySince;
    const { takenAfterMilliseconds, freeAfterMilliseconds, stuckAfterMilliseconds } = this.times;
    if (!closed) {
      if (steady >= freeAfterMilliseconds) seat.state = 'free';
    } else if (steady >= stuckAfterMilliseconds) {
      seat.state = 'stuck';
    } else if (steady >= takenAfterMilliseconds && seat.state !== 'stuck') {
      // A stuck seat must be free once before somebody can be believed to sit on it.
      seat.state = 'taken';
    }
  }

  #counts(seats: readonly Seat[], now: number): SeatCounts | null {
    const settling = Math.max(this.times.takenAfterMilliseconds, this.times.freeAfterMilliseconds);
    if (now - this.#firstLook <= settling && seats.some(({ state }) => state === 'unknown')) return null;
    const count = (state: Seat['state']) => seats.filter((seat) => seat.state === state).length;
    return { taken: count('taken'), free: count('free'), stuck: this.#stuck.map((index) => index + 1) };
  }
}
