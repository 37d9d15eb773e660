/** The leader's queues as a hand last heard of them: who would be forgotten, were the leader gone. */
import * as v from 'valibot';
import { type QueueMirror, readMirror } from '../../calling/mirror.js';
import type { Json } from '../../kernel/json.js';
import { type Waiting, waitingSchema } from '../../protocols/hub/hall-payloads.js';
import { readTopic } from '../../protocols/hub/topics.js';
import type { SeveralPorts } from './leading.js';
import { read } from './read.js';
import type { ListedQueue } from './waiting-list.js';

/** What is kept over a restart; a larger queue is known again once the leader is. */
const mostKeptCharacters = 1024 * 1024;
const keyOf = (queue: string) => `hall/mirror/${queue}`;
const keptSchema = v.object({ from: v.string(), waiting: waitingSchema });

export interface HeardQueue extends ListedQueue {
  readonly from: string;
  readonly epoch: number;
}

export class HeardQueues {
  readonly #queues = new Map<string, HeardQueue & { readonly waiting: Waiting }>();

  constructor(private readonly ports: Pick<SeveralPorts, 'log' | 'state' | 'commit'>) {
    for (const [key, value] of ports.state) if (key.startsWith(keyOf(''))) this.#restore(value);
  }

  /** By name. */
  get byName(): ReadonlyMap<string, HeardQueue> {
    return this.#queues;
  }

  /** Takes a payload of `waiting/{queue}`; of two leaders the one of the higher epoch counts. */
  heard(from: string, topic: string, payload: Uint8Array): void {
    const queue = queueOf(topic);
    const waiting = read(waitingSchema, payload);
    const mirror = waiting === undefined ? undefined : readMirror(waiting.mirror);
    if (waiting === undefined || mirror === undefined || waiting.queue !== queue) {
      this.ports.log.warn({ topic }, 'what the leader says of a queue cannot be read');
      return;
    }
    const known = this.#queues.get(queue);
    if (known === undefined || known.epoch <= waiting.epoch) this.#take(from, waiting, mirror);
  }

  /** The controller has taken the queue of this topic back. */
  gone(from: string, topic: string): void {
    const queue = queueOf(topic);
    if (this.#queues.get(queue)?.from === from) this.#queues.delete(queue);
  }

  /** Who waits is written down once, so that a restart of this board still knows it. */
  keep(): void {
    const puts: Record<string, Json> = {};
    for (const [queue, { from, waiting }] of this.#queues) {
      const kept = { from, waiting } as unknown as Json;
      if (JSON.stringify(kept).length <= mostKeptCharacters) puts[keyOf(queue)] = kept;
    }
    this.ports.commit(puts);
  }

  #restore(value: Json): void {
    const kept = v.safeParse(keptSchema, value);
    const mirror = kept.success ? readMirror(kept.output.waiting.mirror) : undefined;
    if (kept.success && mirror !== undefined) this.#take(kept.output.from, kept.output.waiting, mirror);
  }

  #take(from: string, waiting: Waiting, mirror: QueueMirror): void {
    const { queue, label, epoch } = waiting;
    this.#queues.set(queue, { from, epoch, label, mirror, waiting });
  }
}

function queueOf(topic: string): string {
  return readTopic(topic)?.below.split('/')[1] ?? '';
}
