/** What comes by itself while keys are learned: found by its pace, and taken off keys that came in the same moment. */
import { type Burst, hexOf } from './bursts.js';
import { withoutPart } from './groups.js';
import { doubtfulBeats, paceOf, periodToleranceMilliseconds } from './moments.js';

/** A beat and a key are in one burst where they come within this time. */
const dueMilliseconds = 60;
/** So many of them at a steady pace are certainly no person. */
const certainBeats = 5;
/** Bursts of which the last moments are kept. */
const mostRemembered = 200;

export interface Heartbeat {
  readonly bytes: Uint8Array;
  readonly periodMilliseconds: number;
}

export class Beats {
  /** Of the whole session: what comes by itself shows only over time. */
  readonly #moments = new Map<string, number[]>();
  readonly #known = new Map<string, Heartbeat & { lastMilliseconds: number }>();

  /** Those that are known, in the order in which they were found. */
  get known(): Heartbeat[] {
    return [...this.#known.values()].map(({ bytes, periodMilliseconds }) => ({ bytes, periodMilliseconds }));
  }

  /** Everything is forgotten. */
  clear(): void {
    this.#known.clear();
    this.#moments.clear();
  }

  /** Notes when a burst came; gives its pace where it comes by itself, and whether that is new. */
  heard(burst: Burst): { readonly periodMilliseconds: number; readonly isNew: boolean } | undefined {
    const hex = hexOf(burst.bytes);
    const known = this.#known.get(hex);
    if (known !== undefined) {
      known.lastMilliseconds = burst.atMilliseconds;
      return { periodMilliseconds: known.periodMilliseconds, isNew: false };
    }
    if (!this.#moments.has(hex) && this.#moments.size >= mostRemembered) return undefined;
    const moments = [...(this.#moments.get(hex) ?? []), burst.atMilliseconds].slice(-certainBeats);
    this.#moments.set(hex, moments);
    const period = paceOf(moments);
    if (moments.length < certainBeats || period === null) return undefined;
    const periodMilliseconds = Math.round(period);
    const lastMilliseconds = burst.atMilliseconds;
    this.#known.set(hex, { bytes: burst.bytes, periodMilliseconds, lastMilliseconds });
    return { periodMilliseconds, isNew: true };
  }

  /** The pace at which a burst came of late, where it may be no person's; else `null`. */
  doubtfulPaceOf(hex: string): number | null {
    return paceOf((this.#moments.get(hex) ?? []).slice(-doubtfulBeats));
  }

  /** A key's bytes without the beat that was due in the same moment. A key may begin like one, at any other time. */
  takenOff(burst: Burst): Burst {
    for (const beat of this.#known.values()) {
      const bytes = withoutPart(burst.bytes, beat.bytes);
      if (bytes === undefined) continue;
      const since = burst.atMilliseconds - beat.lastMilliseconds;
      const beats = Math.max(1, Math.round(since / beat.periodMilliseconds));
      const late = Math.abs(since - beats * beat.periodMilliseconds);
      if (late > dueMilliseconds + beats * periodToleranceMilliseconds) continue;
      beat.lastMilliseconds = burst.atMilliseconds;
      return { ...burst, bytes };
    }
    return burst;
  }
}
