/** What is noted with a rating besides its level: whether it is suspect, and until when a bad one is answered. */
import { millisecondsBetween } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { RatingLevel, SuspectReason } from './events.js';
import type { RatingSession } from './rating-sessions.js';

/** Levels 1 and 2 are bad. */
export function isBad(level: RatingLevel): boolean {
  return level <= 2;
}

/**
 * Why a rating may not be the visitor's own opinion. It counts all the same: nothing is dropped for being suspect.
 * What nobody measured raises no suspicion.
 * @param fives the window's fives in a row, with this rating
 */
export function suspicions(draft: Draft, session: RatingSession, fives: number): SuspectReason[] {
  const { tooSoonSeconds, shortServiceSeconds, runOfFives } = draft.settings.rules.rating;
  const sinceInvited = millisecondsBetween(session.invitedAt, draft.now);
  const { servedSeconds } = session;
  const reasons: SuspectReason[] = [];
  if (sinceInvited !== null && sinceInvited < tooSoonSeconds * 1000) reasons.push('too-soon');
  if (servedSeconds !== null && servedSeconds < shortServiceSeconds) reasons.push('short-service');
  if (fives > 0 && fives >= runOfFives) reasons.push('run-of-fives');
  return reasons;
}

/**
 * Local dates by which the author of a bad rating is called back, and by which what was bad is put right; without
 * one that nobody can name: while the clock is not to be trusted, or where the hours leave no working day.
 */
export function deadlines(
  draft: Draft,
  level: RatingLevel,
): { readonly callbackDue?: string; readonly fixDue?: string } {
  const { calling, now, settings } = draft;
  const today = calling.dates(settings.timezone).at(now.wallMilliseconds);
  if (!isBad(level) || now.quality === 'untrusted' || today === undefined) return {};
  const { callbackDays, fixDays, deadlineDays } = settings.rules.rating;
  const calendar = calling.calendar(settings);
  const callbackDue = calendar.addDays(today, callbackDays, deadlineDays);
  const fixDue = calendar.addDays(today, fixDays, deadlineDays);
  return { ...(callbackDue === null ? {} : { callbackDue }), ...(fixDue === null ? {} : { fixDue }) };
}
