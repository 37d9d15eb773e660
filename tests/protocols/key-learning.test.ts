import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { type Doubt, proposeFromBursts, proposeFromKeys } from '../../src/protocols/key-learning.js';
import { type Burst, burstsOf, silenceOf, type TimedBytes } from '../../src/protocols/learning/bursts.js';
import { groupBursts } from '../../src/protocols/learning/groups.js';
import { GuidedLearning, type Heard } from '../../src/protocols/learning/guided.js';
import { learnCardLines, learnRatingLines } from '../../src/protocols/learning/lines.js';
import { shapeOf } from '../../src/protocols/learning/shape.js';
import { compileKeyTable, keyTableProblems } from '../../src/protocols/serial-keys.js';
import { compileLinePattern } from '../../src/protocols/serial-lines.js';
import { ascii, garbage, hex, join } from './stream.js';

const callerKeys = ['next', 'recall', 'skip', 'pause', 'done'];
const callerRows = ['AA 05 01 B0', 'AA 05 02 B1', 'AA 05 03 B2', 'AA 05 04 B3', 'AA 05 05 B4'].map(hex);
const all = { fromMilliseconds: 0, toMilliseconds: 60_000 };

/** A burst that came whole. */
const burst = (at: number, bytes: Uint8Array): Burst => ({
  atMilliseconds: at,
  endMilliseconds: at,
  bytes,
  missedBytes: 0,
});

/** What was heard of bursts a second (and something) apart: `"AA|AA 05"`. */
function lesson(names: readonly string[], rows: readonly string[], rounds = 3) {
  const learning = new GuidedLearning(names, rounds);
  let at = 0;
  const heard: Heard[] = rows.map((row, place) => {
    at += 1_000 + ((place * 377) % 500);
    return learning.heard(burst(at, hex(row)));
  });
  return { learning, heard, what: heard.map(({ what }) => what), result: learning.result() };
}

const codes = (doubts: readonly Doubt[] | undefined) => doubts?.map(({ code }) => code);

/** How a person, or a worn key, presses: the chunks that come, and how long it takes. */
interface Press {
  readonly style: 'plain' | 'bounce' | 'double' | 'held';
  /** Gaps within the bytes, each shorter than a silence. */
  readonly jitter: readonly number[];
  readonly pause: number;
}

function chunksOf(bytes: Uint8Array, start: number, { style, jitter }: Press): TimedBytes[] {
  const chunks: TimedBytes[] = [];
  let at = start;
  const send = (row: Uint8Array) => {
    for (const [place, byte] of row.entries()) {
      chunks.push({ atMilliseconds: at, bytes: Uint8Array.of(byte) });
      at += jitter[place % jitter.length] ?? 0;
    }
  };
  send(bytes);
  if (style === 'double') send(bytes);
  if (style === 'bounce') {
    at += 70;
    send(bytes);
  }
  if (style === 'held') {
    at += 500;
    for (let turn = 0; turn < 6; turn++, at += 110) send(bytes);
  }
  return chunks;
}

const press: fc.Arbitrary<Press> = fc.record({
  style: fc.constantFrom('plain', 'plain', 'bounce', 'double', 'held'),
  jitter: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
  /** On top of the uneven pauses between two presses. */
  pause: fc.integer({ min: 0, max: 60 }),
});
/** Nobody presses as steadily as a clock. */
const uneven = (turn: number) => [470, 1_330, 720, 2_650, 980][turn % 5]!;
const rowOf = (most: number) => fc.uint8Array({ minLength: 1, maxLength: most });
const rowsOf = (most: number, count = 5) =>
  fc.uniqueArray(rowOf(most), { minLength: 1, maxLength: count, selector: (row) => formatHex(row) });
const presses = fc.array(press, { minLength: 8, maxLength: 16 });

