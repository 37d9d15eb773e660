import { describe, expect, test } from 'vitest';
import type { CallingInput } from '../../src/calling/inputs.js';
import { Hall, second, typesOf } from './hall.js';

const at5 = (
  type: 'recall' | 'skip' | 'done' | 'pause' | 'resume' | 'open' | 'close' | 'logout',
): CallingInput => ({
  type,
  window: '5',
});

describe('next', () => {
  test('opens a closed window and calls who waits longest', () => {
    const hall = new Hall();
    const { ticket } = hall.issue();
    hall.pass(90 * second);
    const decision = hall.tell({ type: 'next', window: '5', device: 'caller-5' });
    expect(decision.events).toStrictEqual([
      { type: 'window.opened', subject: 'caller-5', data: { window: '5', staff: '0317' } },
      {
        type: 'ticket.called',
        subject: 'caller-5',
        data: {
          ticket,
          number: 'A001',
          queue: 'general',
          window: '5',
          staff: '0317',
          rule: 'order',
          waitedSeconds: 90,
        },
      },
    ]);
    expect(decision.calls).toStrictEqual([
      { ticket, number: 'A001', window: '5', priority: false, again: false },
    ]);
    expect(decision.changed).toStrictEqual({ queues: ['general'], windows: ['5'] });
    expect(hall.window('5')).toStrictEqual({
      state: 'serving',
      ticket,
      number: 'A001',
      priority: false,
      staff: '0317',
      queues: ['general'],
    });
    expect(hall.queue('general')).toStrictEqual({ waiting: 0, windowsOpen: 1, lastCalled: 'A001' });
  });

  test('stores only what it changed', () => {
    const hall = new Hall();
    for (let count = 0; count < 50; count++) hall.issue();
    hall.next('5');
    expect(Object.keys(hall.next('5').puts).sort()).toStrictEqual([
      'calling/pace/general',
      'calling/queue/general',
      'calling/rating/5',
      'calling/ticket/id-1',
      'calling/ticket/id-2',
      'calling/window/5',
    ]);
  });

  test('while serving ends that service, too', () => {
    const hall = new Hall();
    const first = hall.issue();
    hall.issue();
    hall.next('6');
    hall.pass(200 * second);
    expect(typesOf(hall.next('6'))).toStrictEqual(['ticket.served', 'ticket.called']);
    expect(hall.of('ticket.served')).toStrictEqual([
      {
        ...{ ticket: first.ticket, number: 'A001', queue: 'general' },
        window: '6',
        staff: '0321',
        servedSeconds: 200,
      },
    ]);
    expect(hall.window('6').number).toBe('A002');
  });

  test('leaves the window open, and says so, where nobody waits', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    const decision = hall.next('5');
    expect(decision.nobodyWaiting).toBe(true);
    expect(typesOf(decision)).toStrictEqual(['ticket.served']);
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
    expect(hall.next('5')).toMatchObject({ nobodyWaiting: true, events: [], puts: {} });
  });

  test('resumes a paused window', () => {
    const hall = new Hall();
    hall.tell(at5('pause'));
    hall.issue();
    expect(typesOf(hall.next('5'))).toStrictEqual(['window.resumed', 'ticket.called']);
  });

  test('takes the order of issue over all queues of the window, and only those', () => {
    const hall = new Hall();
    hall.issue('tax');
    hall.issue('general');
    hall.issue('tax');
    expect(hall.next('5').calls[0]?.number).toBe('A001');
    hall.issue('general');
    expect([1, 2, 3].map(() => hall.next('6').calls[0]?.number)).toStrictEqual(['T001', 'T002', 'A002']);
  });

  test('does not let a late priority ticket hold back those who wait longest in its queue', () => {
    const hall = new Hall();
    hall.issue('general');
    hall.issue('tax');
    hall.issue('general', true);
    expect([1, 2, 3].map(() => hall.next('6').calls[0]?.number)).toStrictEqual(['A002', 'A001', 'T001']);
  });

  test('does not know how long was waited when the power was off with no clock', () => {
    const hall = new Hall();
    hall.issue();
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    hall.next('5');
    expect(hall.of('ticket.called')[0]?.waitedSeconds).toBeNull();
  });
});

