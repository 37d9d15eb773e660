import { describe, expect, test } from 'vitest';
import type { CallingInput } from '../../src/calling/inputs.js';
import { calledIn, Hall, hour, second, typesOf, withRules } from './hall.js';

/** A001 is being served at window 5, A002 and A003 wait, and `next` was pressed: the call is held. */
function holding(): Hall {
  const hall = new Hall(withRules({ holdSeconds: 5 }));
  for (let count = 0; count < 3; count++) hall.issue();
  hall.next('5');
  hall.pass(60 * second);
  hall.next('5');
  return hall;
}

const at5 = (type: 'recall' | 'skip' | 'done' | 'pause' | 'close' | 'logout' | 'open'): CallingInput => ({
  type,
  window: '5',
});

describe('next, where the service can be rated and somebody waits,', () => {
  test('ends the service, opens its rating, and says that the call is held', () => {
    const hall = new Hall(withRules({ holdSeconds: 5 }));
    for (let count = 0; count < 2; count++) hall.issue();
    expect(hall.next('5')).toMatchObject({ calls: [{ number: 'A001' }] });
    const decision = hall.next('5');
    expect(typesOf(decision)).toStrictEqual(['ticket.served']);
    expect(decision).toMatchObject({ held: true, calls: [] });
    expect(decision.nobodyWaiting).toBeUndefined();
    expect(hall.calling.openSessions.has('5')).toBe(true);
    expect(hall.window('5')).toMatchObject({ state: 'open', ticket: null });
    expect(hall.queue('general').waiting).toBe(1);
  });

  test('is followed by the call when the hold is over, by the tick that was asked for', () => {
    const hall = holding();
    expect(hall.millisecondsToTick()).toBe(5 * second);
    hall.pass(5 * second - 1);
    expect(hall.tell({ type: 'tick' })).toMatchObject({ calls: [], puts: {} });
    hall.pass(1);
    const decision = hall.tell({ type: 'tick' });
    expect(decision.calls).toMatchObject([{ number: 'A002', window: '5', again: false }]);
    // Nobody rated: that session is over before the next one is called.
    expect(typesOf(decision)).toStrictEqual(['rating.missed', 'ticket.called']);
    expect(decision.events[1]?.subject).toBe('5');
    expect(hall.tell({ type: 'tick' })).toMatchObject({ calls: [], puts: {} });
  });

  test('is followed by the call when the visitor has rated', () => {
    const hall = holding();
    hall.pass(3 * second);
    const decision = hall.rate('5', 5);
    expect(decision.events.map(({ type, subject }) => [type, subject])).toStrictEqual([
      ['rating.submitted', 'rate-x'],
      ['ticket.called', '5'],
    ]);
    expect(calledIn(decision)).toStrictEqual(['A002']);
    expect(hall.of('rating.submitted')[0]).toMatchObject({ ticket: 'id-1', level: 5 });
  });

  test.each(['next', 'call'] as const)('is followed by the call at once at a second press, of %s', (type) => {
    const hall = holding();
    hall.pass(second);
    const decision = hall.tell({ type, window: '5', device: 'caller-5' });
    expect(calledIn(decision)).toStrictEqual(['A002']);
    expect(decision.events.at(-1)?.subject).toBe('caller-5');
    expect(hall.of('ticket.served')).toHaveLength(1);
  });

  test('calls once, and ends nobody, where the second press comes just as the hold is over', () => {
    for (const [late, tick] of [
      [0, false],
      [20 * second, false],
      [0, true],
      [999, true],
    ] as const) {
      const hall = holding();
      hall.pass(5 * second);
      if (tick) expect(calledIn(hall.tell({ type: 'tick' }))).toStrictEqual(['A002']);
      hall.pass(late);
      const press = hall.next('5');
      expect(tick ? press.ignored : calledIn(press)).toStrictEqual(tick ? 'just-called' : ['A002']);
      expect(hall.window('5').number).toBe('A002');
      hall.pass(second);
      expect(hall.next('5').held).toBe(true);
    }
  });

  test('calls at once where nobody can rate, nobody was served, or the rules know no hold', () => {
    const hall = new Hall(withRules({ holdSeconds: 5 }));
    for (let count = 0; count < 4; count++) hall.issue();
    hall.next('6');
    expect(calledIn(hall.next('6'))).toStrictEqual(['A002']);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A003']);
    hall.tell(at5('done'));
    expect(calledIn(hall.next('5'))).toStrictEqual(['A004']);
    expect(hall.next('5')).toMatchObject({ nobodyWaiting: true });
    const plain = new Hall();
    for (let count = 0; count < 2; count++) plain.issue();
    plain.next('5');
    expect(calledIn(plain.next('5'))).toStrictEqual(['A002']);
  });
});

