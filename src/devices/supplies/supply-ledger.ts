import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import { type SupplyState, supplyStates } from '../../protocols/printer-picture.js';
import type { DeviceContext } from '../kind.js';
import { DaysLeft, type DaysLeftEstimate } from './days-left.js';
import { openDay } from './open-day.js';
import type { CalibrationEnd, Ends } from './supply-calibration.js';

const distance = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(5_000)));
const keptSchema = v.object({
  full: distance,
  empty: distance,
  level: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  state: v.nullable(v.picklist(supplyStates)),
});
type Kept = v.InferOutput<typeof keptSchema>;

/** A level that has fallen so much since the last event is worth another one. */
export const worthPercent = 5;

/**
 * What a supply sensor keeps over restarts: its calibration, what it said last, and how fast the supply is used up.
 * Written at the press of a button and together with events, never at a beat of its own.
 */
export class SupplyLedger {
  #kept: Kept;
  readonly #days: DaysLeft;

  /** @param supply its name in events: `paper` */
  constructor(
    private readonly supply: string,
    private readonly context: DeviceContext,
  ) {
    const saved = context.memory.get();
    const parsed = v.safeParse(keptSchema, saved);
    // What an older version, or nobody, has written is as nothing.
    this.#kept = parsed.success ? parsed.output : { full: null, empty: null, level: null, state: null };
    const days = saved !== null && typeof saved === 'object' && 'days' in saved ? saved.days : undefined;
    this.#days = new DaysLeft(days);
  }

  /** What the buttons have set. */
  get ends(): Ends {
    return { full: this.#kept.full, empty: this.#kept.empty };
  }

  /** The level of the last event. */
  get level(): number | null {
    return this.#kept.level;
  }

  /** The state of the last event. */
  get state(): SupplyState {
    return this.#kept.state ?? 'unknown';
  }

  calibrated(end: CalibrationEnd, millimetres: number): void {
    // By another scale the old levels mean nothing.
    this.#days.replaced();
    this.#keep({ ...this.#kept, [end]: millimetres, level: null });
  }

  observe(levelPercent: number): void {
    this.#days.observe(levelPercent, openDay(this.context), this.context.clock.monotonicMilliseconds());
  }

  replaced(): void {
    this.#days.replaced();
  }

  daysLeft(levelPercent: number | null): DaysLeftEstimate | null {
    return levelPercent === null ? null : this.#days.estimate(levelPercent);
  }

  /**
   * Records `supply.changed` where there is something to tell.
   * @param state as it is told; `null` where it is none to tell of (a sensor that fails has a fault for that)
   * @param anyway somebody replaced it
   */
  changed(levelPercent: number | null, state: SupplyState | null, anyway: boolean): void {
    const { level: before, state: stateBefore } = this.#kept;
    const fell = before !== null && levelPercent !== null && before - levelPercent >= worthPercent;
    const isNew = before === null && levelPercent !== null;
    if (!anyway && !fell && !isNew && (state === null || state === stateBefore)) return;
    const said = state ?? 'unknown';
    this.context.reports.record('supply.changed', {
      supply: this.supply,
      levelPercent,
      state: said,
      daysLeft: this.daysLeft(levelPercent),
    });
    this.#keep({ ...this.#kept, level: levelPercent ?? before, state: said });
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    this.context.memory.put({ ...kept, days: this.#days.toJson() } satisfies Json);
  }
}
