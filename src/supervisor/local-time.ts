/** The hall's own time: what its clock on the wall shows, and whether it is open. */
import { Calendar } from '../calling/calendar.js';
import type { Clock } from '../kernel/clock.js';
import { LocalDates } from '../kernel/local-dates.js';
import type { Configuration } from './config/schema.js';

export class LocalTime {
  /** Both made when first asked for: `Intl` takes 9 MiB. */
  #dates: LocalDates | undefined;
  #calendar: Calendar | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly configuration: () => Configuration,
  ) {}

  /** Minutes since local midnight; `null` while the clock can't be trusted. */
  minutes(): number | null {
    if (this.clock.quality() === 'untrusted') return null;
    return this.#localDates().minutesAt(this.clock.wallMilliseconds()) ?? null;
  }

  /** `2026-11-22 09:03`; `null` while the clock can't be trusted. */
  minute(): string | null {
    if (this.clock.quality() === 'untrusted') return null;
    return this.#localDates().minuteAt(this.clock.wallMilliseconds()) ?? null;
  }

  /** Whether it is within the opening hours now; always true without hours. */
  isOpen(): boolean {
    const { hours } = this.configuration();
    if (hours === undefined) return true;
    const dates = this.#localDates();
    if (this.#calendar?.hours !== hours || this.#calendar.dates !== dates) {
      this.#calendar = new Calendar(hours, dates);
    }
    return this.#calendar.isOpen(this.clock.wallMilliseconds());
  }

  #localDates(): LocalDates {
    const { timezone } = this.configuration();
    if (this.#dates?.timezone !== timezone) this.#dates = new LocalDates(timezone);
    return this.#dates;
  }
}
