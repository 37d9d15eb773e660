import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DaysLeft } from '../../src/devices/supplies/days-left.js';
import { openDay } from '../../src/devices/supplies/open-day.js';
import type { Json } from '../../src/kernel/json.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

const hour = 3_600_000;
const monday = Date.parse('2026-11-23');

/** A supply that is looked at every half hour while the hall is open, from nine to five. */
function supply(days = new DaysLeft()) {
  let level = 100;
  let date = monday;
  let at = 0;
  const made = {
    days,
    get level() {
      return level;
    },
    setLevel(percent: number) {
      level = percent;
    },
    /** One look at what the level is now, in whole steps as a printer tells it. */
    look(open = true, said = level) {
      made.days.observe(said, open ? new Date(date).toISOString().slice(0, 10) : null, at);
    },
    /** A day on which `percent` is used, evenly; `step` is how coarse the printer is. */
    day(percent: number, { step = 1, open = true, noise = (): number => 0 } = {}) {
      at = date - monday + 9 * hour;
      for (let look = 0; look < 16; look++) {
        level = Math.max(0, level - percent / 16);
        const said = Math.ceil(level / step) * step + noise();
        made.look(open, Math.min(100, Math.max(0, said)));
        at += hour / 2;
      }
      date += 24 * hour;
    },
    /** Nobody looks. */
    skip(count = 1) {
      date += 24 * hour * count;
    },
    restart() {
      made.days = new DaysLeft(JSON.parse(JSON.stringify(made.days.toJson())) as Json);
      at = 0;
    },
    estimate: () => made.days.estimate(level),
  };
  return made;
}

