/** Messages larger than the link takes: passed over while they come, told, and no reason to part. */
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OversizedMessage } from '../../src/hub/connection-types.js';
import { IncomingLimit } from '../../src/hub/incoming-limit.js';
import { Patience } from '../../src/hub/patience.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { aedesBroker, haveMosquitto } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { topics, until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';

const maximumBytes = 5 * 1024 * 1024;
const sixMegabytes = Buffer.alloc(6 * 1024 * 1024, 'x');

describe.each([
  ['that speaks MQTT 3.1.1 only', 4],
  ...(haveMosquitto ? ([['that speaks MQTT 5', 5]] as const) : []),
] as const)('a message of 6 MB from a broker %s', (_what, protocol) => {
  const test = fixture();
  // One with MQTT 5, and one with 3.1.1 where the broker knows no other.
  const connections = protocol === 5 ? 1 : 2;

  async function broker() {
    if (protocol === 5) return test.broker();
    const started = test.adopt(await aedesBroker());
    await started.start();
    return started;
  }

  it('that stands as the desired configuration is told at each connection, and parts nobody', async () => {
    const hub = await broker();
    const client = await test.client(hub);
    await test.subscribe(hub, topics.event('ticket.called'));
    await client.publishAsync(topics.configDesired, sixMegabytes, { qos: 1, retain: true });
    const desired: (string | undefined)[] = [];
    const { link, outbox, connects } = test.link(hub.url, {
      options: {
        onDesired: (payload) =>
          void desired.push(payload === undefined ? undefined : Buffer.from(payload).toString()),
      },
    });
    await until('told', () => desired.length === 1);
    expect(desired).toEqual([undefined]);
    outbox.add('ticket.called');
    outbox.synced();
    await until('event', () => outbox.backlog.events === 0);
    // The next one is of a size that is taken, on the same connection.
    await client.publishAsync(topics.configDesired, '{"revision":4}', { qos: 1, retain: true });
    await until('the next one', () => desired.length === 2);
    expect(desired[1]).toBe('{"revision":4}');
    expect(link.condition).toMatchObject({ connected: true, protocol });
    expect(connects()).toBe(connections);
  });

  it('on any other topic of ours is what it would be there, without its payload', async () => {
    const hub = await broker();
    const client = await test.client(hub);
    const retain = { qos: 1, retain: true } as const;
    await client.publishAsync(topics.device('gone'), sixMegabytes, retain);
    await client.publishAsync(topics.command('say'), sixMegabytes, retain);
    await client.publishAsync(topics.status, sixMegabytes, retain);
    const observer = await test.subscribe(hub, topics.device('gone'));
    const { link, commands, connects } = test.link(hub.url);
    const heard: string[] = [];
    link.listen('elsewhere/+', ({ topic }) => void heard.push(topic));
    link.bookComplete();
    await until('the command', () => commands.length === 1);
    expect(commands[0]).toMatchObject({ name: 'say', retained: true, tooLarge: true });
    expect(commands[0]?.payload.length).toBe(0);
    await until('the ghost is cleared', () => observer.seen.some(({ text }) => text === ''));
    await client.publishAsync('elsewhere/large', sixMegabytes, { qos: 1 });
    await client.publishAsync('elsewhere/small', 'x', { qos: 0 });
    await client.publishAsync(topics.command('say'), sixMegabytes, { qos: 1 });
    await client.publishAsync(topics.command('say'), sixMegabytes, { qos: 0 });
    await until('live commands', () => commands.length === 3);
    expect(commands[2]).toMatchObject({ name: 'say', retained: false, tooLarge: true });
    expect(heard).toEqual(['elsewhere/small']);
    expect(link.condition.connected).toBe(true);
    expect(connects()).toBe(connections);
  });
});

