import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WellFormed } from '../../src/extenders/firmata/well-formed.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const push = (stream: WellFormed, text: string) => hex(stream.push(Buffer.from(text, 'hex')));

const data = fc.integer({ min: 0, max: 0x7f });
const message = fc.oneof(
  fc.tuple(
    fc.oneof(fc.integer({ min: 0x90, max: 0x9f }), fc.integer({ min: 0xe0, max: 0xef }), fc.constant(0xf9)),
    data,
    data,
  ),
  fc.array(data, { maxLength: 60 }).map((body) => [0xf0, ...body, 0xf7]),
);

describe('what of a stream is Firmata', () => {
  it('passes whole messages as they are, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.integer({ min: 1, max: 9 })), (messages, cuts) => {
        const stream = new WellFormed();
        const all = messages.flat();
        const passed: number[] = [];
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          passed.push(...stream.push(Uint8Array.from(all.slice(at, at + cut))));
          at += cut;
        }
        expect(passed).toEqual(all);
        expect(stream.discarded).toBe(0);
      }),
    );
  });

  it('passes only whole messages with data below 0x80, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const stream = new WellFormed();
        const again = new WellFormed();
        for (const chunk of chunks) {
          const passed = stream.push(chunk);
          expect(hex(again.push(passed))).toBe(hex(passed));
        }
        expect(again.discarded).toBe(0);
        expect(stream.discarded).toBeLessThanOrEqual(stream.received);
      }),
    );
  });

  it('finds the next message after what was cut off, and counts what is not', () => {
    const stream = new WellFormed();
    expect(push(stream, 'F06C0001F90205')).toBe('F90205');
    expect(push(stream, 'E0E10102F7FF00C001')).toBe('E10102');
    expect(stream.discarded).toBe(4 + 1 + 1 + 1 + 1 + 2);
    expect(stream.sample).toBe('F0 6C 00 01 E0 F7 FF 00 C0 01');
  });

  it('does not wait for ever for the end of a message', () => {
    const stream = new WellFormed();
    stream.push(Uint8Array.of(0xf0));
    for (let count = 0; count < 1_000; count++) stream.push(new Uint8Array(100));
    expect(stream.discarded).toBeGreaterThan(95_000);
    expect(push(stream, 'F90205')).toBe('F90205');
  });

  it('calls foreign what is mostly something else, but not a board that is cut off', () => {
    const stream = new WellFormed();
    push(stream, '010203F90205');
    expect(stream.isForeign).toBe(false);
    push(stream, '2447504747412C310D0A');
    expect(stream.isForeign).toBe(true);
    stream.forget();
    expect(stream.isForeign).toBe(false);
  });
});
