/** The pins of a board that is ready: who uses which, and that the board still knows it. */
import { asHallwardError, type HallwardError } from '../../kernel/errors.js';
import type { FirmataBoard } from '../../transports/ports-firmata.js';
import type { GpioBias, GpioLine } from '../../transports/ports-gpio.js';
import type { OrderQueue } from './order-queue.js';
import { AnalogUse, InputUse, OutputUse, type PinSurroundings, type PinUse } from './pin-use.js';
import { firmataErrors } from './words.js';

const PINS_OF_A_PORT = 8;
/** Looks without a value until a channel counts as silent. */
const SILENT_LOOKS = 2;

interface PinDrive {
  set(high: boolean): Promise<void>;
  release(): Promise<void>;
}

export class BoardPins {
  readonly channels: number;
  readonly #around: PinSurroundings;
  readonly #uses = new Map<number, PinUse>();
  #restoring = false;
  #restoreAgain = false;
  #next = 0;

  constructor(address: string, board: FirmataBoard, orders: OrderQueue) {
    this.#around = { address, board, orders };
    this.channels = board.pins.filter(({ analogChannel }) => analogChannel !== null).length;
  }

  /** The pin that is meant: by number, `D13` or `A0`. Throws `gpio.line-unknown`. */
  pinOf(line: GpioLine): number {
    const { address, board } = this.#around;
    const [, letter, digits] = /^([DA])(\d{1,3})$/.exec(String(line)) ?? [];
    const number = typeof line === 'number' ? line : Number(digits ?? Number.NaN);
    const pin =
      letter === 'A' && typeof line === 'string'
        ? board.pins.findIndex(({ analogChannel }) => analogChannel === number)
        : number;
    if (board.pins[pin] !== undefined) return pin;
    const have = `is no pin of this board; it has 0 to ${board.pins.length - 1}, and A0 to A${this.channels - 1}`;
    throw firmataErrors.lineUnknown(address, line, have);
  }

