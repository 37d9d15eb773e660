/** Equal bursts put together, and what each kind of them seems to be. */
import { type Burst, hexOf, medianOf, timesOf } from './bursts.js';
import { checksumFits, type RowShape, shapeOf } from './shape.js';

/** The same again within this time is the same press. */
export const samePressMilliseconds = 300;
/** A key is let go within this time, or what comes is not the release. */
const longestHoldMilliseconds = 3_000;
/** From the release to the next press it takes at least so many times longer than the key was held. */
const pauseToHold = 1.5;
const heartbeatCount = 5;
const shortestHeartbeatMilliseconds = 400;
const heartbeatTolerance = 0.05;
const heartbeatToleranceMilliseconds = 40;
/** Of the beats, this share may be missing (a key came in the same moment), but not many in a row. */
export const mostMissing = 0.3;
const longestGap = 4;
/** A heartbeat goes on for most of the time that was listened. */
const heartbeatShare = 0.6;
/** A row of so many bytes is not by chance the half of another one. */
const recognisableBytes = 3;
/** Different bursts that are kept apart; a line of garbage has no end of them. */
const mostGroups = 500;

/**
 * - `key`: sent by a key, as far as can be seen.
 * - `release`: always comes right after another one: a key is let go.
 * - `heartbeat`: comes by itself at a steady pace.
 * - `noise`: came once, and is not like the others.
 */
type BurstRole = 'key' | 'release' | 'heartbeat' | 'noise';

export interface BurstGroup {
  readonly hex: string;
  readonly bytes: Uint8Array;
  readonly role: BurstRole;
  /** How often its bytes came. */
  readonly count: number;
  /** How often they came apart from one another: repeats of a held key or a bouncing contact count once. */
  readonly presses: number;
  readonly firstMilliseconds: number;
  readonly lastMilliseconds: number;
  /** Pace of a held key's repeats (at least three in a row); `null` where none were seen. */
  readonly repeatMilliseconds: number | null;
  /** Of a heartbeat, its pace. */
  readonly periodMilliseconds: number | null;
  /** Some of it was more than is kept. */
  readonly overlong: boolean;
}

interface Occurrence {
  readonly hex: string;
  readonly at: number;
  readonly end: number;
}

interface Draft {
  readonly hex: string;
  readonly bytes: Uint8Array;
  overlong: boolean;
  times: Occurrence[];
}

/**
 * Groups in the order in which they were first heard; at most 500, what is beyond is left out.
 * @param listened when listening began and ended
 */
export function groupBursts(
  bursts: readonly Burst[],
  listened: { readonly fromMilliseconds: number; readonly toMilliseconds: number },
): BurstGroup[] {
  const drafts = draftsOf(bursts);
  const periods = new Map<string, number>();
  for (const { hex, times } of drafts.values()) {
    const period = heartbeatPeriod(
      times.map(({ at }) => at),
      listened.toMilliseconds - listened.fromMilliseconds,
    );
    if (period !== null) periods.set(hex, period);
  }
  const heartbeats = [...periods.keys()].map((hex) => drafts.get(hex)!.bytes);
  if (heartbeats.length > 0) freeOfHeartbeats(drafts, heartbeats);
  const others = [...drafts.values()].filter(({ hex, times }) => !periods.has(hex) && times.length > 0);
  const sequence = others.flatMap(({ times }) => times).sort((a, b) => a.at - b.at);
  const releases = releasesOf(others, sequence);
  const keys = others.filter(({ hex }) => !releases.has(hex));
  const usual = keys.filter(({ times }) => times.length > 1).map(({ bytes }) => bytes);
  const shape = shapeOf(usual);
  return [...drafts.values()]
    .filter(({ times }) => times.length > 0)
    .map((draft) => {
      const period = periods.get(draft.hex) ?? null;
      const isOdd = usual.length > 0 && draft.times.length === 1 && !isLike(draft.bytes, usual, shape);
      const role =
        period !== null ? 'heartbeat' : releases.has(draft.hex) ? 'release' : isOdd ? 'noise' : 'key';
      return groupOf(draft, role, period);
    })
    .sort((a, b) => a.firstMilliseconds - b.firstMilliseconds);
}

