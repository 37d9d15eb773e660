import { describe, expect, test } from 'vitest';
import { ratingShare } from '../../src/calling/ratings.js';
import type { CallingSettings } from '../../src/calling/settings.js';
import { day, deskSettings, hour, minute, RatingDesk, second, typesOf } from './rating-desk.js';

describe('the next call', () => {
  test('ends the session of the one before: a press after it names no service', () => {
    const desk = new RatingDesk();
    const ticket = desk.serve();
    desk.pass(3 * second);
    expect(desk.callNext().events).toStrictEqual([
      {
        type: 'rating.missed',
        subject: '5',
        data: { session: 'id-1', window: '5', staff: '0317', matter: 'registration', ticket },
      },
    ]);
    expect(desk.press(1)).toMatchObject({ unmapped: true });
    expect(desk.rating).toMatchObject({ session: null, ticket: null, matter: null, quarantined: true });
    expect(desk.rating).not.toHaveProperty('callbackDue');
  });

  test('changes nothing where nobody was invited', () => {
    const desk = new RatingDesk();
    desk.tick();
    expect(desk.callNext()).toMatchObject({ events: [], puts: {} });
  });

  test('leaves who has rated 20 s in which more presses are ignored', () => {
    const desk = new RatingDesk();
    desk.serve();
    desk.press(5);
    desk.callNext();
    desk.pass(20 * second - 1);
    expect(desk.press(1).ignored).toBe('already-rated');
    desk.pass(1);
    expect(desk.press(1).unmapped).toBe(true);
  });

  test('does not lengthen what is left', () => {
    const desk = new RatingDesk();
    desk.serve();
    desk.press(5);
    desk.pass(55 * second);
    expect(desk.callNext().puts).toStrictEqual({});
    desk.pass(5 * second);
    expect(desk.press(1).unmapped).toBe(true);
  });
});

test('a double press at the last moment of a session is one press', () => {
  const desk = new RatingDesk();
  desk.serve();
  desk.pass(minute - 1);
  desk.press(4);
  desk.pass(second);
  expect(desk.press(4)).toMatchObject({ ignored: 'already-rated', events: [], puts: {} });
});

describe('an invitation from another system', () => {
  const led: CallingSettings = {
    ...deskSettings,
    queues: {},
    windows: {},
    matters: {},
    evaluatorWindows: 'all',
  };
  const full = {
    unit: 'Tax Bureau',
    staff: '0400',
    matter: 'tax',
    ticket: 'hub-77',
    caseRef: 'case/2026/1',
  };

  test('is rated as it said, also where nothing is configured, and its reference is said back', () => {
    const desk = new RatingDesk(led);
    desk.invite({ window: '12', ...full });
    desk.pass(10 * second);
    desk.press(4, { window: '12', channel: 'page', reasons: ['kind'] });
    expect(desk.rating).toStrictEqual({
      session: 'id-1',
      level: 4,
      reasons: ['kind'],
      window: '12',
      ...full,
      channel: 'page',
      invitedAt: '2026-11-20T01:00:00.000Z',
      at: '2026-11-20T01:00:10.000Z',
    });
  });

  test('misses the one that is open', () => {
    const desk = new RatingDesk(led);
    desk.invite(full);
    expect(typesOf(desk.invite({ ...full, ticket: 'hub-78' }))).toStrictEqual(['rating.missed']);
    desk.press(5);
    expect(desk.rating).toMatchObject({ session: 'id-2', ticket: 'hub-78' });
  });

  test('gets what it does not say from the settings: the unit through the matter', () => {
    const desk = new RatingDesk();
    desk.invite({ matter: 'tax', staff: ' ' });
    desk.press(3);
    expect(desk.rating).toMatchObject({ unit: 'Tax Bureau', staff: '0317', matter: 'tax', ticket: null });
    expect(desk.rating).not.toHaveProperty('quarantined');
    expect(desk.rating).not.toHaveProperty('caseRef');
    desk.invite();
    desk.press(3);
    expect(desk.rating).toMatchObject({ unit: 'Human Resources', staff: '0317', matter: 'registration' });
  });

  test('guesses no matter where the window has several', () => {
    const queues = { ...deskSettings.queues, tax: { prefix: 'T', matter: 'tax', windows: ['5'] } };
    const desk = new RatingDesk({ ...deskSettings, queues });
    desk.invite();
    expect(desk.press(3).unmapped).toBe(true);
    expect(desk.rating).toMatchObject({ unit: 'Front Office', matter: null, quarantined: true });
  });

  test('is refused where there is nothing to rate with', () => {
    expect(new RatingDesk().invite({ window: '7' }).refusal?.code).toBe('rating.no-evaluator');
  });

  test('with names that somebody makes up fills the storage only so far', () => {
    const desk = new RatingDesk(led);
    for (let window = 0; window < 600; window++) desk.invite({ window: `made-up-${window}` });
    expect(desk.stored.size).toBeLessThanOrEqual(501);
    expect(desk.invite({ window: 'one-more' }).refusal?.code).toBe('window.unknown');
    expect(desk.invite({ window: 'made-up-7' }).refusal).toBeUndefined();
    for (let days = 0; days < 16; days++) {
      desk.pass(day);
      desk.tick();
    }
    expect([...desk.stored.keys()]).toStrictEqual(['calling/day']);
    expect(desk.invite({ window: 'one-more' }).refusal).toBeUndefined();
  });
});

