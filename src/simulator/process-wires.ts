/**
 * Wires across the border of a process: a controller that runs as a child, so that it can be killed as a power cut
 * kills it, on wires whose far ends live in its parent.
 *
 * ```ts
 * // the parent
 * const child = fork(file, [], { serialization: 'advanced' });
 * const host = hostWires(child, { carriers: { row: carrier }, gpioChips: { gpio: chip }, i2cAdapters: { i2c1: adapter } });
 * child.kill('SIGKILL');
 * await host.released; // the wires are free: a second child can open them
 *
 * // the child
 * const wires = processWires();
 * const wiring = {
 *   carrier: (name) => wires.carrier(name),
 *   gpioChip: (name) => wires.gpioChip(name),
 *   i2cAdapter: (name) => wires.i2cAdapter(name),
 * };
 * ```
 *
 * Bytes, levels and errors pass as they are, in order. Where the parent ends, everything open is `wire.lost`; where
 * the child ends, what it had open is closed at the far ends. A child that does not read fills nobody's memory: of
 * bytes that it leaves lying, those beyond 64 KiB for each wire are lost, as on a port, and counted.
 */
import { HallwardError } from '../kernel/errors.js';
import type { Carrier } from '../transports/ports.js';
import type { GpioChip, GpioDrive, GpioWatch } from '../transports/ports-gpio.js';
import type { I2cAdapter } from '../transports/ports-i2c.js';
import {
  type Ask,
  type AskMessage,
  type Description,
  isWireMessage,
  type ReplyMessage,
  rebuildError,
  type Told,
  type WireType,
} from './process-wires-messages.js';

/** What may wait for the parent at most; a controller's own queues are far shorter. */
const mostAsked = 1_024;

/** The child's end. All three reject with `wire.absent` where the parent has no wire of this name, or is gone. */
export interface ProcessWires {
  carrier(name: string): Promise<Carrier>;
  gpioChip(name: string): Promise<GpioChip>;
  i2cAdapter(name: string): Promise<I2cAdapter>;
}

/**
 * The wires that the parent of this process hosts. Called once. Keeps the process alive until the parent is gone or
 * `process.disconnect()` was called.
 */
export function processWires(parent: NodeJS.Process = process): ProcessWires {
  const asker = new Asker(parent);
  const described = async (type: WireType, name: string) =>
    (await asker.ask({ what: 'describe', type, name })) as Description;
  return {
    carrier: async (name) => carrierOf(asker, name, await described('carrier', name)),
    gpioChip: async (name) => gpioChipOf(asker, name, await described('gpio', name)),
    i2cAdapter: async (name) => i2cAdapterOf(asker, name, await described('i2c', name)),
  };
}

function carrierOf(asker: Asker, name: string, description: Description): Carrier {
  const { address, byteMicroseconds, watched } = description;
  let present = description.present;
  let asking = false;
  let changes = 0;
  /** What was told last is the answer; what is true now is asked for meanwhile. */
  const isPresent = () => {
    if (!asking) {
      asking = true;
      // An answer that a change has overtaken is not true any more.
      const asked = changes;
      void asker
        .ask({ what: 'present', type: 'carrier', name })
        .then(
          (value) => {
            if (asked === changes) present = value as boolean | null;
          },
          () => {
            present = false;
          },
        )
        .finally(() => {
          asking = false;
        });
    }
    return present ?? true;
  };
  const watch = (changed: () => void) => {
    const handle = asker.listen(address, (told) => {
      if (!('changed' in told)) return;
      present = told.present;
      changes++;
      changed();
    });
    void asker.ask({ what: 'look', name, handle }).catch(() => {});
    return () => void asker.close(handle);
  };
  return {
    address,
    byteMicroseconds,
    async open(events) {
      const handle = asker.listen(address, (told) => {
        if ('bytes' in told) events.bytes(told.bytes);
        else if ('closed' in told) events.closed(rebuildError(told.closed));
      });
      await asker.opened(handle, { what: 'open', type: 'carrier', name, handle });
      return {
        write: async (bytes) => void (await asker.ask({ what: 'write', handle, bytes })),
        close: () => asker.close(handle),
      };
    },
    ...(watched ? { watch } : {}),
    ...(description.present === null ? {} : { present: isPresent }),
  };
}

