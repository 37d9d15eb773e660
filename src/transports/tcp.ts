import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import type { Carrier, Connection, ConnectionEvents } from './ports.js';

const CONNECT_MILLISECONDS = 5_000;
/** After this long without traffic the system asks whether the other side still lives (then once a second, ten times). */
const KEEP_ALIVE_MILLISECONDS = 5_000;
/**
 * Of one far end no more is taken than this in this time (some 256 KiB/s, twice what the fastest serial line brings): one
 * that talks without end must cost no other wire its turn. The rest waits on its side; nothing is lost.
 */
const MOST_BYTES_AT_ONCE = 65_536;
const TAKE_AGAIN_MILLISECONDS = 250;
/** What was written last may take this long to leave when a connection is closed. */
const FAREWELL_MILLISECONDS = 1_500;

export interface TcpOptions {
  readonly host: string;
  readonly port: number;
}

/** Bytes over TCP: printers on port 9100, serial-to-Ethernet gateways. Sets no pace. */
export function tcpCarrier({ host, port }: TcpOptions, clock: Clock): Carrier {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    address,
    byteMicroseconds: 0,
    open: (events) => openTcp(host, port, address, clock, events),
  };
}

function openTcp(
  host: string,
  port: number,
  address: string,
  clock: Clock,
  events: ConnectionEvents,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    try {
      socket = connect({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
      });
    } catch (thrown) {
      // A port number out of range and the like.
      reject(openError(address, thrown));
      return;
    }
    const timer = clock.after(`${address}: connect`, CONNECT_MILLISECONDS, () => {
      reject(
        new HallwardError('wire.absent', 'absent', `${address} does not answer`, { system: 'ETIMEDOUT' }),
      );
      socket.destroy();
    });
    socket.on('error', () => {}); // after the first error nothing may be left without a listener
    socket.once('error', (thrown) => {
      timer.cancel();
      reject(openError(address, thrown));
    });
    socket.once('connect', () => {
      timer.cancel();
      resolve(new TcpConnection(socket, address, clock, events));
    });
  });
}

class TcpConnection implements Connection {
  #closing: Promise<void> | undefined;
  #because: unknown;
  /** Taken since `#takingSince`, monotonic. */
  #takenBytes = 0;
  #takingSince = Number.NEGATIVE_INFINITY;
  #takeAgain: Timer | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly address: string,
    private readonly clock: Clock,
    events: ConnectionEvents,
  ) {
    socket.on('data', (chunk) => {
      if (this.#closing !== undefined) return;
      this.#taken(chunk.length);
      events.bytes(chunk);
    });
    socket.on('error', (thrown) => {
      this.#because ??= thrown;
    });
    // The other side has ended: half a connection is of no use, and what is unsent would keep it for ever.
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      this.#takeAgain?.cancel();
      if (this.#closing === undefined) events.closed(this.#lost());
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined || this.socket.destroyed) {
        reject(this.#lost());
        return;
      }
      this.socket.write(bytes, (thrown) => {
        // Node calls back without an error, too, for what was under way when the socket was destroyed.
        if (thrown == null && !this.socket.destroyed) {
          resolve();
        } else {
          this.#because ??= thrown ?? undefined;
          reject(this.#lost());
        }
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.socket.closed) {
        resolve();
        return;
      }
      const timer = this.clock.after(`${this.address}: farewell`, FAREWELL_MILLISECONDS, () => {
        this.socket.destroy();
      });
      this.socket.once('close', () => {
        timer.cancel();
        resolve();
      });
      this.socket.resume();
      this.socket.destroySoon();
    });
    return this.#closing;
  }

  #taken(byteCount: number): void {
    const now = this.clock.monotonicMilliseconds();
    if (now - this.#takingSince >= TAKE_AGAIN_MILLISECONDS) {
      this.#takingSince = now;
      this.#takenBytes = 0;
    }
    this.#takenBytes += byteCount;
    if (this.#takenBytes < MOST_BYTES_AT_ONCE || this.#takeAgain !== undefined) return;
    this.socket.pause();
    const wait = this.#takingSince + TAKE_AGAIN_MILLISECONDS - now;
    this.#takeAgain = this.clock.after(`${this.address}: take again`, wait, () => {
      this.#takeAgain = undefined;
      this.socket.resume();
    });
  }

  #lost(): HallwardError {
    const system = systemCode(this.#because);
    const evidence = system === undefined ? {} : { system };
    return new HallwardError('wire.lost', 'absent', `the connection to ${this.address} has ended`, evidence);
  }
}

function openError(address: string, thrown: unknown): HallwardError {
  const system = systemCode(thrown);
  const evidence = system === undefined ? {} : { system };
  const because = thrown instanceof Error && thrown.message !== '' ? thrown.message : String(system);
  switch (system) {
    case 'ECONNREFUSED':
      return new HallwardError('wire.refused', 'refused', `${address} refuses the connection`, evidence);
    case 'EACCES':
    case 'EPERM':
      return new HallwardError('wire.denied', 'absent', `no right to connect to ${address}`, evidence);
    case 'ERR_SOCKET_BAD_PORT':
    case 'ERR_INVALID_ARG_TYPE':
    case 'ERR_INVALID_ARG_VALUE':
      return new HallwardError('wire.unusable', 'usage', `${address}: ${because}`, evidence);
    default:
      return new HallwardError('wire.absent', 'absent', `${address} cannot be reached: ${because}`, evidence);
  }
}
