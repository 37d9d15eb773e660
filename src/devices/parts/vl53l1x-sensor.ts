import { HallwardError } from '../../kernel/errors.js';
import type { RangeSample } from '../../protocols/range-sample.js';
import {
  readVl53l1xResult,
  type Vl53l1xWrites,
  vl53l1xAfterFirst,
  vl53l1xBooted,
  vl53l1xMark,
  vl53l1xModel,
  vl53l1xPointer,
  vl53l1xReady,
  vl53l1xResult,
  vl53l1xSetUp,
  vl53l1xStart,
  vl53l1xStop,
} from '../../protocols/vl53l1x.js';
import type { ChipWires } from './chip-wires.js';
import { notReady, type RangeFinder, wrongChip } from './range-finder.js';

const lookMilliseconds = 10;
const patienceMilliseconds = 1_000;

/** A VL53L1X: each measurement is started and stopped, so that the laser rests in between. */
export class Vl53l1xSensor implements RangeFinder {
  /** It measures again and again until it is told to stop. */
  #isMeasuring = false;

  constructor(
    private readonly wires: ChipWires,
    private readonly address: number,
  ) {}

  async begin(): Promise<void> {
    const model = await this.#word(vl53l1xModel.register);
    if (model !== vl53l1xModel.value) throw wrongChip('VL53L1X', this.address, vl53l1xModel.value, model);
    await this.#wait(vl53l1xBooted);
    await this.#write(vl53l1xSetUp());
    await this.#measured();
    await this.#write(vl53l1xAfterFirst());
  }

  async ready(): Promise<boolean> {
    return (await this.#word(vl53l1xMark.register)) === vl53l1xMark.value;
  }

  async measure(): Promise<RangeSample> {
    const [first, second] = await this.#measured();
    if (Buffer.compare(first, second) === 0) return readVl53l1xResult(first);
    throw new HallwardError('sensor.garbled', 'garbled', 'two readings of one measurement differ', {
      first: Buffer.from(first).toString('hex'),
      second: Buffer.from(second).toString('hex'),
    });
  }

  leave(): void {
    if (!this.#isMeasuring) return;
    const { wires, address } = this;
    const stop = async () => {
      for (const write of vl53l1xStop()) await wires.bus.transfer({ address, write }, 'command');
    };
    // Where that fails there is nobody left to tell.
    stop().catch(() => undefined);
  }

  /** One measurement, read twice: I2C has no checksum of its own. */
  async #measured(): Promise<readonly [Uint8Array, Uint8Array]> {
    this.#isMeasuring = true;
    await this.#write(vl53l1xStart());
    await this.#wait(vl53l1xReady);
    const { register, length } = vl53l1xResult;
    const blocks = [await this.#read(register, length), await this.#read(register, length)] as const;
    await this.#write(vl53l1xStop());
    this.#isMeasuring = false;
    return blocks;
  }

  /** Until bit 0 of a register is 1. */
  async #wait(register: number): Promise<void> {
    const began = this.wires.clock.monotonicMilliseconds();
    for (;;) {
      const [value = 0] = await this.#read(register, 1);
      if ((value & 0x01) === 1) return;
      const waited = this.wires.clock.monotonicMilliseconds() - began;
      if (waited >= patienceMilliseconds) throw notReady(register, waited);
      await this.wires.pause(lookMilliseconds);
    }
  }

  async #write(writes: Vl53l1xWrites): Promise<void> {
    for (const write of writes) await this.wires.transfer({ address: this.address, write });
  }

  async #word(register: number): Promise<number> {
    const [high = 0, low = 0] = await this.#read(register, 2);
    return (high << 8) | low;
  }

  #read(register: number, readLength: number): Promise<Uint8Array> {
    return this.wires.transfer({ address: this.address, write: vl53l1xPointer(register), readLength });
  }
}