function groupOf({ hex, bytes, overlong, times }: Draft, role: BurstRole, period: number | null): BurstGroup {
  return {
    hex,
    bytes,
    role,
    count: times.length,
    presses: runsOf(times).length,
    firstMilliseconds: times[0]!.at,
    lastMilliseconds: times.at(-1)!.at,
    repeatMilliseconds: role === 'heartbeat' ? null : repeatOf(times),
    periodMilliseconds: period,
    overlong,
  };
}

function draftsOf(bursts: readonly Burst[]): Map<string, Draft> {
  const drafts = new Map<string, Draft>();
  for (const { bytes, atMilliseconds, endMilliseconds, missedBytes } of bursts) {
    const hex = hexOf(bytes);
    let draft = drafts.get(hex);
    if (draft === undefined) {
      if (drafts.size >= mostGroups) continue;
      draft = { hex, bytes, overlong: false, times: [] };
      drafts.set(hex, draft);
    }
    draft.overlong ||= missedBytes > 0;
    draft.times.push({ hex, at: atMilliseconds, end: endMilliseconds });
  }
  // What is another one several times over is that other one, from a bouncing contact or a program that was late.
  const byLength = [...drafts.values()].sort((a, b) => a.bytes.length - b.bytes.length);
  for (const whole of byLength) {
    const unit = byLength.find((one) => one !== whole && timesOf(whole.bytes, one.bytes) > 1);
    if (unit === undefined) continue;
    if (unit.bytes.length < recognisableBytes && unit.times.length < whole.times.length) continue;
    const times = timesOf(whole.bytes, unit.bytes);
    for (const { at, end } of whole.times) {
      for (let turn = 0; turn < times; turn++) unit.times.push({ hex: unit.hex, at, end });
    }
    unit.times.sort((a, b) => a.at - b.at);
    whole.times = [];
  }
  return drafts;
}

/** A key that was pressed in the same moment as a heartbeat came: both are known, so each gets its own. */
function freeOfHeartbeats(drafts: Map<string, Draft>, heartbeats: readonly Uint8Array[]): void {
  for (const draft of drafts.values()) {
    for (const beat of heartbeats) {
      const rest = withoutPart(draft.bytes, beat);
      const other = rest === undefined ? undefined : drafts.get(hexOf(rest));
      if (other === undefined || other === draft || other.times.length <= draft.times.length) continue;
      other.times.push(...draft.times.map(({ at, end }) => ({ hex: other.hex, at, end })));
      other.times.sort((a, b) => a.at - b.at);
      draft.times = [];
      break;
    }
  }
}

/** What is left of `whole` before or behind `part`; `undefined` where it neither begins nor ends with it. */
export function withoutPart(whole: Uint8Array, part: Uint8Array): Uint8Array | undefined {
  if (part.length === 0 || whole.length <= part.length) return undefined;
  if (hexOf(whole.subarray(0, part.length)) === hexOf(part)) return whole.subarray(part.length);
  const rest = whole.length - part.length;
  return hexOf(whole.subarray(rest)) === hexOf(part) ? whole.subarray(0, rest) : undefined;
}

/** Occurrences of one burst, those within the time of one press together. */
export function runsOf<One extends { readonly at: number; readonly end: number }>(
  times: readonly One[],
): One[][] {
  const runs: One[][] = [];
  for (const one of times) {
    const run = runs.at(-1);
    if (run === undefined || one.at - run.at(-1)!.end >= samePressMilliseconds) runs.push([one]);
    else run.push(one);
  }
  return runs;
}

