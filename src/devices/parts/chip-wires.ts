import type { Clock, Timer } from '../../kernel/clock.js';
import type { I2cBus, I2cTransfer } from '../../transports/ports-i2c.js';
import { faceOf } from '../kind.js';
import type { PartContext } from './part.js';

/**
 * The wires of a part with a chip on I2C, until it is stopped: then nothing more goes out, and whoever waits for something
 * waits for ever and is forgotten. So a part may be stopped in the middle of a measurement, without a timer left behind
 * and without disturbing the part that comes after it at the same chip.
 */
export class ChipWires {
  readonly bus: I2cBus;
  readonly clock: Clock;
  #waiting: Timer | undefined;
  #stopped = false;

  constructor(private readonly context: Pick<PartContext, 'name' | 'bus' | 'clock'>) {
    this.bus = faceOf(context.bus, 'i2c', context.name);
    this.clock = context.clock;
  }

  /** As `I2cBus.transfer`, as a poll. */
  transfer(transfer: I2cTransfer): Promise<Uint8Array> {
    return this.#stopped ? never() : this.bus.transfer(transfer, 'poll');
  }

  /** One pause at a time; the wires are free for others meanwhile. */
  pause(milliseconds: number): Promise<void> {
    if (this.#stopped) return never();
    return new Promise((resolve) => {
      this.#waiting = this.clock.after(`${this.context.name}: the chip is done`, milliseconds, resolve);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting?.cancel();
  }
}

function never<Result>(): Promise<Result> {
  return new Promise(() => {});
}
