/**
 * Asks a printer how it is, round after round, and hears what it says unasked.
 *
 * After a question that was not answered in time there is a pause in which a late answer is thrown away. The answers
 * of a round count only if there was not one too many (a picture with `10 04 01` among its dots makes a printer
 * answer): then they may all be shifted by one.
 */
import type { Clock } from '../kernel/clock.js';
import type { Evidence } from '../kernel/errors.js';
import {
  type AsbErrorBit,
  type NearEndBits,
  type PrinterPart,
  type RealtimeQuestion,
  readAsb,
  readBuffered,
  readRealtime,
  realtimeQuestions,
} from '../protocols/escpos-status.js';
import type { ByteBus } from '../transports/ports.js';
import { restOfPeriod } from './period.js';
import { StatusAsker } from './printer-asker.js';
import {
  hindrances,
  mergeStatus,
  type PrinterStatus,
  type StatusParts,
  type StatusSource,
  withoutPart,
  withPart,
} from './printer-status.js';

/** After a question without an answer: a late one is thrown away. */
const drainMilliseconds = 300;
/** How long after the last answer of a round one too many may come. */
const surplusMilliseconds = 40;
/** Something is odd: the next round comes soon, but not before late answers are over. */
const doubtMilliseconds = drainMilliseconds;
/** While a ticket is printed. */
const hurryMilliseconds = 400;
const roundsUntilSilent = 3;
/** Some printers answer nothing while they print. */
const silentWhilePrintingMilliseconds = 5_000;
/** A question that was never answered is asked again in every so many rounds. */
const probeEvery = 10;
const missesUntilDropped = 2;

export interface StatusPollOptions {
  readonly pollMilliseconds: number;
  readonly asb: boolean;
  readonly nearEnd: NearEndBits;
  /** The questions that it may answer; all four if absent. */
  readonly questions?: readonly RealtimeQuestion[];
  /** Those of them that it answers by bits that nobody knows: proof that it lives, and no more. */
  readonly opaque?: readonly RealtimeQuestion[];
  readonly asbErrorBit?: AsbErrorBit;
}

/** `round`: all that was asked is answered or given up. */
export type StatusNews = 'round' | 'unasked';

interface StatusPollEvents {
  /** The wire is open; nothing is known yet. */
  begun(): void;
  /** It answered, and this is known of it now. */
  answered(status: PrinterStatus, news: StatusNews): void;
  /** A round that was not answered at all. */
  missed(): void;
  /** Nothing for three rounds; told in each further round. Nothing is known any more. */
  silent(evidence: Evidence): void;
  /** The wire is gone. Nothing is known any more. */
  gone(): void;
  /** The answer to GS r came. */
  buffered(): void;
  crashed(error: unknown): void;
}

export class StatusPoll {
  condition: 'unasked' | 'answering' | 'silent' = 'unasked';
  /** It has answered something since the start. */
  hasAnswered = false;
  /** Rounds without an answer, or with one too many, in all. */
  missedRounds = 0;
  /** Rounds begun in all; the newest one's number. */
  rounds = 0;
  /** The number of the newest round that was answered. */
  answeredRound = 0;
  /** A ticket is being printed: ask often, and be patient. */
  hurry = false;
  #parts: StatusParts = [];
  readonly #asker: StatusAsker;
  /** Answers may still come to questions of a round that is over. */
  #awaitsLate = false;
  #run = 0;
  #stopWatching = () => {};
  /** Rounds until the questions that get no answers are asked once more. */
  #untilProbe = 0;
  #missed = 0;
  #missedSince = 0;
  #wantsRound = false;
  readonly #misses = new Map<RealtimeQuestion, number>();
  /** Questions that get answers. */
  readonly #known = new Set<RealtimeQuestion>();

