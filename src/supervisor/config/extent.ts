/**
 * How large a document may be before it is looked at more closely: checking it takes time and memory, and who pushes one
 * that has all too much of something must not bring down the board that refuses it.
 */
import { clip } from '../../kernel/clip.js';
import { type Problem, pathOf } from './problems.js';

/** Entries of one mapping or list. A board has one processor and a few hundred devices. */
const mostEntries = 1_000;
/** Values in the whole document. */
const mostValues = 40_000;
const mostNameCharacters = 100;
const mostTextCharacters = 4_096;
/** One is reason enough; a few help whoever has written it. */
const mostProblems = 10;

/**
 * What a document has too much of, and numbers that are none; empty where it may be checked. Its nesting is bounded
 * before, where it is parsed.
 * @param at path of the document itself
 */
export function extentProblems(document: unknown, at = ''): Problem[] {
  const problems: Problem[] = [];
  let values = 0;
  const found = (path: string, message: string) => {
    if (problems.length < mostProblems) problems.push({ path, message });
  };
  const look = (value: unknown, path: string): void => {
    if (problems.length >= mostProblems || ++values > mostValues) return;
    if (typeof value === 'string' && value.length > mostTextCharacters) {
      found(path, `found a text of ${value.length} characters, expected at most ${mostTextCharacters}`);
    } else if (typeof value === 'number' && !Number.isFinite(value)) {
      found(path, 'found a number that is too large, or none');
    } else if (typeof value === 'object' && value !== null) {
      lookInto(Object.entries(value), path);
    }
  };
  const lookInto = (entries: readonly [string, unknown][], path: string): void => {
    if (entries.length > mostEntries) {
      found(path, `found ${entries.length} entries, expected at most ${mostEntries}`);
      return;
    }
    for (const [key, value] of entries) {
      const name = pathOf(path, clip(key, mostNameCharacters));
      if (key.length > mostNameCharacters) {
        found(name, `found a name of ${key.length} characters, expected at most ${mostNameCharacters}`);
      } else look(value, name);
    }
  };
  look(document, at);
  if (values > mostValues) found(at, `found more than ${mostValues} values: that is no configuration`);
  return problems;
}
