/** The analogue inputs of a Firmata board. */
import type { Clock } from '../../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../../kernel/errors.js';
import { Listeners } from '../../kernel/listeners.js';
import type { AnalogBus, AnalogEvents, AnalogRequest } from '../../transports/ports-analog.js';
import type { WireState } from '../../transports/ports-bus.js';
import type { BoardPins } from './board-pins.js';
import type { OrderQueue } from './order-queue.js';

/** The board takes no shorter interval than 10 ms. It is never longer than 1 s, so that silence is soon noticed. */
const SHORTEST_INTERVAL_MILLISECONDS = 10;
const LONGEST_INTERVAL_MILLISECONDS = 1_000;
/** A channel that can't be had is asked for again. */
const AGAIN_MILLISECONDS = 2_000;

interface Wanting {
  readonly request: AnalogRequest;
  readonly events: AnalogEvents;
  toldAt: number;
  lostCode: string | undefined;
}

export class FirmataAnalog implements AnalogBus {
  readonly type = 'analog';
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  readonly #changes = new Listeners<[]>();
  readonly #wanting = new Set<Wanting>();
  /** What ends the reading of each channel. */
  readonly #reading = new Map<number, () => void>();
  #board: { readonly pins: BoardPins; readonly orders: OrderQueue } | undefined;
  #interval = 0;

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    private readonly referenceVolts: number,
    private readonly sentSoFar: () => number | null,
  ) {}

  get sent(): number | null {
    return this.sentSoFar();
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  sample(request: AnalogRequest, events: AnalogEvents): () => void {
    const one: Wanting = { request, events, toldAt: Number.NEGATIVE_INFINITY, lostCode: undefined };
    this.#wanting.add(one);
    if (this.#board !== undefined) {
      this.#begin(request.channel);
      this.#chooseInterval();
    } else {
      const lost = this.lostBecause;
      if (lost !== undefined) queueMicrotask(() => this.#lose(one, lost));
    }
    return () => {
      if (!this.#wanting.delete(one)) return;
      if (!this.#isWanted(request.channel)) this.#end(request.channel);
      this.#chooseInterval();
    };
  }

  /** The board is ready. */
  opened(pins: BoardPins, orders: OrderQueue): void {
    if (this.state === 'closed') return;
    this.#board = { pins, orders };
    this.state = 'open';
    this.lostBecause = undefined;
    this.#interval = 0;
    this.#reading.clear();
    this.#chooseInterval();
    for (const { request } of this.#wanting) this.#begin(request.channel);
    this.#changes.tell();
  }

  /** The board has begun anew: it knows no interval. */
  restarted(): void {
    this.#interval = 0;
    this.#chooseInterval();
  }

  lost(error: HallwardError): void {
    if (this.state === 'closed') return;
    this.#forget();
    this.state = 'lost';
    this.lostBecause = error;
    for (const one of [...this.#wanting]) this.#lose(one, error);
    this.#changes.tell();
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.#wanting.clear();
    this.#forget();
  }

  #forget(): void {
    this.#board = undefined;
    for (const end of this.#reading.values()) end();
    this.#reading.clear();
  }

  #isWanted(channel: number): boolean {
    return [...this.#wanting].some(({ request }) => request.channel === channel);
  }

  /** Reads a channel, and tries again where it can't be had, as long as somebody wants it. */
  #begin(channel: number): void {
    const board = this.#board;
    if (board === undefined || this.#reading.has(channel)) return;
    let over = false;
    let end = () => {
      over = true;
    };
    this.#reading.set(channel, () => end());
    const read = async () => {
      const failed = (error: HallwardError) => {
        if (!over && this.#board === board) this.#tellLost(channel, error);
      };
      const heard = (fraction: number) => {
        if (!over) this.#tell(channel, fraction);
      };
      try {
        const release = await board.pins.sample(channel, heard, failed);
        if (over) void release();
        end = () => {
          over = true;
          void release();
        };
      } catch (thrown) {
        if (over) return;
        failed(asHallwardError(thrown, 'gpio.failed'));
        const timer = this.clock.after(
          `${this.name}: ask again for A${channel}`,
          AGAIN_MILLISECONDS,
          () => void read(),
        );
        end = () => {
          over = true;
          timer.cancel();
        };
      }
    };
    void read();
  }

  #end(channel: number): void {
    this.#reading.get(channel)?.();
    this.#reading.delete(channel);
  }

  #chooseInterval(): void {
    const wanted = Math.min(...[...this.#wanting].map(({ request }) => request.everyMilliseconds));
    if (this.#board === undefined || !Number.isFinite(wanted)) return;
    const milliseconds = Math.round(
      Math.min(LONGEST_INTERVAL_MILLISECONDS, Math.max(SHORTEST_INTERVAL_MILLISECONDS, wanted)),
    );
    if (milliseconds === this.#interval) return;
    this.#interval = milliseconds;
    const { orders } = this.#board;
    orders.do({ order: 'interval', milliseconds }).catch(() => {
      // The engine has ended; the next one is told anew.
    });
  }

  #tell(channel: number, fraction: number): void {
    const now = this.clock.monotonicMilliseconds();
    // Half an interval early is in time: values come in steps, and the next one would be late.
    const early = this.#interval / 2;
    for (const one of [...this.#wanting]) {
      const { request, events } = one;
      if (request.channel !== channel) continue;
      if (one.lostCode === undefined && now - one.toldAt < request.everyMilliseconds - early) continue;
      one.toldAt = now;
      one.lostCode = undefined;
      events.value(fraction * this.referenceVolts, fraction, now);
    }
  }

  #tellLost(channel: number, error: HallwardError): void {
    for (const one of [...this.#wanting]) if (one.request.channel === channel) this.#lose(one, error);
  }

  #lose(one: Wanting, error: HallwardError): void {
    if (!this.#wanting.has(one) || one.lostCode === error.code) return;
    one.lostCode = error.code;
    one.events.lost(error);
  }
}
