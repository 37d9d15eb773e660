/**
 * The child that owns one USB printer (`/dev/usb/lp*`), and may hang in the kernel in place of the controller.
 *
 * The device is opened without O_NONBLOCK, and read and written on two threads of Node's pool. So a write returns when
 * the printer has taken the bytes; with O_NONBLOCK it would return before that, and its error would come with the next
 * one, if at all (Linux, drivers/usb/class/usblp.c, usblp_write and the comment above usblp_wwait). Both sleep
 * interruptibly: killing this process ends them and frees the printer.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Clock, sleep, systemClock } from '../../kernel/clock.js';
import { HallwardError, systemCode } from '../../kernel/errors.js';
import { type FoundNode, isSameNode } from '../device-node.js';
import { usbPrinterOpenError } from '../usb-printer-errors.js';
import { serveHelper } from './serve.js';

export interface UsbPrinterArgument {
  /** As configured; for people. */
  readonly path: string;
  /** The node itself. */
  readonly file: string;
}

/** Answered with null when the printer has taken all bytes; with what it said, or null where it never will. */
export type UsbPrinterRequest = { readonly write: Uint8Array } | { readonly read: true };

/** The driver gives no more at once (USBLP_BUF_SIZE_IN). */
const READ_BYTES = 1_024;
/** What a printer says within this time after opening was said before somebody listened. */
const STALE_MILLISECONDS = 50;
/** Rest after every read: a printer gone mad costs no more than 200 of them in a second, and waits meanwhile. */
const REST_MILLISECONDS = 5;
/** Some printers answer every read at once with an empty packet (usblp_read gives 0 then; unplugged is ENODEV). */
const EMPTY_REST_MILLISECONDS = 100;

serveHelper(async (argument) => {
  const { path, file } = argument as UsbPrinterArgument;
  const clock = systemClock();
  const { handle, node } = await openPrinter(path, file);
  const reader = new Reader(path, handle, node, clock);
  await reader.skipStale();
  return {
    async handle(message) {
      const request = message as UsbPrinterRequest;
      if ('read' in request) return reader.next();
      await writeAll(path, handle, request.write, clock);
      return null;
    },
    // An ordinary exit would wait for the thread that reads, and the printer would stay taken for ever.
    end: () => void process.kill(process.pid, 'SIGKILL'),
  };
});

async function openPrinter(
  path: string,
  file: string,
): Promise<{ readonly handle: FileHandle; readonly node: FoundNode }> {
  try {
    const handle = await open(file, constants.O_RDWR | constants.O_NOCTTY);
    const stats = await handle.stat();
    if (stats.isCharacterDevice()) return { handle, node: { file, stats } };
    throw new HallwardError('wire.unusable', 'usage', `${path} is not a printer but a file or folder`, {
      path,
    });
  } catch (thrown) {
    throw usbPrinterOpenError(path, thrown);
  }
}

/** Reads on demand: while nobody asks, the printer has to wait. At most one read is under way. */
class Reader {
  readonly #buffer = new Uint8Array(READ_BYTES);
  #pending: Promise<Uint8Array | null> | undefined;
  #rested: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly node: FoundNode,
    private readonly clock: Clock,
  ) {}

  /** Throws away what comes at once. */
  async skipStale(): Promise<void> {
    const over = sleep(this.clock, 'stale bytes', STALE_MILLISECONDS).then(() => 'over' as const);
    for (;;) {
      this.#pending ??= this.#read();
      const bytes = await Promise.race([over, this.#pending]);
      if (bytes === 'over' || bytes === null) return;
      this.#pending = undefined;
    }
  }

  async next(): Promise<Uint8Array | null> {
    this.#pending ??= this.#read();
    try {
      return await this.#pending;
    } finally {
      this.#pending = undefined;
    }
  }

  /** Null: this printer only takes. Throws `wire.lost`. */
  async #read(): Promise<Uint8Array | null> {
    await this.#rested;
    for (;;) {
      try {
        const { bytesRead } = await this.handle.read(this.#buffer, 0, READ_BYTES, null);
        if (bytesRead > 0) {
          this.#rested = sleep(this.clock, 'rest after a read', REST_MILLISECONDS);
          return this.#buffer.slice(0, bytesRead);
        }
      } catch (thrown) {
        const system = systemCode(thrown);
        if (system === 'EINVAL') return null;
        if (system !== 'EINTR') throw lost(this.path, thrown);
      }
      if (!isSameNode(this.node)) throw lost(this.path, undefined);
      await sleep(this.clock, 'rest after an empty read', EMPTY_REST_MILLISECONDS);
    }
  }
}

async function writeAll(path: string, handle: FileHandle, bytes: Uint8Array, clock: Clock): Promise<void> {
  let taken = 0;
  while (taken < bytes.length) {
    try {
      const { bytesWritten } = await handle.write(bytes, taken, bytes.length - taken, null);
      taken += bytesWritten;
      if (bytesWritten === 0) await sleep(clock, 'rest after an empty write', EMPTY_REST_MILLISECONDS);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EINTR') throw lost(path, thrown);
    }
  }
}

function lost(path: string, thrown: unknown): HallwardError {
  return new HallwardError('wire.lost', 'absent', `${path} is gone`, { system: systemCode(thrown) ?? null });
}
