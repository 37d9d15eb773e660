import { requirePackage } from './require.js';

const { distance } = requirePackage('fastest-levenshtein') as typeof import('fastest-levenshtein');

/** The name most likely meant by what was written, if one is near enough (two letters, or a third of them). */
export function nearName(written: string, names: readonly string[]): string | undefined {
  const allowed = Math.max(written.length > 2 ? 2 : 1, Math.floor(written.length / 3));
  return names
    .map((name) => ({ name, away: distance(written.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= allowed)
    .sort((a, b) => a.away - b.away)[0]?.name;
}
