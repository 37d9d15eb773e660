import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import type { ByteBus, Priority } from '../transports/ports.js';
import { BoardHealth, deadMilliseconds, doubtMilliseconds } from './board-health.js';
import type { ShowResult } from './capabilities.js';
import { busOf, type DeviceContext } from './kind.js';
import { SharedPeriod } from './period.js';

/** Sends a request to the board and gives its answer; rejects as `ByteBus.transact` does. */
export type Ask = <Answer>(
  request: Uint8Array,
  decoder: () => Decoder<Answer | HallwardError>,
) => Promise<Answer>;

/** One sort of board that answers: how it is asked and written to, and what it tells people. */
export interface BoardDriver<Text> {
  /** For the bus, which counts by address. */
  readonly address: number;
  readonly pollMilliseconds: number;
  readonly timeoutMilliseconds: number;
  /** Silence kept before a request; the bus's own if absent. */
  readonly gapMilliseconds?: number | undefined;
  /** It answers nothing but texts: each look writes one. */
  readonly looksByWriting?: boolean;
  isSame(one: Text, other: Text): boolean;
  /** The frames that bring it to `text`, for a board that does not answer. */
  frames(text: Text): readonly Uint8Array[];
  /** Brings it to `text`. Rejects where the board has not taken it: with kind `refused` where it said so. */
  write(text: Text, ask: Ask): Promise<void>;
  /** Sent before a look at a board of which nothing is known; it has no answer. */
  prepare?(): Uint8Array;
  /**
   * Asks whether it is there.
   * @param text what stands on it as far as anybody knows, for a board that looks by writing
   * @returns what it says that it shows; `undefined` where its answers don't say that
   */
  look(ask: Ask, text: Text): Promise<Text | undefined>;
  /** Brings its brightness to what it should be now. */
  dim?(ask: Ask): Promise<void>;
  /** Whether `text`, which it refused, is not to be written again now; a call is written all the same. */
  leavesAlone?(text: Text): boolean;
  /** A look saw `shown`, where `wanted` should be; `null` where that is just being written. */
  seen?(shown: Text, wanted: Text | null): void;
  /** It has acknowledged `text`; `null`: it counts as dead, and nobody knows what is on it. */
  acknowledged?(text: Text | null): void;
  /** It said that it does not want `text`. */
  refused?(text: Text, error: HallwardError): void;
  /** Nothing is known of it any more: it may have been without power. */
  forget(): void;
}

type Waiting = (result: ShowResult) => void;

/**
 * A board that answers, kept at what it should show. It is asked again and again whether it is there; a text
 * is written when it changes, where the board shows another one, and after each question without an answer:
 * it may have been without power, and dark since. A dead board is painted blindly, and its calls fail.
 */
export class AnsweringBoard<Text> {
  readonly #bus: ByteBus;
  readonly #period: SharedPeriod;
  readonly #abort = new AbortController();
  /**
   * Only a board that is sure is written to, others are asked first: an answer does not say what it answers,
   * and a late one, or an echo, must not pass for that to a text.
   */
  readonly #health = new BoardHealth();
  #wanted: Text;
  /** What it has acknowledged or said to show, and has not been without an answer since. */
  #onBoard: Text | undefined;
  #waiting: Waiting | undefined;
  #timer: Timer | undefined;
  #stopWatching = () => {};
  /** The newest poll and the newest paint go on; older ones that are still under way change nothing. */
  #pollRun = 0;
  #paintRun = 0;
  #painting = false;
  /**
   * A text for a board that says nothing. Nothing newer may overtake it, and the first answer after it may be
   * one to that.
   */
  #blind: 'none' | 'with the bus' | 'sent' = 'none';

  /** @param text what it should show before anybody says so */
  constructor(
    private readonly driver: BoardDriver<Text>,
    text: Text,
    private readonly context: DeviceContext,
  ) {
    this.#wanted = text;
    this.#bus = busOf(context, 'bytes');
    this.#period = new SharedPeriod(driver.pollMilliseconds, driver.address, context.clock);
  }

