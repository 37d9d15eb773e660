import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type LearnedAir, smellDeclaration, smellProblems } from '../../src/devices/parts/smell-part.js';
import { HallwardError } from '../../src/kernel/errors.js';
import type { Json } from '../../src/kernel/json.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedSgp4x } from '../../src/simulator/sgp4x.js';
import { simulatedSht } from '../../src/simulator/sht.js';
import { partSchema } from '../../src/supervisor/config/schema.js';
import { airBench, oneInput } from './air-bench.js';

type Model = 'SGP40' | 'SGP41';

const minutes = (count: number) => count * 60_000;
const hours = (count: number) => count * 3_600_000;
const asJson = (learned: LearnedAir): Json => JSON.parse(JSON.stringify(learned));

/** A gas sensor at work. */
async function hall(model: Model = 'SGP40', memory?: Json, clockRuns = 0) {
  const bench = airBench();
  await bench.clock.advance(clockRuns);
  const chip = simulatedSgp4x({ model, clock: bench.clock });
  bench.panel.attach(0x59, chip);
  const device = bench.add({ smell: { protocol: model.toLowerCase() } }, memory);
  return { ...bench, ...device, chip };
}

describe.each<Model>(['SGP40', 'SGP41'])('an %s', (model) => {
  it('warms up for two minutes, then says 100 in usual air, more in bad, once a second', async () => {
    const { clock, chip, told, smell, reports } = await hall(model);
    await clock.advance(minutes(2) - 2_000);
    expect(told.smell.length).toBeGreaterThan(115);
    expect(told.smell.every((one) => one !== null && one.smellIndex === null)).toBe(true);
    await clock.advance(10_000);
    expect(smell()!.smellIndex).toBeGreaterThan(90);
    expect(smell()!.smellIndex).toBeLessThan(110);
    expect(smell()).toMatchObject({ ammoniaPartsPerMillion: null, learned: null });
    chip.air(28_000);
    await clock.advance(minutes(1));
    expect(smell()!.smellIndex).toBeGreaterThan(300);
    expect(reports.standing.size).toBe(0);
    expect(told.smell).not.toContain(null);
  });

  it('is told what the air is like where that is known, and usual air where it is not', async () => {
    const bench = airBench();
    const chip = simulatedSgp4x({ model, clock: bench.clock });
    const sht = simulatedSht({ family: 'SHT4x', clock: bench.clock });
    bench.panel.attach(0x59, chip);
    bench.panel.attach(0x44, sht);
    sht.temperature(10);
    sht.humidity(80);
    bench.add({ smell: { protocol: model.toLowerCase() }, climate: { protocol: 'sht4x' } });
    await bench.clock.advance(5_000);
    const [humidity, temperature] = chip.compensation!;
    expect((humidity / 65_535) * 100).toBeCloseTo(80, 0);
    expect((temperature / 65_535) * 175 - 45).toBeCloseTo(10, 0);
    sht.power.off();
    await bench.clock.advance(40_000);
    expect(chip.compensation).toEqual([0x8000, 0x6666]);
  });

  it('is unknown after three answers with a wrong checksum, and goes on with what it had learned', async () => {
    const { clock, chip, smell, fault } = await hall(model);
    await clock.advance(minutes(5));
    chip.corrupt();
    await clock.advance(1_900);
    expect(smell()).not.toBeNull();
    await clock.advance(2_000);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.checksum', part: 'smell' });
    await clock.advance(60_000);
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.checksum' });
    chip.mend();
    await clock.advance(5_000);
    expect(smell()!.smellIndex).toBeGreaterThan(90);
    expect(fault('device.bad-reading')).toBeUndefined();
  });

  it('that says the very same for ten minutes is frozen', async () => {
    const { clock, chip, smell, fault } = await hall(model);
    await clock.advance(minutes(3));
    chip.freeze();
    await clock.advance(minutes(9));
    expect(smell()).not.toBeNull();
    await clock.advance(minutes(1) + 5_000);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.frozen' });
    chip.thaw();
    await clock.advance(6_000);
    expect(smell()).not.toBeNull();
    expect(fault('device.bad-reading')).toBeUndefined();
  });

  it('that says what is impossible is not believed', async () => {
    const { clock, chip, smell, fault } = await hall(model);
    await clock.advance(minutes(3));
    chip.air(70_000);
    await clock.advance(5_000);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.out-of-range' });
    chip.air(31_000);
    await clock.advance(6_000);
    expect(smell()).not.toBeNull();
  });

  it('that is missing does not answer; put in, it is found within 5 s and warms up', async () => {
    const { clock, panel, chip, smell, fault } = await hall(model);
    panel.detach(0x59);
    await clock.advance(minutes(1));
    expect(smell()).toBeNull();
    expect(fault('device.unresponsive')).toMatchObject({ code: 'i2c.no-answer' });
    panel.attach(0x59, chip);
    await clock.advance(5_000);
    expect(smell()).toMatchObject({ smellIndex: null });
    expect(fault('device.unresponsive')).toBeUndefined();
  });

  it('that lost its power for a while warms up again, without learning anew', async () => {
    const { clock, chip, smell } = await hall(model);
    await clock.advance(hours(1));
    chip.power.off();
    await clock.advance(20_000);
    expect(smell()).toBeNull();
    chip.power.on();
    chip.air(28_500);
    await clock.advance(40_000);
    expect(smell()).toMatchObject({ smellIndex: null });
    await clock.advance(20_000);
    expect(smell()!.smellIndex).toBeGreaterThan(250);
  });

  it('on wires that are held is unknown without a fault of its own', async () => {
    const { clock, bus, panel, smell, reports } = await hall(model);
    await clock.advance(minutes(3));
    panel.holdLow();
    await clock.advance(10_000);
    expect(bus.state).toBe('lost');
    expect(smell()).toBeNull();
    expect([...reports.standing.keys()]).toEqual([]);
    panel.release();
    await clock.advance(8_000);
    expect(smell()!.smellIndex).toBeGreaterThan(90);
  });

  it('whose self test fails is to be replaced', async () => {
    const bench = airBench();
    const chip = simulatedSgp4x({ model, clock: bench.clock });
    chip.breakPlate();
    bench.panel.attach(0x59, chip);
    const { smell, fault } = bench.add({ smell: { protocol: model.toLowerCase() } });
    await bench.clock.advance(10_000);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({
      code: 'sensor.self-test',
      word: '4B00',
      reason: expect.stringContaining('replace it'),
    });
    chip.mendPlate();
    await bench.clock.advance(5_000);
    expect(smell()).not.toBeNull();
  });

  it('that is not there, but another chip at its address, is said', async () => {
    const other = model === 'SGP40' ? 'SGP41' : 'SGP40';
    for (const [make, reason] of [
      [(clock) => simulatedSgp4x({ model: other, clock }), `set protocol: ${other.toLowerCase()}`],
      [() => simulatedMcp23017(), 'check the type of the sensor'],
    ] as [(clock: ReturnType<typeof airBench>['clock']) => ReturnType<typeof simulatedMcp23017>, string][]) {
      const { clock, panel, add } = airBench();
      panel.attach(0x59, make(clock));
      const { smell, fault, told } = add({ smell: { protocol: model.toLowerCase() } });
      await clock.advance(20_000);
      expect(smell()).toBeNull();
      expect(told.smell).toEqual([null]);
      expect(fault('device.bad-reading')).toMatchObject({
        code: 'sensor.wrong-chip',
        reason: expect.stringContaining(reason),
      });
    }
  });
});

