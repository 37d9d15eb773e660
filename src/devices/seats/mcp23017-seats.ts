/** Seats whose switches hang on an MCP23017 (`protocols/mcp23017.ts`) of their own, each between its pin and ground. */
import * as v from 'valibot';
import type { Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import {
  type Mcp23017Setup,
  type Mcp23017Snapshot,
  mcp23017Addresses,
  mcp23017BurstLength,
  mcp23017BurstStart,
  mcp23017InputPins,
  mcp23017SetUp,
  readMcp23017,
} from '../../protocols/mcp23017.js';
import type { I2cBus } from '../../transports/ports-i2c.js';
import { busOf, type DeviceConfig, type DeviceContext, type ProtocolDeclaration } from '../kind.js';
import { milliseconds } from '../options.js';
import { SeatMonitor } from './seat-monitor.js';
import { seatMonitorOptions, seatTimeEntries, seatTimeOptions } from './seat-options.js';
import type { SeatEvents, SeatSource } from './seat-source.js';

const mostSeats = mcp23017InputPins.length;
/** Polls in a row without an answer, or with impossible ones, until that is a fault. */
const failedPolls = 3;

const optionsSchema = v.object({
  address: v.number(),
  seats: v.optional(v.number()),
  pins: v.optional(v.array(v.number())),
  activeLow: v.boolean(),
  pollMilliseconds: v.number(),
  ...seatTimeEntries,
});

const pins = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(15))),
  v.minLength(1),
  v.maxLength(mostSeats),
  v.description(
    "The chip's pin of each seat, in the order of the seats, instead of seats: 0 to 6 are GPA0 to GPA6, 8 to 14 are GPB0 to GPB6",
  ),
);

function pinProblems(list: readonly number[]): string | undefined {
  const output = list.find((pin) => !mcp23017InputPins.includes(pin));
  if (output !== undefined) return `pin ${output} can only be an output (GPA7, GPB7); use 0 to 6 and 8 to 14`;
  const double = list.find((pin, index) => list.indexOf(pin) !== index);
  return double === undefined ? undefined : `pin ${double} is named twice`;
}

export const mcp23017Seats: ProtocolDeclaration = {
  about: {
    'zh-CN': 'MCP23017 扩展芯片，最多 14 个座位开关',
    en: 'I/O expander MCP23017 with up to 14 seat switches',
  },
  buses: ['i2c'],
  proofOfLife: 'answers',
  options: {
    address: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(mcp23017Addresses.first, 'an address from 0x20 to 0x27'),
      v.maxValue(mcp23017Addresses.last, 'an address from 0x20 to 0x27'),
      v.description('I2C address, 0x20 to 0x27'),
    ),
    seats: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(mostSeats),
        v.description('How many seats, in order on pins GPA0 to GPA6 and GPB0 to GPB6'),
      ),
    ),
    pins: v.optional(pins),
    activeLow: v.optional(
      v.pipe(
        v.boolean(),
        v.description('true: a taken seat connects its pin to ground; false: to the supply'),
      ),
      true,
    ),
    pollMilliseconds: milliseconds('How often the switches are read.', 250, 50, 5000),
    ...seatTimeOptions,
  },
  claims: ({ address }) =>
    typeof address === 'number' ? [{ path: ['address'], text: `address 0x${address.toString(16)}` }] : [],
  problems: (config) => {
    const { seats, pins: list } = v.parse(optionsSchema, config);
    if (seats === undefined && list === undefined) {
      return [{ path: ['seats'], message: `missing: expected how many seats, 1 to ${mostSeats}, or pins` }];
    }
    if (seats !== undefined && list !== undefined) {
      return [
        { path: ['pins'], message: 'name either seats or pins; the pins say how many seats there are' },
      ];
    }
    const message = pinProblems(list ?? []);
    return message === undefined ? [] : [{ path: ['pins'], message }];
  },
};

export function createMcp23017Seats(config: DeviceConfig, context: DeviceContext): SeatMonitor {
  const options = v.parse(optionsSchema, config);
  const { address, activeLow, pollMilliseconds, seats } = options;
  const list = options.pins ?? mcp23017InputPins.slice(0, seats);
  return new SeatMonitor(
    seatMonitorOptions(options, list.length),
    context,
    (events) => new ChipSeats({ address, activeLow, pollMilliseconds, pins: list }, context, events),
  );
}

