import type { EventType } from '../../../src/protocols/hub/events.js';
import type { Outbox, OutboxPage, StoredEvent } from '../../../src/store/types.js';

/** An outbox in memory that also checks what it is told. */
export class MemoryOutbox implements Outbox {
  readonly events: StoredEvent[] = [];
  readonly #through = new Map<EventType, number>();
  readonly #listeners = new Set<() => void>();
  /** Answers later, as from a disk. */
  asynchronous = false;
  /** What was told as delivered although it moves backwards. */
  readonly mistakes: string[] = [];

  add(type: EventType, data: object = {}): StoredEvent {
    const sequence = this.lastSequence + 1;
    const id = `id-${sequence}`;
    const event = { sequence, type, json: JSON.stringify({ id, type, sequence, data }) };
    this.events.push(event);
    return event;
  }

  /** Tells that what was added is synced. */
  synced(): void {
    for (const listener of this.#listeners) listener();
  }

  read(
    after: number,
    limit: number,
    wanted: (type: EventType, sequence: number) => boolean,
  ): OutboxPage | Promise<OutboxPage> {
    const events: StoredEvent[] = [];
    let scannedThrough = after;
    for (let index = after; index < this.events.length && index < after + 2_000; index++) {
      const event = this.events[index] as StoredEvent;
      scannedThrough = event.sequence;
      if (this.#gone.has(event.sequence) || !wanted(event.type, event.sequence)) continue;
      events.push(event);
      if (events.length === limit) break;
    }
    const page = { events, scannedThrough };
    return this.asynchronous ? new Promise((resolve) => setImmediate(resolve, page)) : page;
  }

  readonly #gone = new Set<number>();
  /** As at the cap: the event is not there any more. */
  letGo(sequence: number): void {
    this.#gone.add(sequence);
  }

  delivered(type: EventType, through: number): void {
    if (through <= this.deliveredThrough(type)) this.mistakes.push(`${type} back to ${through}`);
    this.#through.set(type, through);
  }

  deliveredThrough(type: EventType): number {
    return this.#through.get(type) ?? 0;
  }

  get firstUndelivered(): number {
    const first = this.events.find(({ type, sequence }) => sequence > this.deliveredThrough(type));
    return first?.sequence ?? this.lastSequence + 1;
  }

  get lastSequence(): number {
    return this.events.length;
  }

  onSynced(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get backlog() {
    const events = this.events.filter(({ type, sequence }) => sequence > this.deliveredThrough(type)).length;
    return { events, bytes: events * 100, oldestAt: null };
  }

  async *kept(): AsyncIterable<StoredEvent> {
    yield* this.events;
  }
}
