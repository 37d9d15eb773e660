import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { tcpCarrier } from '../../src/transports/tcp.js';
import { bytesOf, eventually, rejection } from './test-codec.js';

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function listen(port = 0) {
  const sockets: Socket[] = [];
  const heard: number[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    // The beginning is what is looked at; some tests send a great deal.
    socket.on('data', (chunk) => heard.push(...chunk.subarray(0, Math.max(0, 100 - heard.length))));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  toClose.push(close);
  return { port: (server.address() as AddressInfo).port, sockets, heard, close };
}

function openWire(port: number) {
  const told: string[] = [];
  const received: number[] = [];
  const clock = systemClock();
  const wire = reopeningWire(tcpCarrier({ host: '127.0.0.1', port }, clock), clock);
  toClose.push(() => wire.close());
  wire.start({
    opened: () => void told.push('opened'),
    bytes: (chunk) => void received.push(...chunk),
    lost: (error) => void told.push(error.code),
  });
  return { wire, told, received };
}

describe('a TCP wire', () => {
  it('is refused, later accepted, cut, and open again', async () => {
    const first = await listen();
    await first.close();
    const { wire, told, received } = openWire(first.port);
    await eventually(() => told).toEqual(['wire.refused']);
    const second = await listen(first.port);
    await eventually(() => told).toEqual(['wire.refused', 'opened']);
    await wire.write(bytesOf('out'));
    await eventually(() => second.heard).toEqual([...bytesOf('out')]);
    second.sockets[0]!.write('in');
    await eventually(() => received).toEqual([...bytesOf('in')]);
    await second.close();
    await eventually(() => told).toEqual(['wire.refused', 'opened', 'wire.lost']);
    await listen(first.port);
    await eventually(() => told.at(-1)).toBe('opened');
  });

  it('takes a reset for a loss', async () => {
    const server = await listen();
    const { told } = openWire(server.port);
    await eventually(() => server.sockets).toHaveLength(1);
    server.sockets[0]!.resetAndDestroy();
    await eventually(() => told.slice(0, 2)).toEqual(['opened', 'wire.lost']);
  });

  it('waits with a write until the far end takes bytes', async () => {
    const server = await listen();
    const { wire } = openWire(server.port);
    await eventually(() => server.sockets).toHaveLength(1);
    server.sockets[0]!.pause();
    let taken = 0;
    const piece = new Uint8Array(1024 * 1024);
    const writes = Array.from({ length: 20 }, () => wire.write(piece).then(() => taken++));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken).toBeLessThan(20);
    server.sockets[0]!.resume();
    await Promise.all(writes);
    expect(taken).toBe(20);
  });

  it('fails a write that is under way when it is cut', async () => {
    const server = await listen();
    const { wire } = openWire(server.port);
    await eventually(() => server.sockets).toHaveLength(1);
    server.sockets[0]!.pause();
    const write = rejection(wire.write(new Uint8Array(30 * 1024 * 1024)));
    server.sockets[0]!.resetAndDestroy();
    expect(await write).toMatchObject({ code: 'wire.lost' });
  });

  it('sends what was written before it was closed', async () => {
    const server = await listen();
    const { wire } = openWire(server.port);
    await eventually(() => wire.state).toBe('open');
    let heard = 0;
    server.sockets[0]!.on('data', (chunk) => {
      heard += chunk.length;
    });
    wire.write(new Uint8Array(4_000_000)).catch(() => {});
    await wire.close();
    await eventually(() => heard).toBe(4_000_000);
  });
});

describe('a TCP carrier', () => {
  const events = { bytes: () => {}, closed: () => {} };
  const failure = (host: string, port: number, clock = new VirtualClock()): Promise<HallwardError> =>
    rejection(tcpCarrier({ host, port }, clock).open(events));

  it('says that a host is not known, or a port impossible', async () => {
    expect(await failure('no-such-host.invalid', 9100)).toMatchObject({
      code: 'wire.absent',
      kind: 'absent',
    });
    expect(await failure('127.0.0.1', 99_999)).toMatchObject({ code: 'wire.unusable', kind: 'usage' });
  });

  it('gives up a connection that nobody answers', async () => {
    const clock = new VirtualClock();
    // A full backlog is hard to make; the time-out runs before the connection of this very turn is made.
    const server = await listen();
    const failed = failure('127.0.0.1', server.port, clock);
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ code: 'wire.absent', evidence: { system: 'ETIMEDOUT' } });
    expect(clock.pending()).toEqual([]);
  });

  it('names itself by host and port', () => {
    expect(tcpCarrier({ host: 'printer', port: 9100 }, new VirtualClock()).address).toBe('printer:9100');
    expect(tcpCarrier({ host: '::1', port: 9100 }, new VirtualClock()).address).toBe('[::1]:9100');
  });

  it('takes some 256 KiB a second of a far end that talks without end, and loses none of it', async () => {
    const server = await listen();
    const clock = new VirtualClock();
    let count = 0;
    let inOrder = true;
    const connection = await tcpCarrier({ host: '127.0.0.1', port: server.port }, clock).open({
      bytes: (chunk) => {
        for (const byte of chunk) inOrder &&= byte === count++ % 251;
      },
      closed: () => {},
    });
    toClose.push(() => connection.close());
    await eventually(() => server.sockets).toHaveLength(1);
    const far = server.sockets[0]!;
    const flood = Uint8Array.from({ length: 251 * 1_000 }, (_, at) => at % 251);
    let offered = 0;
    const talk = () => {
      do offered += flood.length;
      while (far.write(flood) && offered < 50_000_000);
    };
    far.on('drain', talk);
    talk();
    for (let quarter = 1; quarter <= 8; quarter++) {
      await eventually(() => count).toBeGreaterThanOrEqual(quarter * 65_536);
      // Nothing more comes while no time passes; one more chunk may have been on its way.
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(count).toBeLessThan((quarter + 1) * 2 * 65_536);
      await clock.advance(250);
    }
    expect(inOrder).toBe(true);
    far.removeListener('drain', talk);
    await connection.close();
    expect(clock.pending()).toEqual([]);
  });
});
