/** Lines of a terminal as pieces of styled text, measured in cells. */
import { styleText } from 'node:util';
import stringWidth from 'string-width';
import { fitCells } from '../columns.js';

export type Style = Parameters<typeof styleText>[0];

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Span[];

export function span(text: string, style?: Style): Span {
  return style === undefined ? { text } : { text, style };
}

/** `text` filled or cut to exactly `cells`. */
export function cell(text: string, cells: number, style?: Style): Span {
  return span(fitCells(printable(text), cells), style);
}

/** What came from outside must not move the cursor or turn the text around. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/** The line as text of at most `columns` cells; without `colour` as plain text. */
export function renderLine(line: Line, columns: number, colour: boolean): string {
  let left = columns;
  let text = '';
  for (const { text: raw, style } of line) {
    if (left <= 0) break;
    const whole = printable(raw);
    const shown = stringWidth(whole) > left ? fitCells(whole, left) : whole;
    left -= stringWidth(shown);
    text += colour && style !== undefined ? styleText(style, shown, { validateStream: false }) : shown;
  }
  return text;
}

/** Breaks text into lines of at most `cells`, at blanks where there are any, else between characters. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  // Kept beside the line: measuring the whole line for each piece takes milliseconds for a long text.
  let used = 0;
  // A word, or a single character of a script that is written without blanks; each with the blanks after it.
  for (const piece of printable(text).match(
    /[\u2e80-\u9fff\uff00-\uffef]\s*|[^\s\u2e80-\u9fff\uff00-\uffef]+\s*/gu,
  ) ?? []) {
    const word = piece.trimEnd();
    const width = stringWidth(word);
    if (line !== '' && used + width > cells) {
      lines.push(line.trimEnd());
      line = '';
      used = 0;
    }
    line += piece;
    used += width + piece.length - word.length;
  }
  return line === '' ? lines : [...lines, line.trimEnd()];
}