describe('what a gas sensor has learned', () => {
  /** After four hours in clean air. */
  async function learn() {
    const { clock, smell, stop } = await hall();
    await clock.advance(hours(3));
    expect(smell()!.learned).toBeNull();
    await clock.advance(hours(1));
    const learned = smell()!.learned!;
    await stop();
    return { memory: asJson(learned), learned, at: clock.wallMilliseconds() };
  }

  it('is handed over, and taken up within half an hour: bad air is smelled after 45 s', async () => {
    const { memory, learned } = await learn();
    expect(learned).toMatchObject({ sensor: 'SGP40 00001234ABCD' });
    const { clock, chip, smell } = await hall('SGP40', memory, hours(4) + minutes(20));
    chip.air(28_000);
    await clock.advance(44_000);
    expect(smell()!.smellIndex).toBeNull();
    await clock.advance(6_000);
    expect(smell()!.smellIndex).toBeGreaterThan(300);
  });

  it('is not taken up later, nor by another sensor, nor by what is no memory', async () => {
    const { memory } = await learn();
    const cases: [Json, number, [number, number, number]?][] = [
      [memory, hours(4) + minutes(40)],
      [memory, hours(3)],
      [memory, hours(4) + minutes(1), [1, 2, 3]],
      [{ ...(memory as object), mean: 'high' }, hours(4)],
      [{ ...(memory as object), mean: -1 }, hours(4)],
      [[], hours(4)],
      ['', hours(4)],
    ];
    for (const [kept, starts, serial] of cases) {
      const { clock, chip, smell, stop } = await hall('SGP40', kept, starts);
      if (serial !== undefined) chip.serial(serial);
      chip.air(28_000);
      await clock.advance(minutes(4));
      expect(smell()!.smellIndex).toBeLessThan(120);
      await stop();
    }
  });

  it('is not taken up where the clock can not be trusted', async () => {
    const { memory } = await learn();
    const bench = airBench();
    await bench.clock.advance(hours(4));
    bench.clock.trust = 'untrusted';
    const chip = simulatedSgp4x({ model: 'SGP40', clock: bench.clock });
    chip.air(28_000);
    bench.panel.attach(0x59, chip);
    const { smell } = bench.add({ smell: { protocol: 'sgp40' } }, memory);
    await bench.clock.advance(minutes(4));
    expect(smell()!.smellIndex).toBeLessThan(120);
  });

  it('ends with another sensor put in its place', async () => {
    const { clock, chip, smell } = await hall();
    await clock.advance(minutes(30));
    chip.power.off();
    await clock.advance(10_000);
    chip.serial([0, 9, 9]);
    chip.air(27_000);
    chip.power.on();
    await clock.advance(60_000);
    expect(smell()!.smellIndex).toBeNull();
    await clock.advance(minutes(3));
    expect(smell()!.smellIndex).toBeLessThan(120);
  });
});

