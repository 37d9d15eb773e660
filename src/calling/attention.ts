/** What the duty manager (大厅值班长) should see to now. */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import { type Draft, isAttended } from './decision.js';
import { likelyWaits } from './estimate.js';
import type { Entry } from './line.js';
import type { WindowRecord } from './records.js';
import { type CallingSettings, queueSettings } from './settings.js';
import type { CallingState } from './state.js';
import { queuesServed, windowNames } from './window-queues.js';

/** A condition that stands; the hall makes a fault of it (audience `duty`). */
export type Attention =
  | {
      readonly code: 'queue.pressure';
      /** Queue. */
      readonly part: string;
      readonly waiting: number;
      /** Windows of the queue where somebody works; one that nobody attends to is none. */
      readonly windowsOpen: number;
      /** Whole minutes that who comes now will most likely wait; `null` where nobody can say. */
      readonly waitMinutes: number | null;
      /**
       * Windows that could help: those of this queue where nobody works (closed, paused, unattended) first, then
       * those that serve other queues in which nobody waits.
       */
      readonly couldOpen: readonly string[];
    }
  | {
      readonly code: 'service.overlong';
      /** Window. */
      readonly part: string;
      readonly number: string;
      readonly servedMinutes: number;
    };

const minuteMilliseconds = 60_000;
/** Without an estimate so many may wait for each open window. */
const mostWaitingPerWindow = 10;
/** People may wait so long without any open window before it is told: somebody may be on the way. */
const windowlessMilliseconds = 3 * minuteMilliseconds;
/** What stands ceases only below this share of its limit, so that it does not come and go with each call. */
const standingShare = 0.8;
/** While people wait, their wait is looked at again after so long, also where nothing happens. */
const lookAgainMilliseconds = minuteMilliseconds;
const longestPauseMilliseconds = 60 * minuteMilliseconds;

/**
 * All conditions that stand now. Pure; cheap enough for every decision.
 *
 * `queue.pressure`: people wait and the likely wait is more than `rules.pressureMinutes`; where there is no
 * trustworthy estimate, more than ten wait for each open window or the first has waited longer than that already; or
 * people have waited for three minutes of the opening hours while no window was open for them. `service.overlong`: a
 * service has lasted more than `rules.overlongMinutes`; one that nobody measured is not told.
 * @param standing what stood before, each as `code part`: that holds until it is well below its limit
 */
export function attentionOf(
  calling: CallingState,
  now: Stamp,
  settings: CallingSettings,
  standing: ReadonlySet<string> = new Set(),
): readonly Attention[] {
  return [...pressures(calling, now, settings, standing), ...overlongServices(calling, now, settings)];
}

function* overlongServices(
  calling: CallingState,
  now: Stamp,
  settings: CallingSettings,
): Iterable<Attention> {
  for (const [window, { ticket }] of calling.windows) {
    const served = ticket === null ? undefined : calling.tickets.get(ticket);
    if (!served?.called) continue;
    const minutes = (millisecondsBetween(served.called.at, now) ?? 0) / minuteMilliseconds;
    if (minutes <= settings.rules.overlongMinutes) continue;
    yield {
      code: 'service.overlong',
      part: window,
      number: served.number,
      servedMinutes: Math.floor(minutes),
    };
  }
}

function* pressures(
  calling: CallingState,
  now: Stamp,
  settings: CallingSettings,
  standing: ReadonlySet<string>,
): Iterable<Attention> {
  const queues = Object.keys(settings.queues).filter((queue) => waitingIn(calling, queue) > 0);
  if (queues.length === 0) return;
  const served = servedByAll(calling, settings);
  const working = workingWindows(calling, served);
  const likelyWait = likelyWaits(calling, settings, now);
  for (const queue of queues) {
    const waiting = waitingIn(calling, queue);
    const windowsOpen = working.get(queue)?.length ?? 0;
    const wait = windowsOpen === 0 ? null : likelyWait(queue);
    const stood = standing.has(`queue.pressure ${queue}`);
    const share = stood ? standingShare : 1;
    const limit = settings.rules.pressureMinutes * share;
    const firstWaits = (waitedMilliseconds(calling, [queue], now) ?? 0) / minuteMilliseconds;
    const isPressed =
      windowsOpen === 0
        ? isWindowless(calling, queue, settings, now, served, stood ? 0 : windowlessMilliseconds)
        : wait === null
          ? waiting > mostWaitingPerWindow * share * windowsOpen || firstWaits > limit
          : wait > limit;
    if (!isPressed) continue;
    const waitMinutes = wait === null ? null : Math.round(wait);
    const couldOpen = helpersFor(calling, queue, settings, served, working);
    yield { code: 'queue.pressure', part: queue, waiting, windowsOpen, waitMinutes, couldOpen };
  }
}

function waitingIn(calling: CallingState, queue: string): number {
  const lines = calling.lines(queue);
  return (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0);
}

/** What each window serves now, open or not. */
type Served = ReadonlyMap<string, readonly string[]>;

function servedByAll(calling: CallingState, settings: CallingSettings): Served {
  return new Map(
    windowNames(settings).map((window) => [window, queuesServed(calling, settings, window)] as const),
  );
}

/** The windows where somebody works, by the queues that they serve now. */
function workingWindows(calling: CallingState, served: Served): ReadonlyMap<string, readonly string[]> {
  const working = new Map<string, string[]>();
  for (const [window, queues] of served) {
    const record = calling.windows.get(window);
    if (record === undefined || !isAttended(record) || record.unattended) continue;
    for (const queue of queues) {
      const windows = working.get(queue);
      if (windows === undefined) working.set(queue, [window]);
      else windows.push(window);
    }
  }
  return working;
}

