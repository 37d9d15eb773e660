/**
 * Who waits in one line, in order. Adding at the end, taking the first and taking anyone out cost the same however
 * many wait: who leaves is only marked, and the marks are swept when they are the larger part.
 */
export class Line {
  #entries: { readonly id: string; readonly order: number }[] = [];
  readonly #left = new Set<string>();
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head - this.#left.size;
  }

  /** The first in line. */
  get first(): { readonly id: string; readonly order: number } | undefined {
    return this.#entries[this.#head];
  }

  /** Puts somebody in at the place that `order` says: nearly always the end. */
  add(id: string, order: number): void {
    if (this.#left.has(id)) this.#sweep();
    let place = this.#entries.length;
    while (place > this.#head && this.#entries[place - 1]!.order > order) place--;
    if (place === this.#entries.length) this.#entries.push({ id, order });
    else this.#entries.splice(place, 0, { id, order });
  }

  /** Takes out somebody who is in the line. */
  remove(id: string): void {
    this.#left.add(id);
    for (let first = this.first; first !== undefined && this.#left.delete(first.id); first = this.first) {
      this.#head++;
    }
    if (this.#head + this.#left.size > 64 && this.size * 2 < this.#entries.length) this.#sweep();
  }

  /** Everybody in order. */
  *[Symbol.iterator](): Generator<{ readonly id: string; readonly order: number }> {
    for (let place = this.#head; place < this.#entries.length; place++) {
      const entry = this.#entries[place]!;
      if (!this.#left.has(entry.id)) yield entry;
    }
  }

  #sweep(): void {
    this.#entries = [...this];
    this.#left.clear();
    this.#head = 0;
  }
}
