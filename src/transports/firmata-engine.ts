/**
 * Firmata spoken by npm's `johnny-five` over `firmata-io`, in a process of its own: what they keep for ever (ports in
 * use, listeners, timers without an end) dies with it. Nothing of them is loaded here.
 */
import { concatBytes } from '../kernel/bytes.js';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';
import { HelperProcess } from './helper-process.js';
import type {
  FirmataBoard,
  FirmataEngine,
  FirmataEngineEvents,
  FirmataEngineFactory,
  FirmataOrder,
  FirmataPinState,
  FirmataStage,
} from './ports-firmata.js';

/** The child gives the board a second; who takes much longer hangs itself. */
const ORDER_MILLISECONDS = 5_000;
const BYTES_MILLISECONDS = 5_000;
/** What goes to the child at once. */
const PIECE_BYTES = 1_024;
/** What waits for a child that is slow: six seconds at 57600 baud. */
const WAITING_BYTES = 32_768;
const packages = ['johnny-five', 'firmata-io'];

/** What goes to the child, besides its argument. */
export type FirmataHelperRequest = { readonly bytes: Uint8Array } | { readonly order: FirmataOrder };

/** What the child says by itself. */
export type FirmataHelperTold =
  | { readonly write: Uint8Array }
  | { readonly stage: FirmataStage }
  | { readonly ready: FirmataBoard }
  | { readonly restarted: true }
  | {
      readonly levels: readonly (readonly [pin: number, high: boolean])[];
      readonly analog: readonly (readonly [channel: number, value: number])[];
    };

/**
 * Engines that are child processes, one for each board.
 * @param entry another child of the same shape, for tests
 */
export function firmataEngine(clock: Clock, entry: 'firmata' | URL = 'firmata'): FirmataEngineFactory {
  return async ({ address, askAfterMilliseconds }, events) => {
    findPackages();
    const engine = new ChildEngine(address, events);
    try {
      const helper = await HelperProcess.start({
        entry,
        argument: { askAfterMilliseconds },
        address,
        clock,
        told: (message) => engine.told(message as FirmataHelperTold),
        ended: (error) => engine.ended(error),
      });
      engine.begin(helper);
    } catch (thrown) {
      throw died(address, asHallwardError(thrown, 'firmata.engine-died'));
    }
    return engine;
  };
}

class ChildEngine implements FirmataEngine {
  #helper: HelperProcess | undefined;
  #waiting: Uint8Array = new Uint8Array();
  #busy = false;
  #over = false;

  constructor(
    private readonly address: string,
    private readonly events: FirmataEngineEvents,
  ) {}

  begin(helper: HelperProcess): void {
    this.#helper = helper;
  }

  bytes(messages: Uint8Array): void {
    if (this.#over) return;
    const waitingBytes = this.#waiting.length + messages.length;
    if (waitingBytes > WAITING_BYTES) {
      const text = `${this.address}: the Firmata process does not keep up with what the board sends`;
      this.#giveUp(new HallwardError('firmata.engine-died', 'timeout', text, { droppedBytes: waitingBytes }));
      return;
    }
    this.#waiting = concatBytes(this.#waiting, messages);
    if (!this.#busy) void this.#pass();
  }

  async do(order: FirmataOrder): Promise<FirmataPinState | null> {
    const helper = this.#helper;
    if (this.#over || helper === undefined) {
      throw new HallwardError(
        'firmata.engine-died',
        'absent',
        `${this.address}: the Firmata process has ended`,
      );
    }
    try {
      const request: FirmataHelperRequest = { order };
      return (await helper.request(request, ORDER_MILLISECONDS)) as FirmataPinState | null;
    } catch (thrown) {
      const error = asHallwardError(thrown, 'firmata.engine-died');
      throw error.code === 'firmata.no-answer' ? error : died(this.address, error);
    }
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#helper?.close();
  }

  told(message: FirmataHelperTold): void {
    if (this.#over) return;
    const { events } = this;
    if ('write' in message) events.write(message.write);
    else if ('stage' in message) events.stage(message.stage);
    else if ('ready' in message) events.ready(message.ready);
    else if ('restarted' in message) events.restarted();
    else {
      for (const [pin, high] of message.levels) events.level(pin, high);
      for (const [channel, value] of message.analog) events.analog(channel, value);
    }
  }

  ended(error: HallwardError): void {
    this.#giveUp(died(this.address, error));
  }

  /** One piece at a time: the child has taken one when it answers. */
  async #pass(): Promise<void> {
    this.#busy = true;
    while (!this.#over && this.#waiting.length > 0) {
      const bytes = this.#waiting.subarray(0, PIECE_BYTES);
      this.#waiting = this.#waiting.subarray(PIECE_BYTES);
      const request: FirmataHelperRequest = { bytes };
      try {
        await this.#helper?.request(request, BYTES_MILLISECONDS);
      } catch (thrown) {
        this.#giveUp(died(this.address, asHallwardError(thrown, 'firmata.engine-died')));
      }
    }
    this.#busy = false;
  }

  #giveUp(error: HallwardError): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting = new Uint8Array();
    void this.#helper?.close();
    this.events.ended(error);
  }
}

/** What ended a child, in the words of the bus. A package that can't be used stays what it is: it needs a person. */
function died(address: string, error: HallwardError): HallwardError {
  if (error.code === 'firmata.engine-died' || error.code === 'wire.unusable') return error;
  const text = `${address}: the Firmata process has ended and is started anew: ${error.message}`;
  return new HallwardError('firmata.engine-died', 'absent', text, { ...error.evidence, cause: error.code });
}

function findPackages(): void {
  for (const name of packages) {
    try {
      requirePackage.resolve(name);
    } catch {
      const text = `the package ${name} is not installed: npm install johnny-five firmata-io`;
      throw new HallwardError('wire.unusable', 'absent', text, { package: name });
    }
  }
}
