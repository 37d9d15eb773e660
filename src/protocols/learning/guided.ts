/**
 * Learning the keys one by one: each is asked for by name and pressed several times; the same key must give the same
 * bytes. Pure: bursts in, what they mean out.
 */
import { type Burst, hexOf, timesOf } from './bursts.js';
import { runsOf, samePressMilliseconds, withoutPart } from './groups.js';
import { doubtfulBeats, momentsOf, paceOf, periodToleranceMilliseconds, releaseOf } from './moments.js';
import { changingOf } from './shape.js';

/** A beat and a key are in one burst where they come within this time. */
const dueMilliseconds = 60;
/** So many of them at a steady pace are certainly no person. */
const certainBeats = 5;
/** Bursts that are kept of one key; the oldest go first. */
const mostBursts = 60;
/** Bursts of which the last moments are kept. */
const mostRemembered = 200;

export interface Asked {
  readonly key: string;
  /** Which press is asked for now, from 1. */
  readonly press: number;
  readonly rounds: number;
}

/** What a burst was. `key` is the one that was asked for. */
export type Heard =
  /** One of the presses that were asked for; `press` of `rounds` are there now. */
  | { readonly what: 'press'; readonly key: string; readonly press: number; readonly rounds: number }
  /** The last press: the key is known. */
  | { readonly what: 'learned'; readonly key: string; readonly bytes: Uint8Array }
  /** The press before, again: a held key or a bouncing contact. */
  | { readonly what: 'repeat'; readonly key: string }
  /** A key is let go. */
  | { readonly what: 'release'; readonly key: string }
  /** Comes by itself, every so many milliseconds. */
  | { readonly what: 'heartbeat'; readonly periodMilliseconds: number }
  /** All presses are there, but they came as steadily as a clock: one more is needed to believe them. */
  | { readonly what: 'doubtful-pace'; readonly key: string; readonly periodMilliseconds: number }
  /** The bytes of a key that is known already. */
  | { readonly what: 'other-key'; readonly key: string; readonly other: string }
  /** As before, and so often that the two cannot be told apart: the key is given up. */
  | { readonly what: 'same-as'; readonly key: string; readonly other: string }
  /** Not what came before; `changing` are the places (from 0) that differ, where it is as long. */
  | {
      readonly what: 'differs';
      readonly key: string;
      readonly before: Uint8Array;
      readonly changing: readonly number[];
      /** Twice as many presses as were asked for, and no two alike. */
      readonly neverAlike: boolean;
    }
  /** All keys are done. */
  | { readonly what: 'unasked' };

interface LearnedKey {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly presses: number;
  /** Other bursts that came while it was asked for. */
  readonly strays: number;
  /** What follows when it is let go; `null` where nothing was seen to. */
  readonly release: Uint8Array | null;
  /** Its bytes came again while it was held. */
  readonly repeats: boolean;
}

export interface GuidedResult {
  readonly keys: readonly LearnedKey[];
  readonly skipped: readonly string[];
  /** Keys that send the same as another one. */
  readonly doubles: readonly { readonly key: string; readonly other: string }[];
  readonly heartbeats: readonly { readonly bytes: Uint8Array; readonly periodMilliseconds: number }[];
  /** Keys whose presses were never alike. */
  readonly neverAlike: readonly string[];
}

interface Heartbeat {
  readonly bytes: Uint8Array;
  readonly periodMilliseconds: number;
  lastMilliseconds: number;
}

interface Outcome {
  readonly learned?: LearnedKey;
  readonly skipped?: true;
  readonly other?: string;
  readonly neverAlike?: boolean;
}

export class GuidedLearning {
  readonly #keys: readonly string[];
  readonly #rounds: number;
  readonly #outcomes: Outcome[] = [];
  /** Of the key that is asked for. */
  #bursts: Burst[] = [];
  #presses = 0;
  /** The burst that has come most often. */
  #top: string | undefined;
  /** Keys that are known already and were pressed again. */
  #others = new Map<string, { presses: number; end: number }>();
  #neverAlike = false;
  /** What was heard of it was taken for a heartbeat. */
  #judgedBeat = false;
  /** Of the whole session: what comes by itself shows only over time. */
  readonly #moments = new Map<string, number[]>();
  readonly #heartbeats = new Map<string, Heartbeat>();
  /** The key that was learned last may still be held. */
  #held: { readonly key: LearnedKey; end: number; released: boolean } | undefined;

