/**
 * The distance sensor VL53L1X as its registers behave on the wire.
 *
 * Sources: ST DS12385 (010F = EA, 0110 = CC; 16-bit register numbers that count on in a longer transfer); ST's Ultra Lite
 * Driver STSW-IMG009 for what it reads and writes: E5 bit 0 booted; 87 = 40 measures again and again, 00 stops; 31 bit 0
 * tells a measurement, inverted by bit 4 of 30, until 86 = 01; from 89 on status (9 complete, 7 nothing in range), at 8C
 * detectors in use, 90 ambient rate, 96 millimetres, 98 signal rate.
 * Assumed: it measures right only with ST's settings, of which some are looked at here; a measurement takes 100 ms.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { type SimulatedVl53, Vl53Front } from './vl53-front.js';

const rangingMilliseconds = 100;
const bootMilliseconds = 1.2;

/** Some of ST's settings, by register. */
const witnesses: readonly (readonly [register: number, value: number])[] = [
  [0x37, 0x10],
  [0x46, 0x20],
  [0x47, 0x0b],
  [0x4b, 0x0a],
  [0x4c, 0x21],
  [0x54, 0xc8],
  [0x57, 0x38],
  [0x58, 0xff],
  [0x5f, 0xcc],
  [0x60, 0x0f],
  [0x63, 0x0d],
  [0x69, 0xb8],
  [0x78, 0x0f],
  [0x7b, 0x0e],
  [0x7f, 0xc7],
  [0x80, 0xff],
  [0x81, 0x9b],
  [0x85, 0x01],
];

export interface SimulatedVl53l1x extends SimulatedVl53 {
  /** It is measuring now: its laser is on. */
  readonly measuring: boolean;
}

/**
 * A chip with power and nothing in its range.
 * @param random 0 (inclusive) to 1 (exclusive): the noise of counted light
 */
export function simulatedVl53l1x(clock: Clock, random: () => number = Math.random): SimulatedVl53l1x {
  return new Vl53l1xChip(clock, random);
}

class Vl53l1xChip extends Vl53Front implements SimulatedVl53l1x {
  measurements = 0;
  readonly power = { off: () => this.#switchOff(), on: () => this.#switchOn() };
  #powered = true;
  #bootedAt: number;
  #registers = new Map<number, number>();
  #pointer = 0;
  #told = false;
  #ranging: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    random: () => number,
  ) {
    super(random);
    this.#bootedAt = clock.monotonicMilliseconds();
  }

  get answers(): boolean {
    return this.#powered;
  }

  get measuring(): boolean {
    return this.#get(0x87) === 0x40;
  }

  write(bytes: Uint8Array): void {
    const [high, low, ...values] = bytes;
    if (high === undefined || low === undefined) return;
    this.#pointer = (high << 8) | low;
    for (const value of values) {
      this.#writeRegister(this.#pointer, value);
      this.#pointer = (this.#pointer + 1) & 0xffff;
    }
  }

  read(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      const value = this.#get(this.#pointer);
      this.#pointer = (this.#pointer + 1) & 0xffff;
      return value;
    });
  }

  #switchOff(): void {
    this.#powered = false;
    this.#ranging?.cancel();
    this.#registers = new Map();
    this.#told = false;
  }

  #switchOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.#bootedAt = this.clock.monotonicMilliseconds() + bootMilliseconds;
  }

  #get(register: number): number {
    if (register === 0x010f) return 0xea;
    if (register === 0x0110) return 0xcc;
    if (register === 0xe5) return this.clock.monotonicMilliseconds() >= this.#bootedAt ? 0x03 : 0x00;
    const value = this.#registers.get(register) ?? 0;
    if (register !== 0x31) return value;
    const inverted = (this.#get(0x30) & 0x10) !== 0;
    return (value & 0xfe) | (this.#told !== inverted ? 1 : 0);
  }

  #writeRegister(register: number, value: number): void {
    if (register >= 0x89 && register <= 0x99) return;
    this.#registers.set(register, value);
    if (register === 0x86 && (value & 0x01) !== 0) this.#told = false;
    if (register === 0x87) {
      this.#ranging?.cancel();
      if (value === 0x40) this.#later();
    }
  }

  #later(): void {
    if (this.trouble === 'stalled') return;
    this.#ranging = this.clock.after('simulated VL53L1X', rangingMilliseconds, () => {
      this.#measured();
      this.#later();
    });
  }

  #measured(): void {
    this.measurements++;
    this.#told = true;
    if (this.trouble === 'frozen') return;
    const word = (register: number, value: number) => {
      this.#registers.set(register, value >> 8);
      this.#registers.set(register + 1, value & 0xff);
    };
    const millimetres = this.millimetres;
    const isSet = witnesses.every(([register, value]) => this.#get(register) === value);
    const seen = isSet && millimetres !== null && this.trouble !== 'burnt';
    this.#registers.set(0x89, this.trouble === 'burnt' ? 2 : !isSet ? 0 : seen ? 9 : 7);
    word(0x8c, 0x1000 + this.noise(0x80));
    word(0x90, 0x0010 + this.noise(8));
    word(0x96, seen ? Math.max(1, Math.round(millimetres) + this.noise(2)) : 0);
    word(0x98, seen ? 0x0900 + this.noise(0x100) : 0x0004 + this.noise(3));
  }
}
