import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { type PtyCable, ptyCable } from '../../src/simulator/pty-cable.js';
import { spawnWithoutCables } from '../../src/simulator/spawn-without-cables.js';
import type { Connection } from '../../src/transports/ports.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { type SerialOptions, serialCarrier } from '../../src/transports/serial.js';
import { bytesOf, eventually, rejection } from './test-codec.js';

let folder: string;
let pty: PtyCable;
const toClose: { close(): unknown }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallward-serial-'));
  pty = ptyCable({ link: join(folder, 'by-id', 'usb-test-if00') });
});

afterEach(async () => {
  for (const { close } of toClose.splice(0)) await close();
  pty.close();
  rmSync(folder, { recursive: true });
});

const settings = (more: Partial<SerialOptions> = {}): SerialOptions => ({
  path: pty.path,
  baudRate: 9600,
  ...more,
});

async function open(options = settings()) {
  const received: number[] = [];
  const ended: HallwardError[] = [];
  const carrier = serialCarrier(options);
  const connection: Connection = await carrier.open({
    bytes: (chunk) => received.push(...chunk),
    closed: (error) => ended.push(error),
  });
  toClose.push({ close: () => connection.close() });
  return { carrier, connection, received, ended };
}

function openWire(options = settings()) {
  const told: string[] = [];
  const received: number[] = [];
  const wire = reopeningWire(serialCarrier(options), systemClock());
  toClose.push({ close: () => wire.close() });
  wire.start({
    opened: () => void told.push('opened'),
    bytes: (chunk) => void received.push(...chunk),
    lost: (error) => void told.push(error.code),
  });
  return { wire, told, received };
}

function farEndBytes() {
  const heard: number[] = [];
  pty.farEnd.onBytes((bytes) => heard.push(...bytes));
  return heard;
}

