/**
 * The checksums that makers of small boards use. CRCs are named as in the catalogue of parametrised CRC algorithms
 * (reveng.sourceforge.io/crc-catalogue): each has a check value, that of the nine characters 123456789.
 */
import { crc16Modbus } from './crc16.js';

export const checksumKinds = [
  'none',
  'xor',
  'sum8',
  'sum16',
  'crc16-modbus',
  'crc16-arc',
  'crc16-ccitt',
] as const;
export type ChecksumKind = (typeof checksumKinds)[number];

/** Bytes that a checksum of this kind takes on the wire. */
export function checksumBytes(kind: ChecksumKind): 0 | 1 | 2 {
  if (kind === 'none') return 0;
  return kind === 'xor' || kind === 'sum8' ? 1 : 2;
}

/** The checksum of `bytes`: 8 or 16 bits wide by `kind`; of `none` it is 0. */
export function checksumOf(kind: ChecksumKind, bytes: Uint8Array): number {
  switch (kind) {
    case 'none':
      return 0;
    case 'xor':
      return bytes.reduce((sum, byte) => sum ^ byte, 0);
    case 'sum8':
      return sum16(bytes) & 0xff;
    case 'sum16':
      return sum16(bytes);
    case 'crc16-modbus':
      return crc16Modbus(bytes);
    case 'crc16-arc':
      return crc16Arc(bytes);
    case 'crc16-ccitt':
      return crc16Ccitt(bytes);
  }
}

/** All bytes added up, modulo 65536. */
export function sum16(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) & 0xffff, 0);
}

/** CRC-16/ARC: polynomial 8005 reflected (A001), begins with 0000, no final exclusive or. Check value BB3D. */
export function crc16Arc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/**
 * CRC-16/IBM-3740, which makers call CCITT (also CCITT-FALSE): polynomial 1021, begins with FFFF, not reflected. Check
 * value 29B1.
 */
export function crc16Ccitt(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}
