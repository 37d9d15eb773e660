/** CRC-16/MODBUS: polynomial 8005 reflected (A001), begins with FFFF, no final exclusive or. */

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xa001 : remainder >>> 1;
  return remainder;
});

/**
 * The checksum of `bytes` from `start` (inclusive) to `end` (exclusive). On the wire its low byte goes first.
 * Of 01 02 03 04 05 06 07 08 09 00 it is C433.
 */
export function crc16Modbus(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffff;
  for (let index = start; index < end; index++) {
    crc = (crc >>> 8) ^ table[(crc ^ bytes[index]!) & 0xff]!;
  }
  return crc;
}
