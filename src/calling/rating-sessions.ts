/** Rating sessions: who is asked to rate (评价) a service, for how long, and what it means that nobody does. */
import type { Stamp } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { InviteInput } from './inputs.js';
import { remainingMilliseconds } from './measure.js';
import { type RatingRecord, ratingKey, type Term } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import {
  type CallingSettings,
  hasEvaluator,
  queueSettings,
  queuesOf,
  unitOf,
  windowSettings,
} from './settings.js';
import type { CallingState } from './state.js';

/** More presses of one who has rated are ignored so long after the next call: until then it may still be they. */
const afterNextCallMilliseconds = 20_000;
/** More windows than this are not kept for another system, whatever names it makes up. */
const mostOtherWindows = 500;
/** What is known of a window that the configuration does not name is kept so long after its last invitation. */
const keptDays = 14;

/** A service that has ended, as its rating will be tied to it. */
export interface Service {
  readonly ticket: string | null;
  readonly staff: string | null;
  readonly matter: string | null;
  /** Whole seconds; `null` where nobody measured it. */
  readonly servedSeconds: number | null;
  readonly caseRef?: string | null;
}

export type RatingSession = NonNullable<RatingRecord['open']>;

/** Invites the visitor whose service just ended, where there is something to rate with. */
export function openRating(draft: Draft, window: string, service: Service): void {
  if (!hasEvaluator(draft.settings, window)) return;
  begin(draft, window, { ...service, unit: unitOf(draft.settings, service.matter, window) });
}

/**
 * Another system has ended a service and invites its visitor. What it does not say is taken from the settings; a
 * session that is open is missed first. Refuses with `rating.no-evaluator`, `window.unknown`.
 */
export function invite(draft: Draft, input: InviteInput): Refusal | undefined {
  const { settings, calling } = draft;
  const { window } = input;
  if (!hasEvaluator(settings, window)) return refusal('rating.no-evaluator', { window });
  const isKnown = windowSettings(settings, window) !== undefined || calling.ratings.has(window);
  if (!isKnown && calling.ratings.size >= mostOtherWindows) return refusal('window.unknown', { window });
  const matter = said(input.matter) ?? onlyMatter(settings, window);
  begin(draft, window, {
    ticket: said(input.ticket),
    staff: said(input.staff) ?? draft.staff(window),
    matter,
    servedSeconds: null,
    caseRef: said(input.caseRef),
    unit: said(input.unit) ?? unitOf(settings, matter, window),
  });
  return undefined;
}

/** A blank name is none. */
function said(name: string | null): string | null {
  return name === null || name.trim() === '' ? null : name;
}

/** The matter of a window whose queues are all about the same. */
function onlyMatter(settings: CallingSettings, window: string): string | null {
  const matters = queuesOf(settings, window).map((queue) => queueSettings(settings, queue)?.matter ?? null);
  return new Set(matters).size === 1 ? (matters[0] ?? null) : null;
}

function begin(draft: Draft, window: string, service: Service & { readonly unit: string | null }): void {
  missRating(draft, window);
  const { unit, staff, matter, ticket, servedSeconds, caseRef = null } = service;
  const { day, invited, rated } = countsOf(draft, window);
  draft.setRating(window, {
    open: {
      session: draft.context.newId(),
      unit,
      staff,
      matter,
      ticket,
      caseRef,
      servedSeconds,
      invitedAt: draft.now,
      term: { from: draft.now, milliseconds: draft.settings.rules.rating.ratingSeconds * 1000 },
    },
    grace: null,
    day,
    invited: invited + 1,
    rated,
  });
}

/** Invitations and ratings of a window on the day that runs. */
export function countsOf(draft: Draft, window: string): Pick<RatingRecord, 'day' | 'invited' | 'rated'> {
  const { day, invited, rated } = draft.rating(window);
  return day === draft.day ? { day, invited, rated } : { day: draft.day, invited: 0, rated: 0 };
}

/**
 * The next visitor is called to a window. A session that is open there is missed: from now on a press may be
 * theirs. Who has rated has a little time left in which more presses are still taken for theirs.
 */
export function endRating(draft: Draft, window: string): void {
  missRating(draft, window);
  const { grace } = draft.rating(window);
  if (grace === null) return;
  const left = remainingMilliseconds(grace, draft.now);
  if (left > 0 && left <= afterNextCallMilliseconds) return;
  const shortened: Term = { from: draft.now, milliseconds: afterNextCallMilliseconds };
  draft.setRating(window, { grace: left > 0 ? shortened : null });
}

/** Ends a window's open session unrated, if there is one: silence is never a level. */
export function missRating(draft: Draft, window: string): void {
  const { open } = draft.rating(window);
  if (open === null) return;
  const { session, staff, matter, ticket } = open;
  draft.emit('rating.missed', window, { session, window, staff, matter, ticket });
  draft.setRating(window, { open: null });
}

/** Ends the sessions whose time is over. */
export function passRatingTime(draft: Draft): void {
  for (const window of draft.calling.openSessions) {
    const { open } = draft.rating(window);
    if (open !== null && remainingMilliseconds(open.term, draft.now) === 0) missRating(draft, window);
  }
}

/**
 * A new business day has begun. Sessions of the day before are missed; windows that only another system named are
 * forgotten after a while.
 * @param isToday whether a moment lies on the new day, by measured time
 */
export function turnRatingDay(draft: Draft, isToday: (stamp: Stamp | null) => boolean): void {
  const { calling, settings } = draft;
  const calendar = calling.calendar(settings);
  for (const [window, { open, day }] of calling.ratings) {
    if (open !== null && isToday(open.invitedAt)) continue;
    if (open !== null) {
      missRating(draft, window);
    } else if (windowSettings(settings, window) === undefined) {
      const until = day === null ? null : calendar.addDays(day, keptDays, 'calendar');
      if (until === null || until < draft.day) draft.forget(ratingKey(window));
    }
  }
}

/** How many of the day's invitations at a window were followed by a rating. */
export interface RatingShare {
  readonly invited: number;
  readonly rated: number;
  /** Of those whose time to rate is over; `null` while there is none. */
  readonly percent: number | null;
}

/** The share of people who rate at a window, today. */
export function ratingShare(calling: CallingState, window: string): RatingShare {
  const record = calling.ratings.get(window);
  if (record === undefined || record.day === null || record.day !== calling.day) {
    return { invited: 0, rated: 0, percent: null };
  }
  const { invited, rated, open } = record;
  const ended = invited - (open === null ? 0 : 1);
  return { invited, rated, percent: ended > 0 ? Math.round((100 * rated) / ended) : null };
}
