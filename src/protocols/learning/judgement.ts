/** What the bursts that came while one key was asked for say of it. */
import type { Beats } from './beats.js';
import { type Burst, hexOf } from './bursts.js';
import { runsOf } from './groups.js';
import { momentsOf, releaseOf } from './moments.js';

/** A key of which enough is known. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly presses: number;
  /** Other bursts that came while it was asked for. */
  readonly strays: number;
  /** What follows when it is let go; `null` where nothing was seen to. */
  readonly release: Uint8Array | null;
  /** Its bytes came again while it was held. */
  readonly repeats: boolean;
}

export interface Judgement {
  /** Of the burst that has come most often. */
  readonly presses: number;
  readonly top?: string;
  readonly release?: string;
  /** It came as steadily as a clock, every so many milliseconds: more must come to tell. */
  readonly doubtfulPeriod: number | null;
  readonly learned?: KeyBytes;
}

/** @param rounds presses after which a key is known, where nothing speaks against it */
export function judge(bursts: readonly Burst[], beats: Beats, rounds: number): Judgement {
  const moments = momentsOf(
    bursts,
    beats.known.map(({ bytes }) => bytes),
  );
  const bytesByHex = new Map(bursts.map(({ bytes }) => [hexOf(bytes), bytes]));
  const groups = [...new Set(moments.map(({ hex }) => hex))].map((hex) => {
    const times = moments.filter((moment) => moment.hex === hex);
    const runs = runsOf(times);
    return {
      hex,
      presses: runs.length,
      repeats: runs.some((run) => run.length > 1),
      count: times.length,
      period: beats.doubtfulPaceOf(hex),
    };
  });
  // What comes at a steady pace may be no key: anything else has the precedence.
  const order = groups.sort(
    (a, b) => Number(a.period !== null) - Number(b.period !== null) || b.presses - a.presses,
  );
  const top = order[0];
  if (top === undefined) return { presses: 0, doubtfulPeriod: null };
  // A beat before each press, or a release behind each of some steady presses: more must come to tell.
  const unclear = groups.find(({ hex, period }) => period !== null && releaseOf(moments, hex) === top.hex);
  if (unclear !== undefined) {
    return { presses: top.presses, top: top.hex, doubtfulPeriod: Math.round(unclear.period ?? 0) };
  }
  const release = releaseOf(moments, top.hex);
  const others = groups.filter(({ hex }) => hex !== top.hex && hex !== release).map(({ count }) => count);
  const strays = others.reduce((sum, count) => sum + count, 0);
  const isClear = Math.max(0, ...others) * 2 <= top.presses;
  const judged = {
    presses: top.presses,
    top: top.hex,
    ...(release === undefined ? {} : { release }),
    doubtfulPeriod: top.period === null ? null : Math.round(top.period),
  };
  const bytes = bytesByHex.get(top.hex);
  if (top.presses < rounds || !isClear || bytes === undefined) return judged;
  return {
    ...judged,
    learned: {
      bytes,
      presses: top.presses,
      strays,
      release: release === undefined ? null : (bytesByHex.get(release) ?? null),
      repeats: top.repeats,
    },
  };
}
