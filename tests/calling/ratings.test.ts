import { describe, expect, test } from 'vitest';
import { exampleSettings, Hall, withRules as withCallingRules } from './hall.js';
import { deskSettings, minute, RatingDesk, second, typesOf, withRules } from './rating-desk.js';

/** Window 5 has just ended a service; who was served may rate. */
function afterService(settings = deskSettings): { desk: RatingDesk; ticket: string } {
  const desk = new RatingDesk(settings);
  return { desk, ticket: desk.serve() };
}

describe('a rating after a service', () => {
  test('is tied to the unit that answers for the matter, to staff, matter and ticket', () => {
    const { desk, ticket } = afterService();
    desk.pass(10 * second);
    const decision = desk.press(4, { device: 'rate-x' });
    expect(decision.unmapped).toBeUndefined();
    expect(decision.events).toStrictEqual([
      {
        type: 'rating.submitted',
        subject: '5',
        data: {
          session: 'id-1',
          level: 4,
          reasons: [],
          window: '5',
          unit: 'Human Resources',
          staff: '0317',
          matter: 'registration',
          ticket,
          channel: 'key',
          invitedAt: '2026-11-20T01:00:00.000Z',
          at: '2026-11-20T01:00:10.000Z',
        },
      },
    ]);
  });

  test('has the unit of the window where the matter names none', () => {
    for (const matter of ['other', 'never-configured', 'constructor']) {
      const desk = new RatingDesk();
      desk.serve('5', { matter });
      desk.press(5);
      expect(desk.rating).toMatchObject({ unit: 'Front Office', matter });
    }
  });

  test('counts once: more presses of the same visitor are ignored', () => {
    const { desk } = afterService();
    desk.press(5);
    for (let press = 0; press < 20; press++) {
      desk.pass(second);
      expect(desk.press(1)).toMatchObject({ ignored: 'already-rated', events: [], puts: {} });
    }
    desk.pass(40 * second);
    expect(desk.press(1)).toMatchObject({ unmapped: true });
  });

  test('is still the same one after a restart', () => {
    const { desk, ticket } = afterService();
    desk.restart();
    desk.press(5);
    desk.restart();
    expect(desk.press(5).ignored).toBe('already-rated');
    expect(desk.of('rating.submitted').map((rating) => rating.ticket)).toStrictEqual([ticket]);
  });

  test('is quarantined where unit, staff or matter is missing, with all that is known', () => {
    const nowhere = { ...deskSettings, matters: {}, windows: {} };
    for (const [settings, how, missing] of [
      [nowhere, {}, 'unit'],
      [deskSettings, { staff: null }, 'staff'],
      [deskSettings, { matter: null }, 'matter'],
    ] as const) {
      const desk = new RatingDesk(settings);
      const ticket = desk.serve('5', how);
      expect(desk.press(1)).toMatchObject({ unmapped: true });
      expect(desk.rating).toMatchObject({ session: 'id-1', ticket, quarantined: true, [missing]: null });
      expect(desk.rating, 'its author is known by the ticket').toHaveProperty('callbackDue');
    }
  });

  test('does not say when it was invited or given where the clock was wrong', () => {
    const desk = new RatingDesk();
    desk.quality = 'untrusted';
    desk.serve();
    desk.press(5);
    expect(desk.rating).toMatchObject({ invitedAt: null, at: null });
  });

  test('of three keys has the level of its key: 4, 3 or 2', () => {
    for (const level of [4, 3, 2]) {
      const { desk } = afterService();
      desk.press(level);
      expect(desk.rating.level).toBe(level);
    }
  });
});

