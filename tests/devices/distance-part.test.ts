import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { curveProblem, millimetresAt } from '../../src/devices/parts/distance-curve.js';
import { type Distance, distancePart } from '../../src/devices/parts/distance-part.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { HallwardError as Failure } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { readVl53l0xResult } from '../../src/protocols/vl53l0x.js';
import { readVl53l1xResult } from '../../src/protocols/vl53l1x.js';
import { type SimulatedI2cChip, simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedVl53l0x } from '../../src/simulator/vl53l0x.js';
import { simulatedVl53l1x } from '../../src/simulator/vl53l1x.js';
import { partSchema } from '../../src/supervisor/config/schema.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import type { AnalogEvents } from '../../src/transports/ports-analog.js';
import { dice } from './bench.js';

const minutes = (count: number) => count * 60_000;

/** Moves time on in small steps: the package's chains of promises are longer than the clock waits for at once. */
async function pass(clock: VirtualClock, milliseconds: number): Promise<void> {
  const end = clock.monotonicMilliseconds() + milliseconds;
  while (clock.monotonicMilliseconds() < end) {
    await clock.advance(Math.min(1, end - clock.monotonicMilliseconds()));
  }
}

/** Moves time on to the next timer, again and again: fast where nothing happens for long. */
async function skip(clock: VirtualClock, milliseconds: number): Promise<void> {
  const end = clock.monotonicMilliseconds() + milliseconds;
  while (clock.monotonicMilliseconds() < end) {
    await pass(clock, 400);
    await clock.advance(Math.min(500, Math.max(0, end - clock.monotonicMilliseconds())));
  }
}

function partOn(bus: Bus, clock: VirtualClock, protocol: string, entry: object) {
  const declared = distancePart.protocols[protocol]!;
  const config = v.parse(partSchema(protocol, declared), { bus: bus.name, protocol, ...entry });
  const told: (Distance & { at: number })[] = [];
  const unknown: HallwardError[] = [];
  const crashes: unknown[] = [];
  const part = distancePart.create(
    config,
    { name: 'paper distance', bus, clock },
    {
      values: (distance, at) => void told.push({ ...distance, at }),
      unknown: (error) => void unknown.push(error),
      crashed: (error) => void crashes.push(error),
    },
  );
  return { part, told, unknown, crashes, config, claims: declared.claims?.(config) };
}

/** A sensor on I2C wires, asked once a second, with the real package between it and us. */
function bench(entry: object = { pollMilliseconds: 1_000 }) {
  return benchOf('vl53l0x', simulatedVl53l0x, entry);
}

function benchOf<Chip extends SimulatedI2cChip>(
  protocol: string,
  make: (clock: VirtualClock, random: () => number) => Chip,
  entry: object,
) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const chip = make(clock, dice(7));
  panel.attach(0x29, chip);
  const bus = i2cBus('i2c1', adapter, clock);
  const made = partOn(bus, clock, protocol, entry);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(async () => {
    made.part.stop();
    // A transfer that was under way comes to its end, and what the chip is at.
    await pass(clock, 150);
    const closing = bus.close();
    await clock.advance(5_000);
    await closing;
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(made.crashes).toEqual([]);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
    expect(clock.pending()).toEqual([]);
  });
  return { clock, panel, chip, bus, ...made };
}

