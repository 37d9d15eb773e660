import { describe, expect, test } from 'vitest';
import { loadCalling } from '../../src/calling/state.js';
import { recentCalls } from '../../src/calling/views.js';
import { calledIn, Hall, minute, picture, second, typesOf } from './hall.js';

describe('after a restart', () => {
  test('the same people are served, nothing is called again, and nobody is forgotten', () => {
    const hall = new Hall();
    for (let count = 0; count < 6; count++) hall.issue('general', count === 5);
    hall.next('5');
    hall.next('6');
    hall.tell({ type: 'recall', window: '6' });
    hall.tell({ type: 'serve', window: '5', queues: ['tax', 'general'] });
    const before = [picture(hall.calling), recentCalls(hall.calling)];
    hall.restart('boot-2');
    const first = hall.tell({ type: 'tick' });
    expect(first).toMatchObject({ calls: [], events: [], puts: {} });
    expect([picture(hall.calling), recentCalls(hall.calling)]).toStrictEqual(before);
    expect(calledIn(hall.next('5'))).toStrictEqual(['A002']);
  });

  test('the calls that stand are there for the display, the newest first', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue('tax', true);
    hall.next('5');
    hall.restart('boot-2');
    hall.pass(-minute);
    hall.next('6');
    hall.tell({ type: 'recall', window: '6' });
    hall.pass(second);
    expect(recentCalls(hall.calling).map(({ at: _, ...call }) => call)).toStrictEqual([
      { ticket: 'id-1', number: 'A001', queue: 'general', window: '5', priority: false, times: 1 },
      { ticket: 'id-2', number: 'T001', queue: 'tax', window: '6', priority: true, times: 2 },
    ]);
    hall.tell({ type: 'done', window: '5' });
    expect(recentCalls(hall.calling).map(({ window }) => window)).toStrictEqual(['6']);
  });

  test('the newest call is so by measured time, though the clock was set back between', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.next('5');
    hall.pass(minute);
    hall.wall -= 60 * minute;
    hall.next('6');
    expect(recentCalls(hall.calling).map(({ window }) => window)).toStrictEqual(['6', '5']);
  });

  test('5,000 who wait are loaded as they were', () => {
    const hall = new Hall();
    for (let count = 0; count < 5100; count++) hall.issue(count % 3 ? 'general' : 'tax', count % 20 === 0);
    for (let count = 0; count < 100; count++) {
      hall.next('6');
      if (count % 2) hall.tell({ type: 'skip', window: '6' });
    }
    const loaded = loadCalling(hall.stored);
    expect(loaded.problems).toStrictEqual([]);
    expect(picture(loaded)).toStrictEqual(picture(hall.calling));
    expect(hall.queue('general').waiting + hall.queue('tax').waiting).toBe(5000);
  });

  test('a ticket that is called and skipped at once in the store is told, and the window is free', () => {
    const hall = new Hall();
    hall.issue();
    hall.next('5');
    const ticket = hall.stored.get('calling/ticket/id-1') as Record<string, unknown>;
    const skipped = { at: hall.now, window: '5' };
    hall.stored.set('calling/ticket/id-1', { ...ticket, skipped } as never);
    hall.restart();
    expect(hall.calling.problems.map(({ key }) => key)).toStrictEqual([
      'calling/ticket/id-1',
      'calling/window/5',
    ]);
    expect(typesOf(hall.next('5'))).toStrictEqual([]);
  });
});
