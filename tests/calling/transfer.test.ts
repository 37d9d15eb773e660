import { describe, expect, test } from 'vitest';
import { mostOnward } from '../../src/calling/tickets.js';
import { calledIn, Hall, hour, minute, second, typesOf, withRules } from './hall.js';

const transfer = (hall: Hall, ticket: string, queue: string) =>
  hall.tell({ type: 'ticket.transfer', ticket, queue });

/** Issues a ticket of `general` whose visitor goes through other queues afterwards. */
function issueFor(hall: Hall, ...onward: string[]) {
  return hall.tell({ type: 'ticket.issue', queue: 'general', onward });
}

describe('a transfer', () => {
  test('of a waiting ticket keeps its number, and its place before those who came later', () => {
    const hall = new Hall();
    hall.issue('general');
    hall.issue('tax');
    hall.pass(minute);
    const decision = transfer(hall, 'A001', 'tax');
    expect(decision.events).toStrictEqual([
      {
        type: 'ticket.transferred',
        subject: 'general',
        data: { ticket: 'id-1', number: 'A001', queue: 'general', window: null, staff: null, to: 'tax' },
      },
    ]);
    expect(decision.changed.queues).toStrictEqual(['general', 'tax']);
    hall.pass(30 * second);
    expect([1, 2].map(() => hall.next('6').calls[0]?.number)).toStrictEqual(['A001', 'T001']);
    expect(hall.of('ticket.called')[0]).toMatchObject({ rule: 'transfer', queue: 'tax', waitedSeconds: 30 });
  });

  test('of the ticket being served ends that service, asks for its rating, and frees the window', () => {
    const hall = new Hall();
    hall.issue('general');
    hall.next('5');
    hall.pass(90 * second);
    const decision = transfer(hall, 'A001', 'tax');
    expect(decision.events.map(({ type, data }) => [type, data])).toStrictEqual([
      [
        'ticket.transferred',
        {
          ...{ ticket: 'id-1', number: 'A001', queue: 'general', window: '5', staff: '0317' },
          ...{ servedSeconds: 90, to: 'tax' },
        },
      ],
    ]);
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
    expect(hall.queue('tax').waiting).toBe(1);
    hall.rate('5', 5);
    expect(hall.of('rating.submitted')[0]).toMatchObject({ ticket: 'id-1', matter: 'registration' });
    hall.next('6');
    hall.tell({ type: 'done', window: '6' });
    expect(hall.of('ticket.served')).toMatchObject([{ number: 'A001', queue: 'tax', window: '6' }]);
  });

  test('to nowhere, to the same queue, of who is gone or was never there is refused', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.tell({ type: 'ticket.cancel', ticket: 'A002' });
    for (const [ticket, queue, code] of [
      ['A001', 'teeth', 'queue.unknown'],
      ['A001', '__proto__', 'queue.unknown'],
      ['A001', 'general', 'ticket.there-already'],
      ['A002', 'tax', 'ticket.ended'],
      ['id-2', 'tax', 'ticket.ended'],
      ['A003', 'tax', 'ticket.unknown'],
      ['', 'tax', 'ticket.unknown'],
    ] as const) {
      const decision = transfer(hall, ticket, queue);
      expect(decision).toMatchObject({ refusal: { code }, events: [], puts: {} });
    }
    hall.next('5');
    expect(transfer(hall, 'A001', 'general').refusal?.code).toBe('ticket.there-already');
    expect(hall.window('5').number).toBe('A001');
  });
});

test('a queue that is reached from others alone mixes priority in and names its last call, each day anew', () => {
  const hall = new Hall();
  for (let day = 1; day <= 2; day++) {
    for (const priority of [false, false, true, true]) {
      transfer(hall, hall.issue('general', priority).ticket, 'tax');
    }
    expect(hall.queue('tax')).toMatchObject({ waiting: 4, lastCalled: null });
    const numbers = [1, 2, 3, 4].map(() => hall.next('6').calls[0]?.number);
    expect(numbers).toStrictEqual(['A003', 'A001', 'A002', 'A004']);
    expect(hall.queue('tax')).toMatchObject({ waiting: 0, lastCalled: 'A004' });
    expect(hall.of('ticket.issued').filter(({ queue }) => queue === 'tax')).toStrictEqual([]);
    hall.restart();
    hall.pass(24 * hour);
  }
  expect(hall.issue('tax').number).toBe('T001');
});

