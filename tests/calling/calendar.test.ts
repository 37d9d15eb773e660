import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Calendar, type Hours } from '../../src/calling/calendar.js';
import { LocalDates } from '../../src/kernel/local-dates.js';

const hall: Hours = {
  'mon-fri': ['09:00-11:30', '13:30-17:00'],
  holidays: ['2026-10-01', '2026-10-02'],
  workdays: ['2026-10-10'],
};
const calendarOf = (hours: Hours | undefined, timezone = 'Asia/Shanghai') =>
  new Calendar(hours, new LocalDates(timezone));
const shanghai = (local: string) => Date.parse(`${local}+08:00`);

describe('opening hours', () => {
  test('are local, with holidays and worked weekend days', () => {
    const at = (local: string) => calendarOf(hall).isOpen(shanghai(local));
    expect(at('2026-11-20T09:00')).toBe(true);
    expect(at('2026-11-20T08:59')).toBe(false);
    expect(at('2026-11-20T11:30')).toBe(false);
    expect(at('2026-11-20T16:59:59.999')).toBe(true);
    expect(at('2026-11-20T17:00')).toBe(false);
    expect(at('2026-11-21T10:00')).toBe(false);
    expect(at('2026-10-01T10:00')).toBe(false);
    expect(at('2026-10-10T10:00')).toBe(true);
    expect(at('2026-10-10T12:00')).toBe(false);
  });

  test('may go over the end of the week and to its midnight', () => {
    const weekend = calendarOf({ 'sat-mon': ['00:00-24:00'] }, 'UTC');
    expect(weekend.isOpen(Date.parse('2026-11-22T23:59:59Z'))).toBe(true);
    expect(weekend.isOpen(Date.parse('2026-11-23T23:59:59Z'))).toBe(true);
    expect(weekend.isOpen(Date.parse('2026-11-24T00:00Z'))).toBe(false);
  });

  test('of a worked weekend day are those of the first weekday that has any', () => {
    const closedOnMondays = calendarOf({ 'tue-fri': ['10:00-16:00'], workdays: ['2026-10-10'] });
    expect(closedOnMondays.isOpen(shanghai('2026-10-10T10:00'))).toBe(true);
    expect(closedOnMondays.isOpen(shanghai('2026-10-05T10:00'))).toBe(false);
  });

  test('are always where none are given, or only holidays are', () => {
    expect(calendarOf(undefined).isOpen(0)).toBe(true);
    const holidays = calendarOf({ holidays: ['2026-10-01'] });
    expect(holidays.isOpen(shanghai('2026-10-04T03:00'))).toBe(true);
    expect(holidays.isOpen(shanghai('2026-10-01T10:00'))).toBe(false);
    expect(calendarOf({ 'mon-fri': [] }).isOpen(shanghai('2026-11-20T10:00'))).toBe(false);
  });

  test('say nothing of a time that no clock means', () => {
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, -1e18, 1e18]) {
      expect(calendarOf(hall).isOpen(time)).toBe(true);
      expect(calendarOf(hall).minutesToClosing(time)).toBeNull();
    }
  });
});

describe('minutes to closing', () => {
  test('run to the end of the last period, before and between the periods, too', () => {
    const calendar = calendarOf(hall);
    const at = (local: string) => calendar.minutesToClosing(shanghai(local));
    expect(at('2026-11-20T00:00')).toBe(17 * 60);
    expect(at('2026-11-20T08:00')).toBe(9 * 60);
    expect(at('2026-11-20T12:15')).toBe(4.75 * 60);
    expect(at('2026-11-20T16:59:30')).toBe(0.5);
    expect(at('2026-11-20T17:00')).toBeNull();
    expect(at('2026-11-20T23:59')).toBeNull();
    expect(at('2026-11-21T10:00'), 'a Saturday').toBeNull();
    expect(at('2026-10-01T10:00'), 'a holiday').toBeNull();
    expect(at('2026-10-10T10:00'), 'a worked Saturday').toBe(7 * 60);
    expect(at('2026-11-20T16:59'), 'asked in any order').toBe(1);
  });

  test('are not known without hours', () => {
    expect(calendarOf(undefined).minutesToClosing(shanghai('2026-11-20T10:00'))).toBeNull();
    const holidays = calendarOf({ holidays: ['2026-10-01'] });
    expect(holidays.minutesToClosing(shanghai('2026-11-20T10:00'))).toBeNull();
  });

  test('run to midnight where a hall closes at 24:00, also over the end of a year', () => {
    const calendar = calendarOf({ 'mon-sun': ['18:00-24:00', '06:00-12:00'] });
    expect(calendar.minutesToClosing(shanghai('2026-12-31T23:59'))).toBe(1);
    expect(calendar.minutesToClosing(shanghai('2027-01-01T00:00'))).toBe(24 * 60);
  });

  test('count the hour that is missing or doubled when the clock changes', () => {
    const berlin = calendarOf({ 'mon-sun': ['09:00-17:00'] }, 'Europe/Berlin');
    expect(berlin.minutesToClosing(Date.parse('2026-03-29T00:30+01:00'))).toBe(15.5 * 60);
    expect(berlin.minutesToClosing(Date.parse('2026-10-25T00:30+02:00'))).toBe(17.5 * 60);
    expect(berlin.minutesToClosing(Date.parse('2026-10-26T00:30+01:00'))).toBe(16.5 * 60);
  });

  test('run to the second of two times, and to the leap where a time is missing', () => {
    const doubled = calendarOf({ 'mon-sun': ['00:00-02:30'] }, 'Europe/Berlin');
    expect(doubled.minutesToClosing(Date.parse('2026-10-25T02:00+02:00'))).toBe(90);
    expect(doubled.minutesToClosing(Date.parse('2026-10-25T02:29+01:00'))).toBe(1);
    expect(doubled.minutesToClosing(Date.parse('2026-03-29T01:00+01:00'))).toBe(60);
    expect(doubled.minutesToClosing(Date.parse('2026-03-29T03:00+02:00'))).toBeNull();
  });

  test('run to the end of the day where the clock changes at midnight', () => {
    // In Cairo the 24th of April 2026 began at 01:00.
    const cairo = calendarOf({ 'mon-sun': ['09:00-24:00'] }, 'Africa/Cairo');
    expect(cairo.minutesToClosing(Date.parse('2026-04-23T23:00+02:00'))).toBe(60);
    expect(cairo.minutesToClosing(Date.parse('2026-04-24T01:00+03:00'))).toBe(23 * 60);
    // And its 29th of October has the hour before midnight twice.
    expect(cairo.minutesToClosing(Date.parse('2026-10-29T23:00+03:00'))).toBe(2 * 60);
    // In Havana midnight came twice: the 1st of November had begun with the first.
    const havana = calendarOf({ 'mon-sun': ['09:00-24:00'] }, 'America/Havana');
    expect(havana.minutesToClosing(Date.parse('2026-10-31T23:00-04:00'))).toBe(60);
  });
});

