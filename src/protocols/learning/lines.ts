/** Keypads that send text: which part of a line says the window, the level, the card. */
import type { LineField } from '../serial-lines.js';
import { compileLinePattern } from '../serial-lines.js';

/** What a line is proposed to be. */
interface LearnedLines {
  /** A template of `serial-lines`. */
  readonly pattern: string;
  readonly fields: readonly LineField[];
  /** A number that was the same in all lines and stands before the level: a window, perhaps. */
  readonly perhapsWindow: string | null;
}

export interface KnownLine {
  readonly text: string;
  /** The level whose button was pressed, where it is known. */
  readonly level?: string;
}

const cardDigits = /^\d{4,20}$/;
const name = /^[A-Za-z0-9-]{1,40}$/;

/** The lines of a burst, without their ends; `undefined` where it is no text that ends with CR or LF. */
export function linesOfText(bytes: Uint8Array): string[] | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  if (!/^[\x20-\x7e\r\n]+[\r\n]$/.test(text)) return undefined;
  const lines = text.split(/[\r\n]+/).filter((line) => line !== '');
  return lines.length === 0 ? undefined : lines;
}

/**
 * The pattern of an evaluator's lines. All must be alike but for whole words of letters and digits, and one of these
 * must be the level (the key's name where that is known, else 1 to 5 and at least two of them). Another one that
 * differs is the window. `null` where it is not so.
 */
export function learnRatingLines(lines: readonly KnownLine[]): LearnedLines | null {
  const split = wordsOf(lines.map(({ text }) => text));
  if (split === null) return null;
  const { words, changing } = split;
  const isLevel = (place: number) =>
    lines.every(({ level }, line) =>
      level === undefined ? /^[1-5]$/.test(words[line]![place]!) : words[line]![place] === level,
    );
  const level = changing.filter(isLevel).at(-1);
  if (level === undefined || changing.length > 2) return null;
  const window = changing.find((place) => place !== level);
  if (window !== undefined && !words.every((line) => name.test(line[window]!))) return null;
  const numbers = words[0]!.filter((word, place) => place < level && /^\d{1,3}$/.test(word));
  return learned(words[0]!, window === undefined ? { level } : { level, window }, numbers.at(-1) ?? null);
}

/** The pattern of a card reader's lines: alike but for one number of at least four digits. `null` where not. */
export function learnCardLines(texts: readonly string[]): LearnedLines | null {
  const split = wordsOf(texts);
  if (split === null) return null;
  const { words } = split;
  // The same card twice shows nothing of where its number is, unless there is nothing else.
  const changing = split.changing.length === 0 && words[0]!.length === 1 ? [0] : split.changing;
  const [staff, ...others] = changing;
  if (staff === undefined || others.length > 0) return null;
  if (!words.every((line) => cardDigits.test(line[staff]!))) return null;
  return learned(words[0]!, { staff }, null);
}

function learned(
  words: readonly string[],
  places: Partial<Record<LineField, number>>,
  perhapsWindow: string | null,
): LearnedLines | null {
  const fields = Object.entries(places) as [LineField, number][];
  const pattern = words
    .map((word, place) => {
      const field = fields.find(([, at]) => at === place);
      return field === undefined ? word : `{${field[0]}}`;
    })
    .join('');
  try {
    return {
      pattern,
      fields: compileLinePattern(pattern).fields,
      perhapsWindow: 'window' in places ? null : perhapsWindow,
    };
  } catch {
    return null; // braces or two fields without anything between them
  }
}

/** Lines cut into words and what is between them; which of the words differ. `null` where their form differs. */
function wordsOf(texts: readonly string[]): { words: string[][]; changing: number[] } | null {
  const words = texts.map((text) => text.split(/([A-Za-z0-9]+)/).filter((part) => part !== ''));
  const [first, ...others] = words;
  if (first === undefined || others.some((line) => line.length !== first.length)) return null;
  const changing = [...first.keys()].filter((place) => others.some((line) => line[place] !== first[place]));
  const isWord = (part: string) => /^[A-Za-z0-9]+$/.test(part);
  if (!changing.every((place) => words.every((line) => isWord(line[place]!)))) return null;
  return { words, changing };
}
