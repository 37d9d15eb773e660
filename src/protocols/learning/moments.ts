/** What helps to tell presses, releases and heartbeats from one another. */
import { type Burst, hexOf, timesOf } from './bursts.js';
import { mostMissing, runsOf, steadyPeriod, withoutPart } from './groups.js';

/** Nobody presses at this pace again and again: such bursts come by themselves. */
const shortestPeriodMilliseconds = 900;
const periodTolerance = 0.01;
export const periodToleranceMilliseconds = 25;
/** So many of them alike make a doubt. */
export const doubtfulBeats = 3;

/** A burst as it is judged: what was asked for may have come several times over. */
export interface Moment {
  readonly hex: string;
  readonly at: number;
  readonly end: number;
}

/** Bursts as what they consist of: several times the same, or a heartbeat in the same moment. */
export function momentsOf(bursts: readonly Burst[], beats: readonly Uint8Array[]): Moment[] {
  const alone = new Set(bursts.map(({ bytes }) => hexOf(bytes)));
  const plain = bursts.map((burst) => {
    const rests = beats.map((beat) => withoutPart(burst.bytes, beat));
    // A key may begin like a heartbeat: only what came without one, too, is a key.
    const rest = rests.find((one) => one !== undefined && alone.has(hexOf(one)));
    return { ...burst, bytes: rest ?? burst.bytes };
  });
  const units = plain.map(({ bytes }) => bytes).sort((a, b) => a.length - b.length);
  return plain.flatMap(({ bytes, atMilliseconds: at, endMilliseconds: end }) => {
    const unit = units.find((one) => timesOf(bytes, one) > 0) ?? bytes;
    return Array.from({ length: timesOf(bytes, unit) }, () => ({ hex: hexOf(unit), at, end }));
  });
}

/** What comes behind each press of `top` but perhaps the last one, and never otherwise. */
export function releaseOf(moments: readonly Moment[], top: string): string | undefined {
  const others = new Set(moments.map(({ hex }) => hex).filter((hex) => hex !== top));
  const presses = runsOf(moments.filter(({ hex }) => hex === top)).length;
  for (const other of others) {
    const places = [...moments.keys()].filter((place) => moments[place]!.hex === other);
    const isBehind = places.every((place) => moments[place - 1]?.hex === top);
    if (isBehind && presses >= 2 && places.length >= presses - 1) return other;
  }
  return undefined;
}

/** The pace of moments that follow one another as no person presses; `null` where they don't. */
export function paceOf(moments: readonly number[]): number | null {
  // Of only three one may well be missing between them: it came in the same moment with a key.
  const missing = moments.length <= doubtfulBeats ? 0.5 : mostMissing;
  const period = steadyPeriod(moments, periodTolerance, periodToleranceMilliseconds, missing);
  return period !== null && period >= shortestPeriodMilliseconds ? period : null;
}
