/** Readings of a watched printer, and the words in which they are told. */
import type { Language } from '../../kernel/text.js';
import type { PrinterReason } from '../../protocols/printer-picture.js';
import type { Reading, ReadingDeclaration } from '../kind.js';
import type { FoundFaults } from '../standing-faults.js';
import type { WatchedSupply } from '../supplies/supply-book.js';
import { isInk, isPaper, type WatchedPicture } from './picture-faults.js';

export const printerReadings: Readonly<Record<string, ReadingDeclaration>> = {
  state: {
    about: {
      'zh-CN': '状态：idle 待机，processing 正在打印，stopped 停止（ESC/POS 的 idle 也可能正在打印）',
      en: 'State: idle, processing, stopped; over ESC/POS idle is said while it prints, too',
    },
  },
  reasons: {
    about: {
      'zh-CN': '打印机自述的原因（IPP 关键字），none 为正常',
      en: "The printer's own words of what is the matter, as IPP has them; none if all is well",
    },
  },
  paper: { about: { 'zh-CN': '纸：ok, low, empty', en: 'Paper: ok, low, empty' } },
  levelPercent: {
    about: { 'zh-CN': '剩得最少的墨水或碳粉', en: 'Ink or toner that is nearest to its end' },
    unit: 'percent',
    range: [0, 100],
  },
  supplies: {
    about: { 'zh-CN': '各耗材余量；? 为未知', en: 'What is left of each supply; ? is not known' },
  },
  pagesPrinted: { about: { 'zh-CN': '出厂以来的打印页数', en: 'Pages printed since it was made' } },
  cover: { about: { 'zh-CN': '盖子：open, closed', en: 'Cover: open, closed' } },
  message: { about: { 'zh-CN': '打印机面板上的话', en: 'What its display says' } },
};

export type PrinterReadings = Readonly<Record<keyof typeof printerReadings, Reading>>;

/** Nothing is known. */
export const unknownReadings: PrinterReadings = Object.fromEntries(
  Object.keys(printerReadings).map((name) => [name, null]),
);

/** What a picture shows, with the faults that it means. */
export function readingsOf(
  picture: WatchedPicture & { readonly pagesPrinted: number | null },
  faults: FoundFaults,
  language: Language,
): PrinterReadings {
  const { state, reasons, supplies, pagesPrinted, message } = picture;
  const levels = supplies.filter(isInk).flatMap(({ levelPercent }) => levelPercent ?? []);
  return {
    state,
    reasons: reasons === null ? null : wordsOf(reasons),
    paper: paperOf(picture, faults),
    levelPercent: levels.length === 0 ? null : Math.min(...levels),
    supplies: supplies.length === 0 ? null : supplies.map((supply) => leftOf(supply, language)).join(', '),
    pagesPrinted,
    cover: faults.has('printer.cover-open') ? 'open' : reasons === null ? null : 'closed',
    message,
  };
}

/** Enough for all that a printer may say at once; a hostile one says more. */
const mostReasons = 12;

function wordsOf(reasons: readonly PrinterReason[]): string {
  if (reasons.length === 0) return 'none';
  const words = [...new Set(reasons.map(({ keyword }) => keyword))];
  const more = words.length > mostReasons ? [`+${words.length - mostReasons}`] : [];
  return [...words.slice(0, mostReasons), ...more].join(', ');
}

/** A printer that says how it is, and nothing of its paper, has some. */
function paperOf({ reasons, supplies }: WatchedPicture, faults: FoundFaults): string | null {
  if (faults.has('printer.media-empty')) return 'empty';
  if (faults.has('printer.media-low')) return 'low';
  const hasSome = supplies.some((supply) => isPaper(supply) && ['ok', 'low', 'some'].includes(supply.state));
  return hasSome || reasons !== null ? 'ok' : null;
}

const longestLabel = 30;
const words = {
  room: { 'zh-CN': '剩余空间', en: 'room' },
  some: { 'zh-CN': '有', en: 'some' },
  ok: { 'zh-CN': '有', en: 'ok' },
  low: { 'zh-CN': '少', en: 'low' },
  empty: { 'zh-CN': '无', en: 'empty' },
} as const;

/** `Black 70 %`, `Waste toner 25 % room`, `Tray 2 some`, `Drum ?`. */
function leftOf({ label, name, group, levelPercent, state }: WatchedSupply, language: Language): string {
  const characters = [...(label || name)];
  const short =
    characters.length > longestLabel
      ? `${characters.slice(0, longestLabel - 1).join('')}…`
      : characters.join('');
  if (levelPercent === null) return `${short} ${state === 'unknown' ? '?' : words[state][language]}`;
  const room = group === 'waste' ? ` ${words.room[language]}` : '';
  return `${short} ${Math.round(levelPercent)} %${room}`;
}
