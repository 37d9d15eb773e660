/** Orders to a board, one at a time: it takes in 64 bytes while it is busy, and no more. */
import { HallwardError } from '../../kernel/errors.js';
import type { FirmataEngine, FirmataOrder, FirmataPinState } from '../../transports/ports-firmata.js';

/** A board has at most 127 pins; what is asked of them waits for its answer before more is asked. */
const MOST_WAITING = 512;

export class OrderQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #ended: HallwardError | undefined;

  constructor(private readonly engine: Pick<FirmataEngine, 'do'>) {}

  /**
   * Does it when its turn comes. An order without an answer is given once more: a byte may have been lost.
   * @param tries 2 if absent
   */
  async do(order: FirmataOrder, tries = 2): Promise<FirmataPinState | null> {
    if (this.#waiting >= MOST_WAITING) {
      throw new HallwardError('firmata.no-answer', 'busy', `${this.#waiting} orders wait for the board`);
    }
    this.#waiting++;
    const done = this.#last.then(() => this.#try(order, tries));
    this.#last = done.catch(() => {});
    try {
      return await done;
    } finally {
      this.#waiting--;
    }
  }

  /** What waits, and what comes later, rejects with this. */
  end(error: HallwardError): void {
    this.#ended ??= error;
  }

  async #try(order: FirmataOrder, tries: number): Promise<FirmataPinState | null> {
    for (let left = tries; ; left--) {
      if (this.#ended !== undefined) throw this.#ended;
      try {
        return await this.engine.do(order);
      } catch (thrown) {
        if (this.#ended !== undefined) throw this.#ended;
        if (left <= 1 || !(thrown instanceof HallwardError) || thrown.kind !== 'timeout') throw thrown;
      }
    }
  }
}
