/** What a washroom keeps over a restart: its counts, whether cleaning is due, what its sensors have learned. */
import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import { cleaningReasons } from './cleaning.js';

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e9));
/** A Unix time in milliseconds; `null` where the clock could not be trusted. */
const moment = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15)));

/** A Unix time in milliseconds that is known. */
const day = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15));

const keptSchema = v.strictObject({
  version: v.literal(1),
  at: moment,
  visits: v.strictObject({ sinceCleaned: count, openings: count }),
  /** Visits of the day that began at `turn`. */
  today: v.nullable(v.strictObject({ turn: day, visits: count })),
  /** Of the visits, those that no event has told of yet. */
  untold: count,
  /** Of business hours since the last cleaning. */
  openMilliseconds: v.pipe(v.number(), v.minValue(0), v.maxValue(1e13)),
  /** `null`: not as long as anybody remembers. */
  cleaned: v.nullable(v.strictObject({ at: moment })),
  due: v.nullable(
    v.strictObject({ at: moment, because: v.pipe(v.array(v.picklist(cleaningReasons)), v.minLength(1)) }),
  ),
  /** Since when each cubicle is taken; `null` for a free one. */
  cubicles: v.pipe(v.array(moment), v.maxLength(64)),
  /** The smell sensor's own; it looks itself whether it understands that. */
  smell: v.unknown(),
});

export type Kept = Omit<v.InferOutput<typeof keptSchema>, 'smell'> & { readonly smell: Json };

/** What was kept; `undefined` where that was nothing, or nothing that this version understands. */
export function readKept(value: Json | undefined): Kept | undefined {
  const result = v.safeParse(keptSchema, value);
  return result.success ? { ...result.output, smell: (result.output.smell ?? null) as Json } : undefined;
}
