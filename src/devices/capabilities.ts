/** What a device can do for the hall, apart from its kind. The hall layer knows devices only by these. */
import type { PageServer } from '../transports/ports-page.js';

/** What a window's board should say now. */
export interface BoardView {
  /** The ticket's id, so that the hall can say which ticket was shown; none when nobody is called. */
  readonly ticket: string | null;
  /** `A001`, or `null` for an empty board. */
  readonly number: string | null;
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  /** The number called has priority (优先): marked, where the board can. */
  readonly priority?: boolean;
  /** What the window does, for a board that has room for words between calls. */
  readonly business?: string;
  /** No voice can announce this call: the board draws attention to it, where it can. */
  readonly blink?: boolean;
  /** Takes the place of all that. */
  readonly over?: BoardOver | BoardTest;
}

/** What takes the place of everything else: nothing at all, or words (a free text, a notice, the way out). */
export type BoardOver =
  | { readonly kind: 'blank' }
  | { readonly kind: 'text'; readonly text: string; readonly urgent?: boolean };

/**
 * What a person is to see who looks whether a board works: the words where it has letters and room for them, else every
 * digit lit.
 */
export interface BoardTest {
  readonly kind: 'test';
  readonly text: string;
}

/** `confirmed`: the board answered that it has it; `sent`: it can't answer; `failed`: it has not. */
export type ShowResult = 'confirmed' | 'sent' | 'failed';

export interface ShowsTicket {
  readonly window: string;
  /**
   * Brings the board to `view` and keeps it there: it is painted again when the board returns. Resolves with what
   * became of this view; a newer view makes the older resolve `failed`. Never rejects.
   */
  show(view: BoardView): Promise<ShowResult>;
}

/** One call on a board or page for the whole hall. */
export interface HallCall {
  readonly ticket: string;
  readonly number: string;
  readonly window: string;
  readonly priority: boolean;
}

/** What a board for the whole hall should say now. */
export interface HallBoardView {
  /** Newest first; no two for one window. */
  readonly calls: readonly HallCall[];
  readonly notice: string | null;
  /** As for a window's board. */
  readonly blink?: boolean;
  readonly over?: BoardOver | BoardTest;
}

/** A board for the whole hall. */
export interface ShowsHall {
  /** As `ShowsTicket.show`. */
  show(view: HallBoardView): Promise<ShowResult>;
}

/** What a voice is asked to say. The voice makes the words of a call itself: each says digits its own way. */
export type Announcement =
  | {
      readonly kind: 'call';
      readonly ticket: string;
      readonly number: string;
      readonly window: string;
      readonly priority: boolean;
      /** The board of that window is dead: said once more than usual. */
      readonly insist?: boolean;
    }
  | { readonly kind: 'text'; readonly text: string };

/**
 * What became of an announcement. `confirmed`: the voice said that it came to its end; `sent`: the voice can't tell;
 * `failed`: it was not said, or not whole.
 */
export interface SpeakResult {
  readonly result: 'confirmed' | 'sent' | 'failed';
  /** Why it failed: a fault's code, such as `voice.stuck-busy`; `cancelled` where it was taken back. */
  readonly reason?: string;
}

/** Says things to the hall. */
export interface Speaks {
  /** Windows whose calls it says; `null` for all. */
  readonly windows: readonly string[] | null;
  /** `unable`: what it is asked to say will not be heard. */
  readonly readiness: 'ready' | 'unable' | 'unknown';
  /** Told when `readiness` has changed. */
  onReadiness(listener: () => void): () => void;
  /**
   * Resolves when it was said, with chime and repetitions. One at a time: whoever asks waits for the result before the
   * next. Never rejects.
   * @param signal takes it back: what has begun stops
   */
  speak(announcement: Announcement, signal?: AbortSignal): Promise<SpeakResult>;
}

/** A button or contact in the hall that is nobody's window: tickets, help, blanking, the fire alarm. */
export interface HallInput {
  readonly does: 'ticket' | 'help' | 'blank' | 'fire';
  /** For tickets: of which queue, and whether with priority. */
  readonly queue: string | null;
  readonly priority: boolean;
  readonly place: string | null;
  /** `active`: pressed, or the alarm stands. Told at start where it is active then. */
  onChange(listener: (active: boolean, atMilliseconds: number) => void): () => void;
}

/** A page for a screen: what it is and where it is served. The pages themselves stand in `src/pages`. */
export interface ServesPage {
  readonly page: 'hall-display' | 'ticket-kiosk' | 'rating-page' | 'window-page';
  readonly window: string | null;
  /** What people call it. */
  readonly label: string | null;
  readonly place: string | null;
  readonly server: PageServer;
  /** File with the token that opens this page; the server's own where `null`. */
  readonly tokenFile: string | null;
  /** Other options of the page's kind. */
  readonly options: Readonly<Record<string, unknown>>;
  /** How many screens have it open now. */
  screens(count: number): void;
  /** Somebody at the page asks for help (true), or was helped. */
  help(wanted: boolean): void;
}

