import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { type DemoBroker, startBroker } from '../../src/cli/demo/broker.js';
import type { HallEvent } from '../../src/cli/demo/model.js';
import { startWatcher, type Watcher } from '../../src/cli/demo/watcher.js';
import { systemClock } from '../../src/kernel/clock.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { fault } from './demo-model.js';

const topics = topicsOf('demo', 'row-a');
const open: { end(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.end();
});

/** A controller that says only what a test lets it say. */
async function controller(broker: DemoBroker): Promise<MqttClient> {
  const client = await connectAsync({ host: '127.0.0.1', port: broker.port, reconnectPeriod: 0 });
  client.on('error', () => {});
  open.push({ end: () => client.endAsync(true) });
  return client;
}

async function watched(): Promise<{ broker: DemoBroker; watcher: Watcher; events: HallEvent[] }> {
  const broker = await startBroker(0);
  open.push({ end: () => broker.close() });
  const watcher = await startWatcher(broker.port, systemClock());
  open.push({ end: () => watcher.close() });
  const events: HallEvent[] = [];
  watcher.onEvent((event) => events.push(event));
  return { broker, watcher, events };
}

function opened(sequence: number, change: object = {}): string {
  return JSON.stringify({
    id: `id-${sequence}`,
    type: 'window.opened',
    time: '2026-11-21T01:00:00.000Z',
    subject: '1',
    sequence: String(sequence).padStart(16, '0'),
    store: 's',
    data: { window: '1', staff: '0317' },
    ...change,
  });
}

const until = (what: () => unknown) => expect.poll(what);
const eventTopic = topics.event('window.opened');

describe('the watcher', () => {
  it('misses no event that comes before it is connected again', async () => {
    const { broker, watcher, events } = await watched();
    const first = await controller(broker);
    await first.publishAsync(eventTopic, opened(1), { qos: 1 });
    await until(() => events.length).toBe(1);
    await broker.drop();
    await broker.back();
    const second = await controller(broker);
    for (const sequence of [2, 3, 4]) await second.publishAsync(eventTopic, opened(sequence), { qos: 1 });
    await until(() => events.map((event) => event.sequence).sort()).toEqual([1, 2, 3, 4]);
    // The first may come again: its acknowledgement may not have reached the broker before the drop.
    expect(watcher.view.events).toMatchObject({ sequence: 4, lost: 0, doubled: 0 });
  });

  it('knows after a break which faults stand now', async () => {
    const { broker, watcher } = await watched();
    const first = await controller(broker);
    const say = (client: MqttClient, device: string, text: string) =>
      client.publishAsync(topics.fault(device, 'bus.lost'), text, { qos: 1, retain: true });
    await say(first, 'row', JSON.stringify(fault('row', 'bus.lost', -5)));
    await say(first, 'keys-1', JSON.stringify(fault('keys-1', 'bus.lost', -4)));
    const devices = () => watcher.view.faults.map(({ device }) => device);
    await until(devices).toEqual(['row', 'keys-1']);
    await broker.drop();
    await until(() => watcher.view.connected).toBe(false);
    await broker.back();
    const second = await controller(broker);
    await say(second, 'row', '');
    await until(() => watcher.view.connected).toBe(true);
    await until(devices).toEqual(['keys-1']);
  });

  it('counts what it cannot read, and shows nothing of it', async () => {
    const { broker, watcher, events } = await watched();
    const client = await controller(broker);
    const bad: readonly (readonly [string, string | Buffer])[] = [
      [eventTopic, 'no JSON'],
      [eventTopic, Buffer.from([0xff, 0xfe, 0x00])],
      [eventTopic, opened(1, { sequence: '9999999999999999' })],
      [eventTopic, opened(1, { sequence: 1 })],
      [eventTopic, opened(1, { type: 'window.exploded' })],
      [eventTopic, opened(1, { time: 'yesterday' })],
      [eventTopic, opened(1, { data: { window: 5 } })],
      [topics.window('1'), '{"state":"on fire"}'],
      [topics.queue('insurance'), '{"waiting":"many"}'],
      [topics.fault('row', 'bus.lost'), '{}'],
      [topics.status, '[]'],
      [topics.channels, '{"down":[{"channel":"smoke"}]}'],
    ];
    for (const [topic, payload] of bad) await client.publishAsync(topic, payload, { qos: 1 });
    await client.publishAsync(eventTopic, opened(1), { qos: 1 });
    await until(() => events.map((event) => event.sequence)).toEqual([1]);
    await until(() => watcher.view.unreadable).toBe(bad.length);
    expect(watcher.view.faults).toEqual([]);
    expect(watcher.view.channelsDown).toEqual([]);
    expect(watcher.view.controller).toBeUndefined();
  });
});
