/**
 * The distance sensor VL53L0X as its registers behave on the wire.
 *
 * Sources: ST DS11555 (reference registers C0 = EE, C1 = AA, C2 = 10, 51 = 0099, 61 = 0000; a register's number counts on
 * in a longer transfer; boot takes 1.2 ms at most); ST's API STSW-IMG005 for what it reads and writes: FF selects a bank;
 * 00 bit 0 starts and falls once the measurement has begun; 13 bits 2 to 0 say that something is done, 0B clears them;
 * 14 to 1F hold the result (status in bits 6 to 3 of 14: 11 is complete, 3 no bias voltage, 4 no signal; 16 detectors
 * in use, 1A signal rate, 1C ambient rate, 1E millimetres, 8190 for nothing); 01 = 01 and 02 turn a start into one of
 * the two calibrations; in bank 7, 94 = 6B with 83 = 00 has the chip fetch what it knows of its detectors, and 83 is not
 * 00 when 92 holds it.
 * Assumed, for nobody tells: a calibration that is stopped before its end leaves no bias voltage; the detectors are 5,
 * with aperture; a measurement takes 33 ms whatever its setting, a calibration 3 ms, the start bit 1 ms, the fetching 2 ms.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { type SimulatedVl53, Vl53Front } from './vl53-front.js';

const rangingMilliseconds = 33;
const calibrationMilliseconds = 3;
const startMilliseconds = 1;
const fetchMilliseconds = 2;
const bootMilliseconds = 1.2;

export interface SimulatedVl53l0x extends SimulatedVl53 {
  /** Whether both calibrations were brought to their end since power-on. */
  readonly calibrated: boolean;
}

/**
 * A chip with power and nothing in its range.
 * @param random 0 (inclusive) to 1 (exclusive): the noise of counted light
 */
export function simulatedVl53l0x(clock: Clock, random: () => number = Math.random): SimulatedVl53l0x {
  return new Vl53l0xChip(clock, random);
}

class Vl53l0xChip extends Vl53Front implements SimulatedVl53l0x {
  measurements = 0;
  readonly power = { off: () => this.#switchOff(), on: () => this.#switchOn() };
  #powered = true;
  #bootedAt: number;
  /** By bank and number. */
  #registers = new Map<number, number>();
  #bank = 0;
  #pointer = 0;
  #bias = false;
  #phase = false;
  readonly #timers = new Set<Timer>();

  constructor(
    private readonly clock: Clock,
    random: () => number,
  ) {
    super(random);
    this.#bootedAt = clock.monotonicMilliseconds();
    this.#reset();
  }

  get answers(): boolean {
    return this.#powered && this.clock.monotonicMilliseconds() >= this.#bootedAt;
  }

  get calibrated(): boolean {
    return this.#bias && this.#phase;
  }

  write(bytes: Uint8Array): void {
    const [pointer, ...values] = bytes;
    if (pointer === undefined) return;
    this.#pointer = pointer;
    for (const value of values) {
      this.#writeRegister(this.#pointer, value);
      this.#pointer = (this.#pointer + 1) & 0xff;
    }
  }

  read(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      const value = this.#get(this.#bank, this.#pointer);
      this.#pointer = (this.#pointer + 1) & 0xff;
      return value;
    });
  }

  #switchOff(): void {
    this.#powered = false;
    this.#stopAll();
  }

  #switchOn(): void {
    if (this.#powered) return;
    this.#powered = true;
    this.#bootedAt = this.clock.monotonicMilliseconds() + bootMilliseconds;
    this.#reset();
  }

  #reset(): void {
    this.#registers = new Map();
    this.#bank = 0;
    this.#bias = false;
    this.#phase = false;
    const standing: readonly (readonly [number, number])[] = [
      [0xc0, 0xee],
      [0xc1, 0xaa],
      [0xc2, 0x10],
      [0x01, 0xff],
      [0x46, 0x26],
      [0x50, 0x06],
      [0x52, 0x99],
      [0x70, 0x04],
      [0x71, 0x01],
      [0x72, 0xfe],
      [0x84, 0x01],
      ...[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f].map((value, index) => [0xb0 + index, value] as const),
    ];
    for (const [register, value] of standing) this.#set(0, register, value);
  }

  #get(bank: number, register: number): number {
    return register === 0xff ? this.#bank : (this.#registers.get((bank << 8) | register) ?? 0);
  }

  #set(bank: number, register: number, value: number): void {
    this.#registers.set((bank << 8) | register, value & 0xff);
  }

  #setWord(register: number, value: number): void {
    this.#set(0, register, value >> 8);
    this.#set(0, register + 1, value);
  }

  #writeRegister(register: number, value: number): void {
    if (register === 0xff) {
      this.#bank = value;
      return;
    }
    if (
      this.#bank === 0 &&
      (register === 0x13 || (register >= 0x14 && register <= 0x1f) || register === 0xc0)
    )
      return;
    this.#set(this.#bank, register, value);
    if (this.#bank === 0 && register === 0x00) this.#start(value);
    if (this.#bank === 0 && register === 0x0b && (value & 0x01) !== 0) this.#done(0);
    if (this.#bank === 7 && register === 0x83 && value === 0 && this.#get(7, 0x94) === 0x6b) {
      this.#later(fetchMilliseconds, () => {
        this.#set(7, 0x83, 0x10);
        this.#set(7, 0x92, 0x80 | 5);
      });
    }
  }

  /** What 13 says in its lowest bits; 4 is a new measurement. */
  #done(what: number): void {
    this.#set(0, 0x13, (this.#get(0, 0x13) & 0xf8) | what);
  }

  #start(value: number): void {
    this.#stopAll();
    if ((value & 0x01) === 0) return;
    const sequence = this.#get(0, 0x01);
    this.#later(startMilliseconds, () => this.#set(0, 0x00, this.#get(0, 0x00) & 0xfe));
    if (this.trouble === 'stalled') return;
    if (sequence === 0x01 || sequence === 0x02) {
      this.#later(calibrationMilliseconds, () => {
        if (sequence === 0x01) this.#bias = true;
        else this.#phase = true;
        this.#done(4);
      });
    } else {
      this.#later(rangingMilliseconds, () => this.#measured());
    }
  }

  #measured(): void {
    this.measurements++;
    this.#done(4);
    if (this.trouble === 'frozen') return;
    const millimetres = this.millimetres;
    this.#setWord(0x16, 0x0a00 + this.noise(0x20));
    this.#setWord(0x1c, 0x0060 + this.noise(0x20));
    if (this.trouble === 'burnt') this.#result(2, 0, 0);
    else if (!this.calibrated) this.#result(3, 0, 0);
    else if (millimetres === null) this.#result(4, 0x0008 + this.noise(6), 8190);
    else this.#result(11, 0x0800 + this.noise(0x100), Math.max(1, Math.round(millimetres) + this.noise(2)));
  }

  #result(status: number, signalRate: number, range: number): void {
    this.#set(0, 0x14, status << 3);
    this.#setWord(0x1a, signalRate);
    this.#setWord(0x1e, range);
  }

  #later(milliseconds: number, run: () => void): void {
    const timer = this.clock.after('simulated VL53L0X', milliseconds, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  #stopAll(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
