import { asHallwardError, HallwardError } from '../../kernel/errors.js';
import { vl53l0xBank } from '../../protocols/vl53l0x.js';
import type { ChipWires } from './chip-wires.js';
import { notReady } from './range-finder.js';

/** Between two looks whether the chip is done. */
const lookMilliseconds = 5;
/** A measurement takes 33 ms, a calibration less. */
const patienceMilliseconds = 500;

/** Registers that are read to wait for the chip: by bank and number, and when the waiting is over. */
const waits: readonly { bank: number; register: number; over(value: number): boolean }[] = [
  // SYSRANGE_START: the start bit falls when the measurement has begun.
  { bank: 0, register: 0x00, over: (value) => (value & 0x01) === 0 },
  // RESULT_INTERRUPT_STATUS: something is done.
  { bank: 0, register: 0x13, over: (value) => (value & 0x07) !== 0 },
  // The chip has fetched what it knows of its detectors.
  { bank: 7, register: 0x83, over: (value) => value !== 0 },
];

/**
 * The bus as the package `vl53l0x` 2.0.0 wants it (the one of `i2c-bus`, promised), over the bus's one owner. It makes up
 * for what that package can't bear:
 * - It waits for the chip in loops without an end and without a pause, one of which never waits, for `status & 0x07 === 0`
 *   is always 0: it would cut calibrations short and read the distance of the measurement before. Here the reads of such
 *   registers come back when the chip is done, or not at all.
 * - It leaves promises alone (`readReg(…) & ~0x10`): one that rejects would end the process. So nothing here ever rejects:
 *   after a failure the package's own promises stay pending, are forgotten, and `attempt` rejects.
 */
export class Vl53l0xDriverBus {
  #register = 0;
  #bank = 0;
  #failure: HallwardError | undefined;
  #fail: (error: HallwardError) => void = () => {};

  constructor(private readonly wires: ChipWires) {}

  /** Runs something of the package's; rejects with what went wrong on the bus, or with `sensor.set-up-failed`. */
  attempt<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#fail = reject;
      // What the package itself rejects with says nothing of the wire: numbers that make no sense.
      work().then(resolve, (thrown: unknown) =>
        this.#failed(
          thrown === undefined
            ? new HallwardError('sensor.set-up-failed', 'garbled', 'the distance sensor could not be set up')
            : asHallwardError(thrown, 'sensor.set-up-failed', 'garbled'),
        ),
      );
    });
  }

  /** As `i2c-bus` has it. A single byte is the number of the register that is read next. */
  readonly i2cWrite = (address: number, length: number, buffer: Uint8Array): Promise<unknown> =>
    this.#orNever(async () => {
      const bytes = buffer.slice(0, length);
      const [register = 0, value = 0] = bytes;
      if (bytes.length === 1) {
        this.#register = register;
        return;
      }
      await this.wires.transfer({ address, write: bytes });
      if (register === vl53l0xBank) this.#bank = value;
    });

  /** As `i2c-bus` has it: reads from the register that was written last. */
  readonly i2cRead = (address: number, length: number, _buffer: Uint8Array): Promise<{ buffer: Buffer }> => {
    const register = this.#register;
    return this.#orNever(async () => {
      const wait = waits.find((one) => one.register === register && one.bank === this.#bank);
      const began = this.wires.clock.monotonicMilliseconds();
      for (;;) {
        const write = Uint8Array.of(register);
        const bytes = await this.wires.transfer({ address, write, readLength: length });
        if (wait === undefined || wait.over(bytes[0] ?? 0)) return { buffer: Buffer.from(bytes) };
        const waited = this.wires.clock.monotonicMilliseconds() - began;
        if (waited >= patienceMilliseconds) throw notReady(register, waited);
        await this.wires.pause(lookMilliseconds);
      }
    });
  };

  /** What `work` gives; where it fails, or something has failed before, a promise that stays pending. */
  #orNever<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve) => {
      if (this.#failure !== undefined) return;
      work().then(
        (result) => {
          if (this.#failure === undefined) resolve(result);
        },
        (thrown: unknown) => this.#failed(asHallwardError(thrown, 'sensor.failed', 'internal')),
      );
    });
  }

  #failed(error: HallwardError): void {
    this.#failure ??= error;
    this.#fail(this.#failure);
  }
}
