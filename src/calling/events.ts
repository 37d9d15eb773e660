/**
 * The durable events that calling emits (docs/contract.md, section 4). Their data fits `protocols/hub/events.ts`,
 * which calling does not import; where they are stored the compiler checks that they do.
 */

/** An expected wait as people are told it: whole minutes, low rounded down, high up; `null`: nobody can say. */
export type WaitMinutes = { readonly low: number; readonly median: number; readonly high: number } | null;

export type CallRule = 'order' | 'priority' | 'returned' | 'transfer' | 'named';

interface TicketEnd {
  readonly ticket: string;
  readonly number: string;
  readonly queue: string;
  readonly window: string | null;
  readonly staff: string | null;
}

interface TicketCall {
  readonly ticket: string;
  readonly number: string;
  readonly queue: string;
  readonly window: string;
  readonly staff: string | null;
  readonly rule: CallRule;
  /** From issue, transfer or return to the call; `null` where nobody measured it. */
  readonly waitedSeconds: number | null;
}

interface WindowChange {
  readonly window: string;
  readonly staff: string | null;
}

export type RatingLevel = 1 | 2 | 3 | 4 | 5;

export interface CallingEventData {
  'ticket.issued': {
    readonly ticket: string;
    readonly number: string;
    readonly day: string;
    readonly queue: string;
    readonly matter: string | null;
    readonly priority: boolean;
    readonly ahead: number;
    readonly waitMinutes: WaitMinutes;
  };
  'ticket.called': TicketCall;
  'ticket.recalled': TicketCall;
  'ticket.served': TicketEnd & { readonly servedSeconds: number | null };
  'ticket.skipped': TicketEnd;
  'ticket.returned': TicketEnd;
  /** `to` is the queue that it goes to; `servedSeconds` where it was being served. */
  'ticket.transferred': TicketEnd & { readonly servedSeconds?: number | null; readonly to: string };
  'ticket.prioritised': TicketEnd;
  'ticket.cancelled': TicketEnd;
  'ticket.expired': TicketEnd;
  'window.opened': WindowChange;
  'window.paused': WindowChange;
  'window.resumed': WindowChange;
  'window.closed': WindowChange & { readonly reason?: 'day-end' };
  'window.unattended': WindowChange & { readonly reason?: string };
  'rating.submitted': {
    readonly session: string | null;
    readonly level: RatingLevel;
    readonly reasons: string[];
    readonly window: string;
    readonly unit: string | null;
    readonly staff: string | null;
    readonly matter: string | null;
    readonly ticket: string | null;
    readonly caseRef?: string;
    readonly channel: 'key' | 'page' | 'qr';
    readonly invitedAt: string | null;
    /** When it was given, RFC 3339; `null` while the clock can't be trusted. */
    readonly at: string | null;
    /** Local dates of the hall. */
    readonly callbackDue?: string;
    readonly fixDue?: string;
    readonly quarantined?: true;
    /** Why it may not be a visitor's own opinion. */
    readonly suspect?: SuspectReason[];
  };
  'rating.missed': {
    readonly session: string;
    readonly window: string;
    readonly staff: string | null;
    readonly matter: string | null;
    readonly ticket: string | null;
  };
  'rating.repeat-bad': {
    readonly staff: string;
    readonly matter: string;
    /** Sessions of the ratings. */
    readonly ratings: string[];
  };
}

export type SuspectReason = 'too-soon' | 'short-service' | 'run-of-fives';

export type CallingEventType = keyof CallingEventData;

export type CallingEvent = {
  [Type in CallingEventType]: {
    readonly type: Type;
    readonly subject: string;
    readonly data: CallingEventData[Type];
  };
}[CallingEventType];
