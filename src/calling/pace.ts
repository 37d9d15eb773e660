/** What is learned of how fast a queue moves, and what can be said of it. Pure; no time, no windows. */
import {
  bucketEndsMinutes,
  type Pace,
  rememberedDays,
  rememberedScores,
  rememberedServices,
} from './pace-record.js';

/** Fewer services say nothing about the next. */
const fewestServices = 3;
/** Fewer waits have no spread that could be compared with. */
const fewestWaits = 20;
/** A window that was forgotten over night served nobody for so long. */
const longestServiceSeconds = 24 * 60 * 60;
/** An end of a service after which nobody called for so long was a break, not a turnaround. */
const longestTurnaroundSeconds = 300;
const turnaroundWeight = 1 / 8;
/** Scores are kept to a tenth; one beyond this says no more than this. */
const utmostScore = 30;

/** A service took so long, from call to end. */
export function withService(pace: Pace, servedSeconds: number): Pace {
  return {
    ...pace,
    served: [...pace.served, Math.min(Math.round(servedSeconds), longestServiceSeconds)].slice(
      -rememberedServices,
    ),
  };
}

/** A window called so long after it was free, while people waited for it. */
export function withTurnaround(pace: Pace, seconds: number): Pace {
  const within = Math.min(seconds, longestTurnaroundSeconds);
  const before = pace.turnaroundSeconds;
  const mean = before === null ? within : before + (within - before) * turnaroundWeight;
  return { ...pace, turnaroundSeconds: Math.round(mean * 10) / 10 };
}

/** A wait was compared with its guess; `score`: by how many units of its uncertainty it was longer than expected. */
export function withScore(pace: Pace, score: number, hit: boolean): Pace {
  const kept = Math.round(Math.max(-utmostScore, Math.min(utmostScore, score)) * 10) / 10;
  return {
    ...pace,
    // JSON knows no -0.
    scores: [...pace.scores, kept === 0 ? 0 : kept].slice(-rememberedScores),
    hits: (pace.hits + (hit ? '1' : '0')).slice(-rememberedScores),
  };
}

/** Somebody waited so long on a business day. */
export function withWait(pace: Pace, day: string, waitedSeconds: number): Pace {
  const today = pace.days.find((entry) => entry.day === day);
  const waits = [...(today?.waits ?? [])];
  const bucket = bucketEndsMinutes.findIndex((end) => waitedSeconds < end * 60);
  const place = bucket < 0 ? bucketEndsMinutes.length : bucket;
  while (waits.length <= place) waits.push(0);
  waits[place]! += 1;
  const others = pace.days.filter((entry) => entry.day !== day);
  return { ...pace, days: [...others, { day, waits }].slice(-rememberedDays) };
}

/** The length of a service: mean and standard deviation in seconds, and of how many. */
export interface ServiceTimes {
  readonly meanSeconds: number;
  readonly deviationSeconds: number;
  readonly count: number;
}

/**
 * Mean and deviation of the latest services; `undefined` where too few were seen. One that is longer than the
 * upper quartile by three times the distance between the quartiles counts as just so long: a service of three
 * hours must not stretch all estimates of the morning, and says little about the next.
 */
export function serviceTimes({ served }: Pace): ServiceTimes | undefined {
  const count = served.length;
  if (count < fewestServices) return undefined;
  const sorted = [...served].sort((a, b) => a - b);
  const lower = sorted[Math.floor((count - 1) / 4)]!;
  const upper = sorted[Math.ceil(((count - 1) * 3) / 4)]!;
  const cap = upper + 3 * Math.max(upper - lower, upper / 4);
  const capped = sorted.map((seconds) => Math.min(seconds, cap));
  const mean = capped.reduce((sum, seconds) => sum + seconds, 0) / count;
  const variance = capped.reduce((sum, seconds) => sum + (seconds - mean) ** 2, 0) / (count - 1);
  return { meanSeconds: mean, deviationSeconds: Math.sqrt(variance), count };
}

/**
 * How much longer a service will take that has lasted so long: the mean of what was left of those that lasted
 * longer, taken together with one imagined service that takes as long again (or the mean): where none lasted so
 * long, that is all that can be said.
 */
export function remainingSeconds(pace: Pace, elapsedSeconds: number, meanSeconds: number): number {
  const longer = pace.served.filter((seconds) => seconds > elapsedSeconds);
  const left = longer.reduce((sum, seconds) => sum + seconds - elapsedSeconds, 0);
  return (left + Math.max(elapsedSeconds, meanSeconds)) / (longer.length + 1);
}

/**
 * The score that a share of the latest scores does not exceed, by their order and without interpolation, on the
 * safe side (the ordinary conformal quantile); the utmost one where there are too few to say.
 */
export function scoreQuantile(scores: readonly number[], share: number): number {
  const sorted = [...scores].sort((a, b) => a - b);
  const place =
    share < 0.5 ? Math.floor((sorted.length + 1) * share) : Math.ceil((sorted.length + 1) * share);
  return sorted[Math.max(1, Math.min(sorted.length, place)) - 1] ?? 0;
}

/** How many of the latest guesses came true, and of how many. */
export function hitsOf({ hits }: Pace): { readonly hits: number; readonly of: number } {
  return { hits: hits.replaceAll('0', '').length, of: hits.length };
}

/**
 * The distance between the first and the last tenth of the waits of the week before `today`, in seconds: what
 * anybody could say without looking at the hall. Where there was no such week yet, of today's own waits so far;
 * `null` where there are too few of both.
 */
export function spreadSeconds(pace: Pace, today: string): number | null {
  const begin = weekBefore(today);
  const recent = pace.days.filter(({ day }) => day >= begin && day <= today);
  const week = sum(recent.filter(({ day }) => day < today));
  const waits = total(week) >= fewestWaits ? week : sum(recent);
  if (total(waits) < fewestWaits) return null;
  return (decile(waits, 0.9) - decile(waits, 0.1)) * 60;
}

function weekBefore(day: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(midnight) ? day : new Date(midnight - 7 * 86_400_000).toISOString().slice(0, 10);
}

function sum(days: Pace['days']): number[] {
  return Array.from({ length: bucketEndsMinutes.length + 1 }, (_, bucket) =>
    days.reduce((all, { waits }) => all + (waits[bucket] ?? 0), 0),
  );
}

function total(waits: readonly number[]): number {
  return waits.reduce((all, count) => all + count, 0);
}

/** Minutes below which so large a share of the waits lies; within a bucket they count as evenly spread. */
function decile(waits: readonly number[], share: number): number {
  let left = total(waits) * share;
  for (const [bucket, count] of waits.entries()) {
    const begin = bucketEndsMinutes[bucket - 1] ?? 0;
    const end = bucketEndsMinutes[bucket] ?? begin * 1.5;
    if (count > 0 && left <= count) return begin + ((end - begin) * left) / count;
    left -= count;
  }
  return 0;
}
