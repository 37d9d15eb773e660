import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { entrance } from '../../src/devices/entrance/entrance.js';
import { PeopleCount } from '../../src/devices/entrance/people-count.js';
import type { DeviceMemory } from '../../src/devices/kind.js';
import { noPassages } from '../../src/devices/parts/passages.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedLd2450 } from '../../src/simulator/ld2450.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import { dice, makeDeviceWithParts, memory } from './bench.js';
import { radarBench } from './part-bench.js';

const minutes = (count: number) => count * 60_000;
const hours = (count: number) => minutes(60 * count);
const unknown = {
  enteredToday: null,
  leftToday: null,
  unknownDirectionToday: null,
  occupancy: null,
  occupancyLow: null,
  occupancyHigh: null,
};

/** Local time is UTC plus 8 h, as in Shanghai; the hall is open from 09:00 to 17:00. */
const localMinutes = (clock: VirtualClock) => Math.floor((clock.wallMilliseconds() / 60_000 + 480) % 1_440);

interface Setting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly kept?: DeviceMemory;
  /** When it starts, in UTC; 08:50 of the hall if absent. */
  readonly startsAt?: string;
  readonly hasHours?: boolean;
  readonly trusted?: boolean;
  readonly secondDoor?: { readonly protocol: string; readonly [option: string]: unknown };
}

/** A hall with two light barriers at its door on lines 0 and 1, and perhaps a second door on lines 2 and 3. */
async function hall(setting: Setting = {}) {
  const { options = {}, kept = memory(), startsAt = '2026-11-21T00:50:00.000Z', hasHours = true } = setting;
  const clock = new VirtualClock(startsAt);
  if (setting.trusted === false) clock.trust = 'untrusted';
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 8, clock });
  const bus = gpioBus('gpio', chip, clock, dice(1));
  const isOpen = () => !hasHours || (localMinutes(clock) >= 540 && localMinutes(clock) < 1_020);
  const parts: Record<string, { bus: Bus; protocol: string }> = {
    passage: { bus, protocol: 'beam-pair', ...{ lines: [0, 1] } },
  };
  if (setting.secondDoor !== undefined) {
    parts['passage-2'] = { bus, ...setting.secondDoor };
  }
  const { device, reports } = makeDeviceWithParts(entrance, 'door', options, parts, clock, {
    memory: kept,
    isOpen,
    localMinutes: () => (clock.trust === 'untrusted' ? null : localMinutes(clock)),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await device.stop();
    await bus.close();
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  };
  onTestFinished(stop);
  device.start();
  await clock.advance(10);
  /** People walk through a door, a second each. */
  const walk = async (way: 'in' | 'out', people = 1, door = 0) => {
    const [outer, inner] = [panel.line(2 * door), panel.line(2 * door + 1)];
    const [first, second] = way === 'in' ? [outer, inner] : [inner, outer];
    for (let person = 0; person < people; person++) {
      first.high();
      await clock.advance(200);
      second.high();
      await clock.advance(200);
      first.low();
      await clock.advance(200);
      second.low();
      await clock.advance(400);
    }
  };
  /** Advances to a time of the hall's day: `"09:30"`. */
  const until = async (time: string) => {
    const now = (clock.wallMilliseconds() + hours(8)) % hours(24);
    const then = hours(Number(time.slice(0, 2))) + minutes(Number(time.slice(3)));
    await clock.advance((then - now + hours(24)) % hours(24));
  };
  const people = () => device.capabilities.countsPeople?.occupancy;
  return { clock, panel, bus, device, reports, kept, walk, until, people, stop };
}

