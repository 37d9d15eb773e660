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

export interface Capabilities {
  readonly showsTicket?: ShowsTicket;
  readonly presses?: Presses;
}
