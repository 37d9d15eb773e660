/** Durable events: their types and data, declared once; the envelope is CloudEvents 1.0. */
import * as v from 'valibot';
import { chainPattern } from './rating-chain.js';

const name = v.string();
const nullableName = v.nullable(v.string());
const wholeSeconds = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));
const level = v.picklist([1, 2, 3, 4, 5]);

/** Three figures of an estimate; `null` where there is none. */
const estimate = v.nullable(v.object({ low: v.number(), median: v.number(), high: v.number() }));
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
const text = v.object({ 'zh-CN': v.string(), en: v.string() });
const fault = {
  id: name,
  device: name,
  code: name,
  parts: v.optional(v.array(name)),
  status: v.picklist(['good', 'maintenance-required', 'out-of-specification', 'function-check', 'failure']),
  severity: v.picklist(['high', 'medium', 'low']),
  audience: v.picklist(['maintenance', 'duty', 'admin']),
  text,
  action: text,
  since: v.string(),
  acknowledged: v.nullable(v.object({ by: v.string(), at: v.string(), note: v.optional(v.string()) })),
  count: v.number(),
  affected: v.optional(v.array(name)),
  evidence: v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()]))),
  session: v.number(),
};
const configOutcome = {
  revision: v.number(),
  state: v.picklist(['applying', 'applied', 'rejected', 'rolled-back']),
  hash: v.nullable(v.string()),
  errors: v.array(v.object({ path: v.string(), message: v.string() })),
  devices: v.record(v.string(), v.picklist(['kept', 'started', 'restarted', 'stopped'])),
};

/** What is let go first when the storage is full: the lowest number. */
export type KeepClass = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * Every event type with the schema of its data and its place in the order of letting go. `chained`: the store adds
 * `data.chain` to each (`rating-chain.ts`).
 */
export const eventTypes = {
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
  'fault.raised': { keep: 3, data: v.object(fault) },
  'fault.cleared': { keep: 3, data: v.object({ ...fault, durationSeconds: wholeSeconds }) },
  'fault.acknowledged': { keep: 3, data: v.object(fault) },
  'supply.changed': {
    keep: 3,
    data: v.object({
      device: name,
      supply: name,
      levelPercent: v.nullable(v.number()),
      state: v.picklist(['ok', 'low', 'empty', 'some', 'unknown']),
      daysLeft: estimate,
    }),
  },
  'occupancy.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      seats: v.number(),
      takenMinimum: v.nullable(v.number()),
      takenMean: v.nullable(v.number()),
      takenMaximum: v.nullable(v.number()),
      /** Part of the time for which it is known, 0 to 100. */
      knownPercent: v.number(),
    }),
  },
  /** People through a door in five minutes, and how many are inside by that. */
  'entrance.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      entered: v.number(),
      left: v.number(),
      /** Passages past a sensor that does not know the direction; absent where there were none. */
      unknownDirection: v.optional(v.number()),
      occupancy: estimate,
      knownPercent: v.number(),
    }),
  },
  'washroom.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      visits: v.nullable(v.number()),
      visitsSinceCleaned: v.nullable(v.number()),
      smellMean: v.nullable(v.number()),
      smellMaximum: v.nullable(v.number()),
      temperatureMean: v.nullable(v.number()),
      humidityMean: v.nullable(v.number()),
      wet: v.nullable(v.boolean()),
      knownPercent: v.number(),
    }),
  },
  'washroom.cleaned': {
    keep: 4,
    data: v.object({
      device: name,
      visitsSinceCleaned: v.nullable(v.number()),
      /** Since when cleaning was due; `null` where it was not. */
      dueSince: v.nullable(v.string()),
      because: v.array(v.picklist(['visits', 'hours', 'smell', 'water'])),
      /** From due to clean; `null` where it was not due, or nobody knows how long that was. */
      dueSeconds: wholeSeconds,
      by: v.nullable(name),
    }),
  },
  'config.applied': { keep: 4, data: v.object(configOutcome) },
  'config.rejected': { keep: 4, data: v.object(configOutcome) },
  'config.rolled-back': { keep: 4, data: v.object(configOutcome) },
  'command.done': { keep: 1, data: v.object({ name, id: name }) },
  'command.refused': { keep: 1, data: v.object({ name, id: nullableName, reason: name }) },
} as const satisfies Record<string, { keep: KeepClass; chained?: true; data: v.GenericSchema }>;

export type EventType = keyof typeof eventTypes;
export type EventData<Type extends EventType> = v.InferInput<(typeof eventTypes)[Type]['data']>;

/** Events that a device records itself; `device` in their data is its name. */
export type DeviceEventType =
  | 'supply.changed'
  | 'occupancy.summary'
  | 'entrance.summary'
  | 'washroom.summary'
  | 'washroom.cleaned';

/** An event before it is recorded. */
export type NewEvent = {
  [Type in EventType]: { readonly type: Type; readonly subject: string; readonly data: EventData<Type> };
}[EventType];

/** Types whose events make one chain. */
export const chainedTypes: ReadonlySet<string> = new Set(
  Object.entries(eventTypes).flatMap(([type, declaration]) => ('chained' in declaration ? [type] : [])),
);

/** Content type of an event's message. */
export const eventContentType = 'application/cloudevents+json';

/** `/hallward/{hall}/{controller}`. */
export function eventSource(hall: string, controller: string): string {
  return `/hallward/${hall}/${controller}`;
}

/** A sequence number as it stands in the envelope: 16 digits, so that texts sort like numbers. */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
