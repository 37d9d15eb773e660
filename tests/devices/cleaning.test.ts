import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CleaningFacts,
  type CleaningReason,
  type CleaningRules,
  cleaningReasons,
  judgeCleaning,
} from '../../src/devices/washroom/cleaning.js';
import { Cubicles } from '../../src/devices/washroom/cubicles.js';
import { Moment } from '../../src/devices/washroom/moment.js';
import { SmellTrend } from '../../src/devices/washroom/smell-trend.js';
import { Steps } from '../../src/devices/washroom/steps.js';
import { TimeMean } from '../../src/devices/washroom/time-mean.js';
import { VisitCount } from '../../src/devices/washroom/visit-count.js';
import { readKept } from '../../src/devices/washroom/washroom-memory.js';
import type { Json } from '../../src/kernel/json.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

const rules: CleaningRules = { dueAfterVisits: 60, dueAfterHours: 2, dueWhenWet: true };
const clean: CleaningFacts = { visits: 0, openHours: 0, smell: null, floor: null };
const judge = (facts: Partial<CleaningFacts>, before: readonly CleaningReason[] = [], by = rules) =>
  judgeCleaning(before, { ...clean, ...facts }, by);

describe('cleaning', () => {
  it('is due by each reason alone', () => {
    expect(judge({})).toEqual([]);
    expect(judge({ visits: 59, openHours: 1.99, smell: 'well', floor: 'dry' })).toEqual([]);
    expect(judge({ visits: 60 })).toEqual(['visits']);
    expect(judge({ openHours: 2 })).toEqual(['hours']);
    expect(judge({ smell: 'bad' })).toEqual(['smell']);
    expect(judge({ floor: 'wet' })).toEqual(['water']);
    expect(judge({ visits: 99, openHours: 9, smell: 'bad', floor: 'wet' })).toEqual([...cleaningReasons]);
  });

  it('is never due by what is switched off', () => {
    const none: CleaningRules = { dueAfterVisits: 0, dueAfterHours: 0, dueWhenWet: false };
    expect(judge({ visits: 999, openHours: 99, floor: 'wet' }, [], none)).toEqual([]);
  });

  it('ends by itself only where smell and water were all, and all of it is over', () => {
    expect(judge({ floor: 'dry' }, ['water'])).toEqual([]);
    expect(judge({ smell: 'well' }, ['smell'])).toEqual([]);
    expect(judge({ smell: 'well', floor: 'dry' }, ['smell', 'water'])).toEqual([]);
    expect(judge({ smell: 'well' }, ['smell', 'water'])).toEqual(['smell', 'water']);
    expect(judge({ floor: 'dry' }, ['visits', 'water'])).toEqual(['visits', 'water']);
    expect(judge({ smell: 'well', floor: 'dry' }, ['hours', 'smell', 'water'])).toHaveLength(3);
    expect(judge({}, ['water'])).toEqual(['water']);
  });

  it('stays due, whatever happens, once visits or hours were a reason, and never without a reason', () => {
    const facts = fc.record({
      visits: fc.nat(200),
      openHours: fc.double({ min: 0, max: 10, noNaN: true }),
      smell: fc.constantFrom('bad' as const, 'well' as const, null),
      floor: fc.constantFrom('wet' as const, 'dry' as const, null),
    });
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 40 }), (all) => {
        let because: readonly CleaningReason[] = [];
        for (const one of all) {
          const before = because;
          because = judgeCleaning(before, one, rules);
          for (const reason of before) {
            if (because.length > 0 || before.includes('visits') || before.includes('hours')) {
              expect(because).toContain(reason);
            }
          }
          if (one.floor === 'wet') expect(because).toContain('water');
          if (one.smell === 'bad') expect(because).toContain('smell');
          if (one.visits >= 60) expect(because).toContain('visits');
          expect(new Set(because).size).toBe(because.length);
        }
      }),
    );
  });
});

