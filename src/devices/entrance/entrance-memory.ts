/** What an entrance keeps over a restart: its count, the day's sums, and when that was. */
import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';

const people = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
/** A Unix time in milliseconds; `null` where the clock could not be trusted. */
const moment = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

const passages = v.strictObject({ entered: people, left: people, unknownDirection: people });

const keptSchema = v.strictObject({
  version: v.literal(1),
  at: moment,
  /** When the number of people was last set to nobody. */
  emptiedAt: moment,
  count: v.strictObject({
    entered: people,
    left: people,
    unknownDirection: people,
    corrected: people,
    missed: people,
    base: v.nullable(people),
  }),
  today: passages,
  /** Of these, those that no event has told of yet. */
  untold: passages,
  /** The most passages of five minutes on the day before and on this one. */
  busiest: v.strictTuple([people, people]),
});

export type Kept = v.InferOutput<typeof keptSchema>;

/** What was kept; `undefined` where that was nothing, or nothing that this version understands. */
export function readKept(value: Json | undefined): Kept | undefined {
  const result = v.safeParse(keptSchema, value);
  return result.success ? result.output : undefined;
}

/** What the wall clock may be set back over a restart. */
const clockStepMilliseconds = 60_000;

/** Whether it was kept on the day that turned at `turn`, and not by a clock that was ahead; all in Unix milliseconds. */
export function isOfDay({ at }: Kept, turn: number, now: number): boolean {
  return at !== null && at >= turn && at <= now + clockStepMilliseconds;
}
