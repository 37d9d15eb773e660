import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { DeviceConfig } from '../../src/devices/kind.js';
import { Calibrating } from '../../src/devices/supplies/supply-calibration.js';
import { levelAt, type SupplyShape, supplyShapes } from '../../src/devices/supplies/supply-level.js';
import { supplySensor } from '../../src/devices/supplies/supply-sensor.js';
import type { Json } from '../../src/kernel/json.js';
import { fillText } from '../../src/kernel/text.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedVl53l0x } from '../../src/simulator/vl53l0x.js';
import { busSchemas, deviceWithPartsSchema } from '../../src/supervisor/config/schema.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import { dice, makeDeviceWithParts, memory } from './bench.js';

const lines = { fork: 5, door: 6, full: 13, empty: 19 } as const;
type PartName = 'distance' | keyof typeof lines;
const all: readonly PartName[] = ['distance', 'fork', 'door', 'full', 'empty'];

interface Cabinet {
  readonly parts?: readonly PartName[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly kept?: Json;
  /** Distance at the start. */
  readonly at?: number;
  /** Faults that an earlier life of the device has raised. */
  readonly raised?: readonly string[];
}

/** Lets time pass in small steps while the sensor is at work, and faster between its looks, once a second. */
async function pass(clock: VirtualClock, milliseconds: number): Promise<void> {
  const end = clock.monotonicMilliseconds() + milliseconds;
  while (clock.monotonicMilliseconds() < end) {
    for (let step = 0; step < 40; step++) await clock.advance(4);
    await clock.advance(Math.min(300, Math.max(0, end - clock.monotonicMilliseconds())));
  }
}

/** A kiosk's cabinet: all contacts join their line to ground, a paper roll, the door closed. */
async function cabinet({ parts = all, options = {}, kept, at = 60, raised = [] }: Cabinet = {}) {
  const clock = new VirtualClock();
  const wires = simulatedI2c({ clock });
  const chip = simulatedVl53l0x(clock, dice(5));
  wires.panel.attach(0x29, chip);
  chip.distance(at);
  const gpio = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  const i2c = i2cBus('i2c1', wires.adapter, clock);
  const pins = gpioBus('gpio', gpio.chip, clock, dice(1));
  const line = (part: keyof typeof lines) => gpio.panel.line(lines[part]);
  line('fork').low();
  line('door').low();
  const entries = parts.map((part) => [
    part,
    part === 'distance'
      ? { bus: i2c, protocol: 'vl53l0x', pollMilliseconds: 1_000, samples: 1 }
      : { bus: pins, protocol: 'contact', line: lines[part], activeLow: true },
  ]);
  const kept2 = memory(kept);
  const isOpen = { now: true };
  const { device, reports, config } = makeDeviceWithParts(
    supplySensor,
    'paper-1',
    options,
    Object.fromEntries(entries),
    clock,
    { memory: kept2, isOpen: () => isOpen.now },
  );
  for (const code of raised) reports.raise(code, {});
  device.start();
  onTestFinished(async () => {
    await device.stop();
    const closing = Promise.all([i2c.close(), pins.close()]);
    await clock.advance(5_000);
    await closing;
    await clock.advance(5_000);
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  });
  const wait = (milliseconds: number) => pass(clock, milliseconds);
  await wait(8_000);
  const hold = async (end: 'full' | 'empty', milliseconds = 3_000) => {
    line(end).low();
    await wait(milliseconds);
    line(end).floats();
    await wait(8_000);
  };
  return {
    clock,
    chip,
    gpio: gpio.panel,
    i2c: wires.panel,
    line,
    device,
    reports,
    config,
    memory: kept2,
    isOpen,
    wait,
    hold,
    /** What a person reads of a fault. */
    text: (code: string) => fillText(reports.about.get(code)?.words?.text ?? { 'zh-CN': '', en: '' }, {}).en,
    action: (code: string) => reports.about.get(code)?.words?.action?.en ?? '',
    changes: () => reports.events.filter(({ type }) => type === 'supply.changed'),
  };
}

/** Full at 40 mm, empty at 90: a roll of 56.35 mm radius on a core of 12.7 mm. */
const calibrated: Json = { full: 40, empty: 90, level: null, state: null };

describe('the calibration of a supply sensor', () => {
  it('is asked for until both buttons were held, and then the level is known', async () => {
    const one = await cabinet({ at: 40 });
    expect(one.reports.now).toMatchObject({ calibrated: 'no', levelPercent: null, state: 'some' });
    expect(one.text('supply.not-calibrated')).toContain('neither');
    expect(one.action('supply.not-calibrated')).toContain('"full"');
    await one.hold('full');
    expect(one.reports.now).toMatchObject({ calibrated: 'full only', levelPercent: null });
    expect(Number(one.reports.now.fullMillimetres)).toBeCloseTo(40, -0.5);
    expect(one.action('supply.not-calibrated')).toContain('"empty"');
    one.chip.distance(90);
    await one.hold('empty');
    expect(one.reports.now).toMatchObject({ calibrated: 'yes' });
    expect(one.reports.standing.has('supply.not-calibrated')).toBe(false);
    expect(Number(one.reports.now.levelPercent)).toBeLessThan(6);
    one.chip.distance(65);
    await one.wait(8_000);
    // Half the thickness is left: (31.35² − 6.35²) / (56.35² − 6.35²).
    expect(Number(one.reports.now.levelPercent)).toBeGreaterThan(24);
    expect(Number(one.reports.now.levelPercent)).toBeLessThan(37);
  });

  it('is kept over a restart, and written at the press alone', async () => {
    const first = await cabinet({ at: 40, parts: ['distance', 'full', 'empty'] });
    expect(first.memory.writes).toBe(0);
    await first.hold('full');
    expect(first.memory.writes).toBe(1);
    first.chip.distance(90);
    await first.hold('empty');
    const second = await cabinet({ at: 65, kept: structuredClone(first.memory.get()) as Json });
    expect(second.reports.now).toMatchObject({ calibrated: 'yes', state: 'ok' });
    expect(second.reports.faults).not.toContain('raised supply.not-calibrated');
  });

  it('is not touched by a touch, nor by a button that was down when the controller started', async () => {
    const one = await cabinet({ at: 40 });
    for (let touch = 0; touch < 5; touch++) await one.hold('full', 1_500);
    expect(one.reports.now).toMatchObject({ calibrated: 'no' });
    one.gpio.line(lines.empty).low();
    await one.wait(1_000);
    one.gpio.line(lines.empty).floats();
    expect(one.memory.writes).toBe(0);
  });

  it('shows that it measures, and waits until the distance is steady', async () => {
    const one = await cabinet({ at: 40 });
    one.chip.distance(15); // a hand
    one.line('full').low();
    await one.wait(2_500);
    expect(one.reports.now).toMatchObject({ calibrated: 'measuring full' });
    one.chip.distance(40);
    one.line('full').floats();
    await one.wait(6_000);
    expect(Number(one.reports.now.fullMillimetres)).toBeGreaterThan(35);
  });

  it('takes nothing that was begun before the press was long enough', () => {
    const calibrating = new Calibrating('full', 10_000, { full: null, empty: null });
    expect(calibrating.distance(90, 9_000)).toBeUndefined();
    expect(calibrating.distance(91, 9_999)).toBeUndefined();
    expect(calibrating.distance(40, 10_000)).toBeUndefined();
    expect(calibrating.distance(41, 20_000)).toEqual({ end: 'full', millimetres: 40.5 });
  });

  it.each([
    [
      'full farther than empty',
      'full',
      95,
      /full \(\d+(\.\d+)? mm\) has to be at least 5 mm nearer/,
      'new, full one',
    ],
    ['empty nearer than full', 'empty', 38, /at least 5 mm nearer/, 'empty core'],
    ['both the same', 'empty', 42, /at least 5 mm nearer/, 'moved, calibrate full first'],
  ] as const)('is refused where it is impossible: %s', async (_, end, at, words, action) => {
    const one = await cabinet({ kept: calibrated, at });
    await one.hold(end);
    expect(one.reports.now).toMatchObject({ calibrated: 'yes', fullMillimetres: 40, emptyMillimetres: 90 });
    expect(one.memory.get()).toMatchObject({ full: 40, empty: 90 });
    expect(one.text('supply.not-calibrated')).toMatch(words);
    expect(one.action('supply.not-calibrated')).toContain(action);
    one.chip.distance(end === 'full' ? 45 : 85);
    await one.hold(end);
    expect(one.reports.standing.has('supply.not-calibrated')).toBe(false);
  });

  it('is refused where nothing is in range, where it keeps moving, and where the sensor is dead', async () => {
    const one = await cabinet({ at: 60 });
    one.chip.nothing();
    await one.hold('full');
    expect(one.text('supply.not-calibrated')).toContain('nothing in its range');
    const moving = setMoving((turn) => one.chip.distance(turn % 2 === 0 ? 40 : 70), one.clock);
    await one.hold('full');
    moving();
    expect(one.text('supply.not-calibrated')).toContain('kept changing');
    one.chip.power.off();
    await one.wait(8_000);
    await one.hold('full');
    expect(one.text('supply.not-calibrated')).toContain('nothing in its range');
    expect(one.memory.writes).toBe(0);
  });

  it('that was refused is forgotten after an hour, for what was known holds', async () => {
    const one = await cabinet({ kept: calibrated, at: 60 });
    one.chip.nothing();
    await one.hold('full');
    expect(one.text('supply.not-calibrated')).toContain('came to nothing');
    one.chip.distance(60);
    await one.wait(10_000);
    expect([...one.reports.standing.keys()]).toEqual(['supply.not-calibrated']);
    await one.wait(3_600_000);
    expect([...one.reports.standing.keys()]).toEqual([]);
    expect(one.reports.now).toMatchObject({ calibrated: 'yes', fullMillimetres: 40, emptyMillimetres: 90 });
  });

  it.each([
    ['a new distance in the configuration', { fullMillimetres: 90 }, { full: 40, empty: 90 }, 'full only'],
    ['a card that holds nonsense', {}, { full: 90, empty: 90 }, 'no'],
  ])('that does not fit %s is none', async (_, options, ends, word) => {
    const buttons: readonly PartName[] = 'fullMillimetres' in options ? ['empty'] : ['full', 'empty'];
    const kept = { ...ends, level: null, state: null };
    const one = await cabinet({ parts: ['distance', ...buttons], options, kept, at: 90 });
    expect(one.reports.now).toMatchObject({ calibrated: word, levelPercent: null, state: 'unknown' });
    expect([...one.reports.standing.keys()]).toEqual(['supply.not-calibrated']);
  });

  it('may stand in the configuration instead', async () => {
    const options = { fullMillimetres: 40, emptyMillimetres: 90, shape: 'stack' };
    const one = await cabinet({ parts: ['distance'], options, at: 65 });
    expect(one.reports.now).toMatchObject({ calibrated: 'yes', state: 'ok' });
    expect(Number(one.reports.now.levelPercent)).toBeGreaterThan(45);
    expect(Number(one.reports.now.levelPercent)).toBeLessThan(55);
  });

  it.each([
    null,
    7,
    'x',
    [],
    { full: 'near' },
    { full: 40 },
    { full: -1, empty: 1e9, level: 300, state: 'odd' },
  ])('begins anew where the memory holds %j', async (kept) => {
    const one = await cabinet({ kept, parts: ['distance', 'full', 'empty'] });
    expect(one.reports.now).toMatchObject({ calibrated: 'no', levelPercent: null, state: 'unknown' });
  });

  it('says so where a button hangs', async () => {
    const one = await cabinet();
    one.line('full').low();
    await one.wait(40_000);
    expect(one.reports.standing.get('device.stuck-input')).toMatchObject({ key: 'full' });
    one.line('full').floats();
    await one.wait(1_000);
    expect(one.reports.standing.has('device.stuck-input')).toBe(false);
  });
});

function setMoving(move: (turn: number) => void, clock: VirtualClock): () => void {
  let timer = clock.after('moving', 0, () => {});
  const again = (turn: number) => {
    move(turn);
    timer = clock.after('moving', 1_000, () => again(turn + 1));
  };
  again(0);
  return () => timer.cancel();
}

describe('what is left', () => {
  it('goes with the area of a roll, by half its height for one that lies, and with the height of a stack', () => {
    const ends = { full: 40, empty: 90 };
    expect(levelAt(65, ends, 'stack', 0)).toBe(50);
    // Without a core half the radius is a quarter of the paper.
    expect(levelAt(65, ends, 'roll', 0)).toBe(25);
    expect(levelAt(65, ends, 'lying-roll', 0)).toBe(25);
    // Core 20 mm: radii 10, 35, 60; lying: 10, 22.5, 35.
    expect(levelAt(65, ends, 'roll', 20)).toBeCloseTo(((35 ** 2 - 100) / (60 ** 2 - 100)) * 100);
    expect(levelAt(65, ends, 'lying-roll', 20)).toBeCloseTo(((22.5 ** 2 - 100) / (35 ** 2 - 100)) * 100);
  });

  it('never leaves 0 to 100, and never grows with the distance', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<SupplyShape>(...supplyShapes),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 5, max: 500 }),
        fc.integer({ min: 0, max: 200 }),
        fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 2, maxLength: 20 }),
        (shape, full, span, core, distances) => {
          const levels = [...distances]
            .sort((a, b) => a - b)
            .map((at) => levelAt(at, { full, empty: full + span }, shape, core));
          for (const [index, level] of levels.entries()) {
            expect(level).toBeGreaterThanOrEqual(0);
            expect(level).toBeLessThanOrEqual(100);
            if (index > 0) expect(level).toBeLessThanOrEqual(levels[index - 1]!);
          }
        },
      ),
    );
  });

  it('is low, then empty, then full again: one event and one fault for each', async () => {
    const one = await cabinet({ kept: calibrated, at: 50, parts: ['distance', 'full', 'empty'] });
    expect(one.changes()).toMatchObject([{ supply: 'paper', state: 'ok', daysLeft: null }]);
    one.chip.distance(76);
    await one.wait(8_000);
    expect(one.reports.now).toMatchObject({ state: 'low' });
    expect(one.reports.standing.has('printer.media-low')).toBe(true);
    one.chip.distance(92);
    await one.wait(8_000);
    expect(one.reports.now).toMatchObject({ state: 'empty' });
    expect([...one.reports.standing.keys()]).toEqual(['printer.media-empty']);
    one.chip.distance(41);
    await one.wait(8_000);
    expect([...one.reports.standing.keys()]).toEqual([]);
    const states = one.changes().map(({ state }) => state);
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      'ok',
      'low',
      'empty',
      'ok',
    ]);
    expect(Number(one.changes().at(-1)!.levelPercent)).toBeGreaterThan(90);
  });

  it('does not flutter about its limit', async () => {
    const options = { shape: 'stack', lowPercent: 20, fullMillimetres: 100, emptyMillimetres: 200 };
    const one = await cabinet({ parts: ['distance'], options, at: 182 });
    expect(one.reports.now).toMatchObject({ state: 'low' });
    for (const at of [179, 181, 179, 181, 178, 180]) {
      one.chip.distance(at);
      await one.wait(6_000);
    }
    expect(one.reports.faults).not.toContain('cleared printer.media-low');
    expect(one.reports.standing.has('printer.media-low')).toBe(true);
    one.chip.distance(174);
    await one.wait(8_000);
    expect(one.reports.standing.has('printer.media-low')).toBe(false);
  });

  it('is told anew after a fall of five points, not at every look', async () => {
    const options = { shape: 'stack', fullMillimetres: 100, emptyMillimetres: 200 };
    const one = await cabinet({ parts: ['distance'], options, at: 110 });
    for (let at = 110; at <= 130; at++) {
      one.chip.distance(at);
      await one.wait(5_000);
    }
    const levels = one.changes().map(({ levelPercent }) => Number(levelPercent));
    expect(levels.length).toBeGreaterThanOrEqual(4);
    expect(levels.length).toBeLessThanOrEqual(5);
    expect(one.memory.writes).toBe(levels.length);
    const shown = one.reports.shown.filter((values) => 'levelPercent' in values);
    expect(shown.length).toBeLessThan(16);
  });

  it('of ink, and of water, has its own fault and words', async () => {
    const options = { shape: 'stack', fullMillimetres: 100, emptyMillimetres: 200 };
    const ink = await cabinet({ parts: ['distance'], options: { ...options, supply: 'ink' }, at: 190 });
    expect(ink.text('printer.marker-supply-low')).toContain('nearly out of ink');
    const water = await cabinet({ parts: ['distance'], options: { ...options, supply: 'water' }, at: 200 });
    expect(water.text('supply.empty')).toContain('out of water');
  });

  it('says for how many open days it lasts, once three are known', async () => {
    const options = { shape: 'stack', fullMillimetres: 100, emptyMillimetres: 200 };
    const one = await cabinet({ parts: ['distance'], options, at: 110 });
    const day = 24 * 3_600_000;
    for (let days = 1; days <= 6; days++) {
      one.chip.distance(110 + 10 * days);
      one.clock.wallOffsetMilliseconds += day - 60_000;
      await one.wait(60_000);
    }
    // Ten points a day, thirty are left.
    expect(one.reports.now.daysLeft).toBeGreaterThanOrEqual(2);
    expect(one.reports.now.daysLeft).toBeLessThanOrEqual(4);
    const { daysLeft } = one.changes().at(-1) as { daysLeft: { low: number; median: number; high: number } };
    expect(daysLeft.low).toBeLessThanOrEqual(3);
    expect(daysLeft.high).toBeGreaterThanOrEqual(3);
    const kept = structuredClone(one.memory.get()) as Json;
    const later = await cabinet({ parts: ['distance'], options, at: 170, kept });
    expect(later.reports.now.daysLeft).not.toBeNull();
  });
});

