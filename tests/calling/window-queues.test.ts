import { describe, expect, test } from 'vitest';
import type { CallingSettings } from '../../src/calling/settings.js';
import { calledIn, exampleSettings, Hall, hour, minute, typesOf } from './hall.js';

const serve = (hall: Hall, window: string, ...queues: string[]) =>
  hall.tell({ type: 'serve', window, queues });

/** Window 5 serves general in the morning, tax from 13:30 on, and both after 16:00. */
const scheduled: CallingSettings = {
  ...exampleSettings,
  windows: {
    ...exampleSettings.windows,
    '5': { schedule: { '13:30': ['tax'], '16:00': ['tax', 'general'] } },
  },
};

describe('serve', () => {
  test('changes the queues of a window for today, and tells whom it concerns', () => {
    const hall = new Hall();
    hall.issue('general');
    hall.issue('tax');
    hall.tell({ type: 'open', window: '5' });
    const decision = serve(hall, '5', 'tax', 'tax');
    expect(decision).toMatchObject({
      events: [],
      changed: { windows: ['5'], queues: ['general', 'tax'] },
    });
    expect(hall.window('5').queues).toStrictEqual(['tax']);
    expect([hall.queue('general').windowsOpen, hall.queue('tax').windowsOpen]).toStrictEqual([0, 1]);
    hall.restart();
    expect(calledIn(hall.next('5'))).toStrictEqual(['T001']);
    expect(serve(hall, '5', 'tax')).toMatchObject({ puts: {} });
    hall.pass(24 * hour);
    hall.tell({ type: 'tick' });
    expect(hall.window('5').queues).toStrictEqual(['general']);
  });

  test('with none goes back to the configuration', () => {
    const hall = new Hall();
    serve(hall, '5', 'tax', 'general');
    expect(hall.window('5').queues).toStrictEqual(['tax', 'general']);
    serve(hall, '5');
    expect(hall.window('5').queues).toStrictEqual(['general']);
    expect(serve(hall, '5')).toMatchObject({ puts: {}, changed: { windows: [] } });
  });

  test('does not open a closed window, nor does it lose whom one serves', () => {
    const hall = new Hall();
    expect(typesOf(serve(hall, '5', 'tax'))).toStrictEqual([]);
    expect(hall.window('5').state).toBe('closed');
    serve(hall, '5');
    hall.issue('general');
    hall.next('5');
    serve(hall, '5', 'tax');
    expect(hall.window('5').number).toBe('A001');
    expect(typesOf(hall.tell({ type: 'done', window: '5' }))).toStrictEqual(['ticket.served']);
  });

  test('is refused unknown queues and windows, and is forgotten with queues that go', () => {
    const hall = new Hall();
    expect(serve(hall, '5', 'general', 'teeth')).toMatchObject({
      refusal: { code: 'queue.unknown' },
      puts: {},
    });
    expect(serve(hall, '9', 'general').refusal?.code).toBe('window.unknown');
    serve(hall, '5', 'tax');
    const { general } = hall.settings.queues;
    hall.settings = { ...hall.settings, queues: { general: general! } };
    expect(hall.window('5').queues).toStrictEqual(['general']);
  });
});

describe('a schedule', () => {
  test('changes the business of a window at its time, by the tick that was asked for', () => {
    const hall = new Hall(scheduled, '2026-11-23T04:50:30.000Z');
    hall.issue('general');
    hall.issue('tax');
    hall.next('5');
    expect(hall.window('5').queues).toStrictEqual(['general']);
    hall.pass(20 * minute);
    hall.tell({ type: 'tick' });
    // 13:10:30, so 19 and a half minutes are left.
    expect(hall.millisecondsToTick()).toBe(19.5 * minute);
    hall.pass(19.5 * minute - 1);
    expect(hall.tell({ type: 'tick' }).puts).toStrictEqual({});
    hall.pass(1);
    const decision = hall.tell({ type: 'tick' });
    expect(decision.events).toStrictEqual([]);
    expect(decision.changed).toStrictEqual({ queues: ['general', 'tax'], windows: ['5'] });
    expect(hall.window('5')).toMatchObject({ queues: ['tax'], number: 'A001', state: 'serving' });
    hall.issue('general');
    expect(calledIn(hall.next('5'))).toStrictEqual(['T001']);
    expect(hall.next('5').nobodyWaiting).toBe(true);
    hall.pass(3 * hour);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A002']);
  });

  test('holds after a restart, and is over at midnight, also without anybody at the windows', () => {
    const hall = new Hall(scheduled, '2026-11-23T06:00:00.000Z');
    hall.tell({ type: 'tick' });
    hall.restart();
    expect(hall.tell({ type: 'tick' }).puts).toStrictEqual({});
    expect(hall.window('5').queues).toStrictEqual(['tax']);
    hall.pass(9.5 * hour);
    hall.tell({ type: 'tick' });
    expect(hall.window('5').queues).toStrictEqual(['tax', 'general']);
    expect(hall.millisecondsToTick()).toBe(30 * minute);
    hall.pass(30 * minute);
    expect(hall.tell({ type: 'tick' }).changed.windows).toContain('5');
    expect(hall.window('5').queues).toStrictEqual(['general']);
  });

  test('is over at midnight also where the day of then was begun before', () => {
    const hall = new Hall(scheduled, '2026-11-23T15:30:00.000Z');
    hall.tell({ type: 'day.begin', date: '2026-11-24' });
    expect(hall.window('5').queues).toStrictEqual(['tax', 'general']);
    expect(hall.millisecondsToTick()).toBe(30 * minute);
    hall.pass(30 * minute);
    hall.tell({ type: 'tick' });
    expect(hall.window('5').queues).toStrictEqual(['general']);
  });

  test('gives way to what staff said for today', () => {
    const hall = new Hall(scheduled, '2026-11-23T05:00:00.000Z');
    serve(hall, '5', 'general', 'tax');
    hall.pass(hour);
    expect(hall.tell({ type: 'tick' }).changed.windows).toStrictEqual([]);
    expect(hall.window('5').queues).toStrictEqual(['general', 'tax']);
    serve(hall, '5');
    expect(hall.window('5').queues).toStrictEqual(['tax']);
  });

  test('says nothing while the clock is not to be trusted', () => {
    const hall = new Hall(scheduled, '2026-11-23T06:00:00.000Z');
    hall.quality = 'untrusted';
    hall.tell({ type: 'tick' });
    expect(hall.window('5').queues).toStrictEqual(['general']);
    hall.quality = 'synced';
    expect(hall.millisecondsToTick()).toBe(0);
    hall.tell({ type: 'tick' });
    expect(hall.window('5').queues).toStrictEqual(['tax']);
    hall.quality = 'untrusted';
    expect(hall.tell({ type: 'tick' }).changed.windows).toStrictEqual(['5']);
    expect(hall.window('5').queues).toStrictEqual(['general']);
    expect(hall.millisecondsToTick()).toBeGreaterThan(0);
  });

  test('may send a window to lunch: it calls nobody then, and nobody is lost', () => {
    const settings: CallingSettings = {
      ...exampleSettings,
      windows: { '5': { schedule: { '12:00': [], '13:00': ['general'] } } },
    };
    const hall = new Hall(settings, '2026-11-23T03:59:00.000Z');
    hall.issue();
    hall.pass(minute);
    expect(hall.next('5').nobodyWaiting).toBe(true);
    hall.pass(hour);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A001']);
  });
});
