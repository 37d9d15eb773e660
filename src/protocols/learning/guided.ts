/**
 * Learning the keys one by one: each is asked for by name and pressed several times; the same key must give the same
 * bytes. Pure: bursts in, what they mean out.
 */
import { Beats, type Heartbeat } from './beats.js';
import { type Burst, hexOf, timesOf } from './bursts.js';
import { samePressMilliseconds } from './groups.js';
import { judge, type KeyBytes } from './judgement.js';
import { changingOf } from './shape.js';

/** Bursts that are kept of one key; the oldest go first. */
const mostBursts = 60;

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

interface LearnedKey extends KeyBytes {
  readonly key: string;
}

export interface GuidedResult {
  readonly keys: readonly LearnedKey[];
  readonly skipped: readonly string[];
  /** Keys that send the same as another one. */
  readonly doubles: readonly { readonly key: string; readonly other: string }[];
  readonly heartbeats: readonly Heartbeat[];
  /** Keys whose presses were never alike. */
  readonly neverAlike: readonly string[];
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
  readonly #beats = new Beats();
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
    this.#beats.clear();
  }

  heard(whole: Burst): Heard {
    const { asked } = this;
    if (asked === undefined) return { what: 'unasked' };
    const { key } = asked;
    const heartbeat = this.#heartbeat(whole);
    if (heartbeat !== undefined) return heartbeat;
    const burst = this.#beats.takenOff(whole);
    const hex = hexOf(burst.bytes);
    const trailing = this.#trailing(burst, hex);
    if (trailing !== undefined) return trailing;
    const known = this.#learned().find((one) => hexOf(one.bytes) === hex);
    if (known !== undefined) return this.#otherKey(key, known.key, burst);
    const before = this.#bursts.at(-1)?.bytes;
    const presses = this.#presses;
    this.#bursts = [...this.#bursts, burst].slice(-mostBursts);
    const judged = judge(this.#bursts, this.#beats, this.#rounds);
    const isNewTop = judged.top === hex && judged.top !== this.#top;
    this.#presses = judged.presses;
    this.#top = judged.top;
    if (judged.doubtfulPeriod !== null && judged.presses >= this.#rounds) {
      return { what: 'doubtful-pace', key, periodMilliseconds: judged.doubtfulPeriod };
    }
    if (judged.learned !== undefined) {
      const learned = { key, ...judged.learned };
      this.#outcomes.push({ learned });
      const released = learned.release !== null && hexOf(learned.release) === hex;
      this.#held = { key: learned, end: burst.endMilliseconds, released };
      this.#forget();
      return { what: 'learned', key, bytes: learned.bytes };
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
      heartbeats: this.#beats.known,
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

  /** A burst that comes by itself; when that shows, it is taken out of what was heard of the key. */
  #heartbeat(burst: Burst): Heard | undefined {
    const beat = this.#beats.heard(burst);
    if (beat === undefined) return undefined;
    if (beat.isNew) {
      this.#judgedBeat = true;
      const hex = hexOf(burst.bytes);
      this.#bursts = this.#bursts.filter(({ bytes }) => hexOf(bytes) !== hex);
      const judged = judge(this.#bursts, this.#beats, this.#rounds);
      this.#presses = judged.presses;
      this.#top = judged.top;
    }
    return { what: 'heartbeat', periodMilliseconds: beat.periodMilliseconds };
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
}
