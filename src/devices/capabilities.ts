/** What a device can do for the hall, apart from its kind. The hall layer knows devices only by these. */

/** What a window's board should say now. */
export interface BoardView {
  /** The ticket's id, so that the hall can say which ticket was shown; none when nobody is called. */
  readonly ticket: string | null;
  /** `A001`, or `null` for an empty board. */
  readonly number: string | null;
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
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

export type CallerKey = 'next' | 'recall' | 'skip' | 'pause' | 'done';

/** A key that somebody pressed. */
export interface Press {
  readonly device: string;
  readonly window: string;
  /** A caller's key, or a rating level `"1"` to `"5"`. */
  readonly key: string;
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

export interface Capabilities {
  readonly showsTicket?: ShowsTicket;
  readonly presses?: Presses;
  readonly printsTickets?: PrintsTickets;
  readonly invitesRating?: InvitesRating;
  readonly signals?: Signals;
}
