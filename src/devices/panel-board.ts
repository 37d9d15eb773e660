import type { Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { ModbusAnswer, ModbusRequest } from '../protocols/modbus-rtu.js';
import { responseDecoder } from '../protocols/modbus-rtu.js';
import { type PanelProfile, probeRequest, readShown, showRequests } from '../protocols/panel-profile.js';
import type { ByteBus, Priority, WireState } from '../transports/ports.js';
import type { BoardView, ShowResult } from './capabilities.js';
import { busOf, type Device, type DeviceContext } from './kind.js';
import { SharedPeriod } from './period.js';
import { WantedDigits } from './wanted-digits.js';

interface PanelBoardOptions {
  readonly window: string;
  /** Modbus address, 1 to 247. */
  readonly address: number;
  readonly pollMilliseconds: number;
  readonly timeoutMilliseconds: number;
  readonly gapMilliseconds: number;
}

/** After a poll or a write without an answer the board is asked again soon: a dead one is found within 3 s. */
const doubtMilliseconds = 100;
/** A dead board is tried this often, so that it is repainted within 5 s of its return. */
const deadMilliseconds = 3_000;
/**
 * A poll without any answer weighs 2, a garbled answer 1 (noise on the line garbles the answers of living boards,
 * too); with this much in a row, three polls at least, the board counts as dead.
 */
const silentWeight = 6;
/** Repaints of a board that keeps showing something else, until that is a fault. */
const wrongPolls = 3;

interface Waiting {
  readonly resolve: (result: ShowResult) => void;
}

/**
 * A window board that is a numeric Modbus panel, driven by its profile. It holds what should be shown, writes it
 * when that changes, reads it back at each poll, and writes it again where the board shows something else.
 */
export class PanelBoard implements Device {
  readonly capabilities;
  readonly #wanted: WantedDigits;
  #waiting: Waiting | undefined;
  #timer: Timer | undefined;
  #stopWatching = () => {};
  readonly #bus: ByteBus;
  readonly #period: SharedPeriod;
  readonly #abort = new AbortController();
  #busState: WireState;
  /** The newest poll and the newest paint go on; older ones that are still under way change nothing. */
  #pollRun = 0;
  #paintRun = 0;
  #painting = false;
  /**
   * The latest request was answered. Only then is the board written to; else it is read first: an adapter may echo
   * what it sends, and an echoed write can look like an answer, an echoed read never does.
   */
  #sure = false;
  #missedPolls = 0;
  #missedWeight = 0;
  /** What was sent to the board since it was last known to have lost its text. */
  #attempted: string | undefined;
  #wrong = 0;

  constructor(
    private readonly options: PanelBoardOptions,
    private readonly profile: PanelProfile,
    private readonly context: DeviceContext,
  ) {
    this.#bus = busOf(context, 'bytes');
    this.#wanted = new WantedDigits(profile, context.reports);
    this.#period = new SharedPeriod(options.pollMilliseconds);
    this.#busState = this.#bus.state;
    this.capabilities = {
      showsTicket: { window: options.window, show: (view: BoardView) => this.#show(view) },
    };
  }

  start(): void {
    this.#busState = this.#bus.state;
    this.#stopWatching = this.#bus.onChange(() => {
      const { state } = this.#bus;
      if (state === this.#busState) return; // only the noise passed its limit
      this.#busState = state;
      this.#attempted = undefined;
      this.#sure = false;
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

  /** The newest view counts; an older one that was not painted yet has failed. */
  #show(view: BoardView): Promise<ShowResult> {
    this.#settle('failed');
    if (this.#abort.signal.aborted) return Promise.resolve('failed');
    return new Promise((resolve) => {
      this.#waiting = { resolve };
      if (!this.#wanted.take(view)) this.#settle('failed');
      if (this.#sure) this.#run(this.#paintAndSee());
      else this.#pollAfter(0);
    });
  }

  /** Tells the waiting caller; with `only`, not a newer one. */
  #settle(result: ShowResult, only = this.#waiting): void {
    if (only !== this.#waiting) return;
    this.#waiting?.resolve(result);
    this.#waiting = undefined;
  }

  /** What the board should show, blanks included. */
  get #text(): string {
    return this.#wanted.text;
  }

  get #isSilent(): boolean {
    return this.#missedWeight >= silentWeight;
  }

  async #paintAndSee(): Promise<void> {
    const done = await this.#paint();
    // Not for a board known to be dead: it is tried at its own pace.
    if (!done && !this.#isSilent) this.#pollAfter(doubtMilliseconds);
  }

  /** Writes what the board should show. False where it should be looked soon what became of that. */
  async #paint(): Promise<boolean> {
    const run = ++this.#paintRun;
    const text = this.#text;
    const waiting = this.#waiting;
    const priority = waiting === undefined ? 'command' : 'call';
    this.#painting = true;
    try {
      for (const request of showRequests(this.profile, this.options.address, text)) {
        await this.#transact(request, priority, 'show');
        if (run !== this.#paintRun) return true;
      }
      if (this.profile.write === 'single') await this.#readBack(text, priority);
      if (run !== this.#paintRun) return true;
    } catch (error) {
      if (!(error instanceof HallwardError) || error.kind === 'usage') throw error;
      if (run !== this.#paintRun) return true;
      this.#painting = false;
      this.#settle('failed', waiting);
      if (error.kind === 'cancelled' || error.kind === 'absent') return true;
      this.#attempted = text;
      this.#sure = false;
      return error.kind === 'refused';
    }
    this.#painting = false;
    this.#attempted = text;
    this.#answered();
    this.#settle('confirmed', waiting);
    return text === this.#text;
  }

  /**
   * The answer to function 06 equals its request, and noise can hide from the bus that an adapter echoes: only what
   * is read back is believed. Throws `panel.not-taken` (garbled).
   */
  async #readBack(text: string, priority: Priority): Promise<void> {
    const answer = await this.#transact(probeRequest(this.profile, this.options.address), priority, 'show');
    const shown = readShown(this.profile, answer);
    if (shown === text) return;
    throw new HallwardError('panel.not-taken', 'garbled', `The panel shows "${shown}", not "${text}".`);
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
      // In doubt it goes before others' polls; known to be dead it has no haste any more.
      const calm = this.#sure || this.#isSilent;
      // While the call itself waits to be written, a look at the board must not take others' turn.
      const isAwaited = this.#waiting !== undefined && !this.#painting;
      const priority = isAwaited ? 'call' : calm ? 'poll' : 'command';
      const answer = await this.#transact(probeRequest(this.profile, this.options.address), priority, 'poll');
      const shown = readShown(this.profile, answer);
      this.#answered();
      this.context.reports.readings({ shown });
      const took = clock.monotonicMilliseconds() - began;
      if (await this.#compare(shown)) pause = this.#period.pauseAfter(took);
      else pause = Math.min(pause, doubtMilliseconds);
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      pause = this.#missed(error, pause);
    }
    if (run === this.#pollRun) this.#pollAfter(pause);
  }

  /** Paints again where the board shows something else than it should. False as for `#paint`. */
  async #compare(shown: string): Promise<boolean> {
    if (this.#painting) return true;
    if (shown === this.#text) {
      this.#settle('confirmed');
      this.#wrong = 0;
      this.#wanted.settle('content');
      return true;
    }
    if (this.#attempted === this.#text && ++this.#wrong >= wrongPolls && !this.#wanted.hasComplaint) {
      this.#wanted.complain('content', `shows "${shown.trim()}" instead of "${this.#text.trim()}"`);
    }
    return this.#paint();
  }

  /** A poll failed. Gives the pause until the next one. */
  #missed(error: HallwardError, pause: number): number {
    if (error.code === 'bus.superseded') return pause; // a newer poll is on its way
    if (!this.#painting) this.#settle('failed');
    if (error.kind !== 'timeout' && error.kind !== 'garbled' && error.kind !== 'refused') return pause;
    this.#sure = false;
    this.#attempted = undefined;
    this.#missedPolls++;
    this.#missedWeight += error.kind === 'garbled' ? 1 : 2;
    if (!this.#isSilent) return Math.min(pause, doubtMilliseconds);
    this.context.reports.silent({ polls: this.#missedPolls, reason: error.message, ...error.evidence });
    this.#paintBlindly();
    return deadMilliseconds;
  }

  /** It may be only its voice that is broken: then people still see their number. Nothing is confirmed by this. */
  #paintBlindly(): void {
    for (const request of showRequests(this.profile, this.options.address, this.#text)) {
      this.#bus.send(request.bytes, 'poll').catch(() => {}); // a lost wire is told by the next poll
    }
  }

  #answered(): void {
    this.#sure = true;
    this.#missedPolls = 0;
    this.#missedWeight = 0;
    this.context.reports.alive();
  }

  /** @param purpose a newer request of the same purpose takes the place of one that waits. */
  #transact(request: ModbusRequest, priority: Priority, purpose: 'show' | 'poll'): Promise<ModbusAnswer> {
    const { address, timeoutMilliseconds, gapMilliseconds } = this.options;
    return this.#bus.transact({
      address,
      priority,
      request: request.bytes,
      decoder: () => responseDecoder(request),
      timeoutMilliseconds,
      gapMilliseconds,
      // A poll is repeated anyway, and each further try of a dead board costs its neighbours' time.
      ...(purpose === 'poll' ? { retries: 0, backOff: false } : {}),
      replaces: `${this.context.name} ${purpose}`,
      signal: this.#abort.signal,
    });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => this.context.reports.crashed(error));
  }
}
