/**
 * How long a visitor will wait: an interval, and whether it may be told (docs/expected-wait.md).
 *
 * `expectation.ts` reckons a wait and the unit of its uncertainty. Each guess is kept with its ticket, told or not,
 * and compared when the ticket is called: by how many units was the wait longer? The next guesses reach from the
 * lower to the upper end of what the latest 60 such scores showed (conformal prediction: nothing is assumed of how
 * they are distributed; whatever the reckoning leaves out, it widens the interval and moves it to where the waits
 * are). A guess is told only while guesses have lately come true and say more than last week's waits do.
 */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import type { WaitMinutes } from './events.js';
import { type Expectation, Reckoning, type Scene, sceneOf } from './expectation.js';
import {
  hitsOf,
  scoreQuantile,
  spreadSeconds,
  withScore,
  withService,
  withTurnaround,
  withWait,
} from './pace.js';
import { emptyPace, type Pace } from './pace-record.js';
import type { Guess, TicketRecord } from './records.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';

/** Of the latest guesses so large a share shall come true; told are they from the smaller share on. */
const aimedShare = 0.92;
const leastShare = 0.8;
/** So many of the latest guesses say whether the interval is wide enough just now. */
const watchedGuesses = 20;
/** Fewer compared guesses say nothing about the next. */
const fewestScores = 20;
/**
 * How many units a guess reaches to either side at least, and until enough were compared: the latest waits are much
 * alike, for the same services made them, and say less about the next hour than so many scores seem to.
 */
const leastReach = 1.5;
const firstReach = 2;
/** Of so many at the head of each line it is looked whether they wait longer already than they expected. */
const lookedAtHead = 10;
/** Nobody waits longer than the day. */
const longestSeconds = 24 * 60 * 60;
/** Breaks are looked for in steps of so much. */
const breakStepMilliseconds = 15 * 60_000;

/**
 * What is expected for who would come `ahead` others behind in a queue now, whether or not it may be told; `null`
 * while no window is open for the queue, or its services are not known yet.
 */
export function guessWait(draft: Draft, queue: string, ahead: number): Guess | null {
  return guessIn(draft, new Reckoning(draft, queue), queue, ahead);
}

/**
 * The guess as people may be told it: `null` while the guesses of this queue are not to be trusted, or say less than
 * the waits of the last week: where fewer than 20 guesses were compared, or less than 80 % of the latest (up to 60)
 * came true, those counted in who wait already longer than they expected; where the interval is not narrower than
 * the distance between the first and the last tenth of last week's waits; and across the hall's lunch break.
 */
export function toldWait(calling: CallingState, queue: string, guess: Guess | null): WaitMinutes {
  const pace = calling.paces.get(queue);
  if (guess === null || guess.doubt !== null || pace === undefined) return null;
  if (!isTrusted(pace, 0)) return null;
  const spread = spreadSeconds(pace, calling.day ?? '');
  const told = inMinutes(guess);
  return spread !== null && (told.high - told.low) * 60 < spread ? told : null;
}

/** The wait that somebody who comes now is told, for the retained topic of a queue. */
export function waitNow(
  calling: CallingState,
  queue: string,
  settings: CallingSettings,
  now: Stamp,
): WaitMinutes {
  const lines = calling.lines(queue);
  const ahead = (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0);
  const scene = sceneOf(calling, settings, now);
  return toldWait(calling, queue, guessIn(scene, new Reckoning(scene, queue), queue, ahead));
}

/**
 * The minutes that somebody who came now would most likely wait, for each queue where people wait: `null` where
 * guesses did not come true lately, no window is open, or nothing is known yet. For the duty manager, who may be
 * told also where the interval is too wide for visitors.
 */
export function likelyWaits(
  calling: CallingState,
  settings: CallingSettings,
  now: Stamp,
): (queue: string) => number | null {
  const scene = sceneOf(calling, settings, now);
  const reckoning = new Reckoning(scene);
  return (queue) => {
    const lines = calling.lines(queue);
    const ahead = (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0);
    const guess = guessIn(scene, reckoning, queue, ahead);
    if (guess === null || !isTrusted(calling.paces.get(queue) ?? emptyPace, overdueIn(scene, queue)))
      return null;
    return guess.medianSeconds / 60;
  };
}

/**
 * A ticket is called: its wait is compared with its guess, and how soon the window called is learned. To be asked
 * with the ticket as it was called, before or after the draft has its new state; the window is taken as it was
 * before this decision. Nothing is learned from a wait that nobody measured, or of a ticket that did not keep the
 * place which it was issued with.
 */
export function observeCall(draft: Draft, ticket: TicketRecord, waitedSeconds: number | null): void {
  const before = draft.pace(ticket.queue) ?? emptyPace;
  let pace = before;
  const turnaround = turnaroundSeconds(draft, ticket);
  if (turnaround !== null) pace = withTurnaround(pace, turnaround);
  const rule = ticket.called?.rule ?? 'order';
  const inOrder = ticket.via === null && (rule === 'order' || rule === 'priority');
  if (inOrder && waitedSeconds !== null) {
    pace = withWait(pace, draft.day, waitedSeconds);
    const { guess } = ticket;
    if (guess !== null && guess.doubt !== 'break') {
      const score = (waitedSeconds - guess.expectedSeconds) / guess.scaleSeconds;
      pace = withScore(pace, score, isWithin(waitedSeconds, guess));
    }
  }
  if (pace !== before) draft.setPace(ticket.queue, pace);
}