/** People have waited for so long of the opening hours, and all that time no window was open for them. */
function isWindowless(
  calling: CallingState,
  queue: string,
  settings: CallingSettings,
  now: Stamp,
  served: Served,
  milliseconds: number,
): boolean {
  if (!isOpenSince(calling, settings, now, milliseconds)) return false;
  if ((waitedMilliseconds(calling, [queue], now) ?? 0) < milliseconds) return false;
  return [...served].every(([window, queues]) => {
    const usedAt = calling.windows.get(window)?.usedAt ?? null;
    if (usedAt === null || !queues.includes(queue)) return true;
    return atLeastMilliseconds(usedAt, now) >= milliseconds;
  });
}

/** True also where no clock can say: better told once too often. */
function isOpenSince(
  calling: CallingState,
  settings: CallingSettings,
  now: Stamp,
  milliseconds: number,
): boolean {
  if (settings.hours === undefined || now.quality === 'untrusted') return true;
  const calendar = calling.calendar(settings);
  const wall = now.wallMilliseconds;
  return calendar.isOpen(wall) && (milliseconds === 0 || calendar.isOpen(wall - milliseconds));
}

function helpersFor(
  calling: CallingState,
  queue: string,
  settings: CallingSettings,
  served: Served,
  working: Served,
): string[] {
  const isWorking = new Set([...working.values()].flat());
  const named = new Set(queueSettings(settings, queue)?.windows);
  const resting: string[] = [];
  const spare: string[] = [];
  for (const [window, queues] of served) {
    if (!isWorking.has(window)) {
      if (named.has(window) || queues.includes(queue)) resting.push(window);
    } else if (!queues.includes(queue) && queues.every((other) => waitingIn(calling, other) === 0)) {
      spare.push(window);
    }
  }
  return [...resting, ...spare];
}

/** Milliseconds that have passed at least: what was recorded in another boot is older than this one. */
function atLeastMilliseconds(earlier: Stamp, now: Stamp): number {
  return Math.max(0, millisecondsBetween(earlier, now) ?? now.monotonicMilliseconds);
}

/** Where lines, tickets and windows are read: the state, or a draft over it. */
interface View {
  first(queue: string, line: 'priority' | 'normal'): Entry | undefined;
  ticket(id: string): { readonly since: Stamp } | undefined;
}

/** How long the first of some queues have waited, at least; `null` where nobody waits. */
function longestWait(view: View, queues: readonly string[], now: Stamp): number | null {
  let longest: number | null = null;
  for (const queue of queues) {
    for (const line of ['priority', 'normal'] as const) {
      const entry = view.first(queue, line);
      const ticket = entry && view.ticket(entry.id);
      if (ticket !== undefined) longest = Math.max(longest ?? 0, atLeastMilliseconds(ticket.since, now));
    }
  }
  return longest;
}

function waitedMilliseconds(calling: CallingState, queues: readonly string[], now: Stamp): number | null {
  const view: View = {
    first: (queue, line) => calling.lines(queue)?.[line].first,
    ticket: (id) => calling.tickets.get(id),
  };
  return longestWait(view, queues, now);
}

/** Open, serves nobody, and no call is on its way there. */
function isIdle({ state, hold }: WindowRecord): boolean {
  return state === 'open' && hold === null;
}

/**
 * Emits `window.unattended`, once for each time that nobody attends to an open window while people wait for it:
 * it serves nobody, and nothing has happened there for `rules.unattendedMinutes`, in which people waited all the
 * time. Over with the next press there (`windows.ts`), or when nobody waits for it any more.
 */
export function lookForUnattended(draft: Draft): void {
  const limit = draft.settings.rules.unattendedMinutes * minuteMilliseconds;
  for (const window of draft.calling.windows.keys()) {
    const record = draft.recordOf(window);
    if (record === undefined || !isIdle(record) || record.usedAt === null) continue;
    if (!record.unattended && atLeastMilliseconds(record.usedAt, draft.now) < limit) continue;
    const waited = longestWait(draft, draft.queuesAt(window), draft.now);
    if (record.unattended) {
      if (waited === null) draft.setUnattended(window, false);
    } else if (waited !== null && waited >= limit) {
      draft.emit('window.unattended', window, { window, staff: draft.staff(window) });
      draft.setUnattended(window, true);
    }
  }
}

/**
 * Milliseconds of pause until something could newly stand, or a window be unattended, though nothing happens; an
 * hour at most. To be asked again after every decision.
 */
export function nextAttentionAt(calling: CallingState, now: Stamp, settings: CallingSettings): number {
  const { overlongMinutes, unattendedMinutes } = settings.rules;
  let pause = longestPauseMilliseconds;
  const until = (left: number) => {
    if (left > 0) pause = Math.min(pause, left);
  };
  if (Object.keys(settings.queues).some((queue) => waitingIn(calling, queue) > 0))
    pause = lookAgainMilliseconds;
  for (const [window, record] of calling.windows) {
    const called = record.ticket === null ? undefined : calling.tickets.get(record.ticket)?.called;
    const served = called ? millisecondsBetween(called.at, now) : null;
    // More than the limit is overlong, not the limit itself.
    if (served !== null) until(overlongMinutes * minuteMilliseconds - served + 1);
    if (!isIdle(record) || record.unattended || record.usedAt === null) continue;
    const waited = waitedMilliseconds(calling, queuesServed(calling, settings, window), now);
    if (waited === null) continue;
    const alone = Math.min(waited, atLeastMilliseconds(record.usedAt, now));
    until(unattendedMinutes * minuteMilliseconds - alone);
  }
  return pause;
}
