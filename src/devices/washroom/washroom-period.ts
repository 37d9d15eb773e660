/** What a washroom was like over five minutes, from what was known meanwhile. No clock, no wire. */
import { rfc3339 } from '../../kernel/clock.js';
import type { EventData } from '../../protocols/hub/events.js';
import { type Measured, TimeMean } from './time-mean.js';

const washroomQuantities = [
  'visitors',
  'presence',
  'cubicles',
  'smell',
  'temperature',
  'humidity',
  'wet',
] as const;
export type WashroomQuantity = (typeof washroomQuantities)[number];

/** As in the event `washroom.summary`, without the device and what its owner knows. */
type WashroomSummary = Omit<EventData<'washroom.summary'>, 'device' | 'visitsSinceCleaned'>;

export class WashroomPeriod {
  /** Visits of this period that no event has told of yet. */
  visits = 0;
  readonly #means: ReadonlyMap<WashroomQuantity, TimeMean>;

  /**
   * @param counts by which quantity visits are counted; `null` where they are not
   * @param measured what its sensors tell at all
   * @param beganAt monotonic milliseconds, as all times here
   */
  constructor(
    private readonly counts: 'visitors' | 'presence' | null,
    measured: readonly WashroomQuantity[],
    private beganAt: number,
  ) {
    this.#means = new Map(measured.map((quantity) => [quantity, new TimeMean()]));
  }

  /** It is so much from now on; `null`: not known. */
  saw(quantity: WashroomQuantity, value: number | null, at: number): void {
    this.#means.get(quantity)?.saw(value, at);
  }

  /**
   * Ends the period and begins the next. `null` where nothing was known of it, for the fault that stands then says more
   * than an event every five minutes would.
   */
  end(at: number, wallMilliseconds: number): WashroomSummary | null {
    const length = at - this.beganAt;
    const all = new Map([...this.#means].map(([quantity, mean]) => [quantity, mean.end(at)]));
    // Temperature and humidity come from one sensor.
    const sensors = [...all].filter(([quantity]) => quantity !== 'humidity');
    const known = sensors.map(([, { knownMilliseconds }]) => knownMilliseconds);
    const counted = this.counts === null ? undefined : all.get(this.counts);
    const visits = this.visits > 0 || isKnown(counted) ? this.visits : null;
    this.beganAt = at;
    this.visits = 0;
    const isAnything = known.some((milliseconds) => milliseconds > 0);
    if (length <= 0 || (!isAnything && !visits)) return null;
    const share = known.reduce((sum, one) => sum + one, 0) / (known.length * length);
    const wet = all.get('wet')?.maximum ?? null;
    return {
      from: rfc3339(Math.round(wallMilliseconds - length)),
      to: rfc3339(Math.round(wallMilliseconds)),
      visits,
      smellMean: rounded(all.get('smell')?.mean, 0),
      smellMaximum: rounded(all.get('smell')?.maximum, 0),
      temperatureMean: rounded(all.get('temperature')?.mean, 1),
      humidityMean: rounded(all.get('humidity')?.mean, 0),
      wet: wet === null ? null : wet > 0,
      knownPercent: Math.round(100 * share),
    };
  }
}

const isKnown = (measured: Measured | undefined): boolean =>
  measured !== undefined && measured.knownMilliseconds > 0;

const rounded = (value: number | null | undefined, digits: number): number | null =>
  value === null || value === undefined ? null : Number(value.toFixed(digits));
