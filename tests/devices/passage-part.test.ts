import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BeamPair } from '../../src/devices/parts/beam-pair.js';
import { passagePart } from '../../src/devices/parts/passage-part.js';
import { noPassages, type Passages } from '../../src/devices/parts/passages.js';
import { RadarTracks } from '../../src/devices/parts/radar-tracks.js';
import { simulatedLd2450 } from '../../src/simulator/ld2450.js';
import { dice } from './bench.js';
import { lineBench, makePart, partWithRadar, type RecordedPart } from './part-bench.js';

const door = passagePart({ 'zh-CN': '门', en: 'a door' });

/** All that was counted. */
function counted({ told }: RecordedPart<Passages>): Passages {
  return told.reduce(
    (all, { values }) => ({
      entered: all.entered + values.entered,
      left: all.left + values.left,
      unknownDirection: all.unknownDirection + values.unknownDirection,
    }),
    noPassages,
  );
}

/** What a row of steps counts; `o` breaks the outer barrier, `O` clears it, `i` and `I` the inner one. */
function walked(pair: BeamPair, steps: string, stepMilliseconds = 100, from = 0): Passages {
  let [entered, left, unknownDirection] = [0, 0, 0];
  for (const [index, step] of [...steps].entries()) {
    const beam = step.toLowerCase() === 'o' ? 'outer' : 'inner';
    const passed = pair.level(beam, step === step.toLowerCase(), from + index * stepMilliseconds);
    entered += passed?.entered ?? 0;
    left += passed?.left ?? 0;
    unknownDirection += passed?.unknownDirection ?? 0;
  }
  return { entered, left, unknownDirection };
}

/** A pair that is met with both clear. */
function pairOf(): BeamPair {
  const pair = new BeamPair();
  pair.level('outer', false, 0);
  pair.level('inner', false, 0);
  return pair;
}

const into = 'oiOI';
const outOf = 'ioIO';
/** Looked in; both broken; nearly through; the same from inside. */
const turns = ['oO', 'oiIO', 'oiOoIO', 'oiIiIO', 'iI', 'ioOI', 'ioIiOI', 'ioOoOI'];

