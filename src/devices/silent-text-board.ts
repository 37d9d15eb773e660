import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { ByteBus, Priority } from '../transports/ports.js';
import { type BoardText, darkBoard } from './board-text.js';
import type { ShowResult } from './capabilities.js';
import { busOf, type DeviceContext } from './kind.js';
import { sameText, type TextBoard, type TextBoardOptions, type TextLink } from './text-link.js';

/** A frame that waits this long is not going out: the far end takes nothing. Whoever waits for the result is told. */
const patienceMilliseconds = 3_000;
/** After a frame that could not be sent although the wire is there. */
const againMilliseconds = 1_000;
/** A new text is sent a second time after this long: noise may have spoilt it, and nobody would know. */
const secondMilliseconds = 1_000;

/**
 * A board that can't answer. What it should show is sent when it changes and once more after that, when its wire
 * returns, and again from time to time: it may have lost its power, and nobody would know.
 */
export class SilentTextBoard implements TextBoard {
  readonly #bus: ByteBus;
  #wanted: BoardText = darkBoard;
  #waiting: ((result: ShowResult) => void) | undefined;
  #timer: Timer | undefined;
  #patience: Timer | undefined;
  #stopWatching = () => {};
  /** Frames of ours are with the bus: a newer text waits for them, or it would be overtaken by an older one. */
  #sending = false;
  /** What was sent last. */
  #sent: BoardText | undefined;
  #stopped = false;

  constructor(
    private readonly link: TextLink,
    private readonly options: TextBoardOptions,
    private readonly context: DeviceContext,
  ) {
    this.#bus = busOf(context, 'bytes');
  }

  start(): void {
    let { state } = this.#bus;
    this.#stopWatching = this.#bus.onChange(() => {
      if (this.#bus.state === state) return; // only the noise passed its limit
      state = this.#bus.state;
      this.#sent = undefined;
      if (state === 'open') this.#send();
      else this.#settle('failed');
    });
    this.#send();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    this.#timer?.cancel();
    this.#settle('failed');
  }

  show(text: BoardText): Promise<ShowResult> {
    this.#settle('failed');
    this.#wanted = text;
    const { state } = this.#bus;
    if (this.#stopped || state === 'lost' || state === 'closed') return Promise.resolve('failed');
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#patience = this.context.clock.after(`${this.context.name}: sent`, patienceMilliseconds, () =>
        this.#settle('failed', resolve),
      );
      this.#send();
    });
  }

  /** Tells the waiting caller; with `only`, not a newer one. */
  #settle(result: ShowResult, only = this.#waiting): void {
    if (only === undefined || only !== this.#waiting) return;
    this.#waiting = undefined;
    this.#patience?.cancel();
    only(result);
  }

  #send(): void {
    if (this.#sending || this.#stopped) return;
    this.#sending = true;
    this.#sendNow().catch((error: unknown) => this.context.reports.crashed(error));
  }

  async #sendNow(): Promise<void> {
    this.#timer?.cancel();
    const text = this.#wanted;
    const waiting = this.#waiting;
    // A repaint must not wait behind polls: a call that comes meanwhile would wait for it.
    const priority: Priority = waiting === undefined ? 'command' : 'call';
    let pause = this.options.repaintMilliseconds;
    try {
      for (const frame of this.link.show(text)) {
        await this.#bus.send(frame, priority, this.link.gapMilliseconds);
      }
      this.#settle('sent', waiting);
      if (!sameText(this.#sent, text)) pause = Math.min(pause, secondMilliseconds);
      this.#sent = text;
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      this.#settle('failed', waiting);
      pause = againMilliseconds;
    } finally {
      this.#sending = false;
    }
    if (this.#stopped) return;
    const isOpen = this.#bus.state === 'open';
    if (isOpen && !sameText(text, this.#wanted)) this.#send();
    else if (isOpen && this.#waiting !== undefined) this.#send();
    else if (isOpen)
      this.#timer = this.context.clock.after(`repaint ${this.context.name}`, pause, () => this.#send());
  }
}
