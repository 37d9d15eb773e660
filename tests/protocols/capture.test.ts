import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { type CapturedMoment, CaptureWriter, readCapture } from '../../src/protocols/capture.js';
import { hex } from './stream.js';

const header = {
  bus: 'keys-5',
  address: '/dev/ttyUSB0',
  baudRate: 9600,
  startedAt: '2026-11-21T01:02:03.004Z',
};
const first = `${JSON.stringify({ capture: 1, ...header })}\n`;

function written(moments: readonly CapturedMoment[], maximumBytes?: number): string {
  const writer = new CaptureWriter(header, maximumBytes);
  return writer.begin() + moments.map((moment) => writer.add(moment)).join('');
}

function problemOf(text: string): string {
  try {
    readCapture(text);
  } catch (error) {
    if (error instanceof HallwardError && error.code === 'capture.bad-line') return error.message;
    throw error;
  }
  return 'none';
}

const at = fc.nat(100_000).map((tenths) => tenths / 10);
const moment = fc.oneof(
  fc.record({
    t: at,
    dir: fc.constantFrom('in' as const, 'out' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
  }),
  fc.record({ t: at, event: fc.constantFrom('opened' as const, 'lost' as const), reason: fc.string() }),
);
const story = fc
  .array(moment, { maxLength: 40 })
  .map((moments) => moments.sort((a, b) => a.t - b.t) as CapturedMoment[]);

describe('a capture', () => {
  it('is one JSON line for its wire, and one for each thing that passed', () => {
    const text = written([
      { t: 0, event: 'opened' },
      { t: 1204.3456, dir: 'in', bytes: hex('AA 05 01 B0') },
      { t: 1300, dir: 'out', bytes: hex('06') },
      { t: 9000.1, event: 'lost', reason: '/dev/ttyUSB0 is gone' },
    ]);
    expect(text.split('\n')).toEqual([
      '{"capture":1,"bus":"keys-5","address":"/dev/ttyUSB0","baudRate":9600,"startedAt":"2026-11-21T01:02:03.004Z"}',
      '{"t":0,"event":"opened"}',
      '{"t":1204.3,"dir":"in","hex":"AA 05 01 B0"}',
      '{"t":1300,"dir":"out","hex":"06"}',
      '{"t":9000.1,"event":"lost","reason":"/dev/ttyUSB0 is gone"}',
      '',
    ]);
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(story, (moments) => {
        expect(readCapture(written(moments))).toEqual({ header, moments, cut: false });
      }),
    );
  });

  it('is read up to where it was cut, anywhere behind its header', () => {
    fc.assert(
      fc.property(story, fc.nat(), (moments, where) => {
        const text = written(moments);
        const end = first.length + (where % Math.max(1, text.length - first.length + 1));
        const capture = readCapture(text.slice(0, end));
        expect(capture.moments).toEqual(moments.slice(0, capture.moments.length));
        const whole = text.slice(first.length, end).split('\n').length - 1;
        expect(capture.moments.length).toBeGreaterThanOrEqual(whole);
        expect(capture.moments.length).toBeLessThanOrEqual(whole + 1);
      }),
    );
  });

  it('never grows beyond its size, says so in its last line, and is read all the same', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 400, max: 1500 }), (moments, size) => {
        const text = written(moments, size);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(Math.max(size, first.length + 200));
        const capture = readCapture(text);
        const last = capture.moments.at(-1);
        const isFull = last !== undefined && 'event' in last && last.event === 'full';
        const kept = isFull ? capture.moments.length - 1 : capture.moments.length;
        expect(isFull).toBe(kept < moments.length);
        expect(capture.moments.slice(0, kept)).toEqual(moments.slice(0, kept));
      }),
    );
    const writer = new CaptureWriter(header, 400);
    writer.begin();
    expect(writer.add({ t: 1, dir: 'in', bytes: new Uint8Array(500) })).toMatch(/"event":"full"/);
    expect(writer.full).toBe(true);
    expect(writer.add({ t: 2, dir: 'in', bytes: hex('01') })).toBe('');
  });

  it('has lines of a bounded length, however much came at once', () => {
    const bytes = new Uint8Array(100_000).fill(0x5a);
    const text = written([{ t: 1, dir: 'in', bytes }]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(16_000);
    const parts = readCapture(text).moments.map((one) => ('bytes' in one ? one.bytes : hex('00')));
    expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes));
  });

  it.each([
    ['', /^line 1: there is nothing/],
    ['\n', /^line 1: not JSON/],
    ['{"t":0}\n', /^line 1: it is no capture/],
    ['{"capture":2}\n', /^line 1: it is a capture of another version/],
    ['{"capture":1,"bus":"a","address":"b","startedAt":"soon"}\n', /^line 1: "startedAt" is no time/],
    ['{"capture":1,"bus":1}\n', /^line 1: "bus" of the header must be text/],
    [`${first}[]\n`, /^line 2: found \[\], expected an object/],
    [`${first}{"t":0,"event":"opened"}\nabc\n`, /^line 3: not JSON: "abc"/],
    [`${first}{"t":"0","dir":"in","hex":"AA"}\n`, /^line 2: "t" must be milliseconds/],
    [`${first}{"t":-1,"dir":"in","hex":"AA"}\n`, /^line 2: "t" must be milliseconds/],
    [`${first}{"t":1e999,"dir":"in","hex":"AA"}\n`, /^line 2: "t" must be milliseconds/],
    [`${first}{"t":5,"event":"opened"}\n{"t":4,"event":"lost"}\n`, /^line 3: "t" goes back/],
    [`${first}{"t":0,"dir":"up","hex":"AA"}\n`, /^line 2: found dir "up", expected in or out/],
    [`${first}{"t":0,"dir":"in","hex":"A"}\n`, /^line 2: found hex "A"/],
    [`${first}{"t":0,"dir":"in"}\n`, /^line 2: found hex nothing/],
    [`${first}{"t":0,"event":"burnt"}\n`, /^line 2: found event "burnt"/],
    [`${first}${'x'.repeat(70_000)}\n`, /^line 2: longer than/],
  ])('that is not right is refused with the line: %#', (text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });

  it('of arbitrary text gives a capture or names a line, and nothing else', () => {
    const odd = fc.oneof(fc.string(), fc.json(), fc.constant(first.trim()));
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 5 }), (lines) => {
        const problem = problemOf(lines.join('\n'));
        expect(problem).toMatch(/^(none$|line \d+: )/);
      }),
    );
  });

  it('may have empty lines, CR LF and keys that are not known', () => {
    const text = `${first.trim()}\r\n\r\n{"t":1,"dir":"in","hex":"aa05","note":"x"}\r\n`;
    expect(readCapture(text).moments).toEqual([{ t: 1, dir: 'in', bytes: hex('AA 05') }]);
  });
});
