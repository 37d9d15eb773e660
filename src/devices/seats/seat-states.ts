/**
 * What the sensors of seats say over time, without a wire and without a clock: a seat counts as taken or free once its
 * sensor has said so without a break for a while, as stuck once it was taken without any break for hours, and as restless
 * where it never keeps still for minutes: then nothing is known of it.
 */

export interface SeatTimes {
  /** A switch that is closed this long without a break: somebody sits. */
  readonly takenAfterMilliseconds: number;
  /** A switch that is open this long without a break: the seat is free. */
  readonly freeAfterMilliseconds: number;
  /** Taken this long without a break: a thing lies on it, or the switch is broken. */
  readonly stuckAfterMilliseconds: number;
}

export type SeatState = 'unknown' | 'taken' | 'free' | 'stuck';

/** What is known of all seats. Numbers of seats are from 1. */
export interface SeatPicture {
  /** Every seat is settled, or had the time for it. Before, nothing of this should be believed. */
  readonly isSettled: boolean;
  /** Of the seats that are known; `null` where none is. */
  readonly counts: { readonly taken: number; readonly free: number } | null;
  readonly stuck: readonly number[];
  readonly restless: readonly number[];
  readonly states: readonly SeatState[];
}

/** What one look says of one switch. */
export interface SeatLook {
  readonly closed: boolean;
  /** It moved since the look before, also where it is back where it was. */
  readonly moved: boolean;
}

interface Seat {
  state: SeatState;
  closed: boolean;
  /** Since when the switch has not moved. */
  steadySince: number;
  /** When it was still for long enough to say something, or nobody could look. */
  settledAt: number;
  restless: boolean;
}

/** A switch that never keeps still for so long, and some settling times, tells nothing of its seat. */
const restlessMilliseconds = 5 * 60_000;
const restlessSettlings = 5;

export class SeatStates {
  readonly #settling: number;
  #seats: Seat[] | undefined;
  /** Indexes of seats that were stuck when they were seen last. */
  #stuck: readonly number[] = [];
  #firstLook = 0;

  constructor(
    private readonly seatCount: number,
    private readonly times: SeatTimes,
  ) {
    this.#settling = Math.max(times.takenAfterMilliseconds, times.freeAfterMilliseconds);
  }

  /** Seats that were stuck when they were seen last, also while nobody looks. */
  get stuckCount(): number {
    return this.#stuck.length;
  }

  /** Takes what the switches say at `now` (monotonic), in the order of the seats; `null`: nothing of this one. */
  look(looks: readonly (SeatLook | null)[], now: number): SeatPicture {
    if (this.#seats === undefined) {
      this.#firstLook = now;
      this.#seats = Array.from({ length: this.seatCount }, (_, index) => ({
        state: this.#stuck.includes(index) ? 'stuck' : 'unknown',
        closed: looks[index]?.closed ?? false,
        steadySince: now,
        settledAt: now,
        restless: false,
      }));
    }
    for (const [index, seat] of this.#seats.entries()) {
      const look = looks[index];
      if (look === null || look === undefined) this.#lose(seat, now);
      else this.#follow(seat, look, now);
    }
    this.#stuck = indexesOf(this.#seats, ({ state }) => state === 'stuck');
    return this.#picture(this.#seats, now);
  }

  /** Nobody looked for a while: nothing is known any more, but that a stuck seat is so until it is seen free. */
  forget(): void {
    this.#seats = undefined;
  }

  #lose(seat: Seat, now: number): void {
    if (seat.state !== 'stuck') seat.state = 'unknown';
    seat.steadySince = now;
    seat.settledAt = now;
    seat.restless = false;
  }

  #follow(seat: Seat, { closed, moved }: SeatLook, now: number): void {
    if (closed !== seat.closed || moved) seat.steadySince = now;
    seat.closed = closed;
    const steady = now - seat.steadySince;
    const { takenAfterMilliseconds, freeAfterMilliseconds, stuckAfterMilliseconds } = this.times;
    if (steady >= (closed ? takenAfterMilliseconds : freeAfterMilliseconds)) {
      seat.settledAt = now;
      seat.restless = false;
      if (!closed) seat.state = 'free';
      else if (steady >= stuckAfterMilliseconds) seat.state = 'stuck';
      // A stuck seat must be free once before somebody can be believed to sit on it.
      else if (seat.state !== 'stuck') seat.state = 'taken';
    } else if (now - seat.settledAt >= restlessMilliseconds + restlessSettlings * this.#settling) {
      seat.restless = seat.state !== 'stuck';
      if (seat.restless) seat.state = 'unknown';
    }
  }

  #picture(seats: readonly Seat[], now: number): SeatPicture {
    const count = (wanted: SeatState) => seats.filter(({ state }) => state === wanted).length;
    const unknown = count('unknown');
    return {
      isSettled: unknown === 0 || now - this.#firstLook > this.#settling,
      counts: unknown === seats.length ? null : { taken: count('taken'), free: count('free') },
      stuck: this.#stuck.map(numberOf),
      restless: indexesOf(seats, ({ restless }) => restless).map(numberOf),
      states: seats.map(({ state }) => state),
    };
  }
}

const numberOf = (index: number): number => index + 1;

function indexesOf(seats: readonly Seat[], fits: (seat: Seat) => boolean): number[] {
  return seats.flatMap((seat, index) => (fits(seat) ? [index] : []));
}