/** A service, or the calls for somebody who did not come, has ended; not learned from where nobody measured it. */
export function observeService(draft: Draft, queue: string, servedSeconds: number | null): void {
  if (servedSeconds === null || !(servedSeconds >= 0)) return;
  draft.setPace(queue, withService(draft.pace(queue) ?? emptyPace, servedSeconds));
}

/** The share of the latest guesses that came true, in whole percent, rounded down; `null` below 20 guesses. */
export function coverageOf(calling: CallingState, queue: string): { percent: number; of: number } | null {
  const { hits, of } = hitsOf(calling.paces.get(queue) ?? emptyPace);
  return of < fewestScores ? null : { percent: Math.floor((100 * hits) / of), of };
}

function guessIn(scene: Scene, reckoning: Reckoning, queue: string, ahead: number): Guess | null {
  const expected = reckoning.wait(queue, ahead);
  if (expected === undefined) return null;
  const pace = scene.pace(queue) ?? emptyPace;
  const [low, median, high] = reach(pace);
  const highSeconds = at(expected, high);
  return {
    lowSeconds: at(expected, low),
    medianSeconds: at(expected, median),
    highSeconds,
    expectedSeconds: at(expected, 0),
    scaleSeconds: Math.round(expected.scaleSeconds),
    doubt: doubtOf(scene, queue, pace, highSeconds),
  };
}

/**
 * Scores of the lower end, the middle and the upper end. Where more of the very latest guesses missed than should,
 * by so much further the interval reaches, and it draws in again when they come true (adaptive conformal inference).
 */
function reach({ scores, hits }: Pace): readonly [number, number, number] {
  if (scores.length < fewestScores) return [-firstReach, 0, firstReach];
  const latest = hits.slice(-watchedGuesses);
  const share = latest.replaceAll('0', '').length / latest.length;
  const outside = Math.max(0, (1 - aimedShare + share - aimedShare) / 2);
  return [
    Math.min(-leastReach, scoreQuantile(scores, outside)),
    scoreQuantile(scores, 0.5),
    Math.max(leastReach, scoreQuantile(scores, 1 - outside)),
  ];
}

function at({ seconds, scaleSeconds }: Expectation, score: number): number {
  return Math.round(Math.max(0, Math.min(longestSeconds, seconds + score * scaleSeconds)));
}

function doubtOf(scene: Scene, queue: string, pace: Pace, highSeconds: number): Guess['doubt'] {
  if (isAcrossBreak(scene, highSeconds)) return 'break';
  return isTrusted(pace, 0) && !isTrusted(pace, overdueIn(scene, queue)) ? 'overdue' : null;
}

function isTrusted(pace: Pace, overdue: number): boolean {
  const { hits, of } = hitsOf(pace);
  return of >= fewestScores && hits >= leastShare * (of + overdue);
}

/** Who waits already longer than they expected: their guesses will not come true any more. */
function overdueIn({ calling, now }: Scene, queue: string): number {
  const lines = calling.lines(queue);
  let overdue = 0;
  for (const line of lines === undefined ? [] : [lines.priority, lines.normal]) {
    let looked = 0;
    for (const { id } of line) {
      if (++looked > lookedAtHead) break;
      const { guess = null, issuedAt, via } = calling.tickets.get(id) ?? {};
      if (!guess || !issuedAt || via !== null || guess.doubt === 'break') continue;
      const waited = (millisecondsBetween(issuedAt, now) ?? 0) / 1000;
      if (waited > inMinutes(guess).high * 60) overdue++;
    }
  }
  return overdue;
}

/** The hall is open, and will close for a while before so much time has passed. */
function isAcrossBreak({ calling, settings, now }: Scene, seconds: number): boolean {
  if (settings.hours === undefined || now.quality === 'untrusted') return false;
  const calendar = calling.calendar(settings);
  const closing = calendar.minutesToClosing(now.wallMilliseconds);
  if (closing === null || !calendar.isOpen(now.wallMilliseconds)) return false;
  // At the end of the day whoever is there is still served.
  const until = Math.min(seconds * 1000, closing * 60_000 - breakStepMilliseconds);
  for (let after = breakStepMilliseconds; after < until; after += breakStepMilliseconds) {
    if (!calendar.isOpen(now.wallMilliseconds + after)) return true;
  }
  return until > 0 && !calendar.isOpen(now.wallMilliseconds + until);
}

/** The seconds from when the window was free to this call; `null` where nobody waited then, or nobody measured. */
function turnaroundSeconds(draft: Draft, ticket: TicketRecord): number | null {
  const window = ticket.called && draft.calling.windows.get(ticket.called.window);
  if (!window) return null;
  if (window.state === 'serving') return 0;
  const free = window.hold?.from ?? (window.state === 'open' ? window.usedAt : null);
  if (free === null || (millisecondsBetween(ticket.since, free) ?? -1) < 0) return null;
  const passed = millisecondsBetween(free, draft.now);
  return passed === null || passed < 0 ? null : passed / 1000;
}

function isWithin(waitedSeconds: number, guess: Guess): boolean {
  const { low, high } = inMinutes(guess);
  return waitedSeconds >= low * 60 && waitedSeconds <= high * 60;
}

function inMinutes({ lowSeconds, medianSeconds, highSeconds }: Guess): NonNullable<WaitMinutes> {
  const low = Math.floor(lowSeconds / 60);
  const high = Math.ceil(highSeconds / 60);
  return { low, median: Math.max(low, Math.min(high, Math.round(medianSeconds / 60))), high };
}