  /** @param rounds presses of each key, at least 2: one alone would not show a release from the next press */
  constructor(keys: readonly string[], rounds: number) {
    this.#keys = keys;
    this.#rounds = rounds;
  }

  /** The key that is to be pressed now; `undefined` when all are done. */
  get asked(): Asked | undefined {
    const key = this.#keys[this.#outcomes.length];
    if (key === undefined) return undefined;
    return { key, press: Math.min(this.#presses + 1, this.#rounds), rounds: this.#rounds };
  }

  /** There is no such key: goes on to the next one. */
  skip(): void {
    if (this.asked === undefined) return;
    this.#outcomes.push({ skipped: true, neverAlike: this.#neverAlike });
    this.#forget();
  }

  /** Begins the key that is asked for anew; or, where nothing of it was heard yet, the one before. */
  again(): void {
    if (this.#bursts.length === 0 && this.#others.size === 0 && !this.#judgedBeat) {
      this.#outcomes.pop();
    }
    this.#held = undefined;
    this.#forget();
    // What seemed to come by itself may have been the person.
    this.#heartbeats.clear();
    this.#moments.clear();
  }

  heard(whole: Burst): Heard {
    const { asked } = this;
    if (asked === undefined) return { what: 'unasked' };
    const { key } = asked;
    const heartbeat = this.#heartbeat(whole, hexOf(whole.bytes));
    if (heartbeat !== undefined) return heartbeat;
    const burst = this.#withoutBeat(whole);
    const hex = hexOf(burst.bytes);
    const trailing = this.#trailing(burst, hex);
    if (trailing !== undefined) return trailing;
    const known = this.#learned().find((one) => hexOf(one.bytes) === hex);
    if (known !== undefined) return this.#otherKey(key, known.key, burst);
    const before = this.#bursts.at(-1)?.bytes;
    const presses = this.#presses;
    this.#bursts = [...this.#bursts, burst].slice(-mostBursts);
    const judged = this.#judge(key);
    const isNewTop = judged.top === hex && judged.top !== this.#top;
    this.#presses = judged.presses;
    this.#top = judged.top;
    if (judged.doubtfulPeriod !== null && judged.presses >= this.#rounds) {
      return { what: 'doubtful-pace', key, periodMilliseconds: judged.doubtfulPeriod };
    }
    if (judged.learned !== undefined) {
      this.#outcomes.push({ learned: judged.learned });
      const released = judged.learned.release !== null && hexOf(judged.learned.release) === hex;
      this.#held = { key: judged.learned, end: burst.endMilliseconds, released };
      this.#forget();
      return { what: 'learned', key, bytes: judged.learned.bytes };
    }
    if (judged.presses > presses || isNewTop) {
      return { what: 'press', key, press: judged.presses, rounds: this.#rounds };
    }
    if (judged.release === hex) return { what: 'release', key };
    if (judged.top === hex || before === undefined || timesOf(burst.bytes, before) > 0) {
      return { what: 'repeat', key };
    }
    this.#neverAlike = judged.presses < 2 && this.#bursts.length >= 2 * this.#rounds;
    const changing = changingOf([before, burst.bytes]);
    return { what: 'differs', key, before, changing, neverAlike: this.#neverAlike };
  }

  result(): GuidedResult {
    const named = this.#outcomes.map((outcome, place) => ({ key: this.#keys[place]!, ...outcome }));
    const current = this.asked;
    return {
      keys: this.#learned(),
      skipped: [
        ...named.filter(({ skipped }) => skipped).map(({ key }) => key),
        ...this.#keys.slice(this.#outcomes.length),
      ],
      doubles: named.flatMap(({ key, other }) => (other === undefined ? [] : [{ key, other }])),
      heartbeats: [...this.#heartbeats.values()].map(({ bytes, periodMilliseconds }) => ({
        bytes,
        periodMilliseconds,
      })),
      neverAlike: [
        ...named.filter(({ neverAlike }) => neverAlike).map(({ key }) => key),
        ...(this.#neverAlike && current !== undefined ? [current.key] : []),
      ],
    };
  }

  #learned(): LearnedKey[] {
    return this.#outcomes.flatMap(({ learned }) => (learned === undefined ? [] : [learned]));
  }

  #forget(): void {
    this.#bursts = [];
    this.#presses = 0;
    this.#top = undefined;
    this.#others = new Map();
    this.#neverAlike = false;
    this.#judgedBeat = false;
  }

  /** The key that was learned last is still held, or let go only now. */
  #trailing(burst: Burst, hex: string): Heard | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const { key } = held.key;
    const isSoon = burst.atMilliseconds - held.end < samePressMilliseconds;
    const isItself = hex === hexOf(held.key.bytes) || timesOf(burst.bytes, held.key.bytes) > 0;
    if (isSoon && isItself) {
      held.end = burst.endMilliseconds;
      return { what: 'repeat', key };
    }
    const isRelease = held.key.release !== null && hex === hexOf(held.key.release);
    if ((isRelease && !held.released) || (isSoon && held.key.release === null)) {
      held.released = true;
      return { what: 'release', key };
    }
    this.#held = undefined;
    return undefined;
  }

