import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HubTalk } from '../../src/cli/hub-talk.js';
import { systemClock } from '../../src/kernel/clock.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { aedesBroker, haveMosquitto } from '../broker/support/broker.js';
import { fixture } from '../broker/support/fixture.js';
import { until } from '../broker/support/hall.js';
import { freePort } from '../support/free-port.js';

describe("a tool's connection to the hub", () => {
  const test = fixture();

  async function open(...urls: string[]): Promise<HubTalk> {
    const settings = { urls, credentials: async () => ({ passwords: [] }) };
    const talk = await HubTalk.open({ settings, clock: systemClock(), tool: 'test' });
    test.atEnd(() => talk.close());
    return talk;
  }

  /** What is heard at a filter, as text. */
  async function hearing(talk: HubTalk, filter: string) {
    const heard: string[] = [];
    const stop = await talk.listen(filter, ({ payload }) => heard.push(new TextDecoder().decode(payload)));
    return { heard, stop };
  }

  it('hears what the hub keeps and what comes, each filter its own, until it is told to stop', async () => {
    const broker = await test.broker();
    const other = await test.client(broker);
    await other.publishAsync('a/1', 'kept', { qos: 1, retain: true });
    const talk = await open(broker.url);
    const all = await hearing(talk, 'a/+');
    const one = await hearing(talk, 'a/2');
    await talk.toldAll(() => all.heard.length > 0);
    await other.publishAsync('a/2', 'came', { qos: 1 });
    await until('both heard it', () => all.heard.length >= 2 && one.heard.length >= 1);
    expect(new Set(all.heard)).toEqual(new Set(['kept', 'came']));
    expect(new Set(one.heard)).toEqual(new Set(['came']));
    one.stop();
    const before = one.heard.length;
    await other.publishAsync('a/2', 'later', { qos: 1 });
    await until('the other one heard it', () => all.heard.includes('later'));
    expect(one.heard).toHaveLength(before);
  });

  it('sends again what was in doubt, and hears again, when the broker is back', async () => {
    const broker = await test.broker();
    const talk = await open(broker.url);
    const { heard } = await hearing(talk, 'echo');
    broker.freeze();
    const published = talk.publish('echo', 'in doubt');
    await broker.kill();
    await until('it is noticed', () => talk.away !== '');
    await broker.start();
    expect(await published).toBe(0);
    await until('it is heard', () => heard.includes('in doubt'));
  });

  it.runIf(haveMosquitto)('is told what a broker refuses, and where nobody listens', async () => {
    const broker = await test.broker({ acl: ['topic readwrite open/#'] });
    const talk = await open(broker.url);
    expect(await talk.publish('open/nobody', 'x')).toBe(0x10);
    expect(await talk.publish('closed', 'x')).toBe(0x87);
    const failure = await talk.listen('closed', () => {}).catch((error: unknown) => error);
    // Mosquitto 2.0 grants a subscription that its rules forbid, and sends nothing.
    if (typeof failure !== 'function')
      expect(failure).toMatchObject({ code: 'hub.refused', kind: 'refused' });
  });

  it('tries the addresses in order, and MQTT 3.1.1 where 5 is not spoken', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    const talk = await open(`mqtt://127.0.0.1:${await freePort()}`, broker.url);
    const { heard } = await hearing(talk, 'echo');
    expect(await talk.publish('echo', 'old')).toBe(0);
    await until('it is heard', () => heard.includes('old'));
    expect(talk.url).toBe(broker.url);
  });

  it('says at once that nothing listens, and after 5 s that nothing answers', async () => {
    const nobody = await open(`mqtt://127.0.0.1:${await freePort()}`).catch((error: unknown) => error);
    expect(nobody).toBeInstanceOf(HallwardError);
    expect(nobody).toMatchObject({
      code: 'hub.unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    test.atEnd(async () => silent.close());
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    const mute = await open(`mqtt://127.0.0.1:${port}`).catch((error: unknown) => error);
    expect(mute).toMatchObject({ code: 'hub.unreachable', message: expect.stringContaining('no answer') });
  });

  it('ends at once, whatever the broker does', async () => {
    const broker = await test.broker();
    const talk = await open(broker.url);
    broker.freeze();
    void talk.publish('never', 'acknowledged');
    await talk.close();
    broker.thaw();
  });
});
