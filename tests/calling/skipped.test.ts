import { describe, expect, test } from 'vitest';
import { loadCalling } from '../../src/calling/state.js';
import { mostTickets } from '../../src/calling/tickets.js';
import { calledIn, Hall, hour, picture, second, typesOf, withRules } from './hall.js';

const recall = (hall: Hall) => hall.tell({ type: 'recall', window: '5' });
const skip = (hall: Hall) => hall.tell({ type: 'skip', window: '5' });
const comeBack = (hall: Hall, ticket: string) => hall.tell({ type: 'ticket.return', ticket });

/** So many tickets of one queue; the first was called to window 5 and skipped. */
function skippedFirst(tickets: number, settings = withRules({})): Hall {
  const hall = new Hall(settings);
  for (let count = 0; count < tickets; count++) hall.issue();
  hall.next('5');
  skip(hall);
  return hall;
}

describe('who does not come (过号)', () => {
  test('is called three times, and skipped when one more call is asked for', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.next('5');
    expect(calledIn(recall(hall))).toStrictEqual(['A001']);
    hall.restart();
    expect(calledIn(recall(hall))).toStrictEqual(['A001']);
    const decision = recall(hall);
    expect(decision).toMatchObject({ skipped: { ticket: 'id-1', number: 'A001' }, calls: [] });
    expect(typesOf(decision)).toStrictEqual(['ticket.skipped']);
    expect(hall.of('ticket.skipped')[0]).toStrictEqual({
      ...{ ticket: 'id-1', number: 'A001', queue: 'general' },
      ...{ window: '5', staff: '0317' },
    });
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
    expect(hall.queue('general').waiting).toBe(1);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A002']);
    expect(recall(hall).calls).toHaveLength(1);
  });

  test('is skipped at any time by the key', () => {
    const hall = skippedFirst(1);
    expect(hall.of('ticket.skipped')).toHaveLength(1);
    expect(hall.calling.openSessions.size).toBe(0);
    expect(hall.next('5').nobodyWaiting).toBe(true);
  });

  test('needs no second end at the end of the day, and leaves nothing behind', () => {
    const hall = skippedFirst(2);
    hall.pass(24 * hour);
    const decision = hall.tell({ type: 'tick' });
    expect(typesOf(decision)).toStrictEqual(['window.closed', 'ticket.expired']);
    expect(hall.of('ticket.expired').map(({ number }) => number)).toStrictEqual(['A002']);
    expect(hall.calling.tickets.size).toBe(0);
    expect(comeBack(hall, 'id-1').refusal?.code).toBe('ticket.ended');
  });
});

