/**
 * Keeps the segments below the cap. Delivered ones go first, oldest first; a ring of the newest delivered ones stays
 * for `events.resend`. Only when undelivered events fill the cap are events let go: the lowest keep class first,
 * within it the oldest, each one counted.
 */
import type { Log } from '../kernel/log.js';
import { type Entry, keepClassOf, readEnvelope } from './envelope.js';
import type { Journal } from './journal.js';
import { headerBytes, scanRecords, sealRecord } from './record.js';
import { Segment, type Through } from './segment.js';

const lineFeed = Buffer.from('\n');
const recordBytes = 128 * 1024;
/** The share of the cap that delivered segments may keep. */
const ringShare = 1 / 4;
/** Once something must be let go, this much is made free, so that it is not so again at the next segment. */
const freeShare = 1 / 10;

export interface RoomOptions {
  readonly journal: () => Journal;
  readonly log: Log;
  readonly store: string;
  readonly capBytes: number;
  readonly through: Through;
  /** Records after this one are still needed to rebuild the state. */
  readonly settledRecord: () => number;
  /** Records after this one are needed even if nothing rots. */
  readonly newestSettledRecord: () => number;
  /** Undelivered events that are about to be let go. */
  readonly onDropped: (events: readonly Entry[]) => void;
  /** Segments went or shrank. */
  readonly onChanged: () => void;
}

export class Room {
  constructor(private readonly options: RoomOptions) {}

  /** Makes room for so many more bytes. Call it within the lane. */
  async make(bytes: number): Promise<void> {
    const { capBytes } = this.options;
    const changed = (await this.#trimRing(bytes)) || (await this.#letGo(bytes, capBytes * freeShare));
    if (changed) this.options.onChanged();
  }

  /** The file system is full before the cap is reached: whatever is delivered goes, the ring too. */
  async makeOnDisk(): Promise<boolean> {
    let any = false;
    for (const segment of this.#settled(this.options.newestSettledRecord())) {
      if (!segment.isDelivered(this.options.through)) continue;
      await this.options.journal().remove(segment);
      any = true;
    }
    if (any) this.options.onChanged();
    return any;
  }

  /** True if something went and the rest fits. */
  async #trimRing(bytes: number): Promise<boolean> {
    const { capBytes, through } = this.options;
    const journal = this.options.journal();
    const delivered = this.#settled().filter((segment) => segment.isDelivered(through));
    let ring = delivered.reduce((sum, { size }) => sum + size, 0);
    let any = false;
    for (const segment of delivered) {
      if (ring <= capBytes * ringShare && journal.totalBytes + bytes <= capBytes) break;
      await journal.remove(segment);
      ring -= segment.size;
      any = true;
    }
    if (any) this.options.onChanged();
    return any && journal.totalBytes + bytes <= capBytes;
  }

  async #letGo(bytes: number, freeBytes: number): Promise<boolean> {
    const { capBytes, log, through } = this.options;
    const journal = this.options.journal();
    if (journal.totalBytes + bytes <= capBytes) return false;
    const goal = capBytes - Math.max(bytes, freeBytes);
    log.warn({ bytes: journal.totalBytes, capBytes }, 'undelivered events fill the storage; some are let go');
    for (let keep = 0; keep <= 5; keep++) {
      for (const segment of this.#settled()) {
        if (journal.totalBytes <= goal) return true;
        if (segment.droppableBytes(keep, through) > 0) await this.#rewrite(segment, keep);
      }
    }
    return true;
  }

  /** Segments that no start needs for the state any more, oldest first; never the newest one. */
  #settled(settled = this.options.settledRecord()): Segment[] {
    const { segments } = this.options.journal();
    return segments.filter((_, index) => {
      const next = segments[index + 1];
      return next !== undefined && next.first - 1 <= settled;
    });
  }

  /** The same segment without delivered events and without those of classes up to `keep`. */
  async #rewrite(segment: Segment, keep: number): Promise<void> {
    const { journal, through, store, onDropped } = this.options;
    const { segments } = journal();
    const below = segments[segments.indexOf(segment) + 1]?.first ?? Number.POSITIVE_INFINITY;
    const bytes = await journal().read(segment, 0, segment.used);
    const rewriting = new Rewriting(segment.first, store);
    const dropped: Entry[] = [];
    for (const { head, lines } of scanRecords(bytes, segment.first, below).records) {
      for (const line of lines) {
        const event = readEnvelope(line.toString('utf8'), line.length);
        if (event === undefined || event.sequence <= through(event.type)) continue;
        if (keepClassOf(event.type) <= keep) dropped.push(event);
        else rewriting.add(event, line);
      }
      rewriting.endRecord(head.n);
    }
    rewriting.finish();
    if (dropped.length > 0) onDropped(dropped);
    if (rewriting.pieces.length === 0) await journal().remove(segment);
    else await journal().replace(segment, rewriting.pieces, rewriting.segment);
  }
}

/** Events that stay, packed into few records that stand for many. */
class Rewriting {
  readonly pieces: Buffer[] = [];
  readonly segment: Segment;
  #from: number;
  #lines: Buffer[] = [];
  #events: Entry[] = [];
  #bytes = 0;
  #last = 0;

  constructor(
    first: number,
    private readonly store: string,
  ) {
    this.#from = first;
    this.segment = new Segment(first, 0);
  }

  add(event: Entry, line: Buffer): void {
    this.#lines.push(line, lineFeed);
    this.#events.push(event);
    this.#bytes += line.length + 1;
  }

  endRecord(record: number): void {
    this.#last = record;
    if (this.#bytes >= recordBytes) this.#write();
  }

  finish(): void {
    if (this.#events.length > 0) this.#write();
  }

  #write(): void {
    const store = this.pieces.length === 0 ? `,"store":${JSON.stringify(this.store)}` : '';
    const head = Buffer.from(`{"n":${this.#last},"from":${this.#from}${store}}\n`);
    const record = sealRecord(Buffer.concat([Buffer.alloc(headerBytes), head, ...this.#lines]));
    this.pieces.push(record);
    const offset = this.segment.size;
    this.segment.size += record.length;
    this.segment.add(this.#events, offset, this.segment.size);
    this.#from = this.#last + 1;
    this.#lines = [];
    this.#events = [];
    this.#bytes = 0;
  }
}
