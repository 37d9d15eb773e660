import type { DeviceContext, Reading } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { SaidOnce } from '../said-once.js';
import { Cubicles } from './cubicles.js';
import { cubiclesPart } from './cubicles-part.js';
import type { WashroomPeriod } from './washroom-period.js';

const code = 'washroom.cubicle-long';

/** The cubicles: how many are taken, and whether somebody in one may need help. */
export class CubicleWatch {
  readonly #cubicles: Cubicles;

  /** @param count 0 where there is no such part */
  constructor(
    parts: Parts,
    count: number,
    private readonly minutes: number,
    private readonly said: SaidOnce,
    private readonly period: WashroomPeriod,
    private readonly clock: DeviceContext['clock'],
    private readonly changed: () => void,
  ) {
    this.#cubicles = new Cubicles(count, minutes * 60_000);
    parts.sensor('cubicles', cubiclesPart, {
      values: ({ index, taken }, at) => {
        this.#cubicles.level(index, taken, at);
        this.look();
        this.#changed();
      },
      unknown: () => {
        this.#cubicles.lost(this.#now);
        this.#changed();
      },
    });
  }

  /** Looks for cubicles that are taken for too long; while not all are known what stood stands. */
  look(): void {
    if (!this.#cubicles.isKnown) return;
    const cubicles = this.#cubicles.tooLong(this.#now).map(String);
    if (cubicles.length === 0) this.said.clear(code);
    else this.said.raise(code, { cubicles: cubicles.join(', '), minutes: this.minutes }, cubicles);
  }

  get readings(): Readonly<Record<string, Reading>> {
    const { count, taken } = this.#cubicles;
    return count === 0 ? {} : { cubicles: count, cubiclesTaken: taken };
  }

  /** Since when each is taken, as Unix times; `null` for a free one. */
  get kept(): (number | null)[] {
    const ahead = this.clock.wallMilliseconds() - this.#now;
    return this.#cubicles.since.map((at) => (at === null ? null : Math.max(0, Math.round(at + ahead))));
  }

  /** Goes on with what was kept at a Unix time. */
  resume(kept: readonly (number | null)[], keptAt: number): void {
    const ahead = this.clock.wallMilliseconds() - this.#now;
    // The clock was set back: nobody knows how long ago that was.
    if (keptAt - ahead > this.#now) return;
    this.#cubicles.resume(
      kept.map((at) => (at === null ? null : at - ahead)),
      keptAt - ahead,
    );
  }

  get #now(): number {
    return this.clock.monotonicMilliseconds();
  }

  #changed(): void {
    this.period.saw('cubicles', this.#cubicles.taken, this.#now);
    this.changed();
  }
}
