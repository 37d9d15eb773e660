/** What calling decides, and the draft that it is worked out on. */
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';
import type { CallingEvent, CallingEventData, CallingEventType, WaitMinutes } from './events.js';
import type { Entry } from './line.js';
import { Overlay, TicketOverlay } from './overlay.js';
import type { LinesView } from './priority.js';
import {
  type BadRecord,
  badKey,
  closedWindow,
  dayKey,
  emptyRating,
  type PaceRecord,
  paceKey,
  planKey,
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
import { type CallingSettings, windowSettings } from './settings.js';
import type { CallingState } from './state.js';
import { queuesServed, scheduledWindows, type WindowsView } from './window-queues.js';

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
  /**
   * A press that did nothing: the visitor had rated, presses that belong to nobody came too fast, or `next` came just
   * as a held call was made by itself.
   */
  readonly ignored?: 'already-rated' | 'repeated' | 'just-called';
  /** A rating was recorded that cannot be tied to unit, staff and matter. */
  readonly unmapped?: true;
  /** `next` has ended a service, and the call waits a moment for its rating. */
  readonly held?: true;
  /** The ticket that had been called as often as the rules say when one more call was asked for (过号). */
  readonly skipped?: { readonly ticket: string; readonly number: string };
  /** The ticket that was issued. */
  readonly issued?: {
    readonly ticket: string;
    readonly number: string;
    readonly ahead: number;
    readonly waitMinutes: WaitMinutes;
  };
  /** Tickets that were called or called again, in order: to be shown and said. */
  readonly calls: readonly Call[];
}

export interface Call {
  readonly ticket: string;
  readonly number: string;
  readonly window: string;
  readonly priority: boolean;
  readonly again: boolean;
}

type Outcome = {
  -readonly [Name in Exclude<keyof Decision, 'events' | 'puts' | 'changed' | 'calls'>]?: Decision[Name];
};

export class Draft implements WindowsView, LinesView {
  readonly outcome: Outcome = {};
  readonly calls: Call[] = [];
  /** The device that caused what follows; the subject of its events. */
  cause: string | undefined;
  readonly #events: CallingEvent[] = [];
  readonly #changedQueues = new Set<string>();
  readonly #changedWindows = new Set<string>();
  readonly #otherPuts: Record<string, Json> = {};
  #planTime: string | null | undefined;
  readonly #tickets: TicketOverlay;
  readonly #queues: Overlay<QueueRecord>;
  readonly #windows: Overlay<WindowRecord>;
  readonly #ratings: Overlay<RatingRecord>;
  readonly #paces: Overlay<PaceRecord>;
  #day: string | undefined;

  constructor(
    readonly calling: CallingState,
    readonly context: CallingContext,
  ) {
    this.#tickets = new TicketOverlay(calling);
    this.#queues = new Overlay(calling.queues);
    this.#windows = new Overlay(calling.windows);
    this.#ratings = new Overlay(calling.ratings);
    this.#paces = new Overlay(calling.paces);
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
    const before = this.ticket(id)?.queue;
    if (before !== undefined) this.#changedQueues.add(before);
    this.#tickets.set(id, ticket);
    if (ticket !== null) this.#changedQueues.add(ticket.queue);
  }

  queue(name: string): QueueRecord | undefined {
    return this.#queues.get(name);
  }

  setQueue(name: string, queue: QueueRecord): void {
    this.#changedQueues.add(name);
    this.#queues.set(name, queue);
  }

  recordOf(window: string): WindowRecord | undefined {
    return this.#windows.get(window);
  }

  window(name: string): WindowRecord {
    return this.#windows.get(name) ?? closedWindow;
  }

  /** The queues that a window calls from now. */
  queuesAt(window: string): string[] {
    return queuesServed(this, this.settings, window);
  }

  /** Changes a window, which was used by that; `null` when its day has ended. */
  setWindow(name: string, change: Partial<WindowRecord> | null): void {
    this.#changedWindows.add(name);
    this.#windows.set(name, change && { ...this.window(name), ...change, usedAt: this.now });
  }

