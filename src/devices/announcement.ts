/** An announcement as words. Pure: what says them is another's matter. */
import type { Language } from '../kernel/text.js';
import type { Announcement } from './capabilities.js';

export interface AnnouncementStyle {
  /** In this order; a call is said in each. */
  readonly languages: readonly Language[];
  /** The digit 1 of a ticket's number: 一 (yi) or 幺 (yao), which cannot be misheard as 七. */
  readonly one: 'yi' | 'yao';
  /** How often a call is said in the first language; in the others once. */
  readonly repeat: number;
}

/** One thing to be said in one go. */
export interface Sentence {
  readonly text: string;
  readonly language: Language;
}

const chineseDigits = [...'零一二三四五六七八九'];
const englishDigits = 'zero one two three four five six seven eight nine'.split(' ');
const englishTeens = 'ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
  ' ',
);
const englishTens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/**
 * The sentences of an announcement, in order. A call is said `repeat` times, once more where it insists; a free text
 * once, in the language that it is written in.
 */
export function sentencesOf(announcement: Announcement, style: AnnouncementStyle): Sentence[] {
  if (announcement.kind === 'text') {
    return [{ text: announcement.text, language: languageOf(announcement.text) }];
  }
  const { number, window, priority, insist = false } = announcement;
  const [first, ...others] = style.languages.map((language) => ({
    language,
    text:
      language === 'zh-CN'
        ? chineseCall(number, window, priority, style.one)
        : englishCall(number, window, priority),
  }));
  if (first === undefined) return [];
  return [...Array.from({ length: style.repeat + (insist ? 1 : 0) }, () => first), ...others];
}

/** `请A零二三号到十二号窗口办理`. */
export function chineseCall(number: string, window: string, priority: boolean, one: 'yi' | 'yao'): string {
  const digit = (value: number) => (value === 1 && one === 'yao' ? '幺' : chineseDigits[value]!);
  const ticket = number.replace(/\d/g, (character) => digit(Number(character)));
  return `请${priority ? '优先' : ''}${ticket}号到${chineseWindow(window)}窗口办理`;
}

/** `Ticket A zero two three, please go to window twelve`. */
export function englishCall(number: string, window: string, priority: boolean): string {
  const ticket = number.replace(/\d/g, (digit) => ` ${englishDigits[Number(digit)]} `);
  const words = `${ticket}`.replace(/ +/g, ' ').trim();
  const place = numberOf(window);
  const where = place === undefined ? window : englishNumber(place);
  return `${priority ? 'Priority ticket' : 'Ticket'} ${words}, please go to window ${where}`;
}

/** A name that ends in a digit is numbered (`A-3号`); one that does not (`VIP`) is only a name. */
function chineseWindow(window: string): string {
  const place = numberOf(window);
  if (place !== undefined) return `${chineseNumber(place)}号`;
  return /\d$/.test(window) ? `${window}号` : window;
}

/** A window's name as a number, where it is one that people say as one. */
function numberOf(window: string): number | undefined {
  return /^\d{1,4}$/.test(window) ? Number(window) : undefined;
}

/** A whole number from 0 to 9999 as it is said: 12 is 十二, 105 is 一百零五. */
export function chineseNumber(value: number): string {
  if (value < 10) return chineseDigits[value]!;
  const units = ['', '十', '百', '千'];
  const digits = [...String(value)].map(Number);
  let words = '';
  let skipped = false;
  for (const [index, digit] of digits.entries()) {
    if (digit === 0) {
      skipped = true;
      continue;
    }
    if (skipped) words += '零';
    skipped = false;
    words += `${chineseDigits[digit]}${units[digits.length - 1 - index]}`;
  }
  return value < 20 ? words.slice(1) : words;
}

/** A whole number from 0 to 9999 in English words. */
export function englishNumber(value: number): string {
  if (value < 10) return englishDigits[value]!;
  if (value < 20) return englishTeens[value - 10]!;
  if (value < 100) {
    const tens = englishTens[Math.floor(value / 10) - 2]!;
    return value % 10 === 0 ? tens : `${tens}-${englishDigits[value % 10]}`;
  }
  const [size, word] = value < 1_000 ? [100, 'hundred'] : [1_000, 'thousand'];
  const rest = value % size;
  const joint = rest === 0 ? '' : rest < 100 ? ' and ' : ' ';
  return `${englishDigits[Math.floor(value / size)]} ${word}${joint}${rest === 0 ? '' : englishNumber(rest)}`;
}

/** Chinese where there is a Chinese character in it. */
export function languageOf(text: string): Language {
  return /\p{Script=Han}/u.test(text) ? 'zh-CN' : 'en';
}
