/** What is known in memory of one segment file: whose events it has, how many, and where to begin to read. */
import { type EventType, formatSequence } from '../protocols/hub/events.js';
import { type Entry, keepClassOf } from './envelope.js';

/** Distance between two places in a segment from which reading can begin. */
const markDistanceBytes = 256 * 1024;

interface TypeSummary {
  count: number;
  bytes: number;
  firstSequence: number;
  lastSequence: number;
  /** Time of the first one. */
  firstAt: string;
  /** Each event's sequence, where this process saw them; without it counts of a part are estimates. */
  sequences?: number[];
}

/** Form in the snapshot. */
export interface SegmentSummary {
  readonly first: number;
  readonly size: number;
  readonly used: number;
  readonly sequences: readonly [number, number];
  readonly marks: readonly (readonly [number, number])[];
  readonly types: Readonly<Record<string, readonly [number, number, number, number, string]>>;
}

export interface Undelivered {
  readonly events: number;
  readonly bytes: number;
  /** The first one; 0 if none. */
  readonly sequence: number;
  /** Its time; the segment's first of its type where the exact one is not known. */
  readonly at: string;
}

/** Tells through which sequence the hub has a type. */
export type Through = (type: EventType) => number;

export class Segment {
  /** Bytes with records. */
  used = 0;
  firstSequence = 0;
  lastSequence = 0;
  /** Places where a record begins: the first sequence from there on, the offset. */
  marks: { readonly sequence: number; readonly offset: number }[] = [];
  readonly #types = new Map<EventType, TypeSummary>();

  constructor(
    /** Number of its first record, which its file is named for. */
    readonly first: number,
    /** Size of the file in bytes. */
    public size: number,
  ) {}

  get name(): string {
    return segmentName(this.first);
  }

  /** Takes note of the events of a record that begins at `offset` and ends at `end`. */
  add(events: Iterable<Entry>, offset: number, end: number): void {
    for (const event of events) {
      const lastMark = this.marks.at(-1);
      if (lastMark === undefined || offset - lastMark.offset >= markDistanceBytes) {
        this.marks.push({ sequence: event.sequence, offset });
      }
      if (this.firstSequence === 0) this.firstSequence = event.sequence;
      this.lastSequence = event.sequence;
      const summary = this.#types.get(event.type);
      if (summary === undefined) {
        this.#types.set(event.type, {
          count: 1,
          bytes: event.bytes,
          firstSequence: event.sequence,
          lastSequence: event.sequence,
          firstAt: event.at,
          sequences: [event.sequence],
        });
      } else {
        summary.count++;
        summary.bytes += event.bytes;
        summary.lastSequence = event.sequence;
        summary.sequences?.push(event.sequence);
      }
    }
    this.used = end;
  }

  isDelivered(through: Through): boolean {
    for (const [type, summary] of this.#types) if (through(type) < summary.lastSequence) return false;
    return true;
  }

  /** What the hub has not. Exact where this process wrote or read the segment. */
  undelivered(through: Through): Undelivered {
    let events = 0;
    let bytes = 0;
    let sequence = 0;
    let at = '';
    for (const [type, summary] of this.#types) {
      const done = through(type);
      if (done >= summary.lastSequence) continue;
      const { count, next } = remaining(summary, done);
      events += count;
      bytes += Math.round((summary.bytes * count) / summary.count);
      if (sequence === 0 || next < sequence) {
        sequence = next;
        at = summary.firstAt;
      }
    }
    return { events, bytes, sequence, at };
  }

  /** Bytes of events that may be let go: of classes up to `keep`, or delivered. */
  droppableBytes(keep: number, through: Through): number {
    let bytes = 0;
    for (const [type, summary] of this.#types) {
      if (keepClassOf(type) <= keep || through(type) >= summary.lastSequence) bytes += summary.bytes;
    }
    return bytes;
  }

  toJSON(): SegmentSummary {
    const types: Record<string, readonly [number, number, number, number, string]> = {};
    for (const [type, { count, bytes, firstSequence, lastSequence, firstAt }] of this.#types) {
      types[type] = [count, bytes, firstSequence, lastSequence, firstAt];
    }
    return {
      first: this.first,
      size: this.size,
      used: this.used,
      sequences: [this.firstSequence, this.lastSequence],
      marks: this.marks.map(({ sequence, offset }) => [sequence, offset] as const),
      types,
    };
  }

  static fromJSON(summary: SegmentSummary): Segment {
    const segment = new Segment(summary.first, summary.size);
    segment.used = summary.used;
    [segment.firstSequence, segment.lastSequence] = summary.sequences;
    segment.marks = summary.marks.map(([sequence, offset]) => ({ sequence, offset }));
    for (const [type, [count, bytes, firstSequence, lastSequence, firstAt]] of Object.entries(
      summary.types,
    )) {
      segment.#types.set(type as EventType, { count, bytes, firstSequence, lastSequence, firstAt });
    }
    return segment;
  }
}

/** How many events of a type come after `done`, and the first of them. */
function remaining(summary: TypeSummary, done: number): { count: number; next: number } {
  const { sequences, count, firstSequence, lastSequence } = summary;
  if (done < firstSequence) return { count, next: firstSequence };
  if (sequences === undefined) {
    const share = (lastSequence - done) / (lastSequence - firstSequence + 1);
    return { count: Math.max(1, Math.round(count * share)), next: done + 1 };
  }
  let low = 0;
  let high = sequences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sequences[middle]! <= done) low = middle + 1;
    else high = middle;
  }
  return { count: sequences.length - low, next: sequences[low]! };
}

/** `events-0000000000000001.log`. */
export function segmentName(firstRecord: number): string {
  return `events-${formatSequence(firstRecord)}.log`;
}

/** The number of the first record from a segment's name; `undefined` for any other name. */
export function firstRecordOf(name: string): number | undefined {
  const digits = /^events-(\d{16})\.log$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
