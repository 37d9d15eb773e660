/** Ways to find tickets that the state keeps beside their records, at the cost of what changes. */
import { compareEntries, type Entry, Line } from './line.js';
import type { TicketRecord } from './records.js';

/** Those who wait in one queue. */
export interface QueueLines {
  readonly priority: Line;
  readonly normal: Line;
}

/** How many ended tickets are remembered at least, to tell `ticket.ended` from `ticket.unknown`. */
const rememberedEnds = 2048;

export class TicketIndex {
  /** Those who were skipped and may return, by the order of their places. */
  readonly skipped = new Line();
  readonly #lines = new Map<string, QueueLines>();
  readonly #byNumber = new Map<string, Entry[]>();
  #ended = new Set<string>();
  #endedBefore = new Set<string>();

  /** Who waits in a queue, in order. */
  lines(queue: string): QueueLines | undefined {
    return this.#lines.get(queue);
  }

  /**
   * The id of the ticket that has a number. No two of a day have the same; one that is still being served when a day
   * begins under it may share it with one of the new day, which is meant then.
   */
  idOf(number: string): string | undefined {
    return this.#byNumber.get(number)?.at(-1)?.id;
  }

  /** True for a ticket that ended a while ago, as far as this process remembers. */
  hasEnded(ticket: string): boolean {
    return this.#ended.has(ticket) || this.#endedBefore.has(ticket);
  }

  /** A ticket's record has come, changed, or gone. */
  change(id: string, before: TicketRecord | null, after: TicketRecord | null): void {
    if (before !== null) {
      this.#placeOf(before)?.remove(id);
      this.#setNumber(before.number, id, null);
    }
    if (after !== null) {
      this.#placeOf(after)?.add(id, after.order);
      this.#setNumber(after.number, id, after.order);
    } else if (before !== null) this.#rememberEnd(id);
  }

  #setNumber(number: string, id: string, order: number | null): void {
    const entries = (this.#byNumber.get(number) ?? []).filter((entry) => entry.id !== id);
    if (order !== null) entries.push({ id, order });
    if (entries.length === 0) this.#byNumber.delete(number);
    else this.#byNumber.set(number, entries.sort(compareEntries));
  }

  /** The line that a ticket stands in; none while it is being served. */
  #placeOf(ticket: TicketRecord): Line | undefined {
    if (ticket.skipped !== null) return this.skipped;
    if (ticket.called !== null) return undefined;
    let lines = this.#lines.get(ticket.queue);
    if (lines === undefined) {
      lines = { priority: new Line(), normal: new Line() };
      this.#lines.set(ticket.queue, lines);
    }
    return ticket.priority ? lines.priority : lines.normal;
  }

  #rememberEnd(id: string): void {
    this.#ended.add(id);
    if (this.#ended.size < rememberedEnds) return;
    this.#endedBefore = this.#ended;
    this.#ended = new Set();
  }
}