describe('an entrance', () => {
  it('counts people in and out, and who is inside by that', async () => {
    const { clock, reports, walk, people } = await hall();
    expect(people()).toEqual({ low: 0, median: 0, high: 0 });
    await walk('in', 5);
    await walk('out', 2);
    await clock.advance(2_000);
    expect(reports.now).toEqual({
      enteredToday: 5,
      leftToday: 2,
      unknownDirectionToday: 0,
      occupancy: 3,
      occupancyLow: 1,
      occupancyHigh: 5,
    });
    expect(people()).toEqual({ low: 1, median: 3, high: 5 });
  });

  it('knows nothing before its door is watched, and while it is not', async () => {
    const { clock, panel, reports, walk, people } = await hall();
    expect(reports.shown[0]).toEqual(unknown);
    await walk('in', 3);
    panel.line(0).takenBy('somebody');
    await clock.advance(3_000);
    expect(reports.now).toEqual(unknown);
    expect(people()).toBeNull();
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['passage']);
    panel.line(0).free();
    await clock.advance(10_000);
    expect(reports.standing.size).toBe(0);
    // What may have passed within the minute and some seconds widens the band: ten people in five minutes at least.
    expect(people()).toEqual({ low: 0, median: 3, high: 7 });
  });

  it('tells its readings at most every two seconds, those who listen at once', async () => {
    const { device, reports, walk } = await hall();
    let changes = 0;
    device.capabilities.countsPeople?.onChange(() => changes++);
    const before = reports.shown.length;
    await walk('in', 20);
    expect(changes).toBe(20);
    expect(reports.shown.length - before).toBeLessThanOrEqual(11);
    expect(reports.shown.length - before).toBeGreaterThanOrEqual(9);
  });

  it('adds up all its doors', async () => {
    const { reports, walk, clock, people } = await hall({
      secondDoor: { protocol: 'beam-pair', lines: [2, 3] },
    });
    await walk('in', 4, 0);
    await walk('out', 3, 1);
    await clock.advance(2_000);
    expect(reports.now).toMatchObject({ enteredToday: 4, leftToday: 3, occupancy: 1 });
    expect(people()?.median).toBe(1);
  });

  it('with a door that knows no direction says so, and nothing any more where most pass there', async () => {
    const { reports, walk, clock, people } = await hall({
      secondDoor: { protocol: 'single-beam', line: 2 },
    });
    await walk('in', 4);
    const exact = people();
    await walk('in', 2, 1);
    await clock.advance(2_000);
    expect(reports.now).toMatchObject({ enteredToday: 4, unknownDirectionToday: 2, occupancy: 4 });
    expect(people()!.high - exact!.high).toBeGreaterThanOrEqual(2);
    await walk('in', 3, 1);
    expect(people()).toBeNull();
    await clock.advance(2_000);
    expect(reports.now).toMatchObject({ enteredToday: 4, unknownDirectionToday: 5, occupancy: null });
  });

  it('counts a radar’s door as well', async () => {
    const { clock, bus, farEnd } = radarBench(new VirtualClock('2026-11-21T00:50:00.000Z'));
    const radar = simulatedLd2450(farEnd, clock);
    const parts = { passage: { bus, protocol: 'ld2450' } };
    const { device, reports } = makeDeviceWithParts(entrance, 'door', { startsWith: 0 }, parts, clock);
    device.start();
    await clock.advance(300);
    radar.walk({ xMillimetres: 0, yMillimetres: 400 }, { xMillimetres: 0, yMillimetres: 3_000 });
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ enteredToday: 1, occupancy: 1 });
    expect(reports.alives.length).toBeGreaterThan(0);
    radar.power.off();
    await clock.advance(4_000);
    expect(reports.standing.get('device.unresponsive')).toMatchObject({
      part: 'passage',
      code: 'sensor.silent',
    });
    expect(reports.now).toEqual(unknown);
    await device.stop();
    radar.close();
    const closing = bus.close();
    await clock.advance(10);
    await closing;
    expect(clock.pending()).toEqual([]);
  });
});