describe('a refill', () => {
  it('is found behind the closed door, once it has settled', async () => {
    const one = await cabinet({ kept: calibrated, at: 80 });
    expect(one.reports.now).toMatchObject({ state: 'low', door: 'closed', paper: 'present' });
    one.line('door').floats();
    await one.wait(1_000);
    expect(one.reports.now).toMatchObject({ door: 'open' });
    for (const at of [10, 300, 20, 40]) {
      one.chip.distance(at);
      one.line('fork').floats();
      await one.wait(10_000);
    }
    // Hands, the old roll out, the new one in: nothing of it is judged.
    expect(one.reports.now).toMatchObject({ state: 'low' });
    expect(one.changes()).toHaveLength(1);
    one.line('fork').low();
    one.line('door').low();
    await one.wait(9_000);
    expect(one.changes()).toHaveLength(1);
    await one.wait(8_000);
    expect(one.reports.now).toMatchObject({ state: 'ok', door: 'closed' });
    expect(one.changes()).toHaveLength(2);
    expect(one.changes()[1]).toMatchObject({ state: 'ok' });
    expect([...one.reports.standing.keys()]).toEqual([]);
  });

  it('is found after a restart, too', async () => {
    const kept: Json = { full: 40, empty: 90, level: 55, state: 'ok' };
    const one = await cabinet({ kept, at: 41, parts: ['distance', 'full', 'empty'] });
    expect(one.changes()).toHaveLength(1);
  });

  it('is none where somebody only passes a hand through the beam', async () => {
    const one = await cabinet({ kept: calibrated, at: 70, parts: ['distance', 'full', 'empty'] });
    const before = one.changes().length;
    one.chip.distance(20);
    await one.wait(1_500);
    one.chip.distance(70);
    await one.wait(8_000);
    expect(one.changes()).toHaveLength(before);
  });

  it('is none by one look alone, just after the door was closed', async () => {
    const one = await cabinet({ kept: calibrated, at: 70 });
    const before = one.changes().length;
    one.line('door').floats();
    await one.wait(3_000);
    one.chip.distance(20);
    one.line('door').low();
    await one.wait(11_000);
    one.chip.distance(70);
    await one.wait(12_000);
    expect(one.changes()).toHaveLength(before);
  });

  it('may be said by a person; of another supply it means nothing', async () => {
    const one = await cabinet({ kept: calibrated, at: 70 });
    const before = one.changes().length;
    const { maintained } = one.device.capabilities;
    expect(maintained?.supplyReplaced?.('toner', null)).toBe(false);
    expect(maintained?.supplyReplaced?.('paper', '0317')).toBe(true);
    expect(maintained?.supplyReplaced?.(null, null)).toBe(true);
    await one.wait(8_000);
    expect(one.changes()).toHaveLength(before + 1);
  });

  it('leaves no event where nothing was changed behind the door', async () => {
    const one = await cabinet({ kept: calibrated, at: 60 });
    const before = one.changes().length;
    one.line('door').floats();
    await one.wait(5_000);
    one.line('door').low();
    await one.wait(20_000);
    expect(one.changes()).toHaveLength(before);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
  });
});

