import { fillText, type Text } from '../kernel/text.js';

/** Every reason for which calling says no, as people are told it. */
export const refusalTexts = {
  'queue.unknown': { 'zh-CN': '没有名为“{queue}”的业务队列。', en: 'There is no queue {queue}.' },
  'queue.claimed-elsewhere': {
    'zh-CN': '“{queue}”队列由“{controller}”负责，请到那里取号。',
    en: 'Queue {queue} is led by {controller}; please take a ticket there.',
  },
  'queue.full': {
    'zh-CN': '等候的号票太多（{limit} 张），暂停取号。',
    en: 'Too many tickets are waiting ({limit}); no more are issued now.',
  },
  'queue.closing': {
    'zh-CN': '“{queue}”今天已办不完新的号，暂停取号。',
    en: 'What waits in queue {queue} fills the rest of the day; no more tickets today.',
  },
  'queue.closed': {
    'zh-CN': '大厅现在不在办公时间，“{queue}”暂不取号。',
    en: 'The hall is closed now; queue {queue} gives out no tickets.',
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
  'printer.none': { 'zh-CN': '现在没有取号打印机可以出票。', en: 'No ticket printer can print now.' },
  'ticket.called': {
    'zh-CN': '{number} 号已在“{window}”号窗口办理。',
    en: 'Ticket {number} is being served at window {window} already.',
  },
  'ticket.not-skipped': {
    'zh-CN': '{number} 号没有过号，不用恢复。',
    en: 'Ticket {number} was not skipped; there is nothing to return from.',
  },
  'ticket.returned-already': {
    'zh-CN': '{number} 号已经恢复过一次，请重新取号。',
    en: 'Ticket {number} has returned once already; please take a new one.',
  },
  'ticket.there-already': {
    'zh-CN': '{number} 号已经在“{queue}”队列。',
    en: 'Ticket {number} is in queue {queue} already.',
  },
  'day.invalid': {
    'zh-CN': '“{date}”不是日期，应为 2026-11-22 这样的形式。',
    en: '{date} is no date such as 2026-11-22.',
  },
  'day.not-later': {
    'zh-CN': '{day} 已经开始，只能开始更晚的一天。',
    en: 'The day {day} has begun; only a later one can begin.',
  },
  'day.too-far': {
    'zh-CN': '现在最多只能开始 {latest}，不能开始 {date}。',
    en: 'The latest day that can begin now is {latest}, not {date}.',
  },
  'ticket.too-many-queues': {
    'zh-CN': '一张号票最多依次办理 {limit} 个业务队列。',
    en: 'One ticket goes through {limit} queues at most.',
  },
  'rating.session-over': {
    'zh-CN': '这次服务的评价已经结束。',
    en: 'The time to rate this service is over.',
  },
  'rating.reason-unknown': {
    'zh-CN': '评价原因“{reason}”不在列表中。',
    en: 'There is no reason {reason} for a rating.',
  },
  'hall.alarm': {
    'zh-CN': '消防报警期间停止叫号和取号。',
    en: 'The fire alarm stands: nothing is called and no tickets are given out.',
  },
  'rating.reasons-too-many': {
    'zh-CN': '一次评价最多选 {limit} 个原因。',
    en: 'A rating may give {limit} reasons at most.',
  },
  'rating.no-evaluator': {
    'zh-CN': '“{window}”号窗口没有评价器，不能邀请评价。',
    en: 'There is nothing to rate with at window {window}; nobody can be invited there.',
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