describe('a serial port', () => {
  it('carries all 256 byte values both ways as they are, before and after a port was opened', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const echoed = farEndBytes();
    pty.farEnd.send(every);
    const first = await open();
    expect(echoed).toEqual([]);
    pty.farEnd.send(every);
    await first.connection.write(every);
    await eventually(() => first.received).toEqual([...every]);
    await eventually(() => echoed).toEqual([...every]);
    await first.connection.close();
    const second = await open();
    pty.farEnd.send(every);
    await eventually(() => second.received).toEqual([...every]);
  });

  it('throws away what came in before it was opened, at any speed', async () => {
    // The library does it by itself only at the usual speeds.
    for (const baudRate of [9600, 12_345]) {
      pty.farEnd.send(bytesOf('stale press'));
      const { received, connection } = await open(settings({ baudRate }));
      pty.farEnd.send(bytesOf('fresh'));
      await eventually(() => String.fromCharCode(...received)).toBe('fresh');
      await connection.close();
    }
  });

  it('tells when its port comes and goes, and whether it is there', async () => {
    const { carrier, connection } = await open();
    let told = 0;
    const end = carrier.watch!(() => told++);
    expect(carrier.present!()).toBe(true);
    await connection.write(bytesOf('a write is no change'));
    pty.cable.cut();
    expect(carrier.present!()).toBe(false);
    await eventually(() => told).toBeGreaterThan(0);
    // As udev does it, the folder goes with the last port in it.
    rmSync(join(folder, 'by-id'), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    told = 0;
    pty.cable.join();
    await eventually(() => told).toBeGreaterThan(0);
    await connection.close();
    pty.cable.cut();
    rmSync(join(folder, 'by-id'), { recursive: true });
    mkdirSync(join(folder, 'by-id'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    told = 0;
    pty.cable.join();
    await eventually(() => told).toBeGreaterThan(0);
    told = 0;
    pty.cable.cut();
    await eventually(() => told).toBeGreaterThan(0);
    end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    told = 0;
    pty.cable.join();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toBe(0);
  });

  it('is not disturbed by other files beside it, nor by a folder that cannot be watched', async () => {
    let told = 0;
    const end = serialCarrier(settings({ path: join(folder, 'port') })).watch!(() => told++);
    for (let index = 0; index < 20; index++) writeFileSync(join(folder, `other-${index}`), '');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toBe(0);
    end();
    serialCarrier(settings({ path: '/proc/self/fd/nothing/here' })).watch!(() => {})();
  });

  it('knows how long a byte takes on its line', () => {
    expect(serialCarrier({ path: 'x', baudRate: 9600 }).byteMicroseconds).toBe(1042);
    expect(serialCarrier({ path: 'x', baudRate: 19200, parity: 'even' }).byteMicroseconds).toBe(573);
    expect(serialCarrier({ path: 'x', baudRate: 9600, dataBits: 7, stopBits: 2 }).byteMicroseconds).toBe(
      1042,
    );
  });

  it('says that a port is absent, busy, no serial port, or opened with impossible settings', async () => {
    const events = { bytes: () => {}, closed: () => {} };
    const reason = (options: SerialOptions) => rejection(serialCarrier(options).open(events));
    expect(await reason(settings({ path: join(folder, 'none') }))).toMatchObject({
      code: 'wire.absent',
      kind: 'absent',
    });
    expect(await reason(settings({ path: '/dev/null' }))).toMatchObject({
      code: 'wire.unusable',
      kind: 'usage',
    });
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(await reason(settings({ path: file }))).toMatchObject({ code: 'wire.unusable', kind: 'usage' });
    expect(await reason(settings({ baudRate: Number.NaN }))).toMatchObject({ code: 'wire.unusable' });
    await open();
    expect(await reason(settings())).toMatchObject({ code: 'wire.busy', kind: 'busy' });
  });

  it.skipIf(process.getuid?.() === 0)('says that the right is missing, and the group', async () => {
    const events = { bytes: () => {}, closed: () => {} };
    const error = await rejection(serialCarrier({ path: '/dev/console', baudRate: 9600 }).open(events));
    expect(error).toMatchObject({ code: 'wire.denied', kind: 'absent', evidence: { group: 'dialout' } });
  });

  it('says which package to install where it cannot be loaded', async () => {
    const carrier = serialCarrier(settings(), () => Promise.reject(new Error('Cannot find package')));
    const error = await rejection(carrier.open({ bytes: () => {}, closed: () => {} }));
    expect(error).toMatchObject({
      code: 'wire.unusable',
      message: expect.stringContaining('npm install serialport'),
    });
  });

  it('is free at once after its user was killed', async () => {
    const script = `
      const { SerialPort } = await import('serialport');
      new SerialPort({ path: ${JSON.stringify(pty.path)}, baudRate: 9600 }, (error) => console.log(error ?? 'open'));
      setInterval(() => {}, 1000);
    `;
    const child = spawnWithoutCables(process.execPath, ['--input-type=module', '-e', script]);
    const [line] = await once(child.stdout!, 'data');
    expect(String(line).trim()).toBe('open');
    expect(await rejection(open())).toMatchObject({ code: 'wire.busy' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { received } = await open();
    pty.farEnd.send(bytesOf('hello'));
    await eventually(() => received).toHaveLength(5);
  });

  it('tells the end of the connection once, and nothing after', async () => {
    const { connection, ended } = await open();
    pty.cable.cut();
    expect(await rejection(connection.write(bytesOf('x')))).toMatchObject({ code: 'wire.lost' });
    await eventually(() => ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ code: 'wire.lost', kind: 'absent' });
    expect(await rejection(connection.write(bytesOf('x')))).toMatchObject({ code: 'wire.lost' });
    await connection.close();
    await connection.close();
    expect(ended).toHaveLength(1);
  });
});

describe('a serial wire', () => {
  it('is open again after its adapter returns under another name', async () => {
    const { wire, told, received } = openWire();
    const heard = farEndBytes();
    await eventually(() => told).toEqual(['opened']);
    const names = [readlinkSync(pty.path)];
    for (let round = 1; round <= 5; round++) {
      // As fast as it gets: a loss may fall into a running read.
      pty.farEnd.send(bytesOf('last words'));
      pty.cable.cut();
      await eventually(() => told.length).toBe(2 * round);
      expect(wire.state).toBe('lost');
      pty.cable.join();
      await eventually(() => told.length).toBe(2 * round + 1);
      names.push(readlinkSync(pty.path));
      expect(names.at(-1)).not.toBe(names.at(-2));
      received.length = 0;
      pty.farEnd.send(bytesOf('in'));
      await eventually(() => received).toHaveLength(2);
      heard.length = 0;
      await wire.write(bytesOf('out'));
      await eventually(() => heard).toHaveLength(3);
    }
    expect(told.filter((code) => code === 'wire.lost')).toHaveLength(5);
  });

  it('notices a loss although the process was busy while it happened, and stops reading', async () => {
    const { told } = openWire();
    await eventually(() => told).toEqual(['opened']);
    // A read is under way (the bytes woke it) when the port is hung up.
    pty.farEnd.send(bytesOf('x'.repeat(100)));
    await new Promise((resolve) => setImmediate(resolve));
    pty.cable.cut();
    await eventually(() => told).toEqual(['opened', 'wire.lost']);
    await eventually(descriptorsOfHungUpPorts).toBe(0);
    pty.cable.join();
    await eventually(() => told).toEqual(['opened', 'wire.lost', 'opened']);
  });

  it('waits for a port whose folder is not there yet', async () => {
    pty.cable.cut();
    rmSync(join(folder, 'by-id'), { recursive: true });
    const { told } = openWire();
    await eventually(() => told).toEqual(['wire.absent']);
    pty.cable.join();
    await eventually(() => told).toEqual(['wire.absent', 'opened']);
  });
});

describe('a PTY cable', () => {
  it('can be cut also where another process uses the port', async () => {
    const script = `
      const { SerialPort } = await import('serialport');
      const port = new SerialPort({ path: ${JSON.stringify(pty.path)}, baudRate: 9600 }, () => console.log('open'));
      setInterval(() => port.write('x'), 20);
      port.on('error', () => {});
      port.on('close', () => { console.log('closed'); process.exit(0); });
    `;
    const child = spawnWithoutCables(process.execPath, ['--input-type=module', '-e', script]);
    const said: string[] = [];
    child.stdout!.on('data', (text) => said.push(String(text).trim()));
    await eventually(() => said).toEqual(['open']);
    pty.cable.cut();
    await eventually(() => said.join(' ')).toBe('open closed');
    child.kill('SIGKILL');
  });

  it('says so where a process holds its far end', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    expect(() => pty.cable.cut()).toThrow(/spawnWithoutCables/);
    child.kill('SIGKILL');
  });

  it('loses what nobody reads instead of waiting for ever', () => {
    for (let round = 0; round < 100; round++) pty.farEnd.send(new Uint8Array(65_536));
    expect(pty.overrunBytes).toBeGreaterThan(0);
  });

  it('leaves no descriptor behind', () => {
    const before = descriptors().length;
    for (let round = 0; round < 20; round++) {
      pty.cable.cut();
      pty.cable.join();
    }
    expect(descriptors().length).toBe(before);
  });
});

function descriptors(): string[] {
  return targets('/proc/self/fd').filter((target) => /ptmx|pts/.test(target));
}

function descriptorsOfHungUpPorts(): number {
  return targets('/proc/self/fd').filter((target) => /pts\/\d+ \(deleted\)/.test(target)).length;
}

function targets(path: string): string[] {
  return readdirSync(path).map((name) => {
    try {
      return readlinkSync(join(path, name));
    } catch {
      return '';
    }
  });
}
