import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { degradations } from '../../src/hub/types.js';
import { freePort } from '../support/free-port.js';
import { aedesBroker, haveMosquitto } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { pause, topics, until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';

describe('a broker that says no', () => {
  const test = fixture();

  it.runIf(haveMosquitto)('to the password is named with its word, and not asked in a hurry', async () => {
    const broker = await test.broker({ users: { 'row-a': 'right' } });
    const logged: string[] = [];
    const log = {
      debug: (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message),
      info: (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message),
      warn: (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message),
      error: (fields: object, message: string) => void logged.push(JSON.stringify(fields) + message),
      child: () => log,
    };
    const { link, connects, conditions } = test.link(broker.url.replace('//', '//somebody:hidden@'), {
      settings: { username: 'row-a', passwords: ['wrong-secret'] },
      clock: hurriedClock(4),
      options: { log },
    });
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.detail).toContain(`127.0.0.1:${broker.port}`);
    expect(link.condition.detail).toContain('not authorized (0x87)');
    await pause(1_500);
    // 5 s at least 3 s with jitter: six hurried seconds have room for two more.
    expect(connects()).toBeLessThanOrEqual(3);
    const said = JSON.stringify([conditions, logged]);
    expect(logged.length).toBeGreaterThan(0);
    expect(said).not.toContain('wrong-secret');
    expect(said).not.toContain('hidden');
  });

  it('to MQTT 5 is served with 3.1.1, and what cannot hold is said', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    const observer = await test.subscribe(broker, `${topics.root}/#`);
    const { link, outbox } = test.link(broker.url);
    outbox.add('ticket.called');
    outbox.synced();
    await until('connected', () => link.condition.connected);
    expect(link.condition).toMatchObject({ protocol: 4, degraded: Object.keys(degradations) });
    await until('birth', () => observer.at(topics.status).length > 0);
    expect(observer.at(topics.status)[0]).toMatchObject({
      state: 'online',
      degraded: Object.keys(degradations),
    });
    await until('event', () => outbox.backlog.events === 0);
    // Remembered: the next connection does not ask for MQTT 5 again.
    await broker.stop();
    await until('noticed', () => !link.condition.connected);
    await broker.start();
    await until('connected again', () => link.condition.connected);
    expect(link.condition.protocol).toBe(4);
  });

  it('to a subscription is named, and the rest goes on', async () => {
    const broker = test.adopt(await aedesBroker({ maySubscribe: (filter) => !filter.includes('command') }));
    await broker.start();
    const { link, outbox } = test.link(broker.url);
    outbox.add('ticket.called');
    outbox.synced();
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.detail).toContain(topics.allCommands);
    expect(link.condition.connected).toBe(true);
    await until('event', () => outbox.backlog.events === 0);
  });

  it.runIf(haveMosquitto)('to our status or a device topic is named', async () => {
    const broker = await test.broker({
      users: { 'row-a': 'right' },
      acl: [
        'user row-a',
        `topic readwrite ${topics.root}/status`,
        `topic readwrite ${topics.root}/command/+`,
      ],
    });
    const { link } = test.link(broker.url, { settings: { username: 'row-a', passwords: ['right'] } });
    link.setRetained(topics.device('d'), {});
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.detail).toContain(`${topics.device('d')}: not authorized (0x87)`);
  });

  it('by closing the connection over one type of event has that type held', async () => {
    const broker = await test.broker();
    const observer = await test.subscribe(broker, `${topics.root}/event/#`);
    // Passes everything on, but cuts the line when it sees a rating.
    const port = await freePort();
    const { connect } = await import('node:net');
    const sockets = new Set<Socket>();
    const cutting = createServer((near) => {
      const far = connect(broker.port, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          near.destroy();
          far.destroy();
        });
      }
      far.on('data', (chunk) => near.write(chunk));
      near.on('data', (chunk: Buffer) => {
        if (chunk.includes('event/rating.submitted')) near.destroy();
        else far.write(chunk);
      });
    }).listen(port, '127.0.0.1');
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => cutting.close(resolve));
    });
    const { link, outbox } = test.link(`mqtt://127.0.0.1:${port}`, { clock: hurriedClock(10) });
    for (let n = 0; n < 30; n++) outbox.add(n % 10 === 5 ? 'rating.submitted' : 'ticket.called');
    outbox.synced();
    await until('the others', () => outbox.deliveredThrough('ticket.called') === 30);
    await until('told', () => link.condition.heldTypes[0]?.type === 'rating.submitted');
    expect(link.condition.heldTypes[0]?.reason).toContain('closes the connection');
    expect(new Set(observer.seen.map(({ text }) => text)).size).toBe(27);
  });

  it('or is away is loud once for each broker of the list, however often they are tried', async () => {
    const loud: string[] = [];
    const quiet: string[] = [];
    const log = {
      debug: (fields: object) => void quiet.push(String((fields as { hub?: string }).hub)),
      info: () => {},
      warn: (fields: object) => void loud.push(String((fields as { hub?: string }).hub)),
      error: () => {},
      child: () => log,
    };
    const urls = [`mqtt://127.0.0.1:${await freePort()}`, `mqtt://127.0.0.1:${await freePort()}`];
    const { connects } = test.link(urls, { clock: hurriedClock(20), options: { log } });
    await until('tried often', () => connects() >= 9);
    expect(loud).toEqual(urls);
    expect(quiet.length).toBeGreaterThanOrEqual(6);
  });

  it('leaves the next broker of the list to be tried', async () => {
    const broker = await test.broker();
    const { link } = test.link([`mqtt://127.0.0.1:${await freePort()}`, broker.url]);
    await until('connected', () => link.condition.connected);
    expect(link.condition.url).toBe(broker.url);
  });
});

