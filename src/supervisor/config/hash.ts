import { createHash } from 'node:crypto';

/** SHA-256 over a document with its keys in order, in hex: key order and comments do not count. */
export function hashOf(document: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(document)) ?? '')
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const mapping = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.keys(mapping)
      .sort()
      .map((key) => [key, sorted(mapping[key])]),
  );
}
