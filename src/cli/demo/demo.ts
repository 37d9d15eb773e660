/** The demo as its screen and its tests see it. */
import type { Clock } from '../../kernel/clock.js';
import type { Language } from '../../kernel/text.js';
import type { DemoModel, Told } from './model.js';

export interface DemoOptions {
  readonly clock: Clock;
  /** 0: a free one. */
  readonly port: number;
  readonly language: Language;
  /** The same seed gives the same people. */
  readonly seed: number;
  /** IANA name; the machine's if absent. */
  readonly timezone?: string;
  /** As for the virtual hall. */
  readonly folderMade?: (folder: string) => void;
}

export interface Demo {
  readonly port: number;
  /** Of the controller's pages. */
  readonly pagesPort: number;
  readonly folder: string;
  model(): DemoModel;
  /** Told of each thing that happens, once. */
  onTold(listener: (told: Told) => void): () => void;
  /** Each undoes itself when called again. */
  readonly hands: {
    /** Takes a board's power away. An unknown window does nothing. */
    board(window: string): void;
    /** Cuts the row's cable. */
    row(): void;
    /** Pulls the adapter of window 1's keypad. */
    keypad(): void;
    /** Noise on the row's cable. */
    noise(): void;
    /** Drops the broker. Never rejects. */
    broker(): Promise<void>;
    /** Lets the ticket machine's roll end in the middle of the next ticket; then puts in a new one. */
    paper(): void;
    /** Takes the power of the loudspeaker. */
    voice(): void;
    /** Opens the contact of the fire panel: an alarm. */
    fire(): void;
    /** Takes the toner out of the kiosk's printer; then puts a new cartridge in. */
    toner(): void;
    /** Spills water on the washroom's floor; then wipes it up. A cleaner may have done so before. */
    water(): void;
    /** Takes the controller's power (kill -9). Resolves when it is off, or works again. Never rejects. */
    power(): Promise<void>;
  };
  /** Ends everything; no timer, socket or file is left. */
  stop(): Promise<void>;
}