describe('an SGP41 after power-on', () => {
  it('is conditioned for some seconds, never more than ten', async () => {
    const { clock, chip } = await hall('SGP41');
    await clock.advance(4_000);
    expect(chip.conditionedMilliseconds).toBeGreaterThan(2_000);
    await clock.advance(60_000);
    const once = chip.conditionedMilliseconds;
    expect(once).toBeGreaterThan(5_000);
    expect(once).toBeLessThanOrEqual(10_000);
    await clock.advance(minutes(10));
    expect(chip.conditionedMilliseconds).toBe(once);
  });

  it('is not conditioned over and over where its answers are garbled', async () => {
    const { clock, chip } = await hall('SGP41');
    await clock.advance(3_000);
    chip.corrupt();
    await clock.advance(minutes(5));
    expect(chip.conditionedMilliseconds).toBeLessThanOrEqual(10_000);
    expect(chip.conditionedMilliseconds).toBeGreaterThan(3_000);
    chip.mend();
    await clock.advance(minutes(1));
    expect(chip.conditionedMilliseconds).toBeLessThanOrEqual(10_000);
  });

  it('is not left in it where the device is stopped meanwhile', async () => {
    // Between two looks, and in the middle of one, when the chip takes no command.
    for (const when of [3_500, 4_010, 4_040]) {
      const { clock, chip, stop } = await hall('SGP41');
      await clock.advance(when);
      await stop();
      await clock.advance(minutes(5));
      expect(chip.conditionedMilliseconds).toBeGreaterThan(2_000);
      expect(chip.conditionedMilliseconds).toBeLessThan(5_000);
    }
  });

  it('is conditioned again after it was without power', async () => {
    const { clock, chip } = await hall('SGP41');
    await clock.advance(minutes(3));
    chip.power.off();
    await clock.advance(10_000);
    chip.power.on();
    expect(chip.conditionedMilliseconds).toBe(0);
    await clock.advance(30_000);
    expect(chip.conditionedMilliseconds).toBeGreaterThan(5_000);
    expect(chip.conditionedMilliseconds).toBeLessThanOrEqual(10_000);
  });
});

/** A cell on an analogue input. */
function analogHall(protocol: string, options: object, volts: number, memory?: Json, later = 0) {
  const bench = airBench();
  bench.clock.wallOffsetMilliseconds += later;
  const input = oneInput(bench.clock);
  input.set(volts);
  const device = bench.add({ smell: { protocol, channel: 0, bus: input.bus, ...options } }, memory);
  return { ...bench, ...device, input };
}

