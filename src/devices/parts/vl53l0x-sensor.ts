import { HallwardError } from '../../kernel/errors.js';
import { requirePackage } from '../../kernel/require.js';
import type { RangeSample } from '../../protocols/range-sample.js';
import {
  readVl53l0xResult,
  vl53l0xBank,
  vl53l0xModel,
  vl53l0xResult,
  vl53l0xSetUp,
} from '../../protocols/vl53l0x.js';
import type { ChipWires } from './chip-wires.js';
import { type RangeFinder, wrongChip } from './range-finder.js';
import { Vl53l0xDriverBus } from './vl53l0x-driver-bus.js';

/** What is used of the package `vl53l0x`. Making one begins to set the chip up; what is asked waits for that. */
interface Driver {
  getMeasurementTimingBudget(): Promise<number>;
  /** One measurement; gives the range register. */
  measure(): Promise<number>;
}

interface Session {
  readonly bus: Vl53l0xDriverBus;
  readonly driver: Driver;
}

type MakeDriver = (bus: Vl53l0xDriverBus, address: number) => Driver;

/** The shortest time that ST lets a measurement take, in microseconds; a longer one than this is no sound setting. */
const shortestBudget = 20_000;
const longestBudget = 1_000_000;

/** A VL53L0X, set up and asked by the package that knows how. */
export class Vl53l0xSensor implements RangeFinder {
  #session: Session | undefined;

  constructor(
    private readonly wires: ChipWires,
    private readonly address: number,
  ) {}

  async begin(): Promise<void> {
    this.#session = undefined;
    await this.#identify();
    const makeDriver = loadDriver();
    const bus = new Vl53l0xDriverBus(this.wires);
    let driver: Driver | undefined;
    const budget = await bus.attempt(() => {
      driver = makeDriver(bus, this.address);
      return driver.getMeasurementTimingBudget();
    });
    if (driver === undefined || !(budget >= shortestBudget && budget <= longestBudget)) {
      throw new HallwardError(
        'sensor.set-up-failed',
        'garbled',
        `the distance sensor did not keep its setting: a measurement would take ${budget} µs`,
        { budget: Number.isFinite(budget) ? budget : null },
      );
    }
    this.#session = { bus, driver };
  }

  async ready(): Promise<boolean> {
    return this.#session !== undefined && (await this.#read(vl53l0xSetUp.register)) === vl53l0xSetUp.value;
  }

  async measure(): Promise<RangeSample> {
    const session = this.#session;
    if (session === undefined)
      throw new HallwardError('sensor.not-begun', 'internal', 'measured before begin');
    const range = await this.#measured(session);
    const { register, length } = vl53l0xResult;
    const block = await this.#transfer(Uint8Array.of(register), length);
    const sample = readVl53l0xResult(block);
    // Both are one register, read twice: I2C has no checksum of its own.
    if (sample.range !== range) {
      const evidence = { first: range, second: sample.range };
      throw new HallwardError('sensor.garbled', 'garbled', 'two readings of one register differ', evidence);
    }
    return sample;
  }

  /** One measurement. Where it fails nobody knows where the package stands: then all is set up again. */
  async #measured({ bus, driver }: Session): Promise<number> {
    try {
      return await bus.attempt(() => driver.measure());
    } catch (thrown) {
      this.#session = undefined;
      throw thrown;
    }
  }

  async #identify(): Promise<void> {
    let model = await this.#read(vl53l0xModel.register);
    if (model !== vl53l0xModel.value) {
      // A setting up that was cut short leaves another bank of registers selected.
      await this.#transfer(Uint8Array.of(vl53l0xBank, 0), 0);
      model = await this.#read(vl53l0xModel.register);
    }
    if (model !== vl53l0xModel.value) throw wrongChip('VL53L0X', this.address, vl53l0xModel.value, model);
  }

  async #read(register: number): Promise<number> {
    return (await this.#transfer(Uint8Array.of(register), 1))[0] ?? 0;
  }

  #transfer(write: Uint8Array, readLength: number): Promise<Uint8Array> {
    return this.wires.transfer({ address: this.address, write, readLength });
  }
}

function loadDriver(): MakeDriver {
  try {
    return requirePackage('vl53l0x') as MakeDriver;
  } catch (thrown) {
    throw new HallwardError(
      'sensor.package-missing',
      'absent',
      'the package vl53l0x cannot be loaded: install it with npm ci, without --omit=optional',
      { reason: thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown) },
    );
  }
}
