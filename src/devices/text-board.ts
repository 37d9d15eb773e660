/**
 * A board of letters, whatever its protocol: holds what should be shown and keeps the board at it. One that answers
 * (`answering-text-board.ts`) proves by that that it lives, and is painted again when it returns; one that can't
 * (`silent-text-board.ts`) is sent the same again from time to time.
 */
import { answeringTextBoard } from './answering-text-board.js';
import type { DeviceContext } from './kind.js';
import { SilentTextBoard } from './silent-text-board.js';
import type { TextBoard, TextBoardOptions, TextBoardReports, TextLink } from './text-link.js';

/** Makes the board for a link; opens nothing. */
export function textBoard(
  link: TextLink,
  options: TextBoardOptions,
  context: DeviceContext,
  reports: TextBoardReports,
): TextBoard {
  return link.answers === undefined
    ? new SilentTextBoard(link, options, context)
    : answeringTextBoard(link, link.answers, options, context, reports);
}
