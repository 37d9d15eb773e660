/**
 * A board without a public document at the far end of a wire: it can't know what its frames mean. It takes what comes
 * without a pause for one frame, keeps it, and shows what of it is text a person could read; a test that knows better
 * hands in how a frame is read. It can be given the bytes that it answers.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import type { ShownText, SimulatedTextBoard } from './shown-text.js';
import { TextBoardFront } from './text-board-front.js';

const idleMilliseconds = 20;
const longestFrameBytes = 4_096;
const historyLimit = 1_000;

/** What a frame brings to the board; `undefined` for one that it does not understand. */
export type ReadFrame = (
  frame: Uint8Array,
) => { readonly lines: readonly string[]; readonly manner?: ShownText['manner'] } | 'kept' | undefined;

export interface SimulatedTemplateBoardOptions {
  /** How it reads a frame; `kept`: it changes nothing. If absent, it shows all readable text. */
  readonly read?: ReadFrame;
  /** What it answers to a frame that it understands; nothing if absent. */
  readonly answer?: (frame: Uint8Array) => Uint8Array | undefined;
  readonly answerAfterMilliseconds?: number;
}

export interface SimulatedTemplateBoard extends SimulatedTextBoard {
  /** What it received, frame by frame; the last 1000. */
  readonly frames: readonly Uint8Array[];
  /** From now on it answers each frame by these bytes; without any it says nothing. */
  answerWith(bytes?: Uint8Array): void;
}

export function simulatedTemplateBoard(
  farEnd: FarEnd,
  clock: Clock,
  options: SimulatedTemplateBoardOptions = {},
): SimulatedTemplateBoard {
  return new TemplateBoard(farEnd, clock, options);
}

class TemplateBoard extends TextBoardFront implements SimulatedTemplateBoard {
  readonly frames: Uint8Array[] = [];
  #answer: (frame: Uint8Array) => Uint8Array | undefined;
  #idle: Timer | undefined;

  constructor(
    farEnd: FarEnd,
    clock: Clock,
    private readonly options: SimulatedTemplateBoardOptions,
  ) {
    super(farEnd, clock, 'template board');
    this.#answer = options.answer ?? (() => undefined);
  }

  answerWith(bytes?: Uint8Array): void {
    this.#answer = () => bytes;
  }

  override close(): void {
    super.close();
    this.#idle?.cancel();
  }

  protected hear(bytes: Uint8Array): void {
    this.received.push(...bytes);
    if (this.received.length > longestFrameBytes) this.received = [];
    this.#idle?.cancel();
    this.#idle = this.clock.after('template board: idle line', idleMilliseconds, () => this.#frame());
  }

  #frame(): void {
    const frame = Uint8Array.from(this.received.splice(0));
    if (frame.length === 0) return;
    this.frames.push(frame);
    if (this.frames.length > historyLimit) this.frames.shift();
    const read = (this.options.read ?? readable)(frame);
    if (read === undefined) {
      this.brokenFrames++;
      return;
    }
    if (read !== 'kept') this.show(read.lines, read.manner ?? 'still');
    const answer = this.#answer(frame);
    if (answer !== undefined) this.answerAfter(this.options.answerAfterMilliseconds ?? 5, () => answer);
  }

  protected forget(): void {
    this.show([], 'still');
  }
}

/** All that a person could read of a frame, in the national encoding. */
const readable: ReadFrame = (frame) => {
  const text = new TextDecoder('gb18030').decode(frame);
  const words = text.replace(/[\p{C}\ufffd]+/gu, ' ').trim();
  return { lines: words === '' ? [] : [words] };
};