describe('the count of people', () => {
  it('is never below nobody: it was wrong by at least that much', () => {
    const count = new PeopleCount(0.03);
    count.begin(0);
    count.passed({ ...noPassages, entered: 3 });
    count.passed({ ...noPassages, left: 8 });
    expect(count.band).toEqual({ low: 0, median: 0, high: 5 });
    count.passed({ ...noPassages, entered: 2 });
    expect(count.band).toMatchObject({ low: 0, median: 2, high: 7 });
  });

  it('grows less certain with every passage, never more', () => {
    const passage = fc.constantFrom('entered' as const, 'left' as const);
    fc.assert(
      fc.property(
        fc.array(passage, { maxLength: 300 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (all, share) => {
          const count = new PeopleCount(share);
          count.begin(0);
          for (const way of all) {
            count.passed({ ...noPassages, [way]: 1 });
            const { low, median, high } = count.band!;
            expect(low).toBeGreaterThanOrEqual(0);
            expect(low).toBeLessThanOrEqual(median);
            expect(high).toBeGreaterThanOrEqual(median);
            expect(high - median).toBeGreaterThanOrEqual(Math.floor(2.5 * Math.sqrt(share * count.passages)));
          }
        },
      ),
    );
  });

  /** A day of 500 visitors who stay about half an hour, as they are; each passage may be counted wrong. */
  function day(seed: number, errorShare: number, count: PeopleCount): { inside: number; moments: number } {
    const random = dice(seed);
    const deeds = Array.from({ length: 500 }, () => {
      const comes = 8 * 60 * random();
      return [
        { at: comes, way: 1 },
        { at: comes + 5 + 50 * random(), way: -1 },
      ];
    })
      .flat()
      .sort((a, b) => a.at - b.at);
    count.begin(0);
    let truth = 0;
    let [inside, moments] = [0, 0];
    let next = 0;
    for (let minute = 0; minute < 10 * 60; minute++) {
      for (; next < deeds.length && deeds[next]!.at <= minute; next++) {
        const { way } = deeds[next]!;
        truth += way;
        const wrong = random() < errorShare;
        const how = random();
        // Of ten that are counted wrong seven are not seen, two are seen twice, one goes the wrong way.
        const times = !wrong ? 1 : how < 0.7 ? 0 : how < 0.9 ? 2 : 1;
        const seen = wrong && how >= 0.9 ? -way : way;
        for (let time = 0; time < times; time++) {
          count.passed({ ...noPassages, ...(seen > 0 ? { entered: 1 } : { left: 1 }) });
        }
      }
      const band = count.band!;
      moments++;
      if (truth >= band.low && truth <= band.high) inside++;
    }
    return { inside, moments };
  }

  it.each([0.01, 0.03, 0.1])(
    'is right within its bounds for 95 %% of the day with %d of errors',
    (errorShare) => {
      let [inside, moments] = [0, 0];
      for (let seed = 1; seed <= 200; seed++) {
        const found = day(seed, errorShare, new PeopleCount(errorShare));
        inside += found.inside;
        moments += found.moments;
      }
      expect(inside / moments).toBeGreaterThanOrEqual(0.95);
    },
  );

  it('is right for less of it where more is counted wrong than is stated', () => {
    let [inside, moments] = [0, 0];
    for (let seed = 1; seed <= 50; seed++) {
      const found = day(seed, 0.2, new PeopleCount(0.01));
      inside += found.inside;
      moments += found.moments;
    }
    expect(inside / moments).toBeLessThan(0.8);
  });
});

describe('the summary of five minutes', () => {
  it('is recorded at the wall clock’s five minutes where somebody passed, and kept', async () => {
    const { reports, walk, until, kept } = await hall();
    await until('09:00');
    expect(reports.events).toEqual([]);
    await walk('in', 3);
    await walk('out', 1);
    await until('09:10');
    expect(reports.events).toEqual([
      {
        type: 'entrance.summary',
        from: '2026-11-21T01:00:00.000Z',
        to: '2026-11-21T01:05:00.000Z',
        entered: 3,
        left: 1,
        occupancy: { low: 1, median: 2, high: 3 },
        knownPercent: 100,
      },
    ]);
    const data = { ...reports.events[0], device: 'door' };
    expect(v.is(eventTypes['entrance.summary'].data, data)).toBe(true);
    expect(kept).toMatchObject({ writes: 1 });
  });

  it('says for how much of the time the doors were watched', async () => {
    const { reports, panel, until, clock } = await hall();
    await until('09:01');
    panel.line(1).takenBy('somebody');
    await clock.advance(minutes(1));
    panel.line(1).free();
    await until('09:05');
    expect(reports.events).toHaveLength(1);
    const { knownPercent } = reports.events[0]!;
    expect(knownPercent).toBeGreaterThan(70);
    expect(knownPercent).toBeLessThan(82);
    panel.unplug();
    await until('12:00');
    // One for the five minutes in which it was lost; none for those of which nothing is known.
    expect(reports.events.length).toBeLessThanOrEqual(2);
  });
});

describe('a night', () => {
  it('empties the hall and begins a new day', async () => {
    const { reports, walk, until, people, clock, kept } = await hall();
    await until('10:00');
    await walk('in', 9);
    await walk('out', 5);
    await until('02:59');
    expect(people()?.median).toBe(4);
    expect(reports.now).toMatchObject({ enteredToday: 9 });
    const writes = kept.get();
    await until('03:00');
    await clock.advance(3_000);
    expect(reports.now).toEqual({
      enteredToday: 0,
      leftToday: 0,
      unknownDirectionToday: 0,
      occupancy: 0,
      occupancyLow: 0,
      occupancyHigh: 0,
    });
    expect(kept.get()).not.toEqual(writes);
    expect(kept).toMatchObject({ writes: 3 });
  });

  it('does it once: who comes before the hall opens stays inside', async () => {
    const { walk, until, people } = await hall();
    await until('03:10');
    await walk('in', 2);
    await until('08:30');
    expect(people()?.median).toBe(2);
  });

  it('empties an open hall only where nobody passed for an hour; the day begins anew all the same', async () => {
    const { reports, walk, until, people, clock } = await hall({
      hasHours: false,
      options: { startsWith: 0 },
    });
    await until('22:00');
    await walk('in', 4);
    await until('02:30');
    await walk('in', 1);
    await until('03:00');
    await clock.advance(3_000);
    expect(people()?.median).toBe(5);
    expect(reports.now).toMatchObject({ enteredToday: 0, occupancy: 5 });
    await until('03:35');
    expect(people()).toEqual({ low: 0, median: 0, high: 0 });
    expect(reports.standing.has('entrance.nothing-counted')).toBe(false);
  });

  it('that an open hall was busy through is over in the morning: a quiet hour then empties nothing', async () => {
    const { walk, until, people } = await hall({ hasHours: false, options: { startsWith: 0 } });
    for (const time of ['02:30', '03:20', '04:10', '05:00', '05:50']) {
      await until(time);
      await walk('in', 1);
    }
    await until('09:00');
    expect(people()?.median).toBe(5);
  });

  it('waits for a clock that can be trusted', async () => {
    const { clock, walk, until, people } = await hall();
    await walk('in', 3);
    await until('02:00');
    clock.trust = 'untrusted';
    await until('04:00');
    expect(people()?.median).toBe(3);
    clock.trust = 'holdover';
    await until('04:05');
    expect(people()?.median).toBe(0);
  });
});

describe('a start', () => {
  it('in an open hall without a memory knows not how many are inside, until the night', async () => {
    const { reports, walk, until, people } = await hall({ startsAt: '2026-11-21T02:00:00.000Z' });
    await walk('in', 3);
    await until('10:05');
    expect(reports.now).toMatchObject({ enteredToday: 3, occupancy: null, occupancyHigh: null });
    expect(people()).toBeNull();
    expect(reports.events).toMatchObject([{ entered: 3, occupancy: null }]);
    await until('03:00');
    expect(people()).toEqual({ low: 0, median: 0, high: 0 });
  });

  it('may be told how many', async () => {
    const { people } = await hall({ startsAt: '2026-11-21T02:00:00.000Z', options: { startsWith: 12 } });
    expect(people()).toMatchObject({ median: 12 });
  });

  it('goes on with the day’s count, and what may have passed meanwhile widens the band', async () => {
    const first = await hall();
    await first.until('09:30');
    await first.walk('in', 30);
    await first.until('09:40');
    await first.walk('out', 2);
    const before = first.people()!;
    await first.stop();
    const second = await hall({ kept: first.kept, startsAt: '2026-11-21T01:50:00.000Z' });
    await second.clock.advance(3_000);
    expect(second.reports.now).toMatchObject({ enteredToday: 30, leftToday: 2, occupancy: 28 });
    // Ten minutes, of which five have seen 30 people at most.
    const missed = second.people()!.high - before.high;
    expect(missed).toBeGreaterThanOrEqual(59);
    expect(missed).toBeLessThanOrEqual(61);
    await second.until('09:55');
    // What the first life had counted and not told.
    expect(second.reports.events).toMatchObject([{ entered: 0, left: 2 }]);
  });

  it('after a restart that took no time knows what it knew', async () => {
    const first = await hall();
    await first.walk('in', 4);
    const before = first.people()!;
    const at = new Date(first.clock.wallMilliseconds()).toISOString();
    await first.stop();
    const second = await hall({ kept: first.kept, startsAt: at });
    expect(second.people()!.median).toBe(4);
    expect(second.people()!.high - before.high).toBeLessThanOrEqual(1);
  });

  it('after a night without power begins with an empty hall', async () => {
    const first = await hall();
    await first.walk('in', 4);
    await first.stop();
    const second = await hall({ kept: first.kept, startsAt: '2026-11-22T00:40:00.000Z' });
    await second.clock.advance(3_000);
    expect(second.reports.now).toMatchObject({ enteredToday: 0, occupancy: 0, occupancyHigh: 0 });
  });

  it('with a clock that is known to be wrong waits until it is right; what passes meanwhile is not lost', async () => {
    const first = await hall();
    await first.walk('in', 4);
    await first.stop();
    const second = await hall({ kept: first.kept, startsAt: '1970-01-01T00:00:30.000Z', trusted: false });
    await second.walk('in', 2);
    await second.walk('out', 1);
    await second.clock.advance(2_000);
    expect(second.people()).toBeNull();
    expect(second.reports.now).toMatchObject({ enteredToday: 2, leftToday: 1, occupancy: null });
    const right = Date.parse('2026-11-21T01:02:00.000Z');
    second.clock.wallOffsetMilliseconds = right - second.clock.monotonicMilliseconds();
    second.clock.trust = 'synced';
    await second.walk('out', 1);
    await second.clock.advance(2_000);
    expect(second.reports.now).toMatchObject({ enteredToday: 6, leftToday: 2, occupancy: 4 });
    expect(second.people()!.high).toBeGreaterThan(20);
  });

  it.each([null, 'x', 7, [], { version: 2 }, { version: 1, at: 'x' }, { version: 1, at: -1, count: {} }])(
    'with a memory that it does not understand begins anew: %j',
    async (kept) => {
      const { people, walk } = await hall({ kept: memory(kept) });
      await walk('in', 1);
      expect(people()).toMatchObject({ median: 1 });
    },
  );

  it('writes nothing but with events, at the night and at its end', async () => {
    const { until, kept, walk, stop, clock } = await hall();
    await until('02:50');
    expect(kept).toMatchObject({ writes: 0 });
    await walk('in', 1);
    await until('02:55');
    expect(kept).toMatchObject({ writes: 1 });
    await clock.advance(minutes(1));
    await stop();
    expect(kept).toMatchObject({ writes: 2 });
  });
});

describe('the faults of an entrance', () => {
  it('say that the hall is full, until it is below nine tenths', async () => {
    const { reports, walk, clock } = await hall({ options: { capacity: 20 } });
    await walk('in', 19);
    expect(reports.standing.has('entrance.crowded')).toBe(false);
    await walk('in', 1);
    expect(reports.standing.get('entrance.crowded')).toMatchObject({ people: 20, capacity: 20 });
    await walk('out', 2);
    expect(reports.standing.has('entrance.crowded')).toBe(true);
    await walk('out', 1);
    await clock.advance(10);
    expect(reports.standing.has('entrance.crowded')).toBe(false);
    expect(reports.faults.filter((fault) => fault === 'raised entrance.crowded')).toHaveLength(1);
  });

  it('that it is full are over by night, also where its door is not watched then', async () => {
    const { reports, walk, panel, until } = await hall({ options: { capacity: 20 } });
    await walk('in', 20);
    panel.line(0).high();
    await until('16:00');
    expect([...reports.standing.keys()].sort()).toEqual(['device.bad-reading', 'entrance.crowded']);
    await until('03:10');
    expect([...reports.standing.keys()]).toEqual(['device.bad-reading']);
  });

  it('say that nothing was counted in two hours of business', async () => {
    const { reports, walk, until } = await hall();
    await until('10:55');
    expect(reports.standing.has('entrance.nothing-counted')).toBe(false);
    await until('11:01');
    expect(reports.standing.get('entrance.nothing-counted')).toEqual({ minutes: 120 });
    await walk('in', 1);
    expect(reports.standing.has('entrance.nothing-counted')).toBe(false);
    await until('08:00');
    expect(reports.standing.has('entrance.nothing-counted')).toBe(true);
  });

  it('say nothing of that where it is not wanted, nor in a hall without hours', async () => {
    const quiet = await hall({ options: { quietMinutes: 0 } });
    await quiet.until('16:00');
    expect(quiet.reports.standing.size).toBe(0);
    const always = await hall({ hasHours: false });
    await always.until('08:00');
    expect(always.reports.standing.size).toBe(0);
  });

  it('say that a door with its barriers swapped does not fit, and what to check', async () => {
    const { reports, walk, clock, until, people } = await hall();
    await until('09:00');
    await walk('out', 12);
    await clock.advance(10);
    expect(reports.standing.get('entrance.unbalanced')).toEqual({ entered: 0, left: 10 });
    expect(people()).toEqual({ low: 0, median: 0, high: 12 });
    // A day on which all is well again ends it.
    await until('03:01');
    await walk('in', 30);
    await walk('out', 29);
    await until('02:55');
    expect(reports.standing.has('entrance.unbalanced')).toBe(true);
    await until('03:01');
    expect(reports.standing.has('entrance.unbalanced')).toBe(false);
  });

  it('say by night that people left by a door that is not counted', async () => {
    const { reports, walk, until } = await hall();
    await walk('in', 30);
    await walk('out', 5);
    await until('03:00');
    expect(reports.standing.get('entrance.unbalanced')).toEqual({ entered: 30, left: 5 });
  });

  it('say which door’s barrier is blocked; the others count on', async () => {
    const { reports, walk, panel, clock } = await hall({
      secondDoor: { protocol: 'beam-pair', lines: [2, 3] },
    });
    panel.line(2).high();
    await clock.advance(61_000);
    expect(reports.standing.get('device.bad-reading')).toMatchObject({
      part: 'passage-2',
      code: 'sensor.blocked',
    });
    expect(reports.now).toEqual(unknown);
    await walk('in', 3);
    panel.line(2).low();
    await clock.advance(3_000);
    expect(reports.standing.has('device.bad-reading')).toBe(false);
    expect(reports.now).toMatchObject({ enteredToday: 3, occupancy: 3 });
  });
});

describe('the configuration of an entrance', () => {
  it.each([{ zeroAt: '3:00' }, { zeroAt: '24:00' }, { errorPercent: 60 }, { capacity: 0 }, { people: 3 }])(
    'is refused: %j',
    (options) => {
      const clock = new VirtualClock();
      const { chip } = simulatedGpio({ label: 'x', lines: 8, clock });
      const bus = gpioBus('gpio', chip, clock, dice(1));
      const parts = { passage: { bus, protocol: 'beam-pair', lines: [0, 1] } };
      expect(() => makeDeviceWithParts(entrance, 'door', options, parts, clock)).toThrow();
    },
  );

  it('needs a first door', () => {
    const clock = new VirtualClock();
    const { chip } = simulatedGpio({ label: 'x', lines: 8, clock });
    const bus = gpioBus('gpio', chip, clock, dice(1));
    const parts = { 'passage-2': { bus, protocol: 'beam-pair', lines: [0, 1] } };
    expect(() => makeDeviceWithParts(entrance, 'door', {}, parts, clock)).toThrow();
  });
});
