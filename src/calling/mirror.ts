/**
 * A queue as another controller needs it to print who waits, or to lead the queue from now on. Compact, for it is said
 * again with each change: a waiting ticket takes about 90 bytes.
 */
import * as v from 'valibot';
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';
import { firstSincePriority } from './priority.js';
import { dayKey, queueKey, type TicketRecord, ticketKey, windowKey } from './records.js';
import { type CallingSettings, queuesOf } from './settings.js';
import type { CallingState } from './state.js';

const name = v.pipe(v.string(), v.maxLength(80));
const nullableName = v.nullable(name);
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));
/** Unix time in milliseconds; `null` where no clock could be trusted. */
const moment = v.nullable(v.number());

const ticketSchema = v.tuple([
  /** Id and number. */
  name,
  name,
  /** Place among all tickets. */
  v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  /** `p`: priority; `r`: it came back after being skipped; `t`: it was transferred. */
  v.pipe(v.string(), v.regex(/^[prt]{0,3}$/)),
  /** Issued; waiting here since. */
  moment,
  moment,
  /** Being served, or skipped; further queues of its visitor. */
  v.object({
    called: v.exactOptional(
      v.object({
        window: name,
        staff: nullableName,
        at: moment,
        rule: v.picklist(['order', 'priority', 'returned', 'transfer', 'named']),
        waitedSeconds: v.nullable(count),
        times: count,
      }),
    ),
    skipped: v.exactOptional(v.object({ window: nullableName, at: moment })),
    onward: v.exactOptional(v.pipe(v.array(name), v.maxLength(16))),
  }),
]);

const mirrorSchema = v.object({
  day,
  /** Numbers given out on `day`. */
  issued: count,
  order: count,
  lastCalled: nullableName,
  sincePriority: count,
  tickets: v.pipe(v.array(ticketSchema), v.maxLength(20_000)),
  /** Windows of the queue that were used today. */
  windows: v.record(
    name,
    v.object({
      state: v.picklist(['closed', 'open', 'serving', 'paused']),
      staff: nullableName,
      queues: v.nullable(v.array(name)),
    }),
  ),
});

export type QueueMirror = v.InferOutput<typeof mirrorSchema>;

/** Somebody who waits, as the printed list has them. */
export interface WaitingPerson {
  readonly number: string;
  readonly priority: boolean;
}

/** A mirror that somebody sent; `undefined` where it is none. */
export function readMirror(value: unknown): QueueMirror | undefined {
  const read = v.safeParse(mirrorSchema, value);
  return read.success ? read.output : undefined;
}

/** A queue as it is now. */
export function mirrorOf(calling: CallingState, settings: CallingSettings, queue: string): QueueMirror {
  const record = calling.queues.get(queue);
  const today = calling.day ?? record?.day ?? '1970-01-01';
  const isToday = record?.day === today;
  return {
    day: today,
    issued: isToday ? record.issued : 0,
    order: isToday ? record.order : 0,
    lastCalled: isToday ? record.lastCalled : null,
    sincePriority: isToday ? record.sincePriority : firstSincePriority(settings),
    tickets: [...calling.tickets].filter(([, ticket]) => ticket.queue === queue).map(compactTicket),
    windows: Object.fromEntries(
      [...calling.windows]
        .filter(([window]) => isOf(calling, settings, window, queue))
        .map(([window, { state, staff, queues }]) => [window, { state, staff, queues }]),
    ),
  };
}

function isOf(calling: CallingState, settings: CallingSettings, window: string, queue: string): boolean {
  const record = calling.windows.get(window);
  if (queuesOf(settings, window).includes(queue) || record?.queues?.includes(queue) === true) return true;
  return record?.ticket != null && calling.tickets.get(record.ticket)?.queue === queue;
}

type CompactTicket = v.InferOutput<typeof ticketSchema>;

function compactTicket([id, ticket]: readonly [string, TicketRecord]): CompactTicket {
  const { number, order, priority, returned, via, issuedAt, since, called, skipped, onward } = ticket;
  const marks = `${priority ? 'p' : ''}${returned ? 'r' : ''}${via === 'transfer' ? 't' : ''}`;
  return [
    id,
    number,
    order,
    marks,
    momentOf(issuedAt),
    momentOf(since),
    {
      ...(called === null
        ? {}
        : {
            called: {
              window: called.window,
              staff: called.staff,
              at: momentOf(called.at),
              rule: called.rule,
              waitedSeconds: called.waitedSeconds,
              times: called.times,
            },
          }),
      ...(skipped === null ? {} : { skipped: { window: skipped.window, at: momentOf(skipped.at) } }),
      ...(onward.length === 0 ? {} : { onward: [...onward] }),
    },
  ];
}

