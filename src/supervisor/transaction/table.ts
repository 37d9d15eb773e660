/**
 * What is done with a desired configuration that arrives: by the highest revision seen and what became of it. The table
 * stands in docs/administration.md, too. Pure.
 */
import type { Judged } from './memory.js';

/**
 * - `take`: new, or interrupted before it was decided.
 * - `done`: it is in force, or was until a newer file took its place.
 * - `not-again`: it was rejected or rolled back.
 * - `stale`: a higher one was seen.
 * - `conflict`: another one with the same revision was seen.
 * - `too-high`: it would use up the numbers.
 */
export type Verdict = 'take' | 'done' | 'not-again' | 'stale' | 'conflict' | 'too-high';

/** Whoever counts milliseconds since 1970 stays far below; who wants to leave no numbers needs a thousand pushes. */
const largestStep = 2 ** 43;

/** One that ends the process each time it is applied is not tried for ever. */
const mostAttempts = 3;

/** @param highest what was seen with the highest revision so far; `null`: nothing */
export function judgeRevision(
  highest: Judged | null,
  { revision, contentHash }: { readonly revision: number; readonly contentHash: string },
): Verdict {
  if (revision > (highest?.revision ?? 0) + largestStep) return 'too-high';
  if (highest === null || revision > highest.revision) return 'take';
  if (revision < highest.revision) return 'stale';
  if (contentHash !== highest.contentHash) return 'conflict';
  if (highest.outcome === 'applied') return 'done';
  return mayBeTriedAgain(highest) ? 'take' : 'not-again';
}

/** It was not decided: the process ended while it was applied, but not too often. */
export function mayBeTriedAgain({ outcome, attempts }: Judged): boolean {
  return (outcome === 'applying' || outcome === 'interrupted') && attempts < mostAttempts;
}
