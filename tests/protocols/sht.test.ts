import { describe, expect, it } from 'vitest';
import type { ChipRequest } from '../../src/protocols/sensirion.js';
import { sht3x, sht4x } from '../../src/protocols/sht.js';
import { hexBytes } from '../../src/simulator/hex.js';

const asked = ({ write, readLength }: ChipRequest) => [Buffer.from(write).toString('hex'), readLength];

describe('what an SHT is asked', () => {
  it('is as the data sheets have it', () => {
    expect([sht3x.measure, sht3x.identify, sht3x.reset].map(asked)).toEqual([
      ['2400', 6],
      ['f32d', 3],
      ['30a2', 0],
    ]);
    expect([sht4x.measure, sht4x.identify, sht4x.reset].map(asked)).toEqual([
      ['fd', 6],
      ['89', 6],
      ['94', 0],
    ]);
  });

  it('waits for the longest measuring time of the data sheets', () => {
    expect(sht3x.measure.waitMilliseconds).toBeGreaterThanOrEqual(15.5);
    expect(sht4x.measure.waitMilliseconds).toBeGreaterThanOrEqual(8.3);
  });
});

describe('what an SHT4x says', () => {
  // Recordings of tests of public drivers.
  it.each([
    ['63 36 9A 5A 7C 0D', 22.821, 38.182],
    ['67 A0 86 5A F9 82', 25.838, 38.42],
  ])('%s is read as published', (bytes, celsius, percent) => {
    const values = sht4x.readMeasurement(hexBytes(bytes));
    expect(values.temperatureCelsius).toBeCloseTo(celsius, 2);
    expect(values.humidityPercent).toBeCloseTo(percent, 2);
  });

  it('has a serial number', () => {
    expect(sht4x.readIdentity(hexBytes('0D 20 47 61 01 11'))).toBe('0D206101');
  });

  it('is cut to 0 and 100 % where the humidity is beyond its ends', () => {
    // 00 00 has the CRC 81, FF FF has AC.
    expect(sht4x.readMeasurement(hexBytes('63 36 9A 00 00 81')).humidityPercent).toBe(0);
    expect(sht4x.readMeasurement(hexBytes('63 36 9A FF FF AC')).humidityPercent).toBe(100);
  });
});

describe('what an SHT3x says', () => {
  it('has the same temperature scale and a humidity without offset', () => {
    const values = sht3x.readMeasurement(hexBytes('63 36 9A 5A 7C 0D'));
    expect(values.temperatureCelsius).toBeCloseTo(22.821, 2);
    expect(values.humidityPercent).toBeCloseTo((100 * 0x5a7c) / 65_535, 6);
    expect(sht3x.readMeasurement(hexBytes('63 36 9A 00 00 81')).humidityPercent).toBe(0);
  });
});

describe('what no SHT can say', () => {
  it.each(['00 00 81 5A 7C 0D', 'FF FF AC 5A 7C 0D', 'FF FF AC FF FF AC'])('%s is refused', (bytes) => {
    for (const family of [sht3x, sht4x]) {
      expect(() => family.readMeasurement(hexBytes(bytes))).toThrow(
        expect.objectContaining({ code: 'sensor.out-of-range', kind: 'garbled' }),
      );
    }
  });

  it('is also a frame with one flipped bit', () => {
    expect(() => sht4x.readMeasurement(hexBytes('63 37 9A 5A 7C 0D'))).toThrow(
      expect.objectContaining({ code: 'sensor.checksum' }),
    );
  });
});