describe('how many days a supply lasts', () => {
  it('is not known before three whole days after the first', () => {
    const roll = supply();
    for (let day = 0; day < 4; day++) {
      roll.day(10);
      expect(roll.estimate(), `day ${day}`).toBeNull();
    }
    roll.day(10);
    expect(roll.estimate()).toEqual({ low: 5, median: 5, high: 5 });
  });

  it('is told with bounds that are wider where the days differ', () => {
    const even = supply();
    const uneven = supply();
    for (const percent of [6, 2, 9, 5, 8, 3, 7, 4]) {
      even.day(5.5);
      uneven.day(percent);
    }
    const span = (one: ReturnType<typeof supply>) => one.estimate()!.high - one.estimate()!.low;
    expect(span(even)).toBeLessThan(span(uneven));
    expect(uneven.estimate()!.median).toBeGreaterThanOrEqual(9);
    expect(uneven.estimate()!.median).toBeLessThanOrEqual(12);
  });

  it('is known also of a printer that tells its toner in steps of ten percent', () => {
    const toner = supply();
    for (let day = 0; day < 25; day++) toner.day(2, { step: 10 });
    const { low, high } = toner.days.estimate(50)!;
    expect(low).toBeGreaterThanOrEqual(20);
    expect(high).toBeLessThanOrEqual(30);
  });

  it('counts no day on which the hall was closed', () => {
    const roll = supply();
    for (let week = 0; week < 2; week++) {
      for (let day = 0; day < 5; day++) roll.day(4);
      for (let day = 0; day < 2; day++) roll.day(0, { open: false });
    }
    const { low, median, high } = roll.days.estimate(40)!;
    expect([low >= 9, median, high <= 11]).toEqual([true, 10, true]); // twelve to thirteen with the weekends
  });

  it('learns on where somebody has put a new one in, told or not', () => {
    for (const told of [true, false]) {
      const roll = supply();
      for (let day = 0; day < 6; day++) roll.day(10);
      roll.setLevel(100);
      if (told) roll.days.replaced();
      for (let day = 0; day < 3; day++) roll.day(10);
      const { low, median, high } = roll.days.estimate(50)!;
      expect([low >= 4, median, high <= 6]).toEqual([true, 5, true]);
    }
  });

  it('takes a new one that is no fuller than the old one for a new one only where somebody says so', () => {
    const roll = supply();
    for (let day = 0; day < 6; day++) roll.day(10);
    const before = roll.days.estimate(50);
    roll.days.replaced();
    roll.setLevel(20); // a roll that was begun elsewhere
    roll.day(0);
    roll.day(0);
    expect(roll.days.estimate(50)).toEqual(before);
  });

  it('is not misled by noise, a hand before the sensor, or a wrong value in between', () => {
    const plain = supply();
    const disturbed = supply();
    let turn = 0;
    for (let day = 0; day < 8; day++) {
      plain.day(5);
      disturbed.day(5, { noise: () => [0, 2, 0, 1, 0, 80, 0, -60][turn++ % 8]! });
    }
    const without = plain.days.estimate(50)!;
    const withNoise = disturbed.days.estimate(50)!;
    expect(Math.abs(withNoise.median - without.median)).toBeLessThanOrEqual(1);
  });

  it('is not misled by a hand that stays for a quarter of a minute', () => {
    const roll = supply();
    for (let day = 0; day < 6; day++) roll.day(5);
    const { level } = roll;
    const today = '2026-11-28';
    roll.days.observe(level, today, 5.9 * 24 * hour);
    roll.days.observe(level, today, 5.95 * 24 * hour);
    const before = roll.days.toJson();
    for (let second = 0; second < 15; second++) roll.days.observe(1, today, 6 * 24 * hour + second * 1_000);
    roll.days.observe(level, today, 6 * 24 * hour + 16_000);
    for (let second = 20; second < 35; second++) roll.days.observe(99, today, 6 * 24 * hour + second * 1_000);
    roll.days.observe(level, today, 6 * 24 * hour + 60_000);
    roll.days.observe(level, today, 6 * 24 * hour + 90_000);
    expect(roll.days.toJson()).toEqual(before);
  });

  it('goes on where it was after a restart, each night and with nothing written for days', () => {
    const nightly = supply();
    for (let week = 0; week < 3; week++) {
      for (let day = 0; day < 5; day++) {
        nightly.day(2);
        nightly.restart();
      }
      nightly.skip(2);
    }
    expect(nightly.days.estimate(20)!.median).toBeGreaterThanOrEqual(9);
    expect(nightly.days.estimate(20)!.median).toBeLessThanOrEqual(11);

    const rarely = supply();
    let kept = rarely.days.toJson();
    for (let week = 0; week < 6; week++) {
      for (let day = 0; day < 5; day++) {
        rarely.day(1);
        if (day === 3) kept = rarely.days.toJson();
        rarely.days = new DaysLeft(kept); // switched off each night
      }
      rarely.skip(2);
    }
    expect(rarely.days.estimate(20)!.low).toBeGreaterThanOrEqual(15);
    expect(rarely.days.estimate(20)!.high).toBeLessThanOrEqual(26);
  });

  it('says nothing of what lasts longer than anybody plans', () => {
    const drum = supply();
    for (let day = 0; day < 30; day++) drum.day(0.04, { step: 0.04 });
    expect(drum.estimate()).toBeNull();
  });

  it('is nought where nothing is left', () => {
    const roll = supply();
    for (let day = 0; day < 10; day++) roll.day(10);
    expect(roll.days.estimate(0)).toEqual({ low: 0, median: 0, high: 0 });
  });

  it('is ordered, whole and never a made-up number, whatever is seen', () => {
    const step = fc.record({
      level: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double(), fc.constant(Number.NaN)),
      day: fc.oneof(
        fc.constant(null),
        fc
          .integer({ min: 0, max: 90 })
          .map((day) => new Date(monday + day * 24 * hour).toISOString().slice(0, 10)),
        fc.string(),
      ),
      pause: fc.integer({ min: 0, max: 48 * hour }),
      next: fc.constantFrom('nothing', 'replaced', 'restart'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 100 }), (steps, asked) => {
        let days = new DaysLeft();
        let at = 0;
        for (const { level, day, pause, next } of steps) {
          at += pause;
          days.observe(level, day, at);
          if (next === 'replaced') days.replaced();
          if (next === 'restart') {
            const text = JSON.stringify(days.toJson());
            expect(text.length).toBeLessThan(400);
            const restored = new DaysLeft(JSON.parse(text) as Json);
            expect(JSON.stringify(restored.toJson())).toBe(text);
            days = restored;
          }
          const estimate = days.estimate(asked);
          if (estimate === null) continue;
          const { low, median, high } = estimate;
          expect([low, median, high].every((value) => Number.isSafeInteger(value) && value >= 0)).toBe(true);
          expect(low <= median && median <= high).toBe(true);
        }
      }),
    );
  });

  it('comes near to the truth at any steady use, and is longer where more is left', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 12, noNaN: true }),
        fc.constantFrom(1, 2, 5),
        fc.integer({ min: 10, max: 100 }),
        (use, step, left) => {
          const one = supply();
          for (let day = 0; day < 30; day++) {
            if (one.level < use) one.setLevel(100);
            one.day(use, { step });
          }
          const estimate = one.days.estimate(left);
          if (estimate === null) return;
          const truth = left / use;
          expect(estimate.low).toBeLessThanOrEqual(truth * 1.35 + 1);
          expect(estimate.high).toBeGreaterThanOrEqual(truth * 0.7 - 1);
          expect(one.days.estimate(left / 2)!.median).toBeLessThanOrEqual(estimate.median);
        },
      ),
    );
  });

  it('begins anew with whatever else the storage holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const days = new DaysLeft(value as Json);
        days.observe(50, '2026-11-23', 0);
        expect(days.estimate(50)).toBeNull();
      }),
    );
    const uses = Array.from({ length: 5 }, () => 4);
    const whole = { level: 50, day: '2026-11-23', waiting: 0, uses };
    expect(new DaysLeft(whole).estimate(40)).toEqual({ low: 10, median: 10, high: 10 });
    for (const broken of [
      { ...whole, uses: [0, 0, 0, 0, 0] },
      { ...whole, uses: [4, 4, 'x', 4, 4] },
      { ...whole, uses: Array.from({ length: 400 }, () => 1) },
      { ...whole, waiting: -1 },
      { ...whole, waiting: 1e9 },
      { ...whole, level: 400 },
      { ...whole, day: 'today' },
    ]) {
      expect(new DaysLeft(broken).estimate(40)).toBeNull();
    }
  });
});

describe('the day that consumption is counted for', () => {
  const at = (wall: string, minutes: number | null, open = true) =>
    openDay({ clock: new VirtualClock(wall), localMinutes: () => minutes, isOpen: () => open });

  it("is the hall's own date", () => {
    expect(at('2026-11-22T15:59:59.000Z', 23 * 60 + 59)).toBe('2026-11-22'); // Shanghai
    expect(at('2026-11-22T16:00:00.000Z', 0)).toBe('2026-11-23');
    expect(at('2026-11-23T03:00:00.000Z', 22 * 60)).toBe('2026-11-22'); // New York
    expect(at('2026-11-22T11:00:00.000Z', 0)).toBe('2026-11-23'); // Auckland
    expect(at('2026-12-31T16:30:00.000Z', 30)).toBe('2027-01-01');
  });

  it('is none while the hall is closed, or while the clock cannot be trusted', () => {
    expect(at('2026-11-22T16:00:00.000Z', null)).toBeNull();
    expect(at('2026-11-22T16:00:00.000Z', 0, false)).toBeNull();
  });
});
