/**
 * The distance sensor VL53L1X as its registers behave on the wire.
 *
 * Sources: ST DS12385 (010F = EA, 0110 = CC; 16-bit register numbers that count on in a longer transfer; short distance
 * mode reaches 1.36 m); ST's Ultra Lite Driver STSW-IMG009 for what it reads and writes: E5 bit 0 booted; 87 = 40 measures
 * again and again, 10 once, 00 stops; 31 bit 0 tells a measurement, inverted by bit 4 of 30, until 86 = 01; from 89 on
 * status, at 8C detectors in use, 90 ambient rate, 96 millimetres, 98 signal rate; the two distance modes, and the word at
 * 5E for each time that a measurement may take. Status as ST's API names it: 9 complete, 4 no target, 2 the laser fails.
 * 00 = 00 resets it (soft reset) until 00 = 01.
 * Assumed: it measures right only with ST's settings, of which some are looked at here; with another word at 5E a
 * measurement takes 100 ms.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { type SimulatedVl53, Vl53Front } from './vl53-front.js';

const usualMilliseconds = 100;
const bootMilliseconds = 1.2;
const shortReachMillimetres = 1_360;

/** What no host changes of ST's settings, some of it, by register. */
const witnesses: readonly (readonly [register: number, value: number])[] = [
  [0x37, 0x10],
  [0x47, 0x0b],
  [0x4c, 0x21],
  [0x54, 0xc8],
  [0x57, 0x38],
  [0x58, 0xff],
  [0x81, 0x9b],
  [0x85, 0x01],
];

/** What makes a distance mode; a mixture of two measures nothing. */
const modeRegisters = [0x4b, 0x60, 0x63, 0x69, 0x78, 0x79, 0x7a, 0x7b];
const modes = [
  {
    reach: Number.POSITIVE_INFINITY,
    values: [0x0a, 0x0f, 0x0d, 0xb8, 0x0f, 0x0d, 0x0e, 0x0e],
    milliseconds: new Map([
      [0x001e, 20],
      [0x0060, 33],
      [0x00ad, 50],
      [0x01cc, 100],
      [0x02d9, 200],
      [0x048f, 500],
    ]),
  },
  {
    reach: shortReachMillimetres,
    values: [0x14, 0x07, 0x05, 0x38, 0x07, 0x05, 0x06, 0x06],
    milliseconds: new Map([
      [0x001d, 15],
      [0x0051, 20],
      [0x00d6, 33],
      [0x01ae, 50],
      [0x02e1, 100],
      [0x03e1, 200],
      [0x0591, 500],
    ]),
  },
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
    return this.#get(0x87) === 0x40 || this.#get(0x87) === 0x10;
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
    this.#forget();
  }

  #switchOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.#boot();
  }

  #forget(): void {
    this.#ranging?.cancel();
    this.#registers = new Map();
    this.#told = false;
  }

  #boot(): void {
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
    if (register === 0x00) {
      this.#reset(value);
      return;
    }
    this.#registers.set(register, value);
    if (register === 0x86 && (value & 0x01) !== 0) this.#told = false;
    if (register === 0x87) {
      this.#ranging?.cancel();
      if (this.measuring) this.#later();
    }
  }

  #reset(value: number): void {
    if (value === 0x00) {
      this.#forget();
      this.#bootedAt = Number.POSITIVE_INFINITY;
    } else if (this.#bootedAt === Number.POSITIVE_INFINITY) this.#boot();
  }

  #later(): void {
    if (this.trouble === 'stalled') return;
    const word = (this.#get(0x5e) << 8) | this.#get(0x5f);
    const milliseconds = this.#mode()?.milliseconds.get(word) ?? usualMilliseconds;
    this.#ranging = this.clock.after('simulated VL53L1X', milliseconds, () => {
      this.#measured();
      if (this.#get(0x87) === 0x40) this.#later();
      else this.#registers.set(0x87, 0x00);
    });
  }

  #mode() {
    return modes.find(({ values }) => modeRegisters.every((at, index) => this.#get(at) === values[index]));
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
    const mode = witnesses.every(([register, value]) => this.#get(register) === value)
      ? this.#mode()
      : undefined;
    const inReach = millimetres !== null && mode !== undefined && millimetres <= mode.reach;
    const seen = inReach && this.trouble !== 'burnt';
    this.#registers.set(0x89, this.trouble === 'burnt' ? 2 : mode === undefined ? 0 : seen ? 9 : 4);
    word(0x8c, 0x1000 + this.noise(0x80));
    word(0x90, 0x0010 + this.noise(8));
    word(0x96, seen ? Math.max(1, Math.round(millimetres) + this.noise(2)) : 0);
    word(0x98, seen ? 0x0900 + this.noise(0x100) : 0x0004 + this.noise(3));
  }
}
