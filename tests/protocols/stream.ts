/** What the codec tests share: cutting streams, and accounting for every byte. */
import fc from 'fast-check';
import { formatHex, parseHex } from '../../src/kernel/bytes.js';
import type { Decoded, Decoder } from '../../src/kernel/framing.js';

export const hex = (text: string): Uint8Array => parseHex(text) ?? new Uint8Array(0);
export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
export const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat([...parts]));

/** Places to cut a stream at, as shares of its length. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

export function cutAt(bytes: Uint8Array, shares: readonly number[]): Uint8Array[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((place, index) => bytes.slice(places[index - 1] ?? 0, place));
}

/** Feeds a copy of each chunk and spoils it afterwards: what a decoder keeps must be its own. */
export function feedAll<Frame>(decoder: Decoder<Frame>, chunks: readonly Uint8Array[]): Decoded<Frame>[] {
  return chunks.flatMap((chunk) => {
    const lent = new Uint8Array(chunk);
    const found = decoder.feed(lent).map(ownCopy);
    lent.fill(0xee);
    return found;
  });
}

function ownCopy<Frame>(decoded: Decoded<Frame>): Decoded<Frame> {
  return 'frame' in decoded
    ? { ...decoded, bytes: new Uint8Array(decoded.bytes) }
    : { ...decoded, discarded: new Uint8Array(decoded.discarded) };
}

export const framesOf = <Frame>(found: readonly Decoded<Frame>[]): Frame[] =>
  found.flatMap((decoded) => ('frame' in decoded ? [decoded.frame] : []));

/** `["20 54 54 FF unknown-bytes", "frame"]`: short to compare. */
export const story = <Frame>(found: readonly Decoded<Frame>[]): string[] =>
  found.map((decoded) =>
    'frame' in decoded ? 'frame' : `${formatHex(decoded.discarded)} ${decoded.reason}`,
  );

/** All bytes that were told of, in order. */
export const bytesOf = <Frame>(found: readonly Decoded<Frame>[]): Uint8Array =>
  join(found.map((decoded) => ('frame' in decoded ? decoded.bytes : decoded.discarded)));

/** For each byte what became of it, so that differently cut streams can be compared. */
export const fates = <Frame>(found: readonly Decoded<Frame>[]): string[] =>
  found.flatMap((decoded) =>
    'frame' in decoded
      ? Array.from(decoded.bytes, (byte) => `${byte} ${JSON.stringify(decoded.frame)}`)
      : Array.from(decoded.discarded, (byte) => `${byte} ${decoded.reason}`),
  );

/** The same garbage each time: bytes of a linear congruential generator. */
export function garbage(length: number, allowed?: readonly number[]): Uint8Array {
  let state = 12345;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const byte = (state >>> 16) & 0xff;
    return allowed === undefined ? byte : (allowed[byte % allowed.length] ?? 0);
  });
}

/** The most bytes that the decoder held back while `bytes` came in chunks of `size`, `ignored` not counted. */
export function mostHeld<Frame>(
  decoder: Decoder<Frame>,
  bytes: Uint8Array,
  size: number,
  ignored: (byte: number) => boolean = () => false,
): number {
  let held = 0;
  let most = 0;
  for (let start = 0; start < bytes.length; start += size) {
    const chunk = bytes.subarray(start, start + size);
    for (const byte of chunk) if (!ignored(byte)) held++;
    held -= bytesOf(decoder.feed(chunk)).length;
    most = Math.max(most, held);
  }
  return most;
}
