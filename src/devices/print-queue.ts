/**
 * Prints one paper after the other and finds out what became of each. A paper counts as printed when the printer has
 * worked off all of it (it answers GS r, which waits its turn behind the paper's bytes) and says after that that it
 * still has paper, a closed cover and no error; everything else is told as what it is.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { askBuffered } from '../protocols/escpos-status.js';
import type { ByteBus } from '../transports/ports.js';
import type { PrintResult } from './capabilities.js';
import type { StatusPoll } from './printer-poll.js';
import { hindrances } from './printer-status.js';

export interface PrintQueueOptions {
  /** `buffered`: the answer to GS r; `realtime`: the real-time status alone, for printers that don't answer GS r. */
  readonly confirm: 'buffered' | 'realtime';
  /** What cuts off a paper that was not finished. */
  readonly cut: Uint8Array;
}

interface Job {
  readonly parts: readonly Uint8Array[];
  readonly resolve: (result: PrintResult) => void;
}

const waitingLimit = 32;
/** So much is sent at a time; between two pieces the status is asked. */
const pieceBytes = 256;
/** How long a piece may take to go out: the printer takes nothing while its buffer is full. */
const pieceMilliseconds = 15_000;
/** How long the printer may take to print and to answer. */
const answerMilliseconds = 10_000;
/** Slower than any printer. */
const millisecondsPerByte = 2;
/** Without an answer of its own: how long printing takes. */
const shortestSettleMilliseconds = 500;
const longestSettleMilliseconds = 5_000;
/** Answers to the GS r of an earlier paper that do not come in this time of quiet will not come. */
const resyncMilliseconds = 6_000;
/** Papers without an answer to GS r, with a living printer, until it counts as one that does not know GS r. */
const unansweredLimit = 2;
/** Enough to fill up whatever command was cut in two; a printer ignores NUL outside commands. */
const fillBytes = 1_100;
const lineFeed = 0x0a;

export class PrintQueue {
  readonly #waiting: Job[] = [];
  #printing = false;
  #stopped = false;
  #epoch = 0;
  readonly #wakers = new Set<() => void>();
  /** GS r sent and answered, in all. */
  #asked = 0;
  #answered = 0;
  #bufferedAt = Number.NEGATIVE_INFINITY;
  #unanswered = 0;
  /** How the latest paper was left unfinished. */
  #torn: 'no' | 'between' | 'within' = 'no';

  constructor(
    private readonly bus: ByteBus,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly log: Log,
    private readonly poll: StatusPoll,
    private readonly options: PrintQueueOptions,
  ) {}

