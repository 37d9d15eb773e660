/**
 * The calling of one controller: everything that lasts stands as small JSON values under keys (`records.ts`), so
 * that a commit stores only what changed; here they are, read and indexed. Only `apply` changes it.
 */
import type { Json } from '../kernel/json.js';
import { LocalDates } from '../kernel/local-dates.js';
import { Calendar } from './calendar.js';
import { compareEntries, type Entry } from './line.js';
import type { LinesView } from './priority.js';
import {
  type BadRecord,
  dayKey,
  type PaceRecord,
  type QueueRecord,
  queueKey,
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
import type { CallingSettings } from './settings.js';
import { type QueueLines, TicketIndex } from './ticket-index.js';
import type { WindowsView } from './window-queues.js';

/** Something in the stored state that cannot be, and what was made of it. */
export interface StateProblem {
  readonly key: string;
  readonly message: string;
}

export class CallingState implements WindowsView, LinesView {
  /** The business day, `YYYY-MM-DD`; `null` before the first. */
  day: string | null = null;
  readonly tickets = new Map<string, TicketRecord>();
  readonly queues = new Map<string, QueueRecord>();
  readonly windows = new Map<string, WindowRecord>();
  readonly ratings = new Map<string, RatingRecord>();
  readonly paces = new Map<string, PaceRecord>();
  strays: StraysRecord = { latest: [] };
  bad: BadRecord = { latest: [] };
  /** The latest change of a schedule that has come, `HH:MM`; `null` where none has, or nobody knows the time. */
  planTime: string | null = null;
  /** Keys whose stored value could not be read; they stay so until written anew. */
  readonly damaged = new Set<string>();
  /** What was wrong with the state as it was loaded. */
  readonly problems: StateProblem[] = [];
  /** The highest place in the common order of tickets that was given. */
  lastOrder = 0;
  /** Windows where a visitor may rate now. */
  readonly openSessions = new Set<string>();
  /** Windows where a call waits for the rating before it. */
  readonly heldWindows = new Set<string>();

  readonly #index = new TicketIndex();
  #dates: LocalDates | undefined;
  #calendar: Calendar | undefined;

  /** Who waits in a queue, in order. */
  lines(queue: string): QueueLines | undefined {
    return this.#index.lines(queue);
  }

  first(queue: string, line: 'priority' | 'normal'): Entry | undefined {
    return this.lines(queue)?.[line].first;
  }

  sincePriority(queue: string): number | null {
    const record = this.queues.get(queue);
    if (record === undefined && this.damaged.has(queueKey(queue))) return null;
    return record !== undefined && record.day === this.day ? record.sincePriority : Infinity;
  }

  /** Those who were skipped and may return, the first issued first. */
  get skipped(): Iterable<Entry> & { readonly size: number; readonly first: Entry | undefined } {
    return this.#index.skipped;
  }

  /** The id of a ticket that is named by its id or by its number of the day. */
  ticketId(name: string): string | undefined {
    return this.tickets.has(name) ? name : this.#index.idOf(name);
  }

  recordOf(window: string): WindowRecord | undefined {
    return this.windows.get(window);
  }

  /** True for a ticket that ended a while ago, as far as this process remembers. */
  hasEnded(ticket: string): boolean {
    return this.#index.hasEnded(ticket);
  }

  /** Local dates of a time zone; remembered, for making them is dear. */
  dates(timezone: string): LocalDates {
    if (this.#dates?.timezone !== timezone) this.#dates = new LocalDates(timezone);
    return this.#dates;
  }

  /** The hall's calendar; remembered like the dates that it is made of. */
  calendar({ timezone, hours }: Pick<CallingSettings, 'timezone' | 'hours'>): Calendar {
    const dates = this.dates(timezone);
    if (this.#calendar?.hours !== hours || this.#calendar?.dates !== dates) {
      this.#calendar = new Calendar(hours, dates);
    }
    return this.#calendar;
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
      case 'plan':
        this.planTime = (record as { time: string | null } | null)?.time ?? null;
        return;
      case 'strays':
        this.strays = (record as StraysRecord | null) ?? { latest: [] };
        return;
      case 'bad':
        this.bad = (record as BadRecord | null) ?? { latest: [] };
        return;
      case 'pace':
        setOrDelete(this.paces, name, record as PaceRecord | null);
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
        setMember(this.heldWindows, name, ((record as WindowRecord | null)?.hold ?? null) !== null);
        return;
      case 'rating': {
        const rating = record as RatingRecord | null;
        setOrDelete(this.ratings, name, rating);
        setMember(this.openSessions, name, rating !== null && rating.open !== null);
      }
    }
  }

  #setTicket(id: string, ticket: TicketRecord | null): void {
    this.#index.change(id, this.tickets.get(id) ?? null, ticket);
    setOrDelete(this.tickets, id, ticket);
    if (ticket !== null) this.lastOrder = Math.max(this.lastOrder, ticket.order);
  }
}

/** It waits to be called. */
export function isWaiting(ticket: TicketRecord): boolean {
  return ticket.called === null && ticket.skipped === null;
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
  tickets.sort(([a, one], [b, other]) =>
    compareEntries({ id: a, order: orderOf(one) }, { id: b, order: orderOf(other) }),
  );
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

function setMember(set: Set<string>, name: string, isMember: boolean): void {
  if (isMember) set.add(name);
  else set.delete(name);
}

function setOrDelete<Value>(map: Map<string, Value>, name: string, value: Value | null): void {
  if (value === null) map.delete(name);
  else map.set(name, value);
}
