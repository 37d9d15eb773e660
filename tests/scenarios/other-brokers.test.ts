import { describe, expect, it } from 'vitest';
import { aedesBroker } from '../broker/support/broker.js';
import { scenario } from './support/scenario.js';
import { waitFor } from './support/waiting.js';

describe('a broker that speaks only MQTT 3.1.1', () => {
  const test = scenario();

  it('is served with the same payloads, and status names what cannot hold', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const controller = await test.run(hall);
    const status = await watcher.see('status', 'online', ({ state }) => state === 'online');
    expect(status.degraded.length).toBeGreaterThan(0);
    for (const word of status.degraded) expect(word).toMatch(/^[a-z-]+$/);
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'the call');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    await watcher.see('window/5', 'serving', ({ number }) => number === 'A001');

    // Nothing is said again after 10 s here, so this can only be the answer to it.
    const lie = { ...status, state: 'lost', connection: 0 };
    await watcher.client.publishAsync(`${hall.root}/status`, JSON.stringify(lie), { qos: 1, retain: true });
    await waitFor('the lie was seen', () => watcher.at('status').some(({ state }) => state === 'lost'));
    await watcher.see('status', 'online again', ({ state }) => state === 'online');

    watcher.order = 'by type';
    await broker.stop();
    hall.keys5.press('done');
    await waitFor('the board is dark', () => hall.shows(5) === '');
    // Such a broker lets go what nobody has subscribed to, and this one has forgotten who had: they come back first.
    controller.signal('SIGSTOP');
    await broker.start();
    await watcher.client.publishAsync(`${hall.root}/nothing`, 'after the subscription', { qos: 1 });
    controller.signal('SIGCONT');
    await watcher.event('ticket.served', 'kept through it');
    await watcher.settled();
    expect(await controller.stop()).toEqual({ code: 0, signal: null });
    await watcher.see('status', 'stopped', ({ state }) => state === 'stopped');
  });
});

describe('a desired configuration of 6 MB at a broker that speaks only MQTT 3.1.1', () => {
  const test = scenario();

  it('is rejected once, as too large, and costs neither the hub nor the calling', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    const document = JSON.stringify({ revision: 1, config: { language: 'x'.repeat(6 * 1024 * 1024) } });
    await watcher.client.publishAsync(`${hall.root}/config/desired`, document, { qos: 1, retain: true });
    await test.run(hall);
    const reported = await watcher.see('config/reported', 'rejected', ({ state }) => state === 'rejected');
    expect(reported).toMatchObject({
      revision: null,
      errors: [{ path: '', message: expect.stringContaining('larger than 1048576 bytes') }],
    });
    await watcher.issue();
    hall.keys5.press('next');
    await watcher.event('ticket.called', 'the call');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    await broker.stop();
    await broker.start();
    // A broker that has forgotten it all: it comes again, as it would at any reconnect.
    await watcher.client.publishAsync(`${hall.root}/config/desired`, document, { qos: 1, retain: true });
    hall.keys5.press('done');
    await watcher.event('ticket.served', 'after the reconnect');
    // What came before we had subscribed again this broker has let go; the call's end shows how far it has come since.
    expect(new Set(watcher.rawEvents('config.rejected').map(({ id }) => id)).size).toBe(1);
    expect(watcher.at('status').filter(({ state }) => state === 'lost').length).toBeLessThanOrEqual(1);
  });
});

describe('events that a hub asks for again', () => {
  const test = scenario();

  it('come as they were: the same ids and sequences', async () => {
    const { hall, watcher, controller } = await test.all();
    for (let issued = 0; issued < 5; issued++) await watcher.issue();
    const before = await watcher.settled();
    const { store } = before[0] ?? { store: '' };
    const raw = () => watcher.messages.filter(({ topic }) => topic.startsWith(`${hall.root}/event/`)).length;
    const count = raw();
    const reply = await watcher.command('events.resend', { store, from: 2, to: 6 });
    expect(reply).toMatchObject({ ok: true, result: { events: 5 } });
    await waitFor('five and the record of the command', () => raw() >= count + 6);
    // Checked in there: what came twice is the same, byte for byte.
    const after = await watcher.settled();
    const again = watcher.rawEvents().slice(count, count + 5);
    expect(again).toEqual(before.slice(1, 6));
    expect(after.slice(0, before.length)).toEqual(before);

    await controller.kill();
    await test.run(hall);
    await watcher.see('status', 'online', ({ session }) => session === 2);
    expect(await watcher.command('events.resend', { store, from: 1, to: 3 })).toMatchObject({
      ok: true,
      result: { events: 3 },
    });
    const other = await watcher.command('events.resend', { store: 'another', from: 1, to: 3 });
    expect(other).toMatchObject({ ok: false, error: { code: 'events.other-store' } });
    await watcher.settled();
  });
});