  /** Notes when a burst came, and says so where it comes by itself. */
  #heartbeat(burst: Burst, hex: string): Heard | undefined {
    const known = this.#heartbeats.get(hex);
    if (known !== undefined) {
      known.lastMilliseconds = burst.atMilliseconds;
      return { what: 'heartbeat', periodMilliseconds: known.periodMilliseconds };
    }
    if (!this.#moments.has(hex) && this.#moments.size >= mostRemembered) return undefined;
    const moments = [...(this.#moments.get(hex) ?? []), burst.atMilliseconds].slice(-certainBeats);
    this.#moments.set(hex, moments);
    const period = paceOf(moments);
    if (moments.length < certainBeats || period === null) return undefined;
    const periodMilliseconds = Math.round(period);
    const lastMilliseconds = burst.atMilliseconds;
    this.#heartbeats.set(hex, { bytes: burst.bytes, periodMilliseconds, lastMilliseconds });
    this.#judgedBeat = true;
    this.#bursts = this.#bursts.filter(({ bytes }) => hexOf(bytes) !== hex);
    const judged = this.#judge('');
    this.#presses = judged.presses;
    this.#top = judged.top;
    return { what: 'heartbeat', periodMilliseconds };
  }

  /** A key's bytes without the beat that was due in the same moment. A key may begin like one, at any other time. */
  #withoutBeat(burst: Burst): Burst {
    for (const beat of this.#heartbeats.values()) {
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

  #otherKey(key: string, other: string, { atMilliseconds, endMilliseconds }: Burst): Heard {
    const last = this.#others.get(other);
    const isRepeat = last !== undefined && atMilliseconds - last.end < samePressMilliseconds;
    const presses = (last?.presses ?? 0) + (isRepeat ? 0 : 1);
    this.#others.set(other, { presses, end: endMilliseconds });
    if (isRepeat) return { what: 'repeat', key: other };
    if (presses < this.#rounds || this.#presses > 0) return { what: 'other-key', key, other };
    this.#outcomes.push({ other });
    this.#forget();
    return { what: 'same-as', key, other };
  }

  #judge(key: string): Judged {
    const beats = [...this.#heartbeats.values()].map(({ bytes }) => bytes);
    const moments = momentsOf(this.#bursts, beats);
    const bytesByHex = new Map(this.#bursts.map(({ bytes }) => [hexOf(bytes), bytes]));
    const groups = [...new Set(moments.map(({ hex }) => hex))].map((hex) => {
      const times = moments.filter((moment) => moment.hex === hex);
      const runs = runsOf(times);
      return {
        hex,
        presses: runs.length,
        repeats: runs.some((run) => run.length > 1),
        count: times.length,
        period: paceOf((this.#moments.get(hex) ?? []).slice(-doubtfulBeats)),
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
    if (top.presses < this.#rounds || !isClear || bytes === undefined) return judged;
    return {
      ...judged,
      learned: {
        key,
        bytes,
        presses: top.presses,
        strays,
        release: release === undefined ? null : (bytesByHex.get(release) ?? null),
        repeats: top.repeats,
      },
    };
  }
}

interface Judged {
  readonly presses: number;
  readonly top?: string;
  readonly release?: string;
  readonly doubtfulPeriod: number | null;
  readonly learned?: LearnedKey;
}