export type CallerKey = 'next' | 'recall' | 'skip' | 'pause' | 'done';

/** A key that somebody pressed. */
export interface Press {
  readonly device: string;
  readonly window: string;
  /** A caller's key, or a rating level `"1"` to `"5"`. */
  readonly key: string;
  /** Staff logged in with this key or card. */
  readonly staff?: string;
  /** Monotonic time of the press's last byte. */
  readonly atMilliseconds: number;
}

export interface Presses {
  /** `call`: keys of staff. `rate`: levels of visitors. */
  readonly purpose: 'call' | 'rate';
  /** The windows it can speak for; `null` where the line itself names the window. */
  readonly window: string | null;
  onPress(listener: (press: Press) => void): () => void;
}

/** What a ticket says. Everything is text for people, in the hall's language and local time. */
export interface TicketPaper {
  /** The ticket's id; a QR code may carry it. */
  readonly ticket: string;
  readonly number: string;
  /** What the queue is for. */
  readonly matter: string | null;
  readonly priority: boolean;
  /** People before this one when it was issued; `null` where that is not known any more. */
  readonly ahead: number | null;
  /** How long it will take, in whole minutes; `null` where nobody can say, absent where it is not to be said. */
  readonly waitMinutes?: { readonly low: number; readonly high: number } | null;
  /** Address that a QR code leads to, with `{ticket}` and `{number}`, where the printer's own entry has none. */
  readonly qr?: string;
  /** `2026-11-22 09:03`, the hall's own time; `null` where the clock can't be trusted. */
  readonly issuedAt: string | null;
  /** 1, or more where it is printed again. */
  readonly copy: number;
}

/** Free text, for a hall whose own queue system prints through this controller. */
export interface FreePaper {
  readonly lines: readonly string[];
  /** What a QR code below them says. */
  readonly qr?: string;
}

/**
 * What became of a print. `confirmed`: the printer's status after it says so; `sent`: the printer can't tell;
 * `failed`: it came out not at all or not whole.
 */
export interface PrintResult {
  readonly result: 'confirmed' | 'sent' | 'failed';
  /** Why it failed: a fault's code, such as `printer.media-empty`. */
  readonly reason?: string;
  /** False: nothing of it can be on paper, for it was not sent. */
  readonly begun?: boolean;
}

/** Whether a printer can print now: it says that it can, that it can't, or nothing. */
export type PrinterReadiness = 'ready' | 'unable' | 'unknown';

export interface PrintsTickets {
  /** Where it stands, so that the near one is taken first. */
  readonly place: string | null;
  readonly readiness: PrinterReadiness;
  /** Told when `readiness` has changed. */
  onReadiness(listener: () => void): () => void;
  /** One after the other, in the order of the calls. Never rejects. */
  print(paper: TicketPaper | FreePaper): Promise<PrintResult>;
}

/** Shows at a window that a rating is asked for now. */
export interface InvitesRating {
  readonly window: string;
  invite(invited: boolean): void;
}

/** A lamp, relay or buzzer that says that faults stand. */
export interface Signals {
  /** Codes of the faults that it is for; a last `*` stands for anything: `printer.*`. */
  readonly faults: readonly string[];
  /** Whose faults; all devices' if empty. */
  readonly devices: readonly string[];
  /** `new`: at least one that nobody has acknowledged; `acknowledged`: all of them are known. */
  show(state: 'off' | 'new' | 'acknowledged'): void;
}

/** Knows how many seats of a waiting area are taken. */
export interface CountsSeats {
  readonly seats: number;
  /** `null` where it is not known. */
  readonly taken: number | null;
  onChange(listener: () => void): () => void;
}

/** Knows how many people are in the hall, within bounds. */
export interface CountsPeople {
  readonly occupancy: { readonly low: number; readonly median: number; readonly high: number } | null;
  onChange(listener: () => void): () => void;
}

/** What a person has done to a device. Each says whether that means anything to it. */
export interface Maintained {
  /** A supply was replaced or filled up; `null` for the only one. */
  supplyReplaced?(supply: string | null, by: string | null): boolean;
  cleaned?(by: string | null): void;
}

export interface Capabilities {
  readonly showsTicket?: ShowsTicket;
  readonly showsHall?: ShowsHall;
  readonly speaks?: Speaks;
  readonly hallInput?: HallInput;
  readonly servesPage?: ServesPage;
  readonly presses?: Presses;
  readonly printsTickets?: PrintsTickets;
  readonly invitesRating?: InvitesRating;
  readonly signals?: Signals;
  readonly countsSeats?: CountsSeats;
  readonly countsPeople?: CountsPeople;
  readonly maintained?: Maintained;
}
