/**
 * Sensirion's gas sensors SGP40 and SGP41 as they behave on the wire.
 *
 * Sources: data sheets SGP40 version 1.2 (table 8: commands and times) and SGP41 version 1.0 (table 10; 3.2:
 * conditioning for at most 10 s). The words of `20 2F` are not in them: those that chips in the field give.
 */
import type { Clock } from '../kernel/clock.js';
import { hexBytes } from './hex.js';
import type { SimulatedI2cChip } from './i2c.js';
import { lastDigits, type SensirionCommand, SensirionWire } from './sensirion-chip.js';

export interface SimulatedSgp4x extends SimulatedI2cChip {
  /** The raw signal of organic compounds from now on, 0 to 65535; the lower, the worse. */
  air(raw: number): void;
  /** Says the same from now on, without noise. */
  freeze(): void;
  thaw(): void;
  /** A wrong CRC in every answer. */
  corrupt(): void;
  mend(): void;
  /** The self test fails: 4B00. */
  breakPlate(): void;
  mendPlate(): void;
  /** Becomes another chip of the same sort. */
  serial(words: readonly [number, number, number]): void;
  readonly power: { off(): void; on(): void };
  readonly measurements: number;
  /** What it was told of the air last: ticks of humidity and temperature. */
  readonly compensation: readonly [number, number] | undefined;
  /** How long it has been conditioned since power-on; more than 10 000 ms harms a real one. */
  readonly conditionedMilliseconds: number;
}

export interface SimulatedSgp4xOptions {
  readonly model: 'SGP40' | 'SGP41';
  readonly clock: Clock;
}

/** A chip with power, in clean air. */
export function simulatedSgp4x(options: SimulatedSgp4xOptions): SimulatedSgp4x {
  return new Sgp4xChip(options);
}

class Sgp4xChip extends SensirionWire implements SimulatedSgp4x {
  measurements = 0;
  compensation: readonly [number, number] | undefined;
  readonly power = {
    off: () => {
      this.switch(false);
      this.#conditioned = 0;
      this.#conditioningSince = undefined;
    },
    on: () => this.switch(true),
  };
  readonly #now: () => number;
  readonly #noise = lastDigits(15);
  #raw = 31_000;
  #isFrozen = false;
  #isBroken = false;
  #serial: readonly number[] = [0x0000, 0x1234, 0xabcd];
  #conditioned = 0;
  #conditioningSince: number | undefined;

  constructor({ model, clock }: SimulatedSgp4xOptions) {
    const is40 = model === 'SGP40';
    const measured = (parameters: readonly number[], more: readonly number[] = []) => {
      this.#endConditioning();
      return [this.#measure(parameters), ...more];
    };
    const common: SensirionCommand[] = [
      {
        bytes: hexBytes('28 0E'),
        milliseconds: is40 ? 250 : 320,
        run: () => {
          this.#endConditioning();
          return [this.#isBroken ? 0x4b00 : 0xd400];
        },
      },
      { bytes: hexBytes('36 82'), milliseconds: 0.5, run: () => this.#serial },
      { bytes: hexBytes('20 2F'), milliseconds: 1, run: () => [is40 ? 0x3220 : 0x0040] },
      {
        bytes: hexBytes('36 15'),
        milliseconds: 0.1,
        run: () => {
          this.#endConditioning();
          return [];
        },
      },
    ];
    const own: SensirionCommand[] = is40
      ? [{ bytes: hexBytes('26 0F'), parameters: 2, milliseconds: 30, run: (words) => measured(words) }]
      : [
          {
            bytes: hexBytes('26 19'),
            parameters: 2,
            milliseconds: 50,
            run: (words) => measured(words, [16_000 + this.#noise()]),
          },
          {
            bytes: hexBytes('26 12'),
            parameters: 2,
            milliseconds: 50,
            run: (words) => {
              this.#conditioningSince ??= this.#now();
              return [this.#measure(words)];
            },
          },
        ];
    super(clock, [...common, ...own]);
    this.#now = () => clock.monotonicMilliseconds();
  }

  get conditionedMilliseconds(): number {
    const running = this.#conditioningSince === undefined ? 0 : this.#now() - this.#conditioningSince;
    return this.#conditioned + running;
  }

  air(raw: number): void {
    this.#raw = raw;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
  }

  corrupt(): void {
    this.corrupted = true;
  }

  mend(): void {
    this.corrupted = false;
  }

  breakPlate(): void {
    this.#isBroken = true;
  }

  mendPlate(): void {
    this.#isBroken = false;
  }

  serial(words: readonly [number, number, number]): void {
    this.#serial = words;
  }

  #measure([humidity = 0, temperature = 0]: readonly number[]): number {
    this.measurements++;
    this.compensation = [humidity, temperature];
    const noise = this.#isFrozen ? 0 : this.#noise();
    return Math.min(65_535, Math.max(0, this.#raw + noise));
  }

  #endConditioning(): void {
    this.#conditioned = this.conditionedMilliseconds;
    this.#conditioningSince = undefined;
  }
}
