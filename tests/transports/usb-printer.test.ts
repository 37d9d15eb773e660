import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { DeviceNode } from '../../src/transports/device-node.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { usbPrinterCarrier } from '../../src/transports/usb-printer.js';
import { usbPrinterOpenError } from '../../src/transports/usb-printer-errors.js';
import { bytesOf, eventually, rejection } from './test-codec.js';

/** The printer: a pseudo terminal whose far end is a process of its own. */
interface Printer {
  readonly process: ChildProcess;
  readonly path: string;
  readonly printed: number[];
  tell(what: { say?: number[]; cut?: true; join?: true; stop?: true }): Promise<void>;
}

let folder: string;
const toClose: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallward-printer-'));
});

afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
  rmSync(folder, { recursive: true });
});

async function plugIn(): Promise<Printer> {
  const path = join(folder, 'hallward', 'tickets');
  const child = fork(join(import.meta.dirname, 'pty-printer.mjs'), [path]);
  toClose.push(() => child.kill('SIGKILL'));
  const printed: number[] = [];
  let done = () => {};
  child.on('message', (message: { printed?: number[]; done?: true }) => {
    if (message.printed !== undefined) printed.push(...message.printed);
    if (message.done) done();
  });
  await once(child, 'message');
  return {
    process: child,
    path,
    printed,
    tell: (what) =>
      new Promise((tellDone) => {
        done = tellDone;
        child.send(what);
        if (what.stop) tellDone();
      }),
  };
}

async function open(path: string) {
  const received: number[] = [];
  const ended: HallwardError[] = [];
  const carrier = usbPrinterCarrier({ path }, systemClock());
  const connection = await carrier.open({
    bytes: (chunk) => received.push(...chunk),
    closed: (error) => ended.push(error),
  });
  toClose.push(() => connection.close());
  return { carrier, connection, received, ended };
}

const failureOf = (path: string) =>
  rejection(usbPrinterCarrier({ path }, systemClock()).open({ bytes() {}, closed() {} }));

/** A device with the numbers of /dev/null, whose reads are all empty, as those of some printers. */
const makeEmptyDevice = (path: string) => spawnSync('mknod', [path, 'c', '1', '3']).status === 0;