  /**
   * Watches pins together.
   * @param heard the index of a pin in `pins`, and its level
   * @returns the function that gives them back
   */
  async watch(
    pins: readonly number[],
    bias: GpioBias,
    heard: (index: number, high: boolean) => void,
    failed: (error: HallwardError) => void,
  ): Promise<() => Promise<void>> {
    const uses = pins.map(
      (pin, index) => new InputUse(this.#around, pin, bias, (high) => heard(index, high), failed),
    );
    const release = () => this.#release(uses);
    await this.#take(uses);
    // What fails from here on comes later than the lines were given: it is told, not thrown.
    void this.#report(uses).catch((thrown: unknown) => failed(asHallwardError(thrown, 'gpio.failed')));
    return release;
  }

  /** Drives a pin; it has its level when this resolves. */
  async drive(pin: number, high: boolean, failed: (error: HallwardError) => void): Promise<PinDrive> {
    const use = new OutputUse(this.#around, pin, high, failed);
    await this.#take([use]);
    return { set: (level) => use.set(level), release: () => this.#release([use]) };
  }

  /** Reads an analogue input from now on. Rejects with `analog.channel-unknown` and as `watch`. */
  async sample(
    channel: number,
    heard: (fraction: number) => void,
    failed: (error: HallwardError) => void,
  ): Promise<() => Promise<void>> {
    const { address, board } = this.#around;
    const pin = board.pins.findIndex(({ analogChannel }) => analogChannel === channel);
    if (pin < 0) throw firmataErrors.channelUnknown(address, channel, this.channels);
    const use = new AnalogUse(this.#around, pin, channel, heard, failed);
    await this.#take([use]);
    return () => this.#release([use]);
  }

  level(pin: number, high: boolean): void {
    const use = this.#uses.get(pin);
    if (use instanceof InputUse) use.level(high);
  }

  value(channel: number, value: number): void {
    for (const use of this.#uses.values()) {
      if (use instanceof AnalogUse && use.channel === channel) use.value(value);
    }
  }

  /** The board has forgotten everything: all is set up again. */
  restore(): void {
    for (const use of this.#uses.values()) use.forget();
    this.#restoreAgain = this.#restoring;
    if (!this.#restoring) void this.#restore();
  }

  /**
   * A regular look: whether the board still has one of the pins as it was told (each in turn), levels once more (one
   * may have been garbled on its way), and whether values come.
   * @returns false where the board had to be set up again
   */
  async look(): Promise<boolean> {
    const uses = [...this.#uses.values()];
    const use = uses[this.#next++ % Math.max(1, uses.length)];
    if (use === undefined || this.#restoring) return true;
    const { orders } = this.#around;
    const state = await orders.do({ order: 'state', pin: use.pin });
    if (this.#uses.get(use.pin) === use && state !== null && !use.matches(state)) {
      this.restore();
      return false;
    }
    await this.#report(uses.filter((one) => one instanceof InputUse));
    for (const one of uses) if (one instanceof AnalogUse) await this.#lookAtChannel(one);
    return true;
  }

  /** The board is gone: everybody is told, nothing is in use any more. */
  end(error: HallwardError): void {
    const uses = [...this.#uses.values()];
    this.#uses.clear();
    for (const use of uses) use.failed(error);
  }

  async #take(uses: readonly PinUse[]): Promise<void> {
    const taken: PinUse[] = [];
    try {
      for (const use of uses) {
        const other = this.#uses.get(use.pin);
        if (other !== undefined)
          throw firmataErrors.lineBusy(this.#around.address, use.pin, `as ${other.what}`);
        this.#uses.set(use.pin, use);
        taken.push(use);
      }
      for (const use of uses) await use.setUp();
    } catch (thrown) {
      for (const use of taken) if (this.#uses.get(use.pin) === use) this.#uses.delete(use.pin);
      throw thrown;
    }
  }

  async #release(uses: readonly PinUse[]): Promise<void> {
    const { orders } = this.#around;
    const mine = uses.filter((use) => this.#uses.get(use.pin) === use);
    for (const { pin } of mine) this.#uses.delete(pin);
    try {
      for (const use of mine) {
        if (use instanceof AnalogUse) {
          await orders.do({ order: 'sample', channel: use.channel, on: false });
        }
      }
      for (const port of portsOf(mine.filter((use) => use instanceof InputUse))) {
        const isUsed = [...this.#uses.values()].some(
          (use) => use instanceof InputUse && portOf(use.pin) === port,
        );
        if (!isUsed) await orders.do({ order: 'watch', port, on: false });
      }
    } catch {
      // The board is gone, and with it all that it told.
    }
  }

  async #report(uses: readonly PinUse[]): Promise<void> {
    const { orders } = this.#around;
    for (const port of portsOf(uses)) await orders.do({ order: 'watch', port, on: true });
  }

  async #restore(): Promise<void> {
    this.#restoring = true;
    try {
      do {
        this.#restoreAgain = false;
        const uses = [...this.#uses.values()];
        for (const use of uses) {
          if (this.#uses.get(use.pin) === use) await this.#setUpAgain(use);
        }
        await this.#report(uses.filter((use) => use instanceof InputUse)).catch(() => {}); // the next look does it
      } while (this.#restoreAgain);
    } finally {
      this.#restoring = false;
    }
  }

  async #lookAtChannel(use: AnalogUse): Promise<void> {
    use.look();
    if (use.silentLooks === 0) return;
    await this.#setUpAgain(use);
    if (use.silentLooks === SILENT_LOOKS && this.#uses.get(use.pin) === use) {
      use.failed(firmataErrors.channelSilent(this.#around.address, use.channel));
    }
  }

  async #setUpAgain(use: PinUse): Promise<void> {
    try {
      await use.setUp();
    } catch (thrown) {
      if (this.#uses.get(use.pin) !== use) return;
      // An analogue input is kept, and looked for; lines are asked for again by who wants them.
      if (!(use instanceof AnalogUse)) this.#uses.delete(use.pin);
      use.failed(asHallwardError(thrown, 'gpio.failed'));
    }
  }
}

const portOf = (pin: number) => Math.floor(pin / PINS_OF_A_PORT);

function portsOf(uses: readonly PinUse[]): number[] {
  return [...new Set(uses.map(({ pin }) => portOf(pin)))];
}
