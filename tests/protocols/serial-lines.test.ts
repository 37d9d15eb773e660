import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../src/kernel/framing.js';
import { compileLinePattern, type LineFrame, serialLines } from '../../src/protocols/serial-lines.js';
import { ascii, bytesOf, cutAt, cuts, fates, feedAll, framesOf, garbage, join, mostHeld } from './stream.js';

const rates = compileLinePattern('E,{window},{level}');
const isLineEnd = (byte: number) => byte === 10 || byte === 13;
const withoutEnds = (bytes: Uint8Array) => bytes.filter((byte) => !isLineEnd(byte));

const decode = (...chunks: string[]) => feedAll(serialLines.decoder([rates]), chunks.map(ascii));

/** As text, short to compare. */
const story = (found: readonly Decoded<LineFrame>[]) =>
  found.map((decoded) =>
    'frame' in decoded
      ? `${decoded.frame.window}=${decoded.frame.level}`
      : `${decoded.reason}: ${Buffer.from(decoded.discarded).toString('latin1')}`,
  );

describe('a line pattern', () => {
  it('has its fields in order', () => {
    expect(compileLinePattern('E,{window},{level}').fields).toEqual(['window', 'level']);
    expect(compileLinePattern('{key}@{window}').fields).toEqual(['key', 'window']);
  });

  it.each([
    ['E,{windw},{level}', 'unknown field {windw}'],
    ['E,{}', 'unknown field {}'],
    ['E,{constructor}', 'unknown field {constructor}'],
    ['{window},{window}', 'stands there twice'],
    ['{window}{level}', 'between {window} and {level}'],
    ['E,{window', '"{" without its other half'],
    ['E,window}', '"}" without its other half'],
    ['E,{{window}}', '"{" without its other half'],
    ['', 'empty'],
    ['E,\n{level}', 'printable'],
    ['窗口{window}', 'printable'],
    ['x'.repeat(300), 'more than 256'],
  ])('%j is refused', (template, problem) => {
    const refusal = {
      code: 'serial-lines.bad-pattern',
      kind: 'usage',
      message: expect.stringContaining(problem),
    };
    expect(() => compileLinePattern(template)).toThrow(expect.objectContaining(refusal));
  });

  it('takes everything else as it stands', () => {
    const odd = compileLinePattern('(.*)+?[a-z]^$|\\ /{window}');
    const decoder = serialLines.decoder([odd]);
    expect(framesOf(decoder.feed(ascii('(.*)+?[a-z]^$|\\ /7\nxx+?a|\\ /7\n')))).toEqual([
      { listener: 0, window: '7' },
    ]);
  });
});

describe('serial lines', () => {
  it('are read, whatever ends them', () => {
    expect(story(decode('E,5,3\nE,6,1\r\nE,hall-2,5\rE,7,2\n\r\n\n'))).toEqual([
      '5=3',
      '6=1',
      'hall-2=5',
      '7=2',
    ]);
  });

  it('carry only the fields of their pattern', () => {
    const keys = compileLinePattern('K{key}');
    const found = serialLines.decoder([rates, keys]).feed(ascii('Knext\nE,5,3\n'));
    expect(framesOf(found)).toStrictEqual([
      { listener: 1, key: 'next' },
      { listener: 0, window: '5', level: '3' },
    ]);
  });

  it('that two patterns fit belong to the first', () => {
    const decoder = serialLines.decoder([rates, rates]);
    expect(framesOf(decoder.feed(ascii('E,5,3\n')))).toEqual([{ listener: 0, window: '5', level: '3' }]);
  });

  it('with a level that does not exist match nothing', () => {
    expect(story(decode('E,5,0\nE,5,6\nE,5,\nE,5,33\nE,,3\ne,5,3\n E,5,3\nE,5,3 \n'))).toEqual(
      ['E,5,0', 'E,5,6', 'E,5,', 'E,5,33', 'E,,3', 'e,5,3', ' E,5,3', 'E,5,3 '].map(
        (line) => `no-match: ${line}`,
      ),
    );
  });

  it('with a window name of more than 40 characters match nothing', () => {
    expect(framesOf(decode(`E,${'w'.repeat(40)},1\nE,${'w'.repeat(41)},1\n`))).toHaveLength(1);
  });

  it('with bytes that are no text are discarded whole', () => {
    expect(story(decode('E,\xff5,3\nE,5,3\xff\n\x00\nE,6,2\n'))).toEqual([
      'not-text: E,\xff5,3',
      'not-text: E,5,3\xff',
      'not-text: \x00',
      '6=2',
    ]);
  });

  it('lose nothing by noise in front of them', () => {
    expect(story(decode('\xff\x00\xfeE,5,3\nE,6,2\xffE,7,1\n'))).toEqual([
      'not-text: \xff\x00\xfe',
      '5=3',
      'not-text: E,6,2\xff',
      '7=1',
    ]);
  });

  it('of a pattern that any damaged line could fit lose the line instead', () => {
    const found = serialLines
      .decoder([compileLinePattern('{window},{level}')])
      .feed(ascii('\xff2,5\n12,5\n'));
    expect(story(found)).toEqual(['not-text: \xff2,5', '12=5']);
  });

  it('that are too long are discarded up to their end, and the next one is read', () => {
    const long = 'x'.repeat(257);
    expect(story(decode(`${long}\nE,5,3\n`))).toEqual([`too-long: ${long}`, '5=3']);
    expect(story(decode('x'.repeat(200), 'y'.repeat(100), 'zE,6,1\nE,5,3\n'))).toEqual([
      `too-long: ${'x'.repeat(200)}`,
      `too-long: ${'y'.repeat(100)}`,
      'too-long: zE,6,1',
      '5=3',
    ]);
    expect(story(decode(`${'x'.repeat(256)}\n`))).toEqual([`no-match: ${'x'.repeat(256)}`]);
  });

  it('that break off are unfinished when the line falls silent, and the next one is read', () => {
    const decoder = serialLines.decoder([rates]);
    expect(decoder.feed(ascii('E,5,3'))).toEqual([]);
    expect(story(decoder.idle())).toEqual(['unfinished: E,5,3']);
    expect(decoder.idle()).toEqual([]);
    expect(story(decoder.feed(ascii('E,6,2\n')))).toEqual(['6=2']);
    decoder.feed(ascii('x'.repeat(300)));
    decoder.idle();
    expect(story(decoder.feed(ascii('E,7,1\n')))).toEqual(['7=1']);
  });

  it('are one line when they come in pieces, also cut between CR and LF', () => {
    expect(story(decode('E', ',5', ',', '3\r', '\n', '\nE,6', ',1\r\nE,7,2\n'))).toEqual([
      '5=3',
      '6=1',
      '7=2',
    ]);
  });
});

