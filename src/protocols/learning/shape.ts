/** What the rows of a keypad's keys have in common. Known of it is only what was seen: it proves nothing. */
import { checksumOf } from '../checksums.js';
import { crc16Modbus } from '../crc16.js';

const seenChecksums = ['sum8', 'xor', 'sum8-negative', 'crc16-modbus'] as const;
export type SeenChecksum = (typeof seenChecksums)[number];

interface RowChecksum {
  readonly kind: SeenChecksum;
  /** The first byte that it counts, from 0. */
  readonly from: number;
  /** Place of the (first) checksum byte, from 0. */
  readonly at: number;
}

export interface RowShape {
  /** Bytes of each row; `null` where they differ. */
  readonly length: number | null;
  /** Bytes at the beginning that all rows share; of one row none. */
  readonly head: number;
  /** Bytes at the end that all rows share; of one row none. */
  readonly tail: number;
  /** Places, from 0, of the bytes that are not alike; only of rows of one length. */
  readonly changing: readonly number[];
  /** Fits every row, and its byte is not always the same; `null` where none does, or there is only one row. */
  readonly checksum: RowChecksum | null;
}

/** Behind a checksum there may be this many bytes that are always the same. */
const mostTail = 2;
/** A checksum may leave this many bytes at the beginning out. */
const mostLeftOut = 2;

/** @param rows different ones, of at least one byte each */
export function shapeOf(rows: readonly Uint8Array[]): RowShape {
  const first = rows[0];
  if (first === undefined) return { length: null, head: 0, tail: 0, changing: [], checksum: null };
  const length = rows.every((row) => row.length === first.length) ? first.length : null;
  if (rows.length === 1) return { length, head: 0, tail: 0, changing: [], checksum: null };
  const shortest = Math.min(...rows.map((row) => row.length));
  let head = 0;
  while (head < shortest && rows.every((row) => row[head] === first[head])) head++;
  let tail = 0;
  while (tail < shortest - head && rows.every((row) => row.at(-1 - tail) === first.at(-1 - tail))) tail++;
  return { length, head, tail, changing: changingOf(rows), checksum: checksumOfRows(rows, length) };
}

/** Places, from 0, at which rows of one length are not alike. */
export function changingOf(rows: readonly Uint8Array[]): number[] {
  const [first, ...others] = rows;
  if (first === undefined || others.some((row) => row.length !== first.length)) return [];
  return Array.from(first.keys()).filter((place) => others.some((row) => row[place] !== first[place]));
}

function checksumOfRows(rows: readonly Uint8Array[], length: number | null): RowChecksum | null {
  if (length === null || length < 3) return null;
  for (let tail = 0; tail <= mostTail; tail++) {
    for (const kind of seenChecksums) {
      const at = length - tail - (kind === 'crc16-modbus' ? 2 : 1);
      for (let from = 0; from <= mostLeftOut; from++) {
        const checksum = { kind, from, at };
        // What never changes may fit by chance, and so does the "checksum" of a single byte.
        if (at - from < 2 || rows.every((row) => row[at] === rows[0]![at])) continue;
        if (rows.every((row) => checksumFits(row, checksum))) return checksum;
      }
    }
  }
  return null;
}

/** True where a row has this checksum. */
export function checksumFits(row: Uint8Array, { kind, from, at }: RowChecksum): boolean {
  const counted = row.subarray(from, at);
  if (kind === 'crc16-modbus') {
    const crc = crc16Modbus(counted);
    return row[at] === (crc & 0xff) && row[at + 1] === crc >> 8;
  }
  if (kind === 'sum8-negative') return row[at] === (-checksumOf('sum8', counted) & 0xff);
  return row[at] === checksumOf(kind, counted);
}
