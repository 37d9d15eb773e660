/**
 * A broker inside this process (aedes, MQTT 3.1.1), reachable from this machine only. It plays a hub's broker that
 * keeps its data: what it retains and the sessions of its clients outlive a drop.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Aedes } from 'aedes';
import { HallwardError, systemCode } from '../../kernel/errors.js';

const loopback = '127.0.0.1';

export interface DemoBroker {
  readonly port: number;
  readonly isUp: boolean;
  /** Nobody can reach it any more: the listener and every connection are closed at once. */
  drop(): Promise<void>;
  /** Listens again on the same port. Rejects with `broker.port-taken` (busy) if somebody else has it by now. */
  back(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

/**
 * Starts a broker.
 * @param port 0: a free one. Rejects with `broker.port-taken` (busy) or `broker.port-refused` (refused).
 */
export async function startBroker(port: number): Promise<DemoBroker> {
  const { Aedes } = await import('aedes');
  const broker = new EmbeddedBroker(await Aedes.createBroker());
  try {
    await broker.listen(port);
  } catch (error) {
    await broker.close();
    throw error;
  }
  return broker;
}

class EmbeddedBroker implements DemoBroker {
  port = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  constructor(private readonly aedes: Aedes) {}

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  async listen(port: number): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // A client that goes away in the middle of something is its own affair.
      socket.on('error', () => {});
      this.aedes.handle(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(portError(error, port)));
      server.listen(port, loopback, resolve);
    });
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : port;
    this.#server = server;
  }

  async drop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async back(): Promise<void> {
    if (!this.isUp) await this.listen(this.port);
  }

  async close(): Promise<void> {
    await this.drop();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
  }
}

function portError(error: Error, port: number): HallwardError {
  const system = systemCode(error) ?? 'error';
  if (system === 'EADDRINUSE') {
    const message = `port ${port} of ${loopback} is taken by another program`;
    return new HallwardError('broker.port-taken', 'busy', message, { port, system });
  }
  const message = `port ${port} of ${loopback} cannot be used: ${error.message}`;
  return new HallwardError('broker.port-refused', 'refused', message, { port, system });
}