describe('TLS', () => {
  const test = fixture();
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function certificates(...extra: string[]): { folder: string; cert: string; key: string } {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-tls-'));
    folders.push(folder);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const words = 'req -x509 -newkey rsa:2048 -nodes -subj /CN=hub';
    spawnSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert, ...extra]);
    spawnSync('chmod', ['-R', 'a+rX', folder]);
    return { folder, cert, key };
  }

  it.runIf(haveMosquitto)('connects where the authority is known, and says why where not', async () => {
    const good = certificates('-days', '2', '-addext', 'subjectAltName=IP:127.0.0.1');
    const lines = [`certfile ${good.cert}`, `keyfile ${good.key}`];
    const broker = await test.broker({ lines });
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const known = test.link(url, { settings: { ca: readFileSync(good.cert, 'utf8') } });
    await until('connected', () => known.link.condition.connected);
    await known.link.stop();

    const unknown = test.link(url);
    await until('told', () => unknown.link.condition.problem === 'refused');
    expect(unknown.link.condition.detail).toContain('self-signed and not trusted');
    await unknown.link.stop();

    const nonsense = test.link(url, { settings: { ca: 'x', cert: 'not a certificate', key: 'y' } });
    await until('told', () => nonsense.link.condition.problem === 'refused');
    expect(nonsense.link.condition.detail).toContain('cannot be used');
  });

  it.runIf(haveMosquitto)('names a certificate for another host, and an expired one', async () => {
    const other = certificates('-days', '2', '-addext', 'subjectAltName=DNS:elsewhere.example');
    const lines = [`certfile ${other.cert}`, `keyfile ${other.key}`];
    const broker = await test.broker({ lines });
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const { link } = test.link(url, { settings: { ca: readFileSync(other.cert, 'utf8') } });
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.detail).toContain('for another host name');
  });

  it('that is not spoken at the other end is named', async () => {
    const broker = await test.broker();
    const { link } = test.link(broker.url.replace('mqtt:', 'mqtts:'));
    await until('told', () => link.condition.problem !== undefined);
    expect(link.condition.connected).toBe(false);
    expect(link.condition.detail).toMatch(/reset|closed|TLS/);
  });
});

