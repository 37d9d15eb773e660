import * as v from 'valibot';

/** What a relative smell sensor has learned of clean air, and is worth keeping over a restart. */
export const cleanAirSchema = v.object({
  sensor: v.literal('analog'),
  /** How long its heater has been on since it was new; counted up to 100 000. */
  heatedMinutes: v.pipe(v.number(), v.minValue(0)),
  /** The lowest minute of each of the last hours. */
  cleanHours: v.pipe(v.array(v.pipe(v.number(), v.gtValue(0))), v.maxLength(72)),
  /** Wall clock, Unix milliseconds. */
  at: v.number(),
});
export type CleanAir = Readonly<v.InferOutput<typeof cleanAirSchema>>;

const minute = 60_000;
/** As long as a weekend: the cleanest hours of these are what clean air is. */
const mostHours = 72;
/** With fewer nobody knows whether there was clean air among them. */
const fewestHours = 2;
/** Share of the hours that may be lower: a single low reading is no clean air. Nights are a third of the hours. */
const lowShare = 0.2;
const longestHeatedMinutes = 100_000;

/**
 * Learns what clean air is from the lowest minutes of the last three days: people come and go, a washroom is clean at
 * some time of each night. A cell that ages is followed within as many days.
 */
export class CleanAirLearner {
  heatedMinutes: number;
  #hours: readonly number[];
  #minuteSum = 0;
  #minuteCount = 0;
  #minuteBegan: number | undefined;
  #minutesOfHour = 0;
  #lowest = Number.POSITIVE_INFINITY;

  constructor(learned?: CleanAir) {
    this.heatedMinutes = learned?.heatedMinutes ?? 0;
    this.#hours = learned?.cleanHours ?? [];
  }

  /**
   * @param strength grows with what is in the air; more than 0
   * @param isWarm false while the cell says nothing of the air yet
   */
  take(strength: number, atMilliseconds: number, isWarm: boolean): void {
    this.#minuteBegan ??= atMilliseconds;
    if (atMilliseconds - this.#minuteBegan >= minute) this.#endMinute(atMilliseconds, isWarm);
    this.#minuteSum += strength;
    this.#minuteCount++;
  }

  /** The sensor was away: what this minute has seen is worth nothing. */
  interrupted(): void {
    this.#minuteBegan = undefined;
    this.#minuteSum = 0;
    this.#minuteCount = 0;
  }

  /** The strength of clean air; `null` until it is known. */
  get clean(): number | null {
    if (this.#hours.length < fewestHours) return null;
    const sorted = [...this.#hours, this.#lowest].filter(Number.isFinite).sort((one, other) => one - other);
    return sorted[Math.floor(lowShare * sorted.length)] ?? null;
  }

  /** @param at wall clock, Unix milliseconds */
  learned(at: number): CleanAir {
    return { sensor: 'analog', heatedMinutes: this.heatedMinutes, cleanHours: [...this.#hours], at };
  }

  #endMinute(atMilliseconds: number, isWarm: boolean): void {
    const mean = this.#minuteSum / Math.max(1, this.#minuteCount);
    this.interrupted();
    this.#minuteBegan = atMilliseconds;
    this.heatedMinutes = Math.min(longestHeatedMinutes, this.heatedMinutes + 1);
    if (!isWarm) return;
    this.#lowest = Math.min(this.#lowest, mean);
    if (++this.#minutesOfHour < 60) return;
    this.#hours = [...this.#hours, this.#lowest].slice(-mostHours);
    this.#minutesOfHour = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
  }
}