describe('a page', () => {
  test('gives reasons as codes, each once', () => {
    const { desk } = afterService();
    const reasons = ['slow', 'not-told-all', 'slow'];
    desk.press(2, { channel: 'page', session: 'id-1', reasons });
    expect(desk.rating).toMatchObject({ channel: 'page', reasons: ['slow', 'not-told-all'] });
  });

  test('gives no free text and no more than ten reasons', () => {
    const { desk } = afterService();
    for (const reason of ['Frau M. war unhöflich', '', 'a'.repeat(41), '13800138000 ', '慢']) {
      const decision = desk.press(1, { channel: 'page', reasons: ['slow', reason] });
      expect(decision).toMatchObject({ refusal: { code: 'rating.reason-unknown' }, events: [], puts: {} });
    }
    const many = Array.from({ length: 11 }, (_, index) => `reason-${index}`);
    expect(desk.press(1, { reasons: many }).refusal?.code).toBe('rating.reasons-too-many');
    expect(desk.press(1, { reasons: many.slice(1) }).refusal).toBeUndefined();
  });

  test('that still shows an earlier visitor is refused, and nobody is rated by it', () => {
    const { desk } = afterService();
    desk.callNext();
    const over = { refusal: { code: 'rating.session-over' }, events: [], puts: {} };
    expect(desk.press(1, { channel: 'page', session: 'id-1' }), 'nobody is invited').toMatchObject(over);
    desk.serve();
    expect(desk.press(1, { channel: 'page', session: 'id-1' }), 'the next is invited').toMatchObject(over);
    expect(desk.press(5, { channel: 'page', session: 'id-2' }).refusal).toBeUndefined();
    expect(desk.press(5, { channel: 'page', session: 'id-2' }), 'sent twice').toMatchObject(over);
    expect(desk.of('rating.submitted').map(({ session }) => session)).toStrictEqual(['id-2']);
  });
});

describe('a service that nobody rates', () => {
  test('is missed after ratingSeconds', () => {
    const { desk, ticket } = afterService(withRules({ ratingSeconds: 45 }));
    desk.pass(45 * second - 1);
    expect(desk.tick()).toMatchObject({ events: [], puts: {} });
    desk.pass(1);
    expect(desk.tick().events).toStrictEqual([
      {
        type: 'rating.missed',
        subject: '5',
        data: { session: 'id-1', window: '5', staff: '0317', matter: 'registration', ticket },
      },
    ]);
  });

  test('is missed when the press comes late, even if the tick came later still', () => {
    const { desk } = afterService();
    desk.pass(minute);
    expect(typesOf(desk.press(5))).toStrictEqual(['rating.missed', 'rating.submitted']);
    expect(desk.rating).toMatchObject({ session: null, ticket: null, quarantined: true });
  });

  test('is missed when the next one opens', () => {
    const { desk } = afterService();
    desk.serve();
    expect(desk.of('rating.missed')).toHaveLength(1);
    expect(desk.calling.openSessions.size).toBe(1);
  });

  test('is missed where nobody measured the time: the power was off, the clock is wrong', () => {
    const { desk } = afterService();
    desk.restart('boot-2');
    desk.quality = 'untrusted';
    expect(typesOf(desk.tick())).toStrictEqual(['rating.missed']);
  });
});

test('a window without an evaluator invites nobody', () => {
  const desk = new RatingDesk();
  desk.serve('7');
  expect(desk.calling.openSessions.size).toBe(0);
  desk.settings = { ...deskSettings, evaluatorWindows: 'all' };
  desk.serve('7');
  expect(desk.calling.openSessions.size).toBe(1);
});

