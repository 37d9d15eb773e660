import { describe, expect, test } from 'vitest';
import { attentionOf, nextAttentionAt } from '../../src/calling/attention.js';
import type { Pace } from '../../src/calling/pace-record.js';
import { paceKey } from '../../src/calling/records.js';
import type { CallingSettings } from '../../src/calling/settings.js';
import { exampleSettings, Hall, hour, minute, second, typesOf } from './hall.js';

const settings: CallingSettings = {
  ...exampleSettings,
  queues: {
    general: { prefix: 'A', windows: ['1', '2', '3', '4'] },
    tax: { prefix: 'T', windows: ['5', '6'] },
  },
  windows: {},
  evaluatorWindows: [],
};
const limits = settings.rules;

const attention = (hall: Hall, ...standing: string[]) =>
  attentionOf(hall.calling, hall.now, hall.settings, new Set(standing));

const issueMany = (hall: Hall, count: number, queue = 'general') => {
  for (let place = 0; place < count; place++) hall.issue(queue);
};

/** Services of ten minutes, whose guesses came true. */
const slowPace: Pace = {
  served: Array.from({ length: 40 }, (_, place) => 570 + (place % 3) * 30),
  turnaroundSeconds: 0,
  scores: Array.from({ length: 60 }, (_, place) => (place % 7) / 2 - 1.5),
  hits: '1'.repeat(60),
  days: [{ day: '2026-11-20', waits: [20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20] }],
};

function knownHall(waiting: number): Hall {
  const hall = new Hall(settings);
  hall.stored.set(paceKey('general'), JSON.parse(JSON.stringify(slowPace)));
  hall.restart();
  for (const window of ['1', '2']) {
    hall.issue();
    hall.next(window);
  }
  issueMany(hall, waiting);
  return hall;
}

describe('queue.pressure', () => {
  test('stands where people will likely wait longer than the limit, and says what could open', () => {
    expect(attention(knownHall(3))).toStrictEqual([]);
    const hall = knownHall(6);
    hall.tell({ type: 'pause', window: '3' });
    hall.tell({ type: 'open', window: '5' });
    const [found, ...others] = attention(hall);
    expect(others).toStrictEqual([]);
    expect(found).toStrictEqual({
      code: 'queue.pressure',
      part: 'general',
      waiting: 6,
      windowsOpen: 2,
      waitMinutes: expect.toSatisfy((minutes) => minutes > limits.pressureMinutes && minutes < 42),
      couldOpen: ['3', '4', '5'],
    });
  });

  test('stands without an estimate where more than ten wait for each open window', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    issueMany(hall, 10);
    expect(attention(hall)).toStrictEqual([]);
    hall.issue();
    expect(attention(hall)).toMatchObject([{ waiting: 11, windowsOpen: 1, waitMinutes: null }]);
    hall.tell({ type: 'open', window: '2' });
    expect(attention(hall)).toStrictEqual([]);
  });

  test('stands without an estimate where the first has waited longer than the limit already', () => {
    const hall = new Hall(settings);
    issueMany(hall, 3);
    hall.next('1');
    hall.pass(limits.pressureMinutes * minute);
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(second);
    expect(attention(hall)).toMatchObject([{ code: 'queue.pressure', waiting: 2, waitMinutes: null }]);
  });

  test('stands where people wait for three minutes and no window is open for them', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '5' });
    issueMany(hall, 1);
    hall.pass(3 * minute - 1);
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(1);
    expect(attention(hall)).toStrictEqual([
      {
        code: 'queue.pressure',
        part: 'general',
        waiting: 1,
        windowsOpen: 0,
        waitMinutes: null,
        couldOpen: ['1', '2', '3', '4', '5'],
      },
    ]);
    hall.tell({ type: 'open', window: '2' });
    expect(attention(hall, 'queue.pressure general')).toStrictEqual([]);
    hall.tell({ type: 'pause', window: '2' });
    hall.pass(2 * minute);
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(minute);
    expect(attention(hall)).toHaveLength(1);
  });

  test('does not stand outside the opening hours, nor in their first minutes', () => {
    const hall = new Hall({ ...settings, hours: { 'mon-sun': ['09:30-12:00'] } });
    issueMany(hall, 2);
    hall.pass(30 * minute);
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(3 * minute);
    expect(attention(hall)).toMatchObject([{ windowsOpen: 0 }]);
    hall.pass(2 * hour + 30 * minute);
    expect(attention(hall, 'queue.pressure general')).toStrictEqual([]);
    hall.quality = 'untrusted';
    expect(attention(hall)).toMatchObject([{ windowsOpen: 0 }]);
  });

  test('stands again after a power cut, though nobody knows how long people waited before it', () => {
    const hall = new Hall(settings);
    issueMany(hall, 2);
    hall.pass(20 * minute);
    hall.restart('boot-2');
    hall.quality = 'untrusted';
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(3 * minute);
    expect(attention(hall)).toMatchObject([{ part: 'general', waiting: 2 }]);
  });

  test('that stands goes only when it is well below the limit', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    issueMany(hall, 11);
    const standing = attention(hall).map(({ code, part }) => `${code} ${part}`);
    hall.next('1');
    hall.next('1');
    expect(hall.queue('general').waiting).toBe(9);
    expect(attention(hall)).toStrictEqual([]);
    expect(attention(hall, ...standing)).toHaveLength(1);
    hall.next('1');
    expect(attention(hall, ...standing)).toStrictEqual([]);

    const known = knownHall(6);
    expect(attention(known)).toHaveLength(1);
    known.next('1');
    known.next('2');
    const [stands] = attention(known, 'queue.pressure general');
    expect(stands).toMatchObject({ waitMinutes: expect.toSatisfy((wait) => wait <= limits.pressureMinutes) });
    expect(attention(known)).toStrictEqual([]);
  });

  test('counts no window that nobody attends to, and names it', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    issueMany(hall, 2);
    hall.pass(limits.unattendedMinutes * minute);
    expect(attention(hall)).toStrictEqual([]);
    hall.tell({ type: 'tick' });
    expect(attention(hall)).toMatchObject([{ windowsOpen: 0, couldOpen: ['1', '2', '3', '4'] }]);
  });
});

