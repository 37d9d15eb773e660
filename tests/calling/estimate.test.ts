import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Draft } from '../../src/calling/decision.js';
import { coverageOf, guessWait, observeService, toldWait, waitNow } from '../../src/calling/estimate.js';
import type { Pace } from '../../src/calling/pace-record.js';
import { type Guess, paceKey, readRecord } from '../../src/calling/records.js';
import type { CallingSettings } from '../../src/calling/settings.js';
import { apply } from '../../src/calling/state.js';
import { exampleSettings, Hall, hour, minute, second } from './hall.js';

const oneQueue: CallingSettings = {
  ...exampleSettings,
  queues: { general: { prefix: 'A', windows: ['1', '2', '3', '4'] } },
  evaluatorWindows: [],
};

/** A pace of services of five minutes, whose guesses have come true within three units, after a week of 0 to 90 minutes. */
const knownPace: Pace = {
  served: Array.from({ length: 40 }, (_, place) => 240 + (place % 3) * 60),
  turnaroundSeconds: 10,
  scores: Array.from({ length: 60 }, (_, place) => (place % 7) / 2 - 1.5),
  hits: '1'.repeat(60),
  days: [{ day: '2026-11-20', waits: [20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20] }],
};

/** A hall where `waiting` people wait and all windows that are named serve somebody, one since each `step`. */
function busyHall(settings: CallingSettings, windows: readonly string[], waiting: number, pace = knownPace) {
  const hall = new Hall(settings);
  for (const queue of Object.keys(settings.queues)) {
    hall.stored.set(paceKey(queue), JSON.parse(JSON.stringify(pace)));
  }
  hall.restart();
  for (const window of windows) {
    hall.issue();
    hall.next(window);
    hall.pass(30 * second);
  }
  for (let count = 0; count < waiting; count++) hall.issue();
  return hall;
}

const draftOf = (hall: Hall) =>
  new Draft(hall.calling, { now: hall.now, newId: () => 'x', settings: hall.settings });

const medianMinutes = (hall: Hall, queue = 'general', ahead = hall.queue(queue).waiting): number | null => {
  const guess = guessWait(draftOf(hall), queue, ahead);
  return guess && guess.medianSeconds / 60;
};

const now = (hall: Hall, queue = 'general') => waitNow(hall.calling, queue, hall.settings, hall.now);