  /** Nobody attends to a window, or somebody does again: that alone is no use of it. */
  setUnattended(name: string, unattended: boolean): void {
    this.#changedWindows.add(name);
    this.#windows.set(name, { ...this.window(name), unattended });
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
    this.#ratings.set(window, rating);
  }

  setStrays(strays: StraysRecord): void {
    this.#otherPuts[straysKey] = strays;
  }

  /** The latest bad ratings, over what this decision has changed. */
  get bad(): BadRecord {
    return (this.#otherPuts[badKey] as BadRecord | undefined) ?? this.calling.bad;
  }

  set bad(bad: BadRecord) {
    this.#otherPuts[badKey] = bad;
  }

  pace(queue: string): PaceRecord | undefined {
    return this.#paces.get(queue);
  }

  setPace(queue: string, pace: PaceRecord): void {
    this.#changedQueues.add(queue);
    this.#paces.set(queue, pace);
  }

  /** As `CallingState.planTime`. */
  get planTime(): string | null {
    return this.#planTime === undefined ? this.calling.planTime : this.#planTime;
  }

  set planTime(time: string | null) {
    this.#planTime = time;
  }

  /** Takes away a value that could not be read. */
  forget(key: string): void {
    this.#otherPuts[key] = null;
  }

  /** True where a damaged value stands in the way of knowing what was there. */
  isDamaged(key: string): boolean {
    return this.calling.damaged.has(key) && this.#otherPuts[key] !== null;
  }

  /** Those who wait in one of a queue's two lines, in order. */
  line(queue: string, line: 'priority' | 'normal'): Iterator<Entry> & Iterable<Entry> {
    return this.#tickets.line(queue, line);
  }

  first(queue: string, line: 'priority' | 'normal'): Entry | undefined {
    return this.line(queue, line).next().value ?? undefined;
  }

  sincePriority(queue: string): number | null {
    const record = this.queue(queue);
    if (record === undefined && this.isDamaged(queueKey(queue))) return null;
    return record?.day === this.day ? record.sincePriority : Infinity;
  }

  /** How many wait in one of a queue's two lines. */
  count(queue: string, line: 'priority' | 'normal'): number {
    return this.#tickets.count(queue, line);
  }

  finish(): Decision {
    const puts: Record<string, Json> = { ...this.#otherPuts };
    if (this.#day !== undefined) puts[dayKey] = { day: this.#day };
    for (const [name, value] of this.#queues.changes) puts[queueKey(name)] = value;
    for (const [id, value] of this.#tickets.changes) puts[ticketKey(id)] = value;
    for (const [name, value] of this.#windows.changes) puts[windowKey(name)] = value;
    for (const [name, value] of this.#ratings.changes) puts[ratingKey(name)] = value;
    for (const [name, value] of this.#paces.changes) puts[paceKey(name)] = value;
    if (this.#planTime !== undefined) puts[planKey] = { time: this.#planTime };
    this.#tellServiceChanges();
    return {
      ...this.outcome,
      events: this.#events,
      calls: this.calls,
      puts,
      changed: { queues: [...this.#changedQueues], windows: [...this.#changedWindows] },
    };
  }

  /** What changes for queues when a window begins or ceases to call from them, and for that window. */
  #tellServiceChanges(): void {
    const looked = new Set(this.#changedWindows);
    if (this.#planTime !== undefined) for (const name of scheduledWindows(this.settings)) looked.add(name);
    for (const name of looked) {
      const before = queuesServed(this.calling, this.settings, name);
      const after = queuesServed(this, this.settings, name);
      if (before.join() !== after.join()) this.#changedWindows.add(name);
      const attendedBefore = isAttended(this.calling.windows.get(name) ?? closedWindow) ? before : [];
      const attendedAfter = isAttended(this.window(name)) ? after : [];
      for (const queue of [...attendedBefore, ...attendedAfter]) {
        if (attendedBefore.includes(queue) !== attendedAfter.includes(queue)) this.#changedQueues.add(queue);
      }
    }
  }
}

/** Somebody works there: visitors may expect to be called. */
export function isAttended(window: WindowRecord): boolean {
  return window.state === 'open' || window.state === 'serving';
}
