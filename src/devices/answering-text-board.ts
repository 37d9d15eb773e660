import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { ByteBus, Priority, WireState } from '../transports/ports.js';
import { type BoardText, darkBoard } from './board-text.js';
import type { ShowResult } from './capabilities.js';
import { busOf, type DeviceContext } from './kind.js';
import { SharedPeriod } from './period.js';
import {
  sameText,
  type TextBoard,
  type TextBoardOptions,
  type TextBoardReports,
  type TextLink,
  type TextLinkAnswers,
} from './text-link.js';

/** After a question without an answer the board is asked again soon: a dead one is found within 3 s. */
const doubtMilliseconds = 100;
/** A dead board is tried this often, so that it is painted within 5 s of its return. */
const deadMilliseconds = 3_000;
/** A question without any answer weighs 2, a garbled answer 1; with this much in a row the board counts as dead. */
const silentWeight = 6;
/** A text that the board refused is tried again after this long: somebody may have set the board right. */
const refusedMilliseconds = 60_000;

/**
 * A board of letters that answers. It is asked again and again whether it is there; a text is sent when it changes, and
 * again after any question without an answer: the board may have been without power, and dark since.
 */
export class AnsweringTextBoard implements TextBoard {
  readonly #bus: ByteBus;
  readonly #period: SharedPeriod;
  readonly #abort = new AbortController();
  #wanted: BoardText = darkBoard;
  /** What it has acknowledged, and has not been without an answer since. */
  #onBoard: BoardText | undefined;
  #brightness: number | undefined;
  #waiting: ((result: ShowResult) => void) | undefined;
  #timer: Timer | undefined;
  #stopWatching = () => {};
  #busState: WireState;
  /** The newest poll and the newest paint go on; older ones that are still under way change nothing. */
  #pollRun = 0;
  #paintRun = 0;
  #painting = false;
  /**
   * The latest request was answered. Only then is the board written to: an answer does not say what it answers, and a
   * late one must not pass for that to a text.
   */
  #sure = false;
  #missedPolls = 0;
  #missedWeight = 0;
  /** The text that was refused, and when it may be tried again. */
  #refused: { readonly text: BoardText; readonly until: number } | undefined;
  /** A text on its way to a board that says nothing; what is newer must not overtake it. */
  #blind: Promise<void> | undefined;

  constructor(
    private readonly link: TextLink,
    private readonly answers: TextLinkAnswers,
    private readonly options: TextBoardOptions,
    private readonly context: DeviceContext,
    private readonly reports: TextBoardReports,
  ) {
    this.#bus = busOf(context, 'bytes');
    this.#period = new SharedPeriod(options.pollMilliseconds);
    this.#busState = this.#bus.state;
  }

