/**
 * The durable events that calling emits (docs/contract.md, section 4). Their data fits `protocols/hub/events.ts`,
 * which calling does not import; where they are stored the compiler checks that they do.
 */

export type CallRule = 'order' | 'priority' | 'named';

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
  /** From issue to call; `null` where nobody measured it. */
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
    readonly waitMinutes: null;
  };
  'ticket.called': TicketCall;
  'ticket.recalled': TicketCall;
  'ticket.served': TicketEnd & { readonly servedSeconds: number | null };
  'ticket.skipped': TicketEnd;
  'ticket.cancelled': TicketEnd;
  'ticket.expired': TicketEnd;
  'window.opened': WindowChange;
  'window.paused': WindowChange;
  'window.resumed': WindowChange;
  'window.closed': WindowChange & { readonly reason?: 'day-end' };
  'rating.submitted': {
    readonly session: string | null;
    readonly level: RatingLevel;
    readonly reasons: string[];
    readonly window: string;
    readonly unit: string | null;
    readonly staff: string | null;
    readonly matter: string | null;
    readonly ticket: string | null;
    readonly channel: 'key';
    readonly invitedAt: string | null;
    readonly quarantined?: true;
  };
  'rating.missed': {
    readonly session: string;
    readonly window: string;
    readonly staff: string | null;
    readonly matter: string | null;
    readonly ticket: string;
  };
}

export type CallingEventType = keyof CallingEventData;

export type CallingEvent = {
  [Type in CallingEventType]: {
    readonly type: Type;
    readonly subject: string;
    readonly data: CallingEventData[Type];
  };
}[CallingEventType];