function gpioChipOf(asker: Asker, name: string, { address, present }: Description): GpioChip {
  return {
    address,
    probe: async () => void (await asker.ask({ what: 'probe', name })),
    ...(present === null
      ? {}
      : { present: async () => void (await asker.ask({ what: 'present', type: 'gpio', name })) }),
    async watch(inputs, edges): Promise<GpioWatch> {
      const handle = asker.listen(address, (told) => {
        if ('line' in told) edges.level(told.line, told.active);
        else if ('closed' in told) edges.closed(rebuildError(told.closed));
      });
      await asker.opened(handle, { what: 'watch', name, handle, inputs });
      return { close: () => asker.close(handle) };
    },
    async drive(output, closed): Promise<GpioDrive> {
      const handle = asker.listen(address, (told) => {
        if ('closed' in told) closed(rebuildError(told.closed));
      });
      await asker.opened(handle, { what: 'drive', name, handle, output });
      return {
        set: async (active) => void (await asker.ask({ what: 'set', handle, active })),
        close: () => asker.close(handle),
      };
    },
  };
}

function i2cAdapterOf(asker: Asker, name: string, { address }: Description): I2cAdapter {
  return {
    address,
    async open(closed) {
      const handle = asker.listen(address, (told) => {
        if ('closed' in told) closed(rebuildError(told.closed));
      });
      await asker.opened(handle, { what: 'open', type: 'i2c', name, handle });
      return {
        transfer: async (transfer) => (await asker.ask({ what: 'transfer', handle, transfer })) as Uint8Array,
        close: () => asker.close(handle),
      };
    },
  };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: HallwardError): void;
}

interface Listening {
  readonly address: string;
  readonly told: (told: Told) => void;
}

/** The channel to the parent: questions with their answers, and what open wires tell. */
class Asker {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listening = new Map<number, Listening>();
  #nextId = 1;
  #nextHandle = 1;

  constructor(private readonly parent: NodeJS.Process) {
    parent.on('message', (message: unknown) => {
      if (isWireMessage<ReplyMessage>(message, 'answer', 'told')) this.#heard(message);
    });
    parent.on('disconnect', () => this.#gone());
  }

  /** A number for something to be opened; what it tells goes to `told`, until `closed` came or `close` was called. */
  listen(address: string, told: (told: Told) => void): number {
    const handle = this.#nextHandle++;
    this.#listening.set(handle, { address, told });
    return handle;
  }

  /** Asks for something to be opened under a number; where it can't be, nobody listens to that any more. */
  async opened(handle: number, ask: Ask): Promise<void> {
    try {
      await this.ask(ask);
    } catch (error) {
      this.#listening.delete(handle);
      throw error;
    }
  }

  /** Rejects with what the far end rejects with, `wire.lost` where the parent is gone, `wire.busy` over the bound. */
  ask(ask: Ask): Promise<unknown> {
    const { parent } = this;
    if (parent.send === undefined || !parent.connected) {
      const code = ['write', 'set', 'transfer'].includes(ask.what) ? 'wire.lost' : 'wire.absent';
      return Promise.reject(new HallwardError(code, 'absent', 'no parent process hosts the wires'));
    }
    if (this.#waiting.size >= mostAsked) {
      const message = `${mostAsked} requests wait for the process that hosts the wires`;
      return Promise.reject(new HallwardError('wire.busy', 'busy', message));
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      const message: AskMessage = { wires: 'ask', id, ask };
      // A channel that breaks is told by its end, which comes right after.
      parent.send?.(message, undefined, undefined, () => {});
    });
  }

  /** Closes what was opened under a number; it tells nothing any more. Never rejects. */
  async close(handle: number): Promise<void> {
    this.#listening.delete(handle);
    await this.ask({ what: 'close', handle }).catch(() => {});
  }

  #heard(message: ReplyMessage): void {
    if (message.wires === 'told') {
      const { handle, told } = message;
      const listening = this.#listening.get(handle);
      if ('closed' in told) this.#listening.delete(handle);
      listening?.told(told);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(rebuildError(message.error));
    else waiting?.resolve(message.value);
  }

  #gone(): void {
    const waiting = [...this.#waiting.values()];
    const listening = [...this.#listening.values()];
    this.#waiting.clear();
    this.#listening.clear();
    const lost = (address: string) =>
      new HallwardError('wire.lost', 'absent', `${address} is gone with the process that hosts it`);
    for (const { reject } of waiting) reject(lost('the wire'));
    for (const { address, told } of listening) {
      const { code, kind, message, evidence } = lost(address);
      told({ closed: { code, kind, message, evidence } });
    }
  }
}