describe('two light barriers', () => {
  it.each([
    ['somebody who comes in', into, { entered: 1, left: 0 }],
    ['somebody who goes out', outOf, { entered: 0, left: 1 }],
    ['two on each other’s heels', 'oiOoIiOI', { entered: 2, left: 0 }],
    ['three of them, out', 'ioIiOoIiOoIO', { entered: 0, left: 3 }],
    ['somebody who swings an arm ahead', 'oiIiOI', { entered: 1, left: 0 }],
    ['somebody who drags a bag', 'oiOoOI', { entered: 1, left: 0 }],
  ])('count %s', (_who, steps, expected) => {
    expect(walked(pairOf(), steps)).toMatchObject(expected);
  });

  it.each(turns)('count nobody who turns back: %s', (steps) => {
    expect(walked(pairOf(), steps)).toEqual(noPassages);
  });

  it('that break in the same moment know the way by how they clear, or not at all', () => {
    const story = (steps: readonly [string, number][]) => {
      const pair = pairOf();
      return steps.reduce<Passages>((_all, [step, at]) => walked(pair, step, 0, at), noPassages);
    };
    expect(
      story([
        ['oi', 10],
        ['O', 20],
        ['I', 30],
      ]),
    ).toEqual({ ...noPassages, entered: 1 });
    expect(
      story([
        ['oi', 10],
        ['I', 20],
        ['O', 30],
      ]),
    ).toEqual({ ...noPassages, left: 1 });
    expect(
      story([
        ['i', 10],
        ['o', 20],
        ['IO', 30],
      ]),
    ).toEqual({ ...noPassages, left: 1 });
    expect(
      story([
        ['oi', 10],
        ['OI', 30],
      ]),
    ).toEqual({ ...noPassages, unknownDirection: 1 });
  });

  it('count nobody before both were clear', () => {
    const pair = new BeamPair();
    pair.level('outer', false, 0);
    expect(walked(pair, 'iI')).toEqual(noPassages);
    const broken = new BeamPair();
    broken.level('outer', true, 0);
    broken.level('inner', true, 0);
    expect(walked(broken, 'OI')).toEqual(noPassages);
    expect(walked(broken, into)).toEqual({ ...noPassages, entered: 1 });
  });

  it('count any row of people who pass and who turn back exactly', () => {
    const deed = fc.oneof(fc.constantFrom('in', 'out'), fc.constantFrom(...turns));
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), fc.integer({ min: 1, max: 2_000 }), (deeds, pace) => {
        const pair = pairOf();
        const steps = deeds.map((one) => (one === 'in' ? into : one === 'out' ? outOf : one)).join('');
        expect(walked(pair, steps, pace)).toEqual({
          entered: deeds.filter((one) => one === 'in').length,
          left: deeds.filter((one) => one === 'out').length,
          unknownDirection: 0,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('survive any levels, and never count more people than a barrier broke', () => {
    const level = fc.tuple(fc.constantFrom('outer' as const, 'inner' as const), fc.boolean());
    fc.assert(
      fc.property(fc.array(level, { maxLength: 200 }), (levels) => {
        const pair = new BeamPair();
        let people = 0;
        for (const [index, [beam, broken]] of levels.entries()) {
          const passed = pair.level(beam, broken, index);
          people += (passed?.entered ?? 0) + (passed?.left ?? 0) + (passed?.unknownDirection ?? 0);
        }
        expect(people).toBeLessThanOrEqual(levels.filter(([, broken]) => broken).length / 2);
      }),
    );
  });
});

/** A part on lines 3 and 4 of a chip. Lines are high while a barrier is broken. */
async function onLines(entry: Readonly<Record<string, unknown>> & { protocol: string }) {
  const { clock, panel, bus } = lineBench();
  const { part, record } = makePart(door, entry, bus, clock);
  onTestFinished(async () => {
    part.stop();
    await bus.close();
    expect(clock.pending()).toEqual([]);
    expect(record.crashes).toEqual([]);
  });
  await clock.advance(100);
  /** Plays steps as above, on lines 3 (outer) and 4 (inner). */
  const walk = async (steps: string, stepMilliseconds = 100) => {
    for (const step of steps) {
      const line = panel.line(step.toLowerCase() === 'o' ? 3 : 4);
      if (step === step.toLowerCase()) line.high();
      else line.low();
      await clock.advance(stepMilliseconds);
    }
    await clock.advance(100);
  };
  return { clock, panel, bus, record, walk };
}

const pairEntry = { protocol: 'beam-pair', lines: [3, 4] };

describe('a door with two light barriers', () => {
  it('says at once that it watches, then who passes', async () => {
    const { record, walk } = await onLines(pairEntry);
    expect(record.told.map(({ values }) => values)).toEqual([noPassages]);
    await walk(into + into + outOf);
    expect(counted(record)).toEqual({ entered: 2, left: 1, unknownDirection: 0 });
    expect(record.told).toHaveLength(4);
  });

  it('passes over what is shorter than a person', async () => {
    const { clock, panel, record, walk } = await onLines(pairEntry);
    panel.line(3).bounce(20, 10);
    panel.line(4).bounce(20, 10);
    await clock.advance(1_000);
    expect(counted(record)).toEqual(noPassages);
    // An edge that bounces is one edge all the same.
    panel.line(3).bounce(5, 5);
    await clock.advance(200);
    panel.line(4).bounce(5, 5);
    await clock.advance(200);
    await walk('OI');
    expect(counted(record)).toEqual({ ...noPassages, entered: 1 });
  });

  it('is unknown while one barrier is blocked, and counts on when it is free', async () => {
    const { clock, record, walk } = await onLines(pairEntry);
    await walk(into);
    await walk('i');
    await clock.advance(59_000);
    expect(record.isUnknown).toBe(false);
    await clock.advance(2_000);
    expect(record.troubles).toMatchObject([
      { code: 'sensor.blocked', kind: 'garbled', evidence: { beam: 'the inner light barrier', seconds: 60 } },
    ]);
    await walk('oOoO');
    expect(record.isUnknown).toBe(true);
    await walk('I');
    expect(record.isUnknown).toBe(false);
    await walk(outOf);
    expect(counted(record)).toEqual({ entered: 1, left: 1, unknownDirection: 0 });
    expect(record.troubles).toHaveLength(1);
  });

  it('with the wrong polarity is found: both are broken for ever', async () => {
    const { clock, record } = await onLines({ ...pairEntry, activeLow: true, bias: 'pull-down' });
    await clock.advance(61_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.blocked' }]);
    expect(record.troubles[0]?.message).toContain('activeLow');
  });

  it('whose lines are taken by another program is unknown, and forgets who was half through', async () => {
    const { clock, panel, record, walk } = await onLines(pairEntry);
    await walk('oiO');
    panel.line(3).takenBy('gpiomon');
    await clock.advance(1_000);
    expect(record.isUnknown).toBe(true);
    expect(record.troubles[0]?.code).toMatch(/^gpio\./);
    panel.line(3).free();
    await clock.advance(6_000);
    expect(record.isUnknown).toBe(false);
    await walk('I');
    expect(counted(record)).toEqual(noPassages);
    await walk(into);
    expect(counted(record)).toEqual({ ...noPassages, entered: 1 });
  });

  it('whose chip is pulled out is unknown by the wire’s own code', async () => {
    const { clock, panel, record } = await onLines(pairEntry);
    panel.unplug();
    await clock.advance(100);
    expect(record.troubles.at(-1)?.code).toMatch(/^wire\./);
    panel.plug();
    await clock.advance(6_000);
    expect(record.isUnknown).toBe(false);
  });

  it.each([[[3]], [[3, 3]], [[3, 4, 5]], [[]]])('is refused with lines %j', (lines) => {
    const { bus, clock } = lineBench();
    expect(() => makePart(door, { protocol: 'beam-pair', lines }, bus, clock)).toThrow();
  });
});

describe('a door with one light barrier', () => {
  it('counts who passes without a direction', async () => {
    const { record, walk } = await onLines({ protocol: 'single-beam', line: 3 });
    await walk('oO', 400);
    await walk('oOoO', 150);
    expect(counted(record)).toEqual({ ...noPassages, unknownDirection: 2 });
  });

  it('is unknown while it is blocked', async () => {
    const { clock, record, walk } = await onLines({ protocol: 'single-beam', line: 3 });
    await walk('o');
    await clock.advance(60_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.blocked' }]);
    await walk('O');
    expect(record.isUnknown).toBe(false);
  });
});

describe('a door with a contact', () => {
  const contact = { protocol: 'door-contact', line: 3 };

  it('counts each opening after a quiet time', async () => {
    const { clock, record, walk } = await onLines(contact);
    await walk('oOoO', 1_000);
    await clock.advance(3_000);
    await walk('oO', 1_000);
    expect(counted(record)).toEqual({ ...noPassages, unknownDirection: 2 });
  });

  it('counts openings as visits where that is what they are', async () => {
    const { clock, record, walk } = await onLines({ ...contact, countsAs: 'visit' });
    await walk('oO', 1_000);
    await clock.advance(3_000);
    await walk('oO', 1_000);
    expect(counted(record)).toEqual({ ...noPassages, entered: 2 });
  });

  it('that is open at first counts nobody, and stands open for half an hour before that is a fault', async () => {
    const { clock, panel, bus } = lineBench();
    panel.line(3).high();
    const { part, record } = makePart(door, contact, bus, clock);
    await clock.advance(1_799_000);
    expect(record.told.map(({ values }) => values)).toEqual([noPassages]);
    expect(record.troubles).toEqual([]);
    await clock.advance(2_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.held-open', kind: 'garbled' }]);
    panel.line(3).low();
    await clock.advance(1_000);
    expect(record.isUnknown).toBe(false);
    part.stop();
    await bus.close();
    expect(clock.pending()).toEqual([]);
  });
});

describe('a line in a radar’s field', () => {
  const line = { lineMillimetres: 1_500, bandMillimetres: 600, widthMillimetres: 3_000 };

  /** Walks along y, a place each 100 ms, and gives what was counted. */
  function along(tracks: RadarTracks, places: readonly (readonly number[])[], x = 0, from = 0) {
    let [away, towards] = [0, 0];
    for (const [index, ys] of places.entries()) {
      const spots = ys.map((y, at) => ({ xMillimetres: x + at * 700, yMillimetres: y }));
      const crossed = tracks.look(spots, from + index * 100);
      away += crossed.away;
      towards += crossed.towards;
    }
    return { away, towards };
  }

  it('is crossed by somebody once, whoever stands on it', () => {
    const tracks = new RadarTracks(line);
    const standing = [800, 1_000, 1_400, 1_500, 1_600, 1_450, 1_550, 1_700, 1_400, 1_500].map((y) => [y]);
    expect(along(tracks, standing)).toEqual({ away: 0, towards: 0 });
    expect(along(tracks, [[1_700], [1_900], [2_100], [1_700], [1_400], [1_500], [2_000]], 0, 1_000)).toEqual({
      away: 1,
      towards: 0,
    });
  });

  it('is crossed by two at once, one each way', () => {
    const tracks = new RadarTracks(line);
    const places = Array.from({ length: 15 }, (_, step) => [800 + step * 100, 2_200 - step * 100]);
    expect(along(tracks, places)).toEqual({ away: 1, towards: 1 });
  });

  it('is not crossed by one report alone: they carry no checksum', () => {
    expect(along(new RadarTracks(line), [[1_000], [1_190], [1_810], [1_190], [1_150]])).toEqual({
      away: 0,
      towards: 0,
    });
  });

  it('is not crossed by somebody who appears beyond it, nor beside the door', () => {
    expect(along(new RadarTracks(line), [[2_400], [2_300], [2_500]])).toEqual({ away: 0, towards: 0 });
    const beside = [900, 1_100, 1_300, 1_500, 1_700, 1_900, 2_000].map((y) => [y]);
    expect(along(new RadarTracks(line), beside, 2_500)).toEqual({ away: 0, towards: 0 });
    expect(along(new RadarTracks(line), beside, 1_400)).toEqual({ away: 1, towards: 0 });
  });

  it('is crossed by somebody who was lost for a second on it, not by another who comes later', () => {
    const gap = (count: number) => Array.from({ length: count }, () => []);
    const crossing = (count: number) => [[900], [1_100], [1_300], ...gap(count), [1_900], [2_000], [2_100]];
    expect(along(new RadarTracks(line), crossing(10))).toEqual({ away: 1, towards: 0 });
    expect(along(new RadarTracks(line), crossing(20))).toEqual({ away: 0, towards: 0 });
  });

  it('is crossed exactly by any row of people, one after the other, who shake on it as they like', () => {
    const person = fc.record({
      away: fc.boolean(),
      goesThrough: fc.boolean(),
      speed: fc.integer({ min: 40, max: 180 }),
      shakes: fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 80, maxLength: 80 }),
    });
    fc.assert(
      fc.property(fc.array(person, { maxLength: 12 }), (people) => {
        const tracks = new RadarTracks(line);
        let now = 0;
        let [away, towards] = [0, 0];
        for (const { away: goesAway, goesThrough, speed, shakes } of people) {
          const straight = Array.from({ length: 80 }, (_, step) => 600 + step * speed).filter(
            (y) => y <= 2_400,
          );
          const half = straight.filter((y) => y < 1_500);
          const path = goesThrough ? straight : [...half, ...half.toReversed()];
          for (const [index, y] of path.entries()) {
            const place = (goesAway ? y : 3_000 - y) + (shakes[index] ?? 0);
            const crossed = tracks.look([{ xMillimetres: 0, yMillimetres: place }], now);
            now += 100;
            away += crossed.away;
            towards += crossed.towards;
          }
          now += 2_000;
        }
        const through = people.filter(({ goesThrough }) => goesThrough);
        expect({ away, towards }).toEqual({
          away: through.filter((one) => one.away).length,
          towards: through.filter((one) => !one.away).length,
        });
      }),
      { numRuns: 300 },
    );
  });
});

/** A part over a wire with a radar at its end. */
async function withRadar(entry: object = {}) {
  const made = await partWithRadar(door, { protocol: 'ld2450', ...entry }, simulatedLd2450);
  const spot = (yMillimetres: number, xMillimetres = 0) => ({ xMillimetres, yMillimetres });
  return { ...made, spot };
}

describe('a door with a radar', () => {
  it('says that it watches with the first report, then who crosses the line', async () => {
    const { clock, radar, record, spot } = await withRadar();
    expect(record.told.map(({ values }) => values)).toEqual([noPassages]);
    radar.walk(spot(500), spot(3_000, 400));
    radar.walk(spot(3_000, -800), spot(500, -900), 1_300);
    await clock.advance(4_000);
    expect(counted(record)).toEqual({ entered: 1, left: 1, unknownDirection: 0 });
    radar.targets([spot(1_500), spot(1_450, 900)]);
    await clock.advance(10_000);
    expect(counted(record)).toEqual({ entered: 1, left: 1, unknownDirection: 0 });
  });

  it('may look the other way', async () => {
    const { clock, radar, record, spot } = await withRadar({ entering: 'towards' });
    radar.walk(spot(500), spot(3_000));
    await clock.advance(4_000);
    expect(counted(record)).toEqual({ ...noPassages, left: 1 });
  });

  it('is unknown when the radar falls silent for 3 s, and comes back with it', async () => {
    const { clock, radar, record, spot } = await withRadar();
    radar.power.off();
    await clock.advance(2_800);
    expect(record.troubles).toEqual([]);
    await clock.advance(400);
    expect(record.troubles).toMatchObject([{ code: 'sensor.silent', kind: 'timeout' }]);
    await clock.advance(60_000);
    expect(record.troubles).toHaveLength(1);
    radar.power.on();
    await clock.advance(200);
    expect(record.isUnknown).toBe(false);
    radar.mute();
    await clock.advance(4_000);
    expect(record.troubles).toHaveLength(2);
    radar.mute(false);
    radar.walk(spot(500), spot(3_000));
    await clock.advance(4_000);
    expect(counted(record)).toEqual({ ...noPassages, entered: 1 });
  });

  it('is unknown when the radar says the very same of somebody for ten minutes, not of nobody', async () => {
    const { clock, radar, record, spot } = await withRadar();
    radar.freeze();
    await clock.advance(660_000);
    expect(record.troubles).toEqual([]);
    radar.freeze(false);
    radar.targets([spot(2_000)]);
    await clock.advance(200);
    radar.freeze();
    await clock.advance(610_000);
    expect(record.troubles).toMatchObject([{ code: 'sensor.frozen', kind: 'garbled' }]);
    radar.freeze(false);
    await clock.advance(300);
    expect(record.isUnknown).toBe(false);
  });

  it('whose wire is cut is unknown by the wire’s own code', async () => {
    const { clock, cable, record } = await withRadar();
    cable.cut();
    await clock.advance(5_000);
    expect(record.troubles.map(({ code }) => code)).toEqual([expect.stringMatching(/^wire\./)]);
    cable.join();
    await clock.advance(5_000);
    expect(record.isUnknown).toBe(false);
  });

  it('counts nobody out of noise', async () => {
    const { clock, cable, radar, record, spot } = await withRadar();
    radar.targets([spot(1_000), spot(2_200, 500)]);
    cable.noise(0.01, dice(5));
    radar.noise(Uint8Array.of(0xaa, 0xff, 3, 0, 1, 2));
    await clock.advance(120_000);
    expect(counted(record)).toEqual(noPassages);
    cable.noise(0);
  });
});
