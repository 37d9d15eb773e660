import { describe, expect, it } from 'vitest';
import { scenario } from './support/scenario.js';
import { pause, waitFor } from './support/waiting.js';

describe('a key that is pressed at a window', () => {
  const test = scenario();

  it('calls the visitor who waits longest, shows the number on the board and tells the hub', async () => {
    const { hall, watcher } = await test.all();
    const status = watcher.latest('status');
    expect(status).toMatchObject({
      state: 'online',
      session: 1,
      connection: expect.any(Number),
      configRevision: 0,
    });
    expect(status).toMatchObject({ version: expect.any(String), startedAt: expect.any(String) });
    await watcher.see('window/5', 'closed before its first key', ({ state }) => state === 'closed');

    const reply = await watcher.command('ticket.issue', { queue: 'general' });
    expect(reply).toMatchObject({ ok: true, result: { number: 'A001', ahead: 0 } });
    const { ticket } = reply.result as { ticket: string };
    const issued = await watcher.event('ticket.issued', 'the ticket');
    expect(issued.subject).toBe('general');
    expect(issued.data).toMatchObject({ ticket, number: 'A001', queue: 'general', matter: 'registration' });
    expect(issued.data.day).toMatch(/^\d{4}-\d\d-\d\d$/);
    await watcher.see('queue/general', 'one waits', ({ waiting }) => waiting === 1);

    hall.keys5.press('next');
    const called = await watcher.event('ticket.called', 'the call');
    expect(called.data).toEqual({
      ticket,
      number: 'A001',
      queue: 'general',
      window: '5',
      staff: '0317',
      rule: 'order',
      waitedSeconds: expect.any(Number),
    });
    await waitFor('the board shows the number', () => hall.shows(5) === '001');
    expect(hall.shows(6)).toBe('');
    const shown = await watcher.event('ticket.shown', 'what became of it');
    expect(shown.data).toMatchObject({ ticket, device: 'board-5', result: 'confirmed' });
    const serving = await watcher.see('window/5', 'serving', ({ state }) => state === 'serving');
    expect(serving).toMatchObject({ ticket, number: 'A001', staff: '0317', queues: ['general'] });
    const queue = await watcher.see('queue/general', 'nobody waits', ({ waiting }) => waiting === 0);
    expect(queue).toMatchObject({ windowsOpen: 1, lastCalled: 'A001' });
    const board = await watcher.see(
      'device/board-5',
      'read back',
      ({ readings }) => readings.shown === '   001',
    );
    expect(board).toMatchObject({
      kind: 'window-board',
      status: 'good',
      verified: true,
      faults: [],
      session: 1,
    });
    expect(watcher.latest('device/caller-5')).toMatchObject({ status: 'good', verified: false });
    expect(watcher.standing('fault/')).toEqual([]);

    hall.keys5.press('done');
    const served = await watcher.event('ticket.served', 'the end');
    expect(served.data).toMatchObject({ ticket, number: 'A001', window: '5', staff: '0317' });
    await waitFor('the board is dark', () => hall.shows(5) === '');
    await watcher.see('window/5', 'open', ({ state, ticket: now }) => state === 'open' && now === null);
    const types = (await watcher.settled()).map(({ type }) => type);
    expect(types.slice(types.indexOf('ticket.issued'))).toEqual([
      'ticket.issued',
      'command.done',
      'window.opened',
      'ticket.called',
      'ticket.shown',
      'ticket.served',
      'command.done',
    ]);
  });

  it('recalls, skips, pauses, and ends a service by the next call', async () => {
    const { hall, watcher } = await test.all();
    const tickets = [];
    for (let count = 0; count < 3; count++) tickets.push((await watcher.issue()).ticket);

    hall.keys5.press('recall');
    await watcher.see(
      'window/5',
      'opened by a key that had nobody to recall',
      ({ state }) => state === 'open',
    );
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    await pause(350); // the same key within 300 ms is the same press
    hall.keys5.press('recall');
    const recalled = await watcher.event('ticket.recalled', 'the second call');
    expect(recalled.data).toMatchObject({ ticket: tickets[0], window: '5', number: 'A001' });

    hall.keys6.bounce('next');
    await waitFor('002 is shown', () => hall.shows(6) === '002');
    hall.keys5.press('skip');
    const skipped = await watcher.event('ticket.skipped', 'nobody came');
    expect(skipped.data).toMatchObject({ ticket: tickets[0], window: '5' });
    await waitFor('5 is dark', () => hall.shows(5) === '');

    await pause(350);
    hall.keys6.press('next');
    const ended = await watcher.event('ticket.served', 'by the next call');
    expect(ended.data).toMatchObject({ ticket: tickets[1], window: '6' });
    await waitFor('003 is shown', () => hall.shows(6) === '003');

    hall.keys6.press('pause');
    await watcher.see('window/6', 'paused', ({ state }) => state === 'paused');
    await waitFor('the board says so', () => hall.shows(6) === '------');
    await pause(350);
    hall.keys6.press('pause');
    await watcher.see('window/6', 'goes on', ({ state }) => state === 'open');
    await watcher.event('window.resumed', 'goes on');
    const events = await watcher.settled();
    const called = events.filter(({ type }) => type === 'ticket.called').map(({ data }) => data.ticket);
    expect(called).toEqual(tickets);
  });

  it('leaves a rating that is tied to unit, staff, matter and ticket, once', async () => {
    const { hall, watcher } = await test.all();
    const { ticket } = await watcher.issue();
    hall.keys6.press('next');
    await watcher.event('ticket.called', 'the call');
    hall.keys6.press('done');
    const { data: served } = await watcher.event('ticket.served', 'the end');
    expect(served.ticket).toBe(ticket);
    hall.rates.rate('6', 4);
    const { data: rating } = await watcher.event('rating.submitted', 'the rating');
    expect(rating).toMatchObject({
      level: 4,
      window: '6',
      unit: 'Human Resources',
      staff: '0321',
      matter: 'registration',
      ticket,
      channel: 'key',
      reasons: [],
    });
    expect(rating.session).toEqual(expect.any(String));
    expect(Date.parse(rating.invitedAt)).not.toBeNaN();
    expect(rating.quarantined).toBeUndefined();
    hall.rates.rate('6', 1);
    hall.rates.rate('6', 5);
    hall.rates.rate('6', 9);
    await pause(300);
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type.startsWith('rating.'))).toHaveLength(1);
  });

  it('leaves as key.pressed where another system leads the calling', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    await test.run(
      hall,
      hall.document((document) => {
        delete document.calling;
      }),
    );
    hall.keys5.press('recall');
    hall.rates.rate('6', 2);
    const key = await watcher.event('key.pressed', 'of the caller', ({ subject }) => subject === 'caller-5');
    expect(key.data).toEqual({ device: 'caller-5', window: '5', key: 'recall' });
    const rate = await watcher.event('key.pressed', 'of the evaluator', ({ subject }) => subject === 'rates');
    expect(rate.data).toEqual({ device: 'rates', window: '6', key: '2' });
    expect(watcher.standing('queue/')).toEqual([]);
    expect(watcher.standing('window/')).toEqual([]);
  });
});