describe('working days', () => {
  test('are those with hours, without holidays, with worked weekend days', () => {
    const calendar = calendarOf(hall);
    const worked = ['2026-09-30', '2026-10-05', '2026-10-10'];
    const free = ['2026-10-01', '2026-10-03', '2026-10-11', 'nonsense', ''];
    expect(worked.filter((date) => !calendar.isWorkingDay(date))).toStrictEqual([]);
    expect(free.filter((date) => calendar.isWorkingDay(date))).toStrictEqual([]);
    expect(calendarOf({ sat: ['09:00-12:00'] }).isWorkingDay('2026-11-21')).toBe(true);
    expect(calendarOf({ sat: ['09:00-12:00'] }).isWorkingDay('2026-11-20')).toBe(false);
  });

  test('are Monday to Friday where no hours are given', () => {
    for (const calendar of [calendarOf(undefined), calendarOf({ holidays: [] })]) {
      const week = [16, 17, 18, 19, 20, 21, 22].map((day) => calendar.isWorkingDay(`2026-11-${day}`));
      expect(week).toStrictEqual([true, true, true, true, true, false, false]);
    }
  });
});

describe('days later', () => {
  test('count all days, or only those that are worked', () => {
    const calendar = calendarOf(hall);
    expect(calendar.addDays('2026-09-30', 1, 'calendar')).toBe('2026-10-01');
    expect(calendar.addDays('2026-09-30', 1, 'working'), 'over two holidays and a weekend').toBe(
      '2026-10-05',
    );
    expect(calendar.addDays('2026-09-30', 5, 'working')).toBe('2026-10-09');
    expect(calendar.addDays('2026-09-30', 6, 'working'), 'the worked Saturday').toBe('2026-10-10');
    expect(calendar.addDays('2026-12-31', 1, 'working')).toBe('2027-01-01');
    expect(calendar.addDays('2028-02-28', 1, 'calendar')).toBe('2028-02-29');
    expect(calendar.addDays('2026-11-21', 0, 'working'), 'no days: the date itself').toBe('2026-11-21');
  });

  test('are not made up where there is no such day', () => {
    expect(calendarOf({ 'mon-fri': [] }).addDays('2026-11-20', 1, 'working')).toBeNull();
    for (const days of [-1, 1.5, Number.NaN, 1e9]) {
      expect(calendarOf(hall).addDays('2026-11-20', days, 'calendar')).toBeNull();
    }
    for (const date of ['', 'soon', '2026-13-01', '20261-01-01']) {
      expect(calendarOf(hall).addDays(date, 1, 'working')).toBeNull();
    }
    expect(calendarOf(hall).addDays('9999-12-31', 1, 'calendar')).toBeNull();
    expect(calendarOf(hall).addDays('9999-12-31', 1, 'working')).toBeNull();
  });
});

const period = fc
  .tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 1, max: 96 }))
  .filter(([opens, closes]) => opens < closes)
  .map((quarters) =>
    quarters
      .map(
        (quarter) =>
          `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${String((quarter % 4) * 15).padStart(2, '0')}`,
      )
      .join('-'),
  );
const weekday = fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'mon-fri', 'fri-mon');
const zone = fc.constantFrom(
  'Asia/Shanghai',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'America/Havana',
);
const moment = fc.integer({ min: Date.parse('2026-01-01T00:00Z'), max: Date.parse('2027-12-31T00:00Z') });

test('closing time is the moment from which the hall does not open again that day', () => {
  fc.assert(
    fc.property(
      fc.dictionary(weekday, fc.array(period, { maxLength: 3 })),
      zone,
      moment,
      (hours, timezone, now) => {
        const dates = new LocalDates(timezone);
        const calendar = new Calendar(hours, dates);
        const left = calendar.minutesToClosing(now);
        const closing = left === null ? now : now + left * 60_000;
        expect(closing - now).toBeGreaterThanOrEqual(0);
        expect(closing - now).toBeLessThanOrEqual(26 * 3_600_000);
        if (left !== null) {
          expect(dates.at(closing - 1), 'on the same day').toBe(dates.at(now));
          expect(calendar.isOpen(closing - 1), 'open until then').toBe(true);
        }
        if (Object.keys(hours).length === 0) return;
        const today = dates.at(now);
        for (let later = closing; dates.at(later) === today; later += 15 * 60_000) {
          expect(calendar.isOpen(later), 'closed from then on').toBe(false);
        }
      },
    ),
    { numRuns: 300 },
  );
});
