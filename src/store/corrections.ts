/** Untrusted times that became known later: which events get how much added when they are read. */
import { correctEnvelope, type Entry } from './envelope.js';

interface Correction {
  readonly first: number;
  readonly last: number;
  readonly addMilliseconds: number;
}

/** Key of the state that they are kept under. */
export const correctionsKey = 'store/time';
/** So many corrections are remembered; each start without a trusted clock needs one. */
const remembered = 32;

export class Corrections {
  #all: readonly Correction[];
  /** Corrections that are not recorded yet, oldest first. */
  #unrecorded: Correction[] = [];

  /** @param recorded the value in the state, as JSON text */
  constructor(recorded: string | undefined) {
    this.#all = recorded === undefined ? [] : JSON.parse(recorded);
  }

  /** The last event that has a correction already. */
  get lastSequence(): number {
    return this.#all.at(-1)?.last ?? 0;
  }

  /** Notes one and returns what is to be put into the state. */
  add(correction: Correction): string {
    this.#all = [...this.#all, correction].slice(-remembered);
    this.#unrecorded.push(correction);
    return JSON.stringify(this.#all);
  }

  /** The oldest unrecorded one is recorded now: its events may leave. */
  recorded(): void {
    this.#unrecorded.shift();
  }

  /** From this event on nothing may leave yet. */
  get heldFrom(): number {
    return this.#unrecorded[0]?.first ?? Number.POSITIVE_INFINITY;
  }

  apply(event: Entry): Entry {
    for (const { first, last, addMilliseconds } of this.#all) {
      if (event.sequence >= first && event.sequence <= last) return correctEnvelope(event, addMilliseconds);
    }
    return event;
  }
}
