import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { DeviceNode, type FoundNode } from './device-node.js';
import { HelperProcess } from './helper-process.js';
import type { UsbPrinterArgument, UsbPrinterRequest } from './helpers/usb-printer.js';
import type { Carrier, Connection, ConnectionEvents } from './ports.js';
import { usbPrinterOpenError } from './usb-printer-errors.js';

/** What the driver sends at once (drivers/usb/class/usblp.c, USBLP_BUF_SIZE). */
const CHUNK_BYTES = 8_192;
/** Bytes of waiting writes; a single write may be longer. */
const MOST_WAITING_BYTES = 1_048_576;
/** A printer without paper takes nothing until somebody comes, and one may say nothing for ever: neither is an error. */
const FOR_EVER_MILLISECONDS = 2 ** 31 - 1;

export interface UsbPrinterOptions {
  /** The node of the driver usblp, `/dev/usb/lp0`, or better a link to it that does not change its name. */
  readonly path: string;
}

/**
 * A USB printer by the kernel's driver usblp. A read or write may hang in the kernel for as long as the printer likes,
 * so both are done by a child process (`helpers/usb-printer.ts`), which is killed when the connection is closed.
 *
 * A write resolves when the printer has taken the bytes: the driver keeps none. It also rejects with `wire.full` (busy)
 * where 1 MiB waits already. What the lost connection had taken of a write is in the evidence: `takenBytes`.
 */
export function usbPrinterCarrier({ path }: UsbPrinterOptions, clock: Clock): Carrier {
  const node = new DeviceNode(path);
  return {
    address: path,
    byteMicroseconds: 0,

    async open(events) {
      const found = await lookUp(node, path);
      node.opened(found);
      try {
        return await UsbPrinterConnection.open(found, { path, clock, events, left: () => node.left(found) });
      } catch (thrown) {
        node.left(found);
        throw thrown;
      }
    },

    watch: (changed) => node.watch(changed),
    present: () => node.present(),
  };
}

/** Finds what is wrong without starting a process for it, as far as that can be. */
async function lookUp(node: DeviceNode, path: string): Promise<FoundNode> {
  try {
    const found = await node.find();
    await access(found.file, constants.R_OK | constants.W_OK);
    return found;
  } catch (thrown) {
    throw usbPrinterOpenError(path, thrown);
  }
}

interface Circumstances {
  readonly path: string;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
  /** Told once, when the connection ends in whatever way. */
  readonly left: () => void;
}

class UsbPrinterConnection implements Connection {
  #over = false;
  #closing: Promise<void> | undefined;
  #waitingBytes = 0;
  /** The writes so far; settles when the last one has. Never rejects. */
  #written: Promise<void> = Promise.resolve();

  private constructor(
    private readonly helper: HelperProcess,
    private readonly circumstances: Circumstances,
  ) {}

  static async open(found: FoundNode, circumstances: Circumstances): Promise<UsbPrinterConnection> {
    const { path, clock } = circumstances;
    let connection: UsbPrinterConnection | undefined;
    const helper = await HelperProcess.start({
      entry: 'usb-printer',
      argument: { path, file: found.file } satisfies UsbPrinterArgument,
      address: path,
      clock,
      ended: (error) => {
        if (connection !== undefined) connection.#end(error);
      },
    });
    connection = new UsbPrinterConnection(helper, circumstances);
    void connection.#hear();
    return connection;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#over) return Promise.reject(this.#lost());
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes.length > MOST_WAITING_BYTES) {
      const { path } = this.circumstances;
      const waitingBytes = this.#waitingBytes;
      return Promise.reject(
        new HallwardError('wire.full', 'busy', `${path} takes nothing, and enough waits for it`, {
          waitingBytes,
        }),
      );
    }
    this.#waitingBytes += bytes.length;
    const written = this.#written.then(() => this.#writeAll(bytes));
    const settled = () => {
      this.#waitingBytes -= bytes.length;
    };
    this.#written = written.then(settled, settled);
    return written;
  }

  close(): Promise<void> {
    this.#leave();
    return this.#closing ?? Promise.resolve();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    let takenBytes = 0;
    while (takenBytes < bytes.length) {
      const chunk = bytes.subarray(takenBytes, takenBytes + CHUNK_BYTES);
      try {
        await this.#ask({ write: chunk });
      } catch (thrown) {
        const error = asHallwardError(thrown, 'wire.lost', 'absent');
        this.#end(error);
        throw new HallwardError('wire.lost', 'absent', error.message, { ...error.evidence, takenBytes });
      }
      takenBytes += chunk.length;
    }
  }

  /** Asks for bytes again and again: the child reads no further than what was heard. */
  async #hear(): Promise<void> {
    while (!this.#over) {
      let bytes: Uint8Array | null;
      try {
        bytes = (await this.#ask({ read: true })) as Uint8Array | null;
      } catch (thrown) {
        this.#end(asHallwardError(thrown, 'wire.lost', 'absent'));
        return;
      }
      // A printer with one direction only: nothing will ever come.
      if (bytes === null) return;
      if (!this.#over) this.circumstances.events.bytes(bytes);
    }
  }

  #ask(request: UsbPrinterRequest): Promise<unknown> {
    if (this.#over) return Promise.reject(this.#lost());
    return this.helper.request(request, FOR_EVER_MILLISECONDS);
  }

  #end(error: HallwardError): void {
    if (this.#over) return;
    this.#leave();
    this.circumstances.events.closed(error);
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.circumstances.left();
    this.#closing = this.helper.close();
  }

  #lost(): HallwardError {
    return new HallwardError('wire.lost', 'absent', `${this.circumstances.path} is gone`);
  }
}
