/**
 * The last bytes that passed on a wire, kept in memory for whoever has to find out why something failed. One block of
 * memory for each wire, made once: noting copies the bytes and makes nothing.
 */
import type { RecordedMoment } from './recorder.js';

/** Some seconds of a busy RS-485 row, some minutes of a quiet one. */
const standardBytes = 8 * 1024;
/** Kind (1), time (8), length (2). */
const headBytes = 11;
/** What came at once and is longer takes several entries. */
const mostEntryBytes = 1_024;
const longestReasonCharacters = 200;

const kinds = ['in', 'out', 'opened', 'lost', 'closed'] as const;

export class WireRing {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where the oldest entry begins, and how many bytes all of them take. */
  #start = 0;
  #used = 0;
  readonly #head = new DataView(new ArrayBuffer(headBytes));
  readonly #headBytes = new Uint8Array(this.#head.buffer);

  /** @param size bytes of memory, at least 2 KiB */
  constructor(size = standardBytes) {
    this.#bytes = new Uint8Array(Math.max(size, 2 * (headBytes + mostEntryBytes)));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** A sink for `recordedCarrier`. The oldest entries go where there is no room. */
  readonly note = (moment: RecordedMoment): void => {
    if ('event' in moment) {
      const { event, reason } = moment;
      const text =
        reason === undefined ? nothing : new TextEncoder().encode(reason.slice(0, longestReasonCharacters));
      this.#add(kinds.indexOf(event), moment.t, text, 0, Math.min(text.length, mostEntryBytes));
      return;
    }
    const kind = moment.dir === 'in' ? 0 : 1;
    const { bytes } = moment;
    // Of a very long one only the end would stay anyway.
    for (let at = Math.max(0, bytes.length - this.#bytes.length); at < bytes.length; at += mostEntryBytes) {
      this.#add(kind, moment.t, bytes, at, Math.min(mostEntryBytes, bytes.length - at));
    }
  };

  /** What it holds, oldest first, as copies; `t` as it was noted. */
  moments(): RecordedMoment[] {
    const moments: RecordedMoment[] = [];
    let at = this.#start;
    for (let left = this.#used; left > 0; ) {
      this.#copyOut(at, this.#headBytes);
      const kind = kinds[this.#head.getUint8(0)] ?? 'closed';
      const t = this.#head.getFloat64(1);
      const bytes = new Uint8Array(this.#head.getUint16(9));
      this.#copyOut(at + headBytes, bytes);
      if (kind === 'in' || kind === 'out') moments.push({ t, dir: kind, bytes });
      else if (bytes.length === 0) moments.push({ t, event: kind });
      else moments.push({ t, event: kind, reason: new TextDecoder().decode(bytes) });
      at += headBytes + bytes.length;
      left -= headBytes + bytes.length;
    }
    return moments;
  }

  #add(kind: number, t: number, from: Uint8Array, begin: number, length: number): void {
    const size = this.#bytes.length;
    const needed = headBytes + length;
    while (this.#used + needed > size) {
      const oldest = headBytes + this.#lengthAt(this.#start);
      this.#start = (this.#start + oldest) % size;
      this.#used -= oldest;
    }
    const at = (this.#start + this.#used) % size;
    this.#head.setUint8(0, kind);
    this.#head.setFloat64(1, t);
    this.#head.setUint16(9, length);
    this.#copyIn(at, this.#headBytes, 0, headBytes);
    this.#copyIn((at + headBytes) % size, from, begin, length);
    this.#used += needed;
  }

  #lengthAt(start: number): number {
    const size = this.#bytes.length;
    const at = (start + 9) % size;
    return at + 1 < size ? this.#view.getUint16(at) : (this.#bytes[at]! << 8) | this.#bytes[(at + 1) % size]!;
  }

  /** Short pieces byte by byte: a view of them would be made anew each time. */
  #copyIn(at: number, from: Uint8Array, begin: number, length: number): void {
    const size = this.#bytes.length;
    if (length > 64 && at + length <= size) {
      this.#bytes.set(from.subarray(begin, begin + length), at);
      return;
    }
    let to = at;
    for (let index = begin; index < begin + length; index++) {
      this.#bytes[to] = from[index]!;
      if (++to === size) to = 0;
    }
  }

  #copyOut(start: number, into: Uint8Array): void {
    const size = this.#bytes.length;
    for (let index = 0; index < into.length; index++) into[index] = this.#bytes[(start + index) % size]!;
  }
}

const nothing = new Uint8Array(0);
