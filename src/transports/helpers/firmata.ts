/**
 * Speaks Firmata with npm's `johnny-five` over `firmata-io`. It has no port: bytes go to the parent and come from it.
 *
 * What these packages do that has to be worked around:
 * - A board is asked once for each thing that it must say of itself; what got lost is asked for again here.
 * - They write a whole port at once, with what was last read of its inputs: that switches pull-ups of inputs on and off
 *   (a 1 written to an input is a pull-up before version 2.5 of the protocol). Inputs are written here as they shall be.
 * - They check no message: what makes them throw costs the rest of the bytes that came with it, and nothing else.
 */
import { EventEmitter } from 'node:events';
import { systemClock, type Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { requirePackage } from '../../kernel/require.js';
import type { FirmataHelperRequest, FirmataHelperTold } from '../firmata-engine.js';
import type { FirmataBoard, FirmataOrder, FirmataPinState } from '../ports-firmata.js';
import { serveHelper } from './serve.js';

/** What of `firmata-io` is used; it carries no types. */
interface Io extends EventEmitter {
  readonly pins: {
    readonly supportedModes: readonly number[];
    mode: number | undefined;
    state?: number;
    analogChannel?: number;
  }[];
  readonly ports: number[];
  readonly buffer: unknown[];
  readonly version: { readonly major?: number; readonly minor?: number };
  readonly firmware: { readonly name?: string };
  readonly RESOLUTION: { readonly ADC: number | null };
  reportDigitalPin(pin: number, on: 0 | 1): void;
  reportAnalogPin(channel: number, on: 0 | 1): void;
  reset(): void;
}

/** What of `johnny-five` is used. */
interface Board extends EventEmitter {
  pinMode(pin: number, mode: number): void;
  digitalWrite(pin: number, value: 0 | 1): void;
  samplingInterval(milliseconds: number): void;
}

const NO_CHANNEL = 127;
const ANALOG = 2;
const ANSWER_MILLISECONDS = 1_000;
/** What a board has not said yet is asked for again this often. */
const ASK_AGAIN_MILLISECONDS = 1_000;
/** Ten bits, where the board does not say. */
const USUAL_MAXIMUM = 1_023;
const clock = systemClock();

serveHelper((argument, tell) => {
  const { askAfterMilliseconds } = argument as { askAfterMilliseconds: number };
  return new FirmataHost(askAfterMilliseconds, tell);
});

/** The end of the wire, as `firmata-io` wants it. */
class Transport extends EventEmitter {
  constructor(private readonly send: (bytes: Uint8Array) => void) {
    super();
  }

  write(bytes: Uint8Array, written?: () => void): void {
    this.send(bytes);
    written?.();
  }
}

class FirmataHost {
  readonly #transport = new Transport((write) => this.#tell({ write }));
  readonly #io: Io;
  readonly #board: Board;
  readonly #held = new Map<number, boolean>();
  readonly #levels = new Map<number, boolean>();
  #newLevels: [number, boolean][] = [];
  readonly #newValues = new Map<number, number>();
  #isReady = false;
  #version = '';

  constructor(
    askAfterMilliseconds: number,
    private readonly send: (told: FirmataHelperTold) => void,
  ) {
    const { Firmata } = requirePackage('firmata-io') as {
      Firmata: new (transport: Transport, options: object) => Io;
    };
    const { Board } = requirePackage('johnny-five') as { Board: new (options: object) => Board };
    this.#io = new Firmata(this.#transport, { reportVersionTimeout: askAfterMilliseconds });
    this.#board = new Board({ io: this.#io, repl: false, sigint: false, debug: false });
    this.#io.on('reportversion', () => this.#versionCame());
    this.#io.on('queryfirmware', () => this.#firmwareCame());
    this.#io.on('capability-query', () => this.#stage('capabilities'));
    this.#io.on('digital-read', ({ pin, value }: { pin: number; value: number }) =>
      this.#level(pin, value === 1),
    );
    this.#io.on('analog-read', ({ pin, value }: { pin: number; value: number }) => {
      this.#newValues.set(pin, value);
    });
    this.#board.on('ready', () => this.#ready());
    this.#transport.emit('open');
    clock.after('ask the board again', askAfterMilliseconds + ASK_AGAIN_MILLISECONDS, () => this.#askAgain());
  }

  async handle(message: unknown): Promise<FirmataPinState | null> {
    const request = message as FirmataHelperRequest;
    if ('order' in request) return this.#do(request.order);
    try {
      this.#transport.emit('data', request.bytes);
    } catch {
      this.#io.buffer.length = 0;
    }
    this.#flush();
    return null;
  }

  /** Everything is told in the order in which it came. */
  #tell(told: FirmataHelperTold): void {
    this.#flush();
    this.send(told);
  }

  #flush(): void {
    if (this.#newLevels.length === 0 && this.#newValues.size === 0) return;
    const told = { levels: this.#newLevels, analog: [...this.#newValues] };
    this.#newLevels = [];
    this.#newValues.clear();
    this.send(told);
  }

  #stage(stage: 'version' | 'firmware' | 'capabilities'): void {
    if (!this.#isReady) this.#tell({ stage });
  }

  #versionCame(): void {
    this.#stage('version');
  }

  /** A ready board is not asked for its firmware; it tells it when it begins anew. */
  #firmwareCame(): void {
    this.#stage('firmware');
    if (!this.#isReady) return;
    this.#held.clear();
    this.#tell({ restarted: true });
  }

  #ready(): void {
    const { pins, firmware, RESOLUTION } = this.#io;
    // An answer that does not fit to the pins leaves the board unready; the parent says so after its time.
    const fits = pins.length > 0 && pins.every(({ analogChannel }) => analogChannel !== undefined);
    if (this.#isReady || !fits) return;
    this.#isReady = true;
    this.#version = this.#versionNow();
    const board: FirmataBoard = {
      firmware: (firmware.name ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 64),
      version: this.#version,
      pins: pins.map(({ supportedModes, analogChannel }) => ({
        modes: [...supportedModes],
        analogChannel: analogChannel === NO_CHANNEL ? null : (analogChannel ?? null),
      })),
      analogMaximum: RESOLUTION.ADC ?? USUAL_MAXIMUM,
    };
    this.#tell({ ready: board });
  }

  #versionNow(): string {
    const { major, minor } = this.#io.version;
    return `${major}.${minor}`;
  }

  #askAgain(): void {
    if (this.#isReady) return;
    const { version, firmware, pins } = this.#io;
    if (version.major === undefined) this.#write(0xf9);
    if (firmware.name === undefined) this.#write(0xf0, 0x79, 0xf7);
    else if (pins.length === 0) this.#write(0xf0, 0x6b, 0xf7);
    else this.#write(0xf0, 0x69, 0xf7);
    clock.after('ask the board again', ASK_AGAIN_MILLISECONDS, () => this.#askAgain());
  }

  #level(pin: number, high: boolean): void {
    if (this.#levels.get(pin) === high) return;
    this.#levels.set(pin, high);
    this.#newLevels.push([pin, high]);
  }

  async #do(order: FirmataOrder): Promise<FirmataPinState | null> {
    switch (order.order) {
      case 'reset':
        this.#io.reset();
        return null;
      case 'version':
        this.#write(0xf9);
        await this.#answer('reportversion', 'its version', () => this.#versionNow() === this.#version);
        return null;
      case 'mode':
        this.#held.delete(order.pin);
        this.#setMode(order.pin, order.mode);
        return this.#state(order.pin);
      case 'write':
        this.#held.set(order.pin, order.high);
        this.#writePin(order.pin, order.high);
        return this.#state(order.pin);
      case 'state':
        return this.#state(order.pin);
      case 'watch':
        // Also a level that was told before, for it may not have counted yet.
        for (let bit = 0; bit < 8; bit++) this.#levels.delete(8 * order.port + bit);
        this.#io.reportDigitalPin(8 * order.port, order.on ? 1 : 0);
        return null;
      case 'sample':
        this.#io.reportAnalogPin(order.channel, order.on ? 1 : 0);
        return null;
      case 'interval':
        this.#board.samplingInterval(order.milliseconds);
        return null;
    }
  }

  /** `firmata-io` does not tell the board of the mode "analogue": a pin that was a line would stay one. */
  #setMode(pin: number, mode: number): void {
    if (mode === ANALOG) this.#write(0xf4, pin, mode);
    else this.#board.pinMode(pin, mode);
  }

  #writePin(pin: number, high: boolean): void {
    const port = pin >> 3;
    let levels = 0;
    for (const [other, isHigh] of this.#held) if (other >> 3 === port && isHigh) levels |= 1 << (other & 7);
    this.#io.ports[port] = levels;
    this.#board.digitalWrite(pin, high ? 1 : 0);
  }

  async #state(pin: number): Promise<FirmataPinState> {
    this.#write(0xf0, 0x6d, pin, 0xf7);
    await this.#answer(`pin-state-${pin}`, `about pin ${pin}`, () => true);
    const { mode = 0, state = 0 } = this.#io.pins[pin] ?? {};
    return { mode, state };
  }

  /** Resolves at the next `event` that fits. */
  #answer(event: string, what: string, fits: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const end = () => {
        timer?.cancel();
        this.#io.off(event, heard);
      };
      const heard = () => {
        if (!fits()) return;
        end();
        // What came before this answer is told before it.
        this.#flush();
        resolve();
      };
      timer = clock.after(`answer: ${what}`, ANSWER_MILLISECONDS, () => {
        end();
        reject(new HallwardError('firmata.no-answer', 'timeout', `no answer ${what} from the board`));
      });
      this.#io.on(event, heard);
    });
  }

  #write(...bytes: number[]): void {
    this.#transport.write(Uint8Array.from(bytes));
  }
}
