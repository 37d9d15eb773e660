import type { Clock, Timer } from '../kernel/clock.js';

export interface KeyInputOptions {
  /** A second press of the same key within this time is the same press; 0 switches the rule off. */
  readonly debounceMilliseconds: number;
  readonly pressed: (key: string, atMilliseconds: number) => void;
  readonly stuck: (key: string, heldMilliseconds: number) => void;
  readonly released: () => void;
}

/** A key that repeats without a pause for this long is held down or stuck. */
const stuckAfterMilliseconds = 15_000;
/** Silence after which a stuck key counts as free again. */
const freeAfterMilliseconds = 2_000;

/** One key, as the wire tells of it. */
interface Key {
  /** Begin of the row of repetitions that has not ended yet. */
  firstAt: number;
  lastAt: number;
  stuck: boolean;
}

/**
 * Makes presses of what a keypad sends: bounces and the automatic repetition of a held key are one press, and a key
 * that never stops is found. Each key is judged by itself: another one in between ends nothing. A stuck key presses
 * nothing until it is free.
 */
export class KeyInput {
  readonly #keys = new Map<string, Key>();
  #freeTimer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly options: KeyInputOptions,
  ) {}

  /** The wire said `key`. `atMilliseconds` is monotonic. */
  heard(key: string, atMilliseconds: number): void {
    const known = this.#keys.get(key);
    if (known === undefined || atMilliseconds - known.lastAt >= this.options.debounceMilliseconds) {
      const stuck = known?.stuck ?? false;
      this.#keys.set(key, { firstAt: atMilliseconds, lastAt: atMilliseconds, stuck });
      if (!stuck) this.options.pressed(key, atMilliseconds);
      return;
    }
    known.lastAt = atMilliseconds;
    if (known.stuck || atMilliseconds - known.firstAt < stuckAfterMilliseconds) return;
    known.stuck = true;
    this.options.stuck(key, atMilliseconds - known.firstAt);
    this.#freeTimer ??= this.#watchForRelease(freeAfterMilliseconds);
  }

  stop(): void {
    this.#freeTimer?.cancel();
  }

  /** Looks from time to time whether all stuck keys have fallen silent. */
  #watchForRelease(milliseconds: number): Timer {
    return this.clock.after('stuck key free again', milliseconds, () => {
      const now = this.clock.monotonicMilliseconds();
      let wait = 0;
      for (const key of this.#keys.values()) {
        if (!key.stuck) continue;
        const silence = now - key.lastAt;
        if (silence >= freeAfterMilliseconds) key.stuck = false;
        else wait = Math.max(wait, freeAfterMilliseconds - silence);
      }
      this.#freeTimer = wait > 0 ? this.#watchForRelease(wait) : undefined;
      if (wait === 0) this.options.released();
    });
  }
}