/** The pace of the longest run of repeats. */
function repeatOf(times: readonly Occurrence[]): number | null {
  const longest = runsOf(times).reduce((best, run) => (run.length > best.length ? run : best));
  if (longest.length < 3) return null;
  const gaps = longest.slice(1).map(({ at }, index) => at - longest[index]!.at);
  const pace = Math.round(medianOf(gaps));
  return pace > 0 ? pace : null;
}

/** The pace of something that comes by itself; `null` where it does not seem to. */
function heartbeatPeriod(times: readonly number[], listenedMilliseconds: number): number | null {
  if (times.length < heartbeatCount) return null;
  if (times.at(-1)! - times[0]! < listenedMilliseconds * heartbeatShare) return null;
  const period = steadyPeriod(times, heartbeatTolerance, heartbeatToleranceMilliseconds);
  return period !== null && period >= shortestHeartbeatMilliseconds ? period : null;
}

/**
 * The pace of moments that follow one another alike, but for a few that are missing; `null` where they don't, or are
 * fewer than three.
 * @param tolerance share of the pace by which a gap may differ, or the milliseconds if that is more
 */
export function steadyPeriod(
  times: readonly number[],
  tolerance: number,
  toleranceMilliseconds: number,
  missingShare = mostMissing,
): number | null {
  if (times.length < 3) return null;
  const gaps = times.slice(1).map((time, index) => time - times[index]!);
  const period = medianOf(gaps);
  if (period <= 0) return null;
  const most = Math.max(period * tolerance, toleranceMilliseconds);
  const beats = gaps.map((gap) => Math.max(1, Math.round(gap / period)));
  const isSteady = gaps.every((gap, index) => Math.abs(gap - beats[index]! * period) <= most);
  const missing = beats.filter((count) => count > 1).length;
  return isSteady && missing <= gaps.length * missingShare && Math.max(...beats) <= longestGap
    ? period
    : null;
}

/**
 * Bursts that come only right behind another one, and behind each of that one's presses: the key's own release, or
 * one that all keys share. Two keys that are pressed in turn look alike; so the release must always follow clearly
 * sooner than the next press follows the release.
 */
function releasesOf(drafts: readonly Draft[], sequence: readonly Occurrence[]): Set<string> {
  const releases = new Set<string>();
  const runs: { hex: string; at: number; end: number }[] = [];
  for (const { hex, at, end } of sequence) {
    const last = runs.at(-1);
    if (last?.hex === hex && at - last.end < samePressMilliseconds) last.end = end;
    else runs.push({ hex, at, end });
  }
  for (const { hex } of drafts) {
    const places = [...runs.keys()].filter((place) => runs[place]!.hex === hex);
    const before = places.map((place) => runs[place - 1]);
    const owners = new Set(before.map((run) => run?.hex));
    if (places.length < 2 || owners.has(undefined) || owners.has(hex)) continue;
    const holds = places.map((place) => runs[place]!.at - runs[place - 1]!.end);
    const pauses = places.flatMap((place) => {
      const next = runs[place + 1];
      return next === undefined ? [] : [next.at - runs[place]!.end];
    });
    const ownersRuns = runs.filter((run) => owners.has(run.hex)).length;
    if (ownersRuns !== places.length || Math.max(...holds) > longestHoldMilliseconds) continue;
    if (pauses.length > 0 && Math.max(...holds) * pauseToHold >= Math.min(...pauses)) continue;
    if (![...owners].some((owner) => releases.has(owner!))) releases.add(hex);
  }
  return releases;
}

/** A burst that came once may still be a key, if it looks like the keys that came often. */
function isLike(row: Uint8Array, usual: readonly Uint8Array[], shape: RowShape): boolean {
  if (shape.checksum !== null) return shape.length === row.length && checksumFits(row, shape.checksum);
  const lengths = usual.map(({ length }) => length);
  if (row.length < Math.min(...lengths) || row.length > Math.max(...lengths)) return false;
  const head = usual[0]!.subarray(0, usual.length === 1 ? Math.min(1, row.length - 1) : shape.head);
  return hexOf(row.subarray(0, head.length)) === hexOf(head);
}
