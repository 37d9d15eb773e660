/** What can happen to calling: keys, commands, ratings, and time. */

/** A ticket is named by its id, or by the number that people see, which no other ticket of the day has. */
interface FromDevice {
  /** The device that said it; becomes the subject of the events. Absent for commands. */
  readonly device?: string;
}

export type TicketInput =
  | (FromDevice & {
      readonly type: 'ticket.issue';
      readonly queue: string;
      readonly priority?: boolean;
      /** Queues that the visitor goes through afterwards, with the same number. */
      readonly onward?: readonly string[];
    })
  /** `return`: who was skipped is back. `prioritise`: a waiting ticket gets priority. */
  | (FromDevice & {
      readonly type: 'ticket.cancel' | 'ticket.return' | 'ticket.prioritise';
      readonly ticket: string;
    })
  /** To another queue, waiting or being served, with the same number. */
  | (FromDevice & { readonly type: 'ticket.transfer'; readonly ticket: string; readonly queue: string });

interface AtWindow extends FromDevice {
  readonly window: string;
}

export type WindowInput =
  | (AtWindow & {
      readonly type: 'next' | 'recall' | 'skip' | 'pause' | 'resume' | 'open' | 'close' | 'logout';
    })
  | (AtWindow & { readonly type: 'done'; readonly matter?: string })
  | (AtWindow & { readonly type: 'login'; readonly staff: string })
  /** From now on, today, the window serves these queues; none: those of the configuration. */
  | (AtWindow & { readonly type: 'serve'; readonly queues: readonly string[] })
  | (AtWindow & { readonly type: 'call'; readonly ticket?: string });

export interface RateInput extends AtWindow {
  readonly type: 'rate';
  /** 5 very satisfied … 1 very dissatisfied; anything else is refused. */
  readonly level: number;
  readonly channel: 'key' | 'page' | 'qr';
  /** Codes of reasons, from a page. */
  readonly reasons?: readonly string[];
  /** The session that the visitor saw: refused when it is over. Keys know none. */
  readonly session?: string;
}

/** Another system, which leads the calling, has ended a service: its visitor is asked to rate. */
export interface InviteInput extends AtWindow {
  readonly type: 'invite';
  readonly unit: string | null;
  readonly staff: string | null;
  readonly matter: string | null;
  readonly ticket: string | null;
  readonly caseRef: string | null;
}

/** A person begins a business day where no clock can be trusted. */
export interface DayInput extends FromDevice {
  readonly type: 'day.begin';
  /**
   * `YYYY-MM-DD`, later than the day that runs; with a clock to be trusted at most its tomorrow, else at most a year
   * on. Everything of the day before ends, for nobody knows what came after midnight.
   */
  readonly date: string;
}

/** Nothing but time has passed. Every other input looks at the time as well. */
export interface TickInput {
  readonly type: 'tick';
}

export type CallingInput = TicketInput | WindowInput | RateInput | InviteInput | DayInput | TickInput;
