/** What calling decides, and the draft that it is worked out on. */
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';
import type { CallingEvent, CallingEventData, CallingEventType } from './events.js';
import {
  closedWindow,
  dayKey,
  emptyRating,
  type QueueRecord,
  queueKey,
  type RatingRecord,
  ratingKey,
  type StraysRecord,
  straysKey,
  type TicketRecord,
  ticketKey,
  type WindowRecord,
  windowKey,
} from './records.js';
import type { Refusal } from './refusals.js';
import { type CallingSettings, queuesOf, windowSettings } from './settings.js';
import type { CallingState } from './state.js';

export interface CallingContext {
  readonly now: Stamp;
  /** A new id, unique for ever: tickets and rating sessions get one. */
  readonly newId: () => string;
  readonly settings: CallingSettings;
}

/**
 * The outcome of one input. Events and puts are to be committed together, also beside a refusal: time may have
 * ended a rating session or a day before the input was looked at.
 */
export interface Decision {
  readonly events: readonly CallingEvent[];
  /** New values by key; `null` takes a key away. */
  readonly puts: Readonly<Record<string, Json>>;
  /** Whose retained topics are to be published again. */
  readonly changed: { readonly queues: readonly string[]; readonly windows: readonly string[] };
  /** Why the input was not done. */
  readonly refusal?: Refusal;
  /** A window asked for the next and nobody waits. */
  readonly nobodyWaiting?: true;
  /** A rating that left no event: the visitor had rated, or presses that belong to nobody came too fast. */
  readonly ignored?: 'already-rated' | 'repeated';
  /** A rating was recorded that cannot be tied to unit, staff and matter. */
  readonly unmapped?: true;
  /** The ticket that was issued. */
  readonly issued?: { readonly ticket: string; readonly number: string; readonly ahead: number };
  /** The ticket that was called or recalled. */
  readonly called?: { readonly ticket: string; readonly number: string };
}

type Outcome = {
  -readonly [Name in Exclude<keyof Decision, 'events' | 'puts' | 'changed'>]?: Decision[Name];
};

/** What a decision changes of one kind of records, seen over what was there before. */
class Overlay<Value> {
  readonly changes = new Map<string, Value | null>();

  constructor(readonly base: ReadonlyMap<string, Value>) {}

  get(name: string): Value | undefined {
    const changed = this.changes.get(name);
    return changed === undefined ? this.base.get(name) : (changed ?? undefined);
  }

  set(name: string, value: Value | null): void {
    this.changes.set(name, value);
  }
}

export class Draft {
  readonly outcome: Outcome = {};
  /** The device that caused what follows; the subject of its events. */
  cause: string | undefined;
  readonly #events: CallingEvent[] = [];
  readonly #changedQueues = new Set<string>();
  readonly #otherPuts: Record<string, Json> = {};
  readonly #tickets: Overlay<TicketRecord>;
  readonly #queues: Overlay<QueueRecord>;
  readonly #windows: Overlay<WindowRecord>;
  readonly #ratings: Overlay<RatingRecord>;
  #day: string | undefined;

  constructor(
    readonly calling: CallingState,
    readonly context: CallingContext,
  ) {
    this.#tickets = new Overlay(calling.tickets);
    this.#queues = new Overlay(calling.queues);
    this.#windows = new Overlay(calling.windows);
    this.#ratings = new Overlay(calling.ratings);
  }

  get now(): Stamp {
    return this.context.now;
  }

  get settings(): CallingSettings {
    return this.context.settings;
  }

  /** The business day; there is one as soon as time was looked at. */
  get day(): string {
    return this.#day ?? this.calling.day ?? '';
  }

  set day(day: string) {
    this.#day = day;
    for (const queue of Object.keys(this.settings.queues)) this.#changedQueues.add(queue);
  }

  /** Records an event. `place` is its subject where no device caused it. */
  emit<Type extends CallingEventType>(type: Type, place: string, data: CallingEventData[Type]): void {
    this.#events.push({ type, subject: this.cause ?? place, data } as CallingEvent);
  }

