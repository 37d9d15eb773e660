/** Which queues a window serves now: what staff said for today, else its schedule, else the queues that name it. */
import type { WindowRecord } from './records.js';
import { type CallingSettings, queueSettings, queuesOf } from './settings.js';

/** Where the windows' records are read: the state, or a draft over it. */
export interface WindowsView {
  /** The latest change of a schedule that has come, `HH:MM`; `null` where none has, or nobody knows the time. */
  readonly planTime: string | null;
  recordOf(window: string): WindowRecord | undefined;
}

/** The queues that a window calls from now. Those that are configured no more are left out. */
export function queuesServed(view: WindowsView, settings: CallingSettings, window: string): string[] {
  const ordered = known(settings, view.recordOf(window)?.queues ?? []);
  if (ordered.length > 0) return ordered;
  const scheduled = scheduledQueues(settings, window, view.planTime);
  return scheduled === null ? queuesOf(settings, window) : known(settings, scheduled);
}

/** The windows that call from a queue now, open or not. */
export function windowsServing(view: WindowsView, settings: CallingSettings, queue: string): string[] {
  return windowNames(settings).filter((window) => {
    const special = view.recordOf(window)?.queues ?? settings.windows[window]?.schedule ?? null;
    return special === null
      ? queueSettings(settings, queue)?.windows.includes(window)
      : queuesServed(view, settings, window).includes(queue);
  });
}

/** Every window that the settings or one of their queues names. */
export function windowNames(settings: CallingSettings): string[] {
  const named = Object.values(settings.queues).flatMap(({ windows }) => windows);
  return [...new Set([...Object.keys(settings.windows), ...named])];
}

/** Windows that change their queues by the time of day. */
export function scheduledWindows(settings: CallingSettings): string[] {
  return Object.keys(settings.windows).filter((window) => settings.windows[window]?.schedule !== undefined);
}

/** Every time of day (`HH:MM`) when some window changes its queues. */
export function scheduleTimes(settings: CallingSettings): string[] {
  return scheduledWindows(settings).flatMap((window) =>
    Object.keys(settings.windows[window]?.schedule ?? {}),
  );
}

/** The latest of some times of day that is not after `time`; `null` where there is none. */
export function latestBy(times: readonly string[], time: string): string | null {
  let latest: string | null = null;
  for (const one of times) if (one <= time && (latest === null || one > latest)) latest = one;
  return latest;
}

/** `null` where no schedule speaks for the window at that time. */
function scheduledQueues(
  settings: CallingSettings,
  window: string,
  time: string | null,
): readonly string[] | null {
  const schedule = Object.hasOwn(settings.windows, window) ? settings.windows[window]?.schedule : undefined;
  if (schedule === undefined || time === null) return null;
  const from = latestBy(Object.keys(schedule), time);
  return from === null ? null : (schedule[from] ?? null);
}

function known(settings: CallingSettings, queues: readonly string[]): string[] {
  return queues.filter((queue) => queueSettings(settings, queue) !== undefined);
}
