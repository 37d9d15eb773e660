/**
 * Work that may hang in the kernel (I2C with the wires held, a USB printer that takes nothing) or crash in native code
 * is done by a child process: it can be left behind, and nothing else waits for it. One child for each wire: about
 * 8 MB of memory of its own each, for the program's text is shared.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, type ErrorKind, type Evidence, HallwardError } from '../kernel/errors.js';
import { within } from '../kernel/within.js';
import { encodeFrame, FrameReader, frameKinds, framesDescriptor } from './helper-frames.js';
import { patientTimer } from './patient-timer.js';

/** What goes to the child: `id` with a request; the first message carries its argument. */
export interface HelperRequest {
  readonly id: number;
  readonly message: unknown;
}

/** What comes from the child: the answer to a request (0: that it has begun), or something that it tells unasked. */
export type HelperMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: HelperError }
  | { readonly told: unknown };

/** An error as it passes between processes. */
export interface HelperError {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly evidence: Evidence;
}

interface HelperOptions {
  /** File of `helpers/` without its ending, or any file of that shape. */
  readonly entry: 'i2c' | 'gpio-sysfs' | 'usb-printer' | 'firmata' | URL;
  /** What it needs to begin; anything that a structured clone can hold. */
  readonly argument: unknown;
  /**
   * Requests and answers are bytes and go through a pipe of their own, at half the cost of messages: for a child whose
   * every microsecond is one in which its wires are idle. It has `answer` instead of `handle` and tells nothing unasked.
   */
  readonly bytesOnly?: true;
  /** For people and for timers: the wire's address. */
  readonly address: string;
  readonly clock: Clock;
  /** Told what the child says unasked. */
  readonly told?: (message: unknown) => void;
  /** The child ended by itself, or was given up because a request hung. Told once, and not after `close`. */
  readonly ended: (error: HallwardError) => void;
}

/** A small board that has just been switched on takes its time; whoever is killed for that only has to begin again. */
const beginMilliseconds = 20_000;
/** A child that is asked to end may take this long to bring its lines to rest. */
const farewellMilliseconds = 300;
const keptErrorCharacters = 4_000;
const toldErrorCharacters = 200;
const here = import.meta.url;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: HallwardError): void;
  timer: Timer;
}

export class HelperProcess {
  /** Resolves when the child's process is gone; one that was left behind in the kernel may take long. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  /** For a child that takes bytes only. */
  readonly #frames: Duplex | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #complaint = '';
  #over = false;

