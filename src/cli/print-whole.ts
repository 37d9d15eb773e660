/** Writes a whole text to stdout, also one that is longer than a pipe holds. Resolves when it is written. */
export function printWhole(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