describe('the share of people who rate', () => {
  test('is counted for each window, of those whose time to rate is over', () => {
    const desk = new RatingDesk();
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 0, rated: 0, percent: null });
    desk.serve();
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 1, rated: 0, percent: null });
    desk.press(5);
    desk.press(5);
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 1, rated: 1, percent: 100 });
    for (let visitor = 0; visitor < 2; visitor++) {
      desk.serve();
      desk.callNext();
      desk.pass(30 * second);
      desk.press(1);
    }
    desk.restart();
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 3, rated: 1, percent: 33 });
    desk.serve();
    expect(ratingShare(desk.calling, '5').percent).toBe(33);
    expect(ratingShare(desk.calling, '6').percent).toBeNull();
  });

  test('begins anew with the day', () => {
    const desk = new RatingDesk();
    desk.serve();
    desk.press(5);
    desk.pass(day);
    desk.tick();
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 0, rated: 0, percent: null });
    desk.serve();
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 1, rated: 0, percent: null });
  });

  test('never has more ratings than invitations, even where the day turns before the rating', () => {
    // The board woke up with yesterday's date and is set right between invitation and rating.
    const desk = new RatingDesk();
    desk.serve();
    desk.wall += day;
    desk.pass(second);
    desk.press(5);
    expect(desk.rating.session).toBe('id-1');
    expect(ratingShare(desk.calling, '5')).toStrictEqual({ invited: 1, rated: 1, percent: 100 });
  });
});

describe('a day that ends', () => {
  test('misses the sessions that began on it', () => {
    const desk = new RatingDesk(deskSettings, '2026-11-20T15:59:50.000Z');
    desk.serve();
    desk.pass(20 * second);
    expect(typesOf(desk.press(5))).toStrictEqual(['rating.missed', 'rating.submitted']);
    expect(desk.rating.session).toBeNull();
  });

  test('misses all that are open where a person begins the next one', () => {
    const desk = new RatingDesk();
    desk.serve();
    expect(typesOf(desk.beginDay('2026-11-21'))).toStrictEqual(['rating.missed']);
    expect(desk.calling.ratings.get('5')?.open).toBeNull();
  });

  test('keeps what a configured window has', () => {
    const desk = new RatingDesk();
    desk.serve();
    desk.press(5);
    for (let days = 0; days < 30; days++) {
      desk.pass(day);
      desk.tick();
    }
    expect(desk.calling.ratings.get('5')?.fives).toBe(1);
  });
});

test('what is open can be asked for, as a rating page must', () => {
  const desk = new RatingDesk();
  const ticket = desk.serve('5', { caseRef: 'c-1' });
  expect(desk.calling.ratings.get('5')?.open).toMatchObject({ session: 'id-1', ticket, caseRef: 'c-1' });
  desk.pass(hour);
  desk.tick();
  expect(desk.calling.ratings.get('5')?.open).toBeNull();
});