describe('a restart', () => {
  it('leaves a low one low until it is over its limit by more than noise', async () => {
    const options = { shape: 'stack', lowPercent: 20, fullMillimetres: 100, emptyMillimetres: 200 };
    const parts: readonly PartName[] = ['distance', 'fork', 'door'];
    const before = await cabinet({ parts, options, at: 182 });
    expect(before.reports.now.state).toBe('low');
    before.chip.distance(179);
    await before.wait(8_000);
    expect(before.reports.now.state).toBe('low');
    const after = await cabinet({ parts, options, at: 179, kept: before.memory.get()! });
    expect(after.reports.now).toMatchObject({ state: 'low' });
    expect(after.changes()).toEqual([]);
  });

  it('with another configuration clears what that has no word of any more', async () => {
    const one = await cabinet({
      parts: ['fork'],
      options: { supply: 'ink' },
      raised: [
        'printer.media-empty',
        'supply.out-of-range',
        'supply.not-calibrated',
        'supply.door-open',
        'device.stuck-input',
        'printer.marker-supply-empty',
      ],
    });
    expect([...one.reports.standing.keys()]).toEqual([]);
    const other = await cabinet({
      kept: calibrated,
      at: 80,
      parts: ['distance', 'full', 'empty'],
      raised: ['printer.media-low', 'supply.low'],
    });
    expect([...other.reports.standing.keys()]).toEqual(['printer.media-low']);
    expect(other.reports.faults).not.toContain('cleared printer.media-low');
  });
});

