/**
 * A document that ran with another version of Hallward, as far as this version knows it: what it does not know is left
 * out, for a hall with one device less is better than none.
 */

import { isMapping } from '../../kernel/json.js';
import type { Problem } from '../config/problems.js';

type Mapping = Readonly<Record<string, unknown>>;

/** Sections whose entries can be left out one by one. */
const byEntry = ['buses', 'devices'];
/** A document is looked at this often at most: each time something is left out. */
const mostRounds = 50;

/**
 * Leaves out what `problemsOf` complains of, until nothing is left to complain of.
 * @returns the document and the paths that were left out; `undefined` where that leads nowhere
 */
export function knownPartOf(
  document: Mapping,
  problemsOf: (document: Mapping) => readonly Problem[],
): { readonly document: Mapping; readonly leftOut: readonly string[] } | undefined {
  const leftOut: string[] = [];
  let known = document;
  for (let round = 0; round < mostRounds; round++) {
    const problems = problemsOf(known);
    if (problems.length === 0) return { document: known, leftOut };
    const before = leftOut.length;
    for (const { path } of problems) {
      const keys = placeOf(known, path.split('.'));
      if (keys === undefined) continue;
      known = without(known, keys);
      leftOut.push(keys.join('.'));
    }
    if (leftOut.length === before) return undefined;
  }
  return undefined;
}

/** What to leave out because of a problem: a device, a bus, or a key of a section; never hall and controller. */
function placeOf(document: Mapping, path: readonly string[]): readonly string[] | undefined {
  const [section = '', entry = ''] = path;
  if (!(section in document) || section === 'hall' || section === 'controller') return undefined;
  const value = document[section];
  const hasEntry = path.length > 1 && isMapping(value) && entry in value;
  if (hasEntry) return [section, entry];
  // A whole section of devices goes only where it is none.
  return byEntry.includes(section) && isMapping(value) ? undefined : [section];
}

function without(document: Mapping, [key = '', ...rest]: readonly string[]): Mapping {
  const { [key]: inner, ...others } = document;
  return rest.length === 0 ? others : { ...others, [key]: without(inner as Mapping, rest) };
}
