/** Real children: the wires are here, who uses them is killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { processWires } from '../../src/simulator/process-wires.js';
import { type HostedWires, hostWires } from '../../src/simulator/process-wires-host.js';
import type { GpioChip, GpioEdges, GpioInputs, GpioOutputRequest } from '../../src/transports/ports-gpio.js';
import type { I2cAdapter, I2cTransfer } from '../../src/transports/ports-i2c.js';

const script = join(import.meta.dirname, 'process-wires-child.mjs');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const until = (what: () => unknown) => expect.poll(what);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

interface Heard {
  readonly as: string;
  readonly bytes?: string;
  readonly closed?: { readonly code: string; readonly kind: string; readonly evidence: object };
  readonly line?: number | string;
  readonly active?: boolean;
  readonly changed?: true;
  readonly present?: boolean;
}

/** A child on wires of this process. */
function user(wires: HostedWires, serialization: 'advanced' | 'json' = 'advanced') {
  const child = fork(script, [], { serialization, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  const host = hostWires(child, wires);
  const heard: Heard[] = [];
  const waiting = new Map<number, (reply: { value?: unknown; error?: { code: string } }) => void>();
  let number = 0;
  const ready = new Promise<void>((resolve) => waiting.set(0, () => resolve()));
  child.on('message', (message: { heard?: Heard; did?: number; value?: unknown }) => {
    if (message.heard !== undefined) heard.push(message.heard);
    if (message.did !== undefined) waiting.get(message.did)?.(message);
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const order = async (name: string, more: object = {}) => {
    await ready;
    number++;
    const reply = new Promise<{ value?: unknown; error?: { code: string } }>((resolve) =>
      waiting.set(number, resolve),
    );
    child.send({ order: name, number, ...more });
    const { value, error } = await reply;
    if (error !== undefined) throw Object.assign(new Error(error.code), error);
    return value;
  };
  return { child, host, heard, order, gone, ready };
}

/** A chip that only remembers: who watches, what is driven. */
function chipHere() {
  const watches: { inputs: GpioInputs; edges: GpioEdges }[] = [];
  const driven = new Map<GpioOutputRequest['line'], boolean>();
  const chip: GpioChip = {
    address: 'chip-here',
    probe: async () => {},
    async watch(inputs, edges) {
      if (inputs.lines.includes(99)) {
        const evidence = { consumer: 'somebody', line: 99 };
        throw new HallwardError('gpio.line-busy', 'busy', 'line 99 is taken', evidence);
      }
      const watch = { inputs, edges };
      watches.push(watch);
      for (const line of inputs.lines) edges.level(line, false);
      return {
        close: async () => {
          watches.splice(watches.indexOf(watch), 1);
        },
      };
    },
    async drive({ line, active }, _closed) {
      driven.set(line, active);
      return {
        set: async (on) => void driven.set(line, on),
        close: async () => void driven.delete(line),
      };
    },
  };
  return { chip, watches, driven };
}

/** An adapter with one chip that gives back what was written last, each byte turned over. */
function adapterHere() {
  const open = new Set<(error: HallwardError) => void>();
  let last: Uint8Array = new Uint8Array();
  const adapter: I2cAdapter = {
    address: 'i2c-here',
    async open(closed) {
      open.add(closed);
      return {
        async transfer({ address, write, readLength = 0 }: I2cTransfer) {
          if (address !== 0x20) {
            throw new HallwardError('i2c.no-answer', 'absent', 'no chip answers', { errno: 121 });
          }
          if (write !== undefined) last = write;
          return last.slice(0, readLength).map((byte) => byte ^ 0xff);
        },
        close: async () => void open.delete(closed),
      };
    },
  };
  return { adapter, open };
}

describe('wires across a process', () => {
  it('carry bytes both ways, whole and in order', async () => {
    const { carrier, farEnd } = memoryCable({ address: 'row', byteMicroseconds: 1_042 });
    const arrived: string[] = [];
    farEnd.onBytes((bytes) => arrived.push(hex(bytes)));
    const { order, heard } = user({ carriers: { row: carrier } });
    expect(await order('carrier', { as: 'a', name: 'row' })).toEqual({
      address: 'row',
      byteMicroseconds: 1_042,
    });
    const pieces = Array.from({ length: 300 }, (_, index) => index.toString(16).padStart(4, '0'));
    for (const piece of pieces) farEnd.send(new Uint8Array(Buffer.from(piece, 'hex')));
    await order('writes', { as: 'a', hexes: pieces });
    expect(arrived).toEqual(pieces);
    await until(() => heard.flatMap(({ bytes }) => bytes ?? [])).toEqual(pieces);
  });

  it('pass errors as they are: code, kind, text and evidence', async () => {
    const { carrier, cable } = memoryCable({ address: 'row' });
    const { adapter } = adapterHere();
    const { order, heard } = user({
      carriers: { row: carrier },
      i2cAdapters: { i2c1: adapter },
      gpioChips: { gpio: chipHere().chip },
    });
    await expect(order('carrier', { as: 'x', name: 'nowhere' })).rejects.toMatchObject({
      code: 'wire.absent',
      kind: 'absent',
      message: expect.stringContaining('"nowhere"'),
    });
    await expect(order('carrier', { as: 'x', name: 'toString' })).rejects.toMatchObject({
      code: 'wire.absent',
    });
    cable.cut();
    await expect(order('carrier', { as: 'x', name: 'row' })).rejects.toMatchObject({ code: 'wire.absent' });
    cable.join();
    await order('carrier', { as: 'a', name: 'row' });
    await expect(order('carrier', { as: 'b', name: 'row' })).rejects.toMatchObject({
      code: 'wire.busy',
      kind: 'busy',
    });
    cable.cut();
    await until(() => heard.find(({ closed }) => closed)?.closed).toMatchObject({
      code: 'wire.lost',
      kind: 'absent',
      message: 'the cable is cut',
    });
    await expect(order('write', { as: 'a', hex: '01' })).rejects.toMatchObject({ code: 'wire.lost' });
    await order('i2c', { as: 'i', name: 'i2c1' });
    await expect(order('transfer', { as: 'i', transfer: { address: 9 } })).rejects.toMatchObject({
      code: 'i2c.no-answer',
      evidence: { errno: 121 },
    });
    const inputs = { lines: [99], activeLow: false, bias: 'as-is' };
    await expect(order('gpio', { as: 'g', name: 'gpio', inputs })).rejects.toMatchObject({
      code: 'gpio.line-busy',
      evidence: { consumer: 'somebody', line: 99 },
    });
  });

  it('tell when the far end comes and goes, and whether it is there', async () => {
    const { carrier, cable } = memoryCable();
    const { order, heard } = user({ carriers: { row: carrier } });
    await order('carrier', { as: 'a', name: 'row' });
    expect(await order('present', { as: 'a' })).toBe(true);
    cable.cut('silently');
    await until(() => heard.filter(({ changed }) => changed)).toEqual([
      { as: 'a', changed: true, present: false },
    ]);
    expect(await order('present', { as: 'a' })).toBe(false);
    expect(heard.some(({ closed }) => closed)).toBe(false);
    cable.join();
    await until(() => heard.filter(({ changed }) => changed)).toHaveLength(2);
    await until(() => order('present', { as: 'a' })).toBe(true);
  });

  it('bring levels of GPIO lines to the child and drive lines for it', async () => {
    const { chip, watches, driven } = chipHere();
    const { order, heard } = user({ gpioChips: { gpio: chip } });
    const inputs = { lines: [17, 'GPIO27'], activeLow: true, bias: 'pull-up' };
    expect(await order('gpio', { as: 'g', name: 'gpio', inputs })).toEqual({ address: 'chip-here' });
    expect(watches[0]?.inputs).toEqual(inputs);
    watches[0]?.edges.level('GPIO27', true);
    watches[0]?.edges.level('GPIO27', false);
    await until(() => heard.map(({ line, active }) => `${line} ${active}`)).toEqual([
      ...['17 false', 'GPIO27 false'],
      ...['GPIO27 true', 'GPIO27 false'],
    ]);
    await order('drive', { as: 'd', name: 'gpio', output: { line: 25, activeLow: false, active: true } });
    expect(driven.get(25)).toBe(true);
    await order('set', { as: 'd', active: false });
    expect(driven.get(25)).toBe(false);
    await order('close', { as: 'd' });
    await order('close', { as: 'g' });
    expect([watches.length, driven.size]).toEqual([0, 0]);
    expect(heard).toHaveLength(4);
  });

  it('pass I2C transfers, and tell when the adapter goes', async () => {
    const { adapter, open } = adapterHere();
    const { order, heard } = user({ i2cAdapters: { i2c1: adapter } });
    await order('i2c', { as: 'i', name: 'i2c1' });
    const transfer = { address: 0x20, write: new Uint8Array([1, 2, 0xf0]), readLength: 3 };
    expect(await order('transfer', { as: 'i', transfer })).toBe('fefd0f');
    for (const closed of open) closed(new HallwardError('wire.lost', 'absent', 'unplugged', { errno: 19 }));
    await until(() => heard).toMatchObject([
      { as: 'i', closed: { code: 'wire.lost', message: 'unplugged', evidence: { errno: 19 } } },
    ]);
    await expect(order('transfer', { as: 'i', transfer })).rejects.toMatchObject({ code: 'wire.lost' });
  });

  it('are free once the child is killed (kill -9), so that a second child can open them', async () => {
    const { carrier, farEnd } = memoryCable();
    const { chip, watches, driven } = chipHere();
    const { adapter, open } = adapterHere();
    const wires = { carriers: { row: carrier }, gpioChips: { gpio: chip }, i2cAdapters: { i2c1: adapter } };
    const all = async ({ order }: ReturnType<typeof user>) => {
      await order('carrier', { as: 'a', name: 'row' });
      await order('i2c', { as: 'i', name: 'i2c1' });
      const inputs = { lines: [17], activeLow: false, bias: 'as-is' };
      await order('gpio', { as: 'g', name: 'gpio', inputs });
      await order('drive', { as: 'd', name: 'gpio', output: { line: 25, activeLow: false, active: true } });
    };
    const first = user(wires);
    await all(first);
    // The carrier, its watch, the adapter, the lines in, the line out.
    expect(first.host.open).toBe(5);
    first.child.kill('SIGKILL');
    await first.host.released;
    expect([first.host.open, watches.length, driven.size, open.size]).toEqual([0, 0, 0, 0]);
    farEnd.send(new Uint8Array([1]));

    const second = user(wires);
    await all(second);
    farEnd.send(new Uint8Array([2]));
    await until(() => second.heard.flatMap(({ bytes }) => bytes ?? [])).toEqual(['02']);
  });

  it('are free again also where the child dies while one is being opened', async () => {
    const { carrier } = memoryCable();
    let opening = () => {};
    const asked = new Promise<void>((resolve) => {
      opening = resolve;
    });
    let go = () => {};
    const slow = {
      ...carrier,
      async open(events: Parameters<typeof carrier.open>[0]) {
        opening();
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        return carrier.open(events);
      },
    };
    const first = user({ carriers: { row: slow } });
    void first.order('carrier', { as: 'a', name: 'row' });
    await asked;
    first.child.kill('SIGKILL');
    await first.gone;
    go();
    await first.host.released;
    await user({ carriers: { row: carrier } }).order('carrier', { as: 'a', name: 'row' });
  });

  it('are lost for the child when the parent takes them away, and others can have them', async () => {
    const { carrier, farEnd } = memoryCable();
    const first = user({ carriers: { row: carrier } });
    await first.order('carrier', { as: 'a', name: 'row' });
    await first.host.close();
    const second = user({ carriers: { row: carrier } });
    await second.order('carrier', { as: 'a', name: 'row' });
    farEnd.send(new Uint8Array([7]));
    await until(() => second.heard.flatMap(({ bytes }) => bytes ?? [])).toEqual(['07']);
    expect(first.heard.some(({ bytes }) => bytes)).toBe(false);
  });

  it('do not fill the parent while the child does not read; what is lost is counted, levels end up right', async () => {
    const { carrier, farEnd } = memoryCable();
    const { chip, watches } = chipHere();
    const { child, host, order, heard } = user({ carriers: { row: carrier }, gpioChips: { gpio: chip } });
    await order('carrier', { as: 'a', name: 'row' });
    await order('gpio', { as: 'g', name: 'gpio', inputs: { lines: [17], activeLow: false, bias: 'as-is' } });
    child.kill('SIGSTOP');
    const sent = 4_000_000;
    for (let count = 0; count < sent; count += 4_000) {
      farEnd.send(new Uint8Array(4_000));
      await Promise.resolve();
    }
    for (let edge = 0; edge < 100_001; edge++) watches[0]?.edges.level(17, edge % 2 === 0);
    // The system's own buffer of the channel takes something besides.
    expect(host.lostBytes).toBeGreaterThan(sent / 2);
    child.kill('SIGCONT');
    const came = () => heard.reduce((sum, { bytes = '' }) => sum + bytes.length / 2, 0);
    await until(came).toBe(sent - host.lostBytes);
    await until(() => heard.findLast(({ line }) => line === 17)?.active).toBe(true);
    expect(heard.length).toBeLessThan(10_000);
    farEnd.send(new Uint8Array([0xab]));
    await until(() => heard.findLast(({ bytes }) => bytes)?.bytes).toBe('ab');
  });

  it('say how the child has to be forked, where its bytes do not pass', async () => {
    const { order } = user({ carriers: { row: memoryCable().carrier } }, 'json');
    await order('carrier', { as: 'a', name: 'row' });
    await expect(order('write', { as: 'a', hex: '01' })).rejects.toMatchObject({
      code: 'wire.unusable',
      message: expect.stringContaining("serialization: 'advanced'"),
    });
  });

  it('are absent in a process that nobody hosts wires for', async () => {
    const alone = Object.assign(new EventEmitter(), { connected: false }) as unknown as NodeJS.Process;
    await expect(processWires(alone).carrier('row')).rejects.toMatchObject({ code: 'wire.absent' });
  });

  it('become lost in the child when the parent is gone', async () => {
    const { child: childEnd, parent } = pair();
    hostWires(parent, { carriers: { row: memoryCable({ address: 'row' }).carrier } });
    const carrier = await processWires(childEnd).carrier('row');
    const ended: HallwardError[] = [];
    const connection = await carrier.open({ bytes: () => {}, closed: (error) => ended.push(error) });
    Object.assign(childEnd, { connected: false });
    (childEnd as EventEmitter).emit('disconnect');
    expect(ended).toMatchObject([{ code: 'wire.lost', message: expect.stringContaining('row') }]);
    await expect(connection.write(new Uint8Array([1]))).rejects.toMatchObject({ code: 'wire.lost' });
    await connection.close();
  });

  it('stand whatever else passes over the channel', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.anything()), async (messages) => {
        const { child: childEnd, parent } = pair();
        const host = hostWires(parent, { carriers: { row: memoryCable().carrier } });
        const wires = processWires(childEnd);
        for (const message of messages) {
          (parent as EventEmitter).emit('message', message);
          (parent as EventEmitter).emit('message', { wires: 'ask', id: -1, ask: message });
          (childEnd as EventEmitter).emit('message', message);
          (childEnd as EventEmitter).emit('message', { wires: 'told', handle: 77, told: {} });
        }
        await expect(wires.carrier('row')).resolves.toMatchObject({ address: 'memory' });
        await host.close();
      }),
      { numRuns: 50 },
    );
  });
});

/** Both ends of a channel in this process. */
function pair() {
  const child = new EventEmitter();
  const parent = new EventEmitter();
  const send =
    (to: EventEmitter) =>
    (message: unknown, ...rest: unknown[]) => {
      queueMicrotask(() => {
        to.emit('message', message);
        const sent = rest.at(-1);
        if (typeof sent === 'function') sent(null);
      });
      return true;
    };
  Object.assign(child, { connected: true, send: send(parent) });
  Object.assign(parent, { connected: true, pid: 1, send: send(child) });
  return {
    child: child as unknown as NodeJS.Process,
    parent: parent as unknown as ChildProcess,
  };
}
