import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pcf857x, pcf857xReadLength, pcf857xWrite, readPcf857x } from '../../src/protocols/pcf857x.js';

const models = ['pcf8574', 'pcf8575'] as const;

describe('what is written to a PCF8574 or PCF8575', () => {
  it('is 1 for every pin while all are inputs, as after power-on', () => {
    expect([...pcf857xWrite('pcf8574', { outputs: 0, high: 0 })]).toEqual([0xff]);
    expect([...pcf857xWrite('pcf8575', { outputs: 0, high: 0 })]).toEqual([0xff, 0xff]);
  });

  // Recorded transfers of another project's tests with a PCF8575 (periph.io, devices/pcf857x).
  it('is as recorded where all sixteen pins are outputs', () => {
    const all = 0xffff;
    expect([...pcf857xWrite('pcf8575', { outputs: all, high: 0x0100 })]).toEqual([0x00, 0x01]);
    expect([...pcf857xWrite('pcf8575', { outputs: all, high: 0x0202 })]).toEqual([0x02, 0x02]);
  });

  // As written by another driver of both (johnny-five 2.1, lib/expander.js): pin 3; the pins 0, 5 and the last.
  it('is as another driver writes it: pin 0 is the lowest bit, and pin 8 that of the second byte', () => {
    const eight = (high: number) => [...pcf857xWrite('pcf8574', { outputs: 0xff, high })];
    const sixteen = (high: number) => [...pcf857xWrite('pcf8575', { outputs: 0xffff, high })];
    expect([eight(1 << 3), eight(0b1010_0001)]).toEqual([[0x08], [0xa1]]);
    expect([sixteen(1 << 3), sixteen(1 | (1 << 5) | (1 << 15))]).toEqual([
      [0x08, 0x00],
      [0x21, 0x80],
    ]);
  });

  it('has 1 for each input and its level for each output', () => {
    for (const model of models) {
      const all = (1 << pcf857x[model].pins) - 1;
      fc.assert(
        fc.property(fc.integer({ min: 0, max: all }), fc.integer({ min: 0, max: all }), (outputs, high) => {
          const [written] = readPcf857x(model, pcf857xWrite(model, { outputs, high }));
          expect(written! & outputs).toBe(high & outputs);
          expect(written! & ~outputs & all).toBe(~outputs & all);
        }),
      );
    }
  });
});

describe('what is read from them', () => {
  it('is one look after the other, P00 to P07 before P10 to P17', () => {
    expect(readPcf857x('pcf8574', Uint8Array.of(0xfe))).toEqual([0xfe]);
    expect(readPcf857x('pcf8575', Uint8Array.of(0x00, 0x00))).toEqual([0]);
    expect(readPcf857x('pcf8575', Uint8Array.of(0x02, 0x02, 0xff, 0x7f))).toEqual([0x0202, 0x7fff]);
    expect(pcf857xReadLength('pcf8575', 2)).toBe(4);
  });

  it.each([
    ['pcf8574', 0],
    ['pcf8575', 0],
    ['pcf8575', 1],
    ['pcf8575', 3],
  ] as const)('of a %s is nothing with %d bytes', (model, length) => {
    expect(() => readPcf857x(model, new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'pcf857x.short', kind: 'garbled' }),
    );
  });
});
