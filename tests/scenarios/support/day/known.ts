/** What can be known of tickets and windows by events alone. */
import type { HallEvent } from '../events.js';
import type { QueueName } from './plan.js';

export type TicketPlace = 'waiting' | 'serving' | 'skipped' | 'ended';

export interface KnownTicket {
  readonly ticket: string;
  readonly number: string;
  readonly issuedAt: number;
  queue: QueueName;
  rank: number;
  priority: boolean;
  place: TicketPlace;
  /** How it ended, by the type of the event. */
  end: string | null;
  window: string | null;
  /** When it was called the last time, and how often there. */
  calledAt: number;
  calls: number;
  since: number;
  via: 'returned' | 'transfer' | null;
  returned: boolean;
}

export interface KnownWindow {
  state: 'closed' | 'open' | 'serving' | 'paused';
  ticket: string | null;
  /** Somebody may rate this service now. */
  session: { readonly ticket: string; readonly at: number } | null;
  ordered: readonly QueueName[] | null;
  /** Since when somebody has waited for it all the time; `null`: nobody does. */
  waitedForSince: number | null;
  /** Somebody was last called there. */
  calledAt: number;
}

/** A number was called to a window, once or again. */
export interface SeenCall {
  readonly number: string;
  readonly window: string;
  readonly ticket: string;
  readonly at: number;
}

/** How exact times are. */
export interface Slack {
  /** How long it takes at most from a press to the record of the rating. */
  readonly pressMilliseconds: number;
  /** By how much a duration in an event may differ from what the times of events give: both are of the commit. */
  readonly seconds: number;
}

export function closedWindow(): KnownWindow {
  return {
    state: 'closed',
    ticket: null,
    session: null,
    ordered: null,
    waitedForSince: null,
    calledAt: 0,
  };
}

/** Throws where an event cannot be. */
export function check(holds: boolean, event: HallEvent, words: string): asserts holds {
  if (!holds) throw new Error(`${event.type} cannot be: ${words}: ${JSON.stringify(event)}`);
}
