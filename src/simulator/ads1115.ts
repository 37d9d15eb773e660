/**
 * The converter ADS1115 as its registers behave on the wire.
 *
 * Source: Texas Instruments SBAS444: register map (pointer 0 conversion, 1 config, 2 and 3 thresholds), power-on config
 * 8583, OS (reads 0 while a conversion runs, 1 else; writing 1 begins one where MODE is 1), MUX, PGA and DR codes. A
 * result beyond the full scale is 7FFF or 8000. Only single conversions are played, and only inputs against ground or
 * against each other as MUX has them.
 */
import type { Clock } from '../kernel/clock.js';
import type { SimulatedI2cChip } from './i2c.js';

export interface SimulatedAds1115 extends SimulatedI2cChip {
  /** AIN0 to AIN3. */
  channel(number: number): { volts(volts: number): void };
  /** Its results stay as they are, whatever stands at the inputs; it goes on saying that it is done. */
  freeze(): void;
  thaw(): void;
  readonly power: { off(): void; on(): void };
  /** Conversions begun so far. */
  readonly conversions: number;
  /** Its own clock is slow by this share, 0 to 0.1 by the data sheet; more than that is a broken chip. */
  slowBy(share: number): void;
}

/** Positive and negative input by MUX; `undefined` is ground. */
const multiplexer: readonly (readonly [number, number | undefined])[] = [
  [0, 1],
  [0, 3],
  [1, 3],
  [2, 3],
  [0, undefined],
  [1, undefined],
  [2, undefined],
  [3, undefined],
];
const fullScaleByPga = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
const samplesByRate = [8, 16, 32, 64, 128, 250, 475, 860];
const powerOnRegisters = () => [0x0000, 0x8583, 0x8000, 0x7fff];

/** A chip with power, its inputs at ground. */
export function simulatedAds1115(clock: Clock): SimulatedAds1115 {
  const volts = [0, 0, 0, 0];
  let registers = powerOnRegisters();
  let pointer = 0;
  let running: { readonly until: number; readonly config: number } | undefined;
  let frozen = false;
  let slow = 0;
  let conversions = 0;
  let powered = true;

  /** Ends a conversion whose time has come. */
  function settle(): void {
    if (running === undefined || clock.monotonicMilliseconds() < running.until) return;
    const { config } = running;
    running = undefined;
    if (frozen) return;
    const [positive, negative] = multiplexer[(config >> 12) & 7] ?? [0, undefined];
    const difference = (volts[positive] ?? 0) - (negative === undefined ? 0 : (volts[negative] ?? 0));
    const steps = Math.round((difference * 32_768) / (fullScaleByPga[(config >> 9) & 7] ?? 1));
    registers[0] = Math.min(32_767, Math.max(-32_768, steps)) & 0xffff;
  }

  function writeConfig(word: number): void {
    registers[1] = word | 0x8000;
    if ((word & 0x8000) === 0 || (word & 0x0100) === 0 || running !== undefined) return;
    conversions++;
    const milliseconds = (1_000 / (samplesByRate[(word >> 5) & 7] ?? 8)) * (1 + slow);
    running = { until: clock.monotonicMilliseconds() + milliseconds, config: word };
  }

  function switchTo(on: boolean): void {
    powered = on;
    registers = powerOnRegisters();
    pointer = 0;
    running = undefined;
  }

  return {
    get answers() {
      return powered;
    },
    get conversions() {
      return conversions;
    },
    channel: (number) => ({
      volts(value) {
        if (volts[number] === undefined) throw new Error(`there is no AIN${number}`);
        volts[number] = value;
      },
    }),
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
    },
    slowBy: (share) => {
      slow = share;
    },
    power: { off: () => switchTo(false), on: () => switchTo(true) },
    write([first, high, low]) {
      settle();
      if (first === undefined) return;
      pointer = first & 3;
      if (high === undefined || low === undefined) return;
      const word = (high << 8) | low;
      if (pointer === 1) writeConfig(word);
      else if (pointer > 1) registers[pointer] = word;
    },
    read(length) {
      settle();
      const word =
        pointer === 1 && running !== undefined ? (registers[1] ?? 0) & 0x7fff : (registers[pointer] ?? 0);
      return Uint8Array.from({ length }, (_, index) => (index % 2 === 0 ? word >> 8 : word & 0xff));
    },
  };
}
