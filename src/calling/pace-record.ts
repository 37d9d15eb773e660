/** What is remembered of how fast a queue moves: about a kilobyte, written with its calls and ends of services. */
import * as v from 'valibot';

/** So many of the latest services are remembered. */
export const rememberedServices = 40;
/** So many of the latest compared guesses are remembered. */
export const rememberedScores = 60;
/** Today, and the week before it. */
export const rememberedDays = 8;

/**
 * Waits are counted in buckets that end at so many minutes, each about half as long again as the one before; the
 * last has no end. Within a bucket nothing is known but how many they were.
 */
export const bucketEndsMinutes = [1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 90, 128, 181, 256, 362] as const;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0));

export const paceRecord = v.object({
  /** Seconds from call to end of the latest services, newest last; no-shows count as they were. */
  served: v.pipe(v.array(seconds), v.maxLength(rememberedServices)),
  /** Moving mean of the seconds from the end of a service to the window's next call while people waited for it. */
  turnaroundSeconds: v.nullable(seconds),
  /** By how much the latest waits missed what was expected, in units of its uncertainty, newest last. */
  scores: v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(rememberedScores)),
  /** Whether each of the latest guesses came true (`1`) or not (`0`), newest last. */
  hits: v.pipe(v.string(), v.regex(/^[01]*$/), v.maxLength(rememberedScores)),
  /** Waits of today and of the week before, newest last: how many in each bucket, zeros at the end left out. */
  days: v.pipe(
    v.array(
      v.object({
        day: v.string(),
        waits: v.pipe(v.array(count), v.maxLength(bucketEndsMinutes.length + 1)),
      }),
    ),
    v.maxLength(rememberedDays),
  ),
});

export type Pace = v.InferOutput<typeof paceRecord>;

/** Of a queue that was never seen to move. */
export const emptyPace: Pace = { served: [], turnaroundSeconds: null, scores: [], hits: '', days: [] };
