/**
 * Text as a Chinese ESC/POS printer takes it: GB18030 in Chinese mode, two columns for a Chinese character, no
 * character that the printer would take for a command.
 *
 * FS & (1C 26) enters Chinese mode and FS . (1C 2E) leaves it: Epson, "ESC/POS Command Reference", Kanji commands.
 */
import { requirePackage } from '../kernel/require.js';

const enterChinese = [0x1c, 0x26];
const leaveChinese = [0x1c, 0x2e];
const replacement = '?';

/** The encoder, loaded when the first ticket is composed. */
const encoder = () => requirePackage('iconv-lite') as typeof import('iconv-lite');

/** Everything that could be a command, a line of its own or a change of the writing direction is gone. */
export function printableText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\t\u2028\u2029]|\r\n?|\n/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Variation_Selector}]/gu, '');
}

/** One printed character: its bytes, and the columns that it takes at normal size. */
interface Glyph {
  readonly bytes: Uint8Array;
  readonly columns: number;
}

/**
 * A printer's font is the two-byte part of GB18030, and of the four-byte part CJK Extension A, which the standard
 * demands; anything else (emoji, rarer ideographs) has no glyph and becomes `?`.
 */
function glyphOf(character: string): Glyph {
  const bytes = encoder().encode(character, 'gb18030');
  if (bytes.length === 1) return { bytes, columns: 1 };
  if (bytes.length === 2 || /^[\u3400-\u4dbf]$/.test(character)) return { bytes, columns: 2 };
  return { bytes: encoder().encode(replacement, 'ascii'), columns: 1 };
}

/** Columns that `text` takes at normal size. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of printableText(text)) columns += glyphOf(character).columns;
  return columns;
}

/**
 * The bytes of one line of text, without its line feed. Chinese mode is entered only where the text needs it, and
 * left again: ASCII must come out right on a printer that is in either mode before.
 */
export function encodeText(text: string): Uint8Array {
  const bytes: number[] = [];
  let needsChinese = false;
  for (const character of printableText(text)) {
    const glyph = glyphOf(character);
    needsChinese ||= glyph.bytes.length > 1;
    bytes.push(...glyph.bytes);
  }
  return Uint8Array.from(needsChinese ? [...enterChinese, ...bytes, ...leaveChinese] : bytes);
}

/**
 * Breaks `text` into lines of at most `columns` columns, at spaces where there are some; at most `limit` lines, the
 * last of which ends in `...` where something was left out.
 */
export function wrapText(text: string, columns: number, limit: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  // At most what could ever fit: a text of a million characters costs no more than one that fills its lines.
  for (const character of printableText(text.slice(0, 4 * columns * (limit + 1))).trim()) {
    const { columns: wide } = glyphOf(character);
    if (width + wide > columns) {
      const space = line.lastIndexOf(' ');
      const cut = character === ' ' || space <= 0 ? line.length : space;
      lines.push(line.slice(0, cut).trimEnd());
      line = line.slice(cut).trimStart();
      width = columnsOf(line);
      if (lines.length > limit) break;
      if (line === '' && character === ' ') continue;
    }
    line += character;
    width += wide;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  if (lines.length <= limit) return lines;
  return [...lines.slice(0, limit - 1), shorten(lines[limit - 1]!, columns)];
}

function shorten(line: string, columns: number): string {
  const characters = [...line];
  const dots = '.'.repeat(Math.min(3, columns));
  while (columnsOf(characters.join('')) > columns - dots.length) characters.pop();
  return `${characters.join('').trimEnd()}${dots}`;
}