describe('a VL53L0X, set up by the package that knows how', () => {
  it('is brought up, its calibrations to their end, and measures what stands before it', async () => {
    const { clock, chip, part, told } = bench();
    chip.distance(137);
    part.start();
    await pass(clock, 900);
    expect(chip.calibrated).toBe(true);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ outOfRange: false });
    expect(Math.abs(told[0]!.distanceMillimetres! - 137)).toBeLessThanOrEqual(2);
    expect(chip.measurements).toBe(5);
    expect(told[0]!.at - told[0]!.fromMilliseconds).toBeGreaterThan(5 * 33);
  });

  it('tells the distance of now, not that of the measurement before', async () => {
    const { clock, chip, part, told } = bench({ pollMilliseconds: 1_000, samples: 1 });
    chip.distance(60);
    part.start();
    await skip(clock, 5_000);
    chip.distance(400);
    const before = told.length;
    await skip(clock, 1_800);
    expect(told.length).toBeGreaterThan(before);
    expect(told[before]!.distanceMillimetres).toBeGreaterThan(390);
  });

  it('says that nothing is in range where nothing is', async () => {
    const { clock, chip, part, told, unknown } = bench();
    chip.nothing();
    part.start();
    await skip(clock, 3_000);
    expect(told.at(-1)).toMatchObject({ distanceMillimetres: null, outOfRange: true });
    chip.distance(80);
    await skip(clock, 2_000);
    expect(told.at(-1)).toMatchObject({ outOfRange: false });
    expect(unknown).toEqual([]);
  });

  it('is set up again by itself after it lost its power for a moment', async () => {
    const { clock, chip, part, told, unknown } = bench();
    chip.distance(90);
    part.start();
    await skip(clock, 2_000);
    chip.power.off();
    chip.power.on();
    expect(chip.calibrated).toBe(false);
    const before = told.length;
    await skip(clock, 3_000);
    expect(chip.calibrated).toBe(true);
    expect(told.length).toBeGreaterThan(before);
    expect(told.at(-1)!.distanceMillimetres).toBeGreaterThan(85);
    expect(unknown).toEqual([]);
  });

  it('is not there: unknown after three looks, and back within five seconds of its return', async () => {
    const { clock, chip, part, told, unknown, panel } = bench();
    panel.detach(0x29);
    chip.distance(90);
    part.start();
    await skip(clock, 1_500);
    expect(unknown).toEqual([]);
    await skip(clock, 1_500);
    expect(unknown.map(({ code, kind }) => [code, kind])).toEqual([['i2c.no-answer', 'absent']]);
    await skip(clock, 60_000);
    expect(unknown).toHaveLength(1);
    panel.attach(0x29, chip);
    await skip(clock, 5_000);
    expect(told.length).toBeGreaterThan(0);
  });

  it.each([
    ['an I/O expander', () => simulatedMcp23017() as SimulatedI2cChip],
    ['a chip that reads all ones', () => constant(0xff)],
    ['a chip that reads all zeros', () => constant(0)],
    ['a VL53L1X, whose registers have 16-bit numbers', () => constant(0xea)],
  ])('is refused where %s answers in its place', async (_, chip) => {
    const { clock, panel, part, told, unknown } = bench();
    panel.attach(0x29, chip());
    part.start();
    await skip(clock, 10_000);
    expect(told).toEqual([]);
    expect(unknown).toHaveLength(1);
    expect(unknown[0]).toMatchObject({ code: 'sensor.wrong-chip', kind: 'garbled' });
    expect(unknown[0]!.message).toContain('0x29');
  });

  it('is frozen where the very same light is counted for ten minutes', async () => {
    const { clock, chip, part, told, unknown } = bench({ pollMilliseconds: 10_000 });
    chip.distance(90);
    part.start();
    await skip(clock, 30_000);
    chip.freeze();
    await skip(clock, minutes(9));
    expect(unknown).toEqual([]);
    await skip(clock, minutes(3));
    expect(unknown.map(({ code, kind }) => [code, kind])).toEqual([['sensor.frozen', 'garbled']]);
    chip.recover();
    const before = told.length;
    await skip(clock, 5_000);
    expect(told.length).toBeGreaterThan(before);
  });

  it('is not frozen by a distance at rest, nor by hours with nothing in range', async () => {
    const { clock, chip, part, unknown, told } = bench({ pollMilliseconds: 60_000, samples: 1 });
    chip.distance(90);
    part.start();
    await skip(clock, minutes(40));
    chip.nothing();
    await skip(clock, minutes(3));
    chip.freeze();
    await skip(clock, minutes(40));
    expect(unknown).toEqual([]);
    expect(told.length).toBeGreaterThan(75);
  });

  it('does not wait for ever where a measurement does not come to its end', async () => {
    const { clock, chip, part, unknown, told, bus } = bench();
    chip.distance(90);
    part.start();
    await skip(clock, 2_000);
    chip.stall();
    await skip(clock, 5_000);
    expect(unknown.map(({ code, kind }) => [code, kind])).toEqual([['sensor.not-ready', 'timeout']]);
    // It is asked at a pace while it is waited for: others have the wires meanwhile.
    const before = bus.counters.get(0x29)!.transfers;
    await skip(clock, 10_000);
    expect(bus.counters.get(0x29)!.transfers - before).toBeLessThan(2_500);
    chip.recover();
    const known = told.length;
    await skip(clock, 5_000);
    expect(told.length).toBeGreaterThan(known);
  });

  it('says so where its laser is broken', async () => {
    const { clock, chip, part, unknown } = bench();
    chip.burnOut();
    part.start();
    await skip(clock, 5_000);
    expect(unknown[0]).toMatchObject({ code: 'sensor.hardware', kind: 'garbled' });
    expect(unknown[0]!.message).toContain('laser');
  });

  it('is unknown while the wires are held, for it is the bus’s fault, and back by itself', async () => {
    const { clock, chip, part, told, unknown, panel } = bench();
    chip.distance(90);
    part.start();
    await skip(clock, 2_000);
    panel.holdLow();
    await skip(clock, 15_000);
    expect(unknown).toMatchObject([{ code: 'wire.lost', evidence: { because: 'i2c.line-stuck' } }]);
    panel.release();
    const before = told.length;
    await skip(clock, 5_000);
    expect(told.length).toBeGreaterThan(before);
  });

  it('is unknown while its adapter is gone, and back after it', async () => {
    const { clock, chip, part, told, unknown, panel } = bench();
    chip.distance(90);
    part.start();
    await pass(clock, 40); // in the middle of its setting up
    panel.unplug();
    await skip(clock, 5_000);
    expect(unknown[0]?.code).toMatch(/^wire\./);
    panel.plug();
    await skip(clock, 7_000);
    expect(told.length).toBeGreaterThan(0);
  });

  it('gives no wrong distance while bits are turned over on the wires', async () => {
    const { clock, chip, part, told, panel } = bench({ pollMilliseconds: 1_000, samples: 1 });
    chip.distance(200);
    part.start();
    await skip(clock, 1_500);
    panel.garble(0.02, dice(3));
    await skip(clock, minutes(10));
    const wrong = told.filter(({ distanceMillimetres: d }) => d !== null && Math.abs(d - 200) > 3);
    expect(wrong).toEqual([]);
    panel.garble(0);
    const before = told.length;
    await skip(clock, 6_000);
    expect(told.length).toBeGreaterThan(before);
  });

  it.each([2, 11, 20, 29, 38, 47, 56, 65, 74, 83, 92, 110])(
    'may lose its power %i ms after the start of its setting up without harm',
    async (at) => {
      const { clock, chip, part, told } = bench();
      chip.distance(150);
      part.start();
      await pass(clock, at);
      chip.power.off();
      await pass(clock, 20);
      chip.power.on();
      await skip(clock, 4_000);
      expect(told.at(-1)?.distanceMillimetres).toBeGreaterThan(145);
    },
  );

  it('claims its address', () => {
    expect(bench({}).claims).toEqual([{ path: ['address'], text: 'address 0x29' }]);
    expect(bench({}).config).toMatchObject({ address: 0x29, pollMilliseconds: 10_000, samples: 5 });
  });
});