interface ChipSeatsOptions {
  /** I2C address of the chip, 0x20 to 0x27. */
  readonly address: number;
  /** The chip's pin of each seat, in the order of the seats. */
  readonly pins: readonly number[];
  /** A switch to ground: closed is low. */
  readonly activeLow: boolean;
  readonly pollMilliseconds: number;
}

/** Polls the chip, and sets it up again where it forgot. */
class ChipSeats implements SeatSource {
  readonly #bus: I2cBus;
  readonly #setup: Mcp23017Setup;
  #timer: Timer | undefined;
  #stopped = false;
  #missed = 0;
  #impossible = 0;
  /** Until it is known otherwise: an earlier life of this device may have said so. */
  #isBad = true;

  constructor(
    private readonly options: ChipSeatsOptions,
    private readonly context: DeviceContext,
    private readonly events: SeatEvents,
  ) {
    this.#bus = busOf(context, 'i2c');
    this.#setup = { pins: options.pins, pullUps: options.activeLow };
  }

  start(): void {
    this.#pollAfter(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #pollAfter(pause: number): void {
    if (this.#stopped) return;
    const { clock, name, reports } = this.context;
    this.#timer = clock.after(`poll ${name}`, pause, () => {
      const began = clock.monotonicMilliseconds();
      this.#poll().then(
        () =>
          this.#pollAfter(Math.max(0, began + this.options.pollMilliseconds - clock.monotonicMilliseconds())),
        (error) => reports.crashed(error),
      );
    });
  }

  async #poll(): Promise<void> {
    try {
      const snapshot = await this.#look();
      if (this.#stopped) return;
      this.#missed = 0;
      if (snapshot.stillConfigured) this.#saw(snapshot);
      else this.#sawImpossible(snapshot.difference);
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      if (!this.#stopped) this.#miss(error);
    }
  }

  /** What the chip says now; it is set up again first where it is not as it was set up. */
  async #look(): Promise<Mcp23017Snapshot> {
    const snapshot = await this.#burst();
    if (snapshot.stillConfigured) return snapshot;
    for (const write of mcp23017SetUp(this.#setup)) {
      await this.#bus.transfer({ address: this.options.address, write }, 'poll');
    }
    await this.#burst(); // tells the changes that the setting up itself made
    return this.#burst();
  }

  async #burst(): Promise<Mcp23017Snapshot> {
    const { address } = this.options;
    const transfer = { address, write: mcp23017BurstStart, readLength: mcp23017BurstLength };
    return readMcp23017(this.#setup, await this.#bus.transfer(transfer, 'poll'));
  }

  #saw({ levels, changedPins }: Mcp23017Snapshot): void {
    const { reports } = this.context;
    this.#impossible = 0;
    if (this.#isBad) reports.clear('device.bad-reading');
    this.#isBad = false;
    reports.alive();
    this.events.saw(
      this.options.pins.map((pin) => ({
        closed: ((levels >> pin) & 1) === (this.options.activeLow ? 0 : 1),
        moved: ((changedPins >> pin) & 1) === 1,
      })),
    );
  }

  /** The chip answers, but not with what was written to it. */
  #sawImpossible(difference: string | null): void {
    if (++this.#impossible < failedPolls) return;
    this.#isBad = true;
    const address = `0x${this.options.address.toString(16)}`;
    const reason = `the chip at ${address} does not keep its setting (${difference}); is it an MCP23017?`;
    this.context.reports.raise('device.bad-reading', { reason, address });
    this.events.unknown();
  }

  #miss(error: HallwardError): void {
    this.#impossible = 0;
    if (this.#bus.state !== 'open') {
      // The wire's fault, not the chip's: it is told for the wire.
      this.#missed = 0;
      this.events.unknown();
      return;
    }
    if (error.kind === 'cancelled' || ++this.#missed < failedPolls) return;
    const { errno = null } = error.evidence;
    const address = `0x${this.options.address.toString(16)}`;
    this.events.silent({
      polls: failedPolls,
      address,
      reason: error.message,
      code: error.code,
      errno,
    });
  }
}