describe('a heated gas cell', () => {
  /** Without the day of heating that a new one needs. */
  const used = { burnInHours: 0, warmUpMinutes: 10 };

  /** The cell's own noise: no two minutes are the same. */
  async function live(hall: ReturnType<typeof analogHall>, volts: number, milliseconds: number) {
    for (let passed = 0; passed < milliseconds; passed += 600_000) {
      hall.input.set(volts + (passed % 7 === 0 ? 0.001 : 0) + ((passed / 600_000) % 5) / 10_000);
      await hall.clock.advance(Math.min(600_000, milliseconds - passed));
    }
  }

  it('says nothing until it has seen two hours of air, then 100 in clean air and more in bad', async () => {
    const cell = analogHall('analog-relative', used, 1);
    await live(cell, 1, hours(2));
    expect(cell.smell()).toMatchObject({ smellIndex: null, ammoniaPartsPerMillion: null });
    await live(cell, 1, minutes(20));
    expect(cell.smell()!.smellIndex).toBeGreaterThan(97);
    expect(cell.smell()!.smellIndex).toBeLessThan(103);
    // 2 V of 5: the conductance is 2/3 instead of 1/4 of the load's.
    await live(cell, 2, minutes(10));
    expect(cell.smell()!.smellIndex).toBeGreaterThan(255);
    expect(cell.smell()!.smellIndex).toBeLessThan(275);
    await live(cell, 4.5, minutes(10));
    expect(cell.smell()!.smellIndex).toBe(500);
    expect(cell.told.smell.every((one) => one?.ammoniaPartsPerMillion === null)).toBe(true);
  });

  it('keeps to the clean hours although the air is bad most of the day', async () => {
    const cell = analogHall('analog-relative', used, 1);
    await live(cell, 1, hours(4));
    await live(cell, 2, hours(9));
    expect(cell.smell()!.smellIndex).toBeGreaterThan(250);
  });

  it('is not misled by a single low minute once it has seen some hours', async () => {
    const cell = analogHall('analog-relative', used, 1);
    await live(cell, 1, hours(12));
    await live(cell, 0.2, minutes(10));
    await live(cell, 1, hours(2));
    expect(cell.smell()!.smellIndex).toBeLessThan(110);
  });

  it('that is new is heated for a day first, counted over restarts', async () => {
    const first = analogHall('analog-relative', { burnInHours: 6 }, 1);
    await live(first, 1, hours(5));
    expect(first.smell()!.smellIndex).toBeNull();
    const memory = asJson(first.smell()!.learned!);
    expect(memory).toMatchObject({ cleanHours: [] });
    await first.stop();
    const second = analogHall('analog-relative', { burnInHours: 6 }, 1, memory, hours(5));
    // One more hour of heating, two of learning.
    await live(second, 1, hours(2));
    expect(second.smell()!.smellIndex).toBeNull();
    await live(second, 1, hours(1) + minutes(10));
    expect(second.smell()!.smellIndex).not.toBeNull();
  });

  it('knows after a restart what clean air is, once it is warm', async () => {
    const first = analogHall('analog-relative', used, 1);
    await live(first, 1, hours(4));
    const memory = asJson(first.smell()!.learned!);
    await first.stop();
    const second = analogHall('analog-relative', used, 2, memory, hours(5));
    await live(second, 2, minutes(9));
    expect(second.smell()!.smellIndex).toBeNull();
    await live(second, 2, minutes(3));
    expect(second.smell()!.smellIndex).toBeGreaterThan(250);
  });

  it.each([
    ['without a signal', 0, 'sensor.no-signal'],
    ['with the whole supply at the input', 4.99, 'sensor.out-of-range'],
    ['beyond what the converter can tell', 9, 'sensor.out-of-range'],
  ])('%s is unknown after three samples, and warms up when it is back', async (_, volts, code) => {
    const cell = analogHall('analog-relative', used, 1);
    await live(cell, 1, hours(3));
    cell.input.set(volts);
    await cell.clock.advance(1_900);
    expect(cell.smell()).not.toBeNull();
    await cell.clock.advance(1_500);
    expect(cell.smell()).toBeNull();
    expect(cell.fault('device.bad-reading')).toMatchObject({ code });
    cell.input.set(1.01);
    await cell.clock.advance(1_500);
    expect(cell.smell()).toMatchObject({ smellIndex: null });
    expect(cell.fault('device.bad-reading')).toBeUndefined();
    await live(cell, 1, minutes(20));
    expect(cell.smell()!.smellIndex).toBeGreaterThan(97);
  });

  it('that says the very same for a day is frozen, until it says something else', async () => {
    const cell = analogHall('analog-relative', used, 1);
    await cell.clock.advance(hours(23));
    expect(cell.smell()).not.toBeNull();
    await cell.clock.advance(hours(2));
    expect(cell.smell()).toBeNull();
    expect(cell.fault('device.bad-reading')).toMatchObject({ code: 'sensor.frozen' });
    cell.input.set(1.1);
    await cell.clock.advance(2_000);
    expect(cell.smell()).not.toBeNull();
  });

  it('on a converter that is away is unknown by the converter, and back with it', async () => {
    const cell = analogHall('analog-relative', used, 1);
    await live(cell, 1, hours(3));
    cell.input.lose(new HallwardError('i2c.no-answer', 'absent', 'the converter does not answer'));
    await cell.clock.advance(5_000);
    expect(cell.smell()).toBeNull();
    expect(cell.fault('device.unresponsive')).toMatchObject({ code: 'i2c.no-answer' });
    cell.input.find();
    await live(cell, 1, minutes(20));
    expect(cell.smell()!.smellIndex).toBeGreaterThan(97);
    expect(cell.fault('device.unresponsive')).toBeUndefined();
  });
});

