/** What an expander's chips do, each in its own way: bring pins to what is wanted, and look at them. */
import { HallwardError } from '../kernel/errors.js';
import {
  type Mcp23017Setup,
  type Mcp23017Snapshot,
  mcp23017Addresses,
  mcp23017BurstLength,
  mcp23017BurstStart,
  mcp23017Drive,
  mcp23017InputPins,
  mcp23017SetUp,
  readMcp23017,
} from '../protocols/mcp23017.js';
import {
  type Pcf857xModel,
  pcf857x,
  pcf857xReadLength,
  pcf857xWrite,
  readPcf857x,
} from '../protocols/pcf857x.js';
import type { Priority } from '../transports/ports-bus.js';
import type { GpioBias } from '../transports/ports-gpio.js';
import type { I2cBus, I2cTransfer } from '../transports/ports-i2c.js';
import { hexAddress } from './chip-search.js';

export type ExpanderModelName = Pcf857xModel | 'mcp23017';

/** What is wanted of the pins. Masks have one bit for each pin, pin 0 the lowest. */
export interface WantedPins {
  /** Pins that are watched. */
  readonly inputs: number;
  /** Those of them that the chip shall hold high. */
  readonly pullUps: number;
  readonly outputs: number;
  /** Those of them that shall be high. */
  readonly high: number;
}

/** What one look says. */
export interface PinLook {
  readonly levels: number;
  /** Pins whose level was read twice alike; of the others nothing is known by this look. */
  readonly sure: number;
  /** Watched pins that changed since the look before and are back at the level that they had then. */
  readonly flashed: number;
}

export interface ExpanderModel {
  readonly title: string;
  /** Names of the pins; their places are their numbers. */
  readonly names: readonly string[];
  /** Addresses that such a chip can have. */
  readonly family: readonly number[];
  /** Why a pin can't be watched so; `undefined` where it can. */
  inputProblem(pin: number, bias: GpioBias): string | undefined;
  /** Whether an output's read level proves this level; a weak high proves nothing. */
  proves(high: boolean): boolean;
  /** Asks for a sign of life; changes nothing. */
  ping(): Promise<void>;
  /**
   * Brings the pins to what is wanted, also those of a chip that has lost its power since, and looks at them.
   * @param before the levels that are known, and which those are
   */
  look(
    wanted: WantedPins,
    before: { readonly known: number; readonly levels: number },
    priority: Priority,
  ): Promise<PinLook>;
  /** Nothing is known of the chip any more: it is set up anew at the next look. */
  forget(): void;
}

/** The chip called `name` at `address`. */
export function expanderModel(name: ExpanderModelName, i2c: I2cBus, address: number): ExpanderModel {
  const transfer = (parts: Omit<I2cTransfer, 'address'>, priority: Priority) =>
    i2c.transfer({ address, ...parts }, priority);
  return name === 'mcp23017' ? new Mcp(transfer, address) : pcf(name, transfer);
}

type Transfer = (parts: Omit<I2cTransfer, 'address'>, priority: Priority) => Promise<Uint8Array>;

/**
 * Writes all pins and reads them at each look, for the chip has nothing that says whether it still is as it was
 * written: outputs stand again within one look after a loss of power, and an input that noise has written to 0 is one
 * again. It is read twice, for it has no checksum.
 */
function pcf(name: Pcf857xModel, transfer: Transfer): ExpanderModel {
  const { title, pins, addresses } = pcf857x[name];
  return {
    title,
    names: Array.from({ length: pins }, (_, pin) => (pins === 8 ? `P${pin}` : `P${pin >> 3}${pin & 7}`)),
    family: addresses,
    inputProblem: (_, bias) =>
      bias === 'pull-up' || bias === 'as-is'
        ? undefined
        : `a ${title} has a weak pull-up at each input and nothing else: let the contact join its line to ground and set activeLow: true, or, for a sensor that drives its line high and low, bias: as-is`,
    // High comes from a weak current source: what it is to feed may well pull it down.
    proves: (high) => !high,
    async ping() {
      await transfer({ readLength: pcf857xReadLength(name) }, 'poll');
    },
    async look(wanted, _, priority) {
      const write = pcf857xWrite(name, wanted);
      const bytes = await transfer({ write, readLength: pcf857xReadLength(name, 2) }, priority);
      const [first = 0, second = 0] = readPcf857x(name, bytes);
      return { levels: second, sure: ~(first ^ second), flashed: 0 };
    },
    forget() {},
  };
}

/** What happened at watched pins in between, as the bursts of one look tell it. */
class Changes {
  #moved = 0;
  #captured = 0;

  add({ changedPins, captured }: Mcp23017Snapshot, levels: number): void {
    // A flag and a captured level that contradict each other are a bit that was read wrong.
    const real = changedPins & (captured ^ levels) & ~this.#moved;
    this.#moved |= real;
    this.#captured |= real & captured;
  }

  /** Pins that were at another level in between, and now are at theirs again. */
  flashed(known: number, levels: number, before: number): number {
    return this.#moved & known & (this.#captured ^ before) & ~(levels ^ before);
  }
}