describe('a VL53L1X', () => {
  const other = (entry: object = { pollMilliseconds: 1_000 }) => benchOf('vl53l1x', simulatedVl53l1x, entry);

  it('is set up, measures what stands before it, and rests in between', async () => {
    const { clock, chip, part, told, unknown } = other();
    chip.distance(637);
    part.start();
    await pass(clock, 900);
    expect(told).toHaveLength(1);
    expect(Math.abs(told[0]!.distanceMillimetres! - 637)).toBeLessThanOrEqual(2);
    expect(chip.measuring).toBe(false);
    expect(chip.measurements).toBe(6);
    chip.nothing();
    await skip(clock, 2_000);
    expect(told.at(-1)).toMatchObject({ distanceMillimetres: null, outOfRange: true });
    expect(unknown).toEqual([]);
  });

  it('is set up again by itself after it lost its power', async () => {
    const { clock, chip, part, told, unknown } = other();
    chip.distance(300);
    part.start();
    await skip(clock, 2_000);
    chip.power.off();
    chip.power.on();
    const before = told.length;
    await skip(clock, 4_000);
    expect(told.length).toBeGreaterThan(before);
    expect(told.slice(before).every(({ distanceMillimetres }) => (distanceMillimetres ?? 0) > 290)).toBe(
      true,
    );
    expect(unknown).toEqual([]);
  });

  it('is refused where a VL53L0X answers in its place', async () => {
    const { clock, part, panel, told, unknown } = other();
    panel.attach(0x29, simulatedVl53l0x(clock, dice(1)));
    part.start();
    await skip(clock, 5_000);
    expect(told).toEqual([]);
    expect(unknown).toMatchObject([{ code: 'sensor.wrong-chip', kind: 'garbled' }]);
  });

  it.each([
    ['stalled', 'sensor.not-ready', 'timeout'],
    ['burnt out', 'sensor.hardware', 'garbled'],
    ['without power', 'i2c.no-answer', 'absent'],
  ])('that is %s is unknown, and comes back', async (what, code, kind) => {
    const { clock, chip, part, told, unknown } = other();
    chip.distance(300);
    part.start();
    await skip(clock, 2_000);
    if (what === 'stalled') chip.stall();
    else if (what === 'burnt out') chip.burnOut();
    else chip.power.off();
    await skip(clock, 9_000);
    expect(unknown).toMatchObject([{ code, kind }]);
    chip.recover();
    chip.power.on();
    const before = told.length;
    await skip(clock, 6_000);
    expect(told.length).toBeGreaterThan(before);
  });

  it('is frozen where the very same light is counted for ten minutes', async () => {
    const { clock, chip, part, unknown } = other({ pollMilliseconds: 10_000, samples: 2 });
    chip.distance(300);
    part.start();
    await skip(clock, 20_000);
    chip.freeze();
    await skip(clock, minutes(12));
    expect(unknown.map(({ code }) => code)).toEqual(['sensor.frozen']);
  });

  it('gives no wrong distance while bits are turned over on the wires', async () => {
    const { clock, chip, part, told, panel } = other({ pollMilliseconds: 1_000, samples: 1 });
    chip.distance(200);
    part.start();
    await skip(clock, 1_500);
    panel.garble(0.005, dice(3));
    await skip(clock, minutes(10));
    panel.garble(0);
    await skip(clock, 6_000);
    expect(told.filter(({ distanceMillimetres: d }) => d !== null && Math.abs(d - 200) > 3)).toEqual([]);
    expect(told.length).toBeGreaterThan(10);
  });

  it('has a result only with status 9', () => {
    for (let status = 0; status < 32; status++) {
      const block = new Uint8Array(17);
      block.set([0xe0 | status], 0);
      block.set([0x01, 0x2c], 13);
      if ([1, 2, 3].includes(status)) expect(() => readVl53l1xResult(block)).toThrow(/broken/);
      else expect(readVl53l1xResult(block).millimetres).toBe(status === 9 ? 300 : null);
    }
  });
});

