/**
 * What a view becomes on a board of letters: words, as far as there is room for them. Pure. A number is shown whole or
 * not at all; where room is short the words around it go first.
 */
import type { Language } from '../kernel/text.js';
import type { BoardOver, BoardTest, BoardView, HallBoardView, HallCall } from './capabilities.js';
import { columnsOf, printableText, wrapText } from './printer-text.js';

/** What a board has room and letters for. */
export interface BoardRoom {
  /** Columns of a line; a Chinese character takes two. */
  readonly columns: number;
  readonly lines: number;
  /** A text too long for a line can move through it. */
  readonly scrolls: boolean;
  /** The text with `?` for each character that the board does not have. */
  readonly showable: (text: string) => string;
}

/** What stands on a board. */
export interface BoardText {
  /** None: the board is dark. */
  readonly lines: readonly string[];
  /** Its one line is longer than the board and moves through it. */
  readonly scroll: boolean;
  /** Blinks, where the board can. */
  readonly attention: boolean;
  /** What of it can't be shown, if anything. `number`: then nobody is shown, for a part of a number is a wrong one. */
  readonly lost: null | { readonly what: 'number' | 'text'; readonly text: string };
}

export const darkBoard: BoardText = { lines: [], scroll: false, attention: false, lost: null };

/** Longest text that moves through a line; people read no more. */
const longestScrollCharacters = 120;
/** Digits of a test on a board that can't show its words. */
const mostTestDigits = 8;

interface Words {
  readonly priority: string;
  readonly window: (window: string) => string;
  readonly goTo: (window: string) => string;
  readonly short: (number: string, window: string) => string;
  /** Longest first. */
  readonly paused: readonly string[];
}

const chineseWindow = (window: string) => (/^\d+$/.test(window) ? `${window}号窗口` : `${window}窗口`);

const words: Readonly<Record<Language, Words>> = {
  'zh-CN': {
    priority: '优先',
    window: chineseWindow,
    goTo: (window) => `请到${chineseWindow(window)}`,
    short: (number, window) => `${number}→${window}`,
    paused: ['暂停服务', '暂停'],
  },
  en: {
    priority: 'PRIORITY',
    window: (window) => `Window ${window}`,
    goTo: (window) => `to window ${window}`,
    short: (number, window) => `${number}>${window}`,
    paused: ['Window paused', 'PAUSED'],
  },
};

/** The words of `language`, or English on a board without Chinese characters. */
function wordsFor(language: Language, room: BoardRoom): Words {
  return fits(words[language].priority, { ...room, columns: Number.POSITIVE_INFINITY })
    ? words[language]
    : words.en;
}

/** What a window's board says. */
export function windowText(view: BoardView, window: string, language: Language, room: BoardRoom): BoardText {
  if (view.over !== undefined) return overText(view.over, room);
  const say = wordsFor(language, room);
  const attention = view.blink === true;
  switch (view.state) {
    case 'closed':
      return darkBoard;
    case 'paused':
      return one([...say.paused, '-'.repeat(Math.min(room.columns, 6))].find((text) => fits(text, room)));
    default:
      if (view.number === null) return betweenCalls(view.business, say.window(window), room);
      return callText(view.number, view.priority === true, window, say, attention, room);
  }
}

function callText(
  number: string,
  priority: boolean,
  window: string,
  say: Words,
  attention: boolean,
  room: BoardRoom,
): BoardText {
  const marked = priority ? `${number} ${say.priority}` : number;
  const wanted: readonly (readonly string[])[] = [
    ...(room.lines > 1 ? [[marked, say.goTo(window)]] : []),
    ...(room.lines > 1 && priority ? [[number, say.priority]] : []),
    [`${marked} ${say.goTo(window)}`],
    [marked],
    [number],
    // A board of digits alone; the configuration's check sees to it that these are enough to tell people apart.
    ...(fits('A', { ...room, columns: 1 }) ? [] : [[number.replace(/^\D+/, '')]]),
  ];
  const lines = wanted.find((each) => each.every((line) => line !== '' && fits(line, room)));
  if (lines === undefined) return { ...darkBoard, lost: { what: 'number', text: number } };
  return { ...darkBoard, lines, attention };
}

/** The window's business; its name where there is none, or none that the board has the letters for. */
function betweenCalls(business: string | undefined, name: string, room: BoardRoom): BoardText {
  if (business !== undefined && business !== '') {
    const text = freeText(business, room);
    if (text.lost === null) return text;
  }
  return one(fits(name, room) ? name : undefined);
}

/** What a board for the whole hall says: the last calls, the newest on top, and a notice below them. */
export function hallText(view: HallBoardView, language: Language, room: BoardRoom): BoardText {
  if (view.over !== undefined) return overText(view.over, room);
  const say = wordsFor(language, room);
  if (view.calls.length === 0) {
    return view.notice === null ? darkBoard : freeText(view.notice, room);
  }
  const notice = room.lines > 1 && view.notice !== null ? noticeText(view.notice, room) : darkBoard;
  const calls = view.calls.slice(0, room.lines - notice.lines.length);
  const ways: readonly ((call: HallCall) => string)[] = [
    (call) => `${call.number} ${call.priority ? `${say.priority} ` : ''}${say.goTo(call.window)}`,
    (call) => `${call.number} ${say.goTo(call.window)}`,
    (call) => say.short(call.number, call.window),
    (call) => `${call.number}>${call.window}`,
  ];
  // All lines the same way: a board whose lines differ is hard to read.
  const way = ways.find((each) => calls.every((call) => fits(each(call), room)));
  if (way === undefined) return { ...darkBoard, lost: { what: 'number', text: calls[0]!.number } };
  return {
    lines: [...calls.map(way), ...notice.lines],
    scroll: false,
    attention: view.blink === true,
    lost: notice.lost,
  };
}

/** At most half of the board: calls go before notices. Nothing moves, for the calls must stand still. */
function noticeText(notice: string, room: BoardRoom): BoardText {
  return freeText(notice, { ...room, lines: Math.floor(room.lines / 2), scrolls: false });
}

function overText(over: BoardOver | BoardTest, room: BoardRoom): BoardText {
  if (over.kind === 'blank') return darkBoard;
  if (over.kind === 'test') {
    const text = freeText(over.text, room);
    return text.lost === null ? text : one('8'.repeat(Math.min(room.columns, mostTestDigits)));
  }
  return { ...freeText(over.text, room), attention: over.urgent === true };
}

/** A text as it fits: in lines, or moving through one, or cut. */
function freeText(given: string, room: BoardRoom): BoardText {
  const clean = printableText(given).trim();
  const text = room.showable(clean);
  const whole = wrapText(text, room.columns, room.lines);
  const isCut = whole.join('').replaceAll(' ', '') !== text.replaceAll(' ', '');
  const scroll = isCut && room.scrolls;
  const lost = text !== clean || (isCut && (!scroll || text.length > longestScrollCharacters));
  const lines = scroll ? [text.slice(0, longestScrollCharacters)] : whole.filter((line) => line !== '');
  return { lines, scroll, attention: false, lost: lost ? { what: 'text', text: clean } : null };
}

const one = (line: string | undefined): BoardText =>
  line === undefined ? darkBoard : { ...darkBoard, lines: [line] };

/** True where the board has every letter of it, and room in one line. */
function fits(line: string, room: BoardRoom): boolean {
  return columnsOf(line) <= room.columns && room.showable(line) === line;
}