  private constructor(private readonly options: HelperOptions) {
    // The children are compiled files, also where this one runs from its source in a test.
    const { entry, bytesOnly = false } = options;
    const file = entry instanceof URL ? entry : new URL(`../../dist/transports/helpers/${entry}.js`, here);
    this.#child = fork(fileURLToPath(file), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(bytesOnly ? (['pipe'] as const) : [])],
      execArgv: ['--max-old-space-size=32', '--max-semi-space-size=1'],
    });
    this.#child.on('message', (message) => this.#heard(message as HelperMessage));
    // A child that could not be started may have no pipes at all.
    const { stdio } = this.#child as { readonly stdio?: readonly unknown[] };
    if (bytesOnly && stdio !== undefined) this.#frames = this.#listen(stdio[framesDescriptor] as Duplex);
    this.#child.on('error', (error) => this.#end('wire.unusable', `cannot be started: ${error.message}`));
    // Not at 'exit': its last words may still be on their way then.
    this.#child.on('close', (code, signal) =>
      this.#end('wire.lost', `ended (${signal ?? `status ${code}`})`),
    );
    this.gone = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => {
        if (this.#child.pid === undefined) resolve();
      });
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-keptErrorCharacters);
    });
  }

  /**
   * Resolves once the child has begun. Rejects with the error that it gives, with `wire.unusable` where it can't be
   * started, or `helper.hung` (timeout).
   */
  static async start(options: HelperOptions): Promise<HelperProcess> {
    let begun = false;
    const ended = (error: HallwardError) => {
      if (begun) options.ended(error);
    };
    const helper = new HelperProcess({ ...options, ended });
    try {
      await helper.#ask(0, options.argument, beginMilliseconds);
    } catch (error) {
      await helper.close();
      throw error;
    }
    begun = true;
    return helper;
  }

  /**
   * Asks the child for something. Rejects with its error, with `wire.lost` where it has ended, or with `helper.hung`
   * (timeout): then it is given up, and `ended` is told.
   */
  request(message: unknown, timeoutMilliseconds: number): Promise<unknown> {
    return this.#ask(this.#nextId++, message, timeoutMilliseconds);
  }

  /** Ends the child; one that hangs is left behind. Never rejects. */
  async close(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#settleAll(new HallwardError('wire.lost', 'absent', `${this.options.address} was closed`));
    if (this.#child.connected) this.#child.disconnect();
    this.#frames?.end();
    const { address, clock } = this.options;
    await within(clock, `${address}: helper ends`, farewellMilliseconds, this.gone);
    this.#kill();
  }

  #ask(id: number, message: unknown, timeoutMilliseconds: number): Promise<unknown> {
    if (this.#over) {
      return Promise.reject(new HallwardError('wire.lost', 'absent', `${this.options.address} is closed`));
    }
    const { address, clock } = this.options;
    return new Promise((resolve, reject) => {
      const timer = patientTimer(clock, `${address}: helper answers`, timeoutMilliseconds, () => {
        const text = `${address} hangs: no answer from the system for ${timeoutMilliseconds} ms`;
        this.#fail(new HallwardError('helper.hung', 'timeout', text, { timeoutMilliseconds }));
      });
      this.#waiting.set(id, { resolve, reject, timer });
      try {
        this.#send({ id, message });
      } catch (thrown) {
        this.#waiting.delete(id);
        timer.cancel();
        reject(asHallwardError(thrown, 'helper.bad-request', 'usage'));
      }
    });
  }

  #send(request: HelperRequest): void {
    // What broke the line is said by the child's end, which comes right after.
    const sent = (error?: Error | null) => {
      if (error && this.#child.pid !== undefined) this.#child.kill('SIGKILL');
    };
    const { id, message } = request;
    if (this.#frames === undefined || id === 0) {
      this.#child.send(request, sent);
    } else {
      const frame = encodeFrame({ id, kind: frameKinds.bytes, payload: message as Uint8Array });
      this.#frames.write(frame, sent);
    }
  }

  #listen(frames: Duplex): Duplex {
    const reader = new FrameReader();
    frames.on('data', (bytes: Buffer) => {
      for (const { id, kind, payload } of reader.push(bytes)) {
        if (kind === frameKinds.bytes) this.#heard({ id, value: payload });
        else this.#heard({ id, error: JSON.parse(Buffer.from(payload).toString()) as HelperError });
      }
    });
    frames.on('error', () => {}); // the child's end tells
    return frames;
  }

  #heard(message: HelperMessage): void {
    if (this.#over) return;
    if ('told' in message) {
      this.options.told?.(message.told);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    this.#waiting.delete(message.id);
    waiting.timer.cancel();
    if ('value' in message) {
      waiting.resolve(message.value);
    } else {
      const { code, kind, message: text, evidence } = message.error;
      waiting.reject(new HallwardError(code, kind, text, evidence));
    }
  }

  #end(code: string, what: string): void {
    const { entry, address } = this.options;
    const name = entry instanceof URL ? entry.pathname.split('/').at(-1) : entry;
    const detail = lastWords(this.#complaint);
    const text = `${address}: its process (${name}) ${what}${detail === '' ? '' : `: ${detail}`}`;
    this.#fail(new HallwardError(code, 'absent', text));
  }

  #fail(error: HallwardError): void {
    if (this.#over) return;
    this.#over = true;
    this.#settleAll(error);
    this.#kill();
    this.options.ended(error);
  }

  #settleAll(error: HallwardError): void {
    for (const { reject, timer } of this.#waiting.values()) {
      timer.cancel();
      reject(error);
    }
    this.#waiting.clear();
  }

  /** A child that sleeps in the kernel dies when it wakes; it must not keep this process alive until then. */
  #kill(): void {
    this.#child.kill('SIGKILL');
    this.#child.unref();
    this.#child.stderr?.destroy();
    this.#frames?.destroy();
    this.#child.channel?.unref();
  }
}

/** The line of a child's last output that says why it ended: its error, without the trace below it. */
function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const line = lines.findLast((text) => /^(\w*Error\b|FATAL|node:)/.test(text)) ?? '';
  return (line === '' ? (lines.findLast((text) => text !== '') ?? '') : line).slice(0, toldErrorCharacters);
}
