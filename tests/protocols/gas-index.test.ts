import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GasIndex } from '../../src/protocols/gas-index.js';
import { dice } from '../devices/bench.js';

/** The first raw signals above 20000 of python-wrapper/tests/data/voc.csv in Sensirion's gas-index-algorithm. */
const published = [
  19, 4, 13, 1, 1, 46, 16, 35, 34, 9, 27, 15, 29, 39, 48, 46, 1, 7, 33, 46, 27, 15, 25, 12, 38, 26, 19, 45,
  37, 15, 38, 44, 22, 30, 32, 17, 25, 47, 31, 48, 12, 45, 25, 15, 47, 4, 5, 5, 37, 1, 31, 43, 26, 31, 28, 47,
  14, 6, 32, 8,
];

/**
 * Usual air that drifts, a smell every half hour, a bad one every two hours, a very bad one, one that stays for four
 * hours; some noise. One sample a second.
 */
function* days(): Generator<number> {
  const random = dice(7);
  let smell = 0;
  for (let second = 0; ; second++) {
    if (second % 3_600 === 1_800) smell += 1_500;
    if (second % 7_200 === 5_400) smell += 4_000;
    if (second === 20_000) smell += 9_000;
    if (second >= 30_000 && second < 46_000) smell = Math.max(smell, 7_000);
    smell *= 0.998;
    const base = 31_000 - second * 0.02;
    yield Math.max(1, Math.trunc(base - smell + (random() - 0.5) * 40));
  }
}

/**
 * Sample, raw signal and index of `days`, computed with a transcription of Sensirion's fixed-point C (version 3.2) that
 * gives exactly what voc.csv has.
 */
const reference: readonly (readonly [sample: number, raw: number, index: number])[] = [
  [47, 31014, 1],
  [60, 30978, 41],
  [80, 31007, 78],
  [100, 30991, 93],
  [150, 30979, 101],
  [2000, 29962, 82],
  [4000, 30898, 61],
  [6000, 29231, 487],
  [8000, 30818, 94],
  [10000, 30604, 155],
  [12000, 30743, 105],
  [14000, 30371, 223],
  [16000, 30678, 123],
  [20000, 26909, 500],
  [22000, 30345, 227],
  [24000, 30055, 336],
  [28000, 29705, 419],
  [32000, 23375, 500],
  [40000, 23210, 500],
  [42000, 23188, 496],
  [44000, 23146, 480],
  [46000, 23083, 456],
  [48000, 29903, 92],
  [50000, 29682, 101],
  [54000, 29878, 92],
  [56000, 26199, 341],
  [58000, 29783, 95],
  [60000, 29328, 127],
];
/** The same from the state of a mean of 30990 and a deviation of 180. */
const referenceFromState: readonly (readonly [sample: number, index: number])[] = [
  [1000, 102],
  [2000, 461],
  [3000, 158],
  [4000, 121],
  [5000, 121],
  [6000, 495],
  [7000, 214],
  [8000, 144],
  [9000, 141],
  [10000, 222],
  [11000, 158],
  [12000, 156],
];

function run(index: GasIndex, samples: number) {
  const source = days();
  return Array.from({ length: samples }, () => {
    const raw = source.next().value as number;
    return { raw, index: index.process(raw) };
  });
}

describe('the VOC index', () => {
  it('is what the published series has: nothing for 46 samples, then 98', () => {
    const index = new GasIndex();
    const told = published.map((above) => index.process(20_000 + above));
    expect(told).toEqual([...new Array(46).fill(null), ...new Array(published.length - 46).fill(98)]);
  });

  it('follows the reference within 2 through seventeen hours of smells', () => {
    const told = run(new GasIndex(), 60_000);
    for (const [sample, raw, expected] of reference) {
      const { raw: sent, index } = told[sample - 1]!;
      expect(sent).toBe(raw);
      expect(
        Math.abs((index ?? -1000) - expected),
        `sample ${sample}: ${index}, not ${expected}`,
      ).toBeLessThan(3);
    }
  });

  it('goes on from a state as the reference does', () => {
    const told = run(new GasIndex({ mean: 30_990, deviation: 180 }), 12_000);
    for (const [sample, expected] of referenceFromState) {
      const { index } = told[sample - 1]!;
      expect(
        Math.abs((index ?? -1000) - expected),
        `sample ${sample}: ${index}, not ${expected}`,
      ).toBeLessThan(3);
    }
  });

  it('has nothing to hand over before three hours, then what is usual, near the reference', () => {
    const index = new GasIndex();
    run(index, 10_800);
    expect(index.learned).toBeNull();
    const source = days();
    const whole = new GasIndex();
    for (let second = 0; second < 60_000; second++) whole.process(source.next().value as number);
    // The reference: 29649.5 and 2221.4.
    expect(whole.learned!.mean).toBeGreaterThan(29_600);
    expect(whole.learned!.mean).toBeLessThan(29_690);
    expect(Math.abs(whole.learned!.deviation - 2_221)).toBeLessThan(25);
  });

  it('smells at once what was handed over as clean, where a fresh one takes the bad air for usual', () => {
    const bad = () => 28_000;
    const fresh = new GasIndex();
    const informed = new GasIndex({ mean: 31_000, deviation: 200 });
    const last = (index: GasIndex) => {
      let told: number | null = null;
      for (let second = 0; second < 600; second++) told = index.process(bad());
      return told;
    };
    expect(last(fresh)).toBeLessThan(110);
    expect(last(informed)).toBeGreaterThan(400);
  });

  it('warms up again after an interruption and has forgotten nothing', () => {
    const index = new GasIndex();
    const steady = (samples: number, raw: number) => {
      let told: number | null = null;
      for (let second = 0; second < samples; second++) told = index.process(raw + (second % 7));
      return told;
    };
    steady(12_000, 31_000);
    const before = index.learned;
    index.interrupted();
    expect(steady(46, 29_000)).toBeNull();
    expect(index.learned).toEqual(before);
    expect(steady(1, 29_000)).toBeGreaterThan(400);
  });

  it('stays between 1 and 500, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 64_999 }), { minLength: 50, maxLength: 400 }),
        fc.option(
          fc.record({
            mean: fc.integer({ min: 1, max: 65_535 }),
            deviation: fc.integer({ min: 0, max: 65_535 }),
          }),
          {
            nil: undefined,
          },
        ),
        (raws, learned) => {
          const index = new GasIndex(learned);
          const told = raws.map((raw) => index.process(raw));
          expect(told.slice(0, 46).every((one) => one === null)).toBe(true);
          expect(told.slice(46).every((one) => Number.isInteger(one) && one! >= 1 && one! <= 500)).toBe(true);
        },
      ),
    );
  });
});
