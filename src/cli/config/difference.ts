/** The difference of two configurations, by path. Pure. */
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { Json } from '../../kernel/json.js';
import { isMapping } from '../../kernel/json.js';
import type { Mapping } from './document.js';

/** One difference; `before` is absent where something was added, `after` where it was taken away. */
export interface Difference {
  /** Keys from the document down; never empty. A list is one value: it has no path inside. */
  readonly path: readonly string[];
  readonly before?: Json;
  readonly after?: Json;
}

/**
 * What to change in `before` to have `after`, in the order of the sections of `after`, then of what is only in
 * `before`. The order of keys is no difference, that of a list is. Doing all of it to `before` gives `after`.
 */
export function differencesOf(before: Mapping, after: Mapping): Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

function compare(before: Mapping, after: Mapping, path: readonly string[], found: Difference[]): void {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  for (const key of keys) {
    const [old, now] = [ownOf(before, key), ownOf(after, key)];
    const here = [...path, key];
    if (old === undefined) {
      if (now !== undefined) found.push({ path: here, after: now });
    } else if (now === undefined) found.push({ path: here, before: old });
    else if (isMapping(old) && isMapping(now)) compare(old, now, here, found);
    else if (canonicalJson(old) !== canonicalJson(now)) found.push({ path: here, before: old, after: now });
  }
}

function ownOf(mapping: Mapping, key: string): Json | undefined {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
