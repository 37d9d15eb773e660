import { describe, expect, test } from 'vitest';
import { exampleSettings, Hall, minute, second, typesOf } from './hall.js';

/** A hall where window 5 has just ended a service; who was served may rate. */
function afterService(hall = new Hall()): { hall: Hall; ticket: string } {
  const { ticket } = hall.issue();
  hall.next('5');
  hall.pass(3 * minute);
  hall.tell({ type: 'done', window: '5' });
  return { hall, ticket };
}

describe('a rating after a service', () => {
  test('is tied to unit, staff, matter and ticket', () => {
    const { hall, ticket } = afterService();
    hall.pass(10 * second);
    const decision = hall.rate('5', 4);
    expect(decision.unmapped).toBeUndefined();
    expect(decision.events).toStrictEqual([
      {
        type: 'rating.submitted',
        subject: 'rate-x',
        data: {
          session: 'id-2',
          level: 4,
          reasons: [],
          window: '5',
          unit: 'Human Resources',
          staff: '0317',
          matter: 'registration',
          ticket,
          channel: 'key',
          invitedAt: '2026-11-21T01:03:00.000Z',
        },
      },
    ]);
  });

  test('has the matter that staff named at the end', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    hall.tell({ type: 'done', window: '5', matter: 'passport' });
    hall.rate('5', 5);
    expect(hall.of('rating.submitted')[0]?.matter).toBe('passport');
  });

  test('counts once: more presses of the same visitor are ignored', () => {
    const { hall } = afterService();
    hall.rate('5', 5);
    for (let press = 0; press < 20; press++) {
      hall.pass(second);
      expect(hall.rate('5', 1)).toMatchObject({ ignored: 'already-rated', events: [], puts: {} });
    }
    hall.pass(40 * second);
    expect(hall.rate('5', 1)).toMatchObject({ unmapped: true });
  });

  test('is still the same one after a restart', () => {
    const { hall, ticket } = afterService();
    hall.restart();
    hall.rate('5', 5);
    hall.restart();
    expect(hall.rate('5', 5).ignored).toBe('already-rated');
    expect(hall.of('rating.submitted').map((rating) => rating.ticket)).toStrictEqual([ticket]);
  });

  test('is quarantined where unit, staff or matter is missing', () => {
    for (const windows of [{ '5': { staff: '0317' } }, { '5': { unit: 'Human Resources' } }]) {
      const { hall, ticket } = afterService(new Hall({ ...exampleSettings, windows }));
      expect(hall.rate('5', 3)).toMatchObject({ unmapped: true });
      expect(hall.of('rating.submitted')[0]).toMatchObject({
        ticket,
        quarantined: true,
        matter: 'registration',
      });
    }
    const queues = { general: { prefix: 'A', windows: ['5'] } };
    const { hall } = afterService(new Hall({ ...exampleSettings, queues }));
    expect(hall.rate('5', 3)).toMatchObject({ unmapped: true });
    expect(hall.of('rating.submitted')[0]).toMatchObject({ matter: null, quarantined: true });
  });

  test('does not say when it was invited where the clock was wrong', () => {
    const hall = new Hall();
    hall.quality = 'untrusted';
    afterService(hall).hall.rate('5', 5);
    expect(hall.of('rating.submitted')[0]?.invitedAt).toBeNull();
  });
});

describe('a service that nobody rates', () => {
  test('is missed after ratingSeconds, by the tick that was asked for', () => {
    const { hall, ticket } = afterService(new Hall({ ...exampleSettings, ratingSeconds: 45 }));
    expect(hall.millisecondsToTick()).toBe(45 * second);
    hall.pass(45 * second - 1);
    expect(hall.tell({ type: 'tick' })).toMatchObject({ events: [], puts: {} });
    hall.pass(1);
    expect(hall.tell({ type: 'tick' }).events).toStrictEqual([
      {
        type: 'rating.missed',
        subject: '5',
        data: { session: 'id-2', window: '5', staff: '0317', matter: 'registration', ticket },
      },
    ]);
    expect(hall.stored.has('calling/rating/5')).toBe(false);
    expect(hall.millisecondsToTick()).toBeGreaterThan(50 * minute);
  });

  test('is missed when the press comes late, even if the tick came later still', () => {
    const { hall } = afterService();
    hall.pass(minute);
    expect(typesOf(hall.rate('5', 5))).toStrictEqual(['rating.missed', 'rating.submitted']);
    expect(hall.of('rating.submitted')[0]).toMatchObject({ session: null, ticket: null, quarantined: true });
  });

  test('is missed 20 s after the next call: a later press may be the next visitor', () => {
    const { hall } = afterService();
    hall.issue();
    hall.pass(5 * second);
    hall.next('5');
    expect(hall.millisecondsToTick()).toBe(20 * second);
    hall.pass(20 * second);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual(['rating.missed']);
  });

  test('is not given more time by the next call', () => {
    const { hall } = afterService();
    hall.issue();
    hall.pass(55 * second);
    hall.next('5');
    expect(hall.millisecondsToTick()).toBe(5 * second);
  });

  test('is missed when the next one opens', () => {
    const { hall } = afterService();
    hall.issue();
    hall.next('5');
    hall.pass(second);
    expect(typesOf(hall.tell({ type: 'done', window: '5' }))).toStrictEqual([
      'ticket.served',
      'rating.missed',
    ]);
    expect(hall.calling.openSessions.size).toBe(1);
  });

  test('is missed where nobody measured the time: the power was off, the clock is wrong', () => {
    const { hall } = afterService();
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    expect(hall.millisecondsToTick()).toBe(0);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual(['rating.missed']);
  });
});

