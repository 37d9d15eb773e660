/** What the hub still has to get, and what it may ask for again: from memory where possible, else read back. */
import { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import type { EventType } from '../protocols/hub/events.js';
import type { ChunkReader } from './chunk-reader.js';
import type { Corrections } from './corrections.js';
import type { Delivered } from './delivered.js';
import type { Entry } from './envelope.js';
import type { Group } from './group.js';
import type { Segment } from './segment.js';
import type { Tail } from './tail.js';
import type { Outbox, OutboxPage, StoredEvent } from './types.js';

/** So many events a call of `read` looks at. */
const looksPerRead = 4096;

export interface StoreOutboxOptions {
  readonly storeId: string;
  readonly log: Log;
  readonly tail: Tail;
  readonly chunks: ChunkReader;
  readonly delivered: Delivered;
  readonly corrections: Corrections;
  readonly lastSequence: number;
  readonly segments: () => readonly Segment[];
  /** Events that may leave and are not in storage. */
  readonly unstored: () => Iterable<Entry>;
  readonly onDelivered: () => void;
}

export class StoreOutbox implements Outbox {
  lastSequence: number;
  /** The highest sequence that ever left. */
  handedOut = 0;
  readonly #synced = new Listeners<[]>();
  #backlog: (Outbox['backlog'] & { readonly oldest: number }) | undefined;

  constructor(private readonly options: StoreOutboxOptions) {
    this.lastSequence = options.lastSequence;
  }

  /** Takes in a group's events, which may leave now: they are in storage up to `stored`, or the storage has failed. */
  admit(group: Group, stored: number): void {
    const { events, announced, whenAdmitted } = group;
    if (announced === events.length && whenAdmitted.length === 0) return;
    group.announced = events.length;
    const { tail, corrections } = this.options;
    for (let index = announced; index < events.length; index++) {
      const event = events[index]!;
      tail.push(corrections.apply(event), stored);
      this.lastSequence = Math.max(this.lastSequence, event.sequence);
    }
    this.forgetBacklog();
    for (const run of whenAdmitted.splice(0)) run();
    this.#tellSynced();
  }

  /** Events are let go, from storage because of the cap or from memory because of its bound. */
  letGo(events: readonly Entry[]): void {
    const gone = new Set(events.map(({ sequence }) => sequence));
    this.options.tail.update((event) => (gone.has(event.sequence) ? undefined : event));
    this.forgetBacklog();
  }

  /** Tells the listeners; one that throws does not keep the others from knowing. */
  #tellSynced(): void {
    try {
      this.#synced.tell();
    } catch (error) {
      this.options.log.error({ error }, 'a listener of the outbox failed');
    }
  }

  forgetBacklog(): void {
    this.#backlog = undefined;
  }

  read(
    after: number,
    limit: number,
    wanted: (type: EventType, sequence: number) => boolean,
  ): OutboxPage | Promise<OutboxPage> {
    const page = new Page(after, limit, wanted, this.options.corrections.heldFrom);
    if (after < this.options.tail.floor) return this.#readStored(page);
    this.#readTail(page);
    return this.#handOut(page);
  }

  delivered(type: EventType, through: number): void {
    if (!this.options.delivered.advance(type, Math.min(through, this.lastSequence))) return;
    this.forgetBacklog();
    this.options.onDelivered();
  }

  deliveredThrough(type: EventType): number {
    return this.options.delivered.through(type);
  }

  onSynced(listener: () => void): () => void {
    return this.#synced.add(listener);
  }

  get backlog(): Outbox['backlog'] {
    const { events, bytes, oldestAt } = this.#counted;
    return { events, bytes, oldestAt };
  }

  get firstUndelivered(): number {
    const { oldest } = this.#counted;
    return oldest === 0 ? this.lastSequence + 1 : oldest;
  }

  get #counted() {
    this.#backlog ??= this.#countBacklog();
    return this.#backlog;
  }

  async *kept(store: string, from: number, to: number): AsyncGenerator<StoredEvent> {
    const { storeId, tail, chunks, corrections } = this.options;
    if (store !== storeId) {
      throw new HallwardError('events.other-store', 'usage', `these events are of store ${storeId}`, {
        asked: store,
        store: storeId,
      });
    }
    const end = Math.min(to, this.lastSequence, corrections.heldFrom - 1);
    let after = Math.max(0, from - 1);
    while (after < end) {
      if (after >= tail.floor) {
        const event = tail.find(after + 1);
        if (event === undefined || event.sequence > end) return;
        after = event.sequence;
        this.handedOut = Math.max(this.handedOut, after);
        yield event;
        continue;
      }
      const chunk = await chunks.after(after);
      for (const event of chunk?.events ?? []) {
        if (event.sequence <= after) continue;
        if (event.sequence > end) return;
        this.handedOut = Math.max(this.handedOut, event.sequence);
        yield event;
      }
      after = Math.max(after, chunk?.through ?? tail.floor);
    }
  }

  async #readStored(page: Page): Promise<OutboxPage> {
    const { tail, chunks } = this.options;
    while (!page.full && page.scannedThrough < tail.floor) {
      const chunk = await chunks.after(page.scannedThrough);
      if (chunk === undefined) {
        page.skipTo(tail.floor);
        break;
      }
      page.take(chunk.events, 0);
      if (!page.full) page.skipTo(chunk.through);
    }
    return this.#handOut(page);
  }

  #readTail(page: Page): void {
    const { events, start } = this.options.tail.slice(page.scannedThrough + 1);
    page.take(events, start);
    if (!page.full) page.skipTo(this.lastSequence);
  }

  #handOut({ events, scannedThrough }: Page): OutboxPage {
    const last = events.at(-1)?.sequence ?? 0;
    if (last > this.handedOut) this.handedOut = last;
    return { events, scannedThrough };
  }

  /** `oldest` is the first undelivered sequence or one before it; 0 where there is none. */
  #countBacklog(): Outbox['backlog'] & { readonly oldest: number } {
    const { delivered, segments, tail, unstored } = this.options;
    let events = 0;
    let bytes = 0;
    let oldest = 0;
    let oldestAt: string | null = null;
    for (const segment of segments()) {
      const part = segment.undelivered(delivered.through);
      if (part.events === 0) continue;
      events += part.events;
      bytes += part.bytes;
      if (oldest === 0 || part.sequence < oldest) {
        oldest = part.sequence;
        oldestAt = part.at;
      }
    }
    for (const event of unstored()) {
      if (event.sequence <= delivered.through(event.type)) continue;
      events++;
      bytes += event.bytes;
      if (oldest === 0 || event.sequence < oldest) {
        oldest = event.sequence;
        oldestAt = event.at;
      }
    }
    const exact = oldest > tail.floor ? tail.find(oldest) : undefined;
    if (exact?.sequence === oldest) oldestAt = exact.at;
    return { events, bytes, oldestAt, oldest };
  }
}

/** One answer of `read` as it fills. */
class Page implements OutboxPage {
  readonly events: Entry[] = [];
  #looked = 0;
  #held = false;

  constructor(
    public scannedThrough: number,
    private readonly limit: number,
    private readonly wanted: (type: EventType, sequence: number) => boolean,
    private readonly heldFrom: number,
  ) {}

  get full(): boolean {
    return this.#held || this.events.length >= this.limit || this.#looked >= looksPerRead;
  }

  take(events: readonly Entry[], start: number): void {
    for (let index = start; index < events.length && !this.full; index++) {
      const event = events[index]!;
      if (event.sequence <= this.scannedThrough) continue;
      if (event.sequence >= this.heldFrom) {
        this.#held = true;
        return;
      }
      this.#looked++;
      this.scannedThrough = event.sequence;
      if (this.wanted(event.type, event.sequence)) this.events.push(event);
    }
  }

  skipTo(sequence: number): void {
    this.scannedThrough = Math.max(this.scannedThrough, Math.min(sequence, this.heldFrom - 1));
  }
}