describe('the decoder of serial lines', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9-]{1,40}$/);
  const frame = fc.record({ window: name, level: fc.constantFrom('1', '2', '3', '4', '5') });
  const end = fc.constantFrom('\n', '\r\n', '\r', '\n\n');
  const textNoise = fc
    .tuple(fc.string({ unit: 'binary-ascii', maxLength: 30 }), end)
    .map(([text, after]) => text.replace(/[\r\n]/g, '#').replace(/E,/g, '##') + after);
  const byteNoise = fc
    .array(fc.integer({ min: 0x7f, max: 0xff }), { maxLength: 8 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'));

  it('finds every line, cut anywhere, glued together, with noise between, and accounts for each byte', () => {
    const part = fc.tuple(fc.option(textNoise, { nil: '' }), byteNoise, frame, end);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), cuts, (parts, shares) => {
        const text = parts.map(
          ([lines, bytes, { window, level }, after]) => `${lines}${bytes}E,${window},${level}${after}`,
        );
        const stream = ascii(text.join(''));
        const found = feedAll(serialLines.decoder([rates]), cutAt(stream, shares));
        expect(framesOf(found)).toEqual(parts.map(([, , fields]) => ({ listener: 0, ...fields })));
        expect(bytesOf(found)).toEqual(withoutEnds(stream));
      }),
      { numRuns: 500 },
    );
  });

  it('accounts for arbitrary bytes, and says the same of each however they were cut', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('E,5,3', 'E,', '5', '\n', '\r', '\r\n', 'x'.repeat(120)).map(ascii),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), cuts, (pieces, shares) => {
        const stream = join(pieces);
        const [once, often] = [serialLines.decoder([rates]), serialLines.decoder([rates])];
        const atOnce = [...once.feed(stream), ...once.idle()];
        const inPieces = [...feedAll(often, cutAt(stream, shares)), ...often.idle()];
        expect(bytesOf(atOnce)).toEqual(withoutEnds(stream));
        expect(fates(inPieces)).toEqual(fates(atOnce));
      }),
      { numRuns: 500 },
    );
  });

  it('reads no wrong window or level out of a line that one byte of noise has hit', () => {
    const damage = fc.tuple(
      fc.constantFrom('replace', 'insert'),
      fc.nat(),
      fc.integer({ min: 0x80, max: 0xff }),
    );
    fc.assert(
      fc.property(frame, damage, ({ window, level }, [how, where, byte]) => {
        const line = `E,${window},${level}`;
        const place = where % line.length;
        const hit =
          line.slice(0, place) + String.fromCharCode(byte) + line.slice(place + (how === 'replace' ? 1 : 0));
        for (const read of framesOf(decode(`${hit}\n`))) expect(read).toEqual({ listener: 0, window, level });
      }),
      { numRuns: 500 },
    );
  });

  it.each([1, 7, 4096, 65536])(
    'holds no more than a line of a megabyte of garbage, in chunks of %d',
    (size) => {
      const decoder = serialLines.decoder([rates]);
      expect(mostHeld(decoder, garbage(1_000_000), size, isLineEnd)).toBeLessThanOrEqual(256);
      expect(mostHeld(decoder, garbage(1_000_000, [0x78]), size, isLineEnd)).toBeLessThanOrEqual(256);
      expect(framesOf(decoder.feed(ascii('\nE,5,3\n')))).toHaveLength(1);
    },
  );

  it('reads 64 KB of lines without losing one', () => {
    const lines = Array.from({ length: 40_000 }, (_, at) => `E,w-${at},${(at % 5) + 1}`);
    const stream = ascii(`${lines.join('\n')}\n`);
    const chunks = Array.from({ length: Math.ceil(stream.length / 65536) }, (_, at) =>
      stream.subarray(at * 65536, (at + 1) * 65536),
    );
    const windows = framesOf(feedAll(serialLines.decoder([rates]), chunks)).map(({ window }) => window);
    expect(windows).toEqual(lines.map((_, at) => `w-${at}`));
  });
});
