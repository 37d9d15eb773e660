/**
 * Sensirion's temperature and humidity sensors SHT3x and SHT4x as they behave on the wire.
 *
 * Sources: data sheets SHT3x-DIS version 7 (tables 9, 13, 17, 18: commands, status; table 4: times) and SHT4x version 6.5
 * (table 8: commands; table 5: times). The ticks for a temperature are the data sheets' formulas turned round.
 */
import type { Clock } from '../kernel/clock.js';
import { hexBytes } from './hex.js';
import type { SimulatedI2cChip } from './i2c.js';
import { lastDigits, type SensirionCommand, SensirionWire } from './sensirion-chip.js';

export interface SimulatedSht extends SimulatedI2cChip {
  temperature(celsius: number): void;
  humidity(percent: number): void;
  /** Says these ticks from now on, whatever the air is, without noise. */
  raw(temperatureTicks: number, humidityTicks: number): void;
  /** Says what it said last for ever. */
  freeze(): void;
  thaw(): void;
  /** A wrong CRC in every answer. */
  corrupt(): void;
  mend(): void;
  readonly power: { off(): void; on(): void };
  /** Commands taken so far. */
  readonly commands: number;
  /** How often it was reset by command. */
  readonly resets: number;
}

export interface SimulatedShtOptions {
  readonly family: 'SHT3x' | 'SHT4x';
  readonly clock: Clock;
}

/** A chip with power, in air of 22.8 °C and 38 %. */
export function simulatedSht(options: SimulatedShtOptions): SimulatedSht {
  return new ShtChip(options);
}

class ShtChip extends SensirionWire implements SimulatedSht {
  resets = 0;
  readonly power = { off: () => this.switch(false), on: () => this.switch(true) };
  #celsius = 22.8;
  #percent = 38;
  #fixed: readonly [number, number] | undefined;
  #latest: readonly [number, number] = [0, 0];
  readonly #noise = lastDigits(12);
  readonly #family: SimulatedShtOptions['family'];

  constructor({ family, clock }: SimulatedShtOptions) {
    const measure = (): readonly number[] => this.#measure();
    const reset = (): readonly number[] => {
      this.resets++;
      return [];
    };
    super(clock, family === 'SHT3x' ? sht3xCommands(measure, reset) : sht4xCommands(measure, reset));
    this.#family = family;
  }

  temperature(celsius: number): void {
    this.#celsius = celsius;
    this.#fixed = undefined;
  }

  humidity(percent: number): void {
    this.#percent = percent;
    this.#fixed = undefined;
  }

  raw(temperatureTicks: number, humidityTicks: number): void {
    this.#fixed = [temperatureTicks, humidityTicks];
  }

  freeze(): void {
    this.#fixed = this.#latest;
  }

  thaw(): void {
    this.#fixed = undefined;
  }

  corrupt(): void {
    this.corrupted = true;
  }

  mend(): void {
    this.corrupted = false;
  }

  #measure(): readonly number[] {
    const [from, span] = this.#family === 'SHT3x' ? [0, 100] : [-6, 125];
    const ticks = (value: number, low: number, width: number) =>
      Math.min(65_535, Math.max(0, Math.round(((value - low) / width) * 65_535) + this.#noise()));
    this.#latest = this.#fixed ?? [ticks(this.#celsius, -45, 175), ticks(this.#percent, from, span)];
    return this.#latest;
  }
}

type Run = () => readonly number[];

function sht3xCommands(measure: Run, reset: Run): SensirionCommand[] {
  return [
    { bytes: hexBytes('24 00'), milliseconds: 15, run: measure },
    { bytes: hexBytes('24 0B'), milliseconds: 6, run: measure },
    { bytes: hexBytes('24 16'), milliseconds: 4, run: measure },
    // Alert pending and reset detected: what it has after power-on.
    { bytes: hexBytes('F3 2D'), milliseconds: 0, run: () => [0x8010] },
    { bytes: hexBytes('30 41'), milliseconds: 0, run: () => [] },
    { bytes: hexBytes('30 66'), milliseconds: 0, run: () => [] },
    { bytes: hexBytes('30 A2'), milliseconds: 1.5, run: reset },
  ];
}

function sht4xCommands(measure: Run, reset: Run): SensirionCommand[] {
  return [
    { bytes: hexBytes('FD'), milliseconds: 8.3, run: measure },
    { bytes: hexBytes('F6'), milliseconds: 4.5, run: measure },
    { bytes: hexBytes('E0'), milliseconds: 1.6, run: measure },
    { bytes: hexBytes('89'), milliseconds: 0, run: () => [0x0d20, 0x6101] },
    { bytes: hexBytes('94'), milliseconds: 1, run: reset },
  ];
}
