/** What should stand retained and on boards, by the events. */
import type { Onlooker } from './onlooker.js';
import { type QueueName, timeOfDay, windowNames } from './plan.js';

/** What `R/queue/*` should say by the events. */
export function expectedQueue(onlooker: Onlooker, queue: QueueName, now: number) {
  const isOpen = (window: string) => {
    const { state } = onlooker.windows.of(window);
    return (
      (state === 'open' || state === 'serving') && onlooker.windows.queuesAt(window, now).includes(queue)
    );
  };
  return {
    waiting: onlooker.lines.waiting(queue),
    windowsOpen: windowNames.filter(isOpen).length,
    lastCalled: now >= timeOfDay('24:00') ? null : (onlooker.lastCalled.get(queue) ?? null),
  };
}

/** What `R/window/*` should say by the events. */
export function expectedWindow(onlooker: Onlooker, window: string, now: number) {
  const { state, ticket } = onlooker.windows.of(window);
  const known = onlooker.ticketAt(window);
  return {
    state,
    ticket,
    number: known?.number ?? null,
    priority: known?.priority ?? false,
    queues: onlooker.windows.queuesAt(window, now),
  };
}

/** What should stand above a window by the events. */
export function expectedBoard(onlooker: Onlooker, window: string): string {
  const { state } = onlooker.windows.of(window);
  return state === 'paused' ? '------' : (onlooker.ticketAt(window)?.number ?? '');
}
