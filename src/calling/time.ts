/** What time alone changes: ratings that run out, the day, the windows' business; and when to look again. */
import type { Stamp } from '../kernel/stamp.js';
import { longestPauseMilliseconds, pauseBeforeDay, turnDay } from './day.js';
import type { Draft } from './decision.js';
import { remainingMilliseconds } from './measure.js';
import { passRatingTime } from './rating-sessions.js';
import { followSchedules, pauseBeforeSchedule } from './schedule.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';

/** Brings the state up to the present, before anything else is looked at. Held calls are `decide`'s. */
export function passTime(draft: Draft): void {
  passRatingTime(draft);
  turnDay(draft);
  followSchedules(draft);
}

/**
 * When the next `tick` is due, in monotonic milliseconds of `now`'s boot: the end of the first rating session or
 * held call, the next local midnight or change of a schedule, or an hour from now. To be asked again after every
 * decision, after a restart, and when the wall clock or the settings were changed.
 */
export function nextTickAt(calling: CallingState, now: Stamp, settings: CallingSettings): number {
  if (calling.day === null) return now.monotonicMilliseconds;
  let pause = Math.min(
    longestPauseMilliseconds,
    pauseBeforeDay(calling, calling.day, now, settings),
    pauseBeforeSchedule(calling, now, settings),
  );
  for (const window of calling.openSessions) {
    const session = calling.ratings.get(window)?.open;
    if (session) pause = Math.min(pause, remainingMilliseconds(session.term, now));
  }
  for (const window of calling.heldWindows) {
    const hold = calling.windows.get(window)?.hold;
    if (hold) pause = Math.min(pause, remainingMilliseconds(hold, now));
  }
  return now.monotonicMilliseconds + pause;
}