test('where staff press nothing but next, who was just served may rate for 20 s, and is not taken for the next', () => {
  const hall = new Hall();
  const first = hall.issue();
  const second_ = hall.issue();
  hall.next('5');
  hall.pass(minute);
  hall.next('5');
  hall.pass(19 * second);
  hall.rate('5', 5);
  hall.pass(minute);
  hall.next('5');
  hall.rate('5', 2);
  expect(hall.of('rating.submitted').map(({ ticket, level }) => [ticket, level])).toStrictEqual([
    [first.ticket, 5],
    [second_.ticket, 2],
  ]);
});

test('the grace after a rating ends 20 s after the next call, too', () => {
  const { hall } = afterService();
  hall.rate('5', 5);
  hall.issue();
  hall.next('5');
  hall.pass(20 * second);
  expect(hall.rate('5', 1)).toMatchObject({ unmapped: true });
});

test('a window without an evaluator invites nobody', () => {
  const hall = new Hall();
  hall.issue();
  hall.next('6');
  hall.tell({ type: 'done', window: '6' });
  expect(hall.calling.openSessions.size).toBe(0);
  hall.settings = { ...exampleSettings, evaluatorWindows: 'all' };
  hall.issue();
  hall.next('6');
  hall.tell({ type: 'done', window: '6' });
  expect(hall.calling.openSessions.size).toBe(1);
});

describe('a press that belongs to nobody', () => {
  test('is quarantined with what is known, at most once in 10 s', () => {
    const hall = new Hall();
    expect(hall.rate('5', 1)).toMatchObject({ unmapped: true });
    hall.pass(9999);
    expect(hall.rate('5', 1)).toMatchObject({ ignored: 'repeated', events: [], puts: {} });
    hall.pass(1);
    expect(hall.rate('5', 1)).toMatchObject({ unmapped: true });
    expect(hall.of('rating.submitted')).toHaveLength(2);
    expect(hall.of('rating.submitted')[0]).toStrictEqual({
      session: null,
      level: 1,
      reasons: [],
      window: '5',
      unit: 'Human Resources',
      staff: '0317',
      matter: null,
      ticket: null,
      channel: 'key',
      invitedAt: null,
      quarantined: true,
    });
  });

  test('at a window that nobody configured is quarantined without unit and staff', () => {
    const hall = new Hall();
    expect(hall.rate('99', 5)).toMatchObject({ unmapped: true });
    expect(hall.of('rating.submitted')[0]).toMatchObject({
      window: '99',
      unit: null,
      staff: null,
      quarantined: true,
    });
    expect(hall.rate('99', 5).ignored).toBe('repeated');
  });

  test('at windows that noise makes up fills neither the storage nor the hub', () => {
    const hall = new Hall();
    for (let window = 0; window < 1000; window++) hall.rate(`made-up-${window}`, 5);
    expect(hall.of('rating.submitted')).toHaveLength(8);
    expect([...hall.stored.keys()]).toStrictEqual(['calling/strays', 'calling/day']);
    hall.pass(10 * second);
    expect(hall.rate('made-up-1', 5).unmapped).toBe(true);
    expect(hall.calling.strays.latest).toHaveLength(1);
  });
});

test.each([0, 6, -1, 2.5, Number.NaN])('level %d is refused', (level) => {
  const { hall } = afterService();
  expect(hall.rate('5', level)).toMatchObject({
    refusal: { code: 'rating.level-unknown' },
    events: [],
    puts: {},
  });
  expect(hall.calling.openSessions.size).toBe(1);
});
