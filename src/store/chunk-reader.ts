/** Reads stored events back in pieces of about 256 KiB, one at a time; the last piece is kept. */
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { within } from '../kernel/within.js';
import type { Corrections } from './corrections.js';
import { type Entry, readEnvelope } from './envelope.js';
import { type Files, readPieces } from './files.js';
import type { Journal } from './journal.js';
import type { Lane } from './lane.js';
import { scanRecords } from './record.js';
import type { Segment } from './segment.js';

const patienceMilliseconds = 2000;
/** After so many failures the blocks that cannot be read are given up. */
const tries = 3;

export interface Chunk {
  readonly events: readonly Entry[];
  /** All events up to this sequence are in this piece or before it. */
  readonly through: number;
}

interface KeptChunk extends Chunk {
  /** It begins after this sequence. */
  readonly after: number;
}

export class ChunkReader {
  #kept: KeptChunk | undefined;
  #failing: { readonly at: string; count: number } | undefined;
  /** Places where something broken was met already. */
  readonly #damaged = new Set<string>();

  constructor(
    private readonly options: {
      readonly journal: Journal;
      readonly files: Files;
      readonly lane: Lane;
      readonly clock: Clock;
      readonly log: Log;
      readonly corrections: Corrections;
      /** Whether writing works: then a block that cannot be read is a bad block and not a lost storage. */
      readonly works: () => boolean;
      /** Something broken was met in stored records. */
      readonly onDamaged: () => void;
    },
  ) {}

  /** Stored events from the first one after `after` on; `undefined` where there is none. Rejects: `storage.read`. */
  async after(after: number): Promise<Chunk | undefined> {
    const kept = this.#kept;
    if (kept !== undefined && after >= kept.after && after < kept.through) return kept;
    // Chosen within the lane, for what happens there before it may remove or replace segments.
    const loading = this.options.lane.run(async () => ({ chunk: await this.#load(after) }));
    const loaded = await within(this.options.clock, 'store: read', patienceMilliseconds, loading);
    if (loaded !== undefined) return loaded.chunk;
    throw new HallwardError('storage.read', 'timeout', 'the storage did not give a read within 2 s');
  }

  /** What is kept may be out of date. */
  forget(): void {
    this.#kept = undefined;
  }

  async #load(after: number): Promise<Chunk | undefined> {
    const segment = this.options.journal.segments.find(({ lastSequence }) => lastSequence > after);
    if (segment === undefined) return undefined;
    const { marks } = segment;
    let index = 0;
    while (index + 1 < marks.length && marks[index + 1]!.sequence <= after + 1) index++;
    const mark = marks[index];
    const next = marks[index + 1];
    const from = mark?.offset ?? 0;
    const to = next?.offset ?? segment.used;
    const through = next === undefined ? segment.lastSequence : next.sequence - 1;
    const bytes = await this.#read(segment, from, to);
    const events = this.#decode(segment, from, bytes);
    this.#kept = { events, through, after: Math.min(after, (mark?.sequence ?? 1) - 1) };
    return this.#kept;
  }

  #decode(segment: Segment, from: number, bytes: Buffer): Entry[] {
    const events: Entry[] = [];
    const scan = scanRecords(bytes, segment.first);
    for (const { lines } of scan.records) {
      for (const line of lines) {
        const event = readEnvelope(line.toString('utf8'), line.length);
        if (event !== undefined) events.push(this.options.corrections.apply(event));
      }
    }
    if (scan.gaps > 0 || scan.end < bytes.length) this.#noteDamage(segment, from);
    return events;
  }

  #noteDamage(segment: Segment, from: number): void {
    const place = `${segment.name}:${from}`;
    if (this.#damaged.has(place) || this.#damaged.size >= 1000) return;
    this.#damaged.add(place);
    this.options.log.error({ place }, 'stored events are damaged and cannot be read back');
    this.options.onDamaged();
  }

  async #read(segment: Segment, from: number, to: number): Promise<Buffer> {
    const { journal, files, works } = this.options;
    const at = `${segment.name}:${from}`;
    try {
      const bytes = await journal.read(segment, from, to);
      this.#failing = undefined;
      return bytes;
    } catch (error) {
      if (this.#failing?.at !== at) this.#failing = { at, count: 0 };
      this.#failing.count++;
      if (this.#failing.count >= tries && works()) {
        this.#noteDamage(segment, from);
        return readPieces(files, journal.path(segment.name), from, to).catch(() => Buffer.alloc(0));
      }
      throw asHallwardError(error, 'storage.read', 'garbled');
    }
  }
}
