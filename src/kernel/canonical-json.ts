import { requirePackage } from './require.js';

type Canonicalize = (value: unknown) => string | undefined;

/**
 * The canonical JSON text of a value (RFC 8785): one text for one content, whatever the order of the keys and the
 * blanks. For what is hashed or signed.
 * @param value JSON, as `JSON.parse` gives it
 */
export function canonicalJson(value: unknown): string {
  // Only here: most processes of a hall never hash anything.
  return (requirePackage('canonicalize') as Canonicalize)(value) ?? 'null';
}
