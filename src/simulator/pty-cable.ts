import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { ReadStream } from 'node:tty';
import { type Clock, systemClock, type Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError, systemCode } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Cable, FarEnd } from './far-end.js';
import { LineNoise } from './line-noise.js';

/** Bytes that wait because the controller does not read; what comes on top is lost, as on a wire. */
const WAITING_BYTES = 4 * 1024 * 1024;
const RETRY_MILLISECONDS = 5;

export interface PtyCableOptions {
  /** A link to the port, as under `/dev/serial/by-id`: it is there while the cable is not cut. */
  readonly link?: string;
  readonly clock?: Clock;
}

export interface PtyCable {
  /** What to open: the link, or the port itself. */
  readonly path: string;
  /** The port's own name now; another one after each `join`. */
  readonly port: string;
  readonly farEnd: FarEnd;
  readonly cable: Cable;
  /** Bytes of the far end that were lost because nobody read. */
  readonly overrunBytes: number;
  /** Takes everything away. */
  close(): void;
}

/**
 * A serial cable as the system shows it: a pseudo terminal, which any program may open as a port, in this process
 * or another one. Cutting it hangs the port up, as pulling a USB adapter does; after `join` there is a new port.
 *
 * A process started from here would inherit the far end, and the cable could not be cut: start it with
 * `spawnWithoutCables`. `cut` throws where that was forgotten.
 *
 * Needs the optional package `@lydell/node-pty`. Of it only the native `open` is used (openpty): its terminal object
 * would read the port's side, too, and its writes would block where nobody reads.
 */
export function ptyCable(options: PtyCableOptions = {}): PtyCable {
  return new PtyCableEnds(options, loadOpenPty());
}

type OpenPty = (
  columns: number,
  rows: number,
) => { readonly master: number; readonly slave: number; readonly pty: string };

function loadOpenPty(): OpenPty {
  try {
    const { requireBinary } = createRequire(import.meta.url)('@lydell/node-pty/requireBinary.js') as {
      requireBinary(name: string): { open: OpenPty };
    };
    return requireBinary('pty.node').open;
  } catch (thrown) {
    const { message } = asHallwardError(thrown, 'cable.unusable');
    throw new HallwardError(
      'cable.unusable',
      'usage',
      'simulated serial ports need the package "@lydell/node-pty": npm install @lydell/node-pty',
      { package: '@lydell/node-pty', detail: message },
    );
  }
}

class PtyCableEnds implements PtyCable {
  readonly farEnd: FarEnd;
  readonly cable: Cable;
  overrunBytes = 0;
  readonly #clock: Clock;
  readonly #link: string | undefined;
  readonly #noise = new LineNoise();
  readonly #heard = new Listeners<[Uint8Array]>();
  #terminal: Terminal;
  #isCut = false;
  #closed = false;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #timer: Timer | undefined;

  constructor(
    { link, clock = systemClock() }: PtyCableOptions,
    private readonly openPty: OpenPty,
  ) {
    this.#clock = clock;
    this.#link = link;
    this.#terminal = this.#newTerminal();
    this.#showLink();
    this.farEnd = {
      send: (bytes) => this.#send(bytes),
      onBytes: (listener) => this.#heard.add(listener),
    };
    const isCut = () => this.#isCut;
    this.cable = {
      get isCut() {
        return isCut();
      },
      cut: () => this.#cut(),
      join: () => this.#join(),
      noise: (probability, random) => this.#noise.set(probability, random),
    };
  }

  get path(): string {
    return this.#link ?? this.#terminal.port;
  }

  get port(): string {
    return this.#terminal.port;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forgetWaiting();
    if (!this.#isCut) this.#hideLink();
    this.#terminal.close();
  }

  #newTerminal(): Terminal {
    const terminal = new Terminal(this.openPty, (bytes) => {
      if (terminal !== this.#terminal || this.#isCut) return;
      this.#heard.tell(this.#noise.disturb(bytes));
    });
    return terminal;
  }

  #cut(): void {
    if (this.#isCut || this.#closed) return;
    this.#isCut = true;
    this.#forgetWaiting();
    this.#hideLink();
    const old = this.#terminal;
    // The next one is made while the old one's name is still taken, so that it gets another.
    this.#terminal = this.#newTerminal();
    old.close();
    if (!existsSync(old.port)) return;
    throw new HallwardError(
      'cable.inherited',
      'usage',
      `${old.port} is held by a process started from here: start it with spawnWithoutCables`,
    );
  }

  #join(): void {
    if (!this.#isCut || this.#closed) return;
    this.#isCut = false;
    this.#showLink();
  }

  #showLink(): void {
    if (this.#link === undefined) return;
    mkdirSync(dirname(this.#link), { recursive: true });
    const temporary = `${this.#link}.${process.pid}.new`;
    symlinkSync(this.#terminal.port, temporary);
    renameSync(temporary, this.#link);
  }

  #hideLink(): void {
    if (this.#link === undefined) return;
    try {
      if (readlinkSync(this.#link) === this.#terminal.port) unlinkSync(this.#link);
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT') throw thrown;
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#isCut || this.#closed || bytes.length === 0) return;
    if (this.#waitingBytes + bytes.length > WAITING_BYTES) {
      this.overrunBytes += bytes.length;
      return;
    }
    const arriving = this.#noise.disturb(bytes);
    this.#waiting.push(arriving);
    this.#waitingBytes += arriving.length;
    if (this.#timer === undefined) this.#pass();
  }

  /** Passes on what the port takes now. */
  #pass(): void {
    this.#timer = undefined;
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      const count = this.#terminal.write(piece);
      this.#waitingBytes -= count;
      if (count < piece.length) {
        this.#waiting[0] = piece.subarray(count);
        this.#timer = this.#clock.after('pty cable', RETRY_MILLISECONDS, () => this.#pass());
        return;
      }
      this.#waiting.shift();
    }
  }

  #forgetWaiting(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

/** A pseudo terminal in raw mode: bytes go through as they are, before a program has opened the port and after. */
class Terminal {
  /** The name of the port's side. */
  readonly port: string;
  readonly #master: number;
  readonly #reader: ReadStream;
  /** The port's side, held open and never read: the far end would see an error when the last program closes it. */
  readonly #hold: ReadStream;
  #closed = false;

  constructor(openPty: OpenPty, heard: (bytes: Uint8Array) => void) {
    const { master, slave, pty } = openPty(80, 24);
    closeSync(slave);
    this.port = pty;
    const held = openSync(pty, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    this.#hold = new ReadStream(held);
    closeSync(held); // the stream has opened the port once more, for itself
    this.#hold.setRawMode(true);
    this.#master = master;
    this.#reader = new ReadStream(master);
    this.#reader.on('error', () => {});
    this.#reader.on('data', (bytes: Buffer) => heard(bytes));
  }

  /** Gives the number of bytes taken. Never waits. */
  write(bytes: Uint8Array): number {
    if (this.#closed) return bytes.length;
    try {
      return writeSync(this.#master, bytes);
    } catch (thrown) {
      // Anything else than a full port is a broken one: the bytes are lost.
      return systemCode(thrown) === 'EAGAIN' ? 0 : bytes.length;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hold.destroy();
    this.#reader.destroy();
  }
}
