import { describe, expect, test } from 'vitest';
import type { CallingRules } from '../../src/calling/settings.js';
import { Hall, hour, minute, typesOf, withRules } from './hall.js';

/** A Monday in Shanghai. */
const at = (time: string) => new Date(`2026-11-23T${time}:00.000+08:00`).toISOString();

function hallAt(time: string, rules: Partial<CallingRules> = {}): Hall {
  const hours = { 'mon-fri': ['09:00-11:30', '13:30-17:00'] };
  return new Hall({ ...withRules(rules), hours }, at(time));
}

const codeOf = (hall: Hall, queue = 'general', priority = false) =>
  hall.tell({ type: 'ticket.issue', queue, priority }).refusal?.code;

describe('a ticket outside the opening hours', () => {
  test.each(['08:59', '11:30', '12:00', '17:00', '23:00'])(
    'at %s is refused where the rules say so',
    (time) => {
      expect(codeOf(hallAt(time, { ticketsOutsideHours: false }))).toBe('queue.closed');
      expect(codeOf(hallAt(time))).toBeUndefined();
    },
  );

  test('inside them is given, and nobody is sent away by a clock that is not to be trusted', () => {
    expect(codeOf(hallAt('09:00', { ticketsOutsideHours: false }))).toBeUndefined();
    const hall = hallAt('23:00', { ticketsOutsideHours: false, lastTicketMinutes: 600 });
    hall.quality = 'untrusted';
    expect(codeOf(hall)).toBeUndefined();
  });
});

describe('the last ticket before the hall closes', () => {
  test('comes before the last minutes, those of the day and not of the lunch', () => {
    const rules = { lastTicketMinutes: 20 };
    expect(codeOf(hallAt('11:25', rules))).toBeUndefined();
    expect(codeOf(hallAt('16:40', rules))).toBeUndefined();
    const hall = hallAt('16:41', rules);
    const { refusal } = hall.tell({ type: 'ticket.issue', queue: 'general' });
    expect(refusal?.code).toBe('queue.closing');
    expect(refusal?.message.en).toContain('queue general');
    expect(hall.of('ticket.issued')).toStrictEqual([]);
  });

  test('is refused where those before it fill the rest of the day; the other queue goes on', () => {
    const hall = hallAt('13:30');
    for (let count = 0; count < 60; count++) hall.issue();
    for (let count = 0; count < 25; count++) {
      hall.next('5');
      hall.pass(5 * minute);
    }
    // 15:35; 35 wait, each of whom takes five minutes: nearly three hours.
    const refused = codeOf(hall);
    expect(refused).toBe('queue.closing');
    expect(codeOf(hall, 'tax')).toBeUndefined();
    expect(codeOf(hall, 'general', true), 'but priority is soon called').toBeUndefined();
    // Those who have a ticket are called on.
    expect([1, 2].map(() => hall.next('5').calls[0]?.number)).toStrictEqual(['A061', 'A026']);
  });
});

test('over lunch nothing is lost, and at the end of the day each ticket ends once', () => {
  const hall = hallAt('11:29');
  for (let count = 0; count < 4; count++) hall.issue();
  hall.next('5');
  hall.next('6');
  hall.tell({ type: 'skip', window: '6' });
  hall.tell({ type: 'pause', window: '6' });
  hall.pass(2 * hour + minute);
  expect(typesOf(hall.tell({ type: 'tick' }))).not.toContain('ticket.expired');
  expect(hall.window('5').number).toBe('A001');
  hall.pass(12 * hour);
  hall.tell({ type: 'tick' });
  expect(hall.of('ticket.expired').map(({ number, window }) => [number, window])).toStrictEqual([
    ['A001', '5'],
    ['A003', null],
    ['A004', null],
  ]);
  expect(hall.of('ticket.skipped').map(({ number }) => number)).toStrictEqual(['A002']);
});
