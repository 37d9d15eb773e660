/** What time alone changes: the business day, and rating sessions that run out. */
import { rfc3339 } from '../kernel/clock.js';
import { millisecondsBetween, type Stamp, secondsBetween } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import { quarterHourMilliseconds } from './local-dates.js';
import { dayKey, type Term } from './records.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';

/** The first day of a board whose clock says nothing usable. */
const dayWithoutClock = '1970-01-01';
/** Nobody waits longer for the next look at the wall clock, which may have been set meanwhile. */
const longestPauseMilliseconds = 60 * 60 * 1000;

/** Milliseconds that a term has left; 0 when it is over, or when nobody measured how much of it passed. */
export function remainingMilliseconds(term: Term, now: Stamp): number {
  const passed = millisecondsBetween(term.from, now);
  return passed === null ? 0 : Math.max(0, term.milliseconds - Math.max(0, passed));
}

/** Whole seconds from one moment to another; `null` where nobody measured them. */
export function measuredSeconds(earlier: Stamp, later: Stamp): number | null {
  const seconds = secondsBetween(earlier, later);
  return seconds === null || seconds < 0 ? null : Math.abs(seconds);
}

/** A moment as events name it; `null` where the clock was not to be trusted. */
export function momentOf(stamp: Stamp): string | null {
  const usable = stamp.quality !== 'untrusted' && Math.abs(stamp.wallMilliseconds) <= 8.64e15;
  return usable ? rfc3339(stamp.wallMilliseconds) : null;
}

/** Brings the state up to the present: first the rating sessions that ran out, then the day. */
export function passTime(draft: Draft): void {
  for (const window of draft.calling.openSessions) {
    const session = draft.rating(window).open;
    if (session !== null && remainingMilliseconds(session.term, draft.now) === 0) missRating(draft, window);
  }
  turnDay(draft);
}

/** Ends a window's open rating session unrated, if there is one. */
export function missRating(draft: Draft, window: string): void {
  const { open } = draft.rating(window);
  if (open === null) return;
  const { session, staff, matter, ticket } = open;
  draft.emit('rating.missed', window, { session, window, staff, matter, ticket });
  draft.setRating(window, { open: null });
}

/**
 * A business day begins when a clock that is not untrusted shows a later local date than the stored one; a clock
 * that is behind changes nothing. What began on the new local date by measured time stays, and so does the
 * counting of queues that issued on it: a board that woke up with yesterday's date and is set right in the morning
 * must not send away those who came since.
 */
function turnDay(draft: Draft): void {
  const { calling, now, settings } = draft;
  const dates = calling.dates(settings.timezone);
  const today = dates.at(now.wallMilliseconds);
  if (calling.day === null) {
    draft.day = today ?? dayWithoutClock;
    return;
  }
  if (now.quality === 'untrusted' || today === undefined || today <= calling.day) return;

  draft.day = today;
  const isToday = (stamp: Stamp | null) => {
    const ago = stamp === null ? null : millisecondsBetween(stamp, now);
    return ago !== null && ago >= 0 && dates.at(now.wallMilliseconds - ago) === today;
  };
  for (const [window, { state, ticket, usedAt }] of calling.windows) {
    if (isToday(usedAt)) continue;
    if (ticket !== null) expire(draft, ticket);
    const staff = draft.staff(window);
    if (state !== 'closed') draft.emit('window.closed', window, { window, staff, reason: 'day-end' });
    draft.setWindow(window, null);
  }
  for (const [id, ticket] of calling.tickets) {
    if (ticket.called === null && !isToday(ticket.issuedAt)) expire(draft, id);
  }
  for (const [queue, record] of calling.queues) {
    if (isToday(record.issuedAt)) draft.setQueue(queue, { ...record, day: today });
  }
  for (const [window, { open, quarantinedAt }] of calling.ratings) {
    if (open !== null && isToday(open.invitedAt)) continue;
    missRating(draft, window);
    draft.setRating(window, { grace: null, quarantinedAt: isToday(quarantinedAt) ? quarantinedAt : null });
  }
  // A queue's lost count is forgotten only where the day before is known for certain to have been another.
  if (calling.damaged.has(dayKey)) return;
  for (const key of calling.damaged) draft.forget(key);
}

function expire(draft: Draft, id: string): void {
  const ticket = draft.ticket(id);
  if (ticket === undefined) return;
  const window = ticket.called?.window ?? null;
  const staff = window === null ? null : (draft.staff(window) ?? ticket.called?.staff ?? null);
  const { number, queue } = ticket;
  draft.emit('ticket.expired', window ?? queue, { ticket: id, number, queue, window, staff });
  draft.setTicket(id, null);
}

/**
 * When the next `tick` is due, in monotonic milliseconds of `now`'s boot: the end of the first rating session, the
 * next local midnight, or an hour from now. To be asked again after every decision, after a restart, and when the
 * wall clock was set.
 */
export function nextTickAt(calling: CallingState, now: Stamp, settings: CallingSettings): number {
  let pause = calling.day === null ? 0 : pauseBeforeDay(calling, calling.day, now, settings);
  for (const window of calling.openSessions) {
    const session = calling.ratings.get(window)?.open;
    if (session) pause = Math.min(pause, remainingMilliseconds(session.term, now));
  }
  return now.monotonicMilliseconds + pause;
}

function pauseBeforeDay(calling: CallingState, day: string, now: Stamp, settings: CallingSettings): number {
  if (now.quality === 'untrusted') return longestPauseMilliseconds;
  const dates = calling.dates(settings.timezone);
  const startsBy = (pause: number) => (dates.at(now.wallMilliseconds + pause) ?? '') > day;
  const quarter = quarterHourMilliseconds;
  const toQuarter = quarter - (((now.wallMilliseconds % quarter) + quarter) % quarter);
  const pauses = [0, toQuarter, toQuarter + quarter, toQuarter + 2 * quarter, toQuarter + 3 * quarter];
  return (
    pauses.find((pause) => pause <= longestPauseMilliseconds && startsBy(pause)) ?? longestPauseMilliseconds
  );
}
