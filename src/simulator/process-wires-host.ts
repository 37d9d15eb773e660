/** The parent's end of `process-wires.ts`: brings wires of this process to a child. */
import type { ChildProcess } from 'node:child_process';
import { HallwardError } from '../kernel/errors.js';
import type { Carrier } from '../transports/ports.js';
import type { GpioChip } from '../transports/ports-gpio.js';
import type { I2cAdapter, I2cTransfer } from '../transports/ports-i2c.js';
import {
  type Ask,
  type AskMessage,
  type Description,
  isWireMessage,
  passError,
  type ReplyMessage,
} from './process-wires-messages.js';
import { Teller } from './process-wires-teller.js';

/** What one child may have open at a time. */
const mostOpen = 1_024;

/** The wires, by the names that the child asks for. */
export interface HostedWires {
  readonly carriers?: Readonly<Record<string, Carrier>>;
  readonly gpioChips?: Readonly<Record<string, GpioChip>>;
  readonly i2cAdapters?: Readonly<Record<string, I2cAdapter>>;
}

export interface WireHost {
  /** Connections, watches and driven lines that the child has open now. */
  readonly open: number;
  /** Bytes that the child lost because it did not read. */
  readonly lostBytes: number;
  /** Resolves when the child is gone (or `close` was called) and everything that it had open is closed. */
  readonly released: Promise<void>;
  /** Takes the wires away from the child: what it has open is closed, what it asks for from now on is not heard. */
  close(): Promise<void>;
}

/**
 * Hosts wires for a child that was forked with `serialization: 'advanced'`; the child reaches them by
 * `processWires()`. Call it right after `fork`. Other messages may pass over the same channel: they are left alone.
 */
export function hostWires(child: ChildProcess, wires: HostedWires): WireHost {
  return new Host(child, wires);
}

/** What the child has open, or is opening. */
interface Opened {
  /** A close that came while it was being opened. */
  abandoned: boolean;
  close?(): Promise<void>;
  write?(bytes: Uint8Array): Promise<void>;
  set?(active: boolean): Promise<void>;
  transfer?(transfer: I2cTransfer): Promise<Uint8Array>;
}

