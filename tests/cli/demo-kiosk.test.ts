/** The demo's ticket machine, with a controller at the other end that says only what a test lets it say. */
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/cli/demo/broker.js';
import { startKiosk } from '../../src/cli/demo/kiosk.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

const root = 'hallward/v1/demo/row-a';
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Asked {
  readonly name: string;
  readonly command: Readonly<Record<string, unknown>>;
}

async function machine(clock: Clock = systemClock()) {
  const broker = await startBroker(0);
  ends.push(() => broker.close());
  const controller: MqttClient = await connectAsync({ host: '127.0.0.1', port: broker.port });
  ends.push(() => controller.endAsync(true));
  const asked: Asked[] = [];
  controller.on('message', (topic, payload) => {
    asked.push({ name: topic.slice(`${root}/command/`.length), command: JSON.parse(payload.toString()) });
  });
  await controller.subscribeAsync(`${root}/command/+`, { qos: 1 });
  const kiosk = startKiosk(broker.port, clock);
  ends.push(() => kiosk.close());
  const reply = (command: Asked['command'], text: string) =>
    controller.publishAsync(`${root}/reply/${String(command.id)}`, text, { qos: 1 });
  const until = (what: () => unknown) => expect.poll(what);
  return { broker, kiosk, asked, reply, until };
}

const paper = { ticket: 't-1', number: 'A001' };
const given = JSON.stringify({ ok: true, result: { ...paper, ahead: 0 } });
const wish = { queue: 'insurance', priority: true };

describe('the ticket machine of the demo', () => {
  it('asks for what the visitor wants, and hands out what it is given', async () => {
    const { kiosk, asked, reply, until } = await machine();
    await until(async () => {
      const got = kiosk.issue(wish);
      await new Promise(setImmediate);
      if (asked.length === 0) return undefined;
      await reply(asked[0]!.command, given);
      return got;
    }).toEqual(paper);
    expect(asked[0]).toMatchObject({ name: 'ticket.issue', command: wish });
  });

  it('gives one visitor one ticket, however late the answer', { timeout: 20_000 }, async () => {
    const { kiosk, asked, reply, until } = await machine();
    await until(async () => {
      if (asked.length === 0) void kiosk.issue(wish);
      return asked.length;
    }).toBeGreaterThan(0);
    // Nobody answers in time; the visitor touches the screen again: it is the same command.
    expect(await kiosk.issue(wish)).toBeUndefined();
    const ids = new Set(asked.map(({ command }) => command.id));
    expect(ids.size).toBe(1);
    await reply(asked[0]!.command, given);
    await until(() => kiosk.issue(wish)).toEqual(paper);
    // The next visitor has a command of their own.
    void kiosk.issue(wish);
    await until(() => new Set(asked.map(({ command }) => command.id)).size).toBe(2);
  });

  it('takes back who was passed over, and says so where that is refused or garbled', async () => {
    const { kiosk, asked, reply, until } = await machine();
    const answers = [
      '{"ok":true,"result":{"ticket":"t-1"}}',
      '{"ok":false}',
      'no JSON',
      '{"ok":true,"result":7}',
    ];
    const results: boolean[] = [];
    await until(async () => {
      const back = kiosk.comeBack('t-1');
      await new Promise((resolve) => setTimeout(resolve, 50));
      return asked.length === 0 ? await back : 'asked';
    }).toBe('asked');
    for (const answer of answers) {
      const count = asked.length;
      const back = kiosk.comeBack('t-1');
      await until(() => asked.length).toBeGreaterThan(count);
      expect(asked.at(-1)).toMatchObject({ name: 'ticket.return', command: { ticket: 't-1' } });
      await reply(asked.at(-1)!.command, answer);
      results.push(await back);
    }
    expect(results).toEqual([true, false, false, true]);
    expect(new Set(asked.map(({ command }) => command.id)).size).toBe(asked.length);
  });

  it('lets nobody wait when the hub goes away, or the demo ends', async () => {
    // No time passes: only the hub's end can end their waiting.
    const { broker, kiosk, asked, until } = await machine(new VirtualClock());
    await until(async () => {
      if (asked.length === 0) void kiosk.comeBack('t-1');
      return asked.length;
    }).toBeGreaterThan(0);
    const back = kiosk.comeBack('t-2');
    await broker.drop();
    expect(await back).toBe(false);
    expect(await kiosk.issue(wish)).toBeUndefined();
  });
});
