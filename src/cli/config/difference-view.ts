/** A difference as lines for a person. */
import type { Json } from '../../kernel/json.js';
import { isMapping } from '../../kernel/json.js';
import type { Language } from '../../kernel/text.js';
import { type Colour, paint } from '../colour.js';
import { table } from '../columns.js';
import { escapeUnsafe } from '../safe-text.js';
import type { Difference } from './difference.js';

/** A value longer than this is cut, and its length said. */
const longestValueCharacters = 400;

/**
 * `+` for what was added, `-` for what was taken away, `~` for what was changed; the sections apart, the values of a
 * section under one another.
 */
export function differenceLines(
  differences: readonly Difference[],
  { colour, language }: { readonly colour: boolean; readonly language: Language },
): string[] {
  return sectionsOf(differences).flatMap((ofSection, index) => {
    const rows = ofSection.map((one) => [
      `${signOf(one)} ${pathWords(one.path)}:`,
      valueWords(one, language),
    ]);
    const lines = table(rows, 1).map((line) => paint(line, colours[line[0] as keyof typeof colours], colour));
    return index === 0 ? lines : ['', ...lines];
  });
}

/** Those of one section together, in the order in which the sections first come. */
function sectionsOf(differences: readonly Difference[]): Difference[][] {
  const sections = new Map<string, Difference[]>();
  for (const one of differences) {
    const section = one.path[0] ?? '';
    sections.set(section, [...(sections.get(section) ?? []), one]);
  }
  return [...sections.values()];
}

const colours: Readonly<Record<'+' | '-' | '~', Colour>> = { '+': 'green', '-': 'red', '~': 'yellow' };

function signOf({ before, after }: Difference): '+' | '-' | '~' {
  return before === undefined ? '+' : after === undefined ? '-' : '~';
}

function valueWords({ before, after }: Difference, language: Language): string {
  if (before === undefined) return shown(after ?? null, language);
  if (after === undefined) return shown(before, language);
  if (isList(before) && isList(after)) return listWords(before, after, language);
  return `${shown(before, language)} -> ${shown(after, language)}`;
}

/** Of long lists what came and what went, rather than both lists. */
function listWords(before: readonly Json[], after: readonly Json[], language: Language): string {
  if (Math.max(before.length, after.length) > 3) {
    const [old, now] = [before, after].map((list) => new Set(list.map((item) => JSON.stringify(item))));
    const came = [...now!].filter((item) => !old!.has(item)).map((item) => `+ ${escapeUnsafe(item)}`);
    const went = [...old!].filter((item) => !now!.has(item)).map((item) => `- ${escapeUnsafe(item)}`);
    const words = [...went, ...came].join('  ');
    if (words !== '' && words.length <= longestValueCharacters) return words;
  }
  return `${shown(before, language)} -> ${shown(after, language)}`;
}

/** `devices.board-5.address`; a key with anything unusual in it stands in quotes. */
function pathWords(path: readonly string[]): string {
  return path.map((key) => (/^[\w-]+$/.test(key) ? key : escapeUnsafe(JSON.stringify(key)))).join('.');
}

/** One value on one line, as YAML would have it in braces. */
function shown(value: Json, language: Language): string {
  const words = escapeUnsafe(flow(value));
  if (words.length <= longestValueCharacters) return words;
  const all = language === 'en' ? `(${words.length} characters)` : `（共 ${words.length} 个字符）`;
  return `${words.slice(0, longestValueCharacters)}… ${all}`;
}

function flow(value: Json): string {
  if (isList(value)) return `[${value.map(flow).join(', ')}]`;
  if (!isMapping(value)) return typeof value === 'string' ? text(value) : JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, entry]) => `${text(key)}: ${flow(entry)}`)
    .join(', ')} }`;
}

/** Quotes only where YAML would need them: a word is a word, `"5"` is not 5. */
function text(value: string): string {
  return /^[a-z][\w.-]*$/i.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
