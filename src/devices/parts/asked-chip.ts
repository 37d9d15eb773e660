import type { ChipRequest } from '../../protocols/sensirion.js';
import type { I2cBus } from '../../transports/ports-i2c.js';
import { ChipWires } from './chip-wires.js';
import type { PartContext } from './part.js';

/** An I2C chip that takes its time: between command and answer the wires are free for others. */
export class AskedChip {
  readonly #wires: ChipWires;

  constructor(context: Pick<PartContext, 'name' | 'bus' | 'clock'>) {
    this.#wires = new ChipWires(context);
  }

  get bus(): I2cBus {
    return this.#wires.bus;
  }

  /** One request at a time. Rejects as `I2cBus.transfer`; after `stop` it never ends. */
  async ask(address: number, { write, waitMilliseconds, readLength }: ChipRequest): Promise<Uint8Array> {
    await this.#wires.transfer({ address, write });
    await this.#wires.pause(waitMilliseconds);
    return readLength === 0 ? new Uint8Array() : this.#wires.transfer({ address, readLength });
  }

  /** How often anybody on this bus spoke to this address so far. */
  transfersWith(address: number): number {
    return this.bus.counters.get(address)?.transfers ?? 0;
  }

  stop(): void {
    this.#wires.stop();
  }
}

/** An address as people write it. */
export function addressText(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`;
}
