/**
 * A pair of I2C wires inside the process, with chips on it and a front panel for what can go wrong. The errors carry
 * the numbers that Linux gives on a Raspberry Pi: 121 (EREMOTEIO) where no chip acknowledges, 110 (ETIMEDOUT) where
 * the wires are held; https://docs.kernel.org/i2c/fault-codes.html
 */
import { type Clock, sleep } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { I2cAdapter, I2cConnection, I2cTransfer } from '../transports/ports-i2c.js';

/** 100 kHz, nine clocks for each byte. */
const byteMilliseconds = 0.09;
/** How long a driver of the kernel waits for wires that are held. */
const heldMilliseconds = 1_000;

/** A chip by what it takes and gives; the address is the wire's business. */
export interface SimulatedI2cChip {
  /** False while it has no power: then nobody acknowledges. */
  readonly answers: boolean;
  /**
   * False where it has power, but does not acknowledge this: it measures, has nothing to say, or doesn't know the
   * command. One without this acknowledges everything.
   * @param write the bytes of a write; `undefined` for a read
   */
  acknowledges?(write: Uint8Array | undefined): boolean;
  /** The bytes of one write, from start to stop or repeated start. */
  write(bytes: Uint8Array): void;
  /** The bytes of one read, `length` of them. */
  read(length: number): Uint8Array;
}

/** What can be done to the wires. */
export interface SimulatedI2cPanel {
  /** Puts a chip on the wires, in place of one that has this address already. */
  attach(address: number, chip: SimulatedI2cChip): void;
  detach(address: number): void;
  /** Something holds the data wire low: every transfer ends in a time-out of the system after a second. */
  holdLow(): void;
  release(): void;
  /** Transfers from now on never come back, also not after `unhang`. */
  hang(): void;
  unhang(): void;
  /** The whole adapter is gone, as a USB one can be. */
  unplug(): void;
  plug(): void;
  /**
   * Each byte read has one bit turned over with this probability; 0 ends it.
   * @param random 0 (inclusive) to 1 (exclusive)
   */
  garble(probability: number, random?: () => number): void;
  /** How many transfers were begun so far, those that failed too. */
  readonly transfers: number;
}

export interface SimulatedI2cOptions {
  /** As in `/dev/i2c-1`; 1 if absent. */
  readonly number?: number;
  readonly clock: Clock;
}

/** Wires without chips. */
export function simulatedI2c(options: SimulatedI2cOptions): {
  readonly adapter: I2cAdapter;
  readonly panel: SimulatedI2cPanel;
} {
  const wires = new SimulatedWires(options);
  return { adapter: wires, panel: wires };
}

interface OpenEnd {
  readonly closed: (error: HallwardError) => void;
}

class SimulatedWires implements I2cAdapter, SimulatedI2cPanel {
  readonly address: string;
  transfers = 0;
  readonly #clock: Clock;
  readonly #chips = new Map<number, SimulatedI2cChip>();
  readonly #open = new Set<OpenEnd>();
  #held = false;
  #hangs = false;
  #plugged = true;
  #garbleProbability = 0;
  #random: () => number = Math.random;

  constructor({ number = 1, clock }: SimulatedI2cOptions) {
    this.address = `/dev/i2c-${number} (simulated)`;
    this.#clock = clock;
  }

  attach(address: number, chip: SimulatedI2cChip): void {
    this.#chips.set(address, chip);
  }

  detach(address: number): void {
    this.#chips.delete(address);
  }

  holdLow(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
  }

  hang(): void {
    this.#hangs = true;
  }

  unhang(): void {
    this.#hangs = false;
  }

  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    const ends = [...this.#open];
    this.#open.clear();
    queueMicrotask(() => {
      for (const { closed } of ends) closed(this.#gone('wire.lost'));
    });
  }

  plug(): void {
    this.#plugged = true;
  }

  garble(probability: number, random: () => number = Math.random): void {
    this.#garbleProbability = probability;
    this.#random = random;
  }

  async open(closed: (error: HallwardError) => void): Promise<I2cConnection> {
    await Promise.resolve();
    if (!this.#plugged) throw this.#gone('wire.absent');
    const end: OpenEnd = { closed };
    this.#open.add(end);
    /** The transfer before: there is one pair of wires. */
    let before: Promise<unknown> = Promise.resolve();
    const oneTransfer = async (transfer: I2cTransfer) => {
      if (!this.#open.has(end)) throw this.#gone('wire.lost');
      const bytes = await this.#transfer(transfer);
      if (!this.#open.has(end)) throw this.#gone('wire.lost');
      return bytes;
    };
    return {
      transfer: (transfer) => {
        const done = before.then(() => oneTransfer(transfer));
        before = done.catch(() => {});
        return done;
      },
      close: async () => {
        this.#open.delete(end);
      },
    };
  }

  async #transfer({ address, write, readLength = 0 }: I2cTransfer): Promise<Uint8Array> {
    this.transfers++;
    if (this.#hangs) return new Promise(() => {});
    if (this.#held) {
      await sleep(this.#clock, 'simulated I2C wires are held', heldMilliseconds);
      throw new HallwardError('i2c.line-stuck', 'timeout', `${this.address}: the wires are held`, {
        errno: 110,
      });
    }
    await sleep(
      this.#clock,
      'simulated I2C transfer',
      byteMilliseconds * (1 + (write?.length ?? 0) + readLength),
    );
    const chip = this.#chips.get(address);
    const begin = (bytes: Uint8Array | undefined): SimulatedI2cChip => {
      if (chip?.answers && chip.acknowledges?.(bytes) !== false) return chip;
      throw new HallwardError('i2c.no-answer', 'absent', `${this.address}: no chip answers`, { errno: 121 });
    };
    if (write !== undefined && write.length > 0) begin(write).write(write.slice());
    return readLength > 0 ? this.#garbled(begin(undefined).read(readLength)) : new Uint8Array();
  }

  #garbled(bytes: Uint8Array): Uint8Array {
    return bytes.map((byte) =>
      this.#garbleProbability > 0 && this.#random() < this.#garbleProbability
        ? byte ^ (1 << Math.floor(this.#random() * 8))
        : byte,
    );
  }

  #gone(code: 'wire.lost' | 'wire.absent'): HallwardError {
    return new HallwardError(code, 'absent', `${this.address} is gone`);
  }
}
