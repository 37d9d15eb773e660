/** What the hall shows on pages: one plain picture of everything, made anew whenever something changes. */
import type { BoardOver } from '../devices/capabilities.js';
import type { Language, Text } from '../kernel/text.js';

/** Whole minutes, low rounded down, high up; `null` where nobody can say. */
export type WaitMinutes = { readonly low: number; readonly median: number; readonly high: number } | null;

export interface ScreenCall {
  readonly ticket: string;
  readonly number: string;
  readonly window: string;
  readonly windowLabel: string;
  readonly priority: boolean;
  /** Grows when the same number is called again, so that a page can draw attention to it anew. */
  readonly times: number;
  /** `09:03` local time of the latest call; `null` where the clock can't be trusted. */
  readonly at: string | null;
}

export interface ScreenQueue {
  readonly queue: string;
  readonly label: string;
  readonly prefix: string;
  readonly matter: string | null;
  readonly waiting: number;
  readonly windowsOpen: number;
  readonly waitMinutes: WaitMinutes;
  readonly lastCalled: string | null;
  /** Why no tickets are given out now; `null` while they are. */
  readonly closed: Text | null;
}

/** The ticket at a window, or the next one for it. */
export interface ScreenTicket {
  readonly number: string;
  readonly matter: string | null;
  readonly priority: boolean;
}

export interface ScreenWindow {
  readonly window: string;
  readonly label: string;
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  readonly current: ScreenTicket | null;
  readonly next: ScreenTicket | null;
  readonly staff: string | null;
  readonly queues: readonly string[];
  /** What the window does, for people. */
  readonly business: string;
  /** People waiting in its queues. */
  readonly waiting: number;
  /** The visitor here may rate now: the session that a rating must name. */
  readonly ratingSession: string | null;
}

export interface ScreenNotice {
  readonly id: string;
  readonly text: string;
}

/** Something that does not work, and what people should do instead: “请到2号取号机取票”. */
export interface ScreenTrouble {
  /** Place or device that it is about, so that a page there can show it large. */
  readonly at: string | null;
  readonly text: Text;
}

export interface HallScreen {
  readonly hall: string;
  readonly language: Language;
  /** RFC 3339; `null` while the clock can't be trusted. */
  readonly at: string | null;
  /** False where another system or board leads the calling: only what was sent here is known. */
  readonly leads: boolean;
  /** Newest first, one a window, at most ten. */
  readonly calls: readonly ScreenCall[];
  readonly queues: readonly ScreenQueue[];
  readonly windows: readonly ScreenWindow[];
  readonly notices: readonly ScreenNotice[];
  readonly troubles: readonly ScreenTrouble[];
  /** Blanked by hand, or the way out in a fire. */
  readonly over: BoardOver | null;
  /** What the levels of a rating are called, 5 first, and the codes and names of reasons. */
  readonly rating: {
    readonly levels: readonly { readonly level: 1 | 2 | 3 | 4 | 5; readonly label: string }[];
    readonly reasons: readonly {
      readonly code: string;
      readonly label: string;
      readonly forLevels: readonly number[];
    }[];
  };
}

export interface ScreenFeed {
  /** The picture as it is now; the same object until something changes. */
  readonly now: HallScreen;
  onChange(listener: () => void): () => void;
}

export type Answer<Result> =
  | ({ readonly ok: true } & Result)
  | { readonly ok: false; readonly code: string; readonly message: Text };

/** What a page may ask of the hall. Each resolves once it is recorded, and never rejects. */
export interface HallActions {
  /**
   * @param at the page's device name or place, so that the near printer is taken
   * @param then further queues that the visitor goes through afterwards, with the same number
   */
  issue(request: {
    readonly queue: string;
    readonly priority: boolean;
    readonly onward: readonly string[];
    readonly at: string;
  }): Promise<
    Answer<{
      readonly number: string;
      readonly ticket: string;
      readonly ahead: number;
      readonly waitMinutes: WaitMinutes;
      /** `near`: comes out here; `other`: at another printer, `printerLabel` says which; `none`: no paper now. */
      readonly paper: 'near' | 'other' | 'none';
      readonly printerLabel: string | null;
      /** Address for a QR code that leads to this ticket; `null` where none is configured. */
      readonly publicUrl: string | null;
    }>
  >;
  /** A visitor's rating; `session` as in `ScreenWindow.ratingSession`: refused when it is over. */
  rate(request: {
    readonly device: string;
    readonly window: string;
    readonly session: string;
    readonly level: number;
    readonly reasons: readonly string[];
  }): Promise<Answer<object>>;
}