describe('an expected wait', () => {
  test('is as many services as are ahead, shared by the windows that are open', () => {
    // Twenty others, five minutes each, two windows: some fifty minutes.
    const hall = busyHall(oneQueue, ['1', '2'], 20);
    expect(medianMinutes(hall)).toBeGreaterThan(48);
    expect(medianMinutes(hall)).toBeLessThan(58);
    expect(now(hall)).toStrictEqual(
      toldWait(hall.calling, 'general', guessWait(draftOf(hall), 'general', 20)),
    );
    expect(now(hall)!.median).toBe(Math.round(medianMinutes(hall)!));
  });

  test('is with the ticket, in whole minutes, low rounded down and high up', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 19);
    hall.issue();
    const { waitMinutes } = hall.of('ticket.issued').at(-1)!;
    const { guess } = [...hall.calling.tickets.values()].at(-1)!;
    expect(waitMinutes).toStrictEqual({
      low: Math.floor(guess!.lowSeconds / 60),
      median: Math.round(guess!.medianSeconds / 60),
      high: Math.ceil(guess!.highSeconds / 60),
    });
  });

  test('changes at once when a window opens, pauses, or closes', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 20);
    const two = medianMinutes(hall)!;
    hall.tell({ type: 'open', window: '3' });
    const three = medianMinutes(hall)!;
    expect(three).toBeLessThan(two * 0.75);
    hall.tell({ type: 'pause', window: '3' });
    expect(medianMinutes(hall)).toBe(two);
    hall.tell({ type: 'close', window: '3' });
    hall.tell({ type: 'close', window: '2' });
    expect(medianMinutes(hall)).toBeGreaterThan(two * 1.7);
  });

  test('is unknown while no window is open for the queue', () => {
    const hall = busyHall(oneQueue, ['1'], 5);
    expect(now(hall)).not.toBeNull();
    hall.tell({ type: 'pause', window: '1' });
    expect(now(hall)).toBeNull();
    hall.issue();
    expect(hall.of('ticket.issued').at(-1)).toMatchObject({ ahead: 5, waitMinutes: null });
    expect([...hall.calling.tickets.values()].at(-1)?.guess).toBeNull();
  });

  test('does not count a window that nobody attends to', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 20);
    hall.tell({ type: 'open', window: '3' });
    const three = medianMinutes(hall)!;
    hall.pass(11 * minute);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toHaveLength(1);
    expect(medianMinutes(hall)).toBeGreaterThan(three * 1.2);
  });

  test('is nothing where a window is free and nobody is ahead', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 0);
    hall.tell({ type: 'open', window: '3' });
    expect(medianMinutes(hall)).toBe(0);
    expect(now(hall)!.low).toBe(0);
  });

  test('grows while services last longer than any before, and nobody is called', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 4);
    const before = medianMinutes(hall)!;
    hall.pass(30 * minute);
    expect(medianMinutes(hall)).toBeGreaterThan(before + 10);
  });

  test('counts of a window that serves two queues the share that is left for each', () => {
    const shared: CallingSettings = {
      ...oneQueue,
      queues: { general: { prefix: 'A', windows: ['1', '2'] }, tax: { prefix: 'T', windows: ['2'] } },
    };
    const hall = busyHall(shared, ['1', '2'], 20);
    const alone = medianMinutes(hall)!;
    for (let count = 0; count < 5; count++) hall.issue('tax');
    // 25 people at two windows, whoever waits longest first: both queues are through at the same time.
    expect(medianMinutes(hall)! / alone).toBeGreaterThan(1.15);
    expect(medianMinutes(hall)! / alone).toBeLessThan(1.35);
    expect(medianMinutes(hall, 'tax')! / medianMinutes(hall)!).toBeGreaterThan(0.8);
    expect(medianMinutes(hall, 'tax')! / medianMinutes(hall)!).toBeLessThan(1.25);
    // 30 for tax alone need the second window for themselves, and general has the first.
    for (let count = 0; count < 45; count++) hall.issue('tax');
    expect(medianMinutes(hall, 'tax')).toBeGreaterThan(50 * 5 * 0.9);
    expect(medianMinutes(hall)! / alone).toBeGreaterThan(1.7);
  });

  test('follows what a window is told to serve today', () => {
    const split: CallingSettings = {
      ...oneQueue,
      queues: { general: { prefix: 'A', windows: ['1'] }, tax: { prefix: 'T', windows: ['2'] } },
    };
    const hall = busyHall(split, ['1'], 20);
    hall.tell({ type: 'open', window: '2' });
    const alone = medianMinutes(hall)!;
    hall.tell({ type: 'serve', window: '2', queues: ['general'] });
    expect(medianMinutes(hall)).toBeLessThan(alone * 0.6);
  });

  test('is never told across a lunch break, but is at the end of the day', () => {
    const hours = { 'mon-sun': ['08:00-11:30', '13:30-17:00'] };
    const settings: CallingSettings = { ...oneQueue, hours };
    const hall = busyHall(settings, ['1', '2'], 12);
    expect(now(hall)).not.toBeNull();
    hall.pass(2 * hour);
    hall.next('1');
    hall.next('2');
    const guess = guessWait(draftOf(hall), 'general', 12);
    expect(guess?.doubt).toBe('break');
    expect(toldWait(hall.calling, 'general', guess)).toBeNull();
    const late = busyHall(settings, ['1', '2'], 12);
    late.pass(7.5 * hour);
    expect(guessWait(draftOf(late), 'general', 2)?.doubt).toBeNull();
  });
});

