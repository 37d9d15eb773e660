/**
 * The one owner of an Arduino-class board that speaks Firmata, at the end of a serial wire.
 *
 * The protocol is spoken by an engine, which is no part of this process; here are the wire, the states, who uses which
 * pin, and the looking after it: every loss ends the engine, and a new one begins with nothing of the old.
 * Source: https://github.com/firmata/protocol (2.8.0).
 */
import { Backoff } from '../../kernel/backoff.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { Listeners } from '../../kernel/listeners.js';
import { within } from '../../kernel/within.js';
import type { Wire } from '../../transports/ports.js';
import type { WireState } from '../../transports/ports-bus.js';
import type {
  FirmataAbout,
  FirmataBoard,
  FirmataBus,
  FirmataEngineFactory,
} from '../../transports/ports-firmata.js';
import type { GpioBus, GpioChip } from '../../transports/ports-gpio.js';
import { FirmataAnalog } from './analog.js';
import type { BoardPins } from './board-pins.js';
import { firmataLines } from './lines.js';
import type { OrderQueue } from './order-queue.js';
import { FirmataSession } from './session.js';
import { firmataErrors } from './words.js';

/** After the wire was opened: opening a port resets most boards, and their boot loader must not be disturbed. */
const FIRST_ASK_MILLISECONDS = 2_500;
const NEXT_ASK_MILLISECONDS = 100;
/** A board that was ready this long is taken up again after the shortest pause. */
const STEADY_MILLISECONDS = 10_000;
/** Bytes that wait in a wire that takes nothing; orders are small and wait for answers. */
const WAITING_BYTES = 4_096;

const REST_MILLISECONDS = 1_000;

/** What the bus is made of besides its wire. */
interface FirmataParts {
  readonly engine: FirmataEngineFactory;
  /** Makes the owner of the board's lines. */
  readonly lines: (name: string, chip: GpioChip) => GpioBus;
}

interface FirmataBusOptions {
  /** Volts at which an analogue input is full; 5 if absent (a board of 3.3 V: 3.3). */
  readonly referenceVolts?: number;
  /** For the pauses, 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/**
 * Makes the owner of the board at the end of `wire`, and opens it; see `FirmataBus`.
 *
 * Errors while it is lost: those of the wire, `firmata.no-answer`, `firmata.not-firmata`, `firmata.engine-died`. It is
 * tried again by itself: when the wire opens again, and after 0.5 s to 4 s. Lines and channels are lost with
 * `wire.lost` then, whatever the cause.
 */
export function firmataBus(
  name: string,
  wire: Wire,
  parts: FirmataParts,
  clock: Clock,
  options: FirmataBusOptions = {},
): FirmataBus {
  return new FirmataOwner(name, wire, parts, clock, options);
}

class FirmataOwner implements FirmataBus {
  readonly type = 'firmata';
  readonly lines: GpioBus;
  readonly analog: FirmataAnalog;
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  about: FirmataAbout | undefined;
  readonly #changes = new Listeners<[]>();
  readonly #backoff: Backoff;
  #sent = 0;
  #waitingBytes = 0;
  #session: FirmataSession | undefined;
  #pins: BoardPins | undefined;
  #timer: Timer | undefined;
  #readyAt = 0;
  #wake: (() => void)[] = [];

  constructor(
    readonly name: string,
    private readonly wire: Wire,
    private readonly parts: FirmataParts,
    private readonly clock: Clock,
    { referenceVolts = 5, random = Math.random }: FirmataBusOptions,
  ) {
    this.#backoff = new Backoff({ firstMilliseconds: 500, maximumMilliseconds: 4_000, random });
    this.analog = new FirmataAnalog(name, clock, referenceVolts, () => this.sent);
    const chip = firmataLines({
      address: wire.address,
      pins: () => this.#usablePins(),
      changed: () => new Promise((resolve) => void this.#wake.push(resolve)),
    });
    this.lines = parts.lines(name, chip);
    wire.start({
      opened: () => this.#begin(FIRST_ASK_MILLISECONDS),
      bytes: (chunk) => this.#session?.bytes(chunk),
      lost: (error) => this.#lose(error),
    });
  }

  get sent(): number | null {
    return this.state === 'lost' ? null : this.#sent;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    // Outputs are brought to rest while the board can still be told; a board that is mute is not waited for.
    await within(this.clock, `${this.name}: bring lines to rest`, REST_MILLISECONDS, this.lines.close());
    await this.analog.close();
    this.state = 'closed';
    this.#timer?.cancel();
    const closed = new HallwardError('bus.closed', 'cancelled', `${this.name} is closed`);
    await this.#leave(closed);
    this.#changed();
    await this.wire.close();
  }

  #begin(askAfterMilliseconds: number): void {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    const session: FirmataSession = new FirmataSession({
      address: this.wire.address,
      engine: this.parts.engine,
      clock: this.clock,
      askAfterMilliseconds,
      write: (bytes) => this.#write(bytes),
      ready: (board, pins, orders) => this.#ready(board, pins, orders),
      restarted: () => this.analog.restarted(),
      ended: (error) => this.#failed(error),
    });
    this.#session = session;
  }

  #ready(board: FirmataBoard, pins: BoardPins, orders: OrderQueue): void {
    const { firmware, version } = board;
    this.about = { firmware, version, pins: board.pins.length, analogInputs: pins.channels };
    this.#pins = pins;
    this.#readyAt = this.clock.monotonicMilliseconds();
    this.state = 'open';
    this.lostBecause = undefined;
    this.analog.opened(pins, orders);
    this.#changed();
  }

  /** The engine has died, or the board does not answer: a new engine after a pause. */
  #failed(error: HallwardError): void {
    if (
      this.#pins !== undefined &&
      this.clock.monotonicMilliseconds() - this.#readyAt > STEADY_MILLISECONDS
    ) {
      this.#backoff.reset();
    }
    this.#lose(error);
    if (this.wire.state !== 'open') return;
    this.#timer = this.clock.after(`${this.name}: begin again`, this.#backoff.next(), () =>
      this.#begin(NEXT_ASK_MILLISECONDS),
    );
  }

  #lose(error: HallwardError): void {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    const known = this.state === 'lost' && this.lostBecause?.message === error.message;
    this.state = 'lost';
    this.lostBecause = error;
    void this.#leave(error);
    if (known) return;
    this.analog.lost(firmataErrors.lost(error));
    this.#changed();
  }

  async #leave(error: HallwardError): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#pins = undefined;
    this.about = undefined;
    await session?.end(error);
  }

  #write(bytes: Uint8Array): void {
    // A wire that takes nothing: the board will not answer, which is noticed as that.
    if (this.#waitingBytes + bytes.length > WAITING_BYTES) return;
    this.#waitingBytes += bytes.length;
    this.wire
      .write(bytes)
      .then(() => this.#sent++)
      .catch(() => {}) // the wire tells its loss itself
      .finally(() => {
        this.#waitingBytes -= bytes.length;
      });
  }

  #usablePins(): BoardPins {
    if (this.#pins !== undefined) return this.#pins;
    throw firmataErrors.lost(this.lostBecause ?? firmataErrors.opening(this.wire.address));
  }

  #changed(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
    this.#changes.tell();
  }
}
