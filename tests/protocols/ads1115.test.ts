import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Ads1115Setup,
  ads1115Config,
  ads1115ConversionMilliseconds,
  ads1115FullScales,
  ads1115Rates,
  ads1115Start,
  readAds1115,
  readAds1115State,
} from '../../src/protocols/ads1115.js';

const input0: Ads1115Setup = { input: '0', fullScaleVolts: 4.096, samplesPerSecond: 128 };

describe('a conversion of the ADS1115', () => {
  // Transfers of another project's tests (periph.io, devices/ads1x15).
  it('is begun as recorded', () => {
    const setup = { input: '0-3', fullScaleVolts: 6.144, samplesPerSecond: 475 } as const;
    expect([...ads1115Start(setup)]).toEqual([0x01, 0x91, 0xc3]);
    const slow = { input: '0-3', fullScaleVolts: 6.144, samplesPerSecond: 8 } as const;
    expect([...ads1115Start(slow)]).toEqual([0x01, 0x91, 0x03]);
  });

  // As another driver writes it (johnny-five 2.1, lib/expander.js): each input against ground.
  it.each([
    ['0', 0xc1],
    ['1', 0xd1],
    ['2', 0xe1],
    ['3', 0xf1],
  ] as const)('of input %s against ground is begun as by another driver', (input, high) => {
    const setup = { input, fullScaleVolts: 6.144, samplesPerSecond: 128 } as const;
    expect([...ads1115Start(setup)]).toEqual([0x01, high, 0x83]);
  });

  it('gives the recorded voltages', () => {
    expect(readAds1115(6.144, Uint8Array.of(0x52, 0xd0))).toMatchObject({ raw: 21_200, volts: 3.975 });
    expect(readAds1115(6.144, Uint8Array.of(0x52, 0xc0)).volts).toBeCloseTo(3.972, 6);
    expect(readAds1115(6.144, Uint8Array.of(0xff, 0x50))).toMatchObject({ raw: -176, fraction: 0 });
    expect(readAds1115(6.144, Uint8Array.of(0xff, 0x50)).volts).toBeCloseTo(-0.033, 6);
  });

  it('has the power-on config of the data sheet but for single shots and one input', () => {
    // 8583: AIN0 against AIN1, ±2.048 V, single shot, 128 samples/s, comparator off.
    expect(ads1115Config({ input: '0-1', fullScaleVolts: 2.048, samplesPerSecond: 128 })).toBe(0x8583);
    expect(ads1115Config({ ...input0, input: '3' })).toBe(0xf383);
  });

  it('takes as long as its rate says, and up to a tenth more', () => {
    for (const rate of ads1115Rates) {
      expect(ads1115ConversionMilliseconds(rate)).toBeGreaterThan(1_100 / rate);
      expect(ads1115ConversionMilliseconds(rate)).toBeLessThan(1_100 / rate + 0.2);
    }
  });

  it('is refused for what the chip has not', () => {
    for (const wrong of [
      { input: '4' },
      { fullScaleVolts: 5 },
      { samplesPerSecond: 100 },
      { input: 'toString' },
    ]) {
      expect(() => ads1115Start({ ...input0, ...wrong } as Ads1115Setup)).toThrow(
        expect.objectContaining({ code: 'ads1115.impossible', kind: 'usage' }),
      );
    }
  });
});

describe('what the ADS1115 says', () => {
  it('of its state is busy, done, or another setting', () => {
    const [, high, low] = ads1115Start(input0);
    expect(readAds1115State(input0, Uint8Array.of(high!, low!))).toBe('done');
    expect(readAds1115State(input0, Uint8Array.of(high! & 0x7f, low!))).toBe('busy');
    expect(readAds1115State(input0, Uint8Array.of(0x85, 0x83))).toBe('other');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), (word) => {
        const state = readAds1115State(input0, Uint8Array.of(word >> 8, word & 0xff));
        expect(state !== 'other').toBe((word | 0x8000) === ads1115Config(input0));
      }),
    );
  });

  it('is within its full scale, for every result and every scale', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -32_768, max: 32_767 }),
        fc.constantFrom(...ads1115FullScales),
        (raw, scale) => {
          const { volts, fraction } = readAds1115(scale, Uint8Array.of((raw >> 8) & 0xff, raw & 0xff));
          expect(volts).toBeCloseTo((raw * scale) / 32_768, 9);
          expect(fraction).toBeGreaterThanOrEqual(0);
          expect(fraction).toBeLessThanOrEqual(1);
        },
      ),
    );
    expect(readAds1115(4.096, Uint8Array.of(0x7f, 0xff)).fraction).toBe(1);
  });

  it.each([0, 1, 3])('is nothing with %d bytes', (length) => {
    expect(() => readAds1115(4.096, new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'ads1115.short', kind: 'garbled' }),
    );
    expect(() => readAds1115State(input0, new Uint8Array(length))).toThrow(
      expect.objectContaining({ kind: 'garbled' }),
    );
  });
});
