/** What the retained topics say of queues and windows (docs/contract.md, section 4), apart from the time. */
import { isAttended } from './decision.js';
import { closedWindow } from './records.js';
import { type CallingSettings, queueSettings, queuesOf, windowSettings } from './settings.js';
import type { CallingState } from './state.js';

export interface QueueView {
  readonly waiting: number;
  /** Windows of the queue where somebody works: open or serving. */
  readonly windowsOpen: number;
  /** The number last called today. */
  readonly lastCalled: string | null;
}

export interface WindowView {
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  readonly ticket: string | null;
  readonly number: string | null;
  readonly staff: string | null;
  readonly queues: readonly string[];
}

/** A queue as it is now; an empty one for a name that is not configured. */
export function queueView(calling: CallingState, queue: string, settings: CallingSettings): QueueView {
  const lines = calling.lines(queue);
  const record = calling.queues.get(queue);
  const windows = queueSettings(settings, queue)?.windows ?? [];
  return {
    waiting: (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0),
    windowsOpen: windows.filter((window) => isAttended(calling.windows.get(window) ?? closedWindow)).length,
    lastCalled: record !== undefined && record.day === calling.day ? record.lastCalled : null,
  };
}

/** A window as it is now; closed for a name that is not configured or was not used today. */
export function windowView(calling: CallingState, window: string, settings: CallingSettings): WindowView {
  const { state, ticket, staff } = calling.windows.get(window) ?? closedWindow;
  return {
    state,
    ticket,
    number: ticket === null ? null : (calling.tickets.get(ticket)?.number ?? null),
    staff: staff ?? windowSettings(settings, window)?.staff ?? null,
    queues: queuesOf(settings, window),
  };
}