describe('one visitor with several matters', () => {
  test('goes through the queues in order with one ticket, which ends once', () => {
    const hall = new Hall();
    issueFor(hall, 'tax', 'general');
    hall.next('5');
    hall.pass(10 * second);
    expect(typesOf(hall.tell({ type: 'done', window: '5' }))).toStrictEqual(['ticket.transferred']);
    hall.next('6');
    hall.pass(20 * second);
    hall.tell({ type: 'done', window: '6' });
    hall.next('5');
    hall.tell({ type: 'done', window: '5' });
    expect(hall.of('ticket.transferred')).toMatchObject([
      { queue: 'general', window: '5', servedSeconds: 10, to: 'tax' },
      { queue: 'tax', window: '6', servedSeconds: 20, to: 'general' },
    ]);
    expect(hall.of('ticket.served')).toMatchObject([{ queue: 'general', window: '5' }]);
    expect(hall.of('ticket.issued')).toHaveLength(1);
    expect(hall.calling.tickets.size).toBe(0);
  });

  test('may be next again at the same window, in the same press', () => {
    const hall = new Hall();
    issueFor(hall, 'tax');
    hall.next('6');
    const decision = hall.next('6');
    expect(typesOf(decision)).toStrictEqual(['ticket.transferred', 'ticket.called']);
    expect(calledIn(decision)).toStrictEqual(['A001']);
    const held = new Hall({ ...withRules({ holdSeconds: 5 }), evaluatorWindows: 'all' });
    issueFor(held, 'tax');
    held.next('6');
    expect(held.next('6').held).toBe(true);
    expect(calledIn(held.rate('6', 5))).toStrictEqual(['A001']);
  });

  test('who is sent elsewhere first, goes on as planned afterwards', () => {
    const hall = new Hall();
    hall.settings = {
      ...hall.settings,
      queues: { ...hall.settings.queues, cash: { prefix: 'C', windows: ['6'] } },
    };
    issueFor(hall, 'cash', 'general');
    hall.next('5');
    transfer(hall, 'A001', 'tax');
    expect(hall.calling.tickets.get('id-1')).toMatchObject({ queue: 'tax', onward: ['cash', 'general'] });
    transfer(hall, 'A001', 'cash');
    expect(hall.calling.tickets.get('id-1')).toMatchObject({ queue: 'cash', onward: ['general'] });
  });

  test('once skipped, keeps the way that is left', () => {
    const hall = new Hall();
    issueFor(hall, 'tax');
    hall.next('5');
    hall.tell({ type: 'skip', window: '5' });
    hall.tell({ type: 'ticket.return', ticket: 'A001' });
    hall.next('5');
    hall.tell({ type: 'done', window: '5' });
    expect(hall.of('ticket.transferred')).toMatchObject([{ to: 'tax' }]);
  });

  test('passes over a queue that is configured no more', () => {
    const hall = new Hall();
    issueFor(hall, 'tax');
    hall.next('5');
    const { general } = hall.settings.queues;
    hall.settings = { ...hall.settings, queues: { general: general! } };
    hall.tell({ type: 'done', window: '5' });
    expect(hall.of('ticket.served')).toHaveLength(1);
  });

  test('is refused an unknown queue and a way without end', () => {
    const hall = new Hall();
    expect(issueFor(hall, 'tax', 'teeth').refusal).toMatchObject({ code: 'queue.unknown' });
    expect(issueFor(hall, ...Array(mostOnward + 1).fill('tax')).refusal?.code).toBe('ticket.too-many-queues');
    expect(hall.of('ticket.issued')).toStrictEqual([]);
    issueFor(hall, 'general', 'tax', 'tax');
    expect(hall.calling.tickets.get('id-1')?.onward).toStrictEqual(['tax']);
  });
});
