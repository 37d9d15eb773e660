/**
 * `next`, and its hold: where it ends a service that can be rated while somebody waits, the call follows when the
 * rating is given, after a short time, or at a second press.
 */

import { millisecondsBetween } from '../kernel/stamp.js';
import type { Draft } from './decision.js';
import { remainingMilliseconds } from './measure.js';
import { nextInTurn } from './priority.js';
import { call, endService, ruleInTurn, serviceAt } from './service.js';
import { hasEvaluator } from './settings.js';

/** Who presses `next` so soon after a held call was made by itself meant that call. */
const justCalledMilliseconds = 1000;

/** `next` at a window that is open. */
export function pressNext(draft: Draft, window: string): void {
  // A second press: the window serves nobody, and so the call comes at once.
  endHold(draft, window);
  const called = serviceAt(draft, window)?.ticket.called;
  if (called?.held && isWithin(draft, called.at, justCalledMilliseconds)) {
    draft.outcome.ignored = 'just-called';
    return;
  }
  const ended = endService(draft, window);
  const { settings } = draft;
  const milliseconds = settings.rules.holdSeconds * 1000;
  const waits = nextInTurn(draft, settings, draft.queuesAt(window)) !== undefined;
  if (ended && waits && milliseconds > 0 && hasEvaluator(settings, window)) {
    draft.setWindow(window, { hold: { from: draft.now, milliseconds } });
    draft.outcome.held = true;
  } else callNext(draft, window);
}

function isWithin(draft: Draft, at: Draft['now'], milliseconds: number): boolean {
  const passed = millisecondsBetween(at, draft.now);
  return passed !== null && passed >= 0 && passed < milliseconds;
}

function callNext(draft: Draft, window: string): void {
  if (!callInTurn(draft, window, false)) draft.outcome.nobodyWaiting = true;
}

function callInTurn(draft: Draft, window: string, held: boolean): boolean {
  const id = nextInTurn(draft, draft.settings, draft.queuesAt(window));
  const ticket = id === undefined ? undefined : draft.ticket(id);
  if (id === undefined || ticket === undefined) return false;
  call(draft, window, id, ruleInTurn(ticket), held);
  return true;
}

/** Whatever was held at a window is not called. */
export function endHold(draft: Draft, window: string): void {
  if (draft.window(window).hold !== null) draft.setWindow(window, { hold: null });
}

/** The held call is made, if there is one and somebody still waits. */
export function releaseHold(draft: Draft, window: string): void {
  if (draft.window(window).hold === null) return;
  endHold(draft, window);
  callInTurn(draft, window, true);
}

/** Makes the held calls whose time has come, the one that was asked for first before the others. */
export function releaseDueHolds(draft: Draft, except?: string): void {
  if (draft.calling.heldWindows.size === 0) return;
  const due = [...draft.calling.heldWindows].flatMap((window) => {
    const { hold } = draft.window(window);
    if (window === except || hold === null || remainingMilliseconds(hold, draft.now) > 0) return [];
    // Nobody knows how long ago a hold of before a power cut was asked for; such are the oldest.
    return [{ window, ago: millisecondsBetween(hold.from, draft.now) ?? Infinity }];
  });
  due.sort((a, b) => (a.ago === b.ago ? (a.window < b.window ? -1 : 1) : b.ago - a.ago));
  for (const { window } of due) releaseHold(draft, window);
}
