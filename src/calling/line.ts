/** A place in a line. */
export interface Entry {
  readonly id: string;
  readonly order: number;
}

/** Who is before whom: by their orders; the same order, which nothing gives out on purpose, is settled by id. */
export function compareEntries(a: Entry, b: Entry): number {
  if (a.order !== b.order) return a.order - b.order;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * Who waits in one line, in order. Adding at the end, taking the first and taking anyone out cost the same however
 * many wait: who leaves is only marked, and the marks are swept when they are the larger part.
 */
export class Line {
  #entries: Entry[] = [];
  readonly #left = new Set<string>();
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head - this.#left.size;
  }

  /** The first in line. */
  get first(): Entry | undefined {
    return this.#entries[this.#head];
  }

  /** Puts somebody in at the place that `order` says: nearly always the end. */
  add(id: string, order: number): void {
    if (this.#left.has(id)) this.#sweep();
    const entry = { id, order };
    let place = this.#entries.length;
    while (place > this.#head && compareEntries(this.#entries[place - 1]!, entry) > 0) place--;
    if (place === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(place, 0, entry);
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
  *[Symbol.iterator](): Generator<Entry> {
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
