/** Commands to the calling: tickets, windows, the business day. */
import * as v from 'valibot';
import { type CommandDeclaration, count, gives, name, takes, ticket, waitMinutes } from './declaration.js';

const duty = ['duty'] as const;
const at = v.pipe(name, v.description("where the paper is wanted: a printer's name, or the place of one"));
const printer = v.pipe(
  v.nullable(name),
  v.description('where the paper is to come out; null where none can print now'),
);
/**
 * The reply is given when the ticket is recorded, and paper takes longer: `ticket.printed` says what became of it.
 */
const print = v.pipe(
  v.picklist(['unconfirmed', 'waiting', 'none']),
  v.description(
    'unconfirmed: it goes to the printer now, and the event ticket.printed says what became of it; ' +
      'waiting: no printer can print now, it follows when one can; none: this controller has no printer',
  ),
);
const whichTicket = takes({ ticket });
const sameTicket = gives({ ticket: name });

const window = takes({ window: name });
/** Whom the window serves after it. */
const served = gives({
  ticket: v.nullable(name),
  number: v.nullable(name),
  held: v.exactOptional(
    v.pipe(
      v.literal(true),
      v.description('the call waits a moment for the rating of the service that ended'),
    ),
  ),
});

export const callingCommands = {
  'ticket.issue': {
    about: { 'zh-CN': '取号', en: 'Issues a ticket' },
    arguments: takes({
      queue: name,
      priority: v.optional(v.boolean(), false),
      onward: v.optional(
        v.pipe(v.array(name), v.maxLength(8), v.description('further queues of the same visitor, in order')),
        [],
      ),
      at: v.optional(at),
    }),
    result: gives({ ticket: name, number: name, ahead: count, waitMinutes, printer, print }),
    who: duty,
    paper: true,
    examples: [{ queue: 'general' }, { queue: 'general', priority: true, at: 'tickets' }],
  },
  'ticket.reprint': {
    about: { 'zh-CN': '补打号票', en: 'Prints a ticket that still waits once more' },
    arguments: takes({ ticket, at: v.optional(at) }),
    result: gives({ ticket: name, printer: name, print: v.literal('unconfirmed') }),
    who: duty,
    paper: true,
    examples: [{ ticket: 'A012' }],
  },
  'ticket.return': {
    about: { 'zh-CN': '过号重新排队', en: 'Takes a visitor who was skipped back into the queue' },
    arguments: whichTicket,
    result: sameTicket,
    who: duty,
    examples: [{ ticket: 'A012' }],
  },
  'ticket.cancel': {
    about: { 'zh-CN': '作废号票', en: 'Takes a ticket out of its queue' },
    arguments: whichTicket,
    result: sameTicket,
    who: duty,
    examples: [{ ticket: 'A012' }],
  },
  'ticket.transfer': {
    about: { 'zh-CN': '转到另一队列', en: 'Sends a visitor on to another queue, under the same number' },
    arguments: takes({ ticket, queue: name }),
    result: gives({ ticket: name, queue: name }),
    who: duty,
    examples: [{ ticket: 'A012', queue: 'social' }],
  },
  'ticket.prioritise': {
    about: { 'zh-CN': '设为优先', en: 'Gives a ticket that waits priority' },
    arguments: whichTicket,
    result: sameTicket,
    who: duty,
    examples: [{ ticket: 'A012' }],
  },
  'window.call': {
    about: {
      'zh-CN': '窗口叫下一位，或叫指定的号；正在办理的随之结束',
      en: 'Calls the next ticket, or the named one; a service that goes on there ends',
    },
    arguments: takes({ window: name, ticket: v.optional(ticket) }),
    result: served,
    who: duty,
    examples: [{ window: '5' }, { window: '5', ticket: 'A012' }],
  },
  'window.recall': {
    about: { 'zh-CN': '重呼', en: 'Calls the ticket at the window once more' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.skip': {
    about: { 'zh-CN': '过号', en: 'Skips the ticket at the window: nobody came' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.done': {
    about: { 'zh-CN': '办结；可注明事项', en: 'Ends the service at the window; matter: what it was about' },
    arguments: takes({ window: name, matter: v.optional(name) }),
    result: served,
    who: duty,
    examples: [{ window: '5' }, { window: '5', matter: 'registration' }],
  },
  'window.pause': {
    about: { 'zh-CN': '暂停服务', en: 'Pauses the window' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.resume': {
    about: { 'zh-CN': '恢复服务', en: 'Ends the pause' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.open': {
    about: { 'zh-CN': '开窗', en: 'Opens the window' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.close': {
    about: { 'zh-CN': '关窗', en: 'Closes the window' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.login': {
    about: { 'zh-CN': '工作人员登录窗口', en: 'Says who works at the window' },
    arguments: takes({ window: name, staff: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,40}$/)) }),
    result: served,
    who: duty,
    examples: [{ window: '5', staff: '0317' }],
  },
  'window.logout': {
    about: { 'zh-CN': '工作人员退出窗口', en: 'Says that nobody works at the window any more' },
    arguments: window,
    result: served,
    who: duty,
    examples: [{ window: '5' }],
  },
  'window.serve': {
    about: {
      'zh-CN': '改变窗口今天办理的队列；为空即恢复配置',
      en: 'Has the window serve these queues today; none: as configured',
    },
    arguments: takes({ window: name, queues: v.pipe(v.array(name), v.maxLength(64)) }),
    result: served,
    who: duty,
    examples: [{ window: '5', queues: ['general', 'social'] }],
  },
  'day.begin': {
    about: {
      'zh-CN': '时钟不可信时，由人确认今天的日期',
      en: 'A person says what day it is, where the clock cannot be trusted',
    },
    arguments: takes({ date: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/)) }),
    result: gives({ day: name }),
    who: duty,
    examples: [{ date: '2026-11-23' }],
  },
  'calling.adopt': {
    about: {
      'zh-CN': '由本机接管叫号；主机仍在时须加 force',
      en: 'This controller leads from now on what it has followed; force where the leader lives',
    },
    arguments: takes({ by: name, force: v.optional(v.boolean(), false) }),
    result: gives({
      from: name,
      waiting: v.pipe(v.record(v.string(), count), v.description('tickets that wait, by queue')),
    }),
    who: duty,
    examples: [{ by: 'zhao' }],
  },
  'manual.end': {
    about: {
      'zh-CN': '结束本机自己的号，未叫到的作废',
      en: 'This hand gives up its own numbers, whoever still waits with one',
    },
    arguments: takes({}),
    result: gives({ cancelled: v.array(name) }),
    who: duty,
    examples: [{ by: 'zhao' }],
  },
} as const satisfies Record<string, CommandDeclaration>;
