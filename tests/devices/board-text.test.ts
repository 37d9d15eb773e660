import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BoardRoom, hallText, windowText } from '../../src/devices/board-text.js';
import type { BoardView, HallBoardView } from '../../src/devices/capabilities.js';
import { columnsOf } from '../../src/devices/printer-text.js';
import { showableText } from '../../src/protocols/text-encoding.js';

const room = (columns: number, lines = 1, change: Partial<BoardRoom> = {}): BoardRoom => ({
  ...{ columns, lines, scrolls: false },
  showable: (text) => showableText(text, 'gb2312'),
  ...change,
});
const latin = { showable: (text: string) => showableText(text, 'ascii') };
const digits = { showable: (text: string) => text.replace(/[^0-9 -]/g, '?') };

const called: BoardView = { ticket: 't', number: 'A023', state: 'serving' };
const open: BoardView = { ticket: null, number: null, state: 'open' };
const linesOf = (view: BoardView, where: BoardRoom, language: 'zh-CN' | 'en' = 'zh-CN', window = '12') =>
  windowText(view, window, language, where).lines;

describe('a call on a window board', () => {
  it.each([
    [20, 1, ['A023 请到12号窗口']],
    [17, 1, ['A023 请到12号窗口']],
    [16, 1, ['A023']],
    [4, 1, ['A023']],
    [12, 2, ['A023', '请到12号窗口']],
    [8, 2, ['A023']],
  ])('in %d columns and %d lines', (columns, lines, shown) => {
    expect(linesOf(called, room(columns, lines))).toEqual(shown);
  });

  it.each([
    [22, 1, ['A023 优先 请到12号窗口']],
    [17, 1, ['A023 优先']],
    [8, 1, ['A023']],
    [12, 2, ['A023 优先', '请到12号窗口']],
    [8, 2, ['A023', '优先']],
  ])('with priority in %d columns and %d lines', (columns, lines, shown) => {
    expect(linesOf({ ...called, priority: true }, room(columns, lines))).toEqual(shown);
  });

  it('is in English in an English hall, and on a board without Chinese characters', () => {
    expect(linesOf(called, room(18), 'en')).toEqual(['A023 to window 12']);
    expect(linesOf(called, room(18, 1, latin))).toEqual(['A023 to window 12']);
    expect(linesOf({ ...called, priority: true }, room(14, 1, latin))).toEqual(['A023 PRIORITY']);
  });

  it('names a window that is no number', () => {
    expect(linesOf(called, room(20), 'zh-CN', 'A-3')).toEqual(['A023 请到A-3窗口']);
  });

  it('is its digits alone on a board of digits', () => {
    expect(linesOf(called, room(4, 1, digits))).toEqual(['023']);
  });

  it('that does not fit is not shown at all: a part of a number is a wrong one', () => {
    const text = windowText(called, '12', 'zh-CN', room(3));
    expect(text).toMatchObject({ lines: [], lost: { what: 'number', text: 'A023' } });
    expect(windowText(called, '12', 'zh-CN', room(2, 1, digits)).lost).toEqual({
      what: 'number',
      text: 'A023',
    });
  });

  it('blinks where no voice can say it', () => {
    expect(windowText({ ...called, blink: true }, '12', 'zh-CN', room(4)).attention).toBe(true);
    expect(windowText(called, '12', 'zh-CN', room(4)).attention).toBe(false);
  });
});

describe('a window board without a call', () => {
  it.each([
    [8, ['暂停服务']],
    [4, ['暂停']],
    [3, ['---']],
  ])('that is paused says so in %d columns', (columns, shown) => {
    expect(linesOf({ ticket: null, number: null, state: 'paused' }, room(columns))).toEqual(shown);
    expect(linesOf({ ticket: null, number: null, state: 'paused' }, room(6), 'en')).toEqual(['PAUSED']);
  });

  it('that is closed is dark', () => {
    expect(linesOf({ ticket: null, number: null, state: 'closed' }, room(20))).toEqual([]);
  });

  it('that is open says its business, moving where it is long and the board can', () => {
    const view = { ...open, business: '户籍业务办理' };
    expect(linesOf(view, room(12))).toEqual(['户籍业务办理']);
    expect(windowText(view, '12', 'zh-CN', room(8, 1, { scrolls: true }))).toMatchObject({
      lines: ['户籍业务办理'],
      scroll: true,
      lost: null,
    });
  });

  it('says its name where it has no business, or none that it can show whole', () => {
    expect(linesOf(open, room(8))).toEqual(['12号窗口']);
    expect(linesOf({ ...open, business: '户籍业务办理' }, room(8))).toEqual(['12号窗口']);
    expect(linesOf({ ...open, business: '户籍业务' }, room(20, 1, latin))).toEqual(['Window 12']);
    expect(linesOf(open, room(6))).toEqual([]);
  });
});

