/** What passes between the controller and its pages. No imports: both sides are compiled with it. */

export type Language = 'zh-CN' | 'en';
export type Both = Readonly<Record<Language, string>>;

/** Whole minutes; `null` where nobody can say. */
export type Wait = { readonly low: number; readonly high: number } | null;

/** First event of a stream. */
export interface Hello {
  /** Changes with the pages' own files: a page that is older loads itself again. */
  readonly build: string;
  readonly postToken: string;
}

/** Event `time`, every 10 s: minutes since local midnight; `null` while the clock can't be trusted. */
export interface LocalTime {
  readonly minutes: number | null;
}

/** Event `beat`: answered by asking for `alive?stream=…`. */
export interface Beat {
  readonly stream: string;
}

/** What takes the place of everything else. */
export type Over =
  | { readonly kind: 'blank' }
  | { readonly kind: 'text'; readonly text: string; readonly urgent: boolean };

/** What every page's event `state` has. */
interface PageState {
  readonly language: Language;
  readonly over: Over | null;
}

export interface DisplayCall {
  /** The same for a number that stands; another one when it is called again. */
  readonly key: string;
  readonly number: string;
  readonly window: Both;
  readonly priority: boolean;
}

export interface DisplayQueue {
  readonly queue: string;
  readonly label: string;
  readonly waiting: number;
  readonly wait: Wait;
  readonly closed: Both | null;
}

export interface DisplayState extends PageState {
  readonly title: string | null;
  readonly calls: readonly DisplayCall[];
  /** How many it has room for. */
  readonly places: number;
  readonly queues: readonly DisplayQueue[];
  readonly paused: readonly Both[];
  readonly messages: readonly { readonly text: Both; readonly trouble: boolean }[];
}

export interface WindowTicket {
  readonly number: string;
  readonly matter: string | null;
  readonly priority: boolean;
}

export interface WindowState extends PageState {
  readonly window: Both;
  readonly known: boolean;
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  readonly business: string;
  readonly waiting: number;
  readonly current: WindowTicket | null;
  readonly next: WindowTicket | null;
  readonly troubles: readonly Both[];
}

export interface KioskQueue {
  readonly queue: string;
  readonly label: string;
  readonly matter: string | null;
  readonly waiting: number;
  readonly wait: Wait;
  readonly closed: Both | null;
}

export interface KioskState extends PageState {
  /** False where this controller gives out no tickets. */
  readonly leads: boolean;
  readonly queues: readonly KioskQueue[];
  readonly troubles: readonly Both[];
  readonly helpWanted: boolean;
  readonly voice: boolean;
}

export type Refusal = { readonly ok: false; readonly code: string; readonly message: Both };

/** POST `issue`. */
export interface IssueAsk {
  /** The same when the same touch is sent again. */
  readonly id: string;
  readonly queue: string;
  readonly priority: boolean;
  readonly onward: readonly string[];
}

export type IssueAnswer =
  | Refusal
  | {
      readonly ok: true;
      readonly number: string;
      readonly ahead: number;
      readonly wait: Wait;
      readonly paper: 'near' | 'other' | 'none';
      readonly printer: string | null;
      /** An SVG image that leads to this ticket. */
      readonly qr: string | null;
      /** Windows that may call it. */
      readonly windows: readonly Both[];
    };

/** POST `help`. */
export interface HelpAsk {
  readonly wanted: boolean;
}

export interface RatingState extends PageState {
  readonly window: Both;
  /** What a rating must name; `null` while there is nothing to rate. */
  readonly session: string | null;
  readonly levels: readonly { readonly level: number; readonly label: string }[];
  readonly reasons: readonly {
    readonly code: string;
    readonly label: string;
    readonly forLevels: readonly number[];
  }[];
}

/** POST `rate`. */
export interface RateAsk {
  readonly id: string;
  readonly session: string;
  readonly level: number;
  readonly reasons: readonly string[];
}

export type RateAnswer = Refusal | { readonly ok: true };
