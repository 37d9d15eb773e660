import { describe, expect, it } from 'vitest';
import { discardOne, type Look, scanningDecoder } from '../../src/protocols/scanning-decoder.js';
import { feedAll, framesOf, garbage, hex, mostHeld, story } from './stream.js';

/** A toy: `F0` is a frame, `C3` begins a bad frame of three bytes, `AA` waits for ever, all else is noise. */
const look: Look<string> = (bytes, offset) => {
  if (bytes[offset] === 0xf0) return { frame: 'F0', length: 1 };
  if (bytes[offset] === 0xc3) return { discard: 1, reason: 'bad', suspect: 3 };
  return bytes[offset] === 0xaa ? 'wait' : discardOne;
};
const decode = (...chunks: string[]) => story(feedAll(scanningDecoder(look, 8), chunks.map(hex)));

describe('the scanning decoder', () => {
  it('gives neighbouring bytes of one reason as one run', () => {
    expect(decode('01 02 03 F0 F0 04')).toEqual([
      '01 02 03 unknown-bytes',
      'frame',
      'frame',
      '04 unknown-bytes',
    ]);
  });

  it('blames the bytes of a bad frame on it, and no byte more, however they come', () => {
    expect(decode('01 C3 02 03 04')).toEqual(['01 unknown-bytes', 'C3 02 03 bad', '04 unknown-bytes']);
    expect(decode('C3', '02', '03', '04')).toEqual(['C3 bad', '02 bad', '03 bad', '04 unknown-bytes']);
    expect(decode('C3 02 F0 04')).toEqual(['C3 02 bad', 'frame', '04 unknown-bytes']);
  });

  it('forgets a bad frame when the line falls silent', () => {
    const decoder = scanningDecoder(look, 8);
    decoder.feed(hex('C3'));
    expect(decoder.idle()).toEqual([]);
    expect(story(decoder.feed(hex('04')))).toEqual(['04 unknown-bytes']);
  });

  it('finds what stands behind an unfinished beginning when the line falls silent', () => {
    const decoder = scanningDecoder(look, 8);
    expect(decoder.feed(hex('AA 01 F0 02'))).toEqual([]);
    expect(story(decoder.idle())).toEqual(['AA 01 unfinished', 'frame', '02 unfinished']);
  });

  it('waits no longer than a frame may be, whatever the codec says', () => {
    expect(decode('AA 01 02 03 04 05 06')).toEqual([]);
    expect(decode('AA 01 02 03 04 05 06', 'F0')).toEqual(['AA 01 02 03 04 05 06 too-long', 'frame']);
    const decoder = scanningDecoder(look, 8);
    expect(mostHeld(decoder, garbage(100_000, [0xaa]), 5)).toBeLessThan(8);
    expect(framesOf(decoder.feed(hex('01 02 03 04 05 06 07 F0')))).toEqual(['F0']);
  });
});
