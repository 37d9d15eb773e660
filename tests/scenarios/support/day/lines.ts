/** Whose turn it is by the posted rule, worked out from events alone, without anything of the controller's. */
import { priorityOneIn, type QueueName, queueNames, returnPlaces } from './plan.js';

export interface Waiting {
  readonly ticket: string;
  /** Place among all tickets of the hall. */
  readonly rank: number;
}

interface Queue {
  readonly priority: Waiting[];
  readonly normal: Waiting[];
  /** Calls since the last one that went to priority. */
  sincePriority: number;
}

export class Lines {
  readonly #queues = new Map<QueueName, Queue>(
    queueNames.map((name) => [name, { priority: [], normal: [], sincePriority: priorityOneIn - 1 }]),
  );
  #lastRank = 0;

  waiting(queue: QueueName): number {
    const { priority, normal } = this.#of(queue);
    return priority.length + normal.length;
  }

  everybody(): Waiting[] {
    return [...this.#queues.values()].flatMap(({ priority, normal }) => [...priority, ...normal]);
  }

  /** Behind everybody. Gives the rank. */
  append(queue: QueueName, ticket: string, priority: boolean): number {
    const rank = Math.floor(this.#lastRank) + 1;
    this.insert(queue, { ticket, rank }, priority);
    return rank;
  }

  /** At the place of a rank. */
  insert(queue: QueueName, waiting: Waiting, priority: boolean): void {
    const line = this.#line(queue, priority);
    const place = line.findIndex(({ rank }) => rank > waiting.rank);
    line.splice(place < 0 ? line.length : place, 0, waiting);
    this.#lastRank = Math.max(this.#lastRank, waiting.rank);
  }

  /** Somebody who was skipped is back: behind a few others. Gives the new rank. */
  putBack(queue: QueueName, ticket: string, priority: boolean): number {
    const line = this.#line(queue, priority);
    const before = line[returnPlaces - 1];
    const after = line[returnPlaces];
    if (before === undefined || after === undefined) return this.append(queue, ticket, priority);
    const rank = (before.rank + after.rank) / 2;
    this.insert(queue, { ticket, rank }, priority);
    return rank;
  }

  remove(queue: QueueName, ticket: string): void {
    const { priority, normal } = this.#of(queue);
    for (const line of [priority, normal]) {
      const place = line.findIndex((one) => one.ticket === ticket);
      if (place >= 0) line.splice(place, 1);
    }
  }

  /** Counts a call that was not by name. */
  called(queue: QueueName, priority: boolean): void {
    const counted = this.#of(queue);
    counted.sincePriority = priority ? 0 : counted.sincePriority + 1;
  }

  /** Who is next at a window that serves some queues: the one whose oldest waits longest has its turn. */
  next(served: readonly QueueName[]): string | undefined {
    let best: { readonly oldest: number; readonly ticket: string } | undefined;
    for (const name of served) {
      const { priority, normal, sincePriority } = this.#of(name);
      const [green, first] = [priority[0], normal[0]];
      const oldest = Math.min(green?.rank ?? Infinity, first?.rank ?? Infinity);
      if (oldest === Infinity || (best !== undefined && best.oldest <= oldest)) continue;
      const goesFirst =
        green !== undefined &&
        (first === undefined || green.rank < first.rank || sincePriority >= priorityOneIn - 1);
      best = { oldest, ticket: ((goesFirst ? green : first) as Waiting).ticket };
    }
    return best?.ticket;
  }

  /** A new day: nobody waits and nothing was called. */
  clear(): void {
    for (const [name] of this.#queues) {
      this.#queues.set(name, { priority: [], normal: [], sincePriority: priorityOneIn - 1 });
    }
  }

  #line(queue: QueueName, priority: boolean): Waiting[] {
    return this.#of(queue)[priority ? 'priority' : 'normal'];
  }

  #of(queue: QueueName): Queue {
    const found = this.#queues.get(queue);
    if (found === undefined) throw new Error(`there is no queue ${queue}`);
    return found;
  }
}
