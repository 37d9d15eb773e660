import { createServer } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type MemoryCable, memoryCable } from '../../src/simulator/memory-cable.js';
import { BusRack } from '../../src/supervisor/bus-rack.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import type { ByteBus } from '../../src/transports/ports.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let cable: MemoryCable;
let rack: BusRack;
let faults: FaultBook;

beforeEach(async () => {
  clock = new VirtualClock();
  cable = memoryCable({ clock });
  const commits = new MemoryCommits();
  faults = new FaultBook({
    log: silentLog,
    clock,
    boot: 'boot',
    session: 1,
    newId: () => 'id',
    commit: commits.commit,
    stored: commits.state,
    subjectOf: () => ({}),
    publish: () => {},
  });
  const none = () => {
    throw new Error('there is no such wire');
  };
  rack = new BusRack({
    clock,
    log: silentLog,
    wiring: {
      carrier: async () => cable.carrier,
      gpioChip: async () => none(),
      i2cAdapter: async () => none(),
      audioOutput: async () => none(),
      snmpBus: async () => none(),
      ippBus: async () => none(),
    },
    faults,
    states: new DeviceStates({ clock, session: 1, faultsOf: (name) => faults.of(name), publish: () => {} }),
  });
  await rack.open('printer', { type: 'tcp', host: 'printer', port: 9100 });
  await clock.advance(10);
});

const polled = new Map([['printer', 1_000]]);
const bus = () => rack.get('printer') as ByteBus;

describe('the proof that work is done', () => {
  it('is there while the bus sends, and missing where it should and does not', async () => {
    await bus().send(Uint8Array.of(0x10, 0x04, 0x01), 'poll');
    expect(rack.proveWork(polled)).toBe(true);
    await clock.advance(10_000);
    expect(rack.proveWork(polled)).toBe(false);
    expect(rack.proveWork(new Map())).toBe(true);
  });

  it('is not asked for more often than anybody looks: a printer may be asked every ten minutes', async () => {
    const rarely = new Map([['printer', 600_000]]);
    for (let minute = 0; minute < 40; minute++) {
      if (minute % 10 === 0) await bus().send(Uint8Array.of(0x10, 0x04, 0x01), 'poll');
      expect(rack.proveWork(rarely)).toBe(true);
      await clock.advance(60_000);
    }
    expect(rack.proveWork(rarely)).toBe(true);
    await clock.advance(20_000);
    expect(rack.proveWork(rarely)).toBe(false);
  });

  it('begins anew for a bus that nobody asked for a while', async () => {
    await bus().send(Uint8Array.of(0x10, 0x04, 0x01), 'poll');
    expect(rack.proveWork(polled)).toBe(true);
    for (let look = 0; look < 6; look++) {
      await clock.advance(10_000);
      expect(rack.proveWork(new Map())).toBe(true);
    }
    expect(rack.proveWork(polled)).toBe(true);
  });

  it('does not hang on a far end that takes nothing: that is one bad part, and no reason to start anew', async () => {
    await bus().send(Uint8Array.of(0x10, 0x04, 0x01), 'poll');
    expect(rack.proveWork(polled)).toBe(true);
    cable.cable.stall(true);
    void bus().send(Uint8Array.of(0x10, 0x04, 0x01), 'poll');
    await clock.advance(20_000);
    expect(rack.proveWork(polled)).toBe(true);
    expect(rack.proveWork(polled)).toBe(true);
  });

  it('is not asked of a wire that is lost', async () => {
    expect(rack.proveWork(polled)).toBe(true);
    cable.cable.cut();
    await clock.advance(100);
    expect(faults.of('printer').map(({ code }) => code)).toEqual(['bus.lost']);
    expect(rack.proveWork(polled)).toBe(true);
  });
});

describe('a lost wire', () => {
  it('says where it leads, in the words of its type', async () => {
    cable.cable.cut();
    await clock.advance(100);
    const [fault] = faults.of('printer');
    expect(fault?.evidence).toMatchObject({ host: 'printer', port: 9100 });
    expect(fault?.action.en).toContain('network cable of printer (port 9100)');
    expect(fault?.action['zh-CN']).toContain('检查 printer 的电源和网线（端口 9100）');
    cable.cable.join();
    await clock.advance(10_000);
    await rack.close('printer');
    await rack.open('printer', { type: 'usb-printer', path: '/dev/usb/lp0' });
    await clock.advance(10);
    cable.cable.cut();
    await clock.advance(100);
    expect(faults.of('printer')[0]?.action.en).toContain('USB cable plugged in (/dev/usb/lp0)');
  });
});

describe('pages', () => {
  it('whose address is in use are a lost bus that says what to do, and come back by themselves', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', () => resolve()));
    const { port } = other.address() as { port: number };
    await rack.open('http', { type: 'page', address: '127.0.0.1', port, names: [] });
    await expect.poll(() => rack.get('http')?.state).toBe('lost');
    const [fault] = faults.of('http');
    expect(fault).toMatchObject({ code: 'bus.lost', evidence: { code: 'wire.busy', port } });
    expect(fault?.text['zh-CN']).toContain('端口被其他程序占用');
    expect(fault?.action.en).toContain('section http');
    await new Promise((resolve) => other.close(resolve));
    await clock.advance(15_000);
    await expect.poll(() => rack.get('http')?.state).toBe('open');
    expect(faults.of('http')).toEqual([]);
    await rack.closeAll();
  });
});
