import type { DeviceContext, Reading } from '../kind.js';
import { type Climate, climatePart } from '../parts/climate-part.js';
import type { Parts } from '../parts/parts.js';
import { type LearnedAir, type Smell, type SmellHelp, smellPart } from '../parts/smell-part.js';
import { type SmellRules, SmellTrend } from './smell-trend.js';
import { Steps } from './steps.js';
import { TimeMean } from './time-mean.js';
import type { WashroomPeriod } from './washroom-period.js';

/** Of a minute, so much has to be known. */
const knownMilliseconds = 30_000;

/** The parts that know the air: smell, temperature, humidity. */
export class Air {
  readonly #has: { readonly smell: boolean; readonly climate: boolean };
  readonly #trend: SmellTrend;
  readonly #minute = new TimeMean();
  readonly #steps = { smell: new Steps(5), temperature: new Steps(0.1), humidity: new Steps(1) };
  #climate: Climate | null = null;
  #smell: Smell | null = null;
  #learned: LearnedAir | null = null;

  /** @param memory what was kept of `learned` */
  constructor(
    parts: Parts,
    rules: SmellRules,
    memory: SmellHelp['memory'],
    private readonly period: WashroomPeriod,
    private readonly clock: DeviceContext['clock'],
    private readonly changed: () => void,
  ) {
    this.#trend = new SmellTrend(rules);
    this.#has = { smell: parts.has('smell'), climate: parts.has('climate') };
    parts.sensor('climate', climatePart, {
      values: (climate) => this.#climateIs(climate),
      unknown: () => this.#climateIs(null),
    });
    parts.sensor('smell', smellPart({ climate: () => this.#climate, memory }), {
      values: (smell) => this.#smells(smell),
      unknown: () => this.#smells(null),
    });
  }

  /** What the smell sensor has learned, to be kept over a restart. */
  get learned(): LearnedAir | null {
    return this.#learned;
  }

  /** The index now, as it is told. */
  get smellIndex(): number | null {
    return this.#steps.smell.round(this.#smell?.smellIndex ?? null);
  }

  get verdict(): 'bad' | 'well' | null {
    if (this.#trend.isBad) return 'bad';
    return this.#trend.isWell ? 'well' : null;
  }

  /**
   * A minute has passed.
   * @param counts false where it is not to be judged
   */
  minute(counts: boolean): void {
    const { mean, knownMilliseconds: known } = this.#minute.end(this.#now);
    this.#trend.minute(counts && known >= knownMilliseconds ? mean : null);
  }

  /** What was before says nothing any more. */
  cleaned(): void {
    this.#trend.forget();
  }

  get readings(): Readonly<Record<string, Reading>> {
    const { smell, climate } = this.#has;
    return {
      ...(smell
        ? {
            smellIndex: this.smellIndex,
            ammoniaPartsPerMillion: this.#smell?.ammoniaPartsPerMillion ?? null,
          }
        : {}),
      ...(climate
        ? {
            temperatureCelsius: this.#steps.temperature.round(this.#climate?.temperatureCelsius ?? null),
            humidityPercent: this.#steps.humidity.round(this.#climate?.humidityPercent ?? null),
          }
        : {}),
    };
  }

  get #now(): number {
    return this.clock.monotonicMilliseconds();
  }

  #climateIs(climate: Climate | null): void {
    this.#climate = climate;
    this.period.saw('temperature', climate?.temperatureCelsius ?? null, this.#now);
    this.period.saw('humidity', climate?.humidityPercent ?? null, this.#now);
    this.changed();
  }

  #smells(smell: Smell | null): void {
    this.#smell = smell;
    if (smell !== null) this.#learned = smell.learned;
    const index = smell?.smellIndex ?? null;
    this.#minute.saw(index, this.#now);
    this.period.saw('smell', index, this.#now);
    this.changed();
  }
}
