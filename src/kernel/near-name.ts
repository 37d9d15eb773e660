/** What was most likely meant by a name that nobody knows: the one way in which all complaints say so. */
import { requirePackage } from './require.js';

const { distance } = requirePackage('fastest-levenshtein') as typeof import('fastest-levenshtein');

/** The name most likely meant, if one is near enough (two letters, or a third of them). */
function nearName(written: string, names: readonly string[]): string | undefined {
  const allowed = Math.max(written.length > 2 ? 2 : 1, Math.floor(written.length / 3));
  return names
    .filter((name) => Math.abs(name.length - written.length) <= allowed)
    .map((name) => ({ name, away: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= allowed)
    .sort((a, b) => a.away - b.away)[0]?.name;
}

/** The end of a complaint about `written`: `; did you mean "near"?`, or `otherwise` where no name is near. */
export function nearHint(written: string, names: readonly string[], otherwise = ''): string {
  const near = nearName(written, names);
  return near === undefined ? otherwise : `; did you mean "${near}"?`;
}

/** The same, with all names where none is near. */
export function knownHint(written: string, names: readonly string[]): string {
  return nearHint(written, names, `; known: ${names.join(', ')}`);
}
