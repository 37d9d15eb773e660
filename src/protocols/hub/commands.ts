/** Commands that a controller takes, each with the schema of its arguments (docs/contract.md, section 6). */
import * as v from 'valibot';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const window = v.object({ window: name });

/** An id that a sender gives a command, so that it can be said twice and done once. */
export const commandIdPattern = /^[A-Za-z0-9-]{1,64}$/;

const ticket = v.object({ ticket: name });
const freeText = v.pipe(v.string(), v.maxLength(200));
/** What words for people carry besides: who says them, and the warrant where the configuration asks for one. */
const warrant = { by: v.optional(name), signature: v.optional(v.pipe(v.string(), v.maxLength(200))) };
/** What a ticket's number looks like: no free text. */
export const ticketNumberPattern = /^[A-Z]{0,2}\d{1,6}$/;
const ticketNumber = v.pipe(v.string(), v.regex(ticketNumberPattern));
const boardStyle = v.picklist(['plain', 'urgent', 'priority', 'blink', 'paused', 'closed']);
/** Said over and over by a controller that leads: done and answered, but not recorded. */
const passing = { passing: v.optional(v.boolean(), false) };
const minutes = v.pipe(v.number(), v.minValue(1), v.maxValue(24 * 60));

export const commandSchemas = {
  'ticket.issue': v.object({
    queue: name,
    priority: v.optional(v.boolean(), false),
    /** Further queues of the same visitor. */
    onward: v.optional(v.pipe(v.array(name), v.maxLength(8)), []),
    at: v.optional(name),
  }),
  'ticket.return': ticket,
  'ticket.cancel': ticket,
  'ticket.transfer': v.object({ ticket: name, queue: name }),
  'ticket.prioritise': ticket,
  'ticket.reprint': v.object({ ticket: name, at: v.optional(name) }),
  'window.call': v.object({ window: name, ticket: v.optional(name) }),
  'window.recall': window,
  'window.skip': window,
  'window.done': v.object({ window: name, matter: v.optional(name) }),
  'window.pause': window,
  'window.resume': window,
  'window.open': window,
  'window.close': window,
  'window.login': v.object({ window: name, staff: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,40}$/)) }),
  'window.logout': window,
  'window.serve': v.object({ window: name, queues: v.pipe(v.array(name), v.maxLength(64)) }),
  'rating.invite': v.object({
    device: v.optional(name),
    window: name,
    unit: v.optional(v.nullable(name), null),
    staff: v.optional(v.nullable(name), null),
    matter: v.optional(v.nullable(name), null),
    ticket: v.optional(v.nullable(name), null),
    caseRef: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/))), null),
    /** The sender keeps the session itself: only the lamps are lit, and presses leave as `key.pressed`. */
    forward: v.optional(v.boolean(), false),
    /** Ends such an invitation. */
    end: v.optional(v.boolean(), false),
    ...passing,
  }),
  'board.show': v.object({
    device: name,
    /** A ticket's number, or a free text; empty for a board without either. */
    text: v.optional(freeText, ''),
    /**
     * How it stands there; several together. `urgent`: of a free text. `priority`, `blink`: of a number. `paused`,
     * `closed`: what the window is instead of open.
     */
    style: v.optional(v.union([boardStyle, v.pipe(v.array(boardStyle), v.maxLength(6))]), 'plain'),
    /** What the window does, for a board with words between calls. */
    business: v.optional(v.pipe(v.string(), v.maxLength(80))),
    /** For a board of the whole hall: the last calls, newest first. */
    calls: v.optional(
      v.pipe(
        v.array(v.object({ ticket: name, number: ticketNumber, window: name, priority: v.boolean() })),
        v.maxLength(20),
      ),
    ),
    minutes: v.optional(minutes),
    ...warrant,
    ...passing,
  }),
  say: v.pipe(
    v.object({
      device: v.optional(name),
      text: v.optional(v.pipe(freeText, v.minLength(1))),
      /** A call: the voice makes the words itself, so it is no free text. */
      call: v.optional(
        v.object({
          ticket: name,
          number: ticketNumber,
          window: name,
          priority: v.optional(v.boolean(), false),
          insist: v.optional(v.boolean(), false),
        }),
      ),
      /** Takes back what is being said and waits to be. */
      silence: v.optional(v.boolean(), false),
      ...warrant,
      ...passing,
    }),
    v.check(
      ({ text, call, silence }) =>
        [text !== undefined, call !== undefined, silence].filter(Boolean).length === 1,
      'one of text, call and silence',
    ),
  ),
  'ticket.print': v.object({
    device: name,
    lines: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(60)), []),
    qr: v.optional(v.pipe(v.string(), v.maxLength(300))),
    /** A ticket instead of lines: the printer lays it out as its own, so it is no free text. */
    ticket: v.optional(
      v.object({
        ticket: name,
        number: ticketNumber,
        matter: v.nullable(v.pipe(v.string(), v.maxLength(80))),
        priority: v.boolean(),
        ahead: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
        waitMinutes: v.exactOptional(v.nullable(v.object({ low: v.number(), high: v.number() }))),
        qr: v.exactOptional(v.pipe(v.string(), v.maxLength(300), v.regex(/^https?:\/\//))),
        issuedAt: v.nullable(v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d \d\d:\d\d$/))),
        copy: v.pipe(v.number(), v.integer(), v.minValue(1)),
      }),
    ),
    ...warrant,
  }),
  'notice.set': v.object({
    notice: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)), 'notice'),
    text: v.pipe(freeText, v.minLength(1)),
    minutes: v.optional(minutes, 60),
    ...warrant,
  }),
  'notice.clear': v.object({
    notice: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/)), 'notice'),
    by: v.optional(name),
  }),
  'hall.blank': v.object({ active: v.boolean(), by: v.optional(name) }),
  'day.begin': v.object({ date: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/)), by: v.optional(name) }),
  /** This controller leads from now on what it has followed; `force` where the leader lives. */
  'calling.adopt': v.object({ by: name, force: v.optional(v.boolean(), false) }),
  /** The hand gives up its own numbers, whoever still waits with one. */
  'manual.end': v.object({ by: v.optional(name) }),
  /** Somebody has put in new paper, ink, soap: what the device learned of the old one is over. */
  'supply.replaced': v.object({ device: name, supply: v.optional(name), by: v.optional(name) }),
  'washroom.cleaned': v.object({ device: name, by: v.optional(name) }),
  'fault.acknowledge': v.object({
    device: name,
    code: name,
    by: name,
    note: v.optional(v.pipe(v.string(), v.maxLength(200))),
  }),
  'events.resend': v.object({
    store: name,
    from: v.pipe(v.number(), v.integer(), v.minValue(1)),
    to: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
} as const;

export type CommandName = keyof typeof commandSchemas;
export type CommandArguments<Name extends CommandName> = v.InferOutput<(typeof commandSchemas)[Name]>;

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commandSchemas, text);
}
