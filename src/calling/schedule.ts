/** Windows that change their business by the time of day: when that happens is remembered, so that it is told. */
import type { Stamp } from '../kernel/stamp.js';
import { longestPauseMilliseconds } from './day.js';
import type { Draft } from './decision.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';
import { latestBy, scheduleTimes } from './window-queues.js';

/** Brings the windows' queues to what their schedules say now; without a clock to be trusted these say nothing. */
export function followSchedules(draft: Draft): void {
  const { calling, now, settings } = draft;
  const times = scheduleTimes(settings);
  const time = times.length === 0 ? undefined : timeOfDay(calling, now, settings);
  const latest = time === undefined ? null : latestBy(times, time);
  if (latest !== draft.planTime) draft.planTime = latest;
}

/** Milliseconds until a schedule changes something; at most an hour. */
export function pauseBeforeSchedule(calling: CallingState, now: Stamp, settings: CallingSettings): number {
  const times = scheduleTimes(settings);
  const time = times.length === 0 ? undefined : timeOfDay(calling, now, settings);
  if (time === undefined) return calling.planTime === null ? longestPauseMilliseconds : 0;
  if (latestBy(times, time) !== calling.planTime) return 0;
  const intoMinute = ((now.wallMilliseconds % 60_000) + 60_000) % 60_000;
  // At midnight what the day before had planned is over.
  const ahead = [...times, '24:00'].map((one) => minutesOf(one) - minutesOf(time));
  const minutes = ahead.filter((left) => left > 0);
  return Math.min(longestPauseMilliseconds, ...minutes.map((left) => left * 60_000 - intoMinute));
}

/** `HH:MM` in the hall; `undefined` where nobody knows. */
function timeOfDay(calling: CallingState, now: Stamp, settings: CallingSettings): string | undefined {
  if (now.quality === 'untrusted') return undefined;
  return calling.dates(settings.timezone).minuteAt(now.wallMilliseconds)?.slice(11);
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
