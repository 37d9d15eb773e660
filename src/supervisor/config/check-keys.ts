/**
 * Checks every key of a document for names that JavaScript keeps for itself: schemas pass over them without a word, so
 * that a queue called `constructor` would not be there, and nobody told.
 */
import { type Problem, pathOf } from './problems.js';

const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Adds a problem for each reserved key that nothing else has been said of.
 * @param value of bounded size (`extent.ts`), as its nesting is where it was parsed
 */
export function checkKeys(value: unknown, problems: Problem[], path = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    const at = pathOf(path, key);
    if (!reserved.has(key)) checkKeys(entry, problems, at);
    else if (!problems.some((problem) => problem.path === at)) {
      problems.push({ path: at, message: `the name "${key}" is reserved; choose another` });
    }
  }
}
