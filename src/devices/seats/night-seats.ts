/**
 * Finds seats that are taken for a whole night: nobody sits there, but a thing lies on them or their sensor is broken. Such
 * a seat may well flicker, so that it is never stuck. No clock, no wire.
 */
import type { SeatState } from './seat-states.js';

/** Minutes since local midnight in which nobody sits in a hall that is closed. */
const nightBegins = 60;
const nightEnds = 300;
/** Of the time in which a seat is known it is taken for so much. */
const takenShare = 0.9;
/** So much of the night must be known; a controller that starts anew in the middle of it still knows the rest. */
const leastKnownMilliseconds = 100 * 60_000;
/** Looks lie closer together than this, or nobody looked in between. */
const longestGapMilliseconds = 60_000;
/** A seat that was seen free for so long without a break is well. */
const wellMilliseconds = 10 * 60_000;
/** A night that nobody could judge for so long, for want of a clock, is not judged any more. */
const nightKeptMilliseconds = 12 * 3_600_000;

interface NightLook {
  /** Whether each seat's sensor says taken, at this moment; `null` where it can't be believed. */
  readonly closed: readonly (boolean | null)[];
  readonly states: readonly SeatState[];
  /** Minutes since local midnight; `null` while nobody knows. */
  readonly localMinutes: number | null;
  readonly isOpen: boolean;
  /** Monotonic. */
  readonly at: number;
}

interface Seat {
  known: number;
  taken: number;
  freeSince: number | undefined;
  stands: boolean;
}

export class NightSeats {
  readonly #all: readonly Seat[];
  #lastAt: number | undefined;
  /** When the night that is measured began. */
  #began: number | undefined;
  /** The hall has business hours: without any it would never close. */
  #hasClosed = false;

  /** @param standing numbers of seats that were found in an earlier life */
  constructor(seatCount: number, standing: readonly number[] = []) {
    this.#all = Array.from({ length: seatCount }, (_, index) => ({
      known: 0,
      taken: 0,
      freeSince: undefined,
      stands: standing.includes(index + 1),
    }));
  }

  /** Numbers of the seats that were taken all night and were not seen free since; not those that are stuck. */
  get seats(): number[] {
    return this.#all.flatMap(({ stands }, index) => (stands ? [index + 1] : []));
  }

  look(look: NightLook): void {
    const { at, localMinutes, isOpen } = look;
    const passed = this.#lastAt === undefined ? 0 : at - this.#lastAt;
    this.#lastAt = at;
    if (!isOpen) this.#hasClosed = true;
    if (localMinutes !== null) {
      const isNight = localMinutes >= nightBegins && localMinutes < nightEnds;
      if (!isNight) this.#judge(look);
      else if (!(isOpen && this.#hasClosed) && passed <= longestGapMilliseconds) this.#measure(look, passed);
    }
    this.#forgive(look);
  }

  /** Nobody looks: the time until the next look counts for nothing. */
  lost(): void {
    this.#lastAt = undefined;
    for (const seat of this.#all) seat.freeSince = undefined;
  }

  #measure({ closed, at }: NightLook, passed: number): void {
    this.#began ??= at;
    for (const [index, seat] of this.#all.entries()) {
      const isTaken = closed[index] ?? null;
      if (isTaken === null) continue;
      seat.known += passed;
      if (isTaken) seat.taken += passed;
    }
  }

  #judge({ at }: NightLook): void {
    if (this.#began === undefined) return;
    const isFresh = at - this.#began <= nightKeptMilliseconds;
    for (const seat of this.#all) {
      if (isFresh && seat.known >= leastKnownMilliseconds && seat.taken >= takenShare * seat.known) {
        seat.stands = true;
      }
      seat.known = 0;
      seat.taken = 0;
    }
    this.#began = undefined;
  }

  /** What was seen free for a while is well; what is stuck has a fault of its own. */
  #forgive({ states, at }: NightLook): void {
    for (const [index, seat] of this.#all.entries()) {
      const state = states[index];
      if (state === 'free') seat.freeSince ??= at;
      else seat.freeSince = undefined;
      const isWell = seat.freeSince !== undefined && at - seat.freeSince >= wellMilliseconds;
      if (isWell || state === 'stuck') seat.stands = false;
    }
  }
}