describe('what takes the place of everything else', () => {
  it('is nothing, or a text', () => {
    expect(linesOf({ ...called, over: { kind: 'blank' } }, room(20))).toEqual([]);
    expect(
      windowText(
        { ...called, over: { kind: 'text', text: '火警，请撤离', urgent: true } },
        '12',
        'zh-CN',
        room(12),
      ),
    ).toEqual({ lines: ['火警，请撤离'], scroll: false, attention: true, lost: null });
  });

  it('is, for a test, its words, or eights where the board has no room or letters for them', () => {
    const over = { kind: 'test', text: '测试' } as const;
    expect(linesOf({ ...called, over }, room(20))).toEqual(['测试']);
    expect(windowText({ ...called, over }, '12', 'zh-CN', room(3))).toEqual({
      ...{ lines: ['888'], scroll: false, attention: false, lost: null },
    });
  });

  it.each([2, 3])('ends in as many dots as %d columns hold', (columns) => {
    const text = windowText(
      { ...called, over: { kind: 'text', text: '请明天再来' } },
      '5',
      'zh-CN',
      room(columns),
    );
    expect(text.lines).toEqual(['...'.slice(0, columns)]);
  });

  it('says what it could not show', () => {
    const over = { kind: 'text', text: '请到镕 go\u0007' } as const;
    expect(windowText({ ...called, over }, '12', 'zh-CN', room(20))).toMatchObject({
      lines: ['请到? go'],
      lost: { what: 'text', text: '请到镕 go' },
    });
    expect(
      windowText({ ...called, over: { kind: 'text', text: 'much too long' } }, '1', 'en', room(8)),
    ).toMatchObject({
      lines: ['much...'],
      lost: { what: 'text' },
    });
  });
});

const call = (number: string, window: string, priority = false) => ({
  ticket: number,
  number,
  window,
  priority,
});
const calls = [call('A023', '12'), call('B007', '5', true), call('A022', '3')];
const hall: HallBoardView = { calls, notice: null };
const hallLines = (view: HallBoardView, where: BoardRoom, language: 'zh-CN' | 'en' = 'zh-CN') =>
  hallText(view, language, where).lines;

describe('a board for the whole hall', () => {
  it('has the last calls, the newest on top, as many as it has lines', () => {
    expect(hallLines(hall, room(24, 4))).toEqual([
      'A023 请到12号窗口',
      'B007 优先 请到5号窗口',
      'A022 请到3号窗口',
    ]);
    expect(hallLines(hall, room(24, 2))).toEqual(['A023 请到12号窗口', 'B007 优先 请到5号窗口']);
  });

  it('has all lines the same way where room is short', () => {
    expect(hallLines(hall, room(17, 4))).toEqual([
      'A023 请到12号窗口',
      'B007 请到5号窗口',
      'A022 请到3号窗口',
    ]);
    expect(hallLines(hall, room(8, 4))).toEqual(['A023→12', 'B007→5', 'A022→3']);
    expect(hallLines(hall, room(8, 4, latin))).toEqual(['A023>12', 'B007>5', 'A022>3']);
  });

  it('has a notice below, in at most half of it', () => {
    const view = { ...hall, notice: '今天下午三点停止取号，请明天再来' };
    expect(hallLines(view, room(24, 4))).toEqual([
      'A023 请到12号窗口',
      'B007 优先 请到5号窗口',
      '今天下午三点停止取号，请',
      '明天再来',
    ]);
    expect(hallLines({ calls: [], notice: '午休' }, room(24, 4))).toEqual(['午休']);
    expect(hallLines({ calls: [], notice: null }, room(24, 4))).toEqual([]);
    expect(hallLines(view, room(24, 1))).toEqual(['A023 请到12号窗口']);
  });

  it('that has no room for a number shows none, and says which', () => {
    expect(hallText(hall, 'zh-CN', room(4, 4))).toMatchObject({
      lines: [],
      lost: { what: 'number', text: 'A023' },
    });
  });
});

describe('whatever is shown', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const anyRoom = fc
    .tuple(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      fc.constantFrom('gb2312', 'ascii'),
    )
    .map(([columns, lines, scrolls, encoding]) =>
      room(columns, lines, { scrolls, showable: (each) => showableText(each, encoding as 'ascii') }),
    );
  const view: fc.Arbitrary<BoardView> = fc.record(
    {
      ticket: fc.constant('t'),
      number: fc.constantFrom(null, 'A001', 'B123', 'A1234567890'),
      state: fc.constantFrom('closed', 'open', 'serving', 'paused' as const),
      priority: fc.boolean(),
      business: text,
      over: fc.oneof(
        fc.constant({ kind: 'blank' } as const),
        fc.record({ kind: fc.constant('text' as const), text }),
      ),
    },
    { requiredKeys: ['ticket', 'number', 'state'] },
  );

  it('fits, has only letters that the board has, and no part of a number', () => {
    fc.assert(
      fc.property(view, anyRoom, (each, where) => {
        const { lines, scroll, lost } = windowText(each, '12', 'zh-CN', where);
        expect(lines.length).toBeLessThanOrEqual(where.lines);
        for (const line of lines) {
          expect(where.showable(line)).toBe(line);
          if (!scroll) expect(columnsOf(line)).toBeLessThanOrEqual(where.columns);
        }
        const isCalled = each.over === undefined && each.number !== null && /open|serving/.test(each.state);
        if (isCalled) expect(lost === null).toBe(lines.join(' ').includes(each.number ?? ''));
      }),
    );
  });

  it('on a board for the whole hall fits as well', () => {
    const one = fc.record({
      ticket: fc.constant('t'),
      number: fc.constantFrom('A001', 'B123', 'AB1234'),
      window: fc.constantFrom('1', '12', 'A-3'),
      priority: fc.boolean(),
    });
    const views = fc.record({ calls: fc.array(one, { maxLength: 6 }), notice: fc.option(text) });
    fc.assert(
      fc.property(views, anyRoom, (each, where) => {
        const { lines, scroll } = hallText(each, 'zh-CN', where);
        expect(lines.length).toBeLessThanOrEqual(where.lines);
        for (const line of lines) {
          expect(where.showable(line)).toBe(line);
          if (!scroll) expect(columnsOf(line)).toBeLessThanOrEqual(where.columns);
        }
      }),
    );
  });
});
