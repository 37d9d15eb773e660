/** The few who want to know of one thing that one owner says. Not a bus: each owner has its own. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #all = new Set<(...args: Arguments) => void>();

  /** Returns the function that stops listening. */
  add(listener: (...args: Arguments) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(...args: Arguments): void {
    for (const listener of [...this.#all]) listener(...args);
  }

  get size(): number {
    return this.#all.size;
  }
}
