/** Topics of others that the owner of the link wants to hear, on each connection anew. */
import type { Log } from '../kernel/log.js';
import type { IncomingMessage, Subscription } from './connection-types.js';

/** A message on a topic of somebody else. */
export type Heard = Pick<IncomingMessage, 'topic' | 'payload' | 'retain'>;

export interface ListenOptions {
  /** Larger messages are passed over, and counted in the log. 64 KiB if absent. */
  readonly maximumBytes?: number;
  /** A broker that refuses it is no trouble. */
  readonly optional?: boolean;
}

interface Listener {
  readonly filter: string;
  readonly maximumBytes: number;
  readonly optional: boolean;
  readonly heard: (message: Heard) => void;
}

/** What subscribes on the present connection. */
export interface Subscriber {
  add(subscription: Subscription): void;
  remove(filters: readonly string[]): void;
}

const standardMaximumBytes = 64 * 1024;

export class Listening {
  readonly #listeners = new Set<Listener>();
  #subscriber: Subscriber | undefined;
  #tooLarge = 0;

  constructor(private readonly log: Log) {}

  /** Subscribes now and on each connection to come. Returns the function that ends it. */
  add(filter: string, heard: (message: Heard) => void, options: ListenOptions = {}): () => void {
    const { optional = false, maximumBytes = standardMaximumBytes } = options;
    const listener = { filter, heard, maximumBytes, optional };
    this.#listeners.add(listener);
    // Also where somebody listens there already, so that who comes later gets what stands retained, too.
    this.#subscriber?.add({ filter, optional });
    return () => {
      this.#listeners.delete(listener);
      if (!this.#has(filter)) this.#subscriber?.remove([filter]);
    };
  }

  /** A connection stands: everything is subscribed to on it. */
  up(subscriber: Subscriber): void {
    this.#subscriber = subscriber;
    const filters = new Map([...this.#listeners].map(({ filter, optional }) => [filter, optional]));
    for (const [filter, optional] of filters) subscriber.add({ filter, optional });
  }

  down(): void {
    this.#subscriber = undefined;
  }

  /** Hands a message to whoever listens there. */
  message(message: Heard): void {
    for (const listener of [...this.#listeners]) {
      if (!matches(listener.filter, message.topic)) continue;
      if (message.payload.length <= listener.maximumBytes) listener.heard(message);
      else if (++this.#tooLarge % 100 === 1) {
        const { topic, payload } = message;
        this.log.warn({ topic, bytes: payload.length, so: this.#tooLarge }, 'hub: a message is too large');
      }
    }
  }

  #has(filter: string): boolean {
    return [...this.#listeners].some((one) => one.filter === filter);
  }
}

/** Whether a topic fits a filter; `+` stands for one level. */
export function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  return (
    wanted.length === levels.length && wanted.every((level, at) => level === '+' || level === levels[at])
  );
}
