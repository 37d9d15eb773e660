/** A visitor rates (评价): which press belongs to whom, and what becomes of presses that belong to nobody. */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { RatingLevel } from './events.js';
import type { RateInput } from './inputs.js';
import { momentOf, remainingMilliseconds } from './measure.js';
import { deadlines, isBad, suspicions } from './rating-marks.js';
import { noteBad } from './rating-repeats.js';
import { countsOf, type RatingSession } from './rating-sessions.js';
import { type Refusal, refusal } from './refusals.js';
import { unitOf, windowSettings } from './settings.js';

export { endRating, invite, missRating, openRating, ratingShare } from './rating-sessions.js';

/** Presses so soon after a rating are the same visitor's, also where the session was nearly over. */
const shortestGraceMilliseconds = 5000;
/** Presses that belong to nobody are recorded no more often than this at one window. */
const quarantineMilliseconds = 10_000;
/** For windows that nobody configured: no more of them than this within the same time. */
const mostStrays = 8;
/** Reasons that one rating may give; codes, for free text has no place here. */
const mostReasons = 10;
const reasonPattern = /^[a-z0-9-]{1,40}$/;

/**
 * A visitor rated. One rating for one service; a press that belongs to nobody, or cannot be tied to unit, staff and
 * matter, is recorded as quarantined. Refuses with `rating.level-unknown`, `rating.reason-unknown`,
 * `rating.reasons-too-many`, and, where a session is named that is not open here, `rating.session-over`.
 */
export function rate(draft: Draft, input: RateInput): Refusal | undefined {
  const { window, level } = input;
  if (!isLevel(level)) return refusal('rating.level-unknown', { level });
  const reasons = [...new Set(input.reasons)];
  const unknown = reasons.find((reason) => !reasonPattern.test(reason));
  if (unknown !== undefined) return refusal('rating.reason-unknown', { reason: unknown });
  if (reasons.length > mostReasons) return refusal('rating.reasons-too-many', { limit: mostReasons });
  const { open, grace } = draft.rating(window);
  if (input.session !== undefined && input.session !== open?.session) return refusal('rating.session-over');

  if (open !== null) {
    takeRating(draft, input, level, reasons, open);
  } else if (grace !== null && remainingMilliseconds(grace, draft.now) > 0) {
    draft.outcome.ignored = 'already-rated';
  } else {
    quarantine(draft, input, level, reasons);
  }
  return undefined;
}

function isLevel(level: number): level is RatingLevel {
  return level === 1 || level === 2 || level === 3 || level === 4 || level === 5;
}

/** The visitor of an open session has rated. */
function takeRating(
  draft: Draft,
  { window, channel }: RateInput,
  level: RatingLevel,
  reasons: string[],
  open: RatingSession,
): void {
  const { now } = draft;
  const { session, unit, staff, matter, ticket, caseRef, invitedAt, term } = open;
  const fives = level === 5 ? Math.min(draft.rating(window).fives + 1, Number.MAX_SAFE_INTEGER) : 0;
  const suspect = suspicions(draft, open, fives);
  const isTied = unit !== null && staff !== null && matter !== null;
  draft.emit('rating.submitted', window, {
    session,
    level,
    reasons,
    window,
    unit,
    staff,
    matter,
    ticket,
    ...(caseRef === null ? {} : { caseRef }),
    channel,
    invitedAt: momentOf(invitedAt),
    at: momentOf(now),
    ...deadlines(draft, level),
    ...(isTied ? {} : { quarantined: true }),
    ...(suspect.length === 0 ? {} : { suspect }),
  });
  const { day, invited, rated } = countsOf(draft, window);
  const milliseconds = Math.max(shortestGraceMilliseconds, remainingMilliseconds(term, now));
  draft.setRating(window, {
    open: null,
    grace: { from: now, milliseconds },
    fives,
    day,
    // Its invitation counts with it where the day has turned meanwhile.
    invited: Math.max(invited, rated + 1),
    rated: rated + 1,
  });
  if (!isTied) draft.outcome.unmapped = true;
  else if (isBad(level)) noteBad(draft, window, { session, staff, matter });
}

/**
 * Nobody was invited to rate: the press is kept with what is known. It names no service, and has no deadline, for
 * there is nobody to call back.
 */
function quarantine(
  draft: Draft,
  { window, channel }: RateInput,
  level: RatingLevel,
  reasons: string[],
): void {
  const isKnown = windowSettings(draft.settings, window) !== undefined;
  const isAdmitted = isKnown ? admitQuarantined(draft, window) : admitStray(draft, window);
  if (!isAdmitted) {
    draft.outcome.ignored = 'repeated';
    return;
  }
  draft.emit('rating.submitted', window, {
    session: null,
    level,
    reasons,
    window,
    unit: unitOf(draft.settings, null, window),
    staff: isKnown ? draft.staff(window) : null,
    matter: null,
    ticket: null,
    channel,
    invitedAt: null,
    at: momentOf(draft.now),
    quarantined: true,
  });
  draft.outcome.unmapped = true;
}

function admitQuarantined(draft: Draft, window: string): boolean {
  const { quarantinedAt } = draft.rating(window);
  if (quarantinedAt !== null && isRecent(draft, quarantinedAt)) return false;
  draft.setRating(window, { quarantinedAt: draft.now, grace: null });
  return true;
}

/** Names that a line of text makes up must not fill the storage: they share a few places. */
function admitStray(draft: Draft, window: string): boolean {
  const latest = draft.calling.strays.latest.filter(({ at }) => isRecent(draft, at));
  if (latest.length >= mostStrays || latest.some((stray) => stray.window === window)) return false;
  draft.setStrays({ latest: [...latest, { window, at: draft.now }] });
  return true;
}

function isRecent(draft: Draft, at: Stamp): boolean {
  const passed = millisecondsBetween(at, draft.now);
  return passed !== null && passed < quarantineMilliseconds;
}
