/** What every codec of whole frames must hold, whatever comes between them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Decoder } from '../../src/kernel/framing.js';
import { bytesOf, cutAt, cuts, fates, feedAll, framesOf, join } from './stream.js';

const runs = { numRuns: 300 };

/**
 * Declares the properties of a decoder that never loses its place.
 * @param frames one of each sort
 * @param beginnings first bytes of frames: none of them stands in the noise
 */
export function itKeepsItsPlace<Frame>(
  makeDecoder: () => Decoder<Frame>,
  frames: readonly Uint8Array[],
  beginnings: readonly number[],
): void {
  const which = fc.nat(frames.length - 1);
  const byte = fc.nat(255);
  const noise = fc
    .array(
      byte.filter((one) => !beginnings.includes(one)),
      { maxLength: 10 },
    )
    .map((bytes) => Uint8Array.from(bytes));

  it('finds every frame, cut anywhere, glued together, with noise between, and accounts for each byte', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, which), { maxLength: 20 }), cuts, (parts, shares) => {
        const stream = join(parts.flatMap(([before, index]) => [before, frames[index]!]));
        const found = feedAll(makeDecoder(), cutAt(stream, shares));
        expect(framesOf(found)).toEqual(
          parts.map(([, index]) => framesOf(makeDecoder().feed(frames[index]!))[0]),
        );
        expect(bytesOf(found)).toEqual(stream);
      }),
      runs,
    );
  });

  it('says the same of arbitrary bytes and broken frames however they were cut', () => {
    const longest = Math.max(...frames.map(({ length }) => length));
    const broken = fc
      .tuple(which, fc.nat(longest - 1), byte)
      .map(([index, at, wrong]) => frames[index]!.map((right, place) => (place === at ? wrong : right)));
    fc.assert(
      fc.property(fc.array(fc.oneof(noise, broken), { maxLength: 20 }), cuts, (parts, shares) => {
        const stream = join(parts);
        const [once, often] = [makeDecoder(), makeDecoder()];
        const atOnce = [...once.feed(stream), ...once.idle()];
        expect(bytesOf(atOnce)).toEqual(stream);
        const inPieces = [...feedAll(often, cutAt(stream, shares)), ...often.idle()];
        expect(fates(inPieces)).toEqual(fates(atOnce));
      }),
      runs,
    );
  });
}
