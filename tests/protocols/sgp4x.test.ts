import { describe, expect, it } from 'vitest';
import {
  airTicks,
  readSgpModel,
  readSgpRaw,
  readSgpSelfTest,
  readSgpSerial,
  sgpCondition,
  sgpFeatureSet,
  sgpHeaterOff,
  sgpMeasure,
  sgpSelfTest,
  sgpSerial,
} from '../../src/protocols/sgp4x.js';
import { hexBytes } from '../../src/simulator/hex.js';

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

describe('what an SGP is asked', () => {
  it('is as the data sheets have it, in usual air', () => {
    expect(toHex(sgpMeasure('SGP40').write)).toBe('260F8000A2666693');
    expect(toHex(sgpMeasure('SGP41').write)).toBe('26198000A2666693');
    expect(toHex(sgpCondition().write)).toBe('26128000A2666693');
    expect([sgpSerial, sgpFeatureSet, sgpSelfTest].map(({ write }) => toHex(write))).toEqual([
      '3682',
      '202F',
      '280E',
    ]);
    expect(toHex(sgpHeaterOff.write)).toBe('3615');
  });

  it('waits for the longest times of the data sheets', () => {
    expect(sgpMeasure('SGP40').waitMilliseconds).toBeGreaterThanOrEqual(30);
    expect(sgpMeasure('SGP41').waitMilliseconds).toBeGreaterThanOrEqual(50);
    expect(sgpSelfTest.waitMilliseconds).toBeGreaterThanOrEqual(320);
  });

  it('tells humidity and temperature in ticks, within what the words can hold', () => {
    expect(airTicks({ temperatureCelsius: 25, humidityPercent: 50 })).toEqual([0x8000, 0x6666]);
    expect(airTicks({ temperatureCelsius: -45, humidityPercent: 0 })).toEqual([0, 0]);
    expect(airTicks({ temperatureCelsius: 130, humidityPercent: 100 })).toEqual([0xffff, 0xffff]);
    expect(airTicks({ temperatureCelsius: 400, humidityPercent: -3 })).toEqual([0, 0xffff]);
  });
});

describe('what an SGP41 on a bench said', () => {
  // Transfers of a real chip, as Adafruit_SGP41 prints them: hw_tests/02, 03 and 05, output.txt (c353896, 4602ae3).
  it('is its serial number and a self test that it passed', () => {
    expect(readSgpSerial(hexBytes('00 00 81 05 87 1B 07 61 A5'))).toBe('000005870761');
    expect(readSgpSelfTest('SGP41', hexBytes('D4 00 C6'))).toEqual({ passed: true, word: 'D400' });
  });

  it.each([
    ['26 12 80 00 A2 66 66 93', '7B D0 A4', 31_696],
    ['26 19 80 00 A2 66 66 93', '7B 93 CA 4A 04 22', 31_635],
    ['26 19 80 00 A2 66 66 93', '7B A2 3E 4D AB 5E', 31_650],
  ])('to %s is %s', (asked, answer, raw) => {
    const request = asked.startsWith('26 12') ? sgpCondition() : sgpMeasure('SGP41');
    expect(request.write).toEqual(hexBytes(asked));
    expect(request.readLength).toBe(hexBytes(answer).length);
    expect(readSgpRaw(hexBytes(answer))).toBe(raw);
  });
});

describe('what an SGP says', () => {
  it('has a serial number of three words', () => {
    expect(readSgpSerial(hexBytes('00 00 81 0D 20 47 61 01 11'))).toBe('00000D206101');
  });

  it('has a feature set that tells which one it is', () => {
    expect(readSgpModel(withCrc(0x3220))).toBe('SGP40');
    expect(readSgpModel(withCrc(0x0040))).toBe('SGP41');
    expect(readSgpModel(withCrc(0x0022))).toBeNull();
  });

  it('passes its self test or not', () => {
    expect(readSgpSelfTest('SGP40', withCrc(0xd400))).toEqual({ passed: true, word: 'D400' });
    expect(readSgpSelfTest('SGP40', withCrc(0x4b00)).passed).toBe(false);
    expect(readSgpSelfTest('SGP40', withCrc(0x0000)).passed).toBe(false);
    expect(readSgpSelfTest('SGP41', withCrc(0xd400)).passed).toBe(true);
    // The upper byte means nothing; the two lowest bits are the two layers.
    for (const broken of [0xd401, 0xd402, 0x0003, 0x4b00]) {
      expect(readSgpSelfTest('SGP41', withCrc(broken)).passed).toBe(false);
    }
  });

  it('has a raw signal, of an SGP41 that of nitrogen oxides behind it', () => {
    expect(readSgpRaw(hexBytes('80 00 A2'))).toBe(0x8000);
    expect(readSgpRaw(hexBytes('80 00 A2 66 66 93'))).toBe(0x8000);
  });

  it('is refused where no sensing layer gives such a signal, and with a wrong checksum', () => {
    for (const bytes of ['00 00 81', 'FF FF AC']) {
      expect(() => readSgpRaw(hexBytes(bytes))).toThrow(
        expect.objectContaining({ code: 'sensor.out-of-range' }),
      );
    }
    expect(() => readSgpRaw(hexBytes('80 00 A3'))).toThrow(
      expect.objectContaining({ code: 'sensor.checksum' }),
    );
    expect(() => readSgpRaw(hexBytes('80 00 A2 66 66 92'))).toThrow(
      expect.objectContaining({ code: 'sensor.checksum' }),
    );
  });
});

/** A word with its CRC, bit by bit as the data sheet's figure shows it. */
function withCrc(word: number): Uint8Array {
  let crc = 0xff;
  for (let bit = 15; bit >= 0; bit--) {
    const feedback = ((crc >> 7) ^ (word >> bit)) & 1;
    crc = ((crc << 1) & 0xff) ^ (feedback ? 0x31 : 0);
  }
  return Uint8Array.of(word >> 8, word & 0xff, crc);
}
