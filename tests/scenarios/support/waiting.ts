/** Waiting for what must come; how long it took is never asserted, only that it came. */

/** Looks every 10 ms until `found` gives something; fails after `seconds` with `words`. */
export async function waitFor<T>(
  words: string,
  found: () => T | undefined | false | null | Promise<T | undefined | false | null>,
  seconds = 20,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const value = await found();
    if (value !== undefined && value !== false && value !== null) return value;
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain: ${words}`);
    await pause(10);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
