/** How long the broker may take to answer, before it counts as gone. */
import type { Clock, Timer } from '../kernel/clock.js';

const answerMilliseconds = 15_000;
/** While a large packet comes the broker hears of us this often. */
const signMilliseconds = 5_000;

export interface PatienceHandlers {
  /** It has not answered in time. */
  lost(words: string): void;
  /** To be sent: a sign of life, for the answer to the last one comes behind a large packet. */
  sign(): void;
}

/**
 * On a slow line a large packet takes longer than anybody waits for an answer, and all answers come behind it. So the time
 * in which it comes does not count.
 */
export class Patience {
  readonly #waiting = new Map<string, Timer>();
  /** When a piece of a large packet came last. */
  #pieceAtMilliseconds = Number.NEGATIVE_INFINITY;
  #signAtMilliseconds = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly handlers: PatienceHandlers,
  ) {}

  /**
   * Waits for answers of one sort, until all have come.
   * @param what in words of MQTT: `SUBACK`
   * @param oldest monotonic time at which the oldest question was asked that has no answer yet
   */
  expect(what: string, oldest: () => number | undefined): void {
    if (!this.#waiting.has(what)) this.#wait(what, oldest, answerMilliseconds);
  }

  /** A piece of a large packet has come, and more of it is to come. */
  goesOn(): void {
    const now = this.clock.monotonicMilliseconds();
    this.#pieceAtMilliseconds = now;
    if (now - this.#signAtMilliseconds < signMilliseconds) return;
    this.#signAtMilliseconds = now;
    this.handlers.sign();
  }

  stop(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }

  #wait(what: string, oldest: () => number | undefined, milliseconds: number): void {
    const timer = this.clock.after(`hub.${what.toLowerCase()}`, milliseconds, () => {
      this.#waiting.delete(what);
      const asked = oldest();
      if (asked === undefined) return;
      const age = this.clock.monotonicMilliseconds() - Math.max(asked, this.#pieceAtMilliseconds);
      if (age < answerMilliseconds) this.#wait(what, oldest, answerMilliseconds - age);
      else this.handlers.lost(`no ${what} within ${answerMilliseconds / 1000} s`);
    });
    this.#waiting.set(what, timer);
  }
}
