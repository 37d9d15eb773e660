/** What people in the hall can do and see; nothing here knows how the controller works. */
import type { Clock } from '../../../../src/kernel/clock.js';
import type { Reply } from '../watcher.js';

export interface HallFront {
  /** The hall's time. */
  readonly clock: Clock;
  /** A key of a window's keypad, or the card of somebody who logs in there. */
  press(window: string, key: string): void;
  /** Somebody presses a button of the rating line. */
  rate(window: string, level: number): void;
  /** What a person reads above a window, without blanks. */
  board(window: string): string;
  /** A command of the ticket machine or the duty desk; `undefined` where nobody answers in time. */
  command(name: string, id: string, args: object): Promise<Reply | undefined>;
}

/** Somebody pressed a rating button. */
export interface RatingPress {
  readonly window: string;
  /** The number of the visitor who did. */
  readonly number: string;
  readonly level: number;
  /** Wall clock. */
  readonly atMilliseconds: number;
}

/** A key was pressed to call somebody. */
export interface CallPress {
  readonly window: string;
  readonly atMilliseconds: number;
}

/** What people did, for whoever compares it with what the controller says. */
export interface Ledger {
  readonly ratings: RatingPress[];
  readonly calls: CallPress[];
  /** Who works at a window. */
  readonly staff: Map<string, string | null>;
  /** Orders to serve other queues, by the id of their command. */
  readonly orders: Map<string, { readonly window: string; readonly queues: readonly string[] }>;
  /** Tickets as their visitors were told them: numbers by ticket. */
  readonly given: Map<string, string>;
  /** Reasons for which somebody got no ticket. */
  readonly turnedAway: string[];
}

export function emptyLedger(): Ledger {
  return {
    ratings: [],
    calls: [],
    staff: new Map(),
    orders: new Map(),
    given: new Map(),
    turnedAway: [],
  };
}