describe('a line on which a large message takes longer than an answer may', () => {
  const test = fixture();

  /** Passes on what a broker says at this pace, and counts the signs of life of who listens. */
  async function slowLine(brokerPort: number, bytesEachTenMilliseconds: number) {
    let pings = 0;
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(brokerPort, '127.0.0.1');
      const waiting: Buffer[] = [];
      const pace = setInterval(() => {
        for (let room = bytesEachTenMilliseconds; room > 0 && waiting.length > 0; ) {
          const [first] = waiting as [Buffer];
          near.write(first.subarray(0, room));
          if (first.length > room) waiting[0] = first.subarray(room);
          else waiting.shift();
          room -= first.length;
        }
      }, 10);
      far.on('data', (chunk: Buffer) => void waiting.push(chunk));
      near.on('data', (chunk: Buffer) => {
        if (chunk.includes(Buffer.from([0xc0, 0]))) pings++;
        far.write(chunk);
      });
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
      }
      far.on('close', () => near.end(Buffer.concat(waiting.splice(0))));
      near.on('close', () => {
        clearInterval(pace);
        far.destroy();
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as { port: number };
    return { url: `mqtt://127.0.0.1:${port}`, pings: () => pings };
  }

  it.each([
    ['is passed over', 6 * 1024 * 1024],
    // A leader's queue of thousands, each of whom was called already.
    ['is taken', 4 * 1024 * 1024],
  ])('is no dead one: the message %s, and the connection stays', async (_what, bytes) => {
    const hub = test.adopt(await aedesBroker());
    await hub.start();
    const client = await test.client(hub);
    await client.publishAsync(topics.configDesired, Buffer.alloc(bytes, 'x'), { qos: 1, retain: true });
    // Three seconds, which are a minute to the link.
    const line = await slowLine(hub.port, Math.ceil(bytes / 300));
    const desired: (number | undefined)[] = [];
    const { link, outbox, connects } = test.link(line.url, {
      clock: hurriedClock(20),
      options: { onDesired: (payload) => void desired.push(payload?.length) },
    });
    await until('connected', () => link.condition.connected);
    // Its acknowledgement comes behind the message.
    outbox.add('ticket.called');
    outbox.synced();
    await until('told', () => desired.length === 1);
    expect(desired).toEqual([bytes > maximumBytes ? undefined : bytes]);
    await until('event', () => outbox.backlog.events === 0);
    expect(link.condition.connected).toBe(true);
    expect(connects()).toBe(2);
    expect(line.pings()).toBeGreaterThan(3);
  });

  it('ends all the same when nothing more of the message comes', async () => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const patience = new Patience(clock, {
      lost: (words) => void said.push(words),
      sign: () => void said.push('sign'),
    });
    const asked = clock.monotonicMilliseconds();
    let answered = false;
    patience.expect('SUBACK', () => (answered ? undefined : asked));
    for (let seconds = 0; seconds < 60; seconds++) {
      patience.goesOn();
      await clock.advance(1_000);
    }
    expect(said).toEqual(Array.from({ length: 12 }, () => 'sign'));
    await clock.advance(13_000);
    expect(said.length).toBe(12);
    await clock.advance(1_000);
    expect(said.slice(12)).toEqual(['no SUBACK within 15 s']);
    // What is answered is waited for no more, and what is asked then has its own time.
    patience.expect('SUBACK', () => (answered ? undefined : clock.monotonicMilliseconds()));
    answered = true;
    await clock.advance(60_000);
    expect(said.length).toBe(13);
    expect(clock.pending()).toEqual([]);
  });
});

