/**
 * The calling of one controller: everything that lasts stands as small JSON values under keys (`records.ts`), so
 * that a commit stores only what changed; here they are, read and indexed. Only `apply` changes it.
 */
import type { Json } from '../kernel/json.js';
import { Line } from './line.js';
import { LocalDates } from './local-dates.js';
import {
  dayKey,
  type QueueRecord,
  type RatingRecord,
  type RecordKind,
  readKey,
  readRecord,
  type StraysRecord,
  type TicketRecord,
  ticketKey,
  type WindowRecord,
  windowKey,
} from './records.js';

/** Something in the stored state that cannot be, and what was made of it. */
export interface StateProblem {
  readonly key: string;
  readonly message: string;
}

/** Those who wait in one queue: `priority` goes before `normal`. */
export interface QueueLines {
  readonly priority: Line;
  readonly normal: Line;
}

/** How many ended tickets are remembered at least, to tell `ticket.ended` from `ticket.unknown`. */
const rememberedEnds = 2048;

export class CallingState {
  /** The business day, `YYYY-MM-DD`; `null` before the first. */
  day: string | null = null;
  readonly tickets = new Map<string, TicketRecord>();
  readonly queues = new Map<string, QueueRecord>();
  readonly windows = new Map<string, WindowRecord>();
  readonly ratings = new Map<string, RatingRecord>();
  strays: StraysRecord = { latest: [] };
  /** Keys whose stored value could not be read; they stay so until written anew. */
  readonly damaged = new Set<string>();
  /** What was wrong with the state as it was loaded. */
  readonly problems: StateProblem[] = [];
  /** The highest place in the common order of tickets that was given. */
  lastOrder = 0;
  /** Windows where a visitor may rate now. */
  readonly openSessions = new Set<string>();

  readonly #lines = new Map<string, QueueLines>();
  #ended = new Set<string>();
  #endedBefore = new Set<string>();
  #dates: LocalDates | undefined;

  /** Who waits in a queue, in order. */
  lines(queue: string): QueueLines | undefined {
    return this.#lines.get(queue);
  }

  /** True for a ticket that ended a while ago, as far as this process remembers. */
  hasEnded(ticket: string): boolean {
    return this.#ended.has(ticket) || this.#endedBefore.has(ticket);
  }

  /** Local dates of a time zone; remembered, for making them is dear. */
  dates(timezone: string): LocalDates {
    if (this.#dates?.timezone !== timezone) this.#dates = new LocalDates(timezone);
    return this.#dates;
  }

  /** Takes one value in; `null` takes the key away. What can't be read is a problem and counts as absent. */
  put(key: string, value: Json): void {
    const place = readKey(key);
    if (place === undefined) return;
    this.damaged.delete(key);
    const read = value === null ? { record: null } : readRecord(place.kind, value);
    if ('problem' in read) {
      this.damaged.add(key);
      this.problems.push({ key, message: read.problem });
    }
    this.#set(place.kind, place.name, 'record' in read ? read.record : null);
  }

  #set(kind: RecordKind, name: string, record: unknown): void {
    switch (kind) {
      case 'day':
        this.day = (record as { day: string } | null)?.day ?? null;
        return;
      case 'strays':
        this.strays = (record as StraysRecord | null) ?? { latest: [] };
        return;
      case 'ticket':
        this.#setTicket(name, record as TicketRecord | null);
        return;
      case 'queue':
        setOrDelete(this.queues, name, record as QueueRecord | null);
        this.lastOrder = Math.max(this.lastOrder, (record as QueueRecord | null)?.order ?? 0);
        return;
      case 'window':
        setOrDelete(this.windows, name, record as WindowRecord | null);
        return;
      case 'rating': {
        const rating = record as RatingRecord | null;
        setOrDelete(this.ratings, name, rating);
        if (rating === null || rating.open === null) this.openSessions.delete(name);
        else this.openSessions.add(name);
      }
    }
  }

  #setTicket(id: string, ticket: TicketRecord | null): void {
    const before = this.tickets.get(id);
    if (before?.called === null) this.#lineOf(before).remove(id);
    setOrDelete(this.tickets, id, ticket);
    if (ticket === null) {
      if (before !== undefined) this.#rememberEnd(id);
      return;
    }
    if (ticket.called === null) this.#lineOf(ticket).add(id, ticket.order);
    this.lastOrder = Math.max(this.lastOrder, ticket.order);
  }

  #lineOf(ticket: TicketRecord): Line {
    let lines = this.#lines.get(ticket.queue);
    if (lines === undefined) {
      lines = { priority: new Line(), normal: new Line() };
      this.#lines.set(ticket.queue, lines);
    }
    return ticket.priority ? lines.priority : lines.normal;
  }

  #rememberEnd(id: string): void {
    this.#ended.add(id);
    if (this.#ended.size < rememberedEnds) return;
    this.#endedBefore = this.#ended;
    this.#ended = new Set();
  }
}

/** Takes the puts of a decision into the state, at the cost of what they change. */
export function apply(calling: CallingState, puts: Readonly<Record<string, Json>>): void {
  for (const [key, value] of Object.entries(puts)) calling.put(key, value);
}

/**
 * Calling as it stands in the stored state; other parts' keys are passed over. Never throws: what is damaged or
 * contradicts itself is mended to what loses nobody's ticket and gives no number twice, and is told in `problems`.
 */
export function loadCalling(state: ReadonlyMap<string, Json>): CallingState {
  const calling = new CallingState();
  // In the order of issue, so that each joins at the end of its line.
  const tickets: [string, Json][] = [];
  for (const [key, value] of state) {
    if (key.startsWith(ticketKey(''))) tickets.push([key, value]);
    else calling.put(key, value);
  }
  tickets.sort(([, a], [, b]) => orderOf(a) - orderOf(b));
  for (const [key, value] of tickets) calling.put(key, value);
  mendDay(calling);
  mendWindows(calling);
  return calling;
}

function orderOf(value: Json): number {
  const order = (value as { order?: unknown } | null)?.order;
  return typeof order === 'number' ? order : 0;
}

/** The day is never before one that numbers were counted on. */
function mendDay(calling: CallingState): void {
  const counted = [...calling.queues.values(), ...calling.tickets.values()].map(({ day }) => day);
  const newest = counted.sort().at(-1);
  if (newest === undefined || newest <= (calling.day ?? '')) return;
  calling.problems.push({
    key: dayKey,
    message: `is ${calling.day ?? 'absent'}, but ${newest} was counted on`,
  });
  // As good as damaged: nobody knows how far the days had come.
  calling.damaged.add(dayKey);
  calling.day = newest;
}

/** A window and the ticket that it serves name each other. A ticket that no window serves waits again. */
function mendWindows(calling: CallingState): void {
  for (const [window, record] of [...calling.windows]) {
    if (record.ticket === null) continue;
    if (calling.tickets.get(record.ticket)?.called?.window === window) continue;
    calling.problems.push({
      key: windowKey(window),
      message: `serves ${record.ticket}, which is not called there`,
    });
    calling.windows.set(window, { ...record, state: 'open', ticket: null });
  }
  for (const [id, ticket] of [...calling.tickets]) {
    if (ticket.called === null || calling.windows.get(ticket.called.window)?.ticket === id) continue;
    calling.problems.push({
      key: ticketKey(id),
      message: `called to ${ticket.called.window}, which serves another`,
    });
    calling.put(ticketKey(id), { ...ticket, called: null });
  }
}

function setOrDelete<Value>(map: Map<string, Value>, name: string, value: Value | null): void {
  if (value === null) map.delete(name);
  else map.set(name, value);
}
