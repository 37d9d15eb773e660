import { createServer, type Server, type Socket } from 'node:net';
import { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Cable, FarEnd } from './far-end.js';
import { LineNoise } from './line-noise.js';

/** Bytes that wait because the controller does not read; what comes on top is lost. */
const WAITING_BYTES = 4 * 1024 * 1024;

export interface TcpCableOptions {
  /** A free one if absent. After `join` it is the same again. */
  readonly port?: number;
}

export interface TcpCable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly farEnd: FarEnd;
  readonly cable: Cable;
  /** Connections that were turned away because there was one already, as printers do. */
  readonly turnedAway: number;
  /** While true nothing is read: what the controller writes waits in the system, as at a printer that is stuck. */
  stuck: boolean;
  close(): Promise<void>;
}

/**
 * A network socket as a printer or a serial gateway has it: it listens on 127.0.0.1 and serves one connection at a
 * time. Cut, it resets the connection and nobody listens. Rejects with `cable.unusable` where the port is taken.
 */
export async function tcpCable({ port = 0 }: TcpCableOptions = {}): Promise<TcpCable> {
  const ends = new TcpCableEnds();
  await ends.listen(port);
  return ends;
}

class TcpCableEnds implements TcpCable {
  readonly host = '127.0.0.1';
  readonly farEnd: FarEnd;
  readonly cable: Cable;
  port = 0;
  turnedAway = 0;
  readonly #heard = new Listeners<[Uint8Array]>();
  readonly #noise = new LineNoise();
  #server: Server | undefined;
  #socket: Socket | undefined;
  #stuck = false;

  constructor() {
    this.farEnd = {
      send: (bytes) => this.#send(bytes),
      onBytes: (listener) => this.#heard.add(listener),
    };
    const isCut = () => this.#server === undefined;
    this.cable = {
      get isCut() {
        return isCut();
      },
      cut: () => void this.#cut(),
      // Somebody else may have taken the port meanwhile: then it stays cut.
      join: () => void this.listen(this.port).catch(() => {}),
      noise: (probability, random) => this.#noise.set(probability, random),
    };
  }

  get stuck(): boolean {
    return this.#stuck;
  }

  set stuck(stuck: boolean) {
    this.#stuck = stuck;
    if (stuck) this.#socket?.pause();
    else this.#socket?.resume();
  }

  listen(port: number): Promise<void> {
    if (this.#server !== undefined) return Promise.resolve();
    const server = createServer((socket) => this.#connected(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => {
        this.#server = undefined;
        reject(new HallwardError('cable.unusable', 'busy', `${this.host}:${port}: ${error.message}`));
      });
      server.listen(port, this.host, () => {
        const address = server.address();
        if (typeof address === 'object' && address !== null) this.port = address.port;
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await this.#cut();
  }

  #connected(socket: Socket): void {
    socket.on('error', () => {});
    if (this.#socket !== undefined) {
      this.turnedAway++;
      socket.destroy();
      return;
    }
    this.#socket = socket;
    if (this.#stuck) socket.pause();
    socket.on('data', (bytes) => this.#heard.tell(this.#noise.disturb(bytes)));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
  }

  #send(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || socket.writableLength > WAITING_BYTES) return;
    socket.write(this.#noise.disturb(bytes));
  }

  #cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#socket?.resetAndDestroy();
    this.#socket = undefined;
    return new Promise((resolve) => {
      if (server === undefined) resolve();
      else server.close(() => resolve());
    });
  }
}