  /** Prints after all that waits already. Never rejects. */
  print(parts: readonly Uint8Array[]): Promise<PrintResult> {
    if (this.#stopped) return Promise.resolve(refused('device.disabled'));
    if (this.#waiting.length >= waitingLimit) return Promise.resolve(refused('bus.queue-full'));
    return new Promise((resolve) => {
      this.#waiting.push({ parts, resolve });
      if (!this.#printing) void this.#workOff();
    });
  }

  /** Something is known anew: status, silence, a lost wire. */
  changed(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  /** The wire was lost: what was on its way is lost, too. */
  gone(): void {
    this.#epoch++;
    this.silent();
  }

  /** The printer says nothing; the one that comes back may be another one. */
  silent(): void {
    this.#unanswered = 0;
    this.changed();
  }

  /** The printer has answered GS r. */
  buffered(): void {
    this.#bufferedAt = this.clock.monotonicMilliseconds();
    // An answer to nobody's question confirms nothing.
    if (this.#answered < this.#asked) this.#answered++;
    this.#unanswered = 0;
    this.changed();
  }

  stop(): void {
    this.#stopped = true;
    this.changed();
  }

  async #workOff(): Promise<void> {
    this.#printing = true;
    for (;;) {
      const job = this.#waiting.shift();
      if (job === undefined) break;
      let result: PrintResult;
      try {
        result = await this.#print(job.parts);
      } catch (error) {
        this.log.error({ err: error }, 'printing failed in a way nobody thought of');
        result = { result: 'failed', reason: 'device.restarting' };
      }
      this.poll.hurry = false;
      job.resolve(result);
    }
    this.#printing = false;
  }

  async #print(parts: readonly Uint8Array[]): Promise<PrintResult> {
    const isGone = () => this.bus.state === 'lost' || this.bus.state === 'closed';
    await this.#until(() => this.#stopped || isGone() || this.poll.condition !== 'unasked');
    const hindered = this.#hindrance(this.#epoch);
    if (hindered !== undefined) return refused(hindered);
    if (!(await this.#resync())) return refused(this.#hindrance(this.#epoch) ?? 'device.unresponsive');

    const epoch = this.#epoch;
    const { missedRounds } = this.poll;
    const isBuffered = this.options.confirm === 'buffered' && this.#unanswered < unansweredLimit;
    const all = [...this.#repair(), ...parts, ...(isBuffered ? [askBuffered] : [])];
    const bytes = all.reduce((sum, part) => sum + part.length, 0);
    this.poll.hurry = true;
    this.poll.askSoon();
    const failed = await this.#send(pieces(all), epoch, isBuffered);
    if (failed !== undefined) return failed;
    if (!isBuffered) return this.#watchPrinting(epoch, bytes);

    const mine = this.#asked;
    const patience = answerMilliseconds + bytes * millisecondsPerByte;
    const hasAnswer = () => this.#answered >= mine;
    await this.#until(() => hasAnswer() || this.#hindrance(epoch) !== undefined, patience);
    const hindrance = this.#hindrance(epoch);
    if (hindrance !== undefined) return { result: 'failed', reason: hindrance };
    if (hasAnswer()) return this.#look(epoch);
    // While it printed it was away for a moment, and has forgotten the rest.
    if (this.poll.missedRounds > missedRounds && this.poll.hasAnswered)
      return { result: 'failed', reason: 'device.unresponsive' };
    if (this.poll.condition === 'silent') return { result: 'failed', reason: 'device.unresponsive' };
    this.#unanswered++;
    if (this.#unanswered === unansweredLimit)
      this.log.warn({}, 'the printer does not answer GS r; set confirm: realtime for it');
    return { result: 'sent' };
  }

  /** Sends piece by piece as long as all is well; gives the result where it is not. */
  async #send(
    all: readonly Uint8Array[],
    epoch: number,
    isBuffered: boolean,
  ): Promise<PrintResult | undefined> {
    for (const [index, piece] of all.entries()) {
      const hindrance = this.#hindrance(epoch);
      if (hindrance !== undefined) {
        if (index > 0) this.#torn = this.#torn === 'within' ? 'within' : 'between';
        return { result: 'failed', reason: hindrance, begun: index > 0 };
      }
      let outcome: 'waiting' | 'taken' | 'failed' = 'waiting';
      const settle = (how: 'taken' | 'failed') => () => {
        outcome = how;
        this.changed();
      };
      // Counted before it goes out: the answer may be quicker than the word that the bytes were taken.
      if (isBuffered && index === all.length - 1) this.#asked++;
      this.bus.send(piece, 'command').then(settle('taken'), settle('failed'));
      const isOver = () => outcome !== 'waiting';
      await this.#until(() => isOver() || this.#hindrance(epoch) !== undefined, pieceMilliseconds);
      if ((outcome as string) === 'taken') continue;
      this.#torn = (outcome as string) === 'failed' ? 'within' : 'between';
      return { result: 'failed', reason: this.#hindrance(epoch) ?? 'device.unresponsive' };
    }
    this.#torn = 'no';
    return undefined;
  }

  /** What a printer that was left in the middle of a paper is sent first. */
  #repair(): Uint8Array[] {
    if (this.#torn === 'no') return [];
    const fill = this.#torn === 'within' ? [new Uint8Array(fillBytes)] : [];
    return [...fill, Uint8Array.of(lineFeed), this.options.cut];
  }

  /** All was worked off; the status after that decides. */
  async #look(epoch: number): Promise<PrintResult> {
    const answered = await this.#freshStatus(epoch);
    const hindrance = this.#hindrance(epoch);
    if (hindrance !== undefined) return { result: 'failed', reason: hindrance };
    return { result: answered ? 'confirmed' : 'sent' };
  }

  /** Without an answer of its own: two rounds in a row after the time that printing takes say that all is well. */
  async #watchPrinting(epoch: number, bytes: number): Promise<PrintResult> {
    const settle = Math.min(
      longestSettleMilliseconds,
      shortestSettleMilliseconds + bytes * millisecondsPerByte,
    );
    await this.#until(() => this.#hindrance(epoch) !== undefined, settle);
    const first = await this.#freshStatus(epoch);
    const second = first && (await this.#freshStatus(epoch));
    const hindrance = this.#hindrance(epoch);
    if (hindrance !== undefined) return { result: 'failed', reason: hindrance };
    return { result: second ? 'confirmed' : 'sent' };
  }

  /** True when a round that began after now was answered; false where none is. */
  async #freshStatus(epoch: number): Promise<boolean> {
    const { rounds } = this.poll;
    this.poll.askSoon();
    const isFresh = () => this.poll.answeredRound > rounds;
    await this.#until(
      () => isFresh() || this.#hindrance(epoch) !== undefined || this.poll.condition === 'silent',
      answerMilliseconds,
    );
    return isFresh();
  }

  /**
   * Answers to the GS r of earlier papers may still come: a printer that was out of paper goes on with what it has in
   * its buffer. They must not be taken for the answer of the next paper. False where the printer can't print after all.
   */
  async #resync(): Promise<boolean> {
    const epoch = this.#epoch;
    const since = this.clock.monotonicMilliseconds();
    const open = () => this.#answered < this.#asked;
    while (open() && this.#hindrance(epoch) === undefined) {
      const quietSince = Math.max(since, this.#bufferedAt);
      const left = quietSince + resyncMilliseconds - this.clock.monotonicMilliseconds();
      if (left <= 0) {
        this.#answered = this.#asked;
        break;
      }
      const answered = this.#answered;
      await this.#until(() => this.#answered !== answered || this.#hindrance(epoch) !== undefined, left);
    }
    return this.#hindrance(epoch) === undefined;
  }

  /** Why nothing can be printed now, as a fault's code. */
  #hindrance(epoch: number): string | undefined {
    if (this.#stopped) return 'device.disabled';
    if (this.bus.state !== 'open' || epoch !== this.#epoch) return 'bus.lost';
    const { condition, hasAnswered, status } = this.poll;
    // One that never answered anything may print all the same.
    if (condition === 'silent') return hasAnswered ? 'device.unresponsive' : undefined;
    return hindrances(status)[0];
  }

  /** Resolves as soon as `done`, at most after `milliseconds`. */
  async #until(done: () => boolean, milliseconds?: number): Promise<void> {
    if (done()) return;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      const end = () => {
        this.#wakers.delete(look);
        resolve();
      };
      const look = () => {
        if (done()) end();
      };
      this.#wakers.add(look);
      if (milliseconds !== undefined) timer = this.clock.after(`${this.name}: printing`, milliseconds, end);
    });
    timer?.cancel();
  }
}

const refused = (reason: string): PrintResult => ({ result: 'failed', reason, begun: false });

/** Joins parts to pieces of about `pieceBytes`; no piece ends inside a command. */
function pieces(parts: readonly Uint8Array[]): Uint8Array[] {
  const joined: Uint8Array[] = [];
  let piece: number[] = [];
  for (const part of parts) {
    if (piece.length > 0 && piece.length + part.length > pieceBytes) {
      joined.push(Uint8Array.from(piece));
      piece = [];
    }
    piece.push(...part);
  }
  if (piece.length > 0) joined.push(Uint8Array.from(piece));
  return joined;
}
