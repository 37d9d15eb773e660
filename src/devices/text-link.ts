/** What a board of letters needs of its protocol, and what it says; see `text-board.ts`. */
import type { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import type { BoardRoom, BoardText } from './board-text.js';
import type { ShowResult } from './capabilities.js';

/** One board's protocol, as far as a text board must know it. */
export interface TextLink {
  readonly room: BoardRoom;
  /** For the bus, which counts by address. */
  readonly address: number;
  /** Silence kept before a request; the bus's own if absent. */
  readonly gapMilliseconds?: number;
  /** Brings the board to `text`: these frames, one after the other. */
  show(text: BoardText): readonly Uint8Array[];
  /** Absent for a board that can't answer. */
  readonly answers?: TextLinkAnswers;
}

export interface TextLinkAnswers {
  readonly timeoutMilliseconds: number;
  /** A question that changes nothing; absent where only texts are answered: then the text is sent again. */
  readonly probe?: () => Uint8Array;
  /** Sent before the question to a board of which nothing is known, without an answer. */
  readonly prepare?: () => Uint8Array;
  decoder(request: Uint8Array): Decoder<unknown>;
  /** Sets the brightness, where the protocol can. */
  readonly dim?: (percent: number) => Uint8Array;
}

export interface TextBoardOptions {
  /** How often a board that answers is asked. */
  readonly pollMilliseconds: number;
  /** How often a board that can't answer is sent the same again. */
  readonly repaintMilliseconds: number;
  /** Wanted brightness now, in percent; `null`: it is left as it is. */
  readonly brightness: () => number | null;
}

/** Told by a text board: what is on it for certain, and what went wrong with what. */
export interface TextBoardReports {
  /** `null` where nobody knows. */
  shown(text: BoardText | null): void;
  /** The board answers that it does not want a text; `null`: it took one. */
  refused(error: HallwardError | null): void;
}

export interface TextBoard {
  start(): void;
  stop(): Promise<void>;
  /** Brings the board to `text` and keeps it there; as `ShowsTicket.show`. */
  show(text: BoardText): Promise<ShowResult>;
}

/** Two texts that look the same. */
export const sameText = (one: BoardText | undefined, other: BoardText): boolean =>
  one !== undefined &&
  one.scroll === other.scroll &&
  one.attention === other.attention &&
  one.lines.join('\n') === other.lines.join('\n');
