import { describe, expect, it } from 'vitest';
import { crc16Modbus } from '../../src/protocols/crc16.js';
import { hex } from './stream.js';

/** Frames printed in the node-modbus-serial tests and the Applent AT381x manual, checksum last, low byte first. */
const good = [
  '11 03 00 6B 00 03 76 87',
  '11 03 06 AE 41 56 52 43 40 49 AD',
  '11 83 04 41 36',
  '01 05 00 01 FF 00 DD FA',
  '01 87 01 82 30',
  '01 83 04 40 F3',
  '01 81 04 41 93',
  '01 03 00 00 00 40 44 3A',
  '01 10 30 03 00 01 02 00 01 57 A0',
  '01 10 30 03 00 01 FE C9',
  '01 03 30 00 00 01 8B 0A',
  '01 03 02 00 08 B9 82',
  '01 06 00 07 00 7B 78 28',
];

/** Frames printed with a wrong checksum in the Applent AT381x manual, and the right one. */
const misprinted = [
  ['01 10 30 0C 00 01 02 00 01 FA C8', '57 5F'],
  ['01 10 30 00 00 01 AF 09', '0E C9'],
  ['01 03 30 0D 00 01 79 84', '1A C9'],
] as const;

const lowByteFirst = (bytes: Uint8Array) => (bytes.at(-2) ?? 0) | ((bytes.at(-1) ?? 0) << 8);

describe('CRC-16/MODBUS', () => {
  it('of 01 02 03 04 05 06 07 08 09 00 is C433', () => {
    expect(crc16Modbus(hex('01 02 03 04 05 06 07 08 09 00'))).toBe(0xc433);
  });

  it('of nothing is its first value', () => {
    expect(crc16Modbus(new Uint8Array(0))).toBe(0xffff);
  });

  it.each(good)('agrees with the printed frame %s', (frame) => {
    const bytes = hex(frame);
    expect(crc16Modbus(bytes, 0, bytes.length - 2)).toBe(lowByteFirst(bytes));
  });

  it.each(misprinted)('refuses the misprinted frame %s and gives %s', (frame, right) => {
    const bytes = hex(frame);
    const crc = crc16Modbus(bytes, 0, bytes.length - 2);
    expect(crc).not.toBe(lowByteFirst(bytes));
    expect(crc).toBe(lowByteFirst(hex(right)));
  });
});
