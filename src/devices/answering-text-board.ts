import { HallwardError } from '../kernel/errors.js';
import { AnsweringBoard } from './answering-board.js';
import { type BoardText, darkBoard } from './board-text.js';
import type { DeviceContext } from './kind.js';
import {
  sameText,
  type TextBoard,
  type TextBoardOptions,
  type TextBoardReports,
  type TextLink,
  type TextLinkAnswers,
} from './text-link.js';

/** A text that the board refused is tried again after this long: somebody may have set the board right. */
const refusedMilliseconds = 60_000;

/** A board of letters that answers. It says whether it takes a text, never what is on it. */
export function answeringTextBoard(
  link: TextLink,
  answers: TextLinkAnswers,
  options: TextBoardOptions,
  context: DeviceContext,
  reports: TextBoardReports,
): TextBoard {
  const { address, gapMilliseconds } = link;
  const { probe, prepare, dim, timeoutMilliseconds } = answers;
  const { pollMilliseconds } = options;
  const askedBy = (frame: Uint8Array) => [frame, () => answers.decoder(frame)] as const;
  const now = () => context.clock.monotonicMilliseconds();
  /** As it was set; `undefined` where nobody knows. */
  let brightness: number | undefined;
  /** The text that was refused, and when it may be tried again. */
  let refused: { readonly text: BoardText; readonly until: number } | undefined;
  return new AnsweringBoard<BoardText>(
    {
      ...{ address, gapMilliseconds, timeoutMilliseconds, pollMilliseconds },
      looksByWriting: probe === undefined,
      isSame: sameText,
      frames: (text) => link.show(text),
      ...(prepare === undefined ? {} : { prepare }),
      async write(text, ask) {
        for (const frame of link.show(text)) await ask(...askedBy(frame));
      },
      async look(ask, text) {
        try {
          for (const frame of probe === undefined ? link.show(text) : [probe()]) await ask(...askedBy(frame));
        } catch (error) {
          // It speaks, so it lives.
          if (!(error instanceof HallwardError) || error.kind !== 'refused') throw error;
        }
        return undefined;
      },
      async dim(ask) {
        const wanted = options.brightness();
        if (wanted === null || wanted === brightness || dim === undefined) return;
        try {
          await ask(...askedBy(dim(wanted)));
        } catch (error) {
          // A board that does not want it keeps its own.
          if (!(error instanceof HallwardError) || error.kind !== 'refused') throw error;
          context.log.warn({ device: context.name, detail: error.message }, 'brightness refused');
        }
        brightness = wanted;
      },
      leavesAlone: (text) => sameText(refused?.text, text) && now() < refused!.until,
      acknowledged(text) {
        if (text !== null) {
          refused = undefined;
          reports.refused(null);
        }
        reports.shown(text);
      },
      refused(text, error) {
        refused = { text, until: now() + refusedMilliseconds };
        reports.refused(error);
      },
      forget() {
        brightness = undefined;
      },
    },
    darkBoard,
    context,
  );
}
