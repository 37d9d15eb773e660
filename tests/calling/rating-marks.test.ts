import { describe, expect, test } from 'vitest';
import { day, deskSettings, hour, minute, RatingDesk, second, withRules } from './rating-desk.js';

/** A service is rated with a level after a while. */
function rated(desk: RatingDesk, level: number, afterMilliseconds = 5 * second, how = {}) {
  desk.serve('5', how);
  desk.pass(afterMilliseconds);
  desk.press(level);
  return desk.rating;
}

describe('a rating is suspect', () => {
  test('when it comes too soon after the invitation', () => {
    expect(rated(new RatingDesk(), 5, 2 * second - 1).suspect).toStrictEqual(['too-soon']);
    expect(rated(new RatingDesk(), 5, 2 * second)).not.toHaveProperty('suspect');
    expect(rated(new RatingDesk(withRules({ tooSoonSeconds: 0 })), 5, 0)).not.toHaveProperty('suspect');
  });

  test('when it is of a very short service', () => {
    expect(rated(new RatingDesk(), 1, 5 * second, { servedSeconds: 19 }).suspect).toStrictEqual([
      'short-service',
    ]);
    expect(rated(new RatingDesk(), 1, 5 * second, { servedSeconds: 20 })).not.toHaveProperty('suspect');
  });

  test('when it is one of many fives in a row at one window', () => {
    const desk = new RatingDesk(withRules({ runOfFives: 3 }));
    const suspects = [5, 5, 5, 5, 4, 5, 5].map((level) => {
      desk.restart();
      return rated(desk, level).suspect;
    });
    const run = ['run-of-fives'];
    expect(suspects).toStrictEqual([undefined, undefined, run, run, undefined, undefined, undefined]);
    desk.serve('6');
    desk.pass(5 * second);
    desk.press(5, { window: '6' });
    expect(desk.rating, 'another window').not.toHaveProperty('suspect');
    expect(rated(desk, 5).suspect).toStrictEqual(run);
  });

  test('for several reasons at once, and is kept all the same', () => {
    const desk = new RatingDesk(withRules({ runOfFives: 1 }));
    expect(rated(desk, 5, 0, { servedSeconds: 0 })).toMatchObject({
      session: 'id-1',
      level: 5,
      suspect: ['too-soon', 'short-service', 'run-of-fives'],
    });
    expect(rated(desk, 1, 0, { servedSeconds: 0 })).toMatchObject({ level: 1, callbackDue: '2026-11-23' });
  });

  test('not for what nobody measured', () => {
    expect(rated(new RatingDesk(), 1, 5 * second, { servedSeconds: null })).not.toHaveProperty('suspect');
  });

  test('presses that belong to nobody neither make a run of fives nor break one', () => {
    const desk = new RatingDesk(withRules({ runOfFives: 2 }));
    desk.press(5);
    expect(rated(desk, 5)).not.toHaveProperty('suspect');
    desk.pass(hour);
    desk.press(1);
    expect(rated(desk, 5).suspect).toStrictEqual(['run-of-fives']);
  });
});

describe('a bad rating', () => {
  test('has deadlines in working days: one for the call-back, five to put it right', () => {
    // A Friday.
    const due = { callbackDue: '2026-11-23', fixDue: '2026-11-27' };
    expect(rated(new RatingDesk(), 2)).toMatchObject(due);
    expect(rated(new RatingDesk(), 1)).toMatchObject(due);
  });

  test('has deadlines in calendar days where the rules say so', () => {
    const desk = new RatingDesk(withRules({ deadlineDays: 'calendar', callbackDays: 2, fixDays: 12 }));
    expect(rated(desk, 1)).toMatchObject({ callbackDue: '2026-11-22', fixDue: '2026-12-02' });
  });

  test('has deadlines by the local date, holidays and worked weekend days', () => {
    const hours = { 'mon-fri': ['09:00-17:00'], holidays: ['2026-11-23'], workdays: ['2026-11-28'] };
    // Saturday morning in Shanghai, still Friday in UTC.
    const desk = new RatingDesk({ ...deskSettings, hours }, '2026-11-20T17:00:00.000Z');
    expect(rated(desk, 1)).toMatchObject({ callbackDue: '2026-11-24', fixDue: '2026-11-28' });
  });

  test('has none that nobody can name: the clock is wrong, or no day is ever worked', () => {
    const desk = new RatingDesk();
    desk.quality = 'untrusted';
    expect(rated(desk, 1)).not.toHaveProperty('callbackDue');
    expect(desk.rating).not.toHaveProperty('fixDue');
    expect(desk.rating.at).toBeNull();
    const closed = new RatingDesk({ ...deskSettings, hours: { mon: [] } });
    expect(rated(closed, 1)).not.toHaveProperty('callbackDue');
  });

  test.each([3, 4, 5])('is not one of level %d', (level) => {
    const desk = new RatingDesk();
    expect(rated(desk, level)).not.toHaveProperty('callbackDue');
    expect(rated(desk, level)).not.toHaveProperty('fixDue');
    expect(desk.of('rating.repeat-bad')).toStrictEqual([]);
    expect(desk.calling.bad.latest).toStrictEqual([]);
  });
});

