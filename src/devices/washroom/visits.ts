import type { Clock } from '../../kernel/clock.js';
import type { Reading } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { Passages } from '../parts/passages.js';
import type { Presence } from '../parts/presence-part.js';
import type { VisitCount } from './visit-count.js';
import { washroomParts } from './washroom-parts.js';
import type { WashroomPeriod } from './washroom-period.js';

/** Who is seen again within this time has not left. */
const quietMilliseconds = 60_000;

/** The parts that know of people: those at the door, and a radar inside. */
export class Visits {
  readonly #hasDoor: boolean;
  readonly #hasRadar: boolean;
  /** What counts visits tells something now. */
  #counts = false;
  /** Somebody is inside; `null`: not known. */
  #inside: boolean | null = null;
  #leftAt = 0;

  constructor(
    parts: Parts,
    private readonly count: VisitCount,
    private readonly period: WashroomPeriod,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {
    this.#hasDoor = parts.has('visitors');
    this.#hasRadar = parts.has('presence');
    parts.sensor('visitors', washroomParts.visitors, {
      values: (passages) => this.#passed(passages),
      unknown: () => this.#doorUnknown(),
    });
    parts.sensor('presence', washroomParts.presence, {
      values: (presence) => this.#sees(presence),
      unknown: () => this.#radarUnknown(),
    });
  }

  /** Visits since the last cleaning; `null` while nobody counts. */
  get sinceCleaned(): number | null {
    return this.#counts ? this.count.sinceCleaned : null;
  }

  /** As `sinceCleaned`, but also what was counted before the sensor was lost; `null` where none is there. */
  get counted(): number | null {
    return this.#hasDoor || this.#hasRadar ? this.count.sinceCleaned : null;
  }

  get readings(): Readonly<Record<string, Reading>> {
    const counted = {
      visitsToday: this.#counts ? this.count.today : null,
      visitsSinceCleaned: this.sinceCleaned,
    };
    return {
      ...(this.#hasDoor || this.#hasRadar ? counted : {}),
      ...(this.#hasRadar ? { inside: this.#inside } : {}),
    };
  }

  get #now(): number {
    return this.clock.monotonicMilliseconds();
  }

  #passed(passages: Passages): void {
    this.#counts = true;
    this.period.saw('visitors', 0, this.#now);
    this.period.visits += this.count.passed(passages);
    this.changed();
  }

  #doorUnknown(): void {
    this.#counts = false;
    this.period.saw('visitors', null, this.#now);
    this.changed();
  }

  #sees({ present }: Presence): void {
    this.period.saw('presence', present ? 1 : 0, this.#now);
    if (!this.#hasDoor) this.#counts = true;
    if (present === this.#inside) return;
    const isNew = this.#inside === false && this.#now - this.#leftAt >= quietMilliseconds;
    if (!present) this.#leftAt = this.#now;
    this.#inside = present;
    if (present && isNew && !this.#hasDoor) this.period.visits += this.count.visited(1);
    this.changed();
  }

  #radarUnknown(): void {
    this.#inside = null;
    if (!this.#hasDoor) this.#counts = false;
    this.period.saw('presence', null, this.#now);
    this.changed();
  }
}
