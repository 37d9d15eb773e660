import type { HallwardError } from '../kernel/errors.js';
import type { Priority, Transaction } from './ports.js';

/** A transaction waiting for its turn or under way. */
export interface TransactionEntry {
  readonly kind: 'transaction';
  readonly priority: Priority;
  readonly replaces: string | undefined;
  readonly gapMilliseconds: number;
  readonly transaction: Transaction<unknown>;
  retriesLeft: number;
  /** The one poll that tries whether a dead address lives again. */
  readonly probe: boolean;
  /** The caller has its result (it may have been cancelled while the request was under way). */
  readonly settled: boolean;
  resolve(answer: unknown): void;
  reject(error: HallwardError): void;
}

/** Bytes that nobody answers. */
export interface SendEntry {
  readonly kind: 'send';
  readonly priority: Priority;
  readonly replaces: undefined;
  readonly gapMilliseconds: number;
  readonly bytes: Uint8Array;
  resolve(): void;
  reject(error: HallwardError): void;
}

export type Entry = TransactionEntry | SendEntry;

const ORDER: readonly Priority[] = ['call', 'command', 'poll'];

/** What waits for the wire: calls, then commands, then polls, each in order of arrival. */
export class TransactionQueue {
  readonly #waiting: Record<Priority, Entry[]> = { call: [], command: [], poll: [] };

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.#waiting.call.length + this.#waiting.command.length + this.#waiting.poll.length;
  }

  /** False where there is no room. */
  add(entry: Entry): boolean {
    if (this.size >= this.limit) return false;
    this.#waiting[entry.priority].push(entry);
    return true;
  }

  /** Takes back a transaction for a further try, room or not; false where a newer one already replaces it. */
  addAgain(entry: TransactionEntry): boolean {
    if (entry.replaces !== undefined) {
      for (const priority of ORDER) {
        if (this.#waiting[priority].some((other) => other.replaces === entry.replaces)) return false;
      }
    }
    this.#waiting[entry.priority].push(entry);
    return true;
  }

  /**
   * Puts `entry` where the waiting one with the same `replaces` stood (or, with another priority, at the end of its
   * own) and gives back the one that had to go.
   */
  replace(entry: Entry): Entry | undefined {
    if (entry.replaces === undefined) return undefined;
    for (const priority of ORDER) {
      const list = this.#waiting[priority];
      const index = list.findIndex((other) => other.replaces === entry.replaces);
      if (index < 0) continue;
      const older = list[index]!;
      if (priority === entry.priority) {
        list[index] = entry;
      } else {
        list.splice(index, 1);
        this.#waiting[entry.priority].push(entry);
      }
      return older;
    }
    return undefined;
  }

  /** The one whose turn it is, left in the queue. Without `sends` only transactions are looked at. */
  peek(sends = true): Entry | undefined {
    for (const priority of ORDER) {
      for (const entry of this.#waiting[priority]) {
        if (sends || entry.kind === 'transaction') return entry;
      }
    }
    return undefined;
  }

  remove(entry: Entry): void {
    const list = this.#waiting[entry.priority];
    const index = list.indexOf(entry);
    if (index >= 0) list.splice(index, 1);
  }

  /** Empties the queue and gives what was in it, in the order of turns. */
  takeAll(): Entry[] {
    return ORDER.flatMap((priority) => this.#waiting[priority].splice(0));
  }
}
