/** What a link leaves behind that was stopped: nothing, at the broker and in the clock. */
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/hub/keyring.js';
import { Subscriptions } from '../../src/hub/subscriptions.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { aedesBroker } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { topics, until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';

describe('no timer is left', () => {
  const test = fixture();

  /** A packet of MQTT whose body is shorter than 16 KiB. */
  function packet(first: number, body: Buffer): Buffer {
    const length = body.length < 128 ? [body.length] : [(body.length % 128) | 0x80, body.length >> 7];
    return Buffer.concat([Buffer.from([first, ...length]), body]);
  }

  /** A broker that answers each packet as told. Gives its port. */
  async function answering(answer: (first: number, body: Buffer) => Buffer): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      let bytes = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        for (;;) {
          const from = (bytes[1] ?? 0) < 128 ? 2 : 3;
          const length = ((bytes[1] ?? 0) & 0x7f) + (from === 2 ? 0 : (bytes[2] ?? 0) << 7);
          if (bytes.length < from || bytes.length < from + length) return;
          socket.write(answer(bytes[0]!, bytes.subarray(from, from + length)));
          bytes = bytes.subarray(from + length);
        }
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return (server.address() as { port: number }).port;
  }

  it('of a link that said goodbye', async () => {
    const broker = await test.broker();
    await test.subscribe(broker, `${topics.root}/event/#`);
    const clock = hurriedClock(1);
    const { link, outbox } = test.link(broker.url, { clock });
    outbox.add('ticket.called');
    outbox.synced();
    link.setRetained(topics.device('d'), {});
    await until('event', () => outbox.backlog.events === 0);
    await link.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('of a link whose broker refuses a subscription, also where it is asked for twice', async () => {
    const broker = test.adopt(await aedesBroker({ maySubscribe: (filter) => !filter.startsWith('other') }));
    await broker.start();
    const clock = hurriedClock(1);
    const { link } = test.link(broker.url, { clock });
    link.listen('other/one', () => {});
    link.listen('other/one', () => {});
    await until('told', () => link.condition.problem === 'refused');
    link.listen('other/one', () => {});
    // Answered in their order: then all of them are.
    link.listen('other/two', () => {});
    await until('all told', () => link.condition.detail.includes('other/two'));
    await link.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('of a link that meets another controller with its identity while it says goodbye', async () => {
    const status = Buffer.from(topics.status);
    const twin = JSON.stringify({ state: 'online', session: 90, connection: 1, startedAt: 'another' });
    const birth = packet(0x30, Buffer.concat([Buffer.from([0, status.length]), status, Buffer.from(twin)]));
    // Speaks MQTT 3.1.1, and answers `stopped` with the twin's birth instead of an acknowledgement.
    const port = await answering((first, body) => {
      if (first >> 4 === 1) return packet(0x20, Buffer.from([0, body[6] === 4 ? 0 : 1]));
      if (first >> 4 !== 3) return Buffer.alloc(0);
      if (body.includes('"stopped"')) return birth;
      return packet(0x40, body.subarray(2 + body.readUInt16BE(0)).subarray(0, 2));
    });
    const clock = hurriedClock(4);
    const { link } = test.link(`mqtt://127.0.0.1:${port}`, { clock });
    await until('connected', () => link.condition.connected);
    await link.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('of a keyring whose disk hangs, and who waits for it is told', async () => {
    const clock = new VirtualClock();
    const credentials = () => new Promise<never>(() => {});
    const ring = new Keyring({ urls: ['mqtt://a'], credentials }, clock, silentLog, () => {});
    const reading = ring.read('mqtt://a').catch((error: Error) => error);
    ring.stop();
    expect(clock.pending()).toEqual([]);
    expect(await reading).toMatchObject({ code: 'hub.stopped' });
  });
});

describe('a subscription that is not wanted any more', () => {
  it('is no trouble, although the broker refuses it later', () => {
    const answers: ((codes: readonly number[]) => void)[] = [];
    const connection = {
      subscribe: (_filters: unknown, answered: (codes: readonly number[]) => void) =>
        void answers.push(answered),
      unsubscribe: () => {},
    };
    const clock = new VirtualClock();
    const subscriptions = new Subscriptions(clock, silentLog, () => {});
    subscriptions.up(connection as never);
    subscriptions.add({ filter: 'a/+' });
    subscriptions.remove(['a/+']);
    answers[0]!([0x87]);
    expect(subscriptions.refusals()).toEqual([]);
    expect(clock.pending()).toEqual([]);
    // Asked for again it counts again.
    subscriptions.add({ filter: 'a/+' });
    answers[1]!([0x87]);
    expect(subscriptions.refusals()).toEqual([{ filter: 'a/+', reasonCode: 0x87 }]);
    subscriptions.down();
  });
});
