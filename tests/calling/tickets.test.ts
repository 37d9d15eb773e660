import { describe, expect, test } from 'vitest';
import { mostTickets } from '../../src/calling/tickets.js';
import { exampleSettings, Hall, hour, minute, typesOf } from './hall.js';

describe('issuing', () => {
  test('counts each queue from 1 and says who waits before', () => {
    const hall = new Hall();
    expect(hall.issue('general')).toMatchObject({ number: 'A001', ahead: 0 });
    expect(hall.issue('general')).toMatchObject({ number: 'A002', ahead: 1 });
    expect(hall.issue('tax')).toMatchObject({ number: 'T001', ahead: 0 });
    expect(hall.of('ticket.issued').at(-1)).toStrictEqual({
      ticket: 'id-3',
      number: 'T001',
      day: '2026-11-21',
      queue: 'tax',
      matter: 'tax',
      priority: false,
      ahead: 0,
      waitMinutes: null,
    });
    expect(hall.queue('general')).toStrictEqual({ waiting: 2, windowsOpen: 0, lastCalled: null });
  });

  test('goes on with four digits after 999', () => {
    const hall = new Hall();
    for (let count = 1; count < 999; count++) {
      hall.tell({ type: 'ticket.cancel', ticket: hall.issue().ticket });
    }
    expect([hall.issue().number, hall.issue().number]).toStrictEqual(['A999', 'A1000']);
  });

  test('names the device that asked as the subject of its event, else the queue', () => {
    const hall = new Hall();
    expect(hall.tell({ type: 'ticket.issue', queue: 'tax', device: 'kiosk' }).events[0]?.subject).toBe(
      'kiosk',
    );
    expect(hall.tell({ type: 'ticket.issue', queue: 'tax' }).events[0]?.subject).toBe('tax');
  });

  test.each(['teeth', '', 'constructor', '__proto__'])('refuses the unknown queue "%s"', (queue) => {
    const decision = new Hall().tell({ type: 'ticket.issue', queue });
    expect(decision.refusal?.code).toBe('queue.unknown');
    expect(decision.events).toStrictEqual([]);
  });

  test('says no in both languages, with overlong names cut', () => {
    const { refusal } = new Hall().tell({ type: 'ticket.issue', queue: 'x'.repeat(10_000) });
    expect(refusal?.message.en).toMatch(/^There is no queue x{60}….$/);
    expect(refusal?.message['zh-CN']).toMatch(/^没有名为“x{60}…”的业务队列。$/);
  });

  test('refuses when more wait than any hall has room for, and goes on when some have left', () => {
    const hall = new Hall();
    const first = hall.issue();
    for (let count = 1; count < mostTickets; count++) hall.issue();
    expect(hall.tell({ type: 'ticket.issue', queue: 'general' }).refusal?.code).toBe('queue.full');
    hall.tell({ type: 'ticket.cancel', ticket: first.ticket });
    expect(hall.issue().number).toBe('A20001');
  });
});

describe('cancelling', () => {
  test('ends a waiting ticket, which is never called then', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    const second = hall.issue();
    const decision = hall.tell({ type: 'ticket.cancel', ticket });
    expect(decision.events).toStrictEqual([
      {
        type: 'ticket.cancelled',
        subject: 'general',
        data: { ticket, number: 'A001', queue: 'general', window: null, staff: null },
      },
    ]);
    expect(decision.puts).toStrictEqual({ [`calling/ticket/${ticket}`]: null });
    expect(hall.next('5').calls[0]?.ticket).toBe(second.ticket);
  });

  test('of the ticket being served frees its window and invites nobody to rate', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    hall.next('5');
    hall.pass(minute);
    expect(typesOf(hall.tell({ type: 'ticket.cancel', ticket }))).toStrictEqual(['ticket.cancelled']);
    expect(hall.of('ticket.cancelled')[0]).toMatchObject({ window: '5', staff: '0317' });
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null, number: null });
    expect(hall.calling.openSessions.size).toBe(0);
  });

  test('refuses a ticket that ended and one that never was', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    hall.tell({ type: 'ticket.cancel', ticket });
    expect(hall.tell({ type: 'ticket.cancel', ticket }).refusal?.code).toBe('ticket.ended');
    expect(hall.tell({ type: 'ticket.cancel', ticket: 'nobody' }).refusal?.code).toBe('ticket.unknown');
  });
});

test('a number that an older ticket still has, under which the day began, means the newer one', () => {
  const hall = new Hall();
  hall.quality = 'untrusted';
  const older = hall.issue();
  hall.pass(25 * hour);
  hall.next('6');
  hall.quality = 'synced';
  // The window was used today, so it goes on with whom it serves; the queue had issued nothing today.
  const newer = hall.issue();
  expect([older.number, newer.number]).toStrictEqual(['A001', 'A001']);
  hall.tell({ type: 'ticket.cancel', ticket: 'A001' });
  expect(hall.of('ticket.cancelled')).toMatchObject([{ ticket: newer.ticket }]);
  hall.tell({ type: 'ticket.cancel', ticket: 'A001' });
  expect(hall.of('ticket.cancelled')[1]).toMatchObject({ ticket: older.ticket, window: '6' });
});

test('a ticket of a queue that is configured no more waits on and can be called by name', () => {
  const hall = new Hall();
  const { ticket } = hall.issue('tax');
  const { tax: _, ...queues } = exampleSettings.queues;
  hall.settings = { ...exampleSettings, queues };
  expect(hall.next('6').nobodyWaiting).toBe(true);
  expect(hall.tell({ type: 'call', window: '6', ticket }).calls[0]?.number).toBe('T001');
  hall.settings = exampleSettings;
  expect(hall.issue('tax').number).toBe('T002');
});
