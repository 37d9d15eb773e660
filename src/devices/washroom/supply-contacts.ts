import type { DeviceContext } from '../kind.js';
import type { Parts } from '../parts/parts.js';
import type { SaidOnce } from '../said-once.js';
import { emptyWords } from './cleaning-words.js';
import { SettledFlag } from './settled-flag.js';
import { supplyNames, type WashroomSupply, washroomParts } from './washroom-parts.js';

/** Somebody presses the dispenser, or opens it. */
const settleMilliseconds = 10_000;

/** Contacts at soap and paper. What was empty stays so until it is known to be filled up. */
export class SupplyContacts {
  readonly #flags = new Map<WashroomSupply, SettledFlag>();
  readonly #empty = new Set<WashroomSupply>();

  constructor(
    parts: Parts,
    private readonly said: SaidOnce,
    { clock, name, reports }: Pick<DeviceContext, 'name' | 'clock' | 'reports'>,
  ) {
    for (const supply of supplyNames) {
      if (!parts.has(supply)) continue;
      const flag = new SettledFlag(clock, {
        name: `${name} ${supply}`,
        onMilliseconds: settleMilliseconds,
        offMilliseconds: settleMilliseconds,
        changed: (empty) => {
          if (empty) this.#empty.add(supply);
          else this.#empty.delete(supply);
          this.#say();
        },
        crashed: (error) => reports.crashed(error),
      });
      this.#flags.set(supply, flag);
      parts.sensor(supply, washroomParts[supply], {
        values: (empty) => flag.level(empty),
        unknown: () => flag.forget(),
      });
    }
  }

  start(): void {
    if (this.#flags.size === 0) this.said.clear('washroom.supplies-empty');
  }

  stop(): void {
    for (const flag of this.#flags.values()) flag.stop();
  }

  #say(): void {
    const empty = supplyNames.filter((supply) => this.#empty.has(supply));
    if (empty.length > 0) {
      this.said.raise('washroom.supplies-empty', { supplies: empty.join(', ') }, empty, emptyWords(empty));
    } else if ([...this.#flags.values()].every(({ value }) => value === false)) {
      this.said.clear('washroom.supplies-empty');
    }
  }
}