describe('call', () => {
  test('without a ticket is next', () => {
    const hall = new Hall();
    hall.issue();
    expect(hall.tell({ type: 'call', window: '5' }).calls[0]?.number).toBe('A001');
  });

  test('by name takes a ticket out of its turn, of any queue, and the others keep theirs', () => {
    const hall = new Hall();
    hall.issue();
    const { ticket } = hall.issue('tax');
    hall.issue();
    hall.next('5');
    expect(typesOf(hall.tell({ type: 'call', window: '5', ticket }))).toStrictEqual([
      'ticket.served',
      'rating.missed',
      'ticket.called',
    ]);
    expect(hall.of('ticket.called').at(-1)).toMatchObject({ number: 'T001', rule: 'named' });
    expect(hall.next('5').calls[0]?.number).toBe('A002');
  });

  test('refused, leaves the window and its service as they were', () => {
    const hall = new Hall();
    const ended = hall.issue().ticket;
    const elsewhere = hall.issue().ticket;
    hall.next('5');
    hall.next('5');
    const call = (window: string, ticket: string) => hall.tell({ type: 'call', window, ticket });
    for (const [ticket, code] of [
      [ended, 'ticket.ended'],
      [elsewhere, 'ticket.called'],
      ['nobody', 'ticket.unknown'],
    ] as const) {
      const decision = call('6', ticket);
      expect(decision.refusal?.code).toBe(code);
      expect(decision).toMatchObject({ events: [], puts: {} });
    }
    expect(call('5', elsewhere).refusal?.message.en).toBe('Ticket A002 is being served at window 5 already.');
    expect(hall.window('6').state).toBe('closed');
    expect(hall.window('5').number).toBe('A002');
  });
});

describe('keys about the ticket being served', () => {
  test('recall tells again what was called, and changes nothing at the window', () => {
    const hall = new Hall();
    hall.issue('general', true);
    hall.pass(30 * second);
    hall.next('5');
    hall.pass(10 * second);
    const decision = hall.tell(at5('recall'));
    expect(hall.of('ticket.recalled')).toStrictEqual(hall.of('ticket.called'));
    expect(decision.calls).toMatchObject([{ number: 'A001', priority: true, again: true }]);
    expect(decision.changed.windows).toStrictEqual([]);
  });

  test('skip ends the ticket, not well: nobody is invited to rate', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    expect(typesOf(hall.tell(at5('skip')))).toStrictEqual(['ticket.skipped']);
    expect(hall.window('5').state).toBe('open');
    expect(hall.calling.openSessions.size).toBe(0);
  });

  test('done ends the service', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    expect(typesOf(hall.tell(at5('done')))).toStrictEqual(['ticket.served']);
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
  });

  test.each(['recall', 'skip', 'done'] as const)(
    '%s is refused where nobody was called, but opens the window',
    (key) => {
      const hall = new Hall();
      const first = hall.tell(at5(key));
      expect(first.refusal?.code).toBe('window.nobody-called');
      expect(typesOf(first)).toStrictEqual(['window.opened']);
      hall.tell(at5('pause'));
      expect(hall.tell(at5(key))).toMatchObject({ refusal: { code: 'window.nobody-called' }, events: [] });
      expect(hall.window('5').state).toBe('paused');
    },
  );
});

