/** How often a washroom was used: visits since it was cleaned, and today. No wire; the time is handed in. */
import { HallNight } from '../hall-night.js';
import type { Passages } from '../parts/passages.js';

const mostVisits = 1e9;

/** A day by the hall's own clock: the Unix time of its midnight, in milliseconds. */
const midnights = new HallNight(0);

interface LocalTime {
  /** Minutes since the hall's midnight. */
  readonly minutes: number;
  readonly wall: number;
}

interface DayVisits {
  readonly turn: number;
  readonly visits: number;
}

export class VisitCount {
  #sinceCleaned = 0;
  /** Passages without a direction, of those that are one visit together. */
  #openings = 0;
  #today = 0;
  /** The turn of the day that `#today` is of; `undefined` until the clock can be trusted. */
  #turn: number | undefined;
  #kept: DayVisits | null = null;

  /** @param openingsPerVisit a door opens for who comes in and for who goes out */
  constructor(private readonly openingsPerVisit: number) {}

  /** Somebody has passed; gives how many new visits that is. The first opening of a visit counts it. */
  passed({ entered, unknownDirection }: Passages): number {
    const openings = this.#openings + unknownDirection;
    const visits =
      Math.ceil(openings / this.openingsPerVisit) - Math.ceil(this.#openings / this.openingsPerVisit);
    this.#openings = openings % this.openingsPerVisit;
    return this.visited(entered + visits);
  }

  visited(visits: number): number {
    this.#sinceCleaned = Math.min(mostVisits, this.#sinceCleaned + visits);
    this.#today = Math.min(mostVisits, this.#today + visits);
    return visits;
  }

  cleaned(): void {
    this.#sinceCleaned = 0;
    this.#openings = 0;
  }

  /** Begins a new day where it is one; `null` where the clock can't be trusted. */
  look(time: LocalTime | null): void {
    if (time === null) return;
    const turn = midnights.lastTurn(time.wall, time.minutes);
    if (this.#turn === undefined) {
      const kept = this.#kept;
      if (kept !== null && !midnights.isOther(kept.turn, turn))
        this.#today = Math.min(mostVisits, this.#today + kept.visits);
      this.#kept = null;
    } else if (midnights.isOther(turn, this.#turn)) {
      this.#today = 0;
    }
    this.#turn = turn;
  }

  get sinceCleaned(): number {
    return this.#sinceCleaned;
  }

  /** `null` while nobody knows what day it is. */
  get today(): number | null {
    return this.#turn === undefined ? null : this.#today;
  }

  /** What is kept over a restart. */
  get kept(): {
    readonly visits: { readonly sinceCleaned: number; readonly openings: number };
    readonly today: DayVisits | null;
  } {
    const today = this.#turn === undefined ? this.#kept : { turn: this.#turn, visits: this.#today };
    return { visits: { sinceCleaned: this.#sinceCleaned, openings: this.#openings }, today };
  }

  resume({ visits, today }: VisitCount['kept']): void {
    this.#sinceCleaned = visits.sinceCleaned;
    this.#openings = visits.openings % this.openingsPerVisit;
    this.#kept = today;
  }
}
