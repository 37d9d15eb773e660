/** Judges the wall clock, and notices when it becomes right. */
import { existsSync } from 'node:fs';
import type { TimeQuality } from '../kernel/clock.js';
import type { Store } from '../store/types.js';

/** A clock that shows a time before the oldest Node that Hallward runs on (20.19) was released is wrong. */
const oldestPossibleMilliseconds = Date.parse('2025-03-13T00:00:00Z');
/** A wall clock this far behind something recorded earlier is wrong. */
const behindMilliseconds = 60_000;
/** systemd-timesyncd makes this file once it has set the clock. */
const synchronizedFile = '/run/systemd/timesync/synchronized';
const askAgainMilliseconds = 10_000;

export interface TimeTrustOptions {
  readonly wallMilliseconds: () => number;
  readonly monotonicMilliseconds: () => number;
  /** True while a time source is known to discipline the clock. */
  readonly isSynchronized?: () => boolean;
}

export class TimeTrust {
  #floorMilliseconds = oldestPossibleMilliseconds;
  #untrustedOffset: number | undefined;
  #synchronized = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #corrected: (addMilliseconds: number) => void = () => {};

  constructor(private readonly options: TimeTrustOptions) {}

  /** The clock cannot be before this: it was recorded earlier. */
  notBefore(wallMilliseconds: number): void {
    this.#floorMilliseconds = Math.max(this.#floorMilliseconds, wallMilliseconds - behindMilliseconds);
  }

  /** Called with how much was missing when an untrusted clock has become plausible. */
  onCorrected(corrected: (addMilliseconds: number) => void): void {
    this.#corrected = corrected;
  }

  /** The clock can't be before what a store has recorded; times recorded while it was wrong are put right. */
  follow(store: Pick<Store, 'newestMilliseconds' | 'correctTime'>): void {
    if (store.newestMilliseconds !== null) this.notBefore(store.newestMilliseconds);
    this.onCorrected((addMilliseconds) => store.correctTime(addMilliseconds));
  }

  quality(): TimeQuality {
    const wall = this.options.wallMilliseconds();
    const monotonic = this.options.monotonicMilliseconds();
    const offset = wall - monotonic;
    if (wall < this.#floorMilliseconds) {
      this.#untrustedOffset ??= offset;
      return 'untrusted';
    }
    if (this.#untrustedOffset !== undefined) {
      const added = offset - this.#untrustedOffset;
      this.#untrustedOffset = undefined;
      this.#corrected(added);
    }
    if (monotonic - this.#askedAt >= askAgainMilliseconds) {
      this.#askedAt = monotonic;
      this.#synchronized = (this.options.isSynchronized ?? (() => existsSync(synchronizedFile)))();
    }
    return this.#synchronized ? 'synced' : 'holdover';
  }
}
