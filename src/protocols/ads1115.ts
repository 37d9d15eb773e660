/**
 * ADS1115, an analogue-to-digital converter with 16 bits and four inputs on I2C.
 * Source: Texas Instruments SBAS444, "ADS111x Ultra-Small, Low-Power, I2C-Compatible, 860-SPS, 16-Bit ADCs With
 * Internal Reference, Oscillator, and Programmable Comparator": config register (table "Config Register Field
 * Descriptions"), full-scale range and size of a step (table "Full-Scale Range and Corresponding LSB Size").
 *
 * Single conversions: writing the config register with OS starts one, OS reads 0 while it is at work and 1 after, and
 * the other bits read as they were written. The chip sleeps in between, and its result stays until the next.
 */
import { formatHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';

const CONVERSION = 0x00;
const CONFIG = 0x01;

const OS = 0x8000;
const SINGLE_SHOT = 0x0100;
/** COMP_QUE: the comparator is off, and ALERT/RDY says nothing. */
const NO_COMPARATOR = 0x0003;

/** Addresses by the ADDR pin: to ground, VDD, SDA, SCL. */
export const ads1115Addresses: readonly number[] = [0x48, 0x49, 0x4a, 0x4b];

/** Inputs by their bits MUX: each against ground, or one against another. */
const inputs = {
  '0-1': 0b000,
  '0-3': 0b001,
  '1-3': 0b010,
  '2-3': 0b011,
  '0': 0b100,
  '1': 0b101,
  '2': 0b110,
  '3': 0b111,
} as const;
export type Ads1115Input = keyof typeof inputs;

/** Full scales in volts, by their bits PGA. No input may be above the chip's supply, whatever stands here. */
export const ads1115FullScales = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256] as const;
export type Ads1115FullScale = (typeof ads1115FullScales)[number];

/** Samples a second, by their bits DR. */
export const ads1115Rates = [8, 16, 32, 64, 128, 250, 475, 860] as const;
export type Ads1115Rate = (typeof ads1115Rates)[number];

export interface Ads1115Setup {
  readonly input: Ads1115Input;
  readonly fullScaleVolts: Ads1115FullScale;
  readonly samplesPerSecond: Ads1115Rate;
}

/** The config register that begins one conversion, and as it reads when that is done. */
export function ads1115Config({ input, fullScaleVolts, samplesPerSecond }: Ads1115Setup): number {
  const pga = ads1115FullScales.indexOf(fullScaleVolts);
  const rate = ads1115Rates.indexOf(samplesPerSecond);
  if (pga < 0 || rate < 0 || !Object.hasOwn(inputs, input)) {
    const text = `an ADS1115 has no input ${input} at ±${fullScaleVolts} V and ${samplesPerSecond} samples/s`;
    throw new HallwardError('ads1115.impossible', 'usage', text);
  }
  return OS | (inputs[input] << 12) | (pga << 9) | SINGLE_SHOT | (rate << 5) | NO_COMPARATOR;
}

/** What is written to begin a conversion. Throws `ads1115.impossible` (usage) for what the chip has not. */
export function ads1115Start(setup: Ads1115Setup): Uint8Array {
  const config = ads1115Config(setup);
  return Uint8Array.of(CONFIG, config >> 8, config & 0xff);
}

/** What is written before two bytes are read: the state, and the result. */
export const ads1115StateRegister = Uint8Array.of(CONFIG);
export const ads1115ResultRegister = Uint8Array.of(CONVERSION);

/** What the config register says: at work, done, or that it does not hold what was written. */
export function readAds1115State(setup: Ads1115Setup, bytes: Uint8Array): 'busy' | 'done' | 'other' {
  const word = wordOf(bytes);
  const expected = ads1115Config(setup);
  if (word === expected) return 'done';
  return (word | OS) === expected ? 'busy' : 'other';
}

/** The longest that one conversion takes, in milliseconds: the chip's own clock is up to 10 % slow, and it wakes first. */
export function ads1115ConversionMilliseconds(samplesPerSecond: Ads1115Rate): number {
  return (1_000 / samplesPerSecond) * 1.1 + 0.1;
}

export interface Ads1115Result {
  readonly raw: number;
  readonly volts: number;
  /** Of the full scale, 0 to 1; 0 for what lies below ground. */
  readonly fraction: number;
}

/** The two bytes of a result as a voltage. Throws `ads1115.short` (garbled) for another length. */
export function readAds1115(fullScaleVolts: Ads1115FullScale, bytes: Uint8Array): Ads1115Result {
  const word = wordOf(bytes);
  const raw = word >= 0x8000 ? word - 0x10000 : word;
  return { raw, volts: (raw * fullScaleVolts) / 32_768, fraction: Math.max(0, raw) / 32_767 };
}

function wordOf(bytes: Uint8Array): number {
  const [high, low] = bytes;
  if (high === undefined || low === undefined || bytes.length !== 2) {
    const text = `${bytes.length} bytes instead of 2 (${formatHex(bytes)})`;
    throw new HallwardError('ads1115.short', 'garbled', text, { received: bytes.length });
  }
  return (high << 8) | low;
}
