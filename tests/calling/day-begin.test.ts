import { describe, expect, test } from 'vitest';
import { exampleSettings, Hall, hour, minute, typesOf, withRules } from './hall.js';

const begin = (hall: Hall, date: string) => hall.tell({ type: 'day.begin', date });

describe('a day that a person begins', () => {
  test('where no clock can be trusted, ends all of the day before and counts anew', () => {
    const hall = new Hall();
    for (let count = 0; count < 3; count++) hall.issue();
    hall.next('5');
    hall.tell({ type: 'skip', window: '5' });
    hall.next('5');
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    hall.wall = Date.parse('1970-01-01T00:00:00Z');
    const decision = begin(hall, '2026-11-22');
    expect(typesOf(decision)).toStrictEqual(['ticket.expired', 'window.closed', 'ticket.expired']);
    expect(hall.calling.day).toBe('2026-11-22');
    expect(hall.issue()).toMatchObject({ number: 'A001', ahead: 0 });
    expect(hall.of('ticket.issued').at(-1)?.day).toBe('2026-11-22');
    // The clock is set right, to the same day: nothing more happens.
    hall.wall = Date.parse('2026-11-22T02:00:00Z');
    hall.quality = 'synced';
    expect(hall.tell({ type: 'tick' })).toMatchObject({ events: [], puts: {} });
  });

  test('also ends the ratings that were open', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    hall.tell({ type: 'done', window: '5' });
    hall.quality = 'untrusted';
    expect(typesOf(begin(hall, '2026-11-22'))).toContain('rating.missed');
  });

  test.each([
    '',
    'tomorrow',
    '2026-11-31',
    '2026-13-01',
    '2026-1-2',
    '20261122',
    '2026-11-22T00:00',
    '9999-99-99',
  ])('is refused where "%s" is no date', (date) => {
    const hall = new Hall();
    hall.quality = 'untrusted';
    hall.issue();
    expect(begin(hall, date)).toMatchObject({ refusal: { code: 'day.invalid' }, events: [], puts: {} });
  });

  test.each(['2026-11-21', '2026-11-20', '1970-01-01'])('is refused where %s is not later', (date) => {
    const hall = new Hall();
    hall.issue();
    const { refusal } = begin(hall, date);
    expect(refusal?.code).toBe('day.not-later');
    expect(refusal?.message.en).toBe('The day 2026-11-21 has begun; only a later one can begin.');
  });

  test('is tomorrow at most where a clock can be trusted', () => {
    const hall = new Hall();
    hall.issue();
    expect(begin(hall, '2026-11-23').refusal).toMatchObject({
      code: 'day.too-far',
      message: { en: 'The latest day that can begin now is 2026-11-22, not 2026-11-23.' },
    });
    expect(begin(hall, '2026-11-22').refusal).toBeUndefined();
    expect(hall.issue().number).toBe('A001');
    // Midnight is no turn then.
    hall.pass(24 * hour);
    expect(hall.tell({ type: 'tick' })).toMatchObject({ events: [] });
    expect(hall.issue().number).toBe('A002');
  });

  test('ends nothing twice where the clock has just begun another', () => {
    const hall = new Hall();
    for (let count = 0; count < 2; count++) hall.issue();
    hall.next('5');
    hall.pass(24 * hour);
    expect(typesOf(begin(hall, '2026-11-23'))).toStrictEqual([
      'ticket.expired',
      'window.closed',
      'ticket.expired',
    ]);
  });

  test('is a year on at most where none can; a slip of the pen can be gone on from, day by day', () => {
    const hall = new Hall();
    hall.issue();
    hall.quality = 'untrusted';
    expect(begin(hall, '2072-11-22').refusal?.code).toBe('day.too-far');
    expect(begin(hall, '2027-11-22').refusal).toBeUndefined();
    hall.quality = 'synced';
    hall.pass(minute);
    expect(begin(hall, '2027-11-24').refusal?.code).toBe('day.too-far');
    expect(begin(hall, '2027-11-23').refusal).toBeUndefined();
  });

  test('may be any of these years on a board that has never known one', () => {
    const hall = new Hall(exampleSettings, '1970-01-01T00:00:00Z');
    hall.quality = 'untrusted';
    hall.issue();
    expect(begin(hall, '2026-11-22').refusal).toBeUndefined();
    expect(hall.of('ticket.expired')).toHaveLength(1);
  });
});

test('nobody is called by a hold that was over when a person begins the day', () => {
  const hall = new Hall(withRules({ holdSeconds: 5 }));
  for (let count = 0; count < 2; count++) hall.issue();
  hall.next('5');
  hall.next('5');
  hall.quality = 'untrusted';
  hall.pass(hour);
  const decision = begin(hall, '2026-11-22');
  expect(decision.calls).toStrictEqual([]);
  expect(typesOf(decision)).toStrictEqual(['rating.missed', 'window.closed', 'ticket.expired']);
});