describe('bad ratings that repeat', () => {
  const at = (desk: RatingDesk, window: string, level = 1, how = {}) => {
    desk.serve(window, how);
    desk.pass(5 * second);
    const decision = desk.press(level, { window });
    desk.pass(minute);
    return decision.events.filter(({ type }) => type === 'rating.repeat-bad').map(({ data }) => data);
  };

  test('for one staff member and matter are told with each new one, over all windows', () => {
    const desk = new RatingDesk();
    expect(at(desk, '5')).toStrictEqual([]);
    desk.pass(30 * day);
    desk.restart('boot-2');
    expect(at(desk, '6', 2)).toStrictEqual([
      { staff: '0317', matter: 'registration', ratings: ['id-1', 'id-2'] },
    ]);
    expect(at(desk, '5')).toStrictEqual([
      { staff: '0317', matter: 'registration', ratings: ['id-1', 'id-2', 'id-3'] },
    ]);
  });

  test('for others are not mixed up', () => {
    const desk = new RatingDesk();
    at(desk, '5');
    expect(at(desk, '5', 1, { staff: '0321' })).toStrictEqual([]);
    expect(at(desk, '5', 1, { matter: 'tax' })).toStrictEqual([]);
    expect(at(desk, '5', 3)).toStrictEqual([]);
  });

  test('are told within 90 days, and forgotten after them', () => {
    const desk = new RatingDesk();
    at(desk, '5');
    desk.pass(90 * day - 2 * minute);
    expect(at(desk, '5')).toHaveLength(1);
    desk.pass(91 * day);
    expect(at(desk, '5')).toStrictEqual([]);
    expect(desk.calling.bad.latest.map(({ session }) => session)).toStrictEqual(['id-3']);
  });

  test('do not count where they cannot be tied', () => {
    const desk = new RatingDesk({ ...deskSettings, matters: {}, windows: { '5': { staff: '0317' } } });
    at(desk, '5');
    expect(at(desk, '5')).toStrictEqual([]);
    expect(desk.rating.quarantined).toBe(true);
    desk.pass(hour);
    desk.press(1);
    desk.pass(hour);
    desk.press(1);
    expect(desk.of('rating.repeat-bad')).toStrictEqual([]);
  });

  test('count when they are suspect', () => {
    const desk = new RatingDesk();
    at(desk, '5', 1, { servedSeconds: 0 });
    expect(at(desk, '5', 1, { servedSeconds: 0 })).toHaveLength(1);
  });

  test('are measured within one boot, whatever the clock says', () => {
    const desk = new RatingDesk();
    desk.quality = 'untrusted';
    desk.wall = 0;
    at(desk, '5');
    expect(at(desk, '5')).toHaveLength(1);
    desk.wall += 365 * day;
    expect(at(desk, '5')).toHaveLength(1);
  });

  test('are not claimed over a time that nobody measured, and not forgotten for it', () => {
    const desk = new RatingDesk();
    at(desk, '5');
    desk.restart('boot-2');
    desk.quality = 'untrusted';
    desk.wall = 0;
    expect(at(desk, '5')).toStrictEqual([]);
    // The clock is set right: the same boot tells when the second was, and the first was right all along.
    desk.quality = 'synced';
    desk.wall = Date.parse('2026-11-20T03:00:00Z');
    expect(at(desk, '5')).toMatchObject([{ ratings: ['id-1', 'id-2', 'id-3'] }]);
    desk.restart('boot-3');
    desk.pass(80 * day);
    expect(at(desk, '5')).toMatchObject([{ ratings: ['id-1', 'id-2', 'id-3', 'id-4'] }]);
  });

  test('are remembered within bounds, and one kind does not drive out the others', () => {
    const desk = new RatingDesk();
    at(desk, '5', 1, { staff: 'first' });
    for (let visitor = 0; visitor < 100; visitor++) at(desk, '5', 1, { staff: 'grumpy' });
    expect(desk.calling.bad.latest).toHaveLength(21);
    expect(at(desk, '6', 1, { staff: 'first' })).toMatchObject([{ ratings: ['id-1', 'id-102'] }]);
    expect(at(desk, '6', 1, { staff: 'grumpy' })[0]).toMatchObject({ staff: 'grumpy' });
    for (let visitor = 0; visitor < 600; visitor++) at(desk, '5', 1, { staff: `staff-${visitor}` });
    expect(desk.calling.bad.latest).toHaveLength(500);
  });
});