describe('what was guessed is compared when the ticket is called', () => {
  const scored = (hall: Hall) => hall.calling.paces.get('general')?.hits.length ?? 0;
  const shortPace = { ...knownPace, hits: '1'.repeat(30), scores: knownPace.scores.slice(0, 30) };

  test('in order, and counts as a hit or a miss', () => {
    const hall = busyHall(oneQueue, ['1'], 3, shortPace);
    expect(coverageOf(hall.calling, 'general')).toStrictEqual({ percent: 100, of: 30 });
    hall.pass(5 * minute);
    hall.next('1');
    expect(coverageOf(hall.calling, 'general')).toStrictEqual({ percent: 100, of: 31 });
    hall.pass(3 * hour);
    hall.next('1');
    expect(coverageOf(hall.calling, 'general')).toStrictEqual({ percent: 96, of: 32 });
    expect(hall.calling.paces.get('general')?.scores.at(-1)).toBeGreaterThan(10);
  });

  test('and not for who was called by name, was transferred, returned, or was given priority', () => {
    const two: CallingSettings = {
      ...oneQueue,
      queues: { ...oneQueue.queues, tax: { prefix: 'T', windows: ['4'] } },
    };
    const hall = busyHall(two, ['1'], 0, shortPace);
    const [named, sent, skipped, prioritised] = [hall.issue(), hall.issue(), hall.issue(), hall.issue()];
    hall.tell({ type: 'call', window: '2', ticket: named!.ticket });
    hall.tell({ type: 'ticket.transfer', ticket: sent!.ticket, queue: 'tax' });
    hall.next('4');
    expect(hall.window('4').ticket).toBe(sent!.ticket);
    hall.tell({ type: 'ticket.prioritise', ticket: prioritised!.ticket });
    hall.next('3');
    expect(hall.window('3').ticket).toBe(prioritised!.ticket);
    expect(scored(hall)).toBe(30);
    hall.next('3');
    expect(hall.window('3').ticket).toBe(skipped!.ticket);
    expect(scored(hall)).toBe(31);
    hall.tell({ type: 'skip', window: '3' });
    hall.tell({ type: 'ticket.return', ticket: skipped!.ticket });
    hall.next('3');
    expect(hall.window('3').ticket).toBe(skipped!.ticket);
    expect(scored(hall)).toBe(31);
  });

  test('and not where nobody measured how long it was', () => {
    const hall = busyHall(oneQueue, ['1'], 3, shortPace);
    const before = hall.calling.paces.get('general')!;
    hall.pass(20 * minute);
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    hall.next('1');
    expect(hall.of('ticket.called').at(-1)?.waitedSeconds).toBeNull();
    // The next was called in the same moment in which the service ended: that is known.
    const turnaroundSeconds = hall.calling.paces.get('general')!.turnaroundSeconds!;
    expect(turnaroundSeconds).toBeLessThan(before.turnaroundSeconds!);
    expect(hall.calling.paces.get('general')).toStrictEqual({ ...before, turnaroundSeconds });
    const draft = draftOf(hall);
    observeService(draft, 'general', null);
    observeService(draft, 'general', -1);
    expect(draft.finish().puts).toStrictEqual({});
  });

  test('and what nobody can score across a break is not', () => {
    const hall = busyHall(
      { ...oneQueue, hours: { 'mon-sun': ['08:00-09:30', '13:30-17:00'] } },
      ['1'],
      9,
      shortPace,
    );
    const doubtful = [...hall.calling.tickets.values()].filter(({ guess }) => guess?.doubt === 'break');
    expect(doubtful.length).toBeGreaterThan(2);
    for (let count = 0; count < 9; count++) hall.next('1');
    expect(scored(hall)).toBe(30 + 9 + 1 - doubtful.length - 1);
  });
});

describe('nothing is told', () => {
  const told = (pace: Partial<Pace>, guess: Partial<Guess> = {}) => {
    const hall = busyHall(oneQueue, ['1', '2'], 20, { ...knownPace, ...pace });
    return toldWait(hall.calling, 'general', { ...guessWait(draftOf(hall), 'general', 20)!, ...guess });
  };

  test('below twenty compared guesses', () => {
    const first = (count: number) => ({
      hits: '1'.repeat(count),
      scores: knownPace.scores.slice(0, count),
    });
    // One more is compared before anybody asks; the first came before any window was open.
    expect(told(first(18))).toBeNull();
    expect(told(first(19))).not.toBeNull();
  });

  test('below four of five that came true', () => {
    expect(told({ hits: `${'0'.repeat(12)}${'1'.repeat(48)}` })).not.toBeNull();
    expect(told({ hits: `${'0'.repeat(13)}${'1'.repeat(47)}` })).toBeNull();
  });

  test('where the interval says no more than the waits of last week', () => {
    expect(told({})).not.toBeNull();
    // Everybody waited from four to six minutes.
    expect(told({ days: [{ day: '2026-11-20', waits: [0, 0, 0, 0, 200] }] })).toBeNull();
    expect(told({ days: [{ day: '2026-11-13', waits: knownPace.days[0]!.waits }] })).toBeNull();
    expect(told({ days: [] })).toBeNull();
  });

  test('while those who wait are late already, though nobody was called', () => {
    const hall = busyHall(oneQueue, ['1', '2'], 20, {
      ...knownPace,
      hits: `${'0'.repeat(8)}${'1'.repeat(52)}`,
    });
    const before = guessWait(draftOf(hall), 'general', 20);
    expect(toldWait(hall.calling, 'general', before)).not.toBeNull();
    hall.pass(75 * minute);
    const after = guessWait(draftOf(hall), 'general', 20);
    expect(coverageOf(hall.calling, 'general')?.percent).toBe(86);
    expect(after?.doubt).toBe('overdue');
    expect(now(hall)).toBeNull();
  });

  test('for a queue that nobody knows, or where nothing was learned', () => {
    const hall = new Hall(oneQueue);
    hall.tell({ type: 'open', window: '1' });
    for (const queue of ['general', 'nowhere', '__proto__', '']) {
      expect(now(hall, queue)).toBeNull();
      expect(coverageOf(hall.calling, queue)).toBeNull();
    }
  });
});

