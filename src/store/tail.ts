import type { Entry } from './envelope.js';

/** The newest events in memory, so that a hub that keeps up never causes a read from storage. */
export class Tail {
  #events: Entry[] = [];
  /** Events before this index are let go already; the array is cut now and then. */
  #start = 0;
  #bytes = 0;

  /**
   * @param limitBytes bound on the events' size
   * @param floor every event after this sequence is in here
   */
  constructor(
    private readonly limitBytes: number,
    public floor: number,
  ) {}

  /** Adds the newest event. Of the oldest those give way that are in storage: up to `stored`. */
  push(event: Entry, stored: number): void {
    this.#events.push(event);
    this.#bytes += event.bytes;
    this.trim(stored);
  }

  /** Keeps to the bound, but lets nothing go that is only in memory. */
  trim(stored: number): void {
    while (this.#bytes > this.limitBytes) {
      const oldest = this.#events[this.#start];
      if (oldest === undefined || oldest.sequence > stored) break;
      this.#bytes -= oldest.bytes;
      this.floor = Math.max(this.floor, oldest.sequence);
      this.#start++;
    }
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Replaces events by what `change` makes of them; those it makes `undefined` of are let go. */
  update(change: (event: Entry) => Entry | undefined): void {
    const events: Entry[] = [];
    this.#bytes = 0;
    for (let index = this.#start; index < this.#events.length; index++) {
      const event = change(this.#events[index]!);
      if (event === undefined) continue;
      events.push(event);
      this.#bytes += event.bytes;
    }
    this.#events = events;
    this.#start = 0;
  }

  /** The event, or the first one after it. */
  find(sequence: number): Entry | undefined {
    return this.#events[this.#indexOf(sequence)];
  }

  /** Events from the newest to the oldest. */
  *backwards(): Generator<Entry> {
    for (let index = this.#events.length - 1; index >= this.#start; index--) yield this.#events[index]!;
  }

  /** As an array with the index of the first event from a sequence on: for quick walks without a yield. */
  slice(sequence: number): { readonly events: readonly Entry[]; readonly start: number } {
    return { events: this.#events, start: this.#indexOf(sequence) };
  }

  #indexOf(sequence: number): number {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
