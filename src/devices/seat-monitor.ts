import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import {
  type Mcp23017Setup,
  type Mcp23017Snapshot,
  mcp23017BurstLength,
  mcp23017BurstStart,
  mcp23017SetUp,
  readMcp23017,
} from '../protocols/mcp23017.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import { busOf, type Device, type DeviceContext, type Reading } from './kind.js';
import { OccupancyPeriod, untilSummary } from './occupancy-summary.js';
import { type SeatCounts, SeatStates, type SeatTimes } from './seat-states.js';

export interface SeatMonitorOptions extends SeatTimes {
  /** I2C address of the chip, 0x20 to 0x27. */
  readonly address: number;
  /** The chip's pin of each seat, in the order of the seats. */
  readonly pins: readonly number[];
  /** A switch to ground: closed is low. */
  readonly activeLow: boolean;
  readonly pollMilliseconds: number;
  /** Readings are told at most this often. */
  readonly publishMilliseconds: number;
}

/** Polls in a row without an answer, or with impossible ones, until that is a fault. */
const failedPolls = 3;

/** Seats whose switches hang on an MCP23017: polls it, sets it up again where it forgot, and counts. */
export class SeatMonitor implements Device {
  readonly capabilities = {};
  readonly #bus: I2cBus;
  readonly #setup: Mcp23017Setup;
  readonly #seats: SeatStates;
  #period = new OccupancyPeriod(0);
  #pollTimer: Timer | undefined;
  #summaryTimer: Timer | undefined;
  #tellTimer: Timer | undefined;
  #stopped = false;
  #missed = 0;
  #impossible = 0;
  /** Until it is known otherwise: an earlier life of this device may have said so. */
  #isBad = true;
  /** Numbers of the stuck seats as they were told; not told yet where `undefined`. */
  #stuck: string | undefined;
  #latest = '';
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: SeatMonitorOptions,
    private readonly context: DeviceContext,
  ) {
    this.#bus = busOf(context, 'i2c');
    this.#setup = { pins: options.pins, pullUps: options.activeLow };
    this.#seats = new SeatStates(options.pins.length, options);
  }

  start(): void {
    this.#period = new OccupancyPeriod(this.#now);
    this.#summariseLater();
    this.#pollAfter(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pollTimer?.cancel();
    this.#summaryTimer?.cancel();
    this.#tellTimer?.cancel();
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #pollAfter(pause: number): void {
    if (this.#stopped) return;
    this.#pollTimer = this.context.clock.after(`poll ${this.context.name}`, pause, () => {
      const began = this.#now;
      this.#poll().then(
        () => this.#pollAfter(Math.max(0, began + this.options.pollMilliseconds - this.#now)),
        (error) => this.context.reports.crashed(error),
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
    const looks = this.options.pins.map((pin) => ({
      closed: ((levels >> pin) & 1) === (this.options.activeLow ? 0 : 1),
      moved: ((changedPins >> pin) & 1) === 1,
    }));
    const counts = this.#seats.look(looks, this.#now);
    if (counts === null) {
      this.#tell(this.#unknown);
      return;
    }
    this.#period.saw(counts.taken, this.#now);
    this.#judgeStuck(counts);
    this.#tell({
      seats: looks.length,
      taken: counts.taken,
      free: counts.free,
      stuck: counts.stuck.length,
    });
  }

  #judgeStuck({ stuck }: SeatCounts): void {
    const { reports } = this.context;
    const seats = stuck.join(', ');
    if (seats === this.#stuck) return;
    this.#stuck = seats;
    const minutes = Math.round(this.options.stuckAfterMilliseconds / 60_000);
    if (stuck.length > 0) reports.raise('seating.stuck-seat', { seats, minutes }, stuck.map(String));
    else reports.clear('seating.stuck-seat');
  }

  /** The chip answers, but not with what was written to it. */
  #sawImpossible(difference: string | null): void {
    if (++this.#impossible < failedPolls) return;
    this.#isBad = true;
    const address = `0x${this.options.address.toString(16)}`;
    const reason = `the chip at ${address} does not keep its setting (${difference}); is it an MCP23017?`;
    this.context.reports.raise('device.bad-reading', { reason, address });
    this.#forget();
    this.#tellNow(this.#unknown);
  }

  #miss(error: HallwardError): void {
    this.#impossible = 0;
    if (this.#bus.state !== 'open') {
      // The wire's fault, not the chip's: it is told for the wire.
      this.#missed = 0;
      this.#forget();
      this.#tellNow(this.#unknown);
      return;
    }
    if (error.kind === 'cancelled' || ++this.#missed < failedPolls) return;
    this.#forget();
    this.#latest = '';
    this.#tellTimer?.cancel();
    this.#tellTimer = undefined;
    const { errno = null } = error.evidence;
    const address = `0x${this.options.address.toString(16)}`;
    const evidence = { polls: failedPolls, address, reason: error.message, code: error.code, errno };
    this.context.reports.silent(evidence);
  }

  #forget(): void {
    this.#seats.forget();
    this.#period.lost();
  }

  get #unknown(): Readonly<Record<string, Reading>> {
    return { seats: this.options.pins.length, taken: null, free: null, stuck: null };
  }

  /** Tells the readings, or the newest of them once enough time has passed since they were told last. */
  #tell(values: Readonly<Record<string, Reading>>): void {
    this.#tellTimer?.cancel();
    this.#tellTimer = undefined;
    const wait = this.#toldAt + this.options.publishMilliseconds - this.#now;
    if (wait <= 0 || this.#latest === '') this.#tellNow(values);
    else if (JSON.stringify(values) !== this.#latest) {
      this.#tellTimer = this.context.clock.after(`${this.context.name}: tell readings`, wait, () =>
        this.#tellNow(values),
      );
    }
  }

  #tellNow(values: Readonly<Record<string, Reading>>): void {
    this.#tellTimer?.cancel();
    this.#tellTimer = undefined;
    const text = JSON.stringify(values);
    if (text === this.#latest) return;
    this.#latest = text;
    this.#toldAt = this.#now;
    this.context.reports.readings(values);
  }

  #summariseLater(): void {
    const { clock, name, reports } = this.context;
    const wait = untilSummary(clock.wallMilliseconds());
    this.#summaryTimer = clock.after(`${name}: occupancy`, wait, () => {
      const summary = this.#period.end(this.#now, clock.wallMilliseconds());
      if (summary !== null) {
        reports.record('occupancy.summary', { ...summary, seats: this.options.pins.length });
      }
      this.#summariseLater();
    });
  }
}