describe.each([
  ['a VL53L0X', 'vl53l0x', simulatedVl53l0x],
  ['a VL53L1X', 'vl53l1x', simulatedVl53l1x],
] as const)('%s', (_, protocol, make) => {
  it('leaves the wires alone once it is stopped, also in the midst of a measurement', async () => {
    for (const milliseconds of [1, 7, 40, 90, 200, 400]) {
      const { clock, chip, panel, part, told } = benchOf<
        SimulatedI2cChip & { distance(millimetres: number): void }
      >(protocol, make, { pollMilliseconds: 500, samples: 25 });
      chip.distance(120);
      part.start();
      await skip(clock, 5_000);
      await pass(clock, milliseconds);
      part.stop();
      // The chip itself comes to the end of what it is at.
      await pass(clock, 150);
      expect(clock.pending()).toEqual([]);
      const { transfers } = panel;
      const { length } = told;
      await pass(clock, 3_000);
      expect(panel.transfers).toBe(transfers);
      expect(told).toHaveLength(length);
    }
  });

  it('is not lost by one transfer that fails', async () => {
    const { clock, chip, panel, part, told, unknown } = benchOf<
      SimulatedI2cChip & { distance(millimetres: number): void }
    >(protocol, make, { pollMilliseconds: 1_000 });
    chip.distance(120);
    part.start();
    await skip(clock, 5_000);
    const { length } = told;
    // While a measurement is on, for a moment nobody acknowledges.
    while (!clock.pending().some((name) => name.includes('the chip is done'))) await clock.advance(1);
    panel.detach(0x29);
    await pass(clock, 15);
    panel.attach(0x29, chip);
    await skip(clock, 8_000);
    expect(unknown).toEqual([]);
    expect(told.length).toBeGreaterThan(length + 4);
  });
});

describe('the result block of a VL53L0X', () => {
  /** Status, detectors, signal rate, ambient rate, range as in ST's VL53L0X_GetRangingMeasurementData. */
  const block = (status: number, range: number) =>
    Uint8Array.of(status << 3, 0, 0x0a, 0, 0, 0, 0x08, 0, 0, 0x60, range >> 8, range & 0xff);

  it('holds a distance only where the measurement is complete and the distance possible', () => {
    expect(readVl53l0xResult(block(11, 137)).millimetres).toBe(137);
    for (const status of [0, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15]) {
      expect(readVl53l0xResult(block(status, 137)).millimetres).toBeNull();
    }
    for (const range of [0, 2001, 8190, 8191, 0xffff]) {
      expect(readVl53l0xResult(block(11, range)).millimetres).toBeNull();
    }
  });

  it.each([1, 2, 3])('with status %i is that of a broken chip', (status) => {
    expect(() => readVl53l0xResult(block(status, 137))).toThrow(/broken/);
  });

  it('is read whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (bytes) => {
        try {
          const { millimetres } = readVl53l0xResult(bytes);
          expect(millimetres === null || (millimetres > 0 && millimetres <= 2_000)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'sensor.hardware', kind: 'garbled' });
        }
      }),
    );
  });
});

