/** Events of telling people: what was shown, said and printed, and what carries on when one way is down. */
import * as v from 'valibot';
import { type EventDeclaration, name, nullableName, text } from './fields.js';

export const tellingEvents = {
  'ticket.shown': {
    keep: 4,
    data: v.object({
      ticket: name,
      device: name,
      result: v.picklist(['confirmed', 'sent', 'failed']),
      afterMilliseconds: v.nullable(v.number()),
    }),
  },
  'ticket.printed': {
    keep: 4,
    data: v.object({
      ticket: name,
      number: name,
      /** `null` where no printer could be had in time. */
      device: nullableName,
      result: v.picklist(['confirmed', 'sent', 'failed']),
      copy: v.pipe(v.number(), v.integer(), v.minValue(1)),
      afterMilliseconds: v.nullable(v.number()),
      reason: v.optional(name),
    }),
  },
  /** What was spoken of a call; `ticket.shown` is for boards. */
  'ticket.announced': {
    keep: 4,
    data: v.object({
      ticket: name,
      device: name,
      result: v.picklist(['confirmed', 'sent', 'failed']),
      afterMilliseconds: v.nullable(v.number()),
      reason: v.optional(name),
    }),
  },
  /** A way of telling people has failed and another carries on, or is back. */
  'channel.changed': {
    keep: 3,
    data: v.object({
      channel: v.picklist(['board', 'voice', 'printer', 'display', 'leader']),
      /** The window of a board; else the device, or the controller that leads. */
      at: name,
      state: v.picklist(['down', 'up']),
      carriedBy: v.array(name),
      text,
      action: text,
    }),
  },
  /** Free text was shown or said, or taken back: who, what, until when. */
  'text.shown': {
    keep: 4,
    data: v.object({
      name,
      device: nullableName,
      text: v.nullable(v.string()),
      by: nullableName,
      expiresAt: nullableName,
    }),
  },
  /** The hall was blanked, or the fire alarm stands (`active`), or that is over. */
  'hall.alarm': {
    keep: 4,
    data: v.object({ kind: v.picklist(['fire', 'blank']), active: v.boolean(), device: nullableName }),
  },
} as const satisfies Record<string, EventDeclaration>;
