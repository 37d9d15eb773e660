/** Commands of whoever leads the hall from outside, and words for people. */
import * as v from 'valibot';
import {
  type CommandDeclaration,
  count,
  freeText,
  gives,
  minutes,
  name,
  passing,
  takes,
  ticketNumber,
  warrant,
} from './declaration.js';

const boardStyle = v.picklist(['plain', 'urgent', 'priority', 'blink', 'paused', 'closed']);
/** `confirmed`: the device says so; `sent`: it cannot tell. */
const done = v.picklist(['confirmed', 'sent']);
const notice = v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)), 'notice');
const leads = ['queue-system', 'leader'] as const;
const speaks = ['duty', 'announcer'] as const;

export const tellingCommands = {
  'board.show': {
    about: {
      'zh-CN': '在一块屏上显示号码、窗口状态或文字',
      en: 'Shows a number, the state of a window or a text on one board',
    },
    arguments: takes({
      device: name,
      text: v.optional(
        v.pipe(
          freeText,
          v.description("a ticket's number, or a free text; empty for a board without either"),
        ),
        '',
      ),
      style: v.optional(
        v.pipe(
          v.union([boardStyle, v.pipe(v.array(boardStyle), v.maxLength(6))]),
          v.description(
            'urgent: of a free text; priority, blink: of a number; paused, closed: what the window is instead of open',
          ),
        ),
        'plain',
      ),
      business: v.optional(
        v.pipe(
          v.string(),
          v.maxLength(80),
          v.description('what the window does, for a board with words between calls'),
        ),
      ),
      calls: v.optional(
        v.pipe(
          v.array(
            v.strictObject({ ticket: name, number: ticketNumber, window: name, priority: v.boolean() }),
          ),
          v.maxLength(20),
          v.description('for a board of the whole hall: the last calls, newest first'),
        ),
      ),
      minutes: v.optional(v.pipe(minutes, v.description('how long a free text stays; 15 if not said'))),
      ...warrant,
      ...passing,
    }),
    result: gives({ shown: done }),
    who: ['duty', ...leads],
    examples: [
      { device: 'board-5', text: 'A012' },
      { device: 'board-5', text: '请到6号窗口', minutes: 30 },
    ],
  },
  say: {
    about: {
      'zh-CN': '语音播报文字或叫号，或停止播报',
      en: 'Has the voice say a text or a call, or be silent',
    },
    arguments: v.pipe(
      takes({
        device: v.optional(v.pipe(name, v.description('one voice; all of them if not said'))),
        text: v.optional(v.pipe(freeText, v.minLength(1))),
        call: v.optional(
          v.pipe(
            v.strictObject({
              ticket: name,
              number: ticketNumber,
              window: name,
              priority: v.optional(v.boolean(), false),
              insist: v.optional(v.boolean(), false),
            }),
            v.description('a call: the voice makes the words itself, so it is no free text'),
          ),
        ),
        silence: v.optional(
          v.pipe(v.boolean(), v.description('takes back what is being said and waits to be')),
          false,
        ),
        ...warrant,
        ...passing,
      }),
      v.check(
        ({ text, call, silence }) =>
          [text !== undefined, call !== undefined, silence].filter(Boolean).length === 1,
        'one of text, call and silence',
      ),
    ),
    // Of a call only: words wait for their turn, and nobody waits for them.
    result: v.optional(gives({ said: done })),
    who: ['duty', 'announcer', ...leads],
    examples: [
      { text: '请带小孩的家长照看好孩子' },
      { device: 'voice', call: { ticket: 'A012', number: 'A012', window: '5' } },
      { silence: true },
    ],
  },
  'rating.invite': {
    about: {
      'zh-CN': '请窗口前的人评价',
      en: 'Asks the visitor at a window for a rating',
    },
    arguments: takes({
      device: v.optional(name),
      window: name,
      unit: v.optional(v.nullable(name), null),
      staff: v.optional(v.nullable(name), null),
      matter: v.optional(v.nullable(name), null),
      ticket: v.optional(v.nullable(name), null),
      caseRef: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/))), null),
      forward: v.optional(
        v.pipe(
          v.boolean(),
          v.description(
            'the sender keeps the session itself: only lamps are lit, presses leave as key.pressed',
          ),
        ),
        false,
      ),
      end: v.optional(v.pipe(v.boolean(), v.description('ends such an invitation')), false),
      ...passing,
    }),
    result: null,
    who: leads,
    examples: [
      { window: '5', unit: 'Human Resources', staff: '0317', matter: 'registration', ticket: 'T-8812' },
    ],
  },
  'ticket.print': {
    about: {
      'zh-CN': '在一台打印机上打印文字或一张号票',
      en: 'Prints lines, or a ticket, on one printer',
    },
    arguments: takes({
      device: name,
      lines: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(60)), []),
      qr: v.optional(v.pipe(v.string(), v.maxLength(300))),
      ticket: v.optional(
        v.pipe(
          v.strictObject({
            ticket: name,
            number: ticketNumber,
            matter: v.nullable(v.pipe(v.string(), v.maxLength(80))),
            priority: v.boolean(),
            ahead: v.nullable(count),
            waitMinutes: v.exactOptional(v.nullable(v.strictObject({ low: v.number(), high: v.number() }))),
            qr: v.exactOptional(v.pipe(v.string(), v.maxLength(300), v.regex(/^https?:\/\//))),
            issuedAt: v.nullable(v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/))),
            copy: v.pipe(v.number(), v.integer(), v.minValue(1)),
          }),
          v.description('instead of lines: the printer lays it out as its own, so it is no free text'),
        ),
      ),
      ...warrant,
    }),
    result: gives({
      printed: v.pipe(
        v.picklist(['confirmed', 'sent', 'unconfirmed']),
        v.description(
          'confirmed: the printer says so; sent: it cannot tell; unconfirmed: the controller ended in the middle of it',
        ),
      ),
    }),
    who: leads,
    paper: true,
    unconfirmed: { printed: 'unconfirmed' },
    examples: [{ device: 'tickets', lines: ['A012', '前面 3 人'] }],
  },
  'notice.set': {
    about: { 'zh-CN': '在所有屏上显示公告', en: 'Shows a notice on all boards and pages' },
    arguments: takes({
      notice,
      text: v.pipe(freeText, v.minLength(1)),
      minutes: v.optional(minutes, 60),
      ...warrant,
    }),
    result: null,
    who: speaks,
    examples: [{ text: '今天16:30停止取号', minutes: 120 }],
  },
  'notice.clear': {
    about: { 'zh-CN': '撤下公告', en: 'Takes a notice back' },
    arguments: takes({ notice }),
    result: null,
    who: speaks,
    examples: [{ notice: 'notice' }],
  },
  'hall.blank': {
    about: { 'zh-CN': '全厅黑屏静音，或恢复', en: 'Blanks all boards and silences the voice, or ends that' },
    arguments: takes({ active: v.boolean() }),
    result: null,
    who: speaks,
    examples: [{ active: true, by: 'zhao' }],
  },
} as const satisfies Record<string, CommandDeclaration>;
