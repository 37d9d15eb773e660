/** Printing what is longer than a pipe holds. */

/**
 * Writes a whole text to stdout. Resolves when it is written, or when whoever read it (`| head`) has seen enough; that
 * is no mistake.
 */
export function printWhole(text: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    stdout.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve();
      else reject(error);
    });
    stdout.write(text, () => resolve());
  });
}