describe('what is learned', () => {
  test('is how long services, calls in vain and the moments between them take', () => {
    const hall = new Hall(oneQueue);
    for (let count = 0; count < 4; count++) hall.issue();
    hall.next('1');
    hall.pass(5 * minute);
    hall.tell({ type: 'done', window: '1' });
    hall.pass(40 * second);
    hall.next('1');
    hall.pass(70 * second);
    hall.tell({ type: 'skip', window: '1' });
    hall.next('1');
    expect(hall.calling.paces.get('general')).toMatchObject({ served: [300, 70], turnaroundSeconds: 35 });
  });

  test('is the hold, too', () => {
    const rules = { ...oneQueue.rules, holdSeconds: 8 };
    const hall = new Hall({ ...oneQueue, rules, evaluatorWindows: 'all' });
    for (let count = 0; count < 3; count++) hall.issue();
    hall.next('1');
    hall.pass(5 * minute);
    expect(hall.next('1').held).toBe(true);
    hall.pass(8 * second);
    hall.tell({ type: 'tick' });
    expect(hall.window('1').number).toBe('A002');
    expect(hall.calling.paces.get('general')?.turnaroundSeconds).toBe(8);
  });

  test('is not how long a window waited for somebody to come', () => {
    const hall = new Hall(oneQueue);
    hall.issue();
    hall.next('1');
    hall.pass(5 * minute);
    hall.tell({ type: 'done', window: '1' });
    hall.pass(20 * minute);
    hall.issue();
    hall.pass(10 * second);
    hall.next('1');
    expect(hall.calling.paces.get('general')?.turnaroundSeconds).toBeNull();
  });

  test('is lost with a damaged record, and begins anew', () => {
    const hall = busyHall(oneQueue, ['1'], 3);
    hall.stored.set(paceKey('general'), { served: 'many' });
    hall.restart();
    expect(hall.calling.problems.map(({ key }) => key)).toStrictEqual([paceKey('general')]);
    expect(now(hall)).toBeNull();
    hall.pass(minute);
    hall.next('1');
    expect(hall.calling.paces.get('general')?.served).toStrictEqual([90]);
  });
});

test('a guess is whole, ordered and finite for whatever was learned and whoever waits, and is read back', () => {
  const pace: fc.Arbitrary<Pace> = fc.record({
    served: fc.array(fc.integer({ min: 0, max: 86_400 }), { maxLength: 40 }),
    turnaroundSeconds: fc.option(fc.double({ min: 0, max: 300, noNaN: true })),
    scores: fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { maxLength: 60 }),
    hits: fc.array(fc.constantFrom('0', '1'), { maxLength: 60 }).map((hits) => hits.join('')),
    days: fc.constant(knownPace.days),
  });
  const settings: CallingSettings = {
    ...exampleSettings,
    queues: {
      a: { prefix: 'A', windows: ['1', '2'] },
      b: { prefix: 'B', windows: ['2', '3'] },
      c: { prefix: 'C', windows: ['3', '1', '4'] },
    },
  };
  const step = fc.record({
    queue: fc.constantFrom('a', 'b', 'c'),
    window: fc.constantFrom('1', '2', '3', '4'),
    action: fc.constantFrom('issue', 'issue', 'issue', 'next', 'pause', 'done', 'close'),
    seconds: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(
      fc.array(pace, { minLength: 3, maxLength: 3 }),
      fc.array(step, { maxLength: 60 }),
      (paces, steps) => {
        const hall = new Hall(settings);
        const puts = Object.fromEntries(
          ['a', 'b', 'c'].map((queue, place) => [paceKey(queue), paces[place]!]),
        );
        apply(hall.calling, JSON.parse(JSON.stringify(puts)));
        expect(hall.calling.problems).toStrictEqual([]);
        for (const { queue, window, action, seconds } of steps) {
          if (action === 'issue') hall.issue(queue, seconds % 5 === 0);
          else hall.tell({ type: action as 'next', window });
          hall.pass(seconds * second);
        }
        for (const queue of ['a', 'b', 'c']) {
          const guess = guessWait(draftOf(hall), queue, hall.queue(queue).waiting);
          const told = now(hall, queue);
          if (guess === null) {
            expect(told).toBeNull();
            continue;
          }
          expect(
            readRecord('pace', JSON.parse(JSON.stringify(hall.calling.paces.get(queue)))),
          ).toHaveProperty('record');
          for (const seconds of [guess.lowSeconds, guess.medianSeconds, guess.highSeconds]) {
            expect(Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 86_400).toBe(true);
          }
          expect(guess.lowSeconds).toBeLessThanOrEqual(guess.medianSeconds);
          expect(guess.medianSeconds).toBeLessThanOrEqual(guess.highSeconds);
          if (told === null) continue;
          expect(told.low <= told.median && told.median <= told.high).toBe(true);
          expect(told.low * 60 <= guess.lowSeconds && told.high * 60 >= guess.highSeconds).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});