describe('pause, resume, open, close', () => {
  test('pause ends the service first, and pressed again it resumes', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    const paused = hall.tell(at5('pause'));
    expect(typesOf(paused)).toStrictEqual(['ticket.served', 'window.paused']);
    expect(paused.changed.queues).toContain('general');
    expect(hall.queue('general').windowsOpen).toBe(0);
    expect(typesOf(hall.tell(at5('pause')))).toStrictEqual(['window.resumed']);
    expect(hall.window('5').state).toBe('open');
  });

  test('pause is a key like any other to a closed window: it opens first', () => {
    expect(typesOf(new Hall().tell(at5('pause')))).toStrictEqual(['window.opened', 'window.paused']);
  });

  test('resume and open make a window ready, and do nothing where it is', () => {
    for (const type of ['resume', 'open'] as const) {
      const hall = new Hall();
      expect(typesOf(hall.tell(at5(type)))).toStrictEqual(['window.opened']);
      expect(hall.tell(at5(type))).toMatchObject({ events: [], puts: {} });
      hall.tell(at5('pause'));
      expect(typesOf(hall.tell(at5(type)))).toStrictEqual(['window.resumed']);
    }
  });

  test('close ends the service, and does nothing where it is closed', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    expect(typesOf(hall.tell(at5('close')))).toStrictEqual(['ticket.served', 'window.closed']);
    expect(hall.of('window.closed')).toStrictEqual([{ window: '5', staff: '0317' }]);
    expect(hall.window('5').state).toBe('closed');
    expect(hall.tell(at5('close'))).toMatchObject({ events: [], puts: {} });
  });
});

describe('staff', () => {
  test('who logs in opens the window and is named until the log-out; then the configured one is again', () => {
    const hall = new Hall();
    expect(hall.window('5').staff).toBe('0317');
    const opened = hall.tell({ type: 'login', window: '5', staff: '0999' });
    expect(opened.events.map(({ data }) => data)).toStrictEqual([{ window: '5', staff: '0999' }]);
    hall.issue();
    hall.next('5');
    expect(hall.of('ticket.called')[0]?.staff).toBe('0999');
    expect(hall.tell({ type: 'login', window: '5', staff: '0999' }).puts).toStrictEqual({});
    const loggedOut = hall.tell(at5('logout'));
    expect(loggedOut).toMatchObject({ events: [], changed: { windows: ['5'] } });
    expect(hall.window('5').staff).toBe('0317');
    expect(hall.tell(at5('logout')).puts).toStrictEqual({});
  });

  test('a service stays tied to who called it when they log out before they end it', () => {
    const hall = new Hall();
    hall.settings = { ...hall.settings, windows: { '5': { unit: 'Human Resources' } } };
    hall.tell({ type: 'login', window: '5', staff: '0999' });
    hall.issue();
    hall.next('5');
    hall.tell(at5('logout'));
    hall.tell(at5('done'));
    expect(hall.of('ticket.served')[0]?.staff).toBe('0999');
  });

  test('a log-in without a name is refused and opens nothing', () => {
    const hall = new Hall();
    const decision = hall.tell({ type: 'login', window: '5', staff: ' ' });
    expect(decision).toMatchObject({ refusal: { code: 'staff.missing' }, events: [], puts: {} });
  });
});

test.each(['9', '', 'toString', '__proto__'])('every key of the unknown window "%s" is refused', (window) => {
  const hall = new Hall();
  hall.tell({ type: 'tick' });
  const all: CallingInput[] = [
    ...(
      ['next', 'recall', 'skip', 'pause', 'resume', 'open', 'close', 'logout', 'call', 'done'] as const
    ).map((type) => ({ type, window }) as CallingInput),
    { type: 'login', window, staff: '1' },
  ];
  for (const input of all) {
    expect(hall.tell(input)).toMatchObject({ refusal: { code: 'window.unknown' }, events: [], puts: {} });
  }
});

test('after a restart a window is what it was before', () => {
  const hall = new Hall();
  hall.issue();
  hall.tell({ type: 'login', window: '5', staff: '0999' });
  hall.next('5');
  hall.tell({ type: 'pause', window: '6' });
  const before = [hall.window('5'), hall.window('6'), hall.queue('general')];
  hall.restart();
  expect([hall.window('5'), hall.window('6'), hall.queue('general')]).toStrictEqual(before);
  expect(hall.tell(at5('recall')).calls[0]?.number).toBe('A001');
});
