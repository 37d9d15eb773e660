import { describe, expect, test } from 'vitest';
import { LocalDates } from '../../src/kernel/local-dates.js';
import { exampleSettings, Hall, hour, minute, second, typesOf } from './hall.js';

const numbers = (hall: Hall) => hall.of('ticket.issued').map(({ day, number }) => `${day} ${number}`);

describe('a new business day', () => {
  test('begins at local midnight by the tick that was asked for', () => {
    const hall = new Hall(exampleSettings, '2026-11-21T15:10:00.000Z');
    hall.issue();
    expect(hall.millisecondsToTick()).toBe(50 * minute);
    hall.pass(50 * minute - 1);
    hall.tell({ type: 'tick' });
    expect(hall.calling.day).toBe('2026-11-21');
    hall.pass(1);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual(['ticket.expired']);
    expect(hall.calling.day).toBe('2026-11-22');
  });

  test('ends what the old one left: tickets, ratings, windows and log-ins', () => {
    const hall = new Hall();
    for (let count = 0; count < 4; count++) hall.issue();
    hall.tell({ type: 'login', window: '6', staff: '0999' });
    hall.next('6');
    hall.next('5');
    hall.tell({ type: 'done', window: '5' });
    hall.tell({ type: 'pause', window: '5' });
    hall.pass(24 * hour);
    const decision = hall.tell({ type: 'tick' });
    expect(
      decision.events.map(({ type, data }) => [
        type,
        'number' in data ? data.number : 'window' in data && data.window,
      ]),
    ).toStrictEqual([
      ['rating.missed', '5'],
      ['ticket.expired', 'A001'],
      ['window.closed', '6'],
      ['window.closed', '5'],
      ['ticket.expired', 'A003'],
      ['ticket.expired', 'A004'],
    ]);
    expect(hall.of('window.closed')[0]).toStrictEqual({ window: '6', staff: '0999', reason: 'day-end' });
    expect(hall.of('ticket.expired').map(({ window, staff }) => [window, staff])).toStrictEqual([
      ['6', '0999'],
      [null, null],
      [null, null],
    ]);
    expect(decision.changed.queues).toStrictEqual(['general', 'tax']);
    expect(hall.window('6')).toMatchObject({ state: 'closed', ticket: null, staff: '0321' });
    expect(hall.queue('general')).toStrictEqual({ waiting: 0, windowsOpen: 0, lastCalled: null });
    expect([...hall.stored.keys()].sort()).toStrictEqual([
      'calling/day',
      'calling/pace/general',
      'calling/queue/general',
      'calling/rating/5',
    ]);
    expect(hall.tell({ type: 'tick' })).toMatchObject({ events: [], puts: {} });
  });

  test('begins the numbers anew, also where the first thing it hears is a press', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.pass(24 * hour);
    hall.restart('boot-2');
    expect(hall.next('5').nobodyWaiting).toBe(true);
    hall.issue();
    hall.pass(24 * hour);
    hall.issue();
    expect(numbers(hall)).toStrictEqual([
      '2026-11-21 A001',
      '2026-11-21 A002',
      '2026-11-22 A001',
      '2026-11-23 A001',
    ]);
  });

  test('refuses a ticket that has just ended with its day as ended', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    hall.pass(24 * hour);
    const decision = hall.tell({ type: 'call', window: '5', ticket });
    expect(decision.refusal?.code).toBe('ticket.ended');
    expect(typesOf(decision)).toStrictEqual(['ticket.expired']);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['yesterday', -24 * hour],
    ['1970', -56 * 365 * 24 * hour],
    ['before all calendars', -1e18],
  ])('and says %s never turns the day back nor begins the numbers anew', (_, jump) => {
    for (const quality of ['synced', 'holdover', 'untrusted'] as const) {
      const hall = new Hall();
      hall.issue();
      hall.restart('boot-2');
      hall.wall += jump;
      hall.quality = quality;
      expect(hall.issue().number).toBe('A002');
      hall.restart('boot-3');
      hall.wall -= jump;
      hall.quality = 'synced';
      hall.issue();
      expect(numbers(hall)).toStrictEqual(['2026-11-21 A001', '2026-11-21 A002', '2026-11-21 A003']);
      expect(hall.of('ticket.expired')).toStrictEqual([]);
    }
  });

  test('and untrusted never begins a day, however late it says it is', () => {
    const hall = new Hall();
    hall.issue();
    hall.quality = 'untrusted';
    hall.pass(72 * hour);
    hall.issue();
    expect(numbers(hall)).toStrictEqual(['2026-11-21 A001', '2026-11-21 A002']);
  });

  test('set right in the morning sends nobody away who came since, and gives no number again that they hold', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('6');
    // The power was off over night; the board wakes up with yesterday's date.
    hall.pass(15 * hour);
    hall.restart('boot-2');
    hall.pass(-15 * hour);
    hall.monotonic = 60 * second;
    hall.quality = 'untrusted';
    const today = [hall.issue(), hall.issue(), hall.issue()];
    hall.next('5');
    hall.pass(2 * minute);
    hall.wall += 24 * hour;
    hall.quality = 'synced';
    const turned = hall.tell({ type: 'tick' });
    expect(hall.calling.day).toBe('2026-11-22');
    expect(turned.events.map(({ type, subject }) => [type, subject])).toStrictEqual([
      ['ticket.expired', '6'],
      ['window.closed', '6'],
    ]);
    expect(hall.window('5')).toMatchObject({ state: 'serving', ticket: today[0]?.ticket });
    expect(hall.next('5').calls[0]?.ticket).toBe(today[1]?.ticket);
    expect(hall.issue().number).toBe('A005');
    expect(hall.issue('tax').number).toBe('T001');
  });

  test('set right by the very press of next calls past those of yesterday', () => {
    const hall = new Hall();
    hall.issue();
    hall.pass(24 * hour);
    hall.quality = 'untrusted';
    const { ticket } = hall.issue();
    hall.quality = 'synced';
    const decision = hall.next('5');
    expect(typesOf(decision)).toStrictEqual(['ticket.expired', 'window.opened', 'ticket.called']);
    expect(decision.calls[0]?.ticket).toBe(ticket);
  });

  test('on the very first day counts on when it is set right, for those with a ticket in hand', () => {
    const hall = new Hall(exampleSettings, '1970-01-01T00:00:10.000Z');
    hall.quality = 'untrusted';
    hall.issue();
    hall.pass(minute);
    hall.wall = Date.parse('2026-11-21T01:00:00.000Z');
    hall.quality = 'holdover';
    hall.issue();
    expect(numbers(hall)).toStrictEqual(['1970-01-01 A001', '2026-11-21 A002']);
    expect(hall.queue('general').waiting).toBe(2);
  });
});

describe('local dates', () => {
  test('follow the time zone', () => {
    const at = (timezone: string, time: string) => new LocalDates(timezone).at(Date.parse(time));
    expect(at('Asia/Shanghai', '2026-11-21T15:59:59.999Z')).toBe('2026-11-21');
    expect(at('Asia/Shanghai', '2026-11-21T16:00:00.000Z')).toBe('2026-11-22');
    expect(at('Asia/Kathmandu', '2026-11-21T18:14:59.999Z')).toBe('2026-11-21');
    expect(at('Asia/Kathmandu', '2026-11-21T18:15:00.000Z')).toBe('2026-11-22');
    expect(at('America/New_York', '2026-11-21T04:59:59.999Z')).toBe('2026-11-20');
    expect(at('Pacific/Apia', '1970-01-01T00:00:00.000Z')).toBe('1969-12-31');
  });

  test('are unknown for times that no clock means', () => {
    const dates = new LocalDates('Asia/Shanghai');
    for (const wall of [Number.NaN, Infinity, -Infinity, 1e18, -1e18]) expect(dates.at(wall)).toBeUndefined();
  });
});