describe('the trend of the smell', () => {
  const limits = { smellLimit: 250, smellMinutes: 5, smellRise: 100 };
  const trendOf = (...minutes: (number | null)[]) => {
    const trend = new SmellTrend(limits);
    for (const mean of minutes) trend.minute(mean);
    return trend;
  };
  const times = <Value>(count: number, value: Value): Value[] => Array(count).fill(value);

  it('is bad after five minutes on end at the limit, and not after four', () => {
    expect(trendOf(...times(4, 250)).isBad).toBe(false);
    expect(trendOf(...times(5, 250)).isBad).toBe(true);
    expect(trendOf(...times(4, 400), 240, ...times(4, 400)).isBad).toBe(false);
    expect(trendOf(...times(4, 400), null, ...times(4, 400)).isBad).toBe(false);
  });

  it('is bad where a quarter of an hour is by 100 worse than the hour before, below the limit too', () => {
    expect(trendOf(...times(60, 95), ...times(15, 195)).isBad).toBe(true);
    expect(trendOf(...times(60, 95), ...times(15, 194)).isBad).toBe(false);
    expect(trendOf(...times(45, 95), ...times(15, 200)).isBad).toBe(true);
    expect(trendOf(...times(44, 95), ...times(15, 200)).isBad).toBe(false);
    expect(trendOf(...times(60, 95), null, ...times(14, 240)).isBad).toBe(false);
  });

  it('is not bad where it has only risen from very good to usual', () => {
    expect(trendOf(...times(60, 20), ...times(15, 130)).isBad).toBe(false);
  });

  it('is well after an hour below half way from usual to the limit, all of it known', () => {
    expect(trendOf(...times(59, 174)).isWell).toBe(false);
    expect(trendOf(...times(60, 174)).isWell).toBe(true);
    expect(trendOf(...times(60, 175)).isWell).toBe(false);
    expect(trendOf(...times(40, 100), null, ...times(40, 100)).isWell).toBe(false);
    expect(trendOf().isWell).toBe(false);
  });

  it('is never bad and well at once, and knows nothing of nothing', () => {
    const minute = fc.option(fc.integer({ min: 1, max: 500 }), { nil: null });
    fc.assert(
      fc.property(fc.array(minute, { maxLength: 200 }), (minutes) => {
        const trend = trendOf(...minutes);
        expect(trend.isBad && trend.isWell).toBe(false);
        if (minutes.at(-1) === null) expect(trend.isBad || trend.isWell).toBe(false);
      }),
    );
  });

  it('knows nothing any more once it was told to forget', () => {
    const trend = trendOf(...times(10, 400));
    trend.forget();
    expect(trend.isBad).toBe(false);
    for (const mean of times(4, 400)) trend.minute(mean);
    expect(trend.isBad).toBe(false);
  });
});

describe('the count of visits', () => {
  const openings = (count: number) => ({ entered: 0, left: 0, unknownDirection: count });

  it('takes two openings of a door for one visit, the first of them for its begin', () => {
    const count = new VisitCount(2);
    expect([1, 1, 1, 1, 1].map((one) => count.passed(openings(one)))).toEqual([1, 0, 1, 0, 1]);
    expect(count.sinceCleaned).toBe(3);
    expect(count.passed({ entered: 2, left: 5, unknownDirection: 0 })).toBe(2);
  });

  it('is never negative, never a fraction, and the same however the openings are bundled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.nat(30), { maxLength: 50 }),
        (perVisit, bundles) => {
          const count = new VisitCount(perVisit);
          for (const one of bundles) expect(count.passed(openings(one))).toBeGreaterThanOrEqual(0);
          const all = bundles.reduce((sum, one) => sum + one, 0);
          expect(count.sinceCleaned).toBe(Math.ceil(all / perVisit));
        },
      ),
    );
  });

  it('begins a day at midnight, goes on with that of the same day, and not with that of another', () => {
    const midnight = Date.parse('2026-11-20T16:00:00.000Z');
    const at = (minutes: number) => ({ minutes: minutes % 1_440, wall: midnight + minutes * 60_000 });
    const first = new VisitCount(1);
    first.visited(7);
    expect(first.today).toBeNull();
    first.look(at(600));
    expect(first.today).toBe(7);
    const sameDay = new VisitCount(1);
    sameDay.resume(first.kept);
    sameDay.visited(1);
    sameDay.look(null);
    expect(sameDay.today).toBeNull();
    sameDay.look(at(700));
    expect([sameDay.today, sameDay.sinceCleaned]).toEqual([8, 8]);
    const nextDay = new VisitCount(1);
    nextDay.resume(first.kept);
    nextDay.look(at(1_500));
    expect([nextDay.today, nextDay.sinceCleaned]).toEqual([0, 7]);
    sameDay.look(at(1_441));
    expect([sameDay.today, sameDay.sinceCleaned]).toEqual([0, 8]);
  });
});

