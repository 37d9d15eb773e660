import type { Clock, Timer } from '../../kernel/clock.js';
import type { HallwardError } from '../../kernel/errors.js';
import { type Burst, BurstCutter, silenceOf } from '../../protocols/learning/bursts.js';
import type { Wire } from '../../transports/ports.js';

/**
 * After a silence it is looked once more: where the machine was busy, bytes may have waited all the time, and are read
 * before the second look.
 */
const secondLookMilliseconds = 10;
/** A line that never falls silent is cut all the same. */
const longestBurstMilliseconds = 5_000;

interface LineEvents {
  burst(burst: Burst): void;
  /** The wire came back after it was lost. */
  back(): void;
  /** The wire is gone; it is being opened again. */
  lost(error: HallwardError): void;
}

/** Hears a wire and cuts what comes into bursts. */
export class LineListener {
  readonly #cutter: BurstCutter;
  readonly #silenceMilliseconds: number;
  #timer: Timer | undefined;
  #startedAt = 0;
  #closed = false;

  constructor(
    private readonly wire: Wire,
    private readonly clock: Clock,
    private readonly events: LineEvents,
  ) {
    this.#cutter = new BurstCutter(wire.byteMicroseconds);
    this.#silenceMilliseconds = silenceOf(wire.byteMicroseconds);
  }

  /** Resolves when the wire is open; rejects with the error of the first try. Losses later are only told. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      let isFirst = true;
      this.wire.start({
        opened: () => {
          if (!isFirst) this.events.back();
          isFirst = false;
          resolve();
        },
        bytes: (chunk) => this.#bytes(chunk),
        lost: (error) => {
          this.#end();
          if (isFirst) reject(error);
          else this.events.lost(error);
        },
      });
    });
  }

  /** What came last and was not told yet is told. */
  async close(): Promise<void> {
    this.#end();
    this.#closed = true;
    await this.wire.close();
  }

  #bytes(chunk: Uint8Array): void {
    if (this.#closed) return;
    const now = this.clock.monotonicMilliseconds();
    if (this.#cutter.lastMilliseconds === undefined) this.#startedAt = now;
    this.#cutter.feed(chunk, now);
    if (now - this.#startedAt >= longestBurstMilliseconds) this.#end();
    else this.#timer ??= this.#after(this.#silenceMilliseconds, () => this.#look());
  }

  #look(): void {
    const last = this.#cutter.lastMilliseconds;
    if (last === undefined) return;
    const silent = this.clock.monotonicMilliseconds() - last;
    if (silent < this.#silenceMilliseconds) {
      this.#after(this.#silenceMilliseconds - silent, () => this.#look());
      return;
    }
    this.#after(secondLookMilliseconds, () => {
      if (this.#cutter.lastMilliseconds === last) this.#end();
      else this.#look();
    });
  }

  #after(milliseconds: number, run: () => void): Timer {
    this.#timer = this.clock.after('learn: silence', milliseconds, run);
    return this.#timer;
  }

  #end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const burst = this.#cutter.idle();
    if (burst !== undefined && !this.#closed) this.events.burst(burst);
  }
}
