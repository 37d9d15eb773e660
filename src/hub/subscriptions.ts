/** The subscriptions of one connection, and which of them the broker refuses. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { reasonWords } from './broker-words.js';
import type { Connection } from './connection.js';
import type { Subscription } from './connection-types.js';

/** A right may be granted while we are connected: refused filters are asked for again. */
const retryMilliseconds = 60_000;

export class Subscriptions {
  #connection: Connection | undefined;
  /** What is wanted on this connection; the answer to what is not any more does not count. */
  readonly #wanted = new Set<string>();
  readonly #refused = new Map<string, number>();
  readonly #retries = new Map<string, Timer>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly onRefusal: () => void,
  ) {}

  up(connection: Connection): void {
    this.#connection = connection;
  }

  down(): void {
    this.#connection = undefined;
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
    this.#refused.clear();
    this.#wanted.clear();
  }

  /** Subscribes; `granted` is called where the broker says yes. A refusal is noted, and tried again later. */
  add(subscription: Subscription, granted: () => void = () => {}): void {
    const { filter, optional = false } = subscription;
    this.#wanted.add(filter);
    this.#connection?.subscribe([subscription], (codes) => {
      if (!this.#wanted.has(filter)) return;
      const code = codes[0] ?? 0x80;
      const before = this.#refused.get(filter);
      if (code < 0x80) {
        this.#refused.delete(filter);
        granted();
      } else {
        if (before !== code)
          this.log.warn({ filter, reason: reasonWords(code) }, 'hub: subscription refused');
        if (!optional) this.#refused.set(filter, code);
        const again = () => this.add(subscription, granted);
        this.#retries.get(filter)?.cancel();
        this.#retries.set(filter, this.clock.after('hub.subscribe-again', retryMilliseconds, again));
      }
      if (before !== this.#refused.get(filter)) this.onRefusal();
    });
  }

  remove(filters: readonly string[]): void {
    for (const filter of filters) {
      this.#wanted.delete(filter);
      this.#retries.get(filter)?.cancel();
      this.#retries.delete(filter);
      this.#refused.delete(filter);
    }
    this.#connection?.unsubscribe(filters);
  }

  refusals(): { readonly filter: string; readonly reasonCode: number }[] {
    return Array.from(this.#refused, ([filter, reasonCode]) => ({ filter, reasonCode }));
  }
}
