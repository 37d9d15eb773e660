import { isPlausible, leastSpanMillimetres } from './supply-level.js';

export type CalibrationEnd = 'full' | 'empty';

/** The two distances, as far as they are known. */
export interface Ends {
  readonly full: number | null;
  readonly empty: number | null;
}

/**
 * The ends that count: what the configuration says, else what a button has set. Where the two can't belong together the
 * button's is from another time, and nobody knows that end.
 */
export function endsOf(configured: Ends, pressed: Ends): Ends {
  const full = configured.full ?? pressed.full;
  const empty = configured.empty ?? pressed.empty;
  if (full === null || empty === null || isPlausible({ full, empty })) return { full, empty };
  return configured;
}

/** Why a press came to nothing. */
export type Refusal =
  | { readonly reason: 'no-distance'; readonly end: CalibrationEnd }
  | { readonly reason: 'unsteady'; readonly end: CalibrationEnd }
  | {
      readonly reason: 'impossible';
      readonly end: CalibrationEnd;
      readonly full: number;
      readonly empty: number;
    };

export type CalibrationOutcome =
  | { readonly end: CalibrationEnd; readonly millimetres: number }
  | { readonly refused: Refusal };

/** Two measurements in a row that differ by no more are one distance. */
const steadyMillimetres = leastSpanMillimetres;
/** Measurements that are waited for until two agree. */
const mostTries = 6;

/**
 * From the press of a calibration button to the new calibration: takes two measurements in a row that were begun after the
 * press and agree, so that a hand on its way out of the cabinet does not become the full roll.
 */
export class Calibrating {
  #last: number | undefined;
  #tries = 0;

  /** @param since when the button was held long enough, monotonic */
  constructor(
    readonly end: CalibrationEnd,
    private readonly since: number,
    private readonly ends: Ends,
  ) {}

  /** A new measurement. @returns what became of it all, or nothing yet */
  distance(millimetres: number | null, fromMilliseconds: number): CalibrationOutcome | undefined {
    if (fromMilliseconds < this.since) return undefined;
    const last = this.#last;
    this.#last = millimetres ?? undefined;
    if (millimetres !== null && last !== undefined && Math.abs(millimetres - last) <= steadyMillimetres) {
      return this.#measured(Math.round((millimetres + last) * 5) / 10);
    }
    if (++this.#tries < mostTries) return undefined;
    return { refused: { reason: millimetres === null ? 'no-distance' : 'unsteady', end: this.end } };
  }

  #measured(millimetres: number): CalibrationOutcome {
    const full = this.end === 'full' ? millimetres : this.ends.full;
    const empty = this.end === 'empty' ? millimetres : this.ends.empty;
    if (full !== null && empty !== null && !isPlausible({ full, empty })) {
      return { refused: { reason: 'impossible', end: this.end, full, empty } };
    }
    return { end: this.end, millimetres };
  }
}
