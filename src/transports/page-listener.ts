/** Listens for requests for pages, again and again until it can, and keeps connections within their limits. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6, type Socket } from 'node:net';
import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import type { PageLimits, Refusals } from './page-limits.js';
import { addressOf, isLoopback } from './page-request.js';
import type { WireState } from './ports-bus.js';

export interface PageListenerOptions {
  readonly name: string;
  /** To listen on; `0.0.0.0` or `::` for all of this machine. */
  readonly address: string;
  readonly port: number;
  readonly limits: PageLimits;
  readonly clock: Clock;
  readonly refusals: Refusals;
  readonly take: (request: IncomingMessage, response: ServerResponse) => void;
  /** Told when `state` or `lostBecause` has changed. */
  readonly changed: () => void;
}

const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 15_000;

export class PageListener {
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  url: string | null = null;
  readonly #connections = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  /** Those on which nobody has shown yet that he may look; the oldest first. */
  readonly #strangers = new Set<Socket>();
  readonly #backoff = new Backoff({
    firstMilliseconds: FIRST_PAUSE_MILLISECONDS,
    maximumMilliseconds: LONGEST_PAUSE_MILLISECONDS,
  });
  #server: Server | undefined;
  #retry: Timer | undefined;

  constructor(private readonly options: PageListenerOptions) {}

  /** Who is on this connection may look at a page: it is not cut off to make room. */
  welcome(socket: Socket): void {
    this.#strangers.delete(socket);
  }

  /** Stops, and cuts off whoever is connected. Never rejects. */
  async close(): Promise<void> {
    this.state = 'closed';
    this.url = null;
    this.#retry?.cancel();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Begins to listen, and tries again with growing pauses while it can't. */
  listen(): void {
    const { address, port, limits, refusals, take } = this.options;
    const server = createServer(
      {
        maxHeaderSize: limits.headerBytes,
        headersTimeout: limits.headersMilliseconds,
        requestTimeout: limits.requestMilliseconds,
        keepAliveTimeout: limits.idleMilliseconds,
        connectionsCheckingInterval: Math.min(1_000, limits.headersMilliseconds),
      },
      take,
    );
    this.#server = server;
    // The limit is kept by ourselves; this one holds while many come in one moment.
    server.maxConnections = 2 * limits.connections;
    server.maxRequestsPerSocket = limits.requestsOfOneConnection;
    server.setTimeout(limits.stalledMilliseconds);
    server.on('connection', (socket) => this.#connected(socket));
    server.on('drop', () => refusals.count('connections'));
    server.on('clientError', (error, socket) => this.#garbage(error, socket as Socket));
    server.on('error', (error) => this.#failed(server, error));
    server.listen({ host: address, port, exclusive: true }, () => this.#opened(server));
  }

  #opened(server: Server): void {
    if (server !== this.#server || this.state === 'closed') return;
    const { address } = this.options;
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : this.options.port;
    this.url = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
    this.lostBecause = undefined;
    this.state = 'open';
    this.#backoff.reset();
    this.options.changed();
  }

  #failed(server: Server, thrown: Error): void {
    if (server !== this.#server || this.state === 'closed') return;
    this.#server = undefined;
    server.close();
    server.closeAllConnections();
    this.url = null;
    const first = this.state !== 'lost';
    const before = this.lostBecause?.code;
    this.state = 'lost';
    this.lostBecause = listenError(thrown, this.options);
    this.#retry = this.options.clock.after(`${this.options.name}: listen again`, this.#backoff.next(), () =>
      this.listen(),
    );
    if (first || before !== this.lostBecause.code) this.options.changed();
  }

  #connected(socket: Socket): void {
    const address = addressOf({ socket });
    const count = (this.#connections.get(address) ?? 0) + 1;
    if (count > this.options.limits.connectionsOfOneAddress && !isLoopback(address)) {
      this.options.refusals.count('connections');
      socket.destroy();
      return;
    }
    if (this.#sockets.size >= this.options.limits.connections) {
      this.options.refusals.count('connections');
      const [oldest] = this.#strangers;
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      this.#forget(oldest);
      oldest.destroy();
    }
    this.#sockets.add(socket);
    this.#strangers.add(socket);
    this.#connections.set(address, count);
    socket.on('close', () => {
      this.#forget(socket);
      const left = (this.#connections.get(address) ?? 1) - 1;
      if (left > 0) this.#connections.set(address, left);
      else this.#connections.delete(address);
    });
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    this.#strangers.delete(socket);
  }

  /** What is no HTTP, or too slow, or too large. */
  #garbage(error: Error, socket: Socket): void {
    this.options.refusals.count('not-http');
    if (!socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const code = systemCode(error);
    const status =
      code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
}

/** Why it can't listen, with what to do. */
function listenError(thrown: Error, { address, port }: PageListenerOptions): HallwardError {
  const at = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  const evidence = { address, port, system: systemCode(thrown) ?? null };
  switch (systemCode(thrown)) {
    case 'EADDRINUSE': {
      const help = '`ss -ltnp` shows it; end it, or change http.port. It is tried again by itself';
      return new HallwardError('wire.busy', 'busy', `another program listens on ${at}: ${help}`, evidence);
    }
    case 'EADDRNOTAVAIL': {
      const help = 'is its network there, is http.address right? It is tried again by itself';
      return new HallwardError(
        'wire.absent',
        'absent',
        `this board does not have the address ${address}: ${help}`,
        evidence,
      );
    }
    case 'EACCES':
      return new HallwardError(
        'wire.denied',
        'refused',
        `no right to listen on port ${port}: set http.port to 1024 or more`,
        evidence,
      );
    default:
      return new HallwardError('wire.unusable', 'internal', `${at}: ${thrown.message}`, evidence);
  }
}