  start(): void {
    this.#busState = this.#bus.state;
    this.#stopWatching = this.#bus.onChange(() => {
      const { state } = this.#bus;
      if (state === this.#busState) return; // only the noise passed its limit
      this.#busState = state;
      this.#forget();
      this.#missedPolls = 0;
      this.#missedWeight = 0;
      if (state === 'open') this.#pollAfter(0);
      else this.#settle('failed');
    });
    this.#pollAfter(0);
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    this.#timer?.cancel();
    this.#abort.abort();
    this.#settle('failed');
  }

  show(text: BoardText): Promise<ShowResult> {
    this.#settle('failed');
    if (this.#abort.signal.aborted) return Promise.resolve('failed');
    this.#wanted = text;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (!this.#sure) this.#pollAfter(0);
      else this.#run(this.#paintAndSee());
    });
  }

  /** Tells the waiting caller; with `only`, not a newer one. */
  #settle(result: ShowResult, only = this.#waiting): void {
    if (only === undefined || only !== this.#waiting) return;
    this.#waiting = undefined;
    only(result);
  }

  /** Nothing is known of the board any more. */
  #forget(): void {
    this.#sure = false;
    this.#onBoard = undefined;
    this.#brightness = undefined;
  }

  get #isSilent(): boolean {
    return this.#missedWeight >= silentWeight;
  }

  #pollAfter(pause: number): void {
    this.#timer?.cancel();
    if (this.#abort.signal.aborted) return;
    this.#timer = this.context.clock.after(`poll ${this.context.name}`, pause, () => this.#run(this.#poll()));
  }

  async #poll(): Promise<void> {
    const run = ++this.#pollRun;
    const { clock } = this.context;
    const began = clock.monotonicMilliseconds();
    let pause = this.options.pollMilliseconds;
    try {
      await this.#ask();
      const took = clock.monotonicMilliseconds() - began;
      pause = this.#period.pauseAfter(took);
      const isDue = !sameText(this.#onBoard, this.#wanted) && !this.#painting && !this.#isRefused;
      if ((isDue || this.#waiting !== undefined) && !this.#painting && !(await this.#paint()))
        pause = doubtMilliseconds;
      await this.#dim();
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      pause = this.#missed(error, pause);
    }
    if (run === this.#pollRun) this.#pollAfter(pause);
  }

  /** Asks whether the board is there. Rejects as `ByteBus.transact` does. */
  async #ask(): Promise<void> {
    // In doubt it goes before others' polls; known to be dead it has no haste any more.
    const calm = this.#sure || this.#isSilent;
    // While the call itself waits to be written, a look at the board must not take others' turn.
    const isAwaited = this.#waiting !== undefined && !this.#painting;
    const priority = isAwaited ? 'call' : calm ? 'poll' : 'command';
    if (!this.#sure && this.answers.prepare !== undefined) {
      this.#bus.send(this.answers.prepare(), priority, this.link.gapMilliseconds).catch(() => {}); // a lost wire is told by what follows
    }
    if (this.answers.probe !== undefined) {
      await this.#transact(this.answers.probe(), priority, 'poll');
    } else {
      // Only texts are answered: the one that is shown serves as the question. A newer one takes its place in the queue.
      if (this.#painting) return;
      const text = this.#onBoard ?? this.#wanted;
      for (const frame of this.link.show(text)) await this.#transact(frame, priority, 'show', 0);
      if (!this.#painting) this.#onBoard = text;
    }
    this.#answered();
  }

  get #isRefused(): boolean {
    return (
      this.#refused !== undefined &&
      sameText(this.#refused.text, this.#wanted) &&
      this.context.clock.monotonicMilliseconds() < this.#refused.until
    );
  }

  async #paintAndSee(): Promise<void> {
    const done = await this.#paint();
    // Not for a board known to be dead: it is tried at its own pace.
    if (!done && !this.#isSilent) this.#pollAfter(doubtMilliseconds);
  }

  /** Writes what the board should show. False where it should be looked soon what became of that. */
  async #paint(): Promise<boolean> {
    const run = ++this.#paintRun;
    if (this.#blind !== undefined) await this.#blind;
    if (run !== this.#paintRun) return true;
    const text = this.#wanted;
    const waiting = this.#waiting;
    this.#painting = true;
    try {
      for (const frame of this.link.show(text)) {
        await this.#transact(frame, waiting === undefined ? 'command' : 'call', 'show');
        if (run !== this.#paintRun) return true;
      }
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      if (run !== this.#paintRun) return true;
      this.#painting = false;
      this.#onBoard = undefined;
      this.#settle('failed', waiting);
      if (error.kind === 'refused') {
        this.#answered();
        const until = this.context.clock.monotonicMilliseconds() + refusedMilliseconds;
        this.#refused = { text, until };
        this.reports.refused(error);
        return true;
      }
      if (error.kind === 'cancelled' || error.kind === 'absent') return true;
      this.#sure = false;
      return false;
    }
    this.#painting = false;
    this.#onBoard = text;
    this.#refused = undefined;
    this.#answered();
    this.reports.refused(null);
    this.reports.shown(text);
    this.#settle('confirmed', waiting);
    return sameText(text, this.#wanted);
  }

  /** Brings the brightness to what it should be now. A board that does not want it keeps its own. */
  async #dim(): Promise<void> {
    const wanted = this.options.brightness();
    if (wanted === null || wanted === this.#brightness || this.answers.dim === undefined || !this.#sure)
      return;
    try {
      await this.#transact(this.answers.dim(wanted), 'poll', 'dim');
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind !== 'refused') throw error;
      this.context.log.warn({ device: this.context.name, detail: error.message }, 'brightness refused');
    }
    this.#brightness = wanted;
  }

  /** A poll failed. Gives the pause until the next one. */
  #missed(error: HallwardError, pause: number): number {
    if (error.code === 'bus.superseded') return pause; // a newer poll is on its way
    if (error.kind === 'refused') {
      this.#answered(); // it speaks, so it lives
      return pause;
    }
    if (!this.#painting) this.#settle('failed');
    if (error.kind !== 'timeout' && error.kind !== 'garbled') return pause;
    this.#forget();
    this.#missedPolls++;
    this.#missedWeight += error.kind === 'garbled' ? 1 : 2;
    if (!this.#isSilent) return Math.min(pause, doubtMilliseconds);
    this.reports.shown(null);
    this.context.reports.silent({ polls: this.#missedPolls, reason: error.message, ...error.evidence });
    this.#paintBlindly();
    return deadMilliseconds;
  }

  /** It may be only its voice that is broken: then people still see their number. Nothing is confirmed by this. */
  #paintBlindly(): void {
    if (this.#blind !== undefined) return;
    const frames = this.link
      .show(this.#wanted)
      .map((frame) => this.#bus.send(frame, 'poll', this.link.gapMilliseconds));
    this.#blind = Promise.allSettled(frames).then(() => {
      this.#blind = undefined; // a lost wire is told by the next poll
    });
  }

  #answered(): void {
    this.#sure = true;
    this.#missedPolls = 0;
    this.#missedWeight = 0;
    this.context.reports.alive();
  }

  /**
   * @param purpose a newer request of the same purpose takes the place of one that waits.
   * @param retries none for a question: it is repeated anyway, and each try of a dead board costs its neighbours' time.
   */
  #transact(
    request: Uint8Array,
    priority: Priority,
    purpose: 'show' | 'poll' | 'dim',
    retries = purpose === 'show' ? 1 : 0,
  ): Promise<unknown> {
    const { address, gapMilliseconds } = this.link;
    return this.#bus.transact({
      address,
      priority,
      request,
      decoder: () => this.answers.decoder(request),
      timeoutMilliseconds: this.answers.timeoutMilliseconds,
      ...(gapMilliseconds === undefined ? {} : { gapMilliseconds }),
      retries,
      backOff: false,
      replaces: `${this.context.name} ${purpose}`,
      signal: this.#abort.signal,
    });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.context.reports.crashed(error));
  }
}
