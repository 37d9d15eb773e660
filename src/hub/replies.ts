/** Replies to commands on their way: QoS 1, in order, sent again on the next connection if in doubt. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { Publication, PublishPort } from './publish-port.js';

const maximumReplies = 256;
const maximumCharacters = 8 * 1024 * 1024;
/** Who asked has given up by then. */
const maximumAgeMilliseconds = 60_000;

interface Reply extends Publication {
  readonly topic: string;
  readonly payload: string;
  readonly madeAtMilliseconds: number;
  flying: boolean;
}

/** Bounded: the oldest is let go, and that is logged. */
export class Replies {
  readonly #replies = new Set<Reply>();
  #characters = 0;
  #port: PublishPort | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  add(topic: string, payload: object): void {
    const reply: Reply = {
      topic,
      payload: JSON.stringify(payload),
      madeAtMilliseconds: this.clock.monotonicMilliseconds(),
      flying: false,
      sentAtMilliseconds: 0,
      acknowledged: (reasonCode) => {
        if (reasonCode >= 0x80) this.log.warn({ topic, reasonCode }, 'hub: a reply was refused');
        this.#remove(reply);
      },
    };
    this.#replies.add(reply);
    this.#characters += reply.payload.length;
    for (const oldest of this.#replies) {
      if (this.#replies.size <= maximumReplies && this.#characters <= maximumCharacters) break;
      this.log.warn({ topic: oldest.topic }, 'hub: too many replies wait; this one is let go');
      this.#remove(oldest);
    }
    this.go();
  }

  up(port: PublishPort): void {
    this.#port = port;
    for (const reply of this.#replies) reply.flying = false;
    this.go();
  }

  down(): void {
    this.#port = undefined;
  }

  go(): void {
    const port = this.#port;
    if (port === undefined) return;
    const oldest = this.clock.monotonicMilliseconds() - maximumAgeMilliseconds;
    for (const reply of this.#replies) {
      if (reply.flying) continue;
      if (reply.madeAtMilliseconds < oldest) {
        this.#remove(reply);
        continue;
      }
      if (!port.hasRoom('state')) return;
      reply.flying = true;
      port.publish(reply.topic, reply.payload, {}, reply);
    }
  }

  #remove(reply: Reply): void {
    if (this.#replies.delete(reply)) this.#characters -= reply.payload.length;
  }
}