describe('the door', () => {
  it('that stays open is a fault after ten minutes', async () => {
    const one = await cabinet({ kept: calibrated });
    one.line('door').floats();
    await one.wait(9.5 * 60_000);
    expect(one.reports.standing.has('supply.door-open')).toBe(false);
    await one.wait(60_000);
    expect(one.reports.standing.get('supply.door-open')).toMatchObject({ minutes: 10 });
    one.line('door').low();
    await one.wait(1_000);
    expect(one.reports.standing.has('supply.door-open')).toBe(false);
  });

  it('that nobody knows of is as closed', async () => {
    const one = await cabinet({ kept: calibrated, at: 80 });
    one.gpio.line(lines.door).takenBy('another program');
    await one.wait(15_000);
    expect(one.reports.now).toMatchObject({ door: null });
    expect(one.reports.standing.has('device.line-unavailable')).toBe(true);
    one.chip.distance(50);
    await one.wait(8_000);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
  });
});

describe('the fork', () => {
  it('wins for empty: what is on the roll does not come out', async () => {
    const one = await cabinet({ kept: calibrated, at: 50 });
    one.line('fork').floats();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ paper: 'absent', state: 'empty' });
    expect(Number(one.reports.now.levelPercent)).toBeGreaterThan(60);
    expect(one.text('printer.media-empty')).toContain('where it is drawn in');
    expect(one.action('printer.media-empty')).toContain('thread');
    expect(one.reports.standing.get('printer.media-empty')).toMatchObject({ supply: 'paper' });
    one.line('fork').low();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
    expect([...one.reports.standing.keys()]).toEqual([]);
  });

  it('wins the other way, too: with paper there, the last of it still prints', async () => {
    const one = await cabinet({ kept: calibrated, at: 95 });
    expect(one.reports.now).toMatchObject({ levelPercent: 0, state: 'low' });
  });

  it('is not misled by paper that flutters', async () => {
    const one = await cabinet({ kept: calibrated, at: 50 });
    for (let times = 0; times < 20; times++) {
      one.line('fork').floats();
      await one.clock.advance(1_500);
      one.line('fork').low();
      await one.clock.advance(300);
    }
    expect(one.reports.faults).not.toContain('raised printer.media-empty');
  });

  it('alone says some or empty, and no percentage', async () => {
    const one = await cabinet({ parts: ['fork', 'door'] });
    expect(one.reports.now).toEqual({
      levelPercent: null,
      state: 'some',
      daysLeft: null,
      paper: 'present',
      door: 'closed',
    });
    one.line('fork').floats();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ state: 'empty' });
    expect(one.changes()).toMatchObject([{ state: 'some' }, { state: 'empty', levelPercent: null }]);
  });
});

