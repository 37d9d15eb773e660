import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWords, sensirionCommand, sensirionCrc, wordsText } from '../../src/protocols/sensirion.js';
import { hexBytes } from '../../src/simulator/hex.js';

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

describe("Sensirion's checksum", () => {
  // BE EF is the data sheets' own example; the others stand in drivers and data sheets of SHT4x, SGP40 and SHT3x.
  it.each([
    ['BE EF', 0x92],
    ['80 00', 0xa2],
    ['66 66', 0x93],
    ['63 36', 0x9a],
    ['5A 7C', 0x0d],
    ['67 A0', 0x86],
    ['5A F9', 0x82],
    ['0D 20', 0x47],
    ['61 01', 0x11],
    // CRC-8/NRSC-5 of the catalogue of CRC algorithms: the characters 123456789.
    ['31 32 33 34 35 36 37 38 39', 0xf7],
  ])('of %s is as published', (bytes, crc) => {
    expect(sensirionCrc(hexBytes(bytes))).toBe(crc);
  });
});

describe('words on the wire', () => {
  it('are written behind a command of two bytes or of one', () => {
    expect(toHex(sensirionCommand(0x260f, [0x8000, 0x6666]))).toBe('260F8000A2666693');
    expect(toHex(sensirionCommand(0xfd))).toBe('FD');
    expect(toHex(sensirionCommand(0x2400))).toBe('2400');
  });

  it('are read, and written as on a label', () => {
    const words = readWords(hexBytes('0D 20 47 61 01 11'), 2);
    expect(words).toEqual([0x0d20, 0x6101]);
    expect(wordsText(words)).toBe('0D206101');
  });

  it('come back as they were sent, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 9 }), (words) => {
        expect(readWords(sensirionCommand(0x2612, words).subarray(2), words.length)).toEqual(words);
      }),
    );
  });

  it('are refused with any one or two bits turned over', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 65_535 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 2 }),
        (word, bits) => {
          const bytes = sensirionCommand(0x2612, [word]).slice(2);
          for (const bit of bits) bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
          expect(() => readWords(bytes, 1)).toThrow(expect.objectContaining({ code: 'sensor.checksum' }));
        },
      ),
    );
  });

  it('say what came where the checksum is wrong or bytes are missing', () => {
    expect(() => readWords(hexBytes('63 36 9B'), 1)).toThrow(
      expect.objectContaining({
        code: 'sensor.checksum',
        kind: 'garbled',
        message: expect.stringContaining('9B instead of 9A'),
        evidence: { received: '63 36 9B' },
      }),
    );
    expect(() => readWords(hexBytes('63 36'), 1)).toThrow(expect.objectContaining({ code: 'sensor.short' }));
  });
});
