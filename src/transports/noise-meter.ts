import { formatHex } from '../kernel/bytes.js';
import type { Clock, Timer } from '../kernel/clock.js';

const SLOT_MILLISECONDS = 5_000;
const SLOTS = 12;
/** Discarded bytes closer together than this are one bad frame. */
const SAME_FRAME_MILLISECONDS = 50;
const SHARE_LIMIT = 1 / 50;
const FRAME_LIMIT = 5;
/** A single stray run of bytes (a plug, a device switched on) is no noisy line. */
const FEWEST_FRAMES = 2;
/** A line that was noisy stays so until this long after its last bad frame: no flapping at the limit. */
const CALM_MILLISECONDS = 30_000;
const SAMPLE_BYTES = 32;

export interface Noise {
  readonly noisy: boolean;
  /** Discarded bytes over received bytes in the last minute, 0 to 1. */
  readonly discardedShare: number;
  /** The latest discarded bytes with their reason, for people; empty if there were none. */
  readonly sample: string;
}

/**
 * Measures how much of what comes in belongs to no frame, over the last minute in slots of five seconds.
 * Noisy is more than one byte in fifty (in at least two bad frames) or more than five bad frames.
 */
export class NoiseMeter {
  readonly #received = new Float64Array(SLOTS);
  readonly #discarded = new Float64Array(SLOTS);
  readonly #badFrames = new Float64Array(SLOTS);
  #slot = 0;
  #slotEndsAt = 0;
  #noisy = false;
  #badFrameAt = Number.NEGATIVE_INFINITY;
  #discardedAt = Number.NEGATIVE_INFINITY;
  #sampleBytes = new Uint8Array(0);
  #sampleReason = '';
  #timer: Timer | undefined;

  /** @param changed told when `noisy` flips. */
  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    private readonly changed: () => void,
  ) {
    this.#slot = Math.floor(clock.monotonicMilliseconds() / SLOT_MILLISECONDS);
    this.#slotEndsAt = (this.#slot + 1) * SLOT_MILLISECONDS;
  }

  /** Bytes came in, good or bad. */
  received(byteCount: number, atMilliseconds: number): void {
    if (atMilliseconds >= this.#slotEndsAt) this.#turnTo(atMilliseconds);
    this.#received[this.#slot % SLOTS]! += byteCount;
  }

  /** Bytes (of those received) belonged to no frame; `bytes` are a sample of the `byteCount`. */
  discarded(bytes: Uint8Array, reason: string, byteCount: number, atMilliseconds: number): void {
    if (byteCount === 0) return;
    if (atMilliseconds >= this.#slotEndsAt) this.#turnTo(atMilliseconds);
    this.#discarded[this.#slot % SLOTS]! += byteCount;
    this.#discardedAt = atMilliseconds;
    if (atMilliseconds - this.#badFrameAt >= SAME_FRAME_MILLISECONDS) {
      this.#badFrameAt = atMilliseconds;
      this.#badFrames[this.#slot % SLOTS]! += 1;
      this.#sampleBytes = bytes.slice(0, SAMPLE_BYTES);
      this.#sampleReason = reason;
    }
    if (!this.#noisy) this.#judge();
  }

  get noise(): Noise {
    const now = this.clock.monotonicMilliseconds();
    if (now >= this.#slotEndsAt) this.#turnTo(now);
    return {
      noisy: this.#noisy,
      discardedShare: this.#share(),
      sample: this.#sampleReason === '' ? '' : `${this.#sampleReason}: ${formatHex(this.#sampleBytes)}`,
    };
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #share(): number {
    const received = sum(this.#received);
    return received === 0 ? 0 : Math.min(1, sum(this.#discarded) / received);
  }

  #judge(): void {
    const now = this.clock.monotonicMilliseconds();
    if (now >= this.#slotEndsAt) this.#turnTo(now);
    const badFrames = sum(this.#badFrames);
    const overLimit = badFrames > FRAME_LIMIT || (badFrames >= FEWEST_FRAMES && this.#share() > SHARE_LIMIT);
    const noisy = overLimit || (this.#noisy && now - this.#discardedAt < CALM_MILLISECONDS);
    if (noisy) {
      this.#timer ??= this.clock.after(`${this.name}: noise`, SLOT_MILLISECONDS, () => {
        this.#timer = undefined;
        this.#judge();
      });
    }
    if (noisy === this.#noisy) return;
    this.#noisy = noisy;
    this.changed();
  }

  #turnTo(atMilliseconds: number): void {
    const slot = Math.floor(atMilliseconds / SLOT_MILLISECONDS);
    const passed = Math.min(SLOTS, slot - this.#slot);
    for (let index = 0; index < passed; index++) {
      const stale = (slot - index) % SLOTS;
      this.#received[stale] = 0;
      this.#discarded[stale] = 0;
      this.#badFrames[stale] = 0;
    }
    this.#slot = slot;
    this.#slotEndsAt = (slot + 1) * SLOT_MILLISECONDS;
  }
}

function sum(slots: Float64Array): number {
  let total = 0;
  for (const value of slots) total += value;
  return total;
}
