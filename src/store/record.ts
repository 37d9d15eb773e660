/**
 * Codec of a segment's records; pure. A record is what one write brings to the storage: all changes that waited for
 * it, so that a write that was cut short is one broken record, the last.
 *
 *     u32 little-endian  length of the payload
 *     u32 little-endian  CRC-32 of the payload
 *     payload            lines of UTF-8, each ended by a line feed: the head (JSON), then one event a line, the
 *                        whole CloudEvents JSON as it is sent
 */
import { crc32 } from 'node:zlib';
import type { Json } from '../kernel/json.js';

/** Bytes before the payload. */
export const headerBytes = 8;

/** First line of a record. `n` always comes first: a search after damage looks for it. */
export interface RecordHead {
  /** Number of the record: one more than the last one's. */
  readonly n: number;
  /** First number that this record stands for, where it was made of several. */
  readonly from?: number;
  /** Store id: in the first record of each segment. */
  readonly store?: string;
  /** Highest sequence given out so far, where it is not the last event's. */
  readonly last?: number;
  /** Monotonic milliseconds of the first event's commit. */
  readonly m?: number;
  /** Changed keys of the state; `null` takes a key away. */
  readonly puts?: Readonly<Record<string, Json>>;
  /** Per event type the sequence through which the hub has it, where that moved since the last record. */
  readonly d?: Readonly<Record<string, number>>;
}

const headStart = Buffer.from('{"n":');
const lineFeed = 10;

/** Encodes records into memory that is used again by the next call. */
export class RecordEncoder {
  #buffer = Buffer.allocUnsafe(64 * 1024);

  /**
   * @param head the head's JSON, beginning with `{"n":`
   * @param lines the event lines, without line feeds
   * @param lineBytes their length in UTF-8, line feeds not counted
   */
  encode(
    head: string,
    lines: Iterable<{ readonly json: string }>,
    lineBytes: number,
    lineCount: number,
  ): Buffer {
    const length = Buffer.byteLength(head) + 1 + lineBytes + lineCount;
    const size = headerBytes + length;
    if (this.#buffer.length < size || this.#buffer.length > Math.max(1 << 20, 4 * size)) {
      this.#buffer = Buffer.allocUnsafe(2 ** Math.ceil(Math.log2(Math.max(size, 64 * 1024))));
    }
    const buffer = this.#buffer;
    let at = headerBytes;
    at += buffer.write(head, at);
    buffer[at++] = lineFeed;
    for (const line of lines) {
      at += buffer.write(line.json, at);
      buffer[at++] = lineFeed;
    }
    if (at !== size) throw new RangeError(`record of ${at} bytes, announced ${size}`);
    return sealRecord(buffer.subarray(0, size));
  }
}

/** Fills in length and CRC of a record whose payload stands from byte 8 on. */
export function sealRecord(record: Buffer): Buffer {
  record.writeUInt32LE(record.length - headerBytes, 0);
  record.writeUInt32LE(crc32(record.subarray(headerBytes)), 4);
  return record;
}

export interface FoundRecord {
  readonly head: RecordHead;
  /** Where it begins and where the next one would, in the scanned bytes. */
  readonly offset: number;
  readonly end: number;
  /** The event lines. */
  readonly lines: readonly Buffer[];
}

/** The valid record at `offset`, if there is one. */
export function recordAt(bytes: Buffer, offset: number): FoundRecord | undefined {
  if (offset < 0 || offset + headerBytes + headStart.length > bytes.length) return undefined;
  const length = bytes.readUInt32LE(offset);
  const start = offset + headerBytes;
  const end = start + length;
  if (length <= headStart.length || end > bytes.length) return undefined;
  if (bytes.compare(headStart, 0, headStart.length, start, start + headStart.length) !== 0) return undefined;
  const payload = bytes.subarray(start, end);
  if (payload[length - 1] !== lineFeed || crc32(payload) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const headEnd = payload.indexOf(lineFeed);
  let head: RecordHead;
  try {
    head = JSON.parse(payload.toString('utf8', 0, headEnd)) as RecordHead;
  } catch {
    return undefined;
  }
  if (!Number.isSafeInteger(head.n)) return undefined;
  const lines: Buffer[] = [];
  for (let at = headEnd + 1; at < length; ) {
    const next = payload.indexOf(lineFeed, at);
    lines.push(payload.subarray(at, next));
    at = next + 1;
  }
  return { head, offset, end, lines };
}

export interface Scan {
  readonly records: readonly FoundRecord[];
  /** Where the last valid record ends. */
  readonly end: number;
  /** Where the last byte that is not zero ends; beyond `end` if something broken stands there. */
  readonly dirtyEnd: number;
  /** Stretches between valid records that are none themselves. */
  readonly gaps: number;
}

/**
 * All records in `bytes` that have rising numbers from `atLeast` on and below `below`. What is not a record is
 * stepped over to the next one that is: a rotten sector costs the records that it is in.
 */
export function scanRecords(bytes: Buffer, atLeast = 0, below = Number.POSITIVE_INFINITY): Scan {
  const records: FoundRecord[] = [];
  let next = atLeast;
  let at = 0;
  let end = 0;
  let gaps = 0;
  const dirtyEnd = endOfContent(bytes);
  while (at < dirtyEnd) {
    const found = recordAt(bytes, at);
    if (found !== undefined && (found.head.from ?? found.head.n) >= next && found.head.n < below) {
      if (at > end) gaps++;
      records.push(found);
      next = found.head.n + 1;
      at = found.end;
      end = found.end;
      continue;
    }
    const candidate = bytes.indexOf(headStart, at + headerBytes + 1);
    if (candidate < 0) break;
    at = candidate - headerBytes;
  }
  return { records, end, dirtyEnd, gaps };
}

/** Offset after the last byte that is not zero. */
export function endOfContent(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
