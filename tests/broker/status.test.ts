import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { aedesBroker, type Broker, haveMosquitto, startBroker } from './support/broker.js';
import {
  connectClient,
  pause,
  retained,
  startLink,
  subscribe,
  type TestLink,
  topics,
  until,
} from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';
import { removeCompiled, startLinkProcess } from './support/link-process.js';

/** Real time in which the birth is never repeated by itself: what comes again comes for another reason. */
function withoutRepeats(): Clock {
  const clock = systemClock();
  const never = { name: 'never', cancel() {} };
  return { ...clock, after: (name, ...rest) => (name === 'hub.birth' ? never : clock.after(name, ...rest)) };
}

/** Over aedes the first CONNECT, in MQTT 5, is refused. */
const firstConnection = (number: number) => (haveMosquitto ? number : number + 1);

describe("the controller's status at the hub", () => {
  let broker: Broker;
  const links: TestLink[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  const start = (...args: Parameters<typeof startLink>) => {
    const started = startLink(...args);
    links.push(started);
    return started;
  };

  afterAll(removeCompiled);
  afterEach(async () => {
    broker.thaw();
    await Promise.all(links.splice(0).map(({ link }) => link.stop()));
    for (const end of ends.splice(0)) await end();
    await broker.dispose();
  });

  it('is online after the connection and stopped after an orderly end', async () => {
    broker = await startBroker();
    const observer = await subscribe(broker, topics.status);
    ends.push(observer.end);
    const { link, conditions } = start(broker.url);
    await until('connected', () => link.condition.connected);
    await until('birth', () => observer.at(topics.status).length > 0);
    expect(observer.at(topics.status)[0]).toMatchObject({
      state: 'online',
      session: 7,
      connection: firstConnection(101),
      version: '0.0.0',
      configRevision: 3,
    });
    expect(link.condition).toMatchObject({ connected: true, url: broker.url });
    expect(link.condition.problem).toBeUndefined();
    await link.stop();
    await until('stopped', () => observer.at(topics.status).at(-1)?.state === 'stopped');
    await pause(100);
    // An orderly end takes the will back.
    expect(observer.at(topics.status).at(-1)).toMatchObject({
      state: 'stopped',
      connection: firstConnection(101),
    });
    expect((await retained(broker)).get(topics.status)).toContain('"stopped"');
    expect(conditions.some(({ connected }) => connected)).toBe(true);
  });

  it.runIf(haveMosquitto)(
    'is repeated on MQTT 5 with an expiry of 25 s, and without one at the end',
    async () => {
      broker = await startBroker();
      const observer = await subscribe(broker, topics.status);
      ends.push(observer.end);
      const { link } = start(broker.url, { clock: hurriedClock(20) });
      await until('repeats', () => observer.at(topics.status).length >= 3);
      for (const { packet } of observer.seen) {
        expect(packet.properties?.messageExpiryInterval).toBeGreaterThan(20);
        expect(packet.properties?.messageExpiryInterval).toBeLessThanOrEqual(25);
      }
      await link.stop();
      await until('stopped', () => observer.at(topics.status).at(-1)?.state === 'stopped');
      expect(observer.seen.at(-1)?.packet.properties?.messageExpiryInterval).toBeUndefined();
    },
  );

  it('is lost, with the right session and connection, after kill -9 of the process', async () => {
    broker = await startBroker();
    const observer = await subscribe(broker, topics.status);
    ends.push(observer.end);
    const victim = await startLinkProcess(broker.url, { session: 12, connection: 40 });
    await until('birth', () => observer.at(topics.status).some(({ state }) => state === 'online'));
    victim.kill();
    await until('lost', () => observer.at(topics.status).at(-1)?.state === 'lost');
    expect(observer.at(topics.status).at(-1)).toMatchObject({ session: 12, connection: firstConnection(41) });
  });

  it('is online again at once when an old will arrives late', async () => {
    broker = await startBroker();
    const { link } = start(broker.url, { clock: withoutRepeats() });
    await until('connected', () => link.condition.connected);
    const observer = await subscribe(broker, topics.status);
    ends.push(observer.end);
    const old = { state: 'lost', session: 7, connection: 99, startedAt: 'x', at: 'x' };
    await observer.client.publishAsync(topics.status, JSON.stringify(old), { qos: 1, retain: true });
    const states = () => observer.at(topics.status).map(({ state }) => state);
    await until('the will', () => states().includes('lost'));
    await until('birth again', () => states().at(-1) === 'online');
    expect(JSON.parse((await retained(broker)).get(topics.status) ?? '{}')).toMatchObject({
      state: 'online',
    });
    // A dead predecessor is no second board.
    expect(link.condition.problem).toBeUndefined();
  });

  it('is online again when its topic was cleared or written over with nonsense', async () => {
    broker = await startBroker();
    const { link } = start(broker.url, { clock: withoutRepeats() });
    await until('connected', () => link.condition.connected);
    const other = await connectClient(broker);
    ends.push(() => other.endAsync(true));
    for (const nonsense of ['', 'nonsense', '[]', '{"state":5}']) {
      await other.publishAsync(topics.status, nonsense, { qos: 1, retain: true });
      await until(`birth after '${nonsense}'`, async () =>
        ((await retained(broker)).get(topics.status) ?? '').includes('"online"'),
      );
    }
  });

  it.runIf(haveMosquitto)('stops within 3 s when the broker is frozen', async () => {
    broker = await startBroker();
    const clock = new VirtualClock();
    const { link } = start(broker.url, { clock });
    await until('connected', () => link.condition.connected);
    broker.freeze();
    let isStopped = false;
    void link.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(3_000);
    // Not only when the keepalive, which has its own clock, finds out 15 s later.
    await expect.poll(() => isStopped, { timeout: 8_000 }).toBe(true);
  });

  it('stops at once when there is no broker, and before it ever started', async () => {
    broker = await startBroker();
    await broker.stop();
    const { link } = start(broker.url);
    await until('failed once', () => link.condition.problem === 'lost');
    expect(link.condition.detail).toContain('nothing listens there');
    await link.stop();
    expect(link.condition.connected).toBe(false);
  });

  it.each(['mosquitto', 'aedes'])(
    'shows two controllers with one identity to both, without a fight (%s)',
    async (kind) => {
      broker = kind === 'aedes' ? await aedesBroker() : await startBroker();
      if (kind === 'aedes') await broker.start();
      const first = start(broker.url, { session: 7 });
      await until('first', () => first.link.condition.connected);
      const second = start(broker.url, { session: 7 });
      await until('the first notices', () => first.link.condition.problem === 'duplicate-identity');
      await until('the second notices', () => second.link.condition.problem === 'duplicate-identity');
      expect(first.link.condition.detail).toContain('hallward-hall-row-a');
      const before = first.connects() + second.connects();
      expect(before).toBeLessThan(14);
      // 16 hurried seconds, which is less than the shortest pause of the one that backs off.
      await pause(4_000);
      expect(first.connects() + second.connects() - before).toBeLessThanOrEqual(1);
      // The hall goes on: one of them is connected.
      expect(first.link.condition.connected || second.link.condition.connected).toBe(true);
    },
  );
});