describe('bad input of a supply sensor', () => {
  const known = { kept: calibrated, at: 60, parts: ['distance', 'full', 'empty'] } as const;

  it.each([
    [
      'a chip that is gone',
      'device.unresponsive',
      (one: Awaited<ReturnType<typeof cabinet>>) => one.chip.power.off(),
    ],
    [
      'another chip',
      'device.bad-reading',
      (one: Awaited<ReturnType<typeof cabinet>>) => one.i2c.attach(0x29, simulatedMcp23017()),
    ],
    ['a burnt laser', 'device.bad-reading', (one: Awaited<ReturnType<typeof cabinet>>) => one.chip.burnOut()],
    [
      'a chip that hangs',
      'device.unresponsive',
      (one: Awaited<ReturnType<typeof cabinet>>) => one.chip.stall(),
    ],
    [
      'nothing in range',
      'supply.out-of-range',
      (one: Awaited<ReturnType<typeof cabinet>>) => one.chip.nothing(),
    ],
  ])('%s makes the level unknown, with a fault, and it comes back by itself', async (_, fault, breakIt) => {
    const one = await cabinet(known);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
    breakIt(one);
    await one.wait(10_000);
    expect(one.reports.now).toMatchObject({
      levelPercent: null,
      distanceMillimetres: null,
      state: 'unknown',
      daysLeft: null,
    });
    expect([...one.reports.standing.keys()]).toEqual([fault]);
    one.i2c.attach(0x29, one.chip);
    one.chip.power.on();
    one.chip.recover();
    one.chip.distance(60);
    await one.wait(12_000);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
    expect([...one.reports.standing.keys()]).toEqual([]);
    // The fault has told of it: the supply has not changed.
    expect(one.changes()).toHaveLength(1);
  });

  it('a frozen chip is a bad reading', async () => {
    const one = await cabinet(known);
    one.chip.freeze();
    await one.wait(11 * 60_000);
    expect(one.reports.standing.get('device.bad-reading')).toMatchObject({ code: 'sensor.frozen' });
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'unknown' });
  });

  it('wires that are held are the bus’s fault: unknown, without a fault of its own', async () => {
    const one = await cabinet(known);
    one.i2c.holdLow();
    await one.wait(12_000);
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'unknown' });
    expect([...one.reports.standing.keys()]).toEqual([]);
    one.i2c.release();
    await one.wait(10_000);
    expect(one.reports.now).toMatchObject({ state: 'ok' });
  });

  it('leaves a fault as it was while nobody knows', async () => {
    const one = await cabinet({ ...known, at: 80 });
    expect([...one.reports.standing.keys()]).toEqual(['printer.media-low']);
    one.chip.power.off();
    await one.wait(10_000);
    expect([...one.reports.standing.keys()].sort()).toEqual(['device.unresponsive', 'printer.media-low']);
  });

  it('a dead distance sensor leaves what the fork knows', async () => {
    const one = await cabinet({ kept: calibrated });
    one.chip.power.off();
    await one.wait(10_000);
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'some', paper: 'present' });
    one.line('fork').floats();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ state: 'empty' });
  });

  it('a door that is opened meanwhile hides nothing of what the fork knows', async () => {
    const one = await cabinet({ kept: calibrated });
    one.chip.power.off();
    await one.wait(10_000);
    one.line('door').floats();
    await one.wait(5_000);
    one.line('door').low();
    await one.wait(15_000);
    expect(one.reports.now).toMatchObject({ state: 'some' });
    one.line('fork').floats();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'empty' });
    expect([...one.reports.standing.keys()].sort()).toEqual(['device.unresponsive', 'printer.media-empty']);
  });

  it('nor does it where nothing is in range before and after', async () => {
    const one = await cabinet({ kept: calibrated });
    one.chip.nothing();
    await one.wait(8_000);
    expect(one.reports.standing.has('supply.out-of-range')).toBe(true);
    one.line('door').floats();
    await one.wait(5_000);
    one.line('fork').floats();
    one.line('door').low();
    await one.wait(20_000);
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'empty' });
    expect(one.device.capabilities.maintained?.supplyReplaced?.(null, null)).toBe(true);
    await one.wait(8_000);
    one.line('fork').low();
    await one.wait(5_000);
    expect(one.reports.now).toMatchObject({ state: 'some' });
  });

  it('a sensor that dies behind the open door is not known, either', async () => {
    const one = await cabinet({ kept: calibrated });
    one.line('door').floats();
    await one.wait(1_000);
    one.chip.power.off();
    await one.wait(10_000);
    expect(one.reports.now).toMatchObject({ levelPercent: null, state: 'unknown' });
  });
});

