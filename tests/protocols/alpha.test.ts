import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { HallwardError } from '../../src/kernel/errors.js';
import {
  acknowledgementDecoder,
  clearErrors,
  enableAcknowledgements,
  packet,
  priorityFileBytes,
  writeText,
} from '../../src/protocols/alpha.js';
import { sum16 } from '../../src/protocols/checksums.js';
import {
  ascii,
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

const all = { type: 'Z', address: 0, checksum: false };
const sign = { type: 'Z', address: 0x0b, checksum: true };
const request = clearErrors(sign);

describe('an Alpha packet', () => {
  it('begins as the one at wls.wwco.com: all signs, write text file A, middle line, hold', () => {
    const printed = hex('00 00 00 00 00 01 5A 30 30 02 41 41 1B 20 62');
    const made = packet(all, join([ascii('AA'), hex('1B'), ascii(' bHELLO')]));
    expect(formatHex(made.subarray(0, printed.length))).toBe(formatHex(printed));
    expect(formatHex(made.subarray(printed.length))).toBe('48 45 4C 4C 4F 04');
  });

  it('has the checksum of the rule in the tests of alphasignpy: 0206 for STX "Atest" ETX', () => {
    expect(sum16(hex('02 41 74 65 73 74 03'))).toBe(0x0206);
    const made = packet({ ...all, checksum: true }, ascii('Atest'));
    expect(Buffer.from(made).toString('latin1')).toBe('\0\0\0\0\0\x01Z00\x02Atest\x030206\x04');
  });

  it('is for one sign by two hex digits', () => {
    expect(Buffer.from(request).toString('latin1')).toMatch(/^\0{5}\x01Z0B\x02E4\x03[0-9A-F]{4}\x04$/);
    expect(Buffer.from(enableAcknowledgements(all)).toString('latin1')).toBe('\0\0\0\0\0\x01Z00\x02Es1\x04');
  });

  it.each([
    ['an address beyond 255', { ...all, address: 256 }],
    ['half an address', { ...all, address: 1.5 }],
    ['a type of two characters', { ...all, type: 'ZZ' }],
  ])('is not made for %s', (_, options) => {
    expect(() => clearErrors(options)).toThrow(HallwardError);
  });
});

const contentOf = (bytes: Uint8Array) =>
  /\x02([\s\S]*)\x04$/.exec(Buffer.from(bytes).toString('latin1'))?.[1];

describe('a text on an Alpha sign', () => {
  it.each([
    [['A023'], 'hold', 'A0\x1b bA023'],
    [['A023'], 'flash', 'A0\x1b cA023'],
    [['A long one'], 'rotate', 'A0\x1b aA long one'],
    [['A023', 'Window 5'], 'hold', 'A0\x1b0bA023\rWindow 5'],
    [[], 'hold', 'A0\x1b b '],
    [[''], 'hold', 'A0\x1b b '],
  ] as const)('%j, %s, goes into the priority file', (lines, mode, content) => {
    expect(contentOf(writeText(all, { lines, mode }))).toBe(content);
  });

  it('has ? for what the sign has no letter for, and no control character', () => {
    expect(contentOf(writeText(all, { lines: ['请 A\x04\x1b1é'], mode: 'hold' }))).toBe('A0\x1b b? A??1?');
  });

  it('is cut at what the priority file holds', () => {
    const content = contentOf(writeText(all, { lines: ['x'.repeat(100), 'y'.repeat(100)], mode: 'hold' }));
    expect(content).toBe(`A0\x1b0b${'x'.repeat(100)}\r${'y'.repeat(24)}`);
    expect(content?.length).toBe(5 + priorityFileBytes);
  });

  it('never holds a byte that ends it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }),
        fc.boolean(),
        (lines, checksum) => {
          const bytes = writeText({ ...sign, checksum }, { lines, mode: 'hold' });
          expect([...bytes].filter((byte) => byte === 0x04)).toHaveLength(1);
          expect([...bytes].filter((byte) => byte === 0x01)).toHaveLength(1);
          expect(bytes.at(-1)).toBe(0x04);
        },
      ),
    );
  });
});

describe('the answer of an Alpha sign', () => {
  const decode = (...chunks: Uint8Array[]) => {
    const decoder = acknowledgementDecoder(request);
    return [...feedAll(decoder, chunks), ...decoder.idle()];
  };

  it('is an acknowledgement with its status', () => {
    expect(framesOf(decode(hex('06 40')))).toEqual([{ status: 0x40 }]);
  });

  it.each([
    ['15 60', 'alpha.refused', 'refused', 'illegal command or file'],
    ['15 50', 'alpha.not-received', 'garbled', 'checksum error'],
    ['15 4D', 'alpha.not-received', 'garbled', 'buffer overflow, serial time-out, parity error'],
    ['15 40', 'alpha.not-received', 'garbled', ''],
  ])('%s is a refusal: %s', (bytes, code, kind, complaint) => {
    const [frame] = framesOf(decode(hex(bytes)));
    expect(frame).toMatchObject({ code, kind, evidence: { complaint } });
  });

  it('without its status byte, or with an impossible one, is none', () => {
    expect(story(decode(hex('06')))).toEqual(['06 unfinished']);
    expect(story(decode(hex('06 00')))).toEqual(['06 no-status', '00 unknown-bytes']);
    expect(story(decode(hex('06 C0 06 40')))).toEqual(['06 no-status', 'C0 unknown-bytes', 'frame']);
  });

  it('is found behind our own echo', () => {
    expect(story(decode(join([request, hex('06 40')])))).toEqual([`${formatHex(request)} echo`, 'frame']);
  });

  it('is the same however the stream is cut, and no byte is lost', () => {
    const piece = fc.oneof(
      fc.constant(hex('06 40')),
      fc.constant(hex('15 50')),
      fc.constant(request),
      fc.uint8Array({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), cuts, (pieces, shares) => {
        const stream = join(pieces);
        const whole = decode(stream);
        expect(fates(decode(...cutAt(stream, shares)))).toEqual(fates(whole));
        expect(bytesOf(whole)).toEqual(stream);
      }),
    );
  });

  it('is waited for with a bounded memory', () => {
    const noise = new Uint8Array(10_000);
    expect(mostHeld(acknowledgementDecoder(request), noise, 7)).toBeLessThan(64);
  });
});
