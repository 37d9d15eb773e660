/** What comes on a wire between two silences. */
import { formatHex } from '../../kernel/bytes.js';

/** Of a longer burst only the beginning is kept. */
const longestBurstBytes = 512;
const shortestSilenceMilliseconds = 50;
const silenceBytes = 20;

export interface Burst {
  /** When its first byte came, monotonic. */
  readonly atMilliseconds: number;
  /** When its last byte came. */
  readonly endMilliseconds: number;
  readonly bytes: Uint8Array;
  /** Bytes beyond the longest burst: the line does not fall silent. */
  readonly missedBytes: number;
}

/** Bytes with the moment at which they were read. */
export interface TimedBytes {
  readonly atMilliseconds: number;
  readonly bytes: Uint8Array;
}

/** The silence that ends a burst: 50 ms, or 20 bytes' time on a slow line. */
export function silenceOf(byteMicroseconds: number): number {
  return Math.max(shortestSilenceMilliseconds, (silenceBytes * byteMicroseconds) / 1_000);
}

/**
 * Puts chunks together. Only `idle` ends a burst: who asks for it knows whether bytes may still wait unread, a clock
 * alone does not.
 */
export class BurstCutter {
  #kept = new Uint8Array(longestBurstBytes);
  #length = 0;
  #missed = 0;
  #startedAt = 0;
  #lastAt: number | undefined;

  /** @param byteMicroseconds line time of one byte; a chunk began to come that much before it was read */
  constructor(private readonly byteMicroseconds = 0) {}

  /** When the last byte came; `undefined` between two bursts. */
  get lastMilliseconds(): number | undefined {
    return this.#lastAt;
  }

  feed(chunk: Uint8Array, atMilliseconds: number): void {
    if (chunk.length === 0) return;
    if (this.#lastAt === undefined)
      this.#startedAt = atMilliseconds - lineMilliseconds(chunk, this.byteMicroseconds);
    this.#lastAt = Math.max(atMilliseconds, this.#lastAt ?? atMilliseconds);
    const part = chunk.subarray(0, longestBurstBytes - this.#length);
    this.#kept.set(part, this.#length);
    this.#length += part.length;
    this.#missed += chunk.length - part.length;
  }

  /** The line is silent: the burst that is over, if there is one. */
  idle(): Burst | undefined {
    if (this.#lastAt === undefined) return undefined;
    const burst = {
      atMilliseconds: this.#startedAt,
      endMilliseconds: this.#lastAt,
      bytes: this.#kept.slice(0, this.#length),
      missedBytes: this.#missed,
    };
    this.#lastAt = undefined;
    this.#length = 0;
    this.#missed = 0;
    return burst;
  }
}

/** Cuts what was recorded, by its times alone. */
export function burstsOf(
  chunks: Iterable<TimedBytes>,
  byteMicroseconds = 0,
  silenceMilliseconds = silenceOf(byteMicroseconds),
): Burst[] {
  const cutter = new BurstCutter(byteMicroseconds);
  const bursts: Burst[] = [];
  const end = () => {
    const burst = cutter.idle();
    if (burst !== undefined) bursts.push(burst);
  };
  for (const { atMilliseconds, bytes } of chunks) {
    const began = atMilliseconds - lineMilliseconds(bytes, byteMicroseconds);
    const last = cutter.lastMilliseconds;
    if (last !== undefined && began - last >= silenceMilliseconds) end();
    cutter.feed(bytes, atMilliseconds);
  }
  end();
  return bursts;
}

function lineMilliseconds(chunk: Uint8Array, byteMicroseconds: number): number {
  return (chunk.length * byteMicroseconds) / 1_000;
}

/** All bytes as hex: equal where the bytes are. */
export function hexOf(bytes: Uint8Array): string {
  return formatHex(bytes, bytes.length);
}

/** How many times `whole` is `unit`, end to end; 0 where it is something else. */
export function timesOf(whole: Uint8Array, unit: Uint8Array): number {
  if (unit.length === 0 || whole.length === 0 || whole.length % unit.length !== 0) return 0;
  for (let index = 0; index < whole.length; index++) {
    if (whole[index] !== unit[index % unit.length]) return 0;
  }
  return whole.length / unit.length;
}

/** The middle one of some numbers, of two middle ones the smaller; `NaN` of none. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