describe('who comes back', () => {
  test('waits behind three others, with the same number', () => {
    const hall = skippedFirst(6);
    const decision = comeBack(hall, 'A001');
    expect(decision.events).toStrictEqual([
      {
        type: 'ticket.returned',
        subject: 'general',
        data: { ticket: 'id-1', number: 'A001', queue: 'general', window: null, staff: null },
      },
    ]);
    const calls = [1, 2, 3, 4, 5, 6].map(() => hall.next('5').calls[0]?.number);
    expect(calls).toStrictEqual(['A002', 'A003', 'A004', 'A001', 'A005', 'A006']);
    expect(hall.of('ticket.called').at(4)?.rule).toBe('returned');
  });

  test('waits at the end where fewer wait, and those who come then are behind', () => {
    const hall = skippedFirst(3);
    comeBack(hall, 'A001');
    hall.restart();
    hall.issue();
    expect([1, 2, 3, 4].map(() => hall.next('5').calls[0]?.number)).toStrictEqual([
      'A002',
      'A003',
      'A001',
      'A004',
    ]);
  });

  test('waits in the line that the ticket is of', () => {
    const hall = new Hall();
    for (let count = 0; count < 3; count++) hall.issue('general', true);
    hall.next('5');
    skip(hall);
    for (let count = 0; count < 8; count++) hall.issue();
    comeBack(hall, 'A001');
    expect([1, 2, 3, 4, 5].map(() => hall.next('5').calls[0]?.number)).toStrictEqual([
      'A002',
      'A003',
      'A004',
      'A005',
      'A001',
    ]);
  });

  test('keeps the place, also when the ticket is gone and the process has started again', () => {
    const hall = skippedFirst(1);
    comeBack(hall, 'A001');
    hall.tell({ type: 'ticket.cancel', ticket: 'A001' });
    expect(picture(loadCalling(hall.stored))).toStrictEqual(picture(hall.calling));
  });

  test('goes first where the rules say behind nobody', () => {
    const hall = skippedFirst(3, withRules({ returnPlaces: 0 }));
    comeBack(hall, 'A001');
    expect(calledIn(hall.next('5'))).toStrictEqual(['A001']);
  });

  test('has waited since the return', () => {
    const hall = skippedFirst(1);
    hall.pass(hour);
    comeBack(hall, 'A001');
    hall.pass(30 * second);
    hall.next('5');
    expect(hall.of('ticket.called').at(-1)).toMatchObject({ waitedSeconds: 30 });
  });

  test('does so once, and only after being skipped', () => {
    const hall = skippedFirst(2);
    expect(comeBack(hall, 'A002').refusal?.code).toBe('ticket.not-skipped');
    expect(comeBack(hall, 'A009').refusal?.code).toBe('ticket.unknown');
    comeBack(hall, 'A001');
    expect(comeBack(hall, 'A001').refusal?.code).toBe('ticket.not-skipped');
    hall.next('5');
    hall.next('5');
    expect(hall.window('5').number).toBe('A001');
    expect(comeBack(hall, 'A001').refusal?.code).toBe('ticket.not-skipped');
    skip(hall);
    const decision = comeBack(hall, 'A001');
    expect(decision).toMatchObject({ refusal: { code: 'ticket.returned-already' }, events: [], puts: {} });
    expect(hall.tell({ type: 'call', window: '5', ticket: 'A001' }).refusal?.code).toBe(
      'ticket.returned-already',
    );
  });

  test('by being called by name comes at once', () => {
    const hall = skippedFirst(2);
    const decision = hall.tell({ type: 'call', window: '6', ticket: 'A001' });
    expect(typesOf(decision)).toStrictEqual(['window.opened', 'ticket.returned', 'ticket.called']);
    expect(hall.of('ticket.called').at(-1)).toMatchObject({ number: 'A001', rule: 'named', window: '6' });
    hall.tell({ type: 'skip', window: '6' });
    expect(comeBack(hall, 'A001').refusal?.code).toBe('ticket.returned-already');
  });

  test('is forgotten by nobody: many, between the same two, all keep their turns', () => {
    const hall = new Hall(withRules({ returnPlaces: 1 }));
    for (let count = 0; count < 202; count++) hall.issue();
    for (let count = 0; count < 200; count++) {
      hall.next('5');
      skip(hall);
    }
    for (let count = 1; count <= 200; count++) comeBack(hall, `id-${count}`);
    expect(picture(loadCalling(hall.stored)), 'in the same order').toStrictEqual(picture(hall.calling));
    const calls = new Set(Array.from({ length: 202 }, () => hall.next('5').calls[0]?.number));
    expect(calls.size).toBe(202);
    expect(calls).not.toContain(undefined);
  });
});

test('those who were skipped take no room from those who come, and the first of too many are let go', () => {
  const hall = new Hall();
  for (let count = 0; count <= mostTickets; count++) {
    hall.issue();
    hall.next('6');
    hall.tell({ type: 'skip', window: '6' });
  }
  expect(hall.calling.skipped.size).toBe(mostTickets);
  expect(hall.issue()).toMatchObject({ ahead: 0 });
  expect(comeBack(hall, 'A001').refusal?.code).toBe('ticket.ended');
  expect(comeBack(hall, 'A002').refusal).toBeUndefined();
});

test('what else is asked of a skipped ticket is refused: it has ended', () => {
  const hall = skippedFirst(1);
  for (const type of ['ticket.cancel', 'ticket.prioritise'] as const) {
    expect(hall.tell({ type, ticket: 'A001' })).toMatchObject({
      refusal: { code: 'ticket.ended' },
      events: [],
      puts: {},
    });
  }
  const transfer = hall.tell({ type: 'ticket.transfer', ticket: 'A001', queue: 'tax' });
  expect(transfer.refusal?.code).toBe('ticket.ended');
});