  ticket(id: string): TicketRecord | undefined {
    return this.#tickets.get(id);
  }

  setTicket(id: string, ticket: TicketRecord | null): void {
    const queue = (ticket ?? this.ticket(id))?.queue;
    if (queue !== undefined) this.#changedQueues.add(queue);
    this.#tickets.set(id, ticket);
  }

  queue(name: string): QueueRecord | undefined {
    return this.#queues.get(name);
  }

  setQueue(name: string, queue: QueueRecord): void {
    this.#changedQueues.add(name);
    this.#queues.set(name, queue);
  }

  window(name: string): WindowRecord {
    return this.#windows.get(name) ?? closedWindow;
  }

  /** Changes a window, which was used by that; `null` when its day has ended. */
  setWindow(name: string, change: Partial<WindowRecord> | null): void {
    this.#windows.set(name, change && { ...this.window(name), ...change, usedAt: this.now });
  }

  /** Who serves at a window: the one who logged in, else the one configured. */
  staff(window: string): string | null {
    return this.window(window).staff ?? windowSettings(this.settings, window)?.staff ?? null;
  }

  rating(window: string): RatingRecord {
    return this.#ratings.get(window) ?? emptyRating;
  }

  setRating(window: string, change: Partial<RatingRecord>): void {
    const rating = { ...this.rating(window), ...change };
    const empty = rating.open === null && rating.grace === null && rating.quarantinedAt === null;
    this.#ratings.set(window, empty ? null : rating);
  }

  setStrays(strays: StraysRecord): void {
    this.#otherPuts[straysKey] = strays;
  }

  /** Takes away a value that could not be read. */
  forget(key: string): void {
    this.#otherPuts[key] = null;
  }

  /** True where a damaged value stands in the way of knowing what was there. */
  isDamaged(key: string): boolean {
    return this.calling.damaged.has(key) && this.#otherPuts[key] !== null;
  }

  /** The first who waits in one of a queue's two lines, seen over what this decision has changed. */
  first(
    queue: string,
    line: 'priority' | 'normal',
  ): { readonly id: string; readonly order: number } | undefined {
    for (const entry of this.calling.lines(queue)?.[line] ?? []) {
      if (!this.#tickets.changes.has(entry.id)) return entry;
    }
    return undefined;
  }

  /** How many wait in one of a queue's two lines. */
  count(queue: string, line: 'priority' | 'normal'): number {
    const waiting = this.calling.lines(queue)?.[line];
    if (waiting === undefined || this.#tickets.changes.size === 0) return waiting?.size ?? 0;
    let count = 0;
    for (const { id } of waiting) if (!this.#tickets.changes.has(id)) count++;
    return count;
  }

  finish(): Decision {
    const puts: Record<string, Json> = { ...this.#otherPuts };
    if (this.#day !== undefined) puts[dayKey] = { day: this.#day };
    for (const [name, value] of this.#queues.changes) puts[queueKey(name)] = value;
    for (const [id, value] of this.#tickets.changes) puts[ticketKey(id)] = value;
    for (const [name, value] of this.#windows.changes) puts[windowKey(name)] = value;
    for (const [name, value] of this.#ratings.changes) puts[ratingKey(name)] = value;
    for (const name of this.#windows.changes.keys()) {
      const before = this.calling.windows.get(name) ?? closedWindow;
      if (isAttended(before) === isAttended(this.window(name))) continue;
      for (const queue of queuesOf(this.settings, name)) this.#changedQueues.add(queue);
    }
    return {
      ...this.outcome,
      events: this.#events,
      puts,
      changed: { queues: [...this.#changedQueues], windows: [...this.#windows.changes.keys()] },
    };
  }
}

/** Somebody works there: visitors may expect to be called. */
export function isAttended(window: WindowRecord): boolean {
  return window.state === 'open' || window.state === 'serving';
}