describe('keys that are asked for one by one', () => {
  it('are learned exactly, whatever their bytes, however they come, held or bouncing', () => {
    fc.assert(
      fc.property(rowsOf(12), presses, fc.integer({ min: 2, max: 4 }), (rows, ways, rounds) => {
        const names = callerKeys.slice(0, rows.length);
        const learning = new GuidedLearning(names, rounds);
        let now = 0;
        let turn = 0;
        for (const [place, row] of rows.entries()) {
          for (let tries = 0; learning.asked?.key === names[place] && tries < 12; tries++) {
            const way = ways[turn++ % ways.length]!;
            // A press that is always doubled is what the key sends.
            const chunks = chunksOf(row, now, tries === 0 ? { ...way, style: 'plain' } : way);
            for (const one of burstsOf(chunks)) learning.heard(one);
            now = chunks.at(-1)!.atMilliseconds + way.pause + uneven(turn);
          }
        }
        expect(learning.asked).toBeUndefined();
        const learned = learning.result().keys.map(({ key, bytes }) => [key, formatHex(bytes)]);
        expect(learned).toEqual(names.map((name, place) => [name, formatHex(rows[place]!)]));
      }),
      { numRuns: 300 },
    );
  });

  it('that send something when let go are learned without it', () => {
    const hold = fc.integer({ min: 60, max: 1_500 });
    fc.assert(
      fc.property(
        rowsOf(6),
        rowsOf(6, 1),
        fc.boolean(),
        fc.array(hold, { minLength: 5, maxLength: 9 }),
        presses,
        (rows, [tail], common, holds, ways) => {
          const own = (row: Uint8Array) =>
            common ? join([tail!, hex('F0 F0 01')]) : join([hex('F1 F1 02'), row]);
          fc.pre(rows.every((row) => !rows.some((other) => formatHex(own(other)) === formatHex(row))));
          const names = callerKeys.slice(0, rows.length);
          const learning = new GuidedLearning(names, 3);
          let now = 0;
          let turn = 0;
          for (const [place, row] of rows.entries()) {
            for (let tries = 0; learning.asked?.key === names[place] && tries < 12; tries++) {
              learning.heard(burst(now, row));
              now += holds[turn % holds.length]!;
              learning.heard(burst(now, own(row)));
              now += ways[turn++ % ways.length]!.pause + uneven(turn);
            }
          }
          const { keys } = learning.result();
          expect(keys.map(({ bytes }) => formatHex(bytes))).toEqual(rows.map((row) => formatHex(row)));
          const proposal = proposeFromKeys(learning.result(), names);
          expect(codes(proposal?.doubts)).toContain('release');
          if (proposal?.protocol !== 'serial-keys') throw new Error('no table');
          // Whatever the bytes: a configuration takes the two together.
          const table = compileKeyTable(Object.fromEntries(proposal.keys), proposal.ignore);
          const told = proposal.doubts.filter(({ ignored }) => ignored === true);
          expect(told.map(({ bytes }) => bytes)).toEqual(proposal.ignore);
          expect(table.ignored ?? []).toHaveLength(proposal.ignore.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are learned beside a heartbeat, which is never taken for a key', () => {
    const beats = fc.record({
      row: rowOf(6),
      period: fc.integer({ min: 1_000, max: 6_000 }),
      jitter: fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(rowsOf(6), beats, presses, (rows, { row: beat, period, jitter }, ways) => {
        const rest = rows.map((row) => formatHex(row));
        const beatHex = formatHex(beat);
        // Who begins or ends as the beat does cannot be told from both in one moment.
        fc.pre(!rest.some((one) => one.startsWith(beatHex) || one.endsWith(beatHex)));
        const names = callerKeys.slice(0, rows.length);
        const learning = new GuidedLearning(names, 3);
        let beatAt = 300;
        let beatTurn = 0;
        let now = 0;
        let turn = 0;
        const waiting: TimedBytes[] = [];
        const passTo = (end: number) => {
          for (; beatAt < end; beatTurn++, beatAt += period + jitter[beatTurn % jitter.length]!) {
            waiting.push({ atMilliseconds: beatAt, bytes: beat });
          }
          waiting.sort((a, b) => a.atMilliseconds - b.atMilliseconds);
          for (const one of burstsOf(waiting.splice(0))) {
            const isMine = formatHex(one.bytes) !== beatHex;
            // As the person is told: it was me.
            if (learning.heard(one).what === 'heartbeat' && isMine) learning.again();
          }
        };
        for (const [place, row] of rows.entries()) {
          for (let tries = 0; learning.asked?.key === names[place] && tries < 20; tries++) {
            waiting.push({ atMilliseconds: now, bytes: row });
            now += ways[turn++ % ways.length]!.pause + uneven(turn);
            passTo(now - 100);
          }
        }
        const learned = learning.result().keys.map(({ bytes }) => formatHex(bytes));
        expect(learned).not.toContain(beatHex);
        expect(learned).toEqual(rest);
      }),
      // Chance may put a key on each beat, once in many thousand: always the same keys.
      { numRuns: 300, seed: 5 },
    );
  });

  it('say what each burst was', () => {
    const { what, result } = lesson(
      ['next', 'recall'],
      [
        ...['AA 01', 'AA 02', 'AA 01', 'AA 01'], // one press of another key
        ...['AA 01', 'BB 01', 'BB 01', 'BB 01'], // the key before, once more
      ],
    );
    expect(what).toEqual([
      ...['press', 'differs', 'press', 'learned'],
      ...['other-key', 'press', 'press', 'learned'],
    ]);
    expect(result.keys).toMatchObject([
      { key: 'next', bytes: hex('AA 01'), presses: 3, strays: 1 },
      { key: 'recall', bytes: hex('BB 01'), presses: 3, strays: 0 },
    ]);
    expect(lesson(['next'], ['AA 01', 'AA 02']).heard[1]).toMatchObject({
      before: hex('AA 01'),
      changing: [1],
    });
  });

  it('that send the same are told, and the second is given up', () => {
    const { what, result } = lesson(
      ['next', 'recall', 'skip'],
      [...['AA', 'AA', 'AA'], ...['AA', 'AA', 'AA'], ...['CC', 'CC', 'CC']],
    );
    expect(what.slice(3)).toEqual(['other-key', 'other-key', 'same-as', 'press', 'press', 'learned']);
    expect(result.doubles).toEqual([{ key: 'recall', other: 'next' }]);
    expect(result.keys.map(({ key }) => key)).toEqual(['next', 'skip']);
    const proposal = proposeFromKeys(result, ['next', 'recall', 'skip']);
    expect(proposal?.doubts).toContainEqual({ code: 'same-bytes', keys: ['next', 'recall'] });
    expect(proposal?.confidence).toBe('low');
  });

  it('that are never alike are said so, and are not in the table', () => {
    const counting = ['AA 01 01', 'AA 01 02', 'AA 01 03', 'AA 01 04', 'AA 01 05', 'AA 01 06', 'AA 01 07'];
    const { learning, heard } = lesson(['next', 'recall'], counting);
    expect(heard.at(-1)).toMatchObject({ what: 'differs', neverAlike: true, changing: [2] });
    learning.skip();
    expect(learning.result()).toMatchObject({ keys: [], neverAlike: ['next'], skipped: ['next', 'recall'] });
  });

  it('can be skipped, and learned again', () => {
    const { learning } = lesson(['next', 'recall'], ['AA', 'AA', 'AA', 'BB']);
    learning.again(); // what was heard of "recall"
    expect(learning.asked).toEqual({ key: 'recall', press: 1, rounds: 3 });
    learning.again(); // the one before
    expect(learning.asked).toEqual({ key: 'next', press: 1, rounds: 3 });
    learning.skip();
    learning.skip();
    expect(learning.asked).toBeUndefined();
    expect(learning.result()).toMatchObject({ keys: [], skipped: ['next', 'recall'] });
    learning.skip();
    expect(learning.heard(burst(99_000, hex('AA'))).what).toBe('unasked');
    learning.again();
    expect(learning.asked?.key).toBe('recall');
  });

  it('that come as steadily as a clock need one more press', () => {
    const learning = new GuidedLearning(['next'], 3);
    const at = (milliseconds: number) => learning.heard(burst(milliseconds, hex('AA 01'))).what;
    expect([at(0), at(2_000), at(4_000), at(7_300)]).toEqual(['press', 'press', 'doubtful-pace', 'learned']);
    const other = new GuidedLearning(['next'], 3);
    const beats = [0, 1, 2, 3, 4, 5].map((second) => other.heard(burst(second * 2_000, hex('AA 01'))).what);
    expect(beats.slice(2)).toEqual(['doubtful-pace', 'doubtful-pace', 'heartbeat', 'heartbeat']);
    expect(other.result()).toMatchObject({ keys: [], heartbeats: [{ periodMilliseconds: 2_000 }] });
    // It was a person after all.
    other.again();
    expect(other.heard(burst(20_000, hex('AA 01'))).what).toBe('press');
  });

  it('that are still held, or let go only now, are not taken for the next one', () => {
    const learning = new GuidedLearning(['next', 'recall'], 2);
    const at = (milliseconds: number, row: string) => learning.heard(burst(milliseconds, hex(row))).what;
    expect([at(0, 'AA 01'), at(1_000, 'AA 01')]).toEqual(['press', 'learned']);
    expect([at(1_100, 'AA 01'), at(1_200, 'AA 01 AA 01'), at(1_300, 'F0 01')]).toEqual([
      ...['repeat', 'repeat'],
      'release',
    ]);
    expect([at(3_000, 'BB 01'), at(4_300, 'BB 01')]).toEqual(['press', 'learned']);
    expect(learning.result().keys.map(({ bytes }) => formatHex(bytes))).toEqual(['AA 01', 'BB 01']);
  });

  it('keep within bounds whatever comes', () => {
    const learning = new GuidedLearning(callerKeys, 3);
    const wild = garbage(60_000);
    for (let place = 0; place < 5_000; place++) {
      learning.heard(burst(place * 60, wild.subarray(place * 12, place * 12 + 1 + (place % 12))));
    }
    expect(learning.result().keys.length).toBeLessThanOrEqual(callerKeys.length);
  });
});

describe('a proposal', () => {
  const learnedFrom = (names: readonly string[], rows: readonly Uint8Array[]) => {
    const pressed = rows.flatMap((row) => [row, row, row]).map((row) => formatHex(row));
    return proposeFromKeys(lesson(names, pressed).result, names);
  };

  it('of a plain keypad is the table, with nothing doubtful and its checksum seen', () => {
    const proposal = learnedFrom(callerKeys, callerRows);
    expect(proposal).toMatchObject({
      protocol: 'serial-keys',
      purpose: 'call',
      confidence: 'high',
      doubts: [],
    });
    if (proposal?.protocol !== 'serial-keys') throw new Error('no table');
    expect([...proposal.keys]).toEqual(callerKeys.map((key, place) => [key, formatHex(callerRows[place]!)]));
    expect(proposal.shape).toEqual({
      length: 4,
      head: 2,
      tail: 0,
      changing: [2, 3],
      checksum: { kind: 'sum8', from: 0, at: 3 },
    });
    expect(keyTableProblems(Object.fromEntries(proposal.keys))).toEqual([]);
  });

  it('says which keys are short, begin one another, are too long or damaged', () => {
    expect(learnedFrom(['next', 'recall'], [hex('31'), hex('31 32 33')])?.doubts).toEqual([
      { code: 'short', keys: ['next'] },
      { code: 'begins-another', keys: ['next', 'recall'] },
    ]);
    const long = learnedFrom(['next', 'recall'], [garbage(33), hex('AA 01 02')]);
    expect(long?.doubts).toContainEqual({ code: 'too-long', keys: ['next'] });
    expect(long).toMatchObject({ keys: new Map([['recall', 'AA 01 02']]) });
    expect(learnedFrom(['next'], [garbage(33)])).toBeNull();
    const damaged = [...callerRows.slice(0, 4), hex('AA 05 05 B5')];
    expect(learnedFrom(callerKeys, damaged)).toMatchObject({
      doubts: [{ code: 'checksum', keys: ['done'] }],
      confidence: 'low',
    });
  });

  it('ignores heartbeats and releases, but never what is too like a key or too long', () => {
    const learned = (key: string, row: string, release: string | null) => ({
      ...{ key, bytes: hex(row), presses: 3, strays: 0, repeats: false },
      release: release === null ? null : hex(release),
    });
    const proposal = proposeFromKeys(
      {
        keys: [
          learned('next', 'AA 01', 'F0'),
          learned('recall', 'AA 02', 'F0'),
          learned('skip', 'AA 03', 'AA'),
        ],
        heartbeats: [
          { bytes: hex('55 00'), periodMilliseconds: 2_000 },
          { bytes: hex('AA 01 00'), periodMilliseconds: 3_000 },
          { bytes: hex('77'.repeat(33)), periodMilliseconds: 5_000 },
        ],
        skipped: [],
        doubles: [],
        neverAlike: [],
      },
      ['next', 'recall', 'skip'],
    );
    expect(proposal).toMatchObject({
      protocol: 'serial-keys',
      ignore: ['F0', '55 00'],
      confidence: 'medium',
    });
    expect(proposal?.doubts.slice(0, 5)).toMatchObject([
      { code: 'release', keys: ['next', 'recall'], bytes: 'F0', ignored: true },
      { code: 'release', keys: ['skip'], bytes: 'AA', ignored: false },
      { code: 'heartbeat', bytes: '55 00', ignored: true },
      { code: 'heartbeat', bytes: 'AA 01 00', ignored: false },
      { code: 'heartbeat', ignored: false },
    ]);
  });

  it('names what was not learned, and is nothing where nothing was', () => {
    expect(
      proposeFromKeys(lesson(callerKeys, ['AA 01 02', 'AA 01 02', 'AA 01 02']).result, callerKeys),
    ).toMatchObject({ confidence: 'high', doubts: [{ code: 'missing', keys: callerKeys.slice(1) }] });
    expect(proposeFromKeys(lesson(callerKeys, []).result, callerKeys)).toBeNull();
  });

  it('of rating buttons that send lines is a pattern', () => {
    const levels = ['5', '4', '3', '2', '1'];
    const lines = levels.map((level) => ascii(`E,12,${level}\r\n`));
    expect(learnedFrom(levels, lines)).toEqual({
      protocol: 'serial-lines',
      purpose: 'rate',
      pattern: 'E,12,{level}',
      namesWindow: false,
      confidence: 'high',
      doubts: [{ code: 'perhaps-window', keys: [], bytes: '12' }],
    });
    // Levels that the line does not name can only be learned by their bytes.
    const words = levels.map((_, place) => ascii(`K${'ABCDE'[place]}\r\n`));
    expect(learnedFrom(levels, words)).toMatchObject({ protocol: 'serial-keys', purpose: 'rate' });
  });
});

describe('what is only listened to', () => {
  /** Presses far apart, each of one row. */
  const heard = (rows: readonly Uint8Array[], gap = 550) => rows.map((row, place) => burst(place * gap, row));

  it('is put in groups, exactly the keys, in the order in which they were first heard', () => {
    const key = fc.integer({ min: 0, max: 255 }).map((code) => Uint8Array.of(0xaa, 5, code, 0xaf ^ code));
    const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 8, selector: (row) => row[2] });
    fc.assert(
      fc.property(keys, fc.array(fc.nat(), { maxLength: 30 }), presses, (rows, order, ways) => {
        const pressed = [...rows, ...rows, ...order.map((one) => rows[one % rows.length]!)];
        let now = 0;
        const chunks = pressed.flatMap((row, place) => {
          const way = ways[place % ways.length]!;
          const style = place < rows.length ? ('plain' as const) : way.style;
          const some = chunksOf(row, now, { ...way, style });
          now = some.at(-1)!.atMilliseconds + [400, 520, 440, 590, 480][place % 5]! + way.pause / 10;
          return some;
        });
        const groups = groupBursts(burstsOf(chunks), { fromMilliseconds: 0, toMilliseconds: now });
        expect(groups.map((one) => one.hex)).toEqual(rows.map((row) => formatHex(row)));
        // Only one key, pressed again and again as steadily as a clock, may look like a heartbeat.
        if (rows.length > 1) expect(groups.every(({ role }) => role === 'key')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('gets the names in the order of the first presses, and says that this is a guess', () => {
    const pressed = callerRows.flatMap((row) => [row, row]);
    const { proposal } = proposeFromBursts(heard(pressed), callerKeys, all);
    expect(proposal).toMatchObject({ confidence: 'medium', doubts: [{ code: 'order', keys: callerKeys }] });
    const few = proposeFromBursts(heard(callerRows.slice(0, 2)), ['next'], all).proposal;
    expect(codes(few?.doubts)).toEqual(['order', 'heard-once', 'left-over']);
    expect(proposeFromBursts([], callerKeys, all)).toEqual({ groups: [], proposal: null });
  });

  it('has a held key as one press, with the pace of its repeats', () => {
    const held = Array.from({ length: 20 }, (_, turn) => burst(turn * 120, callerRows[0]!));
    expect(groupBursts(held, all)).toMatchObject([
      { presses: 1, count: 20, repeatMilliseconds: 120, role: 'key' },
    ]);
  });

  it('finds a heartbeat, also where a key came in the same moment or one beat is missing', () => {
    const beat = hex('55 00');
    const beats = Array.from({ length: 30 }, (_, turn) => burst(turn * 2_000 + (turn % 3) * 9, beat));
    const together = burst(beats[4]!.atMilliseconds, join([beat, callerRows[0]!]));
    const bursts = [
      ...beats.filter((_, turn) => turn !== 4 && turn !== 17),
      together,
      burst(500, callerRows[0]!),
      burst(12_700, callerRows[0]!),
    ].sort((a, b) => a.atMilliseconds - b.atMilliseconds);
    const { groups, proposal } = proposeFromBursts(bursts, ['next'], all);
    expect(groups).toMatchObject([
      { hex: '55 00', role: 'heartbeat' },
      { hex: 'AA 05 01 B0', role: 'key', count: 3 },
    ]);
    expect(groups[0]?.periodMilliseconds).toBeCloseTo(2_000, -2);
    expect(codes(proposal?.doubts)).toEqual(['heartbeat', 'order']);
    expect(proposal).toMatchObject({ ignore: ['55 00'] });
  });

  it('finds releases, of each key its own or one for all', () => {
    const pair = (at: number, down: string, up: string) => [burst(at, hex(down)), burst(at + 180, hex(up))];
    const own = [0, 1_100, 2_300, 3_900].flatMap((at, turn) =>
      turn < 2 ? pair(at, 'D1', 'E1') : pair(at, 'D2', 'E2'),
    );
    const roles = (bursts: readonly Burst[]) =>
      groupBursts(bursts, all).map((one) => `${one.hex} ${one.role}`);
    expect(roles(own)).toEqual(['D1 key', 'E1 release', 'D2 key', 'E2 release']);
    const common = [0, 1_100, 2_300, 3_900].flatMap((at, turn) => pair(at, turn < 2 ? 'D1' : 'D2', 'F0'));
    expect(roles(common)).toEqual(['D1 key', 'F0 release', 'D2 key']);
  });

  it('calls noise what came once and looks like nothing', () => {
    const bursts = heard([
      ...callerRows,
      ...callerRows,
      hex('FF 13'),
      hex('AA 05 06 B5'),
      hex('AA 05 07 00'),
    ]);
    const { groups, proposal } = proposeFromBursts(bursts, callerKeys, all);
    expect(groups.slice(5).map((one) => `${one.hex} ${one.role}`)).toEqual([
      'FF 13 noise',
      'AA 05 06 B5 key',
      'AA 05 07 00 noise',
    ]);
    expect(proposal?.doubts).toContainEqual({ code: 'noise', keys: [], count: 2 });
  });

  it('of lines is a pattern with the window that varies, or the digits of a card', () => {
    const lines = ['E,5,4\r\n', 'E,6,1\r\n', 'E,5,5\r\n', 'E,11,3\r\n'].map(ascii);
    const ratings = proposeFromBursts(heard(lines), ['5', '4', '3', '2', '1'], all).proposal;
    expect(ratings).toMatchObject({
      protocol: 'serial-lines',
      pattern: 'E,{window},{level}',
      namesWindow: true,
    });
    const cards = ['CARD 0317\r\n', 'CARD 0321\r\n'].map(ascii);
    expect(proposeFromBursts(heard(cards), callerKeys, all).proposal).toMatchObject({
      protocol: 'serial-lines',
      pattern: 'CARD {staff}',
    });
    // Words for keys are bytes like any others.
    const words = ['NEXT\r\n', 'SKIP\r\n', 'NEXT\r\n', 'SKIP\r\n'].map(ascii);
    expect(proposeFromBursts(heard(words), callerKeys, all).proposal?.protocol).toBe('serial-keys');
  });

  it('stays bounded for a line that never falls silent, and for one of garbage', () => {
    const babble = burstsOf(
      Array.from({ length: 2_000 }, (_, turn) => ({ atMilliseconds: turn * 10, bytes: garbage(10) })),
    );
    expect(babble).toMatchObject([{ missedBytes: 20_000 - 512 }]);
    expect(proposeFromBursts(babble, callerKeys, all).proposal).toBeNull();
    const wild = garbage(80_000);
    const bursts = Array.from({ length: 8_000 }, (_, turn) =>
      burst(turn * 60, wild.subarray(turn * 10, turn * 10 + 10)),
    );
    expect(groupBursts(bursts, all).length).toBeLessThanOrEqual(500);
  });
});

describe('bursts', () => {
  it('are cut at 50 ms of silence, or at 20 bytes on a slow line, however the chunks came', () => {
    expect(silenceOf(1_042)).toBe(50);
    expect(silenceOf(8_333)).toBeCloseTo(166.66, 1);
    const chunks = [0, 40, 80, 140].map((at) => ({ atMilliseconds: at, bytes: Uint8Array.of(at) }));
    expect(burstsOf(chunks).map(({ bytes }) => [...bytes])).toEqual([[0, 40, 80], [140]]);
    expect(burstsOf(chunks, 8_333)).toHaveLength(1);
    // A long chunk began to come long before it was read.
    const slow = [
      { atMilliseconds: 0, bytes: Uint8Array.of(1) },
      { atMilliseconds: 240, bytes: new Uint8Array(20) },
    ];
    expect(burstsOf(slow, 8_333)).toHaveLength(1);
    expect(burstsOf(slow)).toHaveLength(2);
    expect(burstsOf([{ atMilliseconds: 0, bytes: new Uint8Array(0) }])).toEqual([]);
  });
});

describe('the shape of rows', () => {
  it.each([
    ['sum8', ['A5 01 02 A8 0D', 'A5 01 03 A9 0D'], { kind: 'sum8', from: 0, at: 3 }],
    ['xor', ['02 31 41 70 03', '02 31 42 73 03'], { kind: 'xor', from: 1, at: 3 }],
    ['sum8-negative', ['10 01 05 EA', '10 01 06 E9'], { kind: 'sum8-negative', from: 0, at: 3 }],
    [
      'crc16-modbus',
      ['01 06 00 07 00 7B 78 28', '01 06 00 07 00 7C 39 EA'],
      { kind: 'crc16-modbus', from: 0, at: 6 },
    ],
    ['none', ['AA 01 55', 'AA 02 55'], null],
    ['one row', ['AA 05 01 B0'], null],
  ])('has its checksum seen: %s', (_, rows, checksum) => {
    expect(shapeOf(rows.map(hex)).checksum).toEqual(checksum);
  });
});

describe('lines', () => {
  const rating = (...texts: string[]) => learnRatingLines(texts.map((text) => ({ text })))?.pattern;

  it('become patterns that compile, or nothing', () => {
    expect(rating('E,5,4', 'E,6,1')).toBe('E,{window},{level}');
    expect(rating('R4', 'R1')).toBeUndefined(); // no word of its own
    expect(rating('E,5,4', 'E,5,4')).toBeUndefined(); // nothing varies
    expect(rating('E,5,4', 'X;1')).toBeUndefined();
    expect(rating('a,b,1', 'c,d,2')).toBeUndefined();
    expect(rating('{x} 1', '{x} 2')).toBeUndefined();
    expect(learnCardLines(['0317', '0321'])?.pattern).toBe('{staff}');
    expect(learnCardLines(['0317'])?.pattern).toBe('{staff}');
    expect(learnCardLines(['31', '32'])).toBeNull();
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (texts) => {
        for (const learned of [
          learnRatingLines(texts.map((one) => ({ text: one }))),
          learnCardLines(texts),
        ]) {
          if (learned === null) continue;
          const { expression } = compileLinePattern(learned.pattern);
          for (const one of texts) expect(one).toMatch(expression);
        }
      }),
    );
  });
});
