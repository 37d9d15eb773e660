import type { Evidence } from '../../kernel/errors.js';
import type { DeviceContext } from '../kind.js';
import type { EntranceOptions } from './entrance-options.js';
import type { Band, PeopleCount } from './people-count.js';

/** Below this share of the capacity the hall is not crowded any more. */
const relievedShare = 0.9;
/** The sums in and out don't fit where they differ by so many people, and by this share of the passages. */
const unbalancedPeople = 10;
const unbalancedShare = 0.2;

const codes = ['entrance.crowded', 'entrance.nothing-counted', 'entrance.unbalanced'] as const;

/** Keeps the faults of an entrance true. */
export class EntranceFaults {
  readonly #standing = new Set<string>();
  #quietMilliseconds = 0;
  /** The hall has business hours: without any it would never close. */
  #hasClosed = false;
  /** At the end of the period before. */
  #wasOpen = false;

  constructor(
    private readonly options: EntranceOptions,
    private readonly context: DeviceContext,
  ) {}

  /** What an earlier life of the device raised is over. */
  start(): void {
    for (const code of codes) this.context.reports.clear(code);
  }

  passed(): void {
    this.#quietMilliseconds = 0;
    this.#set('entrance.nothing-counted', undefined);
  }

  /** The people inside now, `null` where that is not known: then a full hall stays full. */
  people(band: Band | null, count: PeopleCount): void {
    const { capacity } = this.options;
    if (band !== null && capacity !== undefined) {
      const { low, median: people, high } = band;
      if (people < relievedShare * capacity) this.#set('entrance.crowded', undefined);
      else if (people >= capacity) this.#begin('entrance.crowded', { people, low, high, capacity });
    }
    const { corrected, entered, left } = count.state;
    if (isTooMuch(corrected, count)) this.#begin('entrance.unbalanced', { entered, left });
  }

  /**
   * A period has ended.
   * @param isWatched all doors were watched all the time
   */
  period(milliseconds: number, passages: number, isWatched: boolean): void {
    const { isOpen, clock } = this.context;
    if (!isOpen()) {
      this.#hasClosed = true;
      this.#wasOpen = false;
      this.#quietMilliseconds = 0;
      return;
    }
    const wasOpen = this.#wasOpen;
    this.#wasOpen = true;
    if (!wasOpen || !this.#hasClosed || passages > 0 || !isWatched) return;
    if (clock.quality() === 'untrusted') return;
    this.#quietMilliseconds += milliseconds;
    const limit = this.options.quietMinutes;
    const minutes = Math.round(this.#quietMilliseconds / 60_000);
    if (limit > 0 && minutes >= limit) this.#set('entrance.nothing-counted', { minutes });
  }

  /**
   * By night nobody is inside: so the day has counted well, or not.
   * @param isWatched all doors are watched now: what passed one that is not explains as much
   */
  emptied(count: PeopleCount, isWatched: boolean): void {
    this.#set('entrance.crowded', undefined);
    const { entered, left, base, corrected } = count.state;
    if (base === null || !isWatched) return;
    const over = Math.max(corrected, base + entered - left);
    this.#set('entrance.unbalanced', isTooMuch(over, count) ? { entered, left } : undefined);
  }

  /** Raises a fault that does not stand yet; its figures are those of then, for they change with every passage. */
  #begin(code: (typeof codes)[number], evidence: Evidence): void {
    if (!this.#standing.has(code)) this.#set(code, evidence);
  }

  #set(code: (typeof codes)[number], evidence: Evidence | undefined): void {
    const { reports } = this.context;
    if (evidence === undefined) {
      if (this.#standing.delete(code)) reports.clear(code);
      return;
    }
    this.#standing.add(code);
    reports.raise(code, evidence);
  }
}

/** What may have passed while nobody counted explains as many. */
function isTooMuch(difference: number, count: PeopleCount): boolean {
  const people = difference - count.state.missed;
  return people >= unbalancedPeople && people >= unbalancedShare * count.passages;
}
