/** What a decision changes of one kind of records, seen over what was there before. */
import { compareEntries, type Entry } from './line.js';
import type { TicketRecord } from './records.js';
import { type CallingState, isWaiting } from './state.js';

export class Overlay<Value> {
  readonly changes = new Map<string, Value | null>();

  constructor(readonly base: ReadonlyMap<string, Value>) {}

  get(name: string): Value | undefined {
    const changed = this.changes.get(name);
    return changed === undefined ? this.base.get(name) : (changed ?? undefined);
  }

  set(name: string, value: Value | null): void {
    this.changes.set(name, value);
  }
}

/** Changed tickets, and the lines as they are with them. */
export class TicketOverlay extends Overlay<TicketRecord> {
  /** The changed ones that wait in a line now: few, also where a whole day ends. */
  readonly #joined = new Map<string, TicketRecord>();

  constructor(private readonly calling: CallingState) {
    super(calling.tickets);
  }

  override set(id: string, ticket: TicketRecord | null): void {
    super.set(id, ticket);
    if (ticket !== null && isWaiting(ticket)) this.#joined.set(id, ticket);
    else this.#joined.delete(id);
  }

  /** Those who wait in one of a queue's two lines, in order. */
  *line(queue: string, line: 'priority' | 'normal'): Generator<Entry> {
    const joined: Entry[] = [];
    for (const [id, ticket] of this.#joined) {
      const isHere = ticket.queue === queue && ticket.priority === (line === 'priority');
      if (isHere) joined.push({ id, order: ticket.order });
    }
    joined.sort(compareEntries);
    for (const entry of this.calling.lines(queue)?.[line] ?? []) {
      if (this.changes.has(entry.id)) continue;
      while (joined[0] !== undefined && compareEntries(joined[0], entry) < 0) yield joined.shift()!;
      yield entry;
    }
    yield* joined;
  }

  /** How many wait in one of a queue's two lines. */
  count(queue: string, line: 'priority' | 'normal'): number {
    if (this.changes.size === 0) return this.calling.lines(queue)?.[line].size ?? 0;
    let count = 0;
    for (const _ of this.line(queue, line)) count++;
    return count;
  }
}