function constant(value: number): SimulatedI2cChip {
  return { answers: true, write() {}, read: (length) => new Uint8Array(length).fill(value) };
}

/** Points of a GP2Y0A41SK0F as its data sheet draws them. */
const sharp = [
  [2.75, 40],
  [1.5, 80],
  [0.8, 160],
  [0.4, 300],
] as const;

describe('an analogue distance', () => {
  function analog(entry: object = {}) {
    const clock = new VirtualClock();
    const asked: { channel: number; everyMilliseconds: number }[] = [];
    let events: AnalogEvents | undefined;
    let ended = 0;
    const bus = {
      type: 'analog' as const,
      name: 'adc',
      state: 'open' as const,
      lostBecause: undefined,
      sent: 0,
      onChange: () => () => {},
      close: async () => {},
      sample(request: { channel: number; everyMilliseconds: number }, heard: AnalogEvents) {
        asked.push(request);
        events = heard;
        return () => void ended++;
      },
    };
    const made = partOn(bus, clock, 'analog-distance', { channel: 2, points: sharp, samples: 3, ...entry });
    const measure = (...volts: number[]) => {
      for (const one of volts) events?.value(one, one / 4.096, clock.monotonicMilliseconds());
    };
    return { ...made, measure, asked, ended: () => ended, lost: (error: Failure) => events?.lost(error) };
  }

  it('is the median of voltages, by the table’s straight lines', () => {
    const { part, measure, told, asked, ended } = analog();
    part.start();
    expect(asked).toEqual([{ channel: 2, everyMilliseconds: 3_333 }]);
    measure(1.5, 3.9, 1.15);
    expect(told).toHaveLength(1);
    expect(told[0]!.distanceMillimetres).toBeCloseTo(100);
    measure(1.5, 1.5);
    expect(told).toHaveLength(1);
    measure(1.5);
    expect(told[1]!.distanceMillimetres).toBe(80);
    part.stop();
    expect(ended()).toBe(1);
  });

  it.each([
    ['a cut wire', 0.01],
    ['more than the table knows', 2.9],
    ['an input at its limit', 4.096],
  ])('is out of range for %s', (_, volts) => {
    const { part, measure, told } = analog();
    part.start();
    measure(volts, volts, volts);
    expect(told).toMatchObject([{ distanceMillimetres: null, outOfRange: true }]);
  });

  it('is unknown where the converter is, and begins anew after it', () => {
    const { part, measure, told, unknown, lost } = analog();
    part.start();
    measure(1.5, 1.5);
    lost(new Failure('i2c.no-answer', 'absent', 'no chip answers'));
    expect(unknown.map(({ code }) => code)).toEqual(['i2c.no-answer']);
    measure(0.8, 0.8);
    expect(told).toEqual([]);
    measure(0.8);
    expect(told[0]!.distanceMillimetres).toBe(160);
  });

  it.each([
    [[[1, 10]]],
    [
      [
        [1, 10],
        [1, 20],
      ],
    ],
    [
      [
        [1, 10],
        [2, 20],
        [3, 15],
      ],
    ],
    [
      [
        [1, 10],
        [2, 10],
      ],
    ],
    [
      [
        [1, 10],
        [2, 'far'],
      ],
    ],
    [undefined],
  ])('is refused with the table %j', (points) => {
    expect(() => analog({ points })).toThrow();
  });

  it('lies between its neighbours in the table, and on the points themselves', () => {
    const curves = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 4000 })), {
        minLength: 2,
        maxLength: 12,
        selector: ([volts]) => volts,
      })
      .map((list) => {
        const volts = list.map(([at]) => at / 1000).sort((a, b) => a - b);
        let distance = 5000;
        return volts.map((at, index) => {
          distance -= (list[index]?.[1] ?? 1) / 20;
          return [at, distance] as const;
        });
      });
    fc.assert(
      fc.property(curves, fc.double({ min: 0, max: 5, noNaN: true }), (curve, volts) => {
        expect(curveProblem(curve)).toBeUndefined();
        const shuffled = [...curve].reverse();
        const found = millimetresAt(shuffled, volts);
        const [first, last] = [curve[0]!, curve.at(-1)!];
        expect(found === null).toBe(volts < first[0] || volts > last[0]);
        if (found !== null) {
          expect(found).toBeLessThanOrEqual(first[1]);
          expect(found).toBeGreaterThanOrEqual(last[1] - 1e-9);
        }
        for (const [at, distance] of curve) expect(millimetresAt(curve, at)).toBe(distance);
      }),
    );
  });
});
