import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BaudRateSample,
  chosenBaudRate,
  commonBaudRates,
  isCertain,
  judgeBaudRates,
} from '../../src/protocols/learning/baud-rate.js';
import { ascii, hex } from './stream.js';
import { SerialBits } from './uart.js';

/** What is heard at each of the common rates of two keys that are each pressed twice at the real one. */
function samplesOf(real: number, keys: readonly [Uint8Array, Uint8Array], framing: 'dropped' | 'given') {
  return commonBaudRates.map((baudRate): BaudRateSample => {
    const heard = keys.map((key) => new SerialBits(real).send(key).heard(baudRate, framing));
    const bursts = [heard[0]!, heard[0]!, heard[1]!, heard[1]!]
      .filter(({ length }) => length > 0)
      .map((bytes) => ({ atMilliseconds: 0, endMilliseconds: 0, bytes, missedBytes: 0 }));
    return { baudRate, bursts };
  });
}

const cases = commonBaudRates.flatMap((real) =>
  (['dropped', 'given'] as const).map((framing) => [real, framing] as const),
);

describe('the line of the test', () => {
  it('gives at its own rate what was sent, and at another one something else', () => {
    const line = new SerialBits(9600).send(hex('AA 05 01 B0'));
    expect(line.heard(9600, 'dropped')).toEqual(hex('AA 05 01 B0'));
    expect(line.heard(19_200, 'given')).not.toEqual(hex('AA 05 01 B0'));
  });
});

describe('the right baud rate', () => {
  it.each(cases)('is certain by a checksum at %i with bad bytes %s', (real, framing) => {
    const verdicts = judgeBaudRates(samplesOf(real, [hex('AA 05 01 B0'), hex('AA 05 02 B1')], framing));
    expect(verdicts[0]).toMatchObject({
      baudRate: real,
      evidence: 'checksum',
      rows: ['AA 05 01 B0', 'AA 05 02 B1'],
    });
    expect(chosenBaudRate(verdicts)?.baudRate).toBe(real);
  });

  it.each(cases)('is certain by lines of text at %i with bad bytes %s', (real, framing) => {
    const verdicts = judgeBaudRates(samplesOf(real, [ascii('E,5,4\r\n'), ascii('E,5,3\r\n')], framing));
    expect(verdicts[0]).toMatchObject({ baudRate: real, evidence: 'text' });
    expect(chosenBaudRate(verdicts)?.baudRate).toBe(real);
  });

  it.each(cases)(
    'is possible, and left to a person, without either at %i with bad bytes %s',
    (real, framing) => {
      const verdicts = judgeBaudRates(samplesOf(real, [hex('A5 01 10 5A'), hex('A5 01 11 5A')], framing));
      expect(verdicts.find(({ baudRate }) => baudRate === real)?.evidence).toBe('plausible');
      expect(chosenBaudRate(verdicts)).toBeUndefined();
    },
  );

  it('is nothing where nothing was heard', () => {
    const verdicts = judgeBaudRates([{ baudRate: 9600, bursts: [] }]);
    expect(verdicts).toEqual([{ baudRate: 9600, evidence: 'nothing-heard', score: 0, rows: [] }]);
    expect(chosenBaudRate(verdicts)).toBeUndefined();
    expect(judgeBaudRates([])).toEqual([]);
  });

  it('is the first that is certain, for nearly any keys with a checksum', () => {
    const body = fc.tuple(fc.uint8Array({ minLength: 2, maxLength: 6 }), fc.nat(255), fc.nat(255));
    let found = 0;
    fc.assert(
      fc.property(body, fc.constantFrom(...cases), ([head, one, two], [real, framing]) => {
        fc.pre(one !== two);
        const samples = samplesOf(real, [row(head, one), row(head, two)], framing);
        // As they are tried: until one is certain.
        const first = samples.flatMap((sample) => judgeBaudRates([sample])).find(isCertain);
        if (first !== undefined) expect(first.baudRate).toBe(real);
        found += Number(first !== undefined);
      }),
      // Chance may make a wrong one fit, once in some thousand: always the same keys.
      { numRuns: 300, seed: 7 },
    );
    expect(found).toBeGreaterThan(250);
  });
});

/** Head, key, sum. */
function row(head: Uint8Array, key: number): Uint8Array {
  const bytes = [...head, key];
  return Uint8Array.from([...bytes, bytes.reduce((sum, byte) => sum + byte, 0) & 0xff]);
}
