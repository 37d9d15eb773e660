import { createSocket, type Socket } from 'node:dgram';

interface SnmpSocketEvents {
  /** A datagram was handed to the system. */
  sent(): void;
  /** What came in made its reader throw: whoever waits for it must not wait on. */
  unreadable(bytes: Uint8Array, error: unknown): void;
  /** The system says that the other side can't be reached. */
  failed(error: Error): void;
}

/** What net-snmp asks of a socket. */
type Listener = (...args: unknown[]) => void;

/**
 * The socket that net-snmp gets in place of its own. The package reads what comes in with nothing around it that
 * catches (an answer of another SNMP version ends the process), keeps the system's errors to itself, takes an answer
 * from anywhere, and throws when a closed socket is used. Here the socket is connected: the system lets in what the
 * agent sent, nothing else, and says when nobody listens there.
 */
export class SnmpSocket {
  readonly #listeners = new Map<string, Listener>();
  #closed = false;
  /** For evidence. */
  lastReceived: Uint8Array | undefined;

  /**
   * @param address an IP address
   * Rejects with the system's error.
   */
  static connect(
    address: string,
    family: 4 | 6,
    port: number,
    events: SnmpSocketEvents,
  ): Promise<SnmpSocket> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      // Nothing may ever be left without a listener.
      socket.on('error', (error) => {
        reject(error);
        events.failed(error);
      });
      try {
        // @types/node does not say that the call back can have an error.
        socket.connect(port, address, ((error?: Error) => {
          if (error == null) {
            resolve(new SnmpSocket(socket, events));
            return;
          }
          socket.close();
          reject(error);
        }) as () => void);
      } catch (thrown) {
        socket.close();
        reject(thrown);
      }
    });
  }

  private constructor(
    private readonly socket: Socket,
    private readonly events: SnmpSocketEvents,
  ) {
    socket.on('message', (bytes) => {
      this.lastReceived = bytes;
      try {
        if (!this.#closed) this.#listeners.get('message')?.(bytes);
      } catch (thrown) {
        events.unreadable(bytes, thrown);
      }
    });
  }

  /** Of each event one listener; the system's errors go to `failed`. */
  on(event: string, listener: Listener): this {
    this.#listeners.set(event, listener);
    return this;
  }

  /** An idle socket does not keep the process. */
  ref(): void {
    if (!this.#closed) this.socket.ref();
  }

  unref(): void {
    if (!this.#closed) this.socket.unref();
  }

  send(
    bytes: Uint8Array,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    done: (error: Error | null) => void,
  ): void {
    // Without the answer that it is closed net-snmp would set one more timer.
    if (this.#closed) {
      done(new Error('the socket is closed'));
      return;
    }
    this.events.sent();
    this.socket.send(bytes, offset, length, (error) => done(this.#closed ? new Error('closed') : error));
  }

  /** Resolves when the system has it back. Closing twice does nothing more. */
  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#listeners.get('close')?.();
        resolve();
      });
      this.socket.close();
    });
  }
}
