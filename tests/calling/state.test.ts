import { describe, expect, test } from 'vitest';
import { loadCalling } from '../../src/calling/state.js';
import { exampleSettings, Hall, hour, picture, second, typesOf } from './hall.js';

describe('damaged state', () => {
  const loaded = (...puts: [string, unknown][]) => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.next('5');
    for (const [key, value] of puts) hall.stored.set(key, value as never);
    hall.restart();
    return hall;
  };

  test('is told with key and reason, and the rest is there', () => {
    const hall = loaded(
      ['calling/window/6', { state: 'half-open' }],
      ['calling/ticket/id-2', 7],
      ['other', 7],
    );
    expect(hall.calling.problems.map(({ key }) => key).sort()).toStrictEqual([
      'calling/ticket/id-2',
      'calling/window/6',
    ]);
    expect(hall.calling.problems.find(({ key }) => key === 'calling/window/6')?.message).toMatch(
      /^state: .*closed/,
    );
    expect(hall.window('5').number).toBe('A001');
    expect(hall.window('6').state).toBe('closed');
  });

  test("of a queue's count stops its numbers, not its calls, until the next business day", () => {
    const hall = loaded(['calling/queue/general', { day: '2026-11-21', issued: -1 }]);
    const refused = hall.tell({ type: 'ticket.issue', queue: 'general' });
    expect(refused.refusal?.code).toBe('queue.numbers-unknown');
    expect(hall.issue('tax').number).toBe('T001');
    expect(hall.next('5').calls[0]?.number).toBe('A002');
    expect(hall.tell({ type: 'ticket.issue', queue: 'general' }).refusal?.code).toBe('queue.numbers-unknown');
    hall.restart();
    hall.pass(24 * hour);
    expect(hall.issue('general').number).toBe('A001');
  });

  test('of the day is made up for by the queues, so that no number comes twice', () => {
    for (const damage of ['tomorrow', { day: '2020-01-01' }]) {
      const hall = loaded(['calling/day', damage]);
      expect(hall.calling.day).toBe('2026-11-21');
      expect(hall.calling.problems.map(({ key }) => key)).toContain('calling/day');
      expect(hall.issue().number).toBe('A003');
      expect(hall.of('ticket.expired')).toStrictEqual([]);
    }
  });

  test('of the day and of a count together still gives no number twice', () => {
    const hall = new Hall();
    hall.issue('tax');
    hall.pass(24 * hour);
    hall.tell({ type: 'ticket.cancel', ticket: hall.issue('general').ticket });
    hall.stored.set('calling/day', 'torn');
    hall.stored.set('calling/queue/general', 'torn');
    hall.restart();
    const refused = () => hall.tell({ type: 'ticket.issue', queue: 'general' }).refusal?.code;
    expect([refused(), refused()]).toStrictEqual(['queue.numbers-unknown', 'queue.numbers-unknown']);
    hall.restart();
    expect(refused()).toBe('queue.numbers-unknown');
    hall.pass(24 * hour);
    expect(hall.issue('general').number).toBe('A001');
    expect(hall.of('ticket.issued').map(({ day, number }) => `${day} ${number}`)).toStrictEqual([
      '2026-11-21 T001',
      '2026-11-22 A001',
      '2026-11-23 A001',
    ]);
  });

  test('of a window sends its ticket back to wait in its place', () => {
    const hall = loaded(['calling/window/5', null]);
    expect(hall.queue('general').waiting).toBe(2);
    expect(hall.calling.problems).toHaveLength(1);
    expect(hall.next('6').calls[0]?.number).toBe('A001');
    expect(hall.next('5').calls[0]?.number).toBe('A002');
  });

  test('of a ticket frees the window that served it', () => {
    const hall = loaded(['calling/ticket/id-1', 'torn']);
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
    expect(hall.next('5').calls[0]?.number).toBe('A002');
  });

  test('is cleared away with the day', () => {
    const hall = loaded(['calling/ticket/id-2', 7], ['calling/rating/5', 'x']);
    hall.pass(24 * hour);
    hall.tell({ type: 'tick' });
    expect([...hall.stored.keys()].sort()).toStrictEqual([
      'calling/day',
      'calling/pace/general',
      'calling/queue/general',
    ]);
    hall.restart();
    expect(hall.calling.problems).toStrictEqual([]);
  });

  test("of other parts is none of calling's business", () => {
    const calling = loadCalling(new Map([['hub/outbox', 3]]));
    expect(calling.problems).toStrictEqual([]);
  });
});

test('an input after time has passed commits what time did, also when it is refused itself', () => {
  const hall = new Hall();
  hall.issue();
  hall.next('5');
  hall.tell({ type: 'done', window: '5' });
  hall.pass(60 * second);
  const decision = hall.tell({ type: 'ticket.issue', queue: 'teeth' });
  expect(decision.refusal?.code).toBe('queue.unknown');
  expect(typesOf(decision)).toStrictEqual(['rating.missed']);
});

test('a day with 5,000 waiting and 20,000 presses is done quickly and remembered rightly', () => {
  const windows = Array.from({ length: 40 }, (_, index) => String(index + 1));
  const hall = new Hall({
    ...exampleSettings,
    queues: { a: { prefix: 'A', windows }, b: { prefix: 'B', windows }, c: { prefix: 'C', windows } },
    windows: Object.fromEntries(windows.map((window) => [window, { unit: 'Unit', staff: window }])),
    evaluatorWindows: 'all',
  });
  const queues = ['a', 'b', 'c'];
  for (let count = 0; count < 5000; count++) hall.issue(queues[count % 3], count % 20 === 0);
  for (let press = 0; press < 20_000; press++) {
    hall.pass(second);
    hall.issue(queues[press % 3], press % 20 === 0);
    expect(hall.next(String((press % 40) + 1)).calls).toHaveLength(1);
  }
  expect(hall.calling.tickets.size).toBe(5040);
  expect(hall.of('ticket.called')).toHaveLength(20_000);
  expect(picture(loadCalling(hall.stored))).toStrictEqual(picture(hall.calling));
}, 60_000);
