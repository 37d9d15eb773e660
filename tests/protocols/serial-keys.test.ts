import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex, parseHex } from '../../src/kernel/bytes.js';
import {
  compileKeyTable,
  ignoredRowProblem,
  keyTableProblems,
  serialKeys,
} from '../../src/protocols/serial-keys.js';
import {
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  garbage,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

const caller = compileKeyTable({
  next: 'AA 05 01 B0',
  recall: 'AA 05 02 B1',
  skip: 'AA 05 03 B2',
  pause: 'AA 05 04 B3',
  done: 'AA 05 05 B4',
});
const rater = compileKeyTable({ 5: '45 35 0A', 4: '45 34 0A', 3: '45 33 0A', 2: '45 32 0A', 1: '45 31 0A' });

const decode = (...chunks: string[]) => feedAll(serialKeys.decoder([caller, rater]), chunks.map(hex));

describe('serial keys', () => {
  it('are written in whole bytes: a digit that is missing is never made up from the next one', () => {
    for (const text of ['AA 05 01 B0', 'aa0501b0', ' AA05  01 B0\n'])
      expect(parseHex(text)).toEqual(hex('AA 05 01 B0'));
    for (const text of ['AA 5 0', 'A A', 'AA 5', 'AAA BBB', 'AA,05', '0xAA', '', ' '])
      expect(parseHex(text)).toBeUndefined();
  });

  it('are told apart over all keypads of the wire', () => {
    const found = decode('AA 05 01 B0 45 35 0A AA 05 05 B4');
    expect(framesOf(found)).toEqual([
      { listener: 0, key: 'next' },
      { listener: 1, key: '5' },
      { listener: 0, key: 'done' },
    ]);
    expect(found.map((decoded) => 'bytes' in decoded && formatHex(decoded.bytes))).toEqual([
      'AA 05 01 B0',
      '45 35 0A',
      'AA 05 05 B4',
    ]);
  });

  it('are found when they come byte by byte', () => {
    expect(framesOf(decode('AA', '05', '02', 'B1'))).toEqual([{ listener: 0, key: 'recall' }]);
  });

  it('are found behind a row that broke off, whose bytes are discarded in one run', () => {
    expect(story(decode('AA 05 FF AA AA 05 01 B0'))).toEqual(['AA 05 FF AA unknown-bytes', 'frame']);
  });

  it('that break off are unfinished when the line falls silent, and the next one is read', () => {
    const decoder = serialKeys.decoder([caller]);
    expect(decoder.feed(hex('AA 05'))).toEqual([]);
    expect(story(decoder.idle())).toEqual(['AA 05 unfinished']);
    expect(decoder.idle()).toEqual([]);
    expect(framesOf(decoder.feed(hex('AA 05 01 B0')))).toEqual([{ listener: 0, key: 'next' }]);
  });

  it('of which one begins another wait for the byte that decides, or for silence', () => {
    const table = compileKeyTable({ short: '10', middle: '10 20', long: '10 20 30 40' });
    const decoder = serialKeys.decoder([table]);
    const keys = (found: ReturnType<typeof decoder.feed>) => framesOf(found).map(({ key }) => key);
    expect(keys(decoder.feed(hex('10')))).toEqual([]);
    expect(keys(decoder.feed(hex('10')))).toEqual(['short']);
    expect(keys(decoder.idle())).toEqual(['short']);
    expect(keys(decoder.feed(hex('10 20 30')))).toEqual([]);
    expect(keys(decoder.feed(hex('40')))).toEqual(['long']);
    expect(keys(decoder.feed(hex('10 20 30 10')))).toEqual(['middle']);
    expect(story(decoder.idle())).toEqual(['frame']);
    expect(decoder.feed(hex('10 20 30'))).toEqual([]);
    const left = decoder.idle();
    expect(keys(left)).toEqual(['middle']);
    expect(story(left)).toEqual(['frame', '30 unknown-bytes']);
  });

  it('that two tables share belong to the first', () => {
    expect(framesOf(serialKeys.decoder([caller, caller]).feed(hex('AA 05 01 B0')))).toEqual([
      { listener: 0, key: 'next' },
    ]);
  });

  it('without any table are all unknown bytes', () => {
    expect(story(serialKeys.decoder([]).feed(hex('AA 05 01 B0')))).toEqual(['AA 05 01 B0 unknown-bytes']);
  });

  it('can have no empty and no endless row', () => {
    const bad = expect.objectContaining({ code: 'serial-keys.bad-table', kind: 'usage' });
    expect(() => serialKeys.decoder([{ keys: { next: new Uint8Array(0) } }])).toThrow(bad);
    expect(() => serialKeys.decoder([{ keys: { next: new Uint8Array(65) } }])).toThrow(bad);
    expect(() => compileKeyTable({ next: 'no' })).toThrow(bad);
    expect(() => serialKeys.decoder([{ keys: {}, ignored: [new Uint8Array(0)] }])).toThrow(bad);
    expect(() => serialKeys.decoder([{ keys: {}, ignored: [new Uint8Array(65)] }])).toThrow(bad);
    expect(() => compileKeyTable({ next: 'AA' }, ['no'])).toThrow(bad);
    expect(() => compileKeyTable({ next: 'AA' }, ['aa'])).toThrow(bad);
  });
});

describe('rows that mean nothing', () => {
  const table = compileKeyTable({ next: 'AA 05 01 B0' }, ['AA 05 00 AF', '55']);

  it('are found as no key, and nothing of them is discarded', () => {
    const found = serialKeys.decoder([caller, table]).feed(hex('AA 05 00 AF AA 05 01 B0 55 55'));
    expect(framesOf(found)).toEqual([
      { listener: 1, key: null },
      { listener: 0, key: 'next' },
      { listener: 1, key: null },
      { listener: 1, key: null },
    ]);
    expect(story(found)).toEqual(['frame', 'frame', 'frame', 'frame']);
  });

  it('are unfinished where they break off, and the key behind is read', () => {
    const decoder = serialKeys.decoder([table]);
    expect(story(decoder.feed(hex('AA 05 00 AA 05 01 B0')))).toEqual(['AA 05 00 unknown-bytes', 'frame']);
    decoder.feed(hex('AA 05 00'));
    expect(story(decoder.idle())).toEqual(['AA 05 00 unfinished']);
  });

  it('never take a key away, whichever keypad comes first', () => {
    const deaf = { keys: {}, ignored: [hex('AA 05 01 B0')] };
    for (const tables of [
      [deaf, caller],
      [caller, deaf],
    ]) {
      const frames = framesOf(serialKeys.decoder(tables).feed(hex('AA 05 01 B0')));
      expect(frames).toEqual([{ listener: tables.indexOf(caller), key: 'next' }]);
    }
  });

  it.each([
    ['AA 05 01 B0', 'sends the same bytes (AA 05 01 B0) as key "next"'],
    ['AA', 'begins key "next" (AA 05 01 B0), which would be lost unseen if its end were missing'],
    [
      'AA 05 01 B0 00',
      'begins with the bytes (AA 05 01 B0) of key "next", which it would press if its end were missing',
    ],
    ['AA 05 01 B1', undefined],
    ['05 01 B0', undefined],
  ])('cannot be %s beside a key that is too like', (row, problem) => {
    expect(ignoredRowProblem(hex(row), caller.keys)).toBe(problem);
  });
});

describe('a table of keys', () => {
  it('that is right has no problems', () => {
    expect(keyTableProblems({ next: 'AA 05 01 B0', recall: 'aa0502b1', short: 'AA 05' })).toEqual([]);
  });

  it('has its problems listed all at once, each with its key', () => {
    const problems = keyTableProblems({
      next: 'AA 05 01 B0',
      recall: 'AA 0',
      skip: '',
      pause: 'zz',
      done: 'aa 05 01 b0',
      long: '00'.repeat(65),
    });
    expect(problems.map(({ key }) => key)).toEqual(['recall', 'skip', 'pause', 'done', 'long']);
    expect(problems[0]?.message).toContain('"AA 0"');
    expect(problems[3]?.message).toBe('sends the same bytes (AA 05 01 B0) as key "next"');
    expect(problems[4]?.message).toContain('at most 64');
  });
});

describe('the decoder of serial keys', () => {
  /** Rows of which none begins another, over bytes that noise does not use. */
  const row = fc
    .array(fc.integer({ min: 0x80, max: 0xfe }), { minLength: 1, maxLength: 8 })
    .map((bytes) => Uint8Array.from([...bytes, 0xff]));
  const tables = fc
    .uniqueArray(row, { minLength: 1, maxLength: 12, selector: (bytes) => formatHex(bytes) })
    .map((rows) => [0, 1, 2].map((table) => rows.filter((_, index) => index % 3 === table)))
    .map((groups) =>
      groups.map((rows) => ({ keys: Object.fromEntries(rows.map((bytes, at) => [`key-${at}`, bytes])) })),
    );
  const noise = fc
    .array(fc.integer({ min: 0, max: 0x7f }), { maxLength: 10 })
    .map((bytes) => Uint8Array.from(bytes));

  it('finds every press, cut anywhere, glued together, with noise between, and accounts for each byte', () => {
    fc.assert(
      fc.property(
        tables,
        fc.array(fc.tuple(noise, fc.nat()), { maxLength: 30 }),
        cuts,
        (wire, presses, shares) => {
          const all = wire.flatMap(({ keys }, listener) =>
            Object.entries(keys).map(([key, bytes]) => ({ frame: { listener, key }, bytes })),
          );
          const chosen = presses.map(([before, which]) => ({ before, ...all[which % all.length]! }));
          const stream = join(chosen.flatMap(({ before, bytes }) => [before, bytes]));
          const found = feedAll(serialKeys.decoder(wire), cutAt(stream, shares));
          expect(framesOf(found)).toEqual(chosen.map(({ frame }) => frame));
          expect(bytesOf(found)).toEqual(stream);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds every press among rows that mean nothing, cut anywhere, and discards nothing', () => {
    fc.assert(
      fc.property(
        tables,
        fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 40 }),
        fc.nat(),
        cuts,
        (wire, order, share, shares) => {
          const rows = wire.flatMap(({ keys }, listener) =>
            Object.entries(keys).map(([key, bytes]) => ({ listener, key, bytes })),
          );
          // No row begins another: so any of them may be ignored instead.
          const first = share % (rows.length + 1);
          const keys = rows.slice(0, first);
          const ignored = rows.slice(first);
          const told = wire.map((_, listener) => ({
            keys: Object.fromEntries(
              keys.filter((one) => one.listener === listener).map(({ key, bytes }) => [key, bytes]),
            ),
            ignored: ignored.filter((one) => one.listener === listener).map(({ bytes }) => bytes),
          }));
          const sent = order.flatMap(([which, isKey]) => {
            const from = isKey ? keys : ignored;
            return from.length === 0 ? [] : [{ ...from[which % from.length]!, isKey }];
          });
          const stream = join(sent.map(({ bytes }) => bytes));
          const decoder = serialKeys.decoder(told);
          const found = [...feedAll(decoder, cutAt(stream, shares)), ...decoder.idle()];
          const presses = sent.filter(({ isKey }) => isKey).map(({ listener, key }) => ({ listener, key }));
          expect(framesOf(found).filter(({ key }) => key !== null)).toEqual(presses);
          expect(found.filter((decoded) => 'discarded' in decoded)).toEqual([]);
          expect(bytesOf(found)).toEqual(stream);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('accounts for arbitrary bytes and rows, and says the same of each however they were cut', () => {
    // Few different bytes, so that rows overlap, begin each other and break off.
    const few = fc
      .array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 })
      .map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(
        fc.array(few, { maxLength: 8 }),
        fc.array(few, { maxLength: 60 }),
        cuts,
        (rows, parts, shares) => {
          const table = { keys: Object.fromEntries(rows.map((bytes, at) => [`key-${at}`, bytes])) };
          const stream = join(parts);
          const [once, often] = [serialKeys.decoder([table]), serialKeys.decoder([table])];
          const atOnce = [...once.feed(stream), ...once.idle()];
          const inPieces = [...feedAll(often, cutAt(stream, shares)), ...often.idle()];
          expect(bytesOf(atOnce)).toEqual(stream);
          expect(fates(inPieces)).toEqual(fates(atOnce));
          for (const decoded of atOnce) {
            if ('frame' in decoded) expect(decoded.bytes).toEqual(table.keys[decoded.frame.key ?? '']);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([1, 7, 4096, 65536])(
    'holds no more than a row of a megabyte of garbage, in chunks of %d',
    (size) => {
      expect(mostHeld(serialKeys.decoder([caller, rater]), garbage(1_000_000), size)).toBeLessThanOrEqual(4);
      const long = { keys: { a: new Uint8Array(64).fill(7), b: new Uint8Array(63).fill(7) } };
      expect(mostHeld(serialKeys.decoder([long]), garbage(100_000, [7]), size)).toBeLessThanOrEqual(64);
    },
  );
});
