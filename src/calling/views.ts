/** What others see of queues, windows and calls: retained topics (docs/contract.md, section 4), pages, displays. */
import type { Stamp } from '../kernel/stamp.js';
import { isAttended } from './decision.js';
import { nextInTurn } from './priority.js';
import { closedWindow } from './records.js';
import { type CallingSettings, queueSettings, windowSettings } from './settings.js';
import type { CallingState } from './state.js';
import { queuesServed, windowsServing } from './window-queues.js';

export interface QueueView {
  readonly waiting: number;
  /** Windows where somebody works and calls from the queue: open or serving. */
  readonly windowsOpen: number;
  /** The number last called today. */
  readonly lastCalled: string | null;
}

export interface WindowView {
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  readonly ticket: string | null;
  readonly number: string | null;
  /** Whether its visitor asked for priority (优先). */
  readonly priority: boolean;
  readonly staff: string | null;
  readonly queues: readonly string[];
}

/** A queue as it is now; an empty one for a name that is not configured. */
export function queueView(calling: CallingState, queue: string, settings: CallingSettings): QueueView {
  const record = calling.queues.get(queue);
  const windows = windowsServing(calling, settings, queue);
  return {
    waiting: waitingIn(calling, queue),
    windowsOpen: windows.filter((window) => isAttended(calling.windows.get(window) ?? closedWindow)).length,
    lastCalled: record !== undefined && record.day === calling.day ? record.lastCalled : null,
  };
}

function waitingIn(calling: CallingState, queue: string): number {
  const lines = calling.lines(queue);
  return (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0);
}

/** A window as it is now; closed for a name that is not configured or was not used today. */
export function windowView(calling: CallingState, window: string, settings: CallingSettings): WindowView {
  const { state, ticket, staff } = calling.windows.get(window) ?? closedWindow;
  const served = ticket === null ? undefined : calling.tickets.get(ticket);
  return {
    state,
    ticket,
    number: served?.number ?? null,
    priority: served?.priority ?? false,
    staff: staff ?? windowSettings(settings, window)?.staff ?? null,
    queues: queuesServed(calling, settings, window),
  };
}

/** A ticket as staff see it at their window. */
export interface TicketDetail {
  readonly ticket: string;
  readonly number: string;
  readonly queue: string;
  readonly matter: string | null;
  readonly priority: boolean;
  /** It was skipped before, or sent on from another queue. */
  readonly via: 'returned' | 'transfer' | null;
  /** Queues that its visitor goes through afterwards. */
  readonly onward: readonly string[];
}

/** What the page at a window shows to its staff. */
export interface WindowDetail {
  /** Who is being served, and how many times they were called. */
  readonly current: (TicketDetail & { readonly times: number }) | null;
  /** Whom `next` would call now. */
  readonly next: TicketDetail | null;
  /** `next` was pressed, and the call waits for the rating. */
  readonly held: boolean;
  /** How many wait in the queues that it calls from. */
  readonly waiting: number;
  /** What it does, in the words of the configuration; `null` where it calls from no queue. */
  readonly business: string | null;
  /** The session in which a visitor may rate here now. */
  readonly ratingSession: string | null;
}

/** A window in detail; empty for a name that is not configured. */
export function windowDetail(calling: CallingState, window: string, settings: CallingSettings): WindowDetail {
  const record = calling.windows.get(window) ?? closedWindow;
  const queues = queuesServed(calling, settings, window);
  const next = nextInTurn(calling, settings, queues);
  const times = record.ticket === null ? 0 : (calling.tickets.get(record.ticket)?.called?.times ?? 0);
  const current = detailOf(calling, record.ticket, settings);
  return {
    current: current && { ...current, times },
    next: detailOf(calling, next ?? null, settings),
    held: record.hold !== null,
    waiting: queues.reduce((sum, queue) => sum + waitingIn(calling, queue), 0),
    business: businessOf(calling, window, settings),
    ratingSession: calling.ratings.get(window)?.open?.session ?? null,
  };
}

/** What a window does, for its board between calls: as configured, else the labels of its queues. */
export function businessOf(calling: CallingState, window: string, settings: CallingSettings): string | null {
  const configured = windowSettings(settings, window)?.business;
  if (configured !== undefined) return configured;
  const labels = queuesServed(calling, settings, window).map(
    (queue) => queueSettings(settings, queue)?.label ?? queue,
  );
  return labels.length === 0 ? null : labels.join('、');
}

function detailOf(calling: CallingState, id: string | null, settings: CallingSettings): TicketDetail | null {
  const ticket = id === null ? undefined : calling.tickets.get(id);
  if (id === null || ticket === undefined) return null;
  const { number, queue, priority, via, onward } = ticket;
  const matter = queueSettings(settings, queue)?.matter ?? null;
  return { ticket: id, number, queue, matter, priority, via, onward };
}

/** A call that still stands: whoever was called is being served. */
export interface CurrentCall {
  readonly ticket: string;
  readonly number: string;
  readonly queue: string;
  readonly window: string;
  readonly priority: boolean;
  /** How many times it was called there. */
  readonly times: number;
  /** When it was called first. */
  readonly at: Stamp;
}

/** The calls that stand, the newest first; right after a restart, too. Costs as much as there are windows. */
export function recentCalls(calling: CallingState): CurrentCall[] {
  const calls: CurrentCall[] = [];
  for (const [window, { ticket }] of calling.windows) {
    const record = ticket === null ? undefined : calling.tickets.get(ticket);
    if (ticket === null || !record?.called) continue;
    const { number, queue, priority, called } = record;
    calls.push({ ticket, number, queue, window, priority, times: called.times, at: called.at });
  }
  // Within one boot measured time tells the order; the wall clock, which may have been set since, only between boots.
  const boots = new Map<string, number>();
  for (const { at } of calls) {
    boots.set(at.boot, Math.max(boots.get(at.boot) ?? -Infinity, at.wallMilliseconds));
  }
  const bootTime = (at: Stamp) => boots.get(at.boot) ?? 0;
  return calls.sort(
    (a, b) => bootTime(b.at) - bootTime(a.at) || b.at.monotonicMilliseconds - a.at.monotonicMilliseconds,
  );
}
