import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import {
  hitsOf,
  remainingSeconds,
  scoreQuantile,
  serviceTimes,
  spreadSeconds,
  withScore,
  withService,
  withTurnaround,
  withWait,
} from '../../src/calling/pace.js';
import { emptyPace, type Pace, paceRecord } from '../../src/calling/pace-record.js';

const served = (seconds: readonly number[]): Pace => seconds.reduce(withService, emptyPace);

const waited = (pace: Pace, day: string, minutes: readonly number[]): Pace =>
  minutes.reduce((sum, one) => withWait(sum, day, one * 60), pace);

const oneToHundred = Array.from({ length: 100 }, (_, place) => place + 0.5);

describe('the length of services', () => {
  test('is unknown below three', () => {
    expect(serviceTimes(served([300, 400]))).toBeUndefined();
    expect(serviceTimes(served([300, 400, 500]))?.meanSeconds).toBe(400);
  });

  test('is that of the latest forty', () => {
    const slow = Array.from({ length: 40 }, () => 600);
    expect(serviceTimes(served([...Array.from({ length: 50 }, () => 60), ...slow]))).toStrictEqual({
      meanSeconds: 600,
      deviationSeconds: 0,
      count: 40,
    });
  });

  test('is hardly longer for one service of three hours', () => {
    const usual = Array.from({ length: 20 }, (_, place) => 240 + place * 12);
    const before = serviceTimes(served(usual))!;
    const after = serviceTimes(served([...usual, 3 * 3600]))!;
    expect(before.meanSeconds).toBe(354);
    expect(after.meanSeconds).toBeGreaterThan(before.meanSeconds);
    expect(after.meanSeconds).toBeLessThan(before.meanSeconds * 1.12);
  });

  test('is that of most also where several of the latest were endless', () => {
    const pace = served([...Array.from({ length: 12 }, () => 300), 9000, 9000, 9000]);
    expect(serviceTimes(pace)!.meanSeconds).toBeLessThan(400);
  });

  test('leaves less the longer one lasts, as long as others lasted longer, and more when none did', () => {
    const pace = served([100, 200, 300, 400, 500]);
    const left = [0, 250, 2000].map((elapsed) => Math.round(remainingSeconds(pace, elapsed, 300)));
    expect(left).toStrictEqual([300, 188, 2000]);
  });
});

describe('the moment between two visitors', () => {
  test('is a moving mean, and a break of hours is none', () => {
    let pace = withTurnaround(emptyPace, 20);
    expect(pace.turnaroundSeconds).toBe(20);
    pace = withTurnaround(pace, 28);
    expect(pace.turnaroundSeconds).toBe(21);
    pace = withTurnaround(pace, 2 * 3600);
    expect(pace.turnaroundSeconds).toBeLessThan(60);
  });
});

describe('the spread of waits', () => {
  test('is that of the seven days before, not of today nor of what is longer ago', () => {
    let pace = waited(
      emptyPace,
      '2026-11-10',
      oneToHundred.map((one) => one * 3),
    );
    expect(spreadSeconds(pace, '2026-11-18')).toBeNull();
    pace = waited(pace, '2026-11-11', oneToHundred);
    pace = waited(
      pace,
      '2026-11-18',
      Array.from({ length: 100 }, () => 5),
    );
    const minutes = spreadSeconds(pace, '2026-11-18')! / 60;
    expect(minutes).toBeGreaterThan(75);
    expect(minutes).toBeLessThan(85);
  });

  test('is that of today on the first day, when twenty were called', () => {
    const nineteen = waited(emptyPace, '2026-11-18', oneToHundred.slice(0, 19));
    expect(spreadSeconds(nineteen, '2026-11-18')).toBeNull();
    const twenty = waited(nineteen, '2026-11-18', [19.5]);
    const minutes = spreadSeconds(twenty, '2026-11-18')! / 60;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThan(18);
  });

  test('comes out as closely as the buckets are wide, for any waits', () => {
    const waits = fc.array(fc.double({ min: 0.1, max: 240, noNaN: true }), {
      minLength: 200,
      maxLength: 400,
    });
    fc.assert(
      fc.property(waits, (minutes) => {
        const sorted = [...minutes].sort((a, b) => a - b);
        const around = (share: number) =>
          [-1, 0, 1].map((aside) => sorted[Math.floor(minutes.length * share) + aside]!);
        const [first, last] = [around(0.1), around(0.9)];
        const wide = (minute: number) => Math.max(1, minute / 2);
        const pace = waited(emptyPace, '2026-11-11', minutes);
        const found = spreadSeconds(pace, '2026-11-12')! / 60;
        expect(found).toBeGreaterThan(last[0]! - wide(last[0]!) - first[2]! - wide(first[2]!));
        expect(found).toBeLessThan(last[2]! + wide(last[2]!) - first[0]! + wide(first[0]!));
      }),
      { numRuns: 100 },
    );
  });

  test('is unknown on a day that is none', () => {
    const pace = waited(emptyPace, '2026-11-11', oneToHundred);
    for (const day of ['', 'yesterday', '1970-01-01']) expect(spreadSeconds(pace, day)).toBeNull();
  });
});

describe('scores', () => {
  test('have quantiles on the safe side', () => {
    const scores = Array.from({ length: 20 }, (_, place) => place);
    expect(scoreQuantile(scores, 0.04)).toBe(0);
    expect(scoreQuantile(scores, 0.96)).toBe(19);
    expect(scoreQuantile(scores, 0.5)).toBe(10);
    expect(scoreQuantile([], 0.5)).toBe(0);
    const many = Array.from({ length: 60 }, (_, place) => place);
    expect([0, 0.04, 0.96, 1].map((share) => scoreQuantile(many, share))).toStrictEqual([0, 1, 58, 59]);
  });

  test('of the latest sixty count', () => {
    let pace = emptyPace;
    for (let count = 0; count < 60; count++) pace = withScore(pace, 9, false);
    for (let count = 0; count < 45; count++) pace = withScore(pace, 0, true);
    expect(hitsOf(pace)).toStrictEqual({ hits: 45, of: 60 });
    expect(pace.scores.filter((score) => score === 0)).toHaveLength(45);
  });
});

test('what is remembered stays small and is read back as it was, whatever happens', () => {
  const anything = fc.oneof(
    fc.record({ kind: fc.constant('served'), value: fc.double({ min: 0, max: 1e7, noNaN: true }) }),
    fc.record({ kind: fc.constant('turnaround'), value: fc.double({ min: 0, max: 1e7, noNaN: true }) }),
    fc.record({ kind: fc.constant('wait'), value: fc.double({ min: 0, max: 1e7, noNaN: true }) }),
    fc.record({ kind: fc.constant('score'), value: fc.double({ min: -1e9, max: 1e9, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 60 }), (steps) => {
      let pace = emptyPace;
      for (let round = 0; round < 30; round++) {
        const day = `2026-11-${String(round + 1).padStart(2, '0')}`;
        for (const { kind, value } of steps) {
          if (kind === 'served') pace = withService(pace, value);
          else if (kind === 'turnaround') pace = withTurnaround(pace, value);
          else if (kind === 'wait') pace = withWait(pace, day, value);
          else pace = withScore(pace, value, value > 0);
        }
      }
      const text = JSON.stringify(pace);
      expect(text.length).toBeLessThan(1400);
      expect(v.parse(paceRecord, JSON.parse(text))).toStrictEqual(pace);
    }),
    { numRuns: 100 },
  );
});