/** Only root may make devices, and only where the file system lets them be opened. */
function canMakeNodes(): boolean {
  const path = join(tmpdir(), `hallward-node-${process.pid}`);
  try {
    makeEmptyDevice(path);
    readFileSync(path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}

/** Processes started by `parent` that own a printer. */
function helpersOf(parent: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ');
        const isOurs = Number(fields[1]) === parent && fields[0] !== 'Z';
        return isOurs && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('helpers/usb-printer');
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe.skipIf(process.platform !== 'linux')('a USB printer', () => {
  it('takes what is printed, every byte in its place, and is heard', async () => {
    const printer = await plugIn();
    const { connection, received } = await open(printer.path);
    // Without 0x0a: the pseudo terminal puts a carriage return before each.
    const job = Array.from({ length: 50_000 }, (_, index) => (index * 7) % 256).filter((byte) => byte !== 10);
    const first = connection.write(Uint8Array.from(job));
    const second = connection.write(Uint8Array.of(1, 2, 3));
    await Promise.all([first, second]);
    await eventually(() => printer.printed.length).toBe(job.length + 3);
    expect(printer.printed).toEqual([...job, 1, 2, 3]);
    await printer.tell({ say: [0x16, 0x00, 0x0d, 0x12] });
    await eventually(() => received).toEqual([0x16, 0x00, 0x0d, 0x12]);
  });

  it('is not heard with what it said before anybody listened', async () => {
    const printer = await plugIn();
    await printer.tell({ say: [1, 2, 3] });
    const { received } = await open(printer.path);
    await printer.tell({ say: [4] });
    await eventually(() => received).toEqual([4]);
  });

  it('that takes nothing hangs its own writes alone, and is still heard', async () => {
    const printer = await plugIn();
    const { connection, received, ended } = await open(printer.path);
    await printer.tell({ say: [7], stop: true });
    await eventually(() => received).toEqual([7]);
    let outcome = 'hangs';
    const write = rejection(connection.write(new Uint8Array(300_000))).then((error) => {
      outcome = error.code;
      return error;
    });
    await new Promise((resolve) => systemClock().after('the write hangs', 500, () => resolve(undefined)));
    expect(outcome).toBe('hangs');
    const other = await rejection(connection.write(new Uint8Array(900_000)));
    expect(other).toMatchObject({ code: 'wire.full', kind: 'busy', evidence: { waitingBytes: 300_000 } });
    await connection.close();
    const error = await write;
    expect(error.code).toBe('wire.lost');
    expect(error.evidence.takenBytes).toBeLessThan(300_000);
    expect(ended).toEqual([]);
    await eventually(() => helpersOf(process.pid)).toEqual([]);
  });

  it('is freed when the controller is killed', async () => {
    const printer = await plugIn();
    const dist = (file: string) => JSON.stringify(resolve(import.meta.dirname, '../../dist', file));
    const script = `
      const { systemClock } = await import(${dist('kernel/clock.js')});
      const { usbPrinterCarrier } = await import(${dist('transports/usb-printer.js')});
      await usbPrinterCarrier({ path: process.argv[1] }, systemClock()).open({ bytes() {}, closed() {} });
      console.log('open');`;
    const controller = spawn(process.execPath, ['--input-type=module', '-e', script, printer.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    toClose.push(() => controller.kill('SIGKILL'));
    await once(controller.stdout, 'data');
    const [helper] = helpersOf(controller.pid);
    expect(helper).toBeDefined();
    toClose.push(() => existsSync(`/proc/${helper}`) && process.kill(helper!, 'SIGKILL'));
    controller.kill('SIGKILL');
    await eventually(() => existsSync(`/proc/${helper}`)).toBe(false);
  });

  it('that is pulled is told once', async () => {
    const printer = await plugIn();
    const { carrier, connection, ended } = await open(printer.path);
    expect(carrier.present?.()).toBe(true);
    await printer.tell({ cut: true });
    await eventually(() => ended.length).toBe(1);
    expect(ended[0]).toMatchObject({ code: 'wire.lost', kind: 'absent' });
    expect(ended[0]?.message).toContain(printer.path);
    expect((await rejection(connection.write(Uint8Array.of(1)))).code).toBe('wire.lost');
    await connection.close();
    expect(ended).toHaveLength(1);
  });

  it.skipIf(!canMakeNodes())('that answers every read with nothing stays, until it is gone', async () => {
    const path = join(folder, 'lp0');
    makeEmptyDevice(path);
    const { connection, received, ended } = await open(path);
    await connection.write(Uint8Array.of(1, 2, 3));
    expect(received).toEqual([]);
    expect(ended).toEqual([]);
    rmSync(path);
    await eventually(() => ended.map(({ code }) => code)).toEqual(['wire.lost']);
  });

  it('comes back by its link, under another name', async () => {
    const printer = await plugIn();
    const told: string[] = [];
    const received: number[] = [];
    const wire = reopeningWire(usbPrinterCarrier({ path: printer.path }, systemClock()), systemClock());
    toClose.push(() => wire.close());
    wire.start({
      opened: () => void told.push('opened'),
      bytes: (chunk) => void received.push(...chunk),
      lost: ({ code }) => void told.push(code),
    });
    await eventually(() => told).toEqual(['opened']);
    await printer.tell({ cut: true });
    await eventually(() => told).toEqual(['opened', 'wire.lost']);
    await printer.tell({ join: true });
    await eventually(() => told).toEqual(['opened', 'wire.lost', 'opened']);
    await wire.write(bytesOf('again'));
    await eventually(() => printer.printed).toEqual([...bytesOf('again')]);
    await printer.tell({ say: [9] });
    await eventually(() => received).toEqual([9]);
  });

  it('whose process dies is lost, and said so', async () => {
    const printer = await plugIn();
    const { ended } = await open(printer.path);
    process.kill(helpersOf(process.pid)[0]!, 'SIGKILL');
    await eventually(() => ended.map(({ code }) => code)).toEqual(['wire.lost']);
  });

  it('that is not there, or is none, is explained, and leaves no process', async () => {
    const absent = await failureOf(join(folder, 'lp0'));
    expect(absent).toMatchObject({ code: 'wire.absent', kind: 'absent' });
    expect(absent.message).toMatch(/is not there; (no USB printer is plugged in|plugged in are)/);
    writeFileSync(join(folder, 'file'), '');
    expect(await failureOf(join(folder, 'file'))).toMatchObject({ code: 'wire.unusable', kind: 'usage' });
    mkdirSync(join(folder, 'folder'));
    expect(await failureOf(join(folder, 'folder'))).toMatchObject({ code: 'wire.unusable', kind: 'usage' });
    symlinkSync('loop', join(folder, 'loop'));
    expect(await failureOf(join(folder, 'loop'))).toMatchObject({ code: 'wire.absent' });
    await eventually(() => helpersOf(process.pid)).toEqual([]);
  });
});

describe('what the system says of a USB printer', () => {
  const failure = (system: string) =>
    usbPrinterOpenError('/dev/usb/lp0', Object.assign(new Error('said'), { code: system }));

  it.each([
    ['ENOENT', 'wire.absent', 'absent'],
    ['ENODEV', 'wire.absent', 'absent'],
    ['EIO', 'wire.absent', 'absent'],
    ['EACCES', 'wire.denied', 'absent'],
    ['EPERM', 'wire.denied', 'absent'],
    ['EBUSY', 'wire.busy', 'busy'],
    ['EMFILE', 'wire.unusable', 'usage'],
  ])('%s means %s', (system, code, kind) => {
    expect(failure(system)).toMatchObject({ code, kind, evidence: { path: '/dev/usb/lp0', system } });
  });

  it('names the group that may print', () => {
    expect(failure('EACCES')).toMatchObject({ evidence: { group: 'lp' } });
    expect(failure('EACCES').message).toContain('group lp');
  });
});

describe('a device node', () => {
  it('is present while the path leads to the file that was opened', async () => {
    const path = join(folder, 'link');
    writeFileSync(join(folder, 'lp0'), '');
    writeFileSync(join(folder, 'lp1'), '');
    symlinkSync('lp0', path);
    const node = new DeviceNode(path);
    expect(node.present()).toBe(true);
    const found = await node.find();
    node.opened(found);
    expect(node.present()).toBe(true);
    rmSync(path);
    symlinkSync('lp1', path);
    expect(node.present()).toBe(false);
    node.left(found);
    expect(node.present()).toBe(true);
  });

  it('is gone when another file took its name', async () => {
    const path = join(folder, 'lp0');
    writeFileSync(path, '');
    const node = new DeviceNode(path);
    node.opened(await node.find());
    writeFileSync(join(folder, 'new'), '');
    renameSync(join(folder, 'new'), path);
    expect(node.present()).toBe(false);
    rmSync(path);
    expect(node.present()).toBe(false);
  });
});
