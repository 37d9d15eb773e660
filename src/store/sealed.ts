/** Small text files that say themselves whether they are whole: a line with the CRC-32, then the text. */
import { crc32 } from 'node:zlib';

/** The file's bytes for a text. */
export function seal(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${crc32(body).toString(16).padStart(8, '0')}\n`), body]);
}

/** The text, or `undefined` where the bytes are not what was sealed. */
export function unseal(bytes: Buffer): string | undefined {
  if (bytes.length < 9 || bytes[8] !== 10) return undefined;
  const body = bytes.subarray(9);
  if (crc32(body).toString(16).padStart(8, '0') !== bytes.toString('latin1', 0, 8)) return undefined;
  return body.toString('utf8');
}
