/** The small JSON values that calling keeps, each under its own key, and how they are read back. */
import * as v from 'valibot';
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';
import { paceRecord } from './pace-record.js';

const name = v.string();
const nullableName = v.nullable(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What somebody expected when the ticket was issued, in seconds, told or not: its coverage is measured. */
const guess = v.object({
  lowSeconds: v.number(),
  medianSeconds: v.number(),
  highSeconds: v.number(),
  /** What was reckoned, and the unit of its uncertainty: the wait is compared with these (`estimate.ts`). */
  expectedSeconds: v.number(),
  scaleSeconds: v.pipe(v.number(), v.minValue(1)),
  /** Why it was not told although its like are: it may reach across a break, or those before it wait overlong. */
  doubt: v.nullable(v.picklist(['break', 'overdue'])),
});
const rule = v.picklist(['order', 'priority', 'returned', 'transfer', 'named']);
const localDate = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));
const stamp = v.object({
  boot: name,
  monotonicMilliseconds: v.number(),
  wallMilliseconds: v.number(),
  quality: v.picklist(['synced', 'holdover', 'untrusted']),
}) satisfies v.GenericSchema<Stamp>;
/** A time that runs from a moment. */
const term = v.object({ from: stamp, milliseconds: v.number() });

const recordSchemas = {
  day: v.object({ day: localDate }),
  /** `issued` counts the numbers of `day`; `order` is the place of its newest ticket among those of all queues. */
  queue: v.object({
    day: localDate,
    issued: count,
    order: count,
    issuedAt: v.nullable(stamp),
    lastCalled: nullableName,
    /** Calls since the last one that went to a priority ticket. */
    sincePriority: count,
  }),
  /**
   * A ticket of today: waiting while `called` and `skipped` are null, else being served, or skipped (which ends it
   * unless its visitor returns today).
   */
  ticket: v.pipe(
    v.object({
      number: name,
      day: localDate,
      queue: name,
      /** Its place among all tickets; not whole where it came back between two others. */
      order: v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
      priority: v.boolean(),
      issuedAt: stamp,
      /** Since when it waits in this queue. */
      since: stamp,
      /** How it came to its place, where not by being issued. */
      via: v.nullable(v.picklist(['returned', 'transfer'])),
      /** Its visitor came back once after being skipped. */
      returned: v.boolean(),
      /** Queues that its visitor goes through afterwards. */
      onward: v.array(name),
      guess: v.nullable(guess),
      called: v.nullable(
        v.object({
          window: name,
          staff: nullableName,
          at: stamp,
          rule,
          waitedSeconds: v.nullable(count),
          /** How many times it was called here. */
          times: count,
          /** The call followed a held `next`, not the press itself. */
          held: v.exactOptional(v.literal(true)),
        }),
      ),
      skipped: v.nullable(v.object({ at: stamp, window: nullableName })),
    }),
    v.check((ticket) => ticket.called === null || ticket.skipped === null, 'called and skipped'),
  ),
  /** `staff` is who has logged in; `usedAt` is the last time that its state changed. */
  window: v.pipe(
    v.object({
      state: v.picklist(['closed', 'open', 'serving', 'paused']),
      ticket: nullableName,
      staff: nullableName,
      usedAt: v.nullable(stamp),
      /** Queues it serves today by order of staff; `null`: those of the configuration. */
      queues: v.nullable(v.array(name)),
      /** `next` was asked for: the call follows when this is over, or the rating before it is given. */
      hold: v.nullable(term),
      /** It was told that nobody attends to it. */
      unattended: v.boolean(),
    }),
    v.check(
      (window) => (window.state === 'serving') === (window.ticket !== null),
      'serving without a ticket',
    ),
    v.check((window) => window.hold === null || window.state === 'open', 'a held call where none can be'),
  ),
  /** `grace`: how long more presses after a rating belong to the same visitor. */
  rating: v.object({
    open: v.nullable(
      v.object({
        session: name,
        unit: nullableName,
        staff: nullableName,
        matter: nullableName,
        ticket: nullableName,
        /** The hub's own reference, said back with the rating; means nothing here. */
        caseRef: nullableName,
        servedSeconds: v.nullable(count),
        invitedAt: stamp,
        term,
      }),
    ),
    grace: v.nullable(term),
    quarantinedAt: v.nullable(stamp),
    /** Fives in a row. */
    fives: count,
    /** Invitations and ratings of the day, for the share of people who rate. */
    day: v.nullable(localDate),
    invited: count,
    rated: count,
  }),
  /** The latest bad ratings that can be tied, over all windows. */
  bad: v.object({
    latest: v.array(v.object({ session: name, staff: name, matter: name, at: stamp })),
  }),
  /** How fast a queue moves; only `estimate.ts` knows what is in it. */
  pace: paceRecord,
  /** The latest change of any window's schedule that has come today, `HH:MM`; `null` before the first. */
  plan: v.object({ time: v.nullable(name) }),
  /** The latest ratings for windows that nobody configured. */
  strays: v.object({ latest: v.array(v.object({ window: name, at: stamp })) }),
} as const;

export type Term = v.InferOutput<typeof term>;
export type QueueRecord = v.InferOutput<typeof recordSchemas.queue>;
export type TicketRecord = v.InferOutput<typeof recordSchemas.ticket>;
export type WindowRecord = v.InferOutput<typeof recordSchemas.window>;
export type RatingRecord = v.InferOutput<typeof recordSchemas.rating>;
export type BadRecord = v.InferOutput<typeof recordSchemas.bad>;
export type PaceRecord = v.InferOutput<typeof recordSchemas.pace>;
export type Guess = v.InferOutput<typeof guess>;
export type StraysRecord = v.InferOutput<typeof recordSchemas.strays>;

/** A window that nobody has used yet today. */
export const closedWindow: WindowRecord = {
  state: 'closed',
  ticket: null,
  staff: null,
  usedAt: null,
  queues: null,
  hold: null,
  unattended: false,
};
/** A window where nobody was invited to rate. */
export const emptyRating: RatingRecord = {
  open: null,
  grace: null,
  quarantinedAt: null,
  fives: 0,
  day: null,
  invited: 0,
  rated: 0,
};

export const dayKey = 'calling/day';
export const planKey = 'calling/plan';
export const straysKey = 'calling/strays';
export const badKey = 'calling/bad';
export const paceKey = (queue: string) => `calling/pace/${queue}`;
export const ticketKey = (ticket: string) => `calling/ticket/${ticket}`;
export const queueKey = (queue: string) => `calling/queue/${queue}`;
export const windowKey = (window: string) => `calling/window/${window}`;
export const ratingKey = (window: string) => `calling/rating/${window}`;

export type RecordKind = keyof typeof recordSchemas;
const keyPattern = /^calling\/(?:(day|plan|strays|bad)|(ticket|queue|window|rating|pace)\/(.+))$/s;

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
