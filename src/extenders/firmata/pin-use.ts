/** What one pin of a board is used for, and how it becomes that. */
import type { HallwardError } from '../../kernel/errors.js';
import type { FirmataBoard, FirmataPinState } from '../../transports/ports-firmata.js';
import type { GpioBias } from '../../transports/ports-gpio.js';
import type { OrderQueue } from './order-queue.js';
import { firmataErrors } from './words.js';

const firmataModes = { input: 0, output: 1, analog: 2, pullUp: 11 } as const;

/** The board that the pin is on. */
export interface PinSurroundings {
  readonly address: string;
  readonly board: FirmataBoard;
  readonly orders: OrderQueue;
}

export interface PinUse {
  readonly pin: number;
  /** For people: `input`. */
  readonly what: string;
  /** Brings the pin into this use, also after the board has forgotten it. Throws what the pin can't be. */
  setUp(): Promise<void>;
  /** Whether the board still has it so. */
  matches(state: FirmataPinState): boolean;
  /** The board has forgotten it. */
  forget(): void;
  /** It could not be set up again. */
  failed(error: HallwardError): void;
}

async function setMode(
  { address, board, orders }: PinSurroundings,
  pin: number,
  mode: number,
  wanted: string,
): Promise<FirmataPinState> {
  if (!board.pins[pin]?.modes.includes(mode)) {
    throw firmataErrors.lineUnknown(address, pin, `can't be ${wanted} on this board`);
  }
  const state = await answered(address, pin, () => orders.do({ order: 'mode', pin, mode }));
  if (state.mode !== mode) throw firmataErrors.notTaken(address, pin, wanted, { mode: state.mode });
  return state;
}

async function answered(
  address: string,
  pin: number,
  ask: () => Promise<FirmataPinState | null>,
): Promise<FirmataPinState> {
  try {
    const state = await ask();
    if (state !== null) return state;
  } catch (thrown) {
    if ((thrown as HallwardError).code !== 'firmata.no-answer') throw thrown;
  }
  throw firmataErrors.pinSilent(address, pin);
}

/**
 * An input. Its levels count only after the board has confirmed its mode: a report that was under way shows whatever
 * the pin was before.
 */
export class InputUse implements PinUse {
  readonly what = 'input';
  #isSet = false;
  #mode: number = firmataModes.input;
  #told: boolean | undefined;
  readonly #pullsUp: boolean;

  constructor(
    private readonly around: PinSurroundings,
    readonly pin: number,
    bias: GpioBias,
    private readonly heard: (high: boolean) => void,
    readonly failed: (error: HallwardError) => void,
  ) {
    this.#pullsUp = bias === 'pull-up';
  }

  async setUp(): Promise<void> {
    const { address, board, orders } = this.around;
    const { pin } = this;
    this.#isSet = false;
    const modes = board.pins[pin]?.modes ?? [];
    this.#mode =
      this.#pullsUp && modes.includes(firmataModes.pullUp) ? firmataModes.pullUp : firmataModes.input;
    const state = await setMode(this.around, pin, this.#mode, 'an input');
    // Before version 2.5 of the protocol a pull-up was switched by writing to an input.
    if (this.#mode === firmataModes.input && (state.state === 1) !== this.#pullsUp) {
      const write = { order: 'write', pin, high: this.#pullsUp } as const;
      const written = await answered(address, pin, () => orders.do(write));
      if (this.#pullsUp && written.state !== 1) throw firmataErrors.noPullUp(address, pin, board.version);
    }
    this.#isSet = true;
  }

  matches({ mode, state }: FirmataPinState): boolean {
    return mode === this.#mode && (mode !== firmataModes.input || !this.#pullsUp || state === 1);
  }

  level(high: boolean): void {
    if (!this.#isSet || high === this.#told) return;
    this.#told = high;
    this.heard(high);
  }

  forget(): void {
    this.#isSet = false;
  }
}

export class OutputUse implements PinUse {
  readonly what = 'output';
  /** The level that the board has confirmed. */
  #shown: boolean | undefined;

  constructor(
    private readonly around: PinSurroundings,
    readonly pin: number,
    private wanted: boolean,
    readonly failed: (error: HallwardError) => void,
  ) {}

  async setUp(): Promise<void> {
    this.#shown = undefined;
    await setMode(this.around, this.pin, firmataModes.output, 'an output');
    await this.#write();
  }

  /** Resolves when the board has confirmed the level. */
  async set(high: boolean): Promise<void> {
    this.wanted = high;
    await this.#write();
  }

  matches({ mode, state }: FirmataPinState): boolean {
    if (this.#shown === undefined) return true; // it is just being changed
    return mode === firmataModes.output && (state !== 0) === this.#shown;
  }

  forget(): void {
    this.#shown = undefined;
  }

  async #write(): Promise<void> {
    const { address, orders } = this.around;
    const { pin } = this;
    const high = this.wanted;
    this.#shown = undefined;
    const { mode, state } = await answered(address, pin, () => orders.do({ order: 'write', pin, high }));
    if (mode !== firmataModes.output || (state !== 0) !== high) {
      throw firmataErrors.notTaken(address, pin, high ? 'high' : 'low', { mode, state });
    }
    this.#shown = high;
  }
}

export class AnalogUse implements PinUse {
  readonly what = 'analogue input';
  /** Looks in a row without a value since the one before. */
  silentLooks = 0;
  #isSet = false;
  #heardSince = false;

  constructor(
    private readonly around: PinSurroundings,
    readonly pin: number,
    readonly channel: number,
    private readonly heard: (fraction: number) => void,
    readonly failed: (error: HallwardError) => void,
  ) {}

  async setUp(): Promise<void> {
    this.#isSet = false;
    await setMode(this.around, this.pin, firmataModes.analog, 'an analogue input');
    this.#isSet = true;
    await this.around.orders.do({ order: 'sample', channel: this.channel, on: true });
  }

  matches({ mode }: FirmataPinState): boolean {
    return mode === firmataModes.analog;
  }

  value(value: number): void {
    const { analogMaximum } = this.around.board;
    // More than the converter can tell is a garbled message, not a voltage.
    if (!this.#isSet || value > analogMaximum) return;
    this.#heardSince = true;
    this.silentLooks = 0;
    this.heard(value / analogMaximum);
  }

  /** Counts whether values come. */
  look(): void {
    if (this.#heardSince) this.silentLooks = 0;
    else this.silentLooks++;
    this.#heardSince = false;
  }

  forget(): void {
    this.#isSet = false;
  }
}