describe('the configuration of a supply sensor', () => {
  const distance = { bus: 'i2c1', protocol: 'vl53l0x' };
  const contact = { bus: 'gpio', protocol: 'contact', line: 5 };
  const complaints = (parts: object, options: object = {}) =>
    supplySensor.problems!({
      kind: 'supply-sensor',
      parts,
      ...options,
    } as never).map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('has its defaults', async () => {
    const { config } = await cabinet();
    expect(config).toMatchObject({
      supply: 'paper',
      shape: 'roll',
      coreMillimetres: 12.7,
      lowPercent: 15,
      emptyPercent: 2,
      hysteresisPercent: 3,
      doorOpenMinutes: 10,
    });
  });

  it('is valid as the page about it shows it', () => {
    const page = readFileSync(new URL('../../docs/devices/supply-sensor.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => parse(match[1]!));
    expect(examples).toHaveLength(2);
    for (const { buses, devices } of examples) {
      for (const device of Object.values(devices)) {
        const config = v.parse(deviceWithPartsSchema(supplySensor), device) as DeviceConfig;
        expect(supplySensor.problems?.(config)).toEqual([]);
      }
      for (const bus of Object.values(buses) as { type: keyof typeof busSchemas }[])
        v.parse(busSchemas[bus.type], bus);
    }
  });

  it('needs something to measure with, and both ends of it, each in one way', () => {
    expect(complaints({ door: contact })).toEqual([
      expect.stringContaining('at least one of distance and fork'),
    ]);
    expect(complaints({ fork: contact })).toEqual([]);
    expect(complaints({ distance })).toEqual([
      expect.stringMatching(/^fullMillimetres: missing/),
      expect.stringMatching(/^emptyMillimetres: missing/),
    ]);
    expect(complaints({ distance, full: contact, empty: contact })).toEqual([]);
    expect(complaints({ distance, full: contact }, { emptyMillimetres: 90 })).toEqual([]);
    expect(complaints({ distance, full: contact, empty: contact }, { fullMillimetres: 40 })).toEqual([
      expect.stringContaining('not both'),
    ]);
    expect(complaints({ fork: contact, full: contact })).toEqual([
      expect.stringContaining('parts.full: means nothing'),
    ]);
    expect(complaints({ distance }, { fullMillimetres: 90, emptyMillimetres: 92 })).toEqual([
      expect.stringContaining('at least 5 mm more'),
    ]);
    expect(complaints({ fork: contact }, { lowPercent: 5, emptyPercent: 5 })).toEqual([
      expect.stringContaining('less than lowPercent'),
    ]);
    expect(complaints({ fork: contact }, { lowPercent: 80, hysteresisPercent: 15 })).toEqual([
      expect.stringMatching(/^hysteresisPercent: .*a full one would stay low/),
    ]);
  });
});
