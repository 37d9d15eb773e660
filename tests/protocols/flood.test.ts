import { describe, expect, it } from 'vitest';
import type { Decoded, Decoder } from '../../src/kernel/framing.js';
import { acknowledgementDecoder, clearErrors } from '../../src/protocols/alpha.js';
import { escposStatus } from '../../src/protocols/escpos-status.js';
import { ld2410 } from '../../src/protocols/ld2410.js';
import { ld2450 } from '../../src/protocols/ld2450.js';
import { readHoldingRegisters, responseDecoder } from '../../src/protocols/modbus-rtu.js';
import { answerDecoder, ping } from '../../src/protocols/onbon5.js';
import { compileKeyTable, serialKeys } from '../../src/protocols/serial-keys.js';
import { compileLinePattern, serialLines } from '../../src/protocols/serial-lines.js';
import { voiceReplies } from '../../src/protocols/voice-codec.js';

/** As much as the system hands over at once. */
const chunkBytes = 65_536;

const keys = compileKeyTable({ next: 'AA 05 01 B0', recall: 'AA 05 02 B1', done: 'AA AA AA AA AA AA AA AA' });
const request = readHoldingRegisters(1, 0, 64);
const sign = { type: 'Z', address: 1, checksum: true };

const decoders: Readonly<Record<string, () => Decoder<unknown>>> = {
  'escpos-status': () => escposStatus.decoder([null]),
  'serial-keys': () => serialKeys.decoder([keys]),
  'serial-lines': () =>
    serialLines.decoder(
      ['E,{window},{level}', '{window}-{key}-{staff}-{level}'].map((one) => compileLinePattern(one)),
    ),
  'modbus-rtu': () => responseDecoder(request),
  onbon5: () => answerDecoder(1, ping(1)),
  alpha: () => acknowledgementDecoder(clearErrors(sign)),
  ld2410: () => ld2410.decoder([null]),
  ld2450: () => ld2450.decoder([null]),
  'voice-replies': () => voiceReplies.decoder([null]),
};

/** What a far end might say over and over: bytes that begin something, that fit nothing, lines without an end. */
const rubbish: readonly (readonly number[])[] = [
  ...[0x00, 0x01, 0x02, 0x0a, 0x10, 0x12, 0x2d, 0x41, 0x4f, 0x55, 0x7f, 0xa5, 0xaa, 0xf4, 0xfd, 0xff].map(
    (one) => [one],
  ),
  [0xaa, 0x05],
  [0x01, 0x03, 0x80],
  [0xf4, 0xf3, 0xf2, 0xf1, 0xff, 0x00],
  [0xfd, 0xfc, 0xfb, 0xfa, 0xff, 0x00],
  [0x10, 0x00, 0x80],
  [...Buffer.from(`${'a-'.repeat(120)}\n`)],
];

const lengthOf = (found: readonly Decoded<unknown>[]) =>
  found.reduce((sum, one) => sum + ('frame' in one ? one.bytes : one.discarded).length, 0);

describe('a far end that talks without end', () => {
  it.each(Object.keys(decoders))(
    'costs the codec %s no more for a byte than one that says little',
    (name) => {
      // Work that grows with the square of what came in one piece (some 10^10 steps here) would end this by time-out.
      for (const row of rubbish) {
        const chunk = Uint8Array.from({ length: chunkBytes }, (_, at) => row[at % row.length]!);
        const decoder = decoders[name]!();
        const found = [...decoder.feed(chunk), ...decoder.idle()];
        // Line ends belong to nothing.
        expect(lengthOf(found)).toBeGreaterThan(row.includes(0x0a) ? -1 : chunkBytes - 1);
      }
    },
  );
});
