/** Chance that can be repeated: the same seed gives the same day in the hall. */

/**
 * A generator of numbers from 0 (inclusive) to 1 (exclusive): 32 bits of state that grow by the golden ratio's
 * odd multiple (Weyl), each mixed by multiply and shift. Good enough for visitors, not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** A number from `low` to `high`. */
export function between(random: () => number, low: number, high: number): number {
  return low + (high - low) * random();
}
