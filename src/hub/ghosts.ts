/** Retained topics that an earlier configuration or storage left at the broker: found and cleared. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { matches } from './listening.js';
import type { RetainedBook } from './retained-book.js';

/** After this long without another retained message the broker has sent all it had. */
const quietMilliseconds = 2_000;
/** Topics taken for ghosts on one connection; more are found at the next one. */
const maximumGhosts = 20_000;
/** A longer topic is none of ours. */
const longestTopicCharacters = 256;

/**
 * On each connection, `filters` are subscribed to for a while. What stands there and is not in the book is
 * cleared, but only after the book was declared complete: before, every topic would look like a ghost.
 */
export class Ghosts {
  readonly #seen = new Set<string>();
  #found = 0;
  #complete = false;
  #answered = false;
  #unsubscribe: (() => void) | undefined;
  #quiet: Timer | undefined;

  constructor(
    private readonly filters: readonly string[],
    private readonly book: RetainedBook,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The owner has set everything that should stand. */
  bookComplete(): void {
    if (this.#complete) return;
    this.#complete = true;
    this.#clearSeen();
    this.#waitForQuiet();
  }

  /** A new connection, on which the filters are being subscribed to. */
  up(unsubscribe: () => void): void {
    this.#unsubscribe = unsubscribe;
    this.#answered = false;
  }

  /** The broker has answered the subscription; what it had retained follows. */
  subscribed(): void {
    this.#answered = true;
    this.#waitForQuiet();
  }

  down(): void {
    this.#unsubscribe = undefined;
    this.#quiet?.cancel();
    this.#quiet = undefined;
    this.#seen.clear();
    this.#found = 0;
  }

  /** Takes a message that may be a ghost. Live ones, our own among them, never are. */
  message(topic: string, payloadBytes: number, retained: boolean): void {
    if (!retained || payloadBytes === 0 || this.#unsubscribe === undefined) return;
    if (!this.filters.some((filter) => matches(filter, topic)) || this.book.has(topic)) return;
    if (topic.length > longestTopicCharacters || this.#seen.has(topic)) return;
    if (++this.#found > maximumGhosts) {
      if (this.#found === maximumGhosts + 1) {
        this.log.warn({ so: maximumGhosts }, 'hub: more retained topics than can be cleared at once');
      }
      return;
    }
    this.#seen.add(topic);
    if (this.#complete) this.#clearSeen();
    this.#waitForQuiet();
  }

  #clearSeen(): void {
    for (const topic of this.#seen) {
      if (this.book.has(topic)) continue;
      this.log.info({ topic }, 'hub: clearing a retained topic that nothing stands behind');
      this.book.set(topic, null);
    }
    this.#seen.clear();
  }

  #waitForQuiet(): void {
    if (!this.#complete || !this.#answered || this.#unsubscribe === undefined) return;
    this.#quiet?.cancel();
    this.#quiet = this.clock.after('hub.ghosts-quiet', quietMilliseconds, () => {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    });
  }
}