describe('service.overlong', () => {
  test('stands when a service lasts longer than the limit, until it ends', () => {
    const hall = new Hall(settings);
    hall.issue();
    hall.next('1');
    hall.pass(limits.overlongMinutes * minute);
    expect(attention(hall)).toStrictEqual([]);
    hall.pass(1);
    expect(attention(hall)).toStrictEqual([
      { code: 'service.overlong', part: '1', number: 'A001', servedMinutes: limits.overlongMinutes },
    ]);
    hall.tell({ type: 'done', window: '1' });
    expect(attention(hall)).toStrictEqual([]);
  });

  test('does not stand where nobody measured it', () => {
    const hall = new Hall(settings);
    hall.issue();
    hall.next('1');
    hall.quality = 'untrusted';
    hall.restart('boot-2');
    hall.pass(5 * hour);
    expect(attention(hall)).toStrictEqual([]);
  });
});

describe('window.unattended', () => {
  const limit = limits.unattendedMinutes * minute;
  const alone = (): Hall => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    hall.issue();
    return hall;
  };

  test('is told once when nothing happens at an open window while people wait for it', () => {
    const hall = alone();
    hall.pass(limit - 1);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual([]);
    hall.pass(1);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual(['window.unattended']);
    expect(hall.of('window.unattended')).toStrictEqual([{ window: '1', staff: null }]);
    hall.pass(5 * limit);
    hall.restart();
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual([]);
    hall.restart('boot-2');
    hall.pass(5 * limit);
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual([]);
  });

  test('is told again after somebody pressed there and left again', () => {
    const hall = alone();
    hall.issue();
    hall.pass(limit);
    hall.tell({ type: 'tick' });
    hall.next('1');
    hall.tell({ type: 'done', window: '1' });
    hall.pass(limit - 1);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toHaveLength(1);
    hall.pass(1);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toHaveLength(2);
  });

  test('is over when nobody waits for it any more, and told anew for the next who wait so long', () => {
    const hall = alone();
    hall.pass(limit);
    hall.tell({ type: 'tick' });
    hall.next('2');
    hall.tell({ type: 'tick' });
    expect(hall.calling.windows.get('1')?.unattended).toBe(false);
    hall.issue();
    hall.tell({ type: 'close', window: '2' });
    hall.pass(limit - 1);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toHaveLength(1);
    hall.pass(1);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toHaveLength(2);
  });

  test('is not told of a window that serves, is paused or closed, waits for a rating, or that nobody waits for', () => {
    const rules = { ...limits, holdSeconds: 3600 };
    const hall = new Hall({ ...settings, evaluatorWindows: ['2'], rules });
    issueMany(hall, 3);
    hall.next('1');
    hall.next('2');
    expect(hall.next('2').held).toBe(true);
    hall.tell({ type: 'pause', window: '3' });
    hall.tell({ type: 'open', window: '4' });
    hall.tell({ type: 'close', window: '4' });
    hall.tell({ type: 'open', window: '5' });
    hall.pass(2 * limit);
    hall.tell({ type: 'tick' });
    expect(hall.of('window.unattended')).toStrictEqual([]);
  });
});

describe('the next look', () => {
  const pause = (hall: Hall) => nextAttentionAt(hall.calling, hall.now, hall.settings);

  test('is an hour away where nobody waits, a minute where somebody does', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    expect(pause(hall)).toBe(hour);
    hall.issue();
    expect(pause(hall)).toBe(minute);
  });

  test('is when a service becomes overlong, and no more after that', () => {
    const hall = new Hall(settings);
    hall.issue();
    hall.next('1');
    hall.pass(40 * minute);
    expect(pause(hall)).toBe(5 * minute + 1);
    hall.pass(pause(hall));
    expect(attention(hall)).toHaveLength(1);
    expect(pause(hall)).toBe(hour);
  });

  test('is when a window becomes unattended, and finds it so', () => {
    const hall = new Hall(settings);
    hall.tell({ type: 'open', window: '1' });
    hall.issue();
    hall.pass(9.5 * minute);
    expect(pause(hall)).toBe(30 * second);
    hall.pass(pause(hall));
    expect(typesOf(hall.tell({ type: 'tick' }))).toStrictEqual(['window.unattended']);
    expect(pause(hall)).toBe(minute);
  });
});
