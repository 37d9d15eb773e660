import type { Clock } from '../../kernel/clock.js';
import type { EventCounts } from './model.js';

/** A number that is missing for less than this may still be on its way. */
const onTheWayMilliseconds = 5_000;
/** Events of which the id is remembered. */
const rememberedEvents = 5_000;

interface Gap {
  from: number;
  to: number;
  readonly sinceMilliseconds: number;
}

/**
 * Counts what is missing and what came twice, from the sequence numbers and ids of events alone. It expects to have
 * listened from number 1 on. Events of another store than the first one are not its affair.
 */
export class SequenceCheck {
  #store: string | undefined;
  #highest = 0;
  #gaps: Gap[] = [];
  #doubled = 0;
  #again = 0;
  readonly #idOf = new Map<number, string>();
  readonly #numberOf = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Takes an event in. False for one that need not be told again, or is not of this store. */
  take(store: string, sequence: number, id: string): boolean {
    this.#store ??= store;
    if (store !== this.#store) return false;
    const isNew = sequence > this.#highest || this.#fill(sequence);
    const sameNumber = this.#numberOf.get(id) === sequence;
    if (!isNew) {
      // Beyond what is remembered the benefit of the doubt goes to "again".
      if (sameNumber || !this.#idOf.has(sequence)) this.#again++;
      else this.#doubled++;
      return false;
    }
    if (this.#numberOf.has(id)) this.#doubled++;
    this.#remember(sequence, id);
    if (sequence > this.#highest + 1) {
      const sinceMilliseconds = this.clock.monotonicMilliseconds();
      this.#gaps.push({ from: this.#highest + 1, to: sequence - 1, sinceMilliseconds });
    }
    this.#highest = Math.max(this.#highest, sequence);
    return true;
  }

  get counts(): EventCounts {
    const settled = this.clock.monotonicMilliseconds() - onTheWayMilliseconds;
    const lost = this.#gaps
      .filter((gap) => gap.sinceMilliseconds <= settled)
      .reduce((sum, gap) => sum + gap.to - gap.from + 1, 0);
    return { sequence: this.#highest, lost, doubled: this.#doubled, again: this.#again };
  }

  /** True where the number was missing until now. */
  #fill(sequence: number): boolean {
    const gap = this.#gaps.find(({ from, to }) => from <= sequence && sequence <= to);
    if (gap === undefined) return false;
    const rest = [
      { ...gap, to: sequence - 1 },
      { ...gap, from: sequence + 1 },
    ].filter(({ from, to }) => from <= to);
    this.#gaps = [...this.#gaps.filter((one) => one !== gap), ...rest];
    return true;
  }

  #remember(sequence: number, id: string): void {
    this.#idOf.set(sequence, id);
    this.#numberOf.set(id, sequence);
    if (this.#idOf.size <= rememberedEvents) return;
    const [oldest, oldestId] = this.#idOf.entries().next().value as [number, string];
    this.#idOf.delete(oldest);
    this.#numberOf.delete(oldestId);
  }
}
