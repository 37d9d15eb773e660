import { describe, expect, it } from 'vitest';
import { haveMosquitto } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { pause, topics, until } from './support/hall.js';

describe('commands', () => {
  const test = fixture();

  it('arrive as they were sent, and their replies leave', async () => {
    const broker = await test.broker();
    const hub = await test.subscribe(broker, `${topics.root}/reply/#`);
    const { link, commands } = test.link(broker.url);
    await until('connected', () => link.condition.connected);
    const payload = '{"id":"c-1","window":"5"}';
    await until('listening', async () => {
      await hub.client.publishAsync(topics.command('window.call'), payload, {
        qos: 1,
        ...(haveMosquitto ? { properties: { responseTopic: 'answers/here' } } : {}),
      });
      return commands.length > 0;
    });
    expect(commands[0]).toMatchObject({ name: 'window.call', retained: false, tooLarge: false });
    expect(Buffer.from(commands[0]?.payload ?? []).toString()).toBe(payload);
    if (haveMosquitto) expect(commands[0]?.responseTopic).toBe('answers/here');
    link.publishReply(topics.reply('c-1'), { id: 'c-1', ok: true });
    await until('reply', () => hub.seen.length > 0);
    expect(hub.seen[0]).toMatchObject({
      topic: topics.reply('c-1'),
      text: '{"id":"c-1","ok":true}',
      retain: false,
    });
  });

  it('that stood retained before the connection are marked so, once', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    await hub.publishAsync(topics.command('hall.test'), '{"id":"old"}', { qos: 1, retain: true });
    const { link, commands } = test.link(broker.url);
    await until('told', () => commands.length === 1);
    expect(commands[0]).toMatchObject({ name: 'hall.test', retained: true });
    await broker.stop();
    await until('noticed', () => !link.condition.connected);
    await broker.start();
    const again = await test.client(broker);
    await again.publishAsync(topics.command('hall.test'), '{"id":"old"}', { qos: 1, retain: true });
    await until('connected', () => link.condition.connected);
    await pause(200);
    expect(commands.filter(({ retained }) => retained)).toHaveLength(1);
  });

  it.runIf(haveMosquitto)('published as retained while we listen are marked so', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    const { link, commands } = test.link(broker.url);
    await until('connected', () => link.condition.connected);
    await until('listening', async () => {
      await hub.publishAsync(topics.command('hall.test'), '{"id":"live"}', { qos: 1 });
      return commands.length > 0;
    });
    await hub.publishAsync(topics.command('window.call'), '{"id":"new"}', { qos: 1, retain: true });
    await until('told', () => commands.some(({ name }) => name === 'window.call'));
    expect(commands.find(({ name }) => name === 'window.call')).toMatchObject({ retained: true });
  });

  it('larger than 64 KiB come without their payload, however large they are', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    const { link, commands } = test.link(broker.url);
    await until('connected', () => link.condition.connected);
    await hub.publishAsync(topics.command('say'), 'x'.repeat(64 * 1024), { qos: 1 });
    await hub.publishAsync(topics.command('say'), 'x'.repeat(64 * 1024 + 1), { qos: 1 });
    await hub.publishAsync(topics.command('say'), 'x'.repeat(6 * 1024 * 1024), { qos: 1 });
    await hub.publishAsync(topics.command('say'), 'end', { qos: 1 });
    await until('all', () => commands.length >= 4);
    expect(commands.map(({ payload, tooLarge }) => [payload.length, tooLarge])).toEqual([
      [64 * 1024, false],
      [0, true],
      [0, true],
      [3, false],
    ]);
    expect(link.condition.connected).toBe(true);
  });

  it('that ask about a whole configuration may be up to 1 MiB', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    const { link, commands } = test.link(broker.url);
    await until('connected', () => link.condition.connected);
    const mebibyte = 1024 * 1024;
    for (const size of [mebibyte, mebibyte + 1]) {
      await hub.publishAsync(topics.command('config.plan'), 'x'.repeat(size), { qos: 1 });
    }
    await until('all', () => commands.length >= 2);
    expect(commands.map(({ payload, tooLarge }) => [payload.length, tooLarge])).toEqual([
      [mebibyte, false],
      [0, true],
    ]);
  });

  it('and the desired configuration arrive side by side', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    await hub.publishAsync(topics.configDesired, '{"revision":4}', { qos: 1, retain: true });
    const desired: string[] = [];
    const { commands } = test.link(broker.url, {
      options: { onDesired: (payload) => desired.push(Buffer.from(payload ?? []).toString()) },
    });
    await until('desired', () => desired.length === 1);
    expect(desired).toEqual(['{"revision":4}']);
    expect(commands).toEqual([]);
  });

  it('that make their handler throw do not end the link', async () => {
    const broker = await test.broker();
    const hub = await test.client(broker);
    let calls = 0;
    const { link } = test.link(broker.url, {
      options: {
        onCommand: () => {
          calls++;
          throw new Error('a mistake of ours');
        },
      },
    });
    await until('connected', () => link.condition.connected);
    for (let n = 0; n < 3; n++) await hub.publishAsync(topics.command('say'), '{}', { qos: 1 });
    await until('called', () => calls === 3);
    expect(link.condition.connected).toBe(true);
  });

  it('health is sent without acknowledgement, and only while connected', async () => {
    const broker = await test.broker();
    const hub = await test.subscribe(broker, topics.health);
    const { link } = test.link(broker.url);
    link.publishHealth({ n: 0 });
    await until('connected', () => link.condition.connected);
    link.publishHealth({ n: 1 });
    await until('health', () => hub.seen.length > 0);
    expect(hub.at(topics.health)).toEqual([{ n: 1 }]);
    expect(hub.seen[0]?.packet.qos).toBe(0);
  });
});