function momentOf({ quality, wallMilliseconds }: Stamp): number | null {
  return quality === 'untrusted' ? null : wallMilliseconds;
}

/** A moment of another board: its wall clock is all that means something here. */
function stampOf(at: number | null): Stamp {
  const common = { boot: 'another board', monotonicMilliseconds: 0 };
  return at === null
    ? { ...common, wallMilliseconds: 0, quality: 'untrusted' }
    : { ...common, wallMilliseconds: at, quality: 'holdover' };
}

/** Who waits in a queue, those with priority first, each line in its order. */
export function waitingIn({ tickets }: QueueMirror): WaitingPerson[] {
  return tickets
    .filter(([, , , , , , { called, skipped }]) => called === undefined && skipped === undefined)
    .map(([, number, order, marks]) => ({ number, order, priority: marks.includes('p') }))
    .sort((one, other) => Number(other.priority) - Number(one.priority) || one.order - other.order)
    .map(({ number, priority }) => ({ number, priority }));
}

/**
 * Where the numbers of an adopted queue go on: the leader may have given out some that nobody heard of any more, so at
 * least fifty are left out, up to the next full hundred, which people can see.
 */
export function firstFreeAfter(issued: number): number {
  return Math.ceil((issued + 50) / 100) * 100;
}

/**
 * The records by which a controller leads adopted queues. Who was being served stays served, who waited keeps their
 * place. Tickets of queues that are not among `mirrors` stay as they are.
 * @param calling the adopter's own state so far
 */
export function adopted(
  mirrors: ReadonlyMap<string, QueueMirror>,
  calling: CallingState,
): Record<string, Json> {
  const puts: Record<string, Json> = {};
  for (const [id, { queue }] of calling.tickets) if (mirrors.has(queue)) puts[ticketKey(id)] = null;
  const days = [...mirrors.values()].map((mirror) => mirror.day);
  if (calling.day !== null) days.push(calling.day);
  const today = days.sort().at(-1);
  if (today !== undefined) puts[dayKey] = { day: today };
  const serving = new Map<string, string>();
  const windows: Record<string, QueueMirror['windows'][string]> = {};
  let order = Math.ceil(calling.lastOrder);
  for (const [queue, mirror] of mirrors) {
    order = Math.max(order, mirror.order);
    puts[queueKey(queue)] = {
      day: mirror.day,
      issued: firstFreeAfter(mirror.issued),
      order: mirror.order,
      issuedAt: null,
      lastCalled: mirror.lastCalled,
      sincePriority: mirror.sincePriority,
    };
    for (const ticket of mirror.tickets) {
      const [id] = ticket;
      const record = ticketOf(ticket, queue, mirror.day);
      const window = record.called?.window;
      if (window !== undefined && serving.has(window)) record.called = null;
      else if (window !== undefined) serving.set(window, id);
      puts[ticketKey(id)] = record as unknown as Json;
    }
    Object.assign(windows, mirror.windows);
  }
  for (const window of new Set([...Object.keys(windows), ...serving.keys()])) {
    const ticket = serving.get(window) ?? null;
    const { state = 'open', staff = null, queues = null } = windows[window] ?? {};
    puts[windowKey(window)] = {
      state: ticket !== null ? 'serving' : state === 'serving' ? 'open' : state,
      ticket,
      staff,
      usedAt: null,
      queues,
      hold: null,
      unattended: false,
    };
  }
  return puts;
}

function ticketOf(
  [, number, order, marks, issuedAt, since, more]: CompactTicket,
  queue: string,
  day: string,
) {
  const { called, skipped, onward = [] } = more;
  const record: { -readonly [Key in keyof TicketRecord]: TicketRecord[Key] } = {
    number,
    day,
    queue,
    order,
    priority: marks.includes('p'),
    issuedAt: stampOf(issuedAt),
    since: stampOf(since),
    via: marks.includes('t') ? 'transfer' : marks.includes('r') ? 'returned' : null,
    returned: marks.includes('r'),
    onward,
    guess: null,
    called: called === undefined ? null : { ...called, at: stampOf(called.at) },
    skipped: skipped === undefined || called !== undefined ? null : { ...skipped, at: stampOf(skipped.at) },
  };
  return record;
}

/** Takes all tickets of some queues away, without an end: another controller has them now. */
export function givenAway(calling: CallingState, queues: ReadonlySet<string>): Record<string, Json> {
  const puts: Record<string, Json> = {};
  for (const [id, { queue, called }] of calling.tickets) {
    if (!queues.has(queue)) continue;
    puts[ticketKey(id)] = null;
    if (called !== null) puts[windowKey(called.window)] = null;
  }
  return puts;
}