describe('while a call is held', () => {
  test.each(['pause', 'close', 'logout'] as const)('%s ends the hold without a call', (key) => {
    const hall = holding();
    hall.tell(at5(key));
    hall.pass(10 * second);
    expect(hall.tell({ type: 'tick' }).calls).toStrictEqual([]);
    expect(hall.queue('general').waiting).toBe(2);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A002']);
  });

  test.each(['recall', 'skip', 'done'] as const)('%s finds nobody called, and the call follows', (key) => {
    const hall = holding();
    expect(hall.tell(at5(key)).refusal?.code).toBe('window.nobody-called');
    hall.pass(5 * second);
    expect(calledIn(hall.tell({ type: 'tick' }))).toStrictEqual(['A002']);
  });

  test('a press that comes late, after the hold was over, still comes before its call', () => {
    const hall = holding();
    hall.pass(6 * second);
    expect(typesOf(hall.tell(at5('pause')))).toStrictEqual(['window.paused']);
    const rated = holding();
    rated.pass(6 * second);
    expect(typesOf(rated.rate('5', 4))).toStrictEqual(['rating.submitted', 'ticket.called']);
    const refused = holding();
    refused.pass(6 * second);
    const decision = refused.tell(at5('done'));
    expect(decision.refusal?.code).toBe('window.nobody-called');
    expect(calledIn(decision)).toStrictEqual(['A002']);
  });

  test('who is called by name comes at once, instead', () => {
    const hall = holding();
    expect(calledIn(hall.tell({ type: 'call', window: '5', ticket: 'A003' }))).toStrictEqual(['A003']);
    hall.pass(10 * second);
    expect(hall.tell({ type: 'tick' }).calls).toStrictEqual([]);
  });

  test('nobody is called where nobody waits any more', () => {
    const hall = holding();
    for (const ticket of ['A002', 'A003']) hall.tell({ type: 'ticket.cancel', ticket });
    hall.pass(5 * second);
    expect(hall.tell({ type: 'tick' })).toMatchObject({ calls: [], changed: { windows: ['5'] } });
    hall.issue();
    hall.pass(hour);
    expect(hall.tell({ type: 'tick' }).calls).toStrictEqual([]);
  });

  test('a second press is told that nobody waits any more, and waits for nothing', () => {
    const hall = holding();
    for (const ticket of ['A002', 'A003']) hall.tell({ type: 'ticket.cancel', ticket });
    expect(hall.next('5')).toMatchObject({ nobodyWaiting: true, calls: [] });
    hall.issue();
    hall.pass(5 * second);
    expect(hall.tell({ type: 'tick' }).calls).toStrictEqual([]);
  });

  test('another window may call first, and the held one takes who is next then', () => {
    const hall = holding();
    expect(calledIn(hall.next('6'))).toStrictEqual(['A002']);
    hall.pass(5 * second);
    expect(calledIn(hall.tell({ type: 'tick' }))).toStrictEqual(['A003']);
  });

  test('a press that belongs to nobody, elsewhere, releases nothing', () => {
    const hall = holding();
    expect(hall.rate('6', 1).calls).toStrictEqual([]);
    expect(hall.tell({ type: 'rate', window: '5', level: 9, channel: 'key' }).refusal).toBeDefined();
    expect(hall.window('5').ticket).toBeNull();
  });

  test('windows whose holds are over together call in the order in which they asked', () => {
    const hall = new Hall({ ...withRules({ holdSeconds: 5 }), evaluatorWindows: 'all' });
    for (let count = 0; count < 4; count++) hall.issue();
    hall.next('5');
    hall.next('6');
    hall.next('6');
    hall.pass(2 * second);
    hall.next('5');
    hall.pass(8 * second);
    const decision = hall.tell({ type: 'tick' });
    expect(decision.calls.map(({ number, window }) => [number, window])).toStrictEqual([
      ['A003', '6'],
      ['A004', '5'],
    ]);
  });
});

describe('a hold and a restart', () => {
  test('of the process: the call follows in its time', () => {
    const hall = holding();
    hall.pass(2 * second);
    hall.restart();
    expect(hall.tell({ type: 'tick' }).calls).toStrictEqual([]);
    expect(hall.millisecondsToTick()).toBe(3 * second);
    hall.pass(3 * second);
    expect(calledIn(hall.tell({ type: 'tick' }))).toStrictEqual(['A002']);
  });

  test('of the board, with nobody knowing how long it took: the call follows at once', () => {
    const hall = holding();
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    expect(hall.millisecondsToTick()).toBe(0);
    expect(calledIn(hall.tell({ type: 'tick' }))).toStrictEqual(['A002']);
  });

  test('over night: nobody is called', () => {
    const hall = holding();
    hall.pass(24 * hour);
    hall.restart('boot-2');
    const decision = hall.tell({ type: 'tick' });
    expect(decision.calls).toStrictEqual([]);
    expect(hall.window('5').state).toBe('closed');
  });
});
