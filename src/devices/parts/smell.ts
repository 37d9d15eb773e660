import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import type { CleanAir } from './clean-air.js';
import type { Climate } from './climate-part.js';

/** What a gas sensor with an index has learned. */
export const learnedGasSchema = v.object({
  /** Model and serial number: another chip of the same model has another usual signal. */
  sensor: v.string(),
  mean: v.pipe(v.number(), v.minValue(1), v.maxValue(65_535)),
  deviation: v.pipe(v.number(), v.minValue(0), v.maxValue(65_535)),
  /** Wall clock, Unix milliseconds. */
  at: v.number(),
});
export type LearnedGas = Readonly<v.InferOutput<typeof learnedGasSchema>>;

/** What a sensor has learned of its place; plain JSON. */
export type LearnedAir = LearnedGas | CleanAir;

export interface Smell {
  /** 100 is usual here, higher is worse: 1 to 500. `null` while the sensor warms up or learns. */
  readonly smellIndex: number | null;
  /** `null` where the sensor measures no concentration. */
  readonly ammoniaPartsPerMillion: number | null;
  /** To be kept over a restart; `null` while there is nothing worth it. May change with every value. */
  readonly learned: LearnedAir | null;
}

export interface SmellHelp {
  /** The air at the sensor, which some are compensated with; `null` while it is not known. */
  climate(): Climate | null;
  /** What was kept of `learned` before this start, whatever it is by now. */
  memory(): Json | undefined;
}
