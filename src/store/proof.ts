import type { Clock } from '../kernel/clock.js';
import { within } from '../kernel/within.js';
import type { Journal } from './journal.js';
import type { Writer } from './writer.js';

const patienceMilliseconds = 5000;

/** Asks the storage for a sync, as proof that it works. */
export class Proof {
  /** The one under way: one that hangs is not joined by a second, for each holds a thread. */
  #proving: Promise<boolean> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly journal: Pick<Journal, 'sync'>,
    private readonly writer: Pick<Writer, 'mode' | 'fail'>,
  ) {}

  /** See `Store.prove`. Never rejects. */
  async prove(): Promise<boolean> {
    if (this.#isInMemory) return true;
    this.#proving ??= this.#sync().finally(() => {
      this.#proving = undefined;
    });
    const done = await within(this.clock, 'store: prove', patienceMilliseconds, this.#proving);
    return done ?? this.#isInMemory;
  }

  get #isInMemory(): boolean {
    return this.writer.mode === 'memory';
  }

  async #sync(): Promise<boolean> {
    try {
      await this.journal.sync();
    } catch (error) {
      this.writer.fail(error);
    }
    return true;
  }
}
