import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../src/supervisor/config/check.js';
import type { Configuration } from '../../src/supervisor/config/schema.js';
import { planChange } from '../../src/supervisor/plan.js';

const calling = { queues: { general: { prefix: 'A', windows: ['5'] } } };
const base = {
  hall: 'jinshan',
  controller: 'row-a',
  hub: { url: 'mqtt://127.0.0.1' },
  buses: {},
  devices: {},
};
const problems = (more: object) =>
  checkDocument({ ...base, ...more }, () => undefined).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
const valid = (more: object): Configuration => {
  const { configuration, problems } = checkDocument({ ...base, ...more }, () => undefined);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return configuration;
};

describe('a configuration of one of several boards', () => {
  it.each([
    ['a leader', { calling: { ...calling, hands: ['row-b', 'row-c'] } }],
    ['a hand', { leader: 'row-b' }],
    ['a hand of one of two', { leader: ['row-b', 'row-c'] }],
    ['a standby', { leader: 'row-b', calling: { ...calling, standbyFor: 'row-b', hands: ['row-c'] } }],
    [
      'a standby with the list that all share',
      { leader: ['row-b', 'row-a'], calling: { ...calling, standbyFor: 'row-b' } },
    ],
  ])('may be %s', (_, more) => {
    expect(problems(more)).toEqual([]);
  });

  it.each([
    [{ calling: { ...calling, hands: ['row-a'] } }, /^calling\.hands\.0: "row-a" is this controller/],
    [{ calling: { ...calling, hands: ['row-b', 'row-b'] } }, /^calling\.hands\.1: "row-b" is named twice/],
    [{ calling: { ...calling, hands: ['Row B'] } }, /^calling\.hands\.0: found "Row B"/],
    [{ calling: { ...calling, hands: [] } }, /^calling\.hands: /],
    [{ leader: 'row-a' }, /^leader: "row-a" is this controller/],
    [{ leader: ['row-b', 'row-b'] }, /^leader\.1: "row-b" is named twice/],
    [{ leader: 'row-b', calling }, /^leader: with a calling section .*standbyFor/],
    [{ calling: { ...calling, standbyFor: 'row-b' } }, /^calling\.standbyFor: .*add leader: row-b/],
    [
      { leader: 'row-a', calling: { ...calling, standbyFor: 'row-a' } },
      /^calling\.standbyFor: "row-a" is this/,
    ],
    [{ hub: undefined, leader: 'row-b' }, /^leader: .*over a broker: add hub/],
    [
      { hub: undefined, calling: { ...calling, hands: ['row-b'] } },
      /^calling\.hands: .*over a broker: add hub/,
    ],
  ])('%j is wrong, and says what to do', (more, expected) => {
    const found = problems(more);
    expect(
      found.some((one) => expected.test(one)),
      found.join('\n'),
    ).toBe(true);
  });

  it('without a name of its own has that mistake alone', () => {
    expect(problems({ controller: undefined })).toEqual(['controller: missing']);
  });

  it('changes by one step that touches no device', () => {
    const before = valid({ calling });
    const changes: object[] = [{ calling: { ...calling, hands: ['row-b'] } }, { leader: 'row-b' }];
    for (const change of changes)
      expect(planChange(before, valid(change)).steps).toEqual([{ do: 'use-calling' }]);
    expect(planChange(valid({ leader: 'row-b' }), valid({ leader: ['row-b', 'row-c'] })).steps).toEqual([
      { do: 'use-calling' },
    ]);
  });
});
