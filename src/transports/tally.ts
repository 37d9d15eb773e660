import type { NoiseMeter } from './noise-meter.js';
import type { BusCounters, SlaveCounters } from './ports.js';

/** Reasons for discards counted one by one; a codec with more of them than this is counted as `other`. */
const MOST_REASONS = 32;

/** What a bus counts. Every discarded byte is counted by its reason; what speaks of a bad line is noise, too. */
export class Tally {
  readonly counters: BusCounters;

  constructor(
    slaves: Record<number, SlaveCounters>,
    private readonly meter: NoiseMeter,
  ) {
    this.counters = {
      bytesReceived: 0,
      bytesSent: 0,
      frames: 0,
      discardedBytes: 0,
      discards: {},
      opened: 0,
      lost: 0,
      slaves,
    };
  }

  received(byteCount: number, atMilliseconds: number): void {
    this.counters.bytesReceived += byteCount;
    this.meter.received(byteCount, atMilliseconds);
  }

  /** Bytes that are of no use, but no sign of a bad line: an echo, a late answer. */
  unneeded(reason: string, byteCount: number): void {
    const { discards } = this.counters;
    const known = Object.hasOwn(discards, reason) || Object.keys(discards).length < MOST_REASONS;
    const key = known ? reason : 'other';
    discards[key] = (discards[key] ?? 0) + byteCount;
    this.counters.discardedBytes += byteCount;
  }

  /** Bytes that belong to no frame; `bytes` are a sample of the `byteCount`. */
  discarded(bytes: Uint8Array, reason: string, byteCount: number, atMilliseconds: number): void {
    this.unneeded(reason, byteCount);
    this.meter.discarded(bytes, reason, byteCount, atMilliseconds);
  }
}