describe('a hostile broker', () => {
  /** Answers CONNECT as told, then says the bytes. */
  async function saying(bytes: Uint8Array, connack: boolean) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        if (connack) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
        socket.write(bytes);
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    return {
      url: `mqtt://127.0.0.1:${port}`,
      async close() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
  const test = fixture();

  it('that sends any bytes at all ends a connection, never the process', async () => {
    const packet = fc
      .tuple(
        fc.constantFrom(0x20, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0, 0xe0, 0xf0),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([first, body]) => Uint8Array.from([first, body.length, ...body]));
    await fc.assert(
      fc.asyncProperty(
        fc.array(packet, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (packets, connack) => {
          const broker = await saying(Buffer.concat(packets), connack);
          const { link, outbox } = test.link(broker.url);
          outbox.add('ticket.called');
          outbox.synced();
          await pause(8);
          await broker.close();
          const stopped = link.stop().then(() => true);
          expect(await Promise.race([stopped, pause(3_000)])).toBe(true);
        },
      ),
      { numRuns: Number(process.env.HOSTILE_RUNS ?? 150) },
    );
  });

  it.each([
    ['no packet id', [0x62, 0]],
    ['half a packet id', [0x62, 1, 5]],
  ])('that sends a PUBREL with %s ends the connection, never the process', async (_what, bytes) => {
    const broker = await saying(Uint8Array.from(bytes), true);
    test.atEnd(broker.close);
    const { link } = test.link(broker.url);
    await until('left', () => !link.condition.connected && link.condition.problem !== undefined);
    await pause(50);
  });

  it('that goes on talking after its DISCONNECT is no harm', async () => {
    const pubrel = [0x62, 2, 0, 5];
    const broker = await saying(Uint8Array.from([0xe0, 2, 0x8b, 0, ...pubrel, ...pubrel]), true);
    test.atEnd(broker.close);
    const { link } = test.link(broker.url);
    await until('told', () => link.condition.detail.includes('server shutting down (0x8B)'));
    await pause(50);
  });

  it('that sends what was never asked for, in QoS 2, is left', async () => {
    const broker = await saying(Uint8Array.from([0x34, 6, 0, 1, 0x61, 0, 1, 0]), true);
    test.atEnd(broker.close);
    const { link } = test.link(broker.url);
    await until('left', () => link.condition.detail.includes('QoS 2'));
  });

  it('that answers nothing gets no more messages than its receive maximum', async () => {
    const sockets = new Set<Socket>();
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('data', () => {
        // CONNACK with receive maximum 3.
        socket.write(Buffer.from([0x20, 6, 0, 0, 3, 0x21, 0, 3]));
        socket.on('data', (chunk) => received.push(chunk));
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const { link, outbox } = test.link(`mqtt://127.0.0.1:${port}`, { clock: hurriedClock(1) });
    for (let n = 0; n < 10; n++) link.setRetained(topics.device(`d-${n}`), { n });
    for (const type of ['ticket.called', 'key.pressed', 'rating.submitted'] as const) outbox.add(type);
    outbox.synced();
    await until('publishing', () => received.length > 0);
    await pause(300);
    const packets = packetsOf(Buffer.concat(received));
    expect(packets.filter((first) => first >> 4 === 3)).toHaveLength(3);
    // Subscriptions do not count.
    expect(packets.filter((first) => first >> 4 === 8).length).toBeGreaterThan(1);
  });

  /** First bytes of the packets in `bytes` (MQTT 5, section 2.1). */
  function packetsOf(bytes: Buffer): number[] {
    const firsts: number[] = [];
    for (let at = 0; at < bytes.length; ) {
      firsts.push(bytes[at++]!);
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const digit = bytes[at++]!;
        length += (digit & 0x7f) << shift;
        if (digit < 0x80) break;
      }
      at += length;
    }
    return firsts;
  }

  it('that announces a huge packet is left before it has filled the memory', async () => {
    const header = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]);
    const broker = await saying(Buffer.concat([header, Buffer.alloc(8 * 1024 * 1024)]), true);
    test.atEnd(broker.close);
    const { link } = test.link(broker.url);
    await until('left', () => link.condition.detail.includes('too large'));
  });

  it('that accepts and says nothing is given up', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const { link, connects } = test.link(`mqtt://127.0.0.1:${port}`, { clock: hurriedClock(20) });
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    await until('given up', () => link.condition.detail.includes('no CONNACK within 10 s'));
    await until('tried again', () => connects() > 1);
  });
});