describe('the limit to what comes in', () => {
  const limit = 300;

  /** What of `bytes` comes through, given in pieces that end at the places `cuts`. */
  async function through(bytes: Buffer, cuts: readonly number[]) {
    const oversized: OversizedMessage[] = [];
    const acknowledged: number[] = [];
    let refused = 0;
    const filter = new IncomingLimit(limit, {
      tooLarge: (message) => void oversized.push(message),
      acknowledge: (packetId) => void acknowledged.push(packetId),
      refused: () => void refused++,
      goesOn: () => {},
    });
    const out: Buffer[] = [];
    filter.on('data', (chunk: Buffer) => void out.push(chunk));
    const ended = new Promise((resolve) => filter.once('end', resolve));
    const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
    places.sort((a, b) => a - b);
    for (let n = 1; n < places.length; n++) filter.write(bytes.subarray(places[n - 1], places[n]));
    filter.end();
    await ended;
    return { out: Buffer.concat(out), oversized, acknowledged, refused };
  }

  function packet(first: number, body: Buffer): Buffer {
    const length: number[] = [];
    for (let left = body.length; ; ) {
      const digit = left % 128;
      left = Math.floor(left / 128);
      length.push(left > 0 ? digit + 128 : digit);
      if (left === 0) return Buffer.concat([Buffer.from([first, ...length]), body]);
    }
  }

  /** PUBLISH, MQTT 3.1.1 section 3.3. */
  function publish(topic: string, payloadBytes: number, { qos = 1, retain = false, packetId = 7 } = {}) {
    const name = Buffer.from(topic);
    const id = qos === 0 ? [] : [packetId >> 8, packetId & 0xff];
    const head = Buffer.from([name.length >> 8, name.length & 0xff, ...name, ...id]);
    return packet(
      0x30 | (qos << 1) | (retain ? 1 : 0),
      Buffer.concat([head, Buffer.alloc(payloadBytes, 0x32)]),
    );
  }

  it('lets all through that is small enough, and of the rest tells topic, size and flags, cut anywhere', async () => {
    const small = fc
      .tuple(fc.constantFrom(0x20, 0x30, 0x32, 0x40, 0x90, 0xd0), fc.uint8Array({ maxLength: 295 }))
      .map(([first, body]) => ({ bytes: packet(first, Buffer.from(body)), large: undefined }));
    const large = fc
      .record({
        topic: fc.stringMatching(/^[a-z/]{1,200}$/),
        payloadBytes: fc.integer({ min: limit, max: 40_000 }),
        qos: fc.constantFrom(0, 1),
        retain: fc.boolean(),
        packetId: fc.integer({ min: 1, max: 65_535 }),
      })
      .map((one) => ({ bytes: publish(one.topic, one.payloadBytes, one), large: one }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(small, large), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (packets, cuts) => {
          const seen = await through(Buffer.concat(packets.map(({ bytes }) => bytes)), cuts);
          const kept = packets.filter(({ large }) => large === undefined).map(({ bytes }) => bytes);
          const passedOver = packets.flatMap(({ large }) => large ?? []);
          expect(seen.out.equals(Buffer.concat(kept))).toBe(true);
          expect(seen.oversized).toEqual(
            passedOver.map(({ topic, retain, payloadBytes }) => ({ topic, retain, bytes: payloadBytes })),
          );
          expect(seen.acknowledged).toEqual(
            passedOver.filter(({ qos }) => qos === 1).map(({ packetId }) => packetId),
          );
          expect(seen.refused).toBe(0);
        },
      ),
    );
  });

  it.each([
    ['is no message', packet(0x90, Buffer.alloc(400))],
    ['is one in QoS 2', publish('a', 400, { qos: 2 })],
    ['is one in QoS 3', publish('a', 400, { qos: 3 })],
    ['has no topic', publish('', 400)],
    ['has a topic longer than itself', packet(0x30, Buffer.alloc(400, 0xff))],
  ])('refuses what is too large and %s', async (_what, bytes) => {
    const seen = await through(Buffer.concat([bytes, packet(0xd0, Buffer.alloc(0))]), [3, 9]);
    expect(seen).toMatchObject({ refused: 1, oversized: [], acknowledged: [] });
    expect(seen.out.length).toBe(0);
  });

  it('leaves a length that is none to who reads the packets', async () => {
    const bytes = Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]);
    expect((await through(bytes, [2])).out.equals(bytes)).toBe(true);
  });

  it('never fails, whatever comes, and never lets more through than came', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.array(fc.nat()), async (bytes, cuts) => {
        const whole = await through(Buffer.from(bytes), []);
        const cut = await through(Buffer.from(bytes), cuts);
        expect(cut.out.equals(whole.out)).toBe(true);
        expect(whole.out.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
