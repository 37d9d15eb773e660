import { describe, expect, test } from 'vitest';
import { businessOf, windowDetail } from '../../src/calling/views.js';
import { exampleSettings, Hall, withRules } from './hall.js';

const detail = (hall: Hall, window: string) => windowDetail(hall.calling, window, hall.settings);

describe('a window in detail', () => {
  test('names whom it serves, whom next would call, and how many wait', () => {
    const hall = new Hall();
    hall.issue('general');
    hall.issue('tax');
    hall.issue('general', true);
    hall.next('6');
    hall.tell({ type: 'recall', window: '6' });
    expect(detail(hall, '6')).toStrictEqual({
      current: {
        ...{ ticket: 'id-3', number: 'A002', queue: 'general', matter: 'registration' },
        ...{ priority: true, via: null, onward: [], times: 2 },
      },
      next: {
        ...{ ticket: 'id-1', number: 'A001', queue: 'general', matter: 'registration' },
        ...{ priority: false, via: null, onward: [] },
      },
      held: false,
      waiting: 2,
      business: 'general、tax',
      ratingSession: null,
    });
    expect(detail(hall, '5')).toMatchObject({ current: null, next: { number: 'A001' }, waiting: 1 });
  });

  test('says what next does', () => {
    const hall = new Hall();
    for (let count = 0; count < 12; count++) hall.issue(count % 4 ? 'general' : 'tax', count % 3 === 0);
    for (let count = 0; count < 12; count++) {
      const expected = detail(hall, '6').next?.number;
      expect(hall.next('6').calls[0]?.number).toBe(expected);
    }
    expect(detail(hall, '6').next).toBeNull();
  });

  test('says that the call is held, and which session the visitor may rate', () => {
    const hall = new Hall(withRules({ holdSeconds: 5 }));
    hall.issue();
    hall.issue();
    hall.next('5');
    hall.next('5');
    const session = hall.calling.ratings.get('5')?.open?.session;
    expect(session).toBeTypeOf('string');
    expect(detail(hall, '5')).toMatchObject({ current: null, held: true, ratingSession: session });
  });

  test.each(['9', '', '__proto__', 'toString'])('is empty for "%s", which nobody configured', (window) => {
    expect(detail(new Hall(), window)).toStrictEqual({
      current: null,
      next: null,
      held: false,
      waiting: 0,
      business: null,
      ratingSession: null,
    });
  });
});

test('the business of a window is in the words of the configuration, else the labels of its queues', () => {
  const hall = new Hall({
    ...exampleSettings,
    queues: {
      general: { prefix: 'A', label: '社保登记', windows: ['5', '6'] },
      tax: { prefix: 'T', windows: ['6'] },
    },
    windows: { '5': { business: '综合' }, '6': {} },
  });
  const business = (window: string) => businessOf(hall.calling, window, hall.settings);
  expect([business('5'), business('6')]).toStrictEqual(['综合', '社保登记、tax']);
});
