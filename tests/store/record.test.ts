import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordEncoder, recordAt, scanRecords } from '../../src/store/record.js';

const line = fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 60 }) }).map((data) => {
  const json = JSON.stringify({ data });
  return { json, bytes: Buffer.byteLength(json) };
});
const content = fc.array(fc.array(line, { maxLength: 5 }), { minLength: 1, maxLength: 8 });

function encode(number: number, lines: readonly { json: string; bytes: number }[]): Buffer {
  const bytes = lines.reduce((sum, each) => sum + each.bytes, 0);
  return Buffer.from(new RecordEncoder().encode(`{"n":${number}}`, lines, bytes, lines.length));
}

describe('the record codec', () => {
  it('gives back what was encoded, record after record', () => {
    fc.assert(
      fc.property(content, fc.nat(300), (records, zeros) => {
        const bytes = Buffer.concat([
          ...records.map((lines, index) => encode(index + 1, lines)),
          Buffer.alloc(zeros),
        ]);
        const scan = scanRecords(bytes);
        expect(scan.records.map(({ head }) => head.n)).toEqual(records.map((_, index) => index + 1));
        expect(scan.records.map(({ lines }) => lines.map(String))).toEqual(
          records.map((lines) => lines.map(({ json }) => json)),
        );
        expect(scan.end).toBe(bytes.length - zeros);
        expect(scan.gaps).toBe(0);
      }),
    );
  });

  it('loses only the records that are hit by noise, and finds the next ones again', () => {
    fc.assert(
      fc.property(
        content,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.boolean(),
        (records, where, noise, zeroed) => {
          const encoded = records.map((lines, index) => encode(index + 1, lines));
          const bytes = Buffer.concat(encoded);
          const from = where % bytes.length;
          const to = Math.min(bytes.length, from + noise.length);
          const before = Buffer.from(bytes);
          for (let at = from; at < to; at++) bytes[at] = zeroed ? 0 : noise[at - from]!;
          const whole: number[] = [];
          let at = 0;
          for (const [index, record] of encoded.entries()) {
            if (before.subarray(at, at + record.length).equals(bytes.subarray(at, at + record.length)))
              whole.push(index + 1);
            at += record.length;
          }
          expect(scanRecords(bytes).records.map(({ head }) => head.n)).toEqual(whole);
        },
      ),
    );
  });

  it('takes a record cut at any byte for none', () => {
    const whole = encode(1, [{ json: '{"data":"一"}', bytes: 14 }]);
    for (let length = 0; length < whole.length; length++) {
      expect(recordAt(Buffer.from(whole.subarray(0, length)), 0)).toBeUndefined();
    }
    expect(recordAt(whole, 0)?.lines.map(String)).toEqual(['{"data":"一"}']);
  });

  it('does not take an older record for a newer one, nor one that belongs into the next segment', () => {
    const bytes = Buffer.concat([encode(5, []), encode(6, []), encode(4, []), encode(7, []), encode(9, [])]);
    expect(scanRecords(bytes, 5, 9).records.map(({ head }) => head.n)).toEqual([5, 6, 7]);
  });

  it('reads arbitrary bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        expect(scanRecords(Buffer.from(noise)).records).toEqual([]);
      }),
    );
  });
});
