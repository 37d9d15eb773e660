/**
 * Signs: what a person sees or hears who looks whether a device works, or which of ten alike it is. A number that is being
 * called is never hidden by one; what people are to see ends it.
 */
import type { BoardOver, BoardTest, PrintResult, ShowResult, SpeakResult } from '../devices/capabilities.js';
import type { Boards } from './boards.js';
import type { CallingDesk } from './calling-desk.js';
import type { Cover } from './cover.js';
import type { HallBoards } from './hall-boards.js';
import type { Invitations } from './invitations.js';
import type { PrintDesk } from './print-desk.js';
import type { VoiceDesk } from './voice-desk.js';

interface SignsOptions {
  readonly boards: Boards;
  readonly hallBoards: HallBoards;
  readonly voices: VoiceDesk;
  readonly prints: PrintDesk;
  readonly invitations: Invitations;
  readonly cover: Cover;
  readonly desk: () => CallingDesk | undefined;
}

export class Signs {
  constructor(private readonly options: SignsOptions) {}

  /** The fire alarm stands, or somebody has blanked the hall: nothing else is shown or said. */
  get isCovered(): boolean {
    return this.options.cover.over('en') !== null;
  }

  /** Somebody is being served: numbers stand on boards. */
  get isServing(): boolean {
    const { desk, boards } = this.options;
    return (desk()?.served ?? 0) > 0 || boards.isCalling();
  }

  /** A visitor may rate at a window now. */
  mayRate(window: string): boolean {
    return this.options.desk()?.mayRate(window) === true;
  }

  /** A number that is being called stands on this window's board. */
  isCalling(board: string): boolean {
    return this.options.boards.isCalling(board);
  }

  /** Shows a sign on a board; `null` brings back what is true now. `undefined`: no such board. */
  show(board: string, sign: BoardOver | BoardTest | null): Promise<ShowResult> | undefined {
    const { boards, hallBoards } = this.options;
    return boards.sign(board, sign) ?? hallBoards.sign(board, sign);
  }

  /** The sign still stands on the board. */
  stands(board: string): boolean {
    return this.options.boards.hasSign(board) || this.options.hallBoards.hasSign(board);
  }

  /** Has the lamp of rating buttons go on or off; `null`: as it should be. False where there is no such lamp. */
  light(buttons: string, lit: boolean | null): boolean {
    return this.options.invitations.sign(buttons, lit);
  }

  /** As `VoiceDesk.say`. */
  say(voice: string, text: string, signal: AbortSignal): Promise<SpeakResult> | undefined {
    return this.options.voices.say(voice, text, signal);
  }

  /** Prints a slip; `undefined`: no such printer. */
  print(printer: string, lines: readonly string[]): Promise<PrintResult> | undefined {
    return this.options.prints.printFree(printer, { lines });
  }
}
