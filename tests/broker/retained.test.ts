import { describe, expect, it } from 'vitest';
import { aedesBroker } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { pause, retained, topics, until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';

describe('retained topics', () => {
  const test = fixture();

  it('are all true again after a restart of a broker that has forgotten them', async () => {
    const broker = await test.broker();
    const { link } = test.link(broker.url, { clock: hurriedClock(1) });
    const wanted = new Map<string, string>();
    const set = (topic: string, payload: object) => {
      link.setRetained(topic, payload);
      wanted.set(topic, JSON.stringify(payload));
    };
    for (let n = 0; n < 300; n++) set(topics.device(`d-${n}`), { n });
    link.bookComplete();
    await until('all there', async () => (await retained(broker, `${topics.root}/device/+`)).size === 300);
    await broker.kill();
    set(topics.device('d-7'), { n: 'changed while away' });
    set(topics.fault('d-9', 'bus.lost'), { code: 'bus.lost' });
    link.setRetained(topics.device('d-8'), null);
    wanted.delete(topics.device('d-8'));
    await until('noticed', () => !link.condition.connected);
    await broker.start();
    await until('connected', () => link.condition.connected);
    await until('all true', async () => {
      const found = await retained(broker);
      found.delete(topics.status);
      return JSON.stringify([...found].sort()) === JSON.stringify([...wanted].sort());
    });
  });

  it('that change faster than the broker answers carry only the newest value', async () => {
    const broker = await test.broker();
    const observer = await test.subscribe(broker, topics.device('d'));
    const { link } = test.link(broker.url);
    await until('connected', () => link.condition.connected);
    for (let n = 1; n <= 1_000; n++) link.setRetained(topics.device('d'), { n });
    await until('the newest', () => observer.at(topics.device('d')).at(-1)?.n === 1_000);
    expect(observer.seen.length).toBeLessThan(10);
  });

  it('of a fault are cleared by an empty message', async () => {
    const broker = await test.broker();
    const { link } = test.link(broker.url);
    const topic = topics.fault('row', 'bus.lost');
    link.setRetained(topic, { code: 'bus.lost' });
    await until('stands', async () => (await retained(broker)).has(topic));
    link.setRetained(topic, null);
    await until('cleared', async () => !(await retained(broker)).has(topic));
  });

  it.each(['mosquitto or aedes', 'aedes'])(
    'that an earlier storage left behind are cleared, once the book is complete (%s)',
    async (which) => {
      const broker = which === 'aedes' ? test.adopt(await aedesBroker()) : await test.broker();
      if (which === 'aedes') await broker.start();
      const other = await test.client(broker);
      const ghosts = [
        topics.device('gone'),
        topics.fault('gone', 'bus.lost'),
        topics.queue('q'),
        topics.window('9'),
      ];
      const foreign = ['hallward/v1/hall/row-b/device/gone', topics.configReported, `${topics.root}/other`];
      for (const topic of [...ghosts, ...foreign, topics.device('kept')]) {
        await other.publishAsync(topic, '{"old":true}', { qos: 1, retain: true });
      }
      const { link } = test.link(broker.url, { clock: hurriedClock(10) });
      await until('connected', () => link.condition.connected);
      await pause(300);
      link.setRetained(topics.device('kept'), { old: false });
      // Not before the book is complete: until then nobody knows which are ghosts.
      expect([...(await retained(broker)).keys()]).toEqual(expect.arrayContaining(ghosts));
      link.bookComplete();
      await until('cleared', async () => {
        const found = await retained(broker);
        return !ghosts.some((topic) => found.has(topic));
      });
      const found = await retained(broker, 'hallward/v1/#');
      for (const topic of foreign) expect(found.get(topic)).toBe('{"old":true}');
      expect(found.get(topics.device('kept'))).toBe('{"old":false}');
      // The search is over: what others put there later is theirs to explain, until the next connection.
      await pause(500);
      await other.publishAsync(topics.device('later'), '{}', { qos: 1, retain: true });
      await pause(200);
      expect((await retained(broker)).has(topics.device('later'))).toBe(true);
    },
  );

  it('that were ghosts on the way are not taken for our own news', async () => {
    const broker = await test.broker();
    const { link } = test.link(broker.url);
    link.bookComplete();
    await until('connected', () => link.condition.connected);
    for (let n = 0; n < 50; n++) {
      link.setRetained(topics.fault('a', 'bus.lost'), { n });
      link.setRetained(topics.fault('a', 'bus.lost'), null);
    }
    link.setRetained(topics.fault('a', 'bus.lost'), { n: 'last' });
    const stands = async () => (await retained(broker)).get(topics.fault('a', 'bus.lost'));
    await until('the last', async () => (await stands()) === '{"n":"last"}');
    await pause(300);
    expect(await stands()).toBe('{"n":"last"}');
  });
});
