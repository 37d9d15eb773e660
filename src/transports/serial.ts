import type { SerialPort } from 'serialport';
import { asHallwardError, HallwardError, systemCode } from '../kernel/errors.js';
import { requirePackage } from '../kernel/require.js';
import { DeviceNode } from './device-node.js';
import type { Carrier, Connection, ConnectionEvents } from './ports.js';
import { whatIsPluggedIn } from './serial-names.js';

export interface SerialOptions {
  /** The port, best by its by-id link: `/dev/serial/by-id/usb-…`. */
  readonly path: string;
  /** Bits per second. */
  readonly baudRate: number;
  /** 8 if absent. */
  readonly dataBits?: 5 | 6 | 7 | 8;
  /** None if absent. */
  readonly parity?: 'none' | 'even' | 'odd';
  /** 1 if absent. */
  readonly stopBits?: 1 | 2;
  /**
   * Who turns the direction of an RS-485 line: the adapter (`auto`), or the kernel's driver by RTS (`rts`), which is
   * set up in the device tree, not here: npm's `serialport` has no call for it on Linux, and turning RTS from a
   * program comes too late. So neither changes how the port is opened.
   */
  readonly rs485?: 'auto' | 'rts';
}

/** What of npm's `serialport` is used. */
export interface SerialLibrary {
  readonly SerialPort: typeof SerialPort;
}

/**
 * A serial port by npm's `serialport`, an optional package that is loaded when the port is first opened.
 *
 * The library does not see a port vanish while it reads: then it reads on for ever, on a whole CPU. `present` and
 * `watch` find that from the file system; `close` ends it.
 *
 * @param load for a library of the same shape.
 */
export function serialCarrier(
  options: SerialOptions,
  load: () => Promise<SerialLibrary> = async () =>
    requirePackage('serialport') as typeof import('serialport'),
): Carrier {
  const { path, baudRate, dataBits = 8, parity = 'none', stopBits = 1 } = options;
  const bits = 1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits;
  const node = new DeviceNode(path);
  return {
    address: path,
    byteMicroseconds: Math.round((bits * 1_000_000) / baudRate),

    async open(events) {
      const library = await loadLibrary(load);
      const found = await node.find().catch((thrown: unknown) => {
        throw openError(path, thrown);
      });
      const port = await openPort(library, { ...options, path: found.file }, path);
      const connection = new SerialConnection(port, path, events, () => node.left(found));
      node.opened(found);
      return connection;
    },

    watch: (changed) => node.watch(changed),
    present: () => node.present(),
  };
}

async function loadLibrary(load: () => Promise<SerialLibrary>): Promise<SerialLibrary> {
  try {
    return await load();
  } catch (thrown) {
    const { message } = asHallwardError(thrown, 'wire.unusable');
    throw new HallwardError(
      'wire.unusable',
      'usage',
      'serial ports need the package "serialport", which cannot be loaded here: npm install serialport',
      { package: 'serialport', detail: message },
    );
  }
}

async function openPort(
  library: SerialLibrary,
  { path: file, baudRate, dataBits = 8, parity = 'none', stopBits = 1 }: SerialOptions,
  path: string,
): Promise<SerialPort> {
  let port: SerialPort;
  try {
    port = new library.SerialPort({ path: file, baudRate, dataBits, parity, stopBits, autoOpen: false });
    await ask((done) => port.open(done));
  } catch (thrown) {
    throw openError(path, thrown);
  }
  port.on('error', () => {}); // from here on no error may be left without a listener
  try {
    // What came in before is stale.
    await ask((done) => port.flush(done));
  } catch (thrown) {
    await ask((done) => port.close(done)).catch(() => {});
    throw openError(path, thrown);
  }
  return port;
}

class SerialConnection implements Connection {
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly port: SerialPort,
    private readonly path: string,
    private readonly events: ConnectionEvents,
    private readonly left: () => void,
  ) {
    port.on('data', (chunk: Uint8Array) => {
      if (!this.#ended) events.bytes(chunk);
    });
    port.on('close', (thrown: unknown) => this.#end(thrown));
    port.on('error', (thrown) => this.#end(thrown));
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#lost(undefined));
        return;
      }
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.port.write(buffer, (thrown) => {
        if (thrown == null && !this.#ended) resolve();
        else reject(this.#lost(thrown));
      });
    });
  }

  close(): Promise<void> {
    this.#ended = true;
    this.#closing ??= this.#shut();
    return this.#closing;
  }

  #end(thrown: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = this.#shut();
    this.events.closed(this.#lost(thrown));
  }

  /** Throws unsent bytes away first: the kernel would wait for them. `drain` is not used: it may hang. */
  async #shut(): Promise<void> {
    this.left();
    if (!this.port.isOpen) return;
    await ask((done) => this.port.flush(done)).catch(() => {});
    if (this.port.isOpen) await ask((done) => this.port.close(done)).catch(() => {});
  }

  #lost(thrown: unknown): HallwardError {
    const detail = thrown instanceof Error ? thrown.message : undefined;
    const evidence = detail === undefined ? {} : { detail };
    return new HallwardError('wire.lost', 'absent', `${this.path} is gone`, evidence);
  }
}

/** A call with a Node callback, as a promise. */
function ask(call: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error == null) resolve();
      else reject(error);
    });
  });
}

/** The library gives the system's words, not its codes. */
const MEANINGS: readonly (readonly [RegExp, 'absent' | 'denied' | 'busy' | 'not-serial'])[] = [
  [/No such file|No such device|Input\/output error/i, 'absent'],
  [/Permission denied|Operation not permitted/i, 'denied'],
  [/Cannot lock port|resource busy|temporarily unavailable/i, 'busy'],
  [/Inappropriate ioctl/i, 'not-serial'],
];

function openError(path: string, thrown: unknown): HallwardError {
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  const evidence = { path, detail };
  const meaning = meaningOf(systemCode(thrown)) ?? MEANINGS.find(([words]) => words.test(detail))?.[1];
  switch (meaning) {
    case 'absent':
      return new HallwardError(
        'wire.absent',
        'absent',
        `${path} is not there; ${whatIsPluggedIn()}`,
        evidence,
      );
    case 'denied':
      // Right after a device was plugged in, its rights are not set yet: it may pass by itself.
      return new HallwardError(
        'wire.denied',
        'absent',
        `no right to open ${path}: the user of this process must be in the group dialout`,
        { ...evidence, group: 'dialout' },
      );
    case 'busy':
      return new HallwardError('wire.busy', 'busy', `${path} is in use by another program`, evidence);
    case 'not-serial':
      return new HallwardError('wire.unusable', 'usage', `${path} is not a serial port`, evidence);
    default:
      return new HallwardError('wire.unusable', 'usage', `${path} cannot be opened: ${detail}`, evidence);
  }
}

function meaningOf(system: string | undefined): 'absent' | 'denied' | undefined {
  if (system === undefined) return undefined;
  if (['ENOENT', 'ENODEV', 'ENXIO', 'ENOTDIR', 'ELOOP'].includes(system)) return 'absent';
  return system === 'EACCES' || system === 'EPERM' ? 'denied' : undefined;
}
