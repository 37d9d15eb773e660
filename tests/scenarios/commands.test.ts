import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { haveMosquitto } from '../broker/support/broker.js';
import { scenario } from './support/scenario.js';
import { pause, waitFor } from './support/waiting.js';

describe('a command that is not right', () => {
  const test = scenario();

  it('is refused with its code, recorded, and changes nothing', async () => {
    const { watcher, controller } = await test.all();
    const id = () => randomUUID();
    const deep = `{"id":"deep","queue":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const nameless: readonly (readonly [string, string | Buffer])[] = [
      ['ticket.issue', Buffer.alloc(200_000, 'x')],
      ['ticket.issue', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
      ['ticket.issue', deep],
      ['ticket.issue', '["not","an","object"]'],
      ['ticket.issue', 'null'],
      ['ticket.issue', '{"id":'],
      ['ticket.issue', ''],
    ];
    for (const [name, payload] of nameless) await watcher.send(name, payload);
    for (const wrong of [undefined, 7, '', 'a/b', '#', 'x'.repeat(65)]) {
      await watcher.send('ticket.issue', JSON.stringify({ id: wrong, queue: 'general' }));
    }
    await waitFor('all are recorded', () => watcher.rawEvents('command.refused').length >= 13);
    const reasons = watcher.rawEvents('command.refused').map(({ data }) => data.reason);
    expect(reasons).toEqual([...Array(7).fill('payload.invalid'), ...Array(6).fill('id.invalid')]);

    const refused = async (name: string, args: object, code: string) => {
      const reply = await watcher.command(name, args);
      expect(reply).toMatchObject({ ok: false, error: { code, message: expect.any(String) } });
      await watcher.event(
        'command.refused',
        code,
        ({ data }) => data.id === reply.id && data.reason === code,
      );
    };
    await refused('ticket.isue', {}, 'command.unknown');
    await refused(
      'ticket.issue',
      { queue: 'general', expiresAt: '2020-01-01T00:00:00.000Z' },
      'command.expired',
    );
    await refused('ticket.issue', { queue: 'general', expiresAt: 'soon' }, 'expiresAt.invalid');
    await refused('ticket.issue', { queue: 7 }, 'arguments.invalid');
    await refused('ticket.issue', { queue: 'nowhere' }, 'queue.unknown');
    await refused('window.call', { window: '99' }, 'window.unknown');
    if (haveMosquitto) {
      // With MQTT 3.1.1 nobody sees it while we listen: `retain-flag-unseen` in the status says so.
      const retained = id();
      await watcher.send('ticket.issue', JSON.stringify({ id: retained, queue: 'general' }), true);
      const reply = await watcher.see(`reply/${retained}`, 'refused');
      expect(reply).toMatchObject({ ok: false, error: { code: 'command.retained' } });
    }
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type.startsWith('ticket.'))).toEqual([]);
    expect(controller.hasEnded).toBe(false);
    expect(await watcher.issue()).toMatchObject({ number: 'A001' });
  });

  it('and lies retained at the broker is not carried out by a controller that comes', async () => {
    const { hall, watcher, controller } = await test.all();
    await controller.stop();
    await watcher.send('ticket.issue', JSON.stringify({ id: 'retained', queue: 'general' }), true);
    await test.run(hall);
    expect(await watcher.see('reply/retained', 'refused')).toMatchObject({
      ok: false,
      error: { code: 'command.retained' },
    });
    await watcher.settled();
    expect(watcher.rawEvents('ticket.issued')).toEqual([]);
  });

  it('a thousand times is answered, but not recorded a thousand times', async () => {
    const { watcher } = await test.all();
    const send = Array.from({ length: 1_000 }, (_, index) =>
      watcher.send('nonsense', JSON.stringify({ id: `flood-${index}`, junk: 'x'.repeat(100) })),
    );
    await Promise.all(send);
    await watcher.see('reply/flood-999', 'refused');
    const { ticket } = await watcher.issue();
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type === 'command.refused').length).toBeLessThanOrEqual(100);
    expect(events.filter(({ type }) => type === 'ticket.issued').map(({ data }) => data.ticket)).toEqual([
      ticket,
    ]);
  });
});

describe('a command that is said twice', () => {
  const test = scenario();

  it('is done once, and gets the same answer, also after a restart', async () => {
    const { hall, watcher, controller } = await test.all();
    const first = await watcher.command('ticket.issue', { queue: 'general' }, 'twice');
    const second = await watcher.command('ticket.issue', { queue: 'general' }, 'twice');
    expect(first.ok).toBe(true);
    expect(second).toEqual(first);
    const no = await watcher.command('ticket.issue', { queue: 'nowhere' }, 'twice-no');
    await controller.kill();
    await test.run(hall);
    await watcher.see('status', 'online', ({ state, session }) => state === 'online' && session === 2);
    expect(await watcher.command('ticket.issue', { queue: 'general' }, 'twice')).toEqual(first);
    expect(await watcher.command('ticket.issue', { queue: 'general' }, 'twice-no')).toEqual(no);
    const answers = Promise.all(
      Array.from({ length: 20 }, () => watcher.send('ticket.issue', '{"id":"at-once","queue":"general"}')),
    );
    await answers;
    await watcher.see('reply/at-once', 'done');
    await pause(200);
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type === 'ticket.issued')).toHaveLength(2);
    const texts = new Set(watcher.at('reply/at-once').map((answer) => JSON.stringify(answer)));
    expect(texts.size).toBe(1);
  });
});