  start(): void {
    let { state } = this.#bus;
    this.#stopWatching = this.#bus.onChange(() => {
      if (this.#bus.state === state) return; // only the noise passed its limit
      state = this.#bus.state;
      this.#forget();
      this.#health.reset();
      if (state === 'open') this.#pollAfter(0);
      else this.#settle('failed', this.#waiting);
    });
    this.#pollAfter(0);
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    this.#timer?.cancel();
    this.#abort.abort();
    this.#settle('failed', this.#waiting);
  }

  /** Brings the board to `text` and keeps it there. An older one that was not painted yet has failed. */
  show(text: Text): Promise<ShowResult> {
    this.#settle('failed', this.#waiting);
    if (this.#abort.signal.aborted) return Promise.resolve('failed');
    this.#wanted = text;
    return new Promise((resolve) => {
      this.#waiting = resolve;
      if (this.#health.isSure) this.#run(this.#paintAndSee());
      else this.#pollAfter(0);
    });
  }

  /** Tells `only`, and no newer caller. */
  #settle(result: ShowResult, only: Waiting | undefined): void {
    if (only === undefined || only !== this.#waiting) return;
    this.#waiting = undefined;
    only(result);
  }

  #forget(): void {
    this.#onBoard = undefined;
    this.driver.forget();
  }

  #answered(): void {
    this.#health.answered();
    this.context.reports.alive();
  }

  #pollAfter(pause: number): void {
    this.#timer?.cancel();
    if (this.#abort.signal.aborted) return;
    this.#timer = this.context.clock.after(`poll ${this.context.name}`, pause, () => this.#run(this.#poll()));
  }

  async #poll(): Promise<void> {
    const run = ++this.#pollRun;
    const pause = await this.#look().catch((error: unknown) => this.#missed(error, run));
    if (run === this.#pollRun) this.#pollAfter(pause);
  }

  /** Looks at the board, and paints it where that is needed. Gives the pause until the next look. */
  async #look(): Promise<number> {
    const { driver } = this;
    this.#period.begin();
    const { isSure, isDead } = this.#health;
    const blind = this.#blind;
    // The text on its way is the question.
    if (this.#painting && driver.looksByWriting === true) return this.#period.rest();
    // While the call itself waits to be written, a look at the board must not take others' turn.
    const isAwaited = this.#waiting !== undefined && !this.#painting;
    // In doubt it goes before others' polls; known to be dead it has no haste any more.
    const priority = isAwaited ? 'call' : isSure || isDead ? 'poll' : 'command';
    // A lost wire is told by what follows.
    if (!isSure && driver.prepare !== undefined) this.#send(driver.prepare(), priority).catch(() => {});
    const ask = this.#ask(driver.looksByWriting === true ? 'show' : 'poll', priority);
    const shown = await driver.look(ask, this.#onBoard ?? this.#wanted);
    if (blind === 'sent') this.#blind = 'none';
    if (blind !== 'none') return doubtMilliseconds;
    this.#answered();
    if (shown !== undefined) driver.seen?.(shown, this.#painting ? null : this.#wanted);
    const isDone = this.#painting || (await this.#compare(shown));
    if (this.#health.isSure) await driver.dim?.(this.#ask('dim', 'poll'));
    return isDone ? this.#period.rest() : doubtMilliseconds;
  }

  /** Paints where something else is on the board, or nobody knows. False as for `#paint`. */
  async #compare(shown: Text | undefined): Promise<boolean> {
    const { driver } = this;
    if (shown !== undefined) this.#onBoard = shown;
    const isRight = this.#onBoard !== undefined && driver.isSame(this.#onBoard, this.#wanted);
    if (isRight && shown !== undefined) this.#settle('confirmed', this.#waiting);
    const mayStay = isRight || driver.leavesAlone?.(this.#wanted) === true;
    return mayStay && this.#waiting === undefined ? true : this.#paint();
  }

  async #paintAndSee(): Promise<void> {
    const isDone = await this.#paint();
    // Not for a board known to be dead: it is tried at its own pace.
    if (!isDone && !this.#health.isDead) this.#pollAfter(doubtMilliseconds);
  }

  /** Writes what the board should show. False where it should be looked soon what became of that. */
  async #paint(): Promise<boolean> {
    const run = ++this.#paintRun;
    const text = this.#wanted;
    const waiting = this.#waiting;
    this.#painting = true;
    try {
      await this.driver.write(text, this.#ask('show', waiting === undefined ? 'command' : 'call', 1));
    } catch (error) {
      return this.#notPainted(error, run, text, waiting);
    }
    if (run !== this.#paintRun) return true;
    this.#painting = false;
    this.#onBoard = text;
    this.#answered();
    this.driver.acknowledged?.(text);
    this.#settle('confirmed', waiting);
    return this.driver.isSame(text, this.#wanted);
  }

  #notPainted(error: unknown, run: number, text: Text, waiting: Waiting | undefined): boolean {
    if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
    const { kind } = error;
    // Also with a newer text on its way: else a dead board that is called all the time would never be asked.
    if (kind === 'timeout' || kind === 'garbled') this.#health.doubt();
    if (run !== this.#paintRun) return true;
    this.#painting = false;
    this.#onBoard = undefined;
    this.#settle('failed', waiting);
    if (kind === 'cancelled' || kind === 'absent') return true;
    if (kind !== 'refused') {
      this.#health.doubt();
      return false;
    }
    this.#answered();
    this.driver.refused?.(text, error);
    return true;
  }

  /** A poll came to nothing. Gives the pause until the next one. */
  #missed(error: unknown, run: number): number {
    if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
    const { code, kind } = error;
    const { pollMilliseconds } = this.driver;
    if (code === 'bus.superseded') return pollMilliseconds; // a newer one is on its way
    if (!this.#painting) this.#settle('failed', this.#waiting);
    if (kind !== 'timeout' && kind !== 'garbled' && kind !== 'refused') return pollMilliseconds;
    this.#forget();
    this.#health.missed(kind);
    if (!this.#health.isDead) return doubtMilliseconds;
    this.driver.acknowledged?.(null);
    const polls = this.#health.missedPolls;
    this.context.reports.silent({ polls, reason: error.message, ...error.evidence });
    // Where a newer poll or a text is on its way already, an answer to this could pass for one to that.
    if (run === this.#pollRun && !this.#painting) this.#paintBlindly();
    return deadMilliseconds;
  }

  /** Only its voice may be broken: then people still see their number. Nothing is confirmed by this. */
  #paintBlindly(): void {
    if (this.#blind === 'with the bus') return;
    const frames = this.driver.frames(this.#wanted).map((frame) => this.#send(frame, 'poll'));
    this.#blind = 'with the bus';
    void Promise.allSettled(frames).then(() => {
      this.#blind = 'sent'; // a lost wire is told by the next poll
    });
  }

  #send(frame: Uint8Array, priority: Priority): Promise<void> {
    return this.#bus.send(frame, priority, this.driver.gapMilliseconds);
  }

  /**
   * @param purpose a newer request of the same purpose takes the place of one that waits; what is left of
   * a text that is not the newest any more is not asked
   * @param retries none for a question: it comes again, and each try of a dead board costs others' time
   */
  #ask(purpose: 'show' | 'poll' | 'dim', priority: Priority, retries = 0): Ask {
    const { context, driver } = this;
    const run = this.#paintRun;
    return async (request, decoder) => {
      if (purpose === 'show' && run !== this.#paintRun)
        throw new HallwardError('bus.superseded', 'cancelled', `${context.name}: a newer text is on its way`);
      return this.#bus.transact({
        address: driver.address,
        priority,
        request,
        decoder,
        timeoutMilliseconds: driver.timeoutMilliseconds,
        ...(driver.gapMilliseconds === undefined ? {} : { gapMilliseconds: driver.gapMilliseconds }),
        retries,
        backOff: false,
        replaces: `${context.name} ${purpose}`,
        signal: this.#abort.signal,
      });
    };
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.context.reports.crashed(error));
  }
}
