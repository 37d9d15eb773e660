import * as v from 'valibot';

/** The options of an entrance as they come out of its kind's schema. */
export const entranceOptionsSchema = v.object({
  errorPercent: v.number(),
  zeroAt: v.string(),
  capacity: v.optional(v.number()),
  startsWith: v.optional(v.number()),
  quietMinutes: v.number(),
});

export type EntranceOptions = v.InferOutput<typeof entranceOptionsSchema>;