describe('a press that belongs to nobody', () => {
  test('is quarantined with what is known, at most once in 10 s', () => {
    const desk = new RatingDesk();
    expect(desk.press(1)).toMatchObject({ unmapped: true });
    desk.pass(9999);
    expect(desk.press(1)).toMatchObject({ ignored: 'repeated', events: [], puts: {} });
    desk.pass(1);
    expect(desk.press(1)).toMatchObject({ unmapped: true });
    expect(desk.of('rating.submitted')).toHaveLength(2);
    expect(desk.rating).toStrictEqual({
      session: null,
      level: 1,
      reasons: [],
      window: '5',
      unit: 'Front Office',
      staff: '0317',
      matter: null,
      ticket: null,
      channel: 'key',
      invitedAt: null,
      at: '2026-11-20T01:00:10.000Z',
      quarantined: true,
    });
  });

  test('at a window that nobody configured is quarantined without unit and staff', () => {
    const desk = new RatingDesk();
    expect(desk.press(5, { window: '99' })).toMatchObject({ unmapped: true });
    expect(desk.rating).toMatchObject({ window: '99', unit: null, staff: null, quarantined: true });
    expect(desk.press(5, { window: '99' }).ignored).toBe('repeated');
  });

  test('at windows that noise makes up fills neither the storage nor the hub', () => {
    const desk = new RatingDesk();
    for (let window = 0; window < 1000; window++) desk.press(5, { window: `made-up-${window}` });
    expect(desk.of('rating.submitted')).toHaveLength(8);
    expect([...desk.stored.keys()].sort()).toStrictEqual(['calling/day', 'calling/strays']);
    desk.pass(10 * second);
    expect(desk.press(5, { window: 'made-up-1' }).unmapped).toBe(true);
    expect(desk.calling.strays.latest).toHaveLength(1);
  });
});

test.each([0, 6, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY])('level %d is refused', (level) => {
  const { desk } = afterService();
  const refused = { refusal: { code: 'rating.level-unknown' }, events: [], puts: {} };
  expect(desk.press(level)).toMatchObject(refused);
  expect(desk.calling.openSessions.size).toBe(1);
});

describe('in a hall', () => {
  test('the device that was pressed is the subject, and the service measured is the one rated', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    hall.next('5');
    hall.pass(10 * second);
    hall.tell({ type: 'done', window: '5', matter: 'passport' });
    hall.pass(5 * second);
    expect(hall.rate('5', 5).events).toMatchObject([
      {
        type: 'rating.submitted',
        subject: 'rate-x',
        data: { ticket, matter: 'passport', suspect: ['short-service'] },
      },
    ]);
  });

  test('a session is asked for when it ends', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    hall.tell({ type: 'done', window: '5' });
    expect(hall.millisecondsToTick()).toBe(exampleSettings.rules.rating.ratingSeconds * second);
  });

  test('where staff press nothing but next, each visitor rates their own service before the next is called', () => {
    const hall = new Hall(withCallingRules({ holdSeconds: 5 }));
    const tickets = [hall.issue(), hall.issue(), hall.issue()].map(({ ticket }) => ticket);
    hall.next('5');
    hall.pass(minute);
    hall.next('5');
    hall.pass(3 * second);
    hall.rate('5', 5);
    expect(hall.window('5').ticket, 'the held call follows the rating').toBe(tickets[1]);
    hall.pass(minute);
    hall.next('5');
    hall.next('5');
    expect(hall.window('5').ticket, 'or a second press').toBe(tickets[2]);
    expect(hall.rate('5', 1)).toMatchObject({ unmapped: true });
    expect(hall.of('rating.submitted').map(({ ticket }) => ticket)).toStrictEqual([tickets[0], null]);
    expect(hall.of('rating.missed').map(({ ticket }) => ticket)).toStrictEqual([tickets[1]]);
  });

  test('another system may lead: nothing but invitations and ratings', () => {
    const led = { ...exampleSettings, queues: {}, windows: {}, evaluatorWindows: 'all' as const };
    const hall = new Hall(led);
    const tie = { unit: 'Tax Bureau', staff: '0400', matter: 'tax', ticket: 'hub-1', caseRef: 'c-1' };
    hall.tell({ type: 'invite', window: '12', device: 'rate-x', ...tie });
    hall.pass(5 * second);
    hall.rate('12', 2);
    expect(hall.of('rating.submitted')).toMatchObject([{ ...tie, window: '12', level: 2 }]);
    hall.tell({ type: 'invite', window: '12', device: 'rate-x', ...tie });
    hall.pass(hall.millisecondsToTick());
    hall.tell({ type: 'tick' });
    expect(hall.of('rating.missed')).toMatchObject([{ ticket: 'hub-1' }]);
  });
});
