/** The business day: how it begins, by the clock or by a person, and what ends with it. */
import { quarterHourMilliseconds } from '../kernel/local-dates.js';
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import { turnRatingDay } from './rating-sessions.js';
import { dayKey } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';

/** The first day of a board whose clock says nothing usable. */
const dayWithoutClock = '1970-01-01';
/** Without a clock to be trusted a person may begin a day at most so many days after the one that runs, for fear of
 * a slip of the pen; a board that knows of no earlier day counts from this one. */
const longestLeapDays = 366;
const earliestLeap = '2026-01-01';
/** Nobody waits longer for the next look at the wall clock, which may have been set meanwhile. */
export const longestPauseMilliseconds = 60 * 60 * 1000;

/**
 * A business day begins when a clock that is not untrusted shows a later local date than the stored one; a clock
 * that is behind changes nothing. What began on the new local date by measured time stays, and so does the
 * counting of queues that issued on it: a board that woke up with yesterday's date and is set right in the morning
 * must not send away those who came since.
 */
export function turnDay(draft: Draft): void {
  const { calling, now, settings } = draft;
  const dates = calling.dates(settings.timezone);
  const today = dates.at(now.wallMilliseconds);
  if (calling.day === null) {
    draft.day = today ?? dayWithoutClock;
    return;
  }
  if (now.quality === 'untrusted' || today === undefined || today <= calling.day) return;
  startDay(draft, today, (stamp) => {
    const ago = stamp === null ? null : millisecondsBetween(stamp, now);
    return ago !== null && ago >= 0 && dates.at(now.wallMilliseconds - ago) === today;
  });
}

/**
 * A person begins a day, where no clock can. All that the day before left ends with it, for nobody can say what came
 * after midnight. With a clock to be trusted, tomorrow is the latest, or the day after the one that runs; without
 * one, a year on. Refuses with `day.invalid`, `day.not-later`, `day.too-far`.
 */
export function beginDay(draft: Draft, date: string): Refusal | undefined {
  if (!isDate(date)) return refusal('day.invalid', { date });
  if (date <= draft.day) return refusal('day.not-later', { day: draft.day, date });
  const latest = latestDay(draft);
  if (date > latest) return refusal('day.too-far', { date, latest });
  startDay(draft, date, () => false);
  return undefined;
}

function isDate(date: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return false;
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function latestDay({ day, now, calling, settings }: Draft): string {
  const today =
    now.quality === 'untrusted' ? undefined : calling.dates(settings.timezone).at(now.wallMilliseconds);
  if (today === undefined) return laterDate(day > earliestLeap ? day : earliestLeap, longestLeapDays);
  return laterDate(today > day ? today : day, 1);
}

function laterDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** @param isToday whether a moment lies on the new day, by measured time */
function startDay(draft: Draft, day: string, isToday: (stamp: Stamp | null) => boolean): void {
  const { calling } = draft;
  draft.day = day;
  // What this very decision has done before, such as a held call, ends with the day as well.
  for (const window of calling.windows.keys()) {
    const { state, ticket, usedAt } = draft.window(window);
    if (isToday(usedAt)) continue;
    if (ticket !== null) expire(draft, ticket);
    const staff = draft.staff(window);
    if (state !== 'closed') draft.emit('window.closed', window, { window, staff, reason: 'day-end' });
    draft.setWindow(window, null);
  }
  for (const id of calling.tickets.keys()) {
    const ticket = draft.ticket(id);
    if (ticket === undefined || ticket.called !== null || isToday(ticket.issuedAt)) continue;
    // Who was skipped and did not return has ended by that.
    if (ticket.skipped === null) expire(draft, id);
    else draft.setTicket(id, null);
  }
  for (const [queue, record] of calling.queues) {
    if (isToday(record.issuedAt)) draft.setQueue(queue, { ...record, day });
  }
  turnRatingDay(draft, isToday);
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

/** Milliseconds until a business day can begin by the clock; at most an hour. */
export function pauseBeforeDay(
  calling: CallingState,
  day: string,
  now: Stamp,
  settings: CallingSettings,
): number {
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
