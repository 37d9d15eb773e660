/** Events of the calling: tickets, windows, ratings, keys. */
import * as v from 'valibot';
import { chainPattern } from '../rating-chain.js';
import { type EventDeclaration, estimate, name, nullableName, wholeSeconds } from './fields.js';

const ticketEnd = {
  ticket: name,
  number: name,
  queue: name,
  window: nullableName,
  staff: nullableName,
  servedSeconds: v.optional(wholeSeconds),
  to: v.optional(name),
};
const ticketCall = {
  ticket: name,
  number: name,
  queue: name,
  window: name,
  staff: nullableName,
  rule: v.picklist(['order', 'priority', 'returned', 'transfer', 'named']),
  waitedSeconds: wholeSeconds,
};
const windowChange = { window: name, staff: nullableName, reason: v.optional(name) };
const level = v.picklist([1, 2, 3, 4, 5]);

export const callingEvents = {
  'ticket.issued': {
    keep: 5,
    data: v.object({
      ticket: name,
      number: name,
      day: name,
      queue: name,
      matter: nullableName,
      priority: v.boolean(),
      ahead: v.number(),
      waitMinutes: estimate,
    }),
  },
  'ticket.called': { keep: 4, data: v.object(ticketCall) },
  'ticket.recalled': { keep: 4, data: v.object(ticketCall) },
  'ticket.served': { keep: 5, data: v.object(ticketEnd) },
  'ticket.skipped': { keep: 5, data: v.object(ticketEnd) },
  'ticket.returned': { keep: 5, data: v.object(ticketEnd) },
  'ticket.transferred': { keep: 5, data: v.object(ticketEnd) },
  'ticket.prioritised': { keep: 4, data: v.object(ticketEnd) },
  'ticket.cancelled': { keep: 5, data: v.object(ticketEnd) },
  'ticket.expired': { keep: 5, data: v.object(ticketEnd) },
  'window.opened': { keep: 4, data: v.object(windowChange) },
  'window.paused': { keep: 4, data: v.object(windowChange) },
  'window.resumed': { keep: 4, data: v.object(windowChange) },
  'window.closed': { keep: 4, data: v.object(windowChange) },
  'window.unattended': { keep: 4, data: v.object(windowChange) },
  'rating.submitted': {
    keep: 5,
    chained: true,
    data: v.object({
      session: nullableName,
      level,
      reasons: v.array(name),
      window: name,
      unit: nullableName,
      staff: nullableName,
      matter: nullableName,
      ticket: nullableName,
      caseRef: v.optional(name),
      channel: v.picklist(['key', 'page', 'qr']),
      invitedAt: nullableName,
      at: nullableName,
      callbackDue: v.optional(name),
      fixDue: v.optional(name),
      quarantined: v.optional(v.boolean()),
      /** Hash over the rating before it and this one (`rating-chain.ts`): the store fills it in. */
      chain: v.optional(v.pipe(v.string(), v.regex(chainPattern))),
      suspect: v.optional(v.array(v.picklist(['too-soon', 'short-service', 'run-of-fives']))),
    }),
  },
  'rating.missed': {
    keep: 5,
    data: v.object({
      session: name,
      window: name,
      staff: nullableName,
      matter: nullableName,
      ticket: nullableName,
    }),
  },
  'rating.repeat-bad': {
    keep: 5,
    data: v.object({ staff: name, matter: name, ratings: v.array(name) }),
  },
  'key.pressed': {
    keep: 2,
    data: v.object({
      device: name,
      window: nullableName,
      /** A caller's key, `login`, a level `1` to `5`, or `ticket` with the queue of a ticket button. */
      key: name,
      /** Who logs in. */
      staff: v.optional(name),
      /** Of a ticket button. */
      priority: v.optional(v.boolean()),
      place: v.optional(name),
    }),
  },
  /** A person had this controller take over the calling of another one. */
  'calling.adopted': {
    keep: 5,
    data: v.object({ from: name, by: name, queues: v.array(name), tickets: v.number() }),
  },
} as const satisfies Record<string, EventDeclaration>;
