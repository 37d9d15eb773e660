/**
 * Text as a board's font takes it. A character that the font does not have becomes `?`: never another character.
 *
 * GB 2312-80: rows 1 to 9 hold signs, 16 to 55 and 56 to 87 hold the ideographs; a byte of the wire is the row or
 * column plus A0. GBK adds characters in between, which a font of GB 2312 does not have.
 */
import { requirePackage } from '../kernel/require.js';

export const textEncodings = ['ascii', 'gb2312', 'gbk', 'utf-8'] as const;
export type TextEncoding = (typeof textEncodings)[number];

/** What stands where a board has no character. */
export const replacement = '?';

/** The encoder, loaded with the first character that is no ASCII. */
const encoder = () => requirePackage('iconv-lite') as typeof import('iconv-lite');

/** Columns (A1 to FE, both included) of the rows of GB 2312 that are not full. */
const partsOfRow: Readonly<Record<number, readonly (readonly [number, number])[]>> = {
  162: [
    [0xb1, 0xe2],
    [0xe5, 0xee],
    [0xf1, 0xfc],
  ],
  164: [[0xa1, 0xf3]],
  165: [[0xa1, 0xf6]],
  166: [
    [0xa1, 0xb8],
    [0xc1, 0xd8],
  ],
  167: [
    [0xa1, 0xc1],
    [0xd1, 0xf1],
  ],
  168: [
    [0xa1, 0xba],
    [0xc5, 0xe9],
  ],
  169: [[0xa4, 0xef]],
  215: [[0xa1, 0xf9]],
};

function isInGb2312(row: number, column: number): boolean {
  if (column < 0xa1 || column > 0xfe) return false;
  const parts = partsOfRow[row];
  if (parts !== undefined) return parts.some(([first, last]) => column >= first && column <= last);
  return (row >= 0xa1 && row <= 0xa9) || (row >= 0xb0 && row <= 0xf7);
}

/**
 * The bytes of one character, or `undefined` where the encoding does not have it. Control characters are none: they
 * would be commands to many a board.
 */
export function encodeCharacter(character: string, encoding: TextEncoding): Uint8Array | undefined {
  if (/^[\x20-\x7e]$/.test(character)) return Uint8Array.of(character.charCodeAt(0));
  if (encoding === 'ascii' || /^[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]$/u.test(character))
    return undefined;
  if (encoding === 'utf-8') return new Uint8Array(Buffer.from(character, 'utf8'));
  const bytes = encoder().encode(character, 'gbk');
  if (bytes.length !== 2) return undefined;
  if (encoding === 'gb2312' && !isInGb2312(bytes[0]!, bytes[1]!)) return undefined;
  return new Uint8Array(bytes);
}

/** `text` with `?` for each character that the encoding does not have. */
export function showableText(text: string, encoding: TextEncoding): string {
  return Array.from(text, (character) =>
    encodeCharacter(character, encoding) === undefined ? replacement : character,
  ).join('');
}

/**
 * The bytes of `text`, `?` for what the encoding does not have; of what is longer than `mostBytes`, as many whole
 * characters as fit.
 */
export function encodeText(
  text: string,
  encoding: TextEncoding,
  mostBytes = Number.POSITIVE_INFINITY,
): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const next = encodeCharacter(character, encoding) ?? [replacement.charCodeAt(0)];
    if (bytes.length + next.length > mostBytes) break;
    bytes.push(...next);
  }
  return Uint8Array.from(bytes);
}