describe('an ammonia cell', () => {
  const cell = (volts: number, options: object = {}) =>
    analogHall('analog-cell', { spanPartsPerMillion: 100, ...options }, volts);

  it('tells a concentration in steps of what it can tell apart, and an index for the same limit as others', async () => {
    const { clock, input, smell } = cell(0.4);
    await clock.advance(60_000);
    expect(smell()).toEqual({ smellIndex: 100, ammoniaPartsPerMillion: 0, learned: null });
    // 0.4 to 2.0 V are 100 ppm: 0.48 V are 5.
    input.set(0.48);
    await clock.advance(120_000);
    expect(smell()).toEqual({ smellIndex: 200, ammoniaPartsPerMillion: 5, learned: null });
    input.set(2);
    await clock.advance(120_000);
    expect(smell()).toEqual({ smellIndex: 500, ammoniaPartsPerMillion: 100, learned: null });
  });

  it('never tells more than its resolution', async () => {
    const { clock, input, told } = cell(0.4, { resolutionPartsPerMillion: 0.3, spanPartsPerMillion: 10 });
    for (let step = 0; step < 50; step++) {
      input.set(0.4 + step * 0.0317);
      await clock.advance(7_000);
    }
    for (const one of told.smell) {
      const steps = one!.ammoniaPartsPerMillion! / 0.3;
      expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
      expect(String(one!.ammoniaPartsPerMillion).length).toBeLessThan(5);
    }
  });

  it('is 0 where the zero has drifted a little below, never less', async () => {
    const { clock, smell } = cell(0.3);
    await clock.advance(10_000);
    expect(smell()).toMatchObject({ smellIndex: 100, ammoniaPartsPerMillion: 0 });
  });

  it.each([
    ['a broken wire', 0, 'sensor.broken-wire'],
    ['more than its range', 2.2, 'sensor.out-of-range'],
    ['more than the converter can tell', 20, 'sensor.out-of-range'],
    ['no number', Number.NaN, 'sensor.broken-wire'],
  ])('with %s is unknown after three samples, and back by itself', async (_, volts, code) => {
    const { clock, input, smell, fault } = cell(0.4);
    await clock.advance(10_000);
    input.set(volts);
    await clock.advance(3_500);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code, part: 'smell' });
    input.set(0.4);
    await clock.advance(1_500);
    expect(smell()).toMatchObject({ ammoniaPartsPerMillion: 0 });
    expect(fault('device.bad-reading')).toBeUndefined();
    input.set(volts);
    await clock.advance(3_500);
    expect(smell()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code });
  });

  it('has a voltage for its range that is above that for nothing', () => {
    const entry = { bus: 'adc', protocol: 'analog-cell', channel: 0, spanPartsPerMillion: 100 };
    const parse = (options: object) =>
      v.parse(partSchema('analog-cell', smellDeclaration.protocols['analog-cell']!), {
        ...entry,
        ...options,
      });
    const problems = (options: object) => smellProblems(parse(options) as typeof entry);
    expect(problems({})).toEqual([]);
    expect(problems({ zeroVolts: 2 })).toEqual([
      { path: ['spanVolts'], message: 'found 2, expected more than zeroVolts (2)' },
    ]);
    expect(problems({ resolutionPartsPerMillion: 200 })).toMatchObject([
      { path: ['resolutionPartsPerMillion'] },
    ]);
    expect(() => parse({ spanPartsPerMillion: 0 })).toThrow();
  });
});
