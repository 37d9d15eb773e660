import type { Clock } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import type { Wire } from './ports.js';

/**
 * Silence between two frames: 3.5 characters, but 1.75 ms where characters are short
 * (Modbus over Serial Line V1.02, section 2.5.1.1).
 */
const GAP_CHARACTERS = 3.5;
const SHORTEST_GAP_MICROSECONDS = 1_750;
const DEFAULT_GAP_MILLISECONDS = 5;
/** A write that takes this much longer than the line needs is stuck: the far end takes nothing. */
const WRITE_PATIENCE_MILLISECONDS = 5_000;

export interface Write {
  /** Resolves when the system has taken the bytes; rejects with a `HallwardError`. */
  readonly taken: Promise<void>;
  /** Resolves when `taken` is settled or the write is found stuck. Never rejects. */
  readonly over: Promise<void>;
}

/** The sending half of a bus: when the line is free, and whether the far end takes anything at all. */
export class LineWriter {
  #lastByteAt = Number.NEGATIVE_INFINITY;
  #sentAt = Number.NEGATIVE_INFINITY;
  #stuck = new Set<object>();
  readonly #pending = new Set<(error: HallwardError) => void>();
  #freed: (() => void)[] = [];

  /** @param unstuck told when a stuck write went through after all. */
  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    private readonly wire: Wire,
    private readonly unstuck: () => void,
  ) {}

  /** When the line fell or falls silent: the last byte received, or the calculated end of what was sent. */
  get quietSince(): number {
    return Math.max(this.#lastByteAt, this.#sentAt);
  }

  get sentAt(): number {
    return this.#sentAt;
  }

  /** A write is stuck: nothing more can be sent now. */
  get isStuck(): boolean {
    return this.#stuck.size > 0;
  }

  /** Silence to keep before a request, in milliseconds. */
  gapMilliseconds(wanted = DEFAULT_GAP_MILLISECONDS): number {
    const { byteMicroseconds } = this.wire;
    if (byteMicroseconds === 0) return wanted;
    return Math.max(wanted, Math.max(GAP_CHARACTERS * byteMicroseconds, SHORTEST_GAP_MICROSECONDS) / 1_000);
  }

  lineMilliseconds(byteCount: number): number {
    return (byteCount * this.wire.byteMicroseconds) / 1_000;
  }

  /** Bytes came in. */
  heard(atMilliseconds: number): void {
    this.#lastByteAt = atMilliseconds;
  }

  /** An answer came: whatever was reckoned, the request is out. */
  answered(atMilliseconds: number): void {
    this.#sentAt = Math.min(this.#sentAt, atMilliseconds);
  }

  write(bytes: Uint8Array): Write {
    const lineMilliseconds = this.lineMilliseconds(bytes.length);
    let give: (error: HallwardError) => void = () => {};
    const taken = new Promise<void>((resolve, reject) => {
      give = reject;
      this.wire
        .write(bytes)
        .then(resolve, (thrown) => reject(asHallwardError(thrown, 'wire.lost', 'absent')));
    });
    this.#pending.add(give);
    const over = new Promise<void>((resolve) => {
      const token = {};
      const timer = this.clock.after(
        `${this.name}: write`,
        lineMilliseconds + WRITE_PATIENCE_MILLISECONDS,
        () => {
          this.#stuck.add(token);
          resolve();
        },
      );
      const ended = () => {
        timer.cancel();
        this.#pending.delete(give);
        resolve();
        if (this.#stuck.delete(token) && this.#stuck.size === 0) this.#free();
      };
      taken.then(() => {
        this.#sentAt = this.clock.monotonicMilliseconds() + lineMilliseconds;
        ended();
      }, ended);
    });
    return { taken, over };
  }

  /** Resolves when no write is stuck any more, at most after `milliseconds`. */
  async untilFree(milliseconds: number): Promise<void> {
    if (!this.isStuck) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(`${this.name}: stuck write`, milliseconds, resolve);
      this.#freed.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** The wire is gone or new: what was under way fails with `error`. */
  reset(error: HallwardError): void {
    this.#lastByteAt = Number.NEGATIVE_INFINITY;
    this.#sentAt = Number.NEGATIVE_INFINITY;
    for (const give of this.#pending) give(error);
    this.#pending.clear();
    this.#stuck.clear();
    this.#free();
  }

  #free(): void {
    const freed = this.#freed;
    this.#freed = [];
    for (const resolve of freed) resolve();
    this.unstuck();
  }
}
