/** One life of an engine: from its start over the board's readiness to the loss of one of them. */
import type { Clock, Timer } from '../../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../../kernel/errors.js';
import type {
  FirmataBoard,
  FirmataEngine,
  FirmataEngineFactory,
  FirmataStage,
} from '../../transports/ports-firmata.js';
import { BoardPins } from './board-pins.js';
import { OrderQueue } from './order-queue.js';
import { WellFormed } from './well-formed.js';
import { firmataErrors } from './words.js';

/** A board's boot loader takes up to 2 s, its own start up to 4 s more (it blinks its version). */
const READY_MILLISECONDS = 8_000;
const LOOK_MILLISECONDS = 2_000;
/** Looks in a row without an answer until the board counts as gone. */
const MISSES = 3;
/** Bytes that come in while the engine starts; at 57600 baud that is ten seconds. */
const EARLY_BYTES = 65_536;

interface SessionOptions {
  readonly address: string;
  readonly engine: FirmataEngineFactory;
  readonly clock: Clock;
  /** When a silent board is asked for its version; see `FirmataEngineOptions`. */
  readonly askAfterMilliseconds: number;
  write(bytes: Uint8Array): void;
  ready(board: FirmataBoard, pins: BoardPins, orders: OrderQueue): void;
  /** The board has begun anew and is being set up again. */
  restarted(): void;
  /** Told once, and not after `end`. */
  ended(error: HallwardError): void;
}

export class FirmataSession {
  /** Bytes that were thrown away because the engine was not there yet. */
  dropped = 0;
  readonly #stream = new WellFormed();
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #engine: FirmataEngine | undefined;
  #orders: OrderQueue | undefined;
  #pins: BoardPins | undefined;
  #stage: FirmataStage = 'silent';
  #timer: Timer | undefined;
  #misses = 0;
  #over = false;

  constructor(private readonly options: SessionOptions) {
    const { address, clock } = options;
    const started = clock.monotonicMilliseconds();
    this.#timer = clock.after(`${address}: Firmata board gets ready`, READY_MILLISECONDS, () =>
      this.#notReady(clock.monotonicMilliseconds() - started),
    );
    void this.#start();
  }

  bytes(chunk: Uint8Array): void {
    if (this.#over) return;
    const messages = this.#stream.push(chunk);
    if (messages.length === 0) return;
    if (this.#engine !== undefined) {
      this.#engine.bytes(messages);
    } else if (this.#earlyBytes + messages.length <= EARLY_BYTES) {
      this.#early.push(messages);
      this.#earlyBytes += messages.length;
    } else {
      this.dropped += messages.length;
    }
  }

  /** Ends it; `ended` is not told. */
  async end(error: HallwardError): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#early = [];
    this.#orders?.end(error);
    this.#pins?.end(firmataErrors.lost(error));
    await this.#engine?.close();
  }

  async #start(): Promise<void> {
    const { address, askAfterMilliseconds, engine, write } = this.options;
    const ifOn = <Arguments extends readonly unknown[]>(run: (...args: Arguments) => void) => {
      return (...args: Arguments) => {
        if (!this.#over) run(...args);
      };
    };
    try {
      const started = await engine(
        { address, askAfterMilliseconds },
        {
          write: ifOn(write),
          stage: ifOn((stage) => {
            this.#stage = stage;
          }),
          ready: ifOn((board) => void this.#ready(board)),
          level: ifOn((pin, high) => this.#pins?.level(pin, high)),
          analog: ifOn((channel, value) => this.#pins?.value(channel, value)),
          restarted: ifOn(() => this.#restarted()),
          ended: ifOn((error) => this.#fail(error)),
        },
      );
      if (this.#over) {
        await started.close();
        return;
      }
      this.#engine = started;
      const early = this.#early;
      this.#early = [];
      for (const messages of early) started.bytes(messages);
    } catch (thrown) {
      this.#fail(asHallwardError(thrown, 'firmata.engine-died'));
    }
  }

  async #ready(board: FirmataBoard): Promise<void> {
    if (this.#engine === undefined || this.#orders !== undefined) return;
    const { address, ready } = this.options;
    const orders = new OrderQueue(this.#engine);
    this.#orders = orders;
    try {
      // What an earlier life told the board to do is over: nothing stays on that nobody wants.
      await orders.do({ order: 'reset' });
    } catch {
      return; // the engine's end is told by itself
    }
    if (this.#over) return;
    this.#timer?.cancel();
    this.#stream.forget();
    this.#pins = new BoardPins(address, board, orders);
    this.#lookLater();
    ready(board, this.#pins, orders);
  }

  #restarted(): void {
    this.#pins?.restore();
    this.options.restarted();
  }

  #lookLater(): void {
    const { address, clock } = this.options;
    this.#timer = clock.after(
      `${address}: is the Firmata board alive`,
      LOOK_MILLISECONDS,
      () => void this.#look(),
    );
  }

  /** Through the engine and the board and back: what dies on this way is found. */
  async #look(): Promise<void> {
    try {
      await this.#orders?.do({ order: 'version' }, 1);
    } catch (thrown) {
      this.#missed(asHallwardError(thrown, 'firmata.no-answer', 'timeout'));
      return;
    }
    if (this.#over) return;
    this.#misses = 0;
    this.#stream.forget();
    try {
      if ((await this.#pins?.look()) === false) this.options.restarted();
    } catch {
      // It has just answered: a single answer that was lost is asked for again the next time.
    }
    if (!this.#over) this.#lookLater();
  }

  #missed(error: HallwardError): void {
    if (this.#over) return;
    if (error.kind !== 'timeout') {
      this.#fail(error);
    } else if (++this.#misses < MISSES) {
      void this.#look();
    } else {
      const { address } = this.options;
      this.#fail(this.#whatIsWrong(() => firmataErrors.silent(address, MISSES, this.#evidence)));
    }
  }

  #notReady(milliseconds: number): void {
    const seconds = Math.round(milliseconds / 1_000);
    const { address } = this.options;
    this.#fail(
      this.#whatIsWrong(() => firmataErrors.notReady(address, this.#stage, seconds, this.#evidence)),
    );
  }

  #whatIsWrong(otherwise: () => HallwardError): HallwardError {
    if (!this.#stream.isForeign) return otherwise();
    return firmataErrors.notFirmata(this.options.address, this.#stream.sample, this.#evidence);
  }

  get #evidence() {
    const { received, discarded } = this.#stream;
    return { bytesReceived: received, discardedBytes: discarded };
  }

  #fail(error: HallwardError): void {
    if (this.#over) return;
    void this.end(error);
    this.options.ended(error);
  }
}
