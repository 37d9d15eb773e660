/**
 * How many people are inside, by those who were counted at the doors, and how wrong that may be. No clock, no wire.
 *
 * A share of all passages is counted wrong: not seen, seen twice, the wrong way. What is not seen both ways alike evens
 * out but for the people who are inside just now, and chance adds its square root:
 *
 *     margin = share × inside + 2.5 × √(share × passages)
 *
 * 2.5 instead of the usual 2, because a passage that is counted the wrong way is off by two. Where the count falls below
 * nobody, it was wrong by at least that much: it is set to nobody, and the margin is that at the least. Who passed without
 * a direction, and who may have passed while nobody counted, is added to the margin one by one.
 */
import { type Passages, totalOf } from '../parts/passages.js';

/** People, at least, most likely, and at most. */
export interface Band {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const spread = 2.5;

/** What a count is made of; plain numbers, as they are kept over a restart. */
interface CountState {
  readonly entered: number;
  readonly left: number;
  readonly unknownDirection: number;
  /** Who must have been inside, because more left than had come. */
  readonly corrected: number;
  /** Who may have passed while nobody counted. */
  readonly missed: number;
  /** Who was inside when the count began; `null`: nobody knows. */
  readonly base: number | null;
}

const nothing: CountState = {
  entered: 0,
  left: 0,
  unknownDirection: 0,
  corrected: 0,
  missed: 0,
  base: null,
};

export class PeopleCount {
  #state: CountState = nothing;

  /** @param errorShare of the passages that are counted wrong, 0 to 1 */
  constructor(private readonly errorShare: number) {}

  get state(): CountState {
    return this.#state;
  }

  /** Begins anew with so many people inside; `null` where nobody knows. */
  begin(base: number | null): void {
    this.#state = { ...nothing, base };
  }

  /** Goes on with what was counted in an earlier life. */
  resume(state: CountState): void {
    this.#state = state;
  }

  passed({ entered, left, unknownDirection }: Passages): void {
    const before = this.#state;
    this.#state = {
      ...before,
      entered: before.entered + entered,
      left: before.left + left,
      unknownDirection: before.unknownDirection + unknownDirection,
    };
    const inside = this.#inside;
    if (inside < 0) this.#state = { ...this.#state, corrected: this.#state.corrected - inside };
  }

  /** So many more may have passed, one way or the other, while nobody counted. */
  missed(people: number): void {
    this.#state = { ...this.#state, missed: this.#state.missed + people };
  }

  get passages(): number {
    return totalOf(this.#state);
  }

  /** The people inside; `null` where nobody knows how it began, or where most passages had no direction. */
  get band(): Band | null {
    const { base, corrected, missed, unknownDirection, entered, left } = this.#state;
    if (base === null || unknownDirection > entered + left) return null;
    const median = this.#inside;
    const chance = this.errorShare * median + spread * Math.sqrt(this.errorShare * this.passages);
    const margin = Math.max(chance, corrected) + unknownDirection + missed;
    return { low: Math.max(0, Math.floor(median - margin)), median, high: Math.ceil(median + margin) };
  }

  /** May be below zero before it is corrected. */
  get #inside(): number {
    const { base, entered, left, corrected } = this.#state;
    return (base ?? 0) + entered - left + corrected;
  }
}