class Host implements WireHost {
  lostBytes = 0;
  readonly released: Promise<void>;
  readonly #open = new Map<number, Opened>();
  /** Opening or closing. */
  readonly #underWay = new Set<Promise<unknown>>();
  #released = () => {};
  #ended = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly wires: HostedWires,
  ) {
    this.released = new Promise((resolve) => {
      this.#released = resolve;
    });
    child.on('message', this.#heard);
    child.once('disconnect', () => this.#end());
    // Should the channel outlive its process: what was said before the end is heard first.
    child.once('exit', () => setImmediate(() => this.#end()));
    child.once('error', () => {
      if (child.pid === undefined) this.#end();
    });
  }

  get open(): number {
    return this.#open.size;
  }

  close(): Promise<void> {
    this.#end();
    return this.released;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.child.off('message', this.#heard);
    for (const handle of [...this.#open.keys()]) void this.#track(this.#close(handle));
    void this.#settle();
  }

  /** An open that was under way has to end before it can be closed, hence again and again. */
  async #settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
    this.#released();
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work);
    const done = () => void this.#underWay.delete(work);
    work.then(done, done);
    return work;
  }

  readonly #heard = (message: unknown) => {
    if (!isWireMessage<AskMessage>(message, 'ask')) return;
    const { id, ask } = message;
    this.#answer(ask).then(
      (value) => this.#send({ wires: 'answer', id, value }),
      (thrown: unknown) => this.#send({ wires: 'answer', id, error: passError(thrown) }),
    );
  };

  async #answer(ask: Ask): Promise<unknown> {
    switch (ask.what) {
      case 'describe':
        return this.#describe(ask);
      case 'present':
        return ask.type === 'gpio'
          ? this.#chip(ask.name).present?.()
          : (this.#carrier(ask.name).present?.() ?? null);
      case 'probe':
        return this.#chip(ask.name).probe();
      case 'open':
        return ask.type === 'carrier' ? this.#openCarrier(ask) : this.#openAdapter(ask);
      case 'look':
        return this.#look(ask);
      case 'watch':
        return this.#watch(ask);
      case 'drive':
        return this.#drive(ask);
      case 'write':
        if (!(ask.bytes instanceof Uint8Array)) throw notAdvanced();
        return this.#at(ask.handle).write?.(ask.bytes);
      case 'set':
        return this.#at(ask.handle).set?.(ask.active);
      case 'transfer':
        return this.#at(ask.handle).transfer?.(ask.transfer);
      case 'close':
        return this.#track(this.#close(ask.handle));
      default:
        throw new HallwardError('wire.unusable', 'usage', 'the child asks for something unknown');
    }
  }

  #describe({ type, name }: Extract<Ask, { what: 'describe' }>): Description {
    if (type === 'carrier') {
      const { address, byteMicroseconds, watch, present } = this.#carrier(name);
      const isPresent = present === undefined ? null : this.#carrier(name).present!();
      return { address, byteMicroseconds, present: isPresent, watched: watch !== undefined };
    }
    const wire = type === 'gpio' ? this.#chip(name) : this.#adapter(name);
    const present = 'present' in wire && wire.present !== undefined ? true : null;
    return { address: wire.address, byteMicroseconds: 0, present, watched: false };
  }

  #openCarrier({ name, handle }: Extract<Ask, { what: 'open' }>): Promise<void> {
    const carrier = this.#carrier(name);
    const teller = this.#teller(handle);
    return this.#make(handle, async () => {
      const connection = await carrier.open({
        bytes: (chunk) => teller.bytes(chunk),
        closed: (error) => this.#closedByItself(handle, error),
      });
      return {
        write: (bytes) => connection.write(bytes),
        close: () => connection.close(),
      };
    });
  }

  #openAdapter({ name, handle }: Extract<Ask, { what: 'open' }>): Promise<void> {
    const adapter = this.#adapter(name);
    return this.#make(handle, async () => {
      const connection = await adapter.open((error) => this.#closedByItself(handle, error));
      return {
        transfer: (transfer) => connection.transfer(transfer),
        close: () => connection.close(),
      };
    });
  }

  #look({ name, handle }: Extract<Ask, { what: 'look' }>): Promise<void> {
    const carrier = this.#carrier(name);
    const teller = this.#teller(handle);
    return this.#make(handle, async () => {
      const stop = carrier.watch?.(() => teller.changed(() => carrier.present?.() ?? null)) ?? (() => {});
      return { close: async () => stop() };
    });
  }

  #watch({ name, handle, inputs }: Extract<Ask, { what: 'watch' }>): Promise<void> {
    const chip = this.#chip(name);
    const teller = this.#teller(handle);
    return this.#make(handle, () =>
      chip.watch(inputs, {
        level: (line, active) => teller.level(line, active),
        closed: (error) => this.#closedByItself(handle, error),
      }),
    );
  }

  #drive({ name, handle, output }: Extract<Ask, { what: 'drive' }>): Promise<void> {
    const chip = this.#chip(name);
    return this.#make(handle, async () => {
      const drive = await chip.drive(output, (error) => this.#closedByItself(handle, error));
      return { set: (active) => drive.set(active), close: () => drive.close() };
    });
  }

  /** Opens something under the child's number, and gives it back at once where nobody wants it any more. */
  async #make(
    handle: number,
    open: () => Promise<Omit<Opened, 'abandoned'> & { close(): Promise<void> }>,
  ): Promise<void> {
    if (this.#open.has(handle) || this.#open.size >= mostOpen) {
      throw new HallwardError('wire.busy', 'busy', `the child has ${this.#open.size} wires open`);
    }
    const opened: Opened = { abandoned: false };
    this.#open.set(handle, opened);
    try {
      const made = await this.#track(open());
      if (opened.abandoned) {
        await this.#track(made.close());
        throw new HallwardError('wire.lost', 'absent', 'it was closed while it was being opened');
      }
      Object.assign(opened, {
        close: () => made.close(),
        ...(made.write === undefined ? {} : { write: made.write }),
        ...(made.set === undefined ? {} : { set: made.set }),
        ...(made.transfer === undefined ? {} : { transfer: made.transfer }),
      });
    } catch (error) {
      this.#open.delete(handle);
      throw error;
    }
  }

  async #close(handle: number): Promise<void> {
    const opened = this.#open.get(handle);
    if (opened === undefined) return;
    opened.abandoned = true;
    this.#open.delete(handle);
    await opened.close?.();
  }

  #closedByItself(handle: number, error: HallwardError): void {
    const opened = this.#open.get(handle);
    if (opened !== undefined) opened.abandoned = true;
    this.#open.delete(handle);
    this.#send({ wires: 'told', handle, told: { closed: passError(error) } });
  }

  #at(handle: number): Opened {
    const opened = this.#open.get(handle);
    if (opened?.close !== undefined) return opened;
    throw new HallwardError('wire.lost', 'absent', 'it is not open');
  }

  #carrier(name: string): Carrier {
    return find(this.wires.carriers, name);
  }

  #chip(name: string): GpioChip {
    return find(this.wires.gpioChips, name);
  }

  #adapter(name: string): I2cAdapter {
    return find(this.wires.i2cAdapters, name);
  }

  #teller(handle: number): Teller {
    return new Teller(
      (told, sent) => this.#send({ wires: 'told', handle, told }, sent),
      (bytes) => {
        this.lostBytes += bytes;
      },
    );
  }

  #send(message: ReplyMessage, sent: () => void = () => {}): void {
    // A child that is gone hears nothing; its end is told by the channel.
    if (!this.#ended && this.child.connected) this.child.send(message, () => sent());
  }
}

function find<Wire>(wires: Readonly<Record<string, Wire>> = {}, name: string): Wire {
  const wire = Object.hasOwn(wires, name) ? wires[name] : undefined;
  if (wire === undefined)
    throw new HallwardError('wire.absent', 'absent', `the parent hosts no wire "${name}"`);
  return wire;
}

function notAdvanced(): HallwardError {
  return new HallwardError('wire.unusable', 'usage', "fork the child with serialization: 'advanced'");
}
