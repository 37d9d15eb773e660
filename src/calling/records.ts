/** The small JSON values that calling keeps, each under its own key, and how they are read back. */
import * as v from 'valibot';
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';

const name = v.string();
const nullableName = v.nullable(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const localDate = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));
const stamp = v.object({
  boot: name,
  monotonicMilliseconds: v.number(),
  wallMilliseconds: v.number(),
  quality: v.picklist(['synced', 'holdover', 'untrusted']),
}) satisfies v.GenericSchema<Stamp>;
/** A time that runs from a moment. */
const term = v.object({ from: stamp, milliseconds: v.number() });

export const recordSchemas = {
  day: v.object({ day: localDate }),
  /** `issued` counts the numbers of `day`; `order` is the place of its newest ticket among those of all queues. */
  queue: v.object({
    day: localDate,
    issued: count,
    order: count,
    issuedAt: v.nullable(stamp),
    lastCalled: nullableName,
  }),
  /** A ticket that has not ended: waiting while `called` is null, else being served. */
  ticket: v.object({
    number: name,
    day: localDate,
    queue: name,
    order: count,
    priority: v.boolean(),
    issuedAt: stamp,
    called: v.nullable(
      v.object({
        window: name,
        staff: nullableName,
        at: stamp,
        rule: v.picklist(['order', 'priority', 'named']),
        waitedSeconds: v.nullable(count),
      }),
    ),
  }),
  /** `staff` is who has logged in; `usedAt` is the last time that its state changed. */
  window: v.pipe(
    v.object({
      state: v.picklist(['closed', 'open', 'serving', 'paused']),
      ticket: nullableName,
      staff: nullableName,
      usedAt: v.nullable(stamp),
    }),
    v.check(
      (window) => (window.state === 'serving') === (window.ticket !== null),
      'serving without a ticket',
    ),
  ),
  /** `grace`: how long more presses after a rating belong to the same visitor. */
  rating: v.object({
    open: v.nullable(
      v.object({
        session: name,
        unit: nullableName,
        staff: nullableName,
        matter: nullableName,
        ticket: name,
        invitedAt: stamp,
        term,
      }),
    ),
    grace: v.nullable(term),
    quarantinedAt: v.nullable(stamp),
  }),
  /** The latest ratings for windows that nobody configured. */
  strays: v.object({ latest: v.array(v.object({ window: name, at: stamp })) }),
} as const;

export type Term = v.InferOutput<typeof term>;
export type QueueRecord = v.InferOutput<typeof recordSchemas.queue>;
export type TicketRecord = v.InferOutput<typeof recordSchemas.ticket>;
export type WindowRecord = v.InferOutput<typeof recordSchemas.window>;
export type RatingRecord = v.InferOutput<typeof recordSchemas.rating>;
export type StraysRecord = v.InferOutput<typeof recordSchemas.strays>;

/** A window that nobody has used yet today. */
export const closedWindow: WindowRecord = { state: 'closed', ticket: null, staff: null, usedAt: null };
/** A window where nobody was invited to rate. */
export const emptyRating: RatingRecord = { open: null, grace: null, quarantinedAt: null };

export const dayKey = 'calling/day';
export const straysKey = 'calling/strays';
export const ticketKey = (ticket: string) => `calling/ticket/${ticket}`;
export const queueKey = (queue: string) => `calling/queue/${queue}`;
export const windowKey = (window: string) => `calling/window/${window}`;
export const ratingKey = (window: string) => `calling/rating/${window}`;

export type RecordKind = keyof typeof recordSchemas;
const keyPattern = /^calling\/(?:(day|strays)|(ticket|queue|window|rating)\/(.+))$/s;

/** What a key stands for; `undefined` where it is none of calling's. */
export function readKey(key: string): { readonly kind: RecordKind; readonly name: string } | undefined {
  const match = keyPattern.exec(key);
  if (match === null) return undefined;
  return { kind: (match[1] ?? match[2]) as RecordKind, name: match[3] ?? '' };
}

/** A value read back, or what is wrong with it. */
export function readRecord<Kind extends RecordKind>(
  kind: Kind,
  value: Json,
): { readonly record: v.InferOutput<(typeof recordSchemas)[Kind]> } | { readonly problem: string } {
  const result = v.safeParse(recordSchemas[kind], value);
  if (result.success) return { record: result.output as v.InferOutput<(typeof recordSchemas)[Kind]> };
  return { problem: v.flatten(result.issues).root?.[0] ?? describeIssue(result.issues[0]) };
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
}
