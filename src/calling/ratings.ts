/** Ratings (评价): who is invited, which press belongs to whom, and what becomes of presses that belong to nobody. */
import { millisecondsBetween } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { RatingLevel } from './events.js';
import type { RateInput } from './inputs.js';
import type { Term } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import { hasEvaluator, windowSettings } from './settings.js';
import { missRating, momentOf, remainingMilliseconds } from './time.js';

const defaultRatingSeconds = 60;
/** After the next call: nobody newly called is served and rating that soon, so a press is still the former's. */
const afterNextCallMilliseconds = 20_000;
/** Presses that belong to nobody are recorded no more often than this at one window. */
const quarantineMilliseconds = 10_000;
/** For windows that nobody configured: no more of them than this within the same time. */
const mostStrays = 8;

/** Invites the visitor whose service just ended, where there is something to rate with. */
export function openRating(
  draft: Draft,
  window: string,
  service: { readonly ticket: string; readonly staff: string | null; readonly matter: string | null },
): void {
  if (!hasEvaluator(draft.settings, window)) return;
  missRating(draft, window);
  const milliseconds = (draft.settings.ratingSeconds ?? defaultRatingSeconds) * 1000;
  draft.setRating(window, {
    open: {
      ...service,
      session: draft.context.newId(),
      unit: windowSettings(draft.settings, window)?.unit ?? null,
      invitedAt: draft.now,
      term: { from: draft.now, milliseconds },
    },
    grace: null,
  });
}

/** The next visitor has been called to a window: the former has little time left to rate. */
export function shortenRating(draft: Draft, window: string): void {
  const { open, grace } = draft.rating(window);
  const shorten = (term: Term): Term => ({
    from: draft.now,
    milliseconds: Math.min(afterNextCallMilliseconds, remainingMilliseconds(term, draft.now)),
  });
  if (open !== null) draft.setRating(window, { open: { ...open, term: shorten(open.term) } });
  if (grace !== null) {
    const left = shorten(grace);
    draft.setRating(window, { grace: left.milliseconds > 0 ? left : null });
  }
}

/**
 * A visitor pressed a level. One rating for one service; a press that belongs to nobody, or cannot be tied to
 * unit, staff and matter, is recorded as quarantined. Refuses with `rating.level-unknown`.
 */
export function rate(draft: Draft, input: RateInput): Refusal | undefined {
  const { window, level } = input;
  if (!isLevel(level)) return refusal('rating.level-unknown', { level });
  const { open, grace } = draft.rating(window);
  if (open !== null) {
    const { session, unit, staff, matter, ticket, invitedAt, term } = open;
    const quarantined = unit === null || staff === null || matter === null;
    submit(draft, input, level, {
      session,
      unit,
      staff,
      matter,
      ticket,
      invitedAt: momentOf(invitedAt),
      ...(quarantined ? { quarantined: true } : {}),
    });
    const left = { from: draft.now, milliseconds: remainingMilliseconds(term, draft.now) };
    draft.setRating(window, { open: null, grace: left });
    return undefined;
  }
  if (grace !== null && remainingMilliseconds(grace, draft.now) > 0) {
    draft.outcome.ignored = 'already-rated';
    return undefined;
  }
  const known = windowSettings(draft.settings, window);
  const admitted = known === undefined ? admitStray(draft, window) : admitQuarantined(draft, window);
  if (!admitted) {
    draft.outcome.ignored = 'repeated';
    return undefined;
  }
  submit(draft, input, level, {
    session: null,
    unit: known?.unit ?? null,
    staff: known === undefined ? null : draft.staff(window),
    matter: null,
    ticket: null,
    invitedAt: null,
    quarantined: true,
  });
  return undefined;
}

function isLevel(level: number): level is RatingLevel {
  return level === 1 || level === 2 || level === 3 || level === 4 || level === 5;
}

function submit(
  draft: Draft,
  { window, channel }: RateInput,
  level: RatingLevel,
  tie: {
    readonly session: string | null;
    readonly unit: string | null;
    readonly staff: string | null;
    readonly matter: string | null;
    readonly ticket: string | null;
    readonly invitedAt: string | null;
    readonly quarantined?: true;
  },
): void {
  draft.emit('rating.submitted', window, { level, reasons: [], window, channel, ...tie });
  if (tie.quarantined) draft.outcome.unmapped = true;
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

function isRecent(draft: Draft, at: Draft['now']): boolean {
  const passed = millisecondsBetween(at, draft.now);
  return passed !== null && passed < quarantineMilliseconds;
}
