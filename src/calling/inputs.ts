/** What can happen to calling: keys, commands, ratings, and time. */

interface FromDevice {
  /** The device that said it; becomes the subject of the events. Absent for commands. */
  readonly device?: string;
}

export type TicketInput =
  | (FromDevice & { readonly type: 'ticket.issue'; readonly queue: string; readonly priority?: boolean })
  | (FromDevice & { readonly type: 'ticket.cancel'; readonly ticket: string });

interface AtWindow extends FromDevice {
  readonly window: string;
}

export type WindowInput =
  | (AtWindow & {
      readonly type: 'next' | 'recall' | 'skip' | 'pause' | 'resume' | 'open' | 'close' | 'logout';
    })
  | (AtWindow & { readonly type: 'done'; readonly matter?: string })
  | (AtWindow & { readonly type: 'login'; readonly staff: string })
  | (AtWindow & { readonly type: 'call'; readonly ticket?: string });

export interface RateInput extends AtWindow {
  readonly type: 'rate';
  /** 5 very satisfied … 1 very dissatisfied; anything else is refused. */
  readonly level: number;
  readonly channel: 'key';
}

/** Nothing but time has passed. Every other input looks at the time as well. */
export interface TickInput {
  readonly type: 'tick';
}

export type CallingInput = TicketInput | WindowInput | RateInput | TickInput;