  constructor(
    private readonly bus: ByteBus,
    private readonly clock: Clock,
    name: string,
    private readonly options: StatusPollOptions,
    private readonly events: StatusPollEvents,
  ) {
    this.#asker = new StatusAsker(bus, clock, name, {
      asb: (bytes, order) => this.#unasked('asb', readAsb(bytes, options.asbErrorBit), order),
      buffered: (byte, order) => this.#buffered(byte, order),
    });
  }

  get status(): PrinterStatus {
    return mergeStatus(this.#parts);
  }

  start(): void {
    let state = this.bus.state;
    this.#asker.start();
    this.#stopWatching = this.bus.onChange(() => {
      if (this.bus.state === state) return; // only the noise passed its limit
      state = this.bus.state;
      if (state === 'open') this.#begin();
      else this.#gone();
    });
    if (state === 'open') this.#begin();
  }

  stop(): void {
    this.#run++;
    this.#stopWatching();
    this.#asker.stop();
  }

  /** The next round begins at once, or as soon as the one under way is over. */
  askSoon(): void {
    this.#wantsRound = true;
    this.#asker.nudge();
  }

  #begin(): void {
    this.#run++;
    this.#forget();
    this.#untilProbe = 0;
    this.#missed = 0;
    this.condition = 'unasked';
    this.events.begun();
    this.#loop(this.#run).catch((error) => this.events.crashed(error));
  }

  #gone(): void {
    this.#run++;
    this.#forget();
    this.condition = 'unasked';
    this.#asker.cancel();
    this.events.gone();
  }

  #forget(): void {
    this.#parts = [];
    this.#misses.clear();
  }

  async #loop(run: number): Promise<void> {
    if (this.options.asb) await this.#asker.enableAutomaticStatus();
    while (run === this.#run) {
      this.#wantsRound = false;
      const began = this.clock.monotonicMilliseconds();
      await this.#round(run);
      if (run !== this.#run) return;
      // While late answers may come nobody shortens the pause.
      const mayHurry = !this.#awaitsLate && this.#asker.surplus === 0;
      const took = this.clock.monotonicMilliseconds() - began;
      await this.#asker.pause(this.#pauseMilliseconds(took), () => mayHurry && this.#wantsRound);
    }
  }

  /** @param took what the round took: its period runs from its beginning. */
  #pauseMilliseconds(took: number): number {
    const isUsual = !this.#awaitsLate && this.#asker.surplus === 0 && this.#missed === 0;
    const isOdd = !isUsual || hindrances(this.status).includes('printer.offline');
    const wanted = restOfPeriod(this.hurry ? hurryMilliseconds : this.options.pollMilliseconds, took);
    return isOdd && this.condition !== 'silent' ? Math.min(doubtMilliseconds, wanted) : wanted;
  }

  async #round(run: number): Promise<void> {
    this.rounds++;
    this.#awaitsLate = false;
    this.#asker.beginRound();
    const answers: { question: RealtimeQuestion; part: PrinterPart; order: number }[] = [];
    for (const question of this.#questions()) {
      const wasKnown = this.#known.has(question);
      const answer = await this.#asker.ask(question);
      if (run !== this.#run) return;
      const part = answer === undefined ? undefined : this.#read(question, answer.byte);
      if (answer !== undefined && part !== undefined) {
        this.#known.add(question);
        this.#misses.set(question, 0);
        answers.push({ question, part, order: answer.order });
        continue;
      }
      this.#miss(question);
      // Its answer may come late: no other question before that is over.
      this.#awaitsLate = wasKnown;
      if (wasKnown) break;
      await this.#asker.pause(drainMilliseconds);
      if (run !== this.#run) return;
    }
    if (answers.length > 0) await this.#asker.pause(surplusMilliseconds);
    else if (this.options.asb) await this.#asker.askAutomaticStatus();
    if (run !== this.#run) return;
    if (this.#asker.surplus > 0) answers.length = 0;
    for (const { question, part, order } of answers) this.#take(`question-${question}`, part, order);
    if (answers.length > 0 || this.#asker.asbHeard) await this.#answeredRound();
    else this.#missedRound();
  }

  #read(question: RealtimeQuestion, byte: number): PrinterPart | undefined {
    const part = readRealtime(question, byte);
    return part !== undefined && this.options.opaque?.includes(question) ? {} : part;
  }

  /** In this order: what is known to be answered, then, sometimes, what is not. */
  #questions(): RealtimeQuestion[] {
    const { questions = realtimeQuestions } = this.options;
    const known = questions.filter((question) => this.#known.has(question));
    // A silent printer is asked one of the questions that it used to answer.
    if (this.condition === 'silent' && known.length > 0) return [known[this.rounds % known.length]!];
    const isUnknown = known.length === 0 && this.condition !== 'answering';
    if (!isUnknown && (this.hurry || this.#untilProbe > 0)) {
      this.#untilProbe = Math.max(0, this.#untilProbe - 1);
      return known;
    }
    this.#untilProbe = probeEvery - 1;
    return [...known, ...questions.filter((question) => !this.#known.has(question))];
  }

  /** A question without an answer, while others are answered: what it told once is not known any more. */
  #miss(question: RealtimeQuestion): void {
    const misses = (this.#misses.get(question) ?? 0) + 1;
    this.#misses.set(question, misses);
    const othersAnswer = this.#known.size > 1 || !this.#known.has(question);
    if (misses < missesUntilDropped || !othersAnswer || this.condition === 'silent') return;
    this.#known.delete(question);
    this.#parts = withoutPart(this.#parts, `question-${question}`);
  }

  async #answeredRound(): Promise<void> {
    const wasAway = this.#missed > 0 || this.condition === 'silent';
    this.#missed = 0;
    this.answeredRound = this.rounds;
    if (this.condition !== 'answering') this.#untilProbe = 0;
    this.condition = 'answering';
    this.hasAnswered = true;
    this.events.answered(this.status, 'round');
    // It may have been switched off: then it has forgotten that it should speak by itself.
    if (wasAway && this.options.asb && !this.#asker.asbHeard) await this.#asker.enableAutomaticStatus();
  }

  #missedRound(): void {
    const now = this.clock.monotonicMilliseconds();
    if (this.#missed === 0) this.#missedSince = now;
    this.#missed++;
    this.missedRounds++;
    this.events.missed();
    const isTooShort = this.hurry && now - this.#missedSince < silentWhilePrintingMilliseconds;
    if (this.condition !== 'silent' && (this.#missed < roundsUntilSilent || isTooShort)) return;
    if (this.condition !== 'silent') this.#forget();
    this.condition = 'silent';
    this.events.silent({ polls: roundsUntilSilent });
  }

  /** It spoke by itself: it lives, and what it says is newer than all else. */
  #unasked(source: StatusSource, part: PrinterPart | undefined, order: number): void {
    if (part === undefined) return;
    this.#take(source, part, order);
    this.#missed = 0;
    if (this.condition === 'silent') this.#untilProbe = 0;
    this.condition = 'answering';
    this.hasAnswered = true;
    this.events.answered(this.status, 'unasked');
  }

  #buffered(byte: number, order: number): void {
    const part = readBuffered(byte, this.options.nearEnd);
    if (part !== undefined && this.condition === 'answering') this.#take('buffered', part, order);
    this.events.buffered();
  }

  #take(source: StatusSource, part: PrinterPart, order: number): void {
    this.#parts = withPart(this.#parts, source, part, order);
  }
}
