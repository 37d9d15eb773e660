/** How many seats were taken over five minutes, from what was known meanwhile. No clock, no wire. */
import { rfc3339 } from '../kernel/clock.js';

/** As in the event `occupancy.summary`, without device and seats. */
export interface OccupancySummary {
  readonly from: string;
  readonly to: string;
  readonly takenMinimum: number;
  readonly takenMean: number;
  readonly takenMaximum: number;
  readonly knownPercent: number;
}

const periodMilliseconds = 300_000;
/** What is left of five minutes is joined to the next ones where it is shorter. */
const shortestMilliseconds = 60_000;

/** Until the end of the wall clock's five minutes, or of the next ones where that is near. */
export function untilSummary(wallMilliseconds: number): number {
  const left = periodMilliseconds - (wallMilliseconds % periodMilliseconds);
  return left < shortestMilliseconds ? left + periodMilliseconds : left;
}

export class OccupancyPeriod {
  #weighted = 0;
  #known = 0;
  #minimum = Number.POSITIVE_INFINITY;
  #maximum = Number.NEGATIVE_INFINITY;
  #latest: { taken: number; at: number } | undefined;

  /** @param beganAt monotonic milliseconds, as all times here */
  constructor(private beganAt: number) {}

  /** So many are taken at `at`, and were as many as told before until now. */
  saw(taken: number, at: number): void {
    this.#reach(at);
    this.#latest = { taken, at };
    this.#take(taken);
  }

  /** From the time that was told last nothing is known. */
  lost(): void {
    this.#latest = undefined;
  }

  /**
   * Ends the period and begins the next. `null` where nothing was known of it, for the fault that stands then says
   * more than an event every five minutes would.
   */
  end(at: number, wallMilliseconds: number): OccupancySummary | null {
    this.#reach(at);
    const length = at - this.beganAt;
    const knownPercent = length > 0 ? Math.round((100 * this.#known) / length) : 0;
    const summary =
      knownPercent === 0
        ? null
        : {
            from: rfc3339(Math.round(wallMilliseconds - length)),
            to: rfc3339(Math.round(wallMilliseconds)),
            takenMinimum: this.#minimum,
            takenMean: Math.round((10 * this.#weighted) / this.#known) / 10,
            takenMaximum: this.#maximum,
            knownPercent,
          };
    this.beganAt = at;
    this.#weighted = 0;
    this.#known = 0;
    this.#minimum = Number.POSITIVE_INFINITY;
    this.#maximum = Number.NEGATIVE_INFINITY;
    if (this.#latest !== undefined) this.#take(this.#latest.taken);
    return summary;
  }

  #reach(at: number): void {
    if (this.#latest === undefined) return;
    const passed = at - this.#latest.at;
    this.#known += passed;
    this.#weighted += passed * this.#latest.taken;
    this.#latest = { taken: this.#latest.taken, at };
  }

  #take(taken: number): void {
    this.#minimum = Math.min(this.#minimum, taken);
    this.#maximum = Math.max(this.#maximum, taken);
  }
}