describe('cubicles', () => {
  const limit = 1_800_000;

  it('are not counted before all of them are known', () => {
    const cubicles = new Cubicles(2, limit);
    cubicles.level(0, true, 0);
    expect(cubicles.taken).toBeNull();
    cubicles.level(1, false, 0);
    expect(cubicles.taken).toBe(1);
    cubicles.lost(5);
    expect(cubicles.taken).toBeNull();
    expect(cubicles.tooLong(limit * 2)).toEqual([]);
  });

  it('go on counting where their lines were lost shortly, and begin anew where that was long', () => {
    const cubicles = new Cubicles(1, limit);
    cubicles.level(0, true, 0);
    cubicles.lost(1_000_000);
    cubicles.level(0, true, 1_200_000);
    expect(cubicles.tooLong(limit)).toEqual([1]);
    cubicles.lost(limit);
    cubicles.level(0, true, 2 * limit);
    expect(cubicles.tooLong(2 * limit)).toEqual([]);
    expect(cubicles.tooLong(3 * limit)).toEqual([1]);
  });
});

describe('a mean over time', () => {
  it('weighs by time what was known, and says nothing of what was not', () => {
    const mean = new TimeMean();
    mean.saw(10, 0);
    mean.saw(20, 1_000);
    mean.saw(null, 4_000);
    expect(mean.end(10_000)).toEqual({ mean: 17.5, maximum: 20, knownMilliseconds: 4_000 });
    expect(mean.end(20_000)).toEqual({ mean: null, maximum: null, knownMilliseconds: 0 });
  });

  it('goes on over the end of a period', () => {
    const mean = new TimeMean();
    mean.saw(10, 0);
    mean.end(1_000);
    expect(mean.end(3_000)).toEqual({ mean: 10, maximum: 10, knownMilliseconds: 2_000 });
  });
});

describe('steps', () => {
  it('stay where they are while a value trembles, and follow where it moves', () => {
    const steps = new Steps(0.1);
    expect([22.84, 22.86, 22.82, 22.89, 22.81].map((one) => steps.round(one))).toEqual([
      22.8, 22.8, 22.8, 22.9, 22.8,
    ]);
    expect(steps.round(null)).toBeNull();
    expect(new Steps(5).round(103)).toBe(105);
  });

  it('are never further than a step from the value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (values) => {
        const steps = new Steps(5);
        for (const value of values) expect(Math.abs(steps.round(value)! - value)).toBeLessThan(5);
      }),
    );
  });
});

describe('a moment', () => {
  it('gets its time once the clock can be trusted, and keeps it', async () => {
    const clock = new VirtualClock('1970-01-01T00:00:00.000Z');
    clock.trust = 'untrusted';
    const moment = Moment.now(clock);
    await clock.advance(10_000);
    expect([moment.wall, moment.secondsAgo]).toEqual([null, 10]);
    clock.wallOffsetMilliseconds = Date.parse('2026-11-21T01:00:00.000Z');
    clock.trust = 'synced';
    expect(moment.wall).toBe(Date.parse('2026-11-21T01:00:00.000Z'));
    clock.wallOffsetMilliseconds += 500;
    expect(moment.wall).toBe(Date.parse('2026-11-21T01:00:00.000Z'));
  });

  it('that was kept without a time, or lies ahead, is nobody knows how long ago', () => {
    const clock = new VirtualClock();
    expect(Moment.kept(clock, null).secondsAgo).toBeNull();
    expect(Moment.kept(clock, clock.wallMilliseconds() + 60_000).secondsAgo).toBeNull();
    expect(Moment.kept(clock, clock.wallMilliseconds() - 60_000).secondsAgo).toBe(60);
    clock.trust = 'untrusted';
    expect(Moment.kept(clock, clock.wallMilliseconds() - 60_000).secondsAgo).toBeNull();
  });
});

describe('what was kept', () => {
  it('is nothing where it is not what this version has written', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(readKept(JSON.parse(text) as Json)).toBeUndefined();
      }),
    );
    expect(readKept(undefined)).toBeUndefined();
  });
});