/**
 * The chip's whole setting is read back at each look. What its interrupt logic caught between two looks is told, too: a
 * short press is not lost. Changes are read once more, since there is no checksum.
 */
class Mcp implements ExpanderModel {
  readonly title = 'MCP23017';
  readonly names = [...'AB'].flatMap((port) => Array.from({ length: 8 }, (_, bit) => `GP${port}${bit}`));
  readonly family = Array.from({ length: 8 }, (_, offset) => mcp23017Addresses.first + offset);
  /** What the chip was set up for. */
  #standing: WantedPins | undefined;

  constructor(
    private readonly transfer: Transfer,
    private readonly address: number,
  ) {}

  inputProblem(pin: number, bias: GpioBias): string | undefined {
    if (!mcp23017InputPins.includes(pin)) {
      return `${this.names[pin]} can only be an output (data sheet since 2022)`;
    }
    return bias === 'pull-down'
      ? 'an MCP23017 has no pull-down: let the contact join its line to ground and set activeLow: true, or fit a resistor to ground and set bias: disabled'
      : undefined;
  }

  proves(): boolean {
    return true;
  }

  async ping(): Promise<void> {
    await this.transfer({ write: mcp23017BurstStart, readLength: 1 }, 'poll');
  }

  forget(): void {
    this.#standing = undefined;
  }

  async look(
    wanted: WantedPins,
    before: { readonly known: number; readonly levels: number },
    priority: Priority,
  ): Promise<PinLook> {
    const setup = setupOf(wanted);
    const changes = new Changes();
    if (!sameSetting(this.#standing, wanted)) await this.#setUp(wanted, setup, priority);
    else if (this.#standing?.high !== wanted.high) await this.#drive(wanted, setup, priority);
    let burst = await this.#burst(setup, priority);
    changes.add(burst, before.levels);
    if (!burst.stillConfigured) {
      burst = await this.#asSetUp(wanted, setup, priority);
      changes.add(burst, before.levels);
    }
    if (((burst.levels ^ wanted.high) & wanted.outputs) !== 0) {
      await this.#drive(wanted, setup, priority);
      burst = await this.#burst(setup, priority);
      changes.add(burst, before.levels);
    }
    const { inputs } = wanted;
    const moved = ((burst.levels ^ before.levels) | ~before.known) & inputs;
    if (moved === 0) {
      return {
        levels: burst.levels,
        sure: ~0,
        flashed: changes.flashed(before.known, burst.levels, before.levels),
      };
    }
    const again = await this.#burst(setup, priority);
    changes.add(again, before.levels);
    const sure = ~(burst.levels ^ again.levels);
    return {
      levels: again.levels,
      sure,
      flashed: changes.flashed(before.known, again.levels, before.levels),
    };
  }

  /** A burst of a chip that holds its setting: it may have been read wrong once, or the chip was without power. */
  async #asSetUp(wanted: WantedPins, setup: Mcp23017Setup, priority: Priority): Promise<Mcp23017Snapshot> {
    const again = await this.#burst(setup, priority);
    if (again.stillConfigured) return again;
    await this.#setUp(wanted, setup, priority);
    const burst = await this.#burst(setup, priority);
    if (burst.stillConfigured) return burst;
    this.#standing = undefined;
    const address = hexAddress(this.address);
    const text = `the chip at ${address} does not keep its setting (${burst.difference}); is it an MCP23017?`;
    throw new HallwardError('gpio.failed', 'garbled', text, { address, difference: burst.difference });
  }

  async #setUp(wanted: WantedPins, setup: Mcp23017Setup, priority: Priority): Promise<void> {
    this.#standing = undefined;
    for (const write of mcp23017SetUp(setup)) await this.transfer({ write }, priority);
    await this.#burst(setup, priority); // tells the changes that the setting up itself made
    this.#standing = wanted;
  }

  async #drive(wanted: WantedPins, setup: Mcp23017Setup, priority: Priority): Promise<void> {
    await this.transfer({ write: mcp23017Drive(setup) }, priority);
    this.#standing = wanted;
  }

  async #burst(setup: Mcp23017Setup, priority: Priority): Promise<Mcp23017Snapshot> {
    const read = { write: mcp23017BurstStart, readLength: mcp23017BurstLength };
    return readMcp23017(setup, await this.transfer(read, priority));
  }
}

function sameSetting(one: WantedPins | undefined, other: WantedPins): boolean {
  return (
    one !== undefined &&
    one.inputs === other.inputs &&
    one.pullUps === other.pullUps &&
    one.outputs === other.outputs
  );
}

function setupOf({ inputs, pullUps, outputs, high }: WantedPins): Mcp23017Setup {
  return {
    pins: pinsOf(inputs),
    pullUps: pinsOf(pullUps),
    outputs: pinsOf(outputs),
    high: pinsOf(high & outputs),
  };
}

function pinsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, pin) => pin).filter((pin) => ((mask >> pin) & 1) === 1);
}
