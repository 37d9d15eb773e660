import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import { busErrors } from './bus-errors.js';
import type { LineWriter } from './line-writer.js';
import { type Entry, type TransactionEntry, TransactionQueue } from './transaction-queue.js';

const QUEUE_LIMIT = 256;
/** A line that never falls silent is written to all the same after this long. */
const GAP_PATIENCE_MILLISECONDS = 250;

/** Gives the wire to one entry at a time, in the order of the queue, each after the silence that it asks for. */
export class Turns {
  readonly #queue = new TransactionQueue(QUEUE_LIMIT);
  /** What is under way, also while it is not sent yet. */
  #current: Entry | undefined;
  #working = false;
  /** Ends the wait for a silent line. */
  #wake: (() => void) | undefined;

  /**
   * @param isOpen nothing has a turn while the wire is not
   * @param run does one entry and settles it; the next one's turn comes when it resolves
   */
  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    private readonly line: LineWriter,
    private readonly isOpen: () => boolean,
    private readonly run: (entry: Entry) => Promise<void>,
  ) {}

  /** Queues an entry; where a waiting one is for the same thing, it takes that one's place. */
  add(entry: Entry): void {
    const older = this.#queue.replace(entry);
    if (older !== undefined) {
      older.reject(busErrors.superseded(this.name));
    } else if (!this.#queue.add(entry)) {
      entry.reject(busErrors.queueFull(this.name, QUEUE_LIMIT));
      return;
    }
    // What came just now may go before the one that waits for a silent line.
    this.#wake?.();
    this.go();
  }

  /** Takes back a transaction for a further try; false where a newer one has taken its place. */
  addAgain(entry: TransactionEntry): boolean {
    return this.#queue.addAgain(entry);
  }

  /** Nobody waits for it any more. */
  remove(entry: Entry): void {
    this.#queue.remove(entry);
  }

  /** Something may be possible now that was not before. */
  go(): void {
    if (this.#working || !this.isOpen()) return;
    this.#working = true;
    void this.#workOff();
  }

  /** The wire is gone: all that wait, and the one under way, fail with `error`. */
  stop(error: HallwardError): void {
    for (const entry of this.#queue.takeAll()) entry.reject(error);
    this.#current?.reject(error);
    this.#wake?.();
  }

  /** Takes one after the other until nothing can be done now; there is one run of this at a time. */
  async #workOff(): Promise<void> {
    let waitingSince: number | undefined;
    for (;;) {
      const entry = this.isOpen() ? this.#queue.peek(!this.line.isStuck) : undefined;
      if (entry === undefined) break;
      const now = this.clock.monotonicMilliseconds();
      waitingSince ??= Math.max(now, this.line.sentAt);
      const goAt = Math.min(
        this.line.quietSince + entry.gapMilliseconds,
        waitingSince + GAP_PATIENCE_MILLISECONDS,
      );
      if (goAt > now) {
        await this.#pause(goAt - now);
        continue;
      }
      waitingSince = undefined;
      this.#queue.remove(entry);
      this.#current = entry;
      try {
        await this.run(entry);
      } catch (thrown) {
        entry.reject(asHallwardError(thrown, 'bus.failed')); // our own mistake must not end the bus
      }
      this.#current = undefined;
    }
    this.#working = false;
  }

  /** Waits for a silent line, at most until something changes. */
  async #pause(milliseconds: number): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = this.clock.after(`${this.name}: gap`, milliseconds, resolve);
    });
    timer?.cancel();
    this.#wake = undefined;
  }
}
