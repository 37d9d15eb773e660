import { fillText, type Text } from '../kernel/text.js';

/** Every reason for which calling says no, as people are told it. */
export const refusalTexts = {
  'queue.unknown': { 'zh-CN': '没有名为“{queue}”的业务队列。', en: 'There is no queue {queue}.' },
  'queue.full': {
    'zh-CN': '等候的号票太多（{limit} 张），暂停取号。',
    en: 'Too many tickets are waiting ({limit}); no more are issued now.',
  },
  'queue.numbers-unknown': {
    'zh-CN': '“{queue}”队列今天已发到几号的记录已损坏，为避免重号，下一个工作日前不再发号。',
    en: 'The record of how far queue {queue} has counted today is damaged; to give no number twice it issues none before the next business day.',
  },
  'window.unknown': { 'zh-CN': '没有“{window}”号窗口。', en: 'There is no window {window}.' },
  'window.nobody-called': {
    'zh-CN': '“{window}”号窗口没有正在办理的号票。',
    en: 'Nobody is being served at window {window}.',
  },
  'ticket.unknown': { 'zh-CN': '没有号票“{ticket}”。', en: 'There is no ticket {ticket}.' },
  'ticket.ended': { 'zh-CN': '号票“{ticket}”已经结束。', en: 'Ticket {ticket} has ended already.' },
  'ticket.called': {
    'zh-CN': '{number} 号已在“{window}”号窗口办理。',
    en: 'Ticket {number} is being served at window {window} already.',
  },
  'staff.missing': {
    'zh-CN': '登录需要工号。',
    en: 'A log-in needs the name or number of the staff member.',
  },
  'rating.level-unknown': {
    'zh-CN': '评价等级应为 1 至 5，收到的是“{level}”。',
    en: 'A rating is a whole number from 1 to 5, not {level}.',
  },
} as const satisfies Record<string, Text>;

export type RefusalCode = keyof typeof refusalTexts;

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: Text;
}

const longestName = 60;

/** A refusal with its words; overlong names from outside are cut. */
export function refusal(code: RefusalCode, values: Readonly<Record<string, string | number>> = {}): Refusal {
  const cut = Object.entries(values).map(([name, value]) => {
    const text = String(value);
    return [name, text.length > longestName ? `${text.slice(0, longestName)}…` : text] as const;
  });
  return { code, message: fillText(refusalTexts[code], Object.fromEntries(cut)) };
}
