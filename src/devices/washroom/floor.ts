import type { DeviceContext, Reading } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { SaidOnce } from '../said-once.js';
import { SettledFlag } from './settled-flag.js';
import { floorNames, washroomParts } from './washroom-parts.js';
import type { WashroomPeriod } from './washroom-period.js';

/** What dries in patches goes to and fro. */
const dryAfterMilliseconds = 60_000;
/** Dry for so long, nobody has to come for it any more. */
const longDryMilliseconds = 600_000;

/** The probes on the floor. */
export class Floor {
  readonly #probes = new Map<string, SettledFlag>();
  #dryAt: number | undefined;

  constructor(
    parts: Parts,
    wetAfterSeconds: number,
    private readonly said: SaidOnce,
    private readonly period: WashroomPeriod,
    private readonly context: Pick<DeviceContext, 'name' | 'clock' | 'reports'>,
    private readonly changed: () => void,
  ) {
    const { clock, name, reports } = context;
    for (const probe of floorNames) {
      if (!parts.has(probe)) continue;
      const flag = new SettledFlag(clock, {
        name: `${name} ${probe}`,
        onMilliseconds: wetAfterSeconds * 1_000,
        offMilliseconds: dryAfterMilliseconds,
        changed: () => this.#look(),
        crashed: (error) => reports.crashed(error),
      });
      this.#probes.set(probe, flag);
      parts.sensor(probe, washroomParts[probe], {
        values: (wet) => flag.level(wet),
        unknown: () => {
          flag.forget();
          this.#look();
        },
      });
    }
  }

  /** No probe is there: nothing that an earlier configuration found still holds. */
  start(): void {
    if (this.#probes.size === 0) this.said.clear('washroom.floor-wet');
  }

  stop(): void {
    for (const flag of this.#probes.values()) flag.stop();
  }

  /** `null` where no probe is wet, and not all of them are known to be dry. */
  get wet(): boolean | null {
    const values = [...this.#probes.values()].map(({ value }) => value);
    if (values.includes(true)) return true;
    return values.length === 0 || values.includes(null) ? null : false;
  }

  get verdict(): 'wet' | 'dry' | null {
    if (this.wet === true) return 'wet';
    const now = this.context.clock.monotonicMilliseconds();
    return this.#dryAt !== undefined && now - this.#dryAt >= longDryMilliseconds ? 'dry' : null;
  }

  get readings(): Readonly<Record<string, Reading>> {
    return this.#probes.size === 0 ? {} : { wet: this.wet };
  }

  #look(): void {
    const { wet } = this;
    const now = this.context.clock.monotonicMilliseconds();
    this.period.saw('wet', wet === null ? null : Number(wet), now);
    if (wet !== false) this.#dryAt = undefined;
    else this.#dryAt ??= now;
    // What is not known any more is not dry for that.
    if (wet === false) this.said.clear('washroom.floor-wet');
    if (wet === true) {
      const probes = [...this.#probes].filter(([, { value }]) => value === true).map(([probe]) => probe);
      this.said.raise('washroom.floor-wet', { probes: probes.join(', ') }, probes);
    }
    this.changed();
  }
}
