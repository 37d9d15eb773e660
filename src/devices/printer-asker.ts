/**
 * One question at a time on the wire of a printer, and what it says unasked.
 *
 * A real-time answer does not say which question it belongs to. What comes while no question is open is counted, and
 * thrown away.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import {
  askRealtime,
  enableAutomaticStatus,
  escposStatus,
  type PrinterFrame,
  type RealtimeQuestion,
} from '../protocols/escpos-status.js';
import type { ByteBus } from '../transports/ports.js';

/** An answer to DLE EOT comes at once; this is for slow adapters. */
const answerMilliseconds = 300;
/** A question that waits this long behind other bytes is not going out: the printer takes nothing. */
const sendMilliseconds = 3_000;

/** A real-time answer; `order` grows with the time of arrival of everything that the printer says. */
export interface Answer {
  readonly byte: number;
  readonly order: number;
}

/** The question under way. */
interface Question {
  answer: Answer | undefined;
}

export interface Unasked {
  asb(bytes: Uint8Array, order: number): void;
  buffered(byte: number, order: number): void;
}

/** Only one of its waits runs at a time; each gives up at once when `cancel` was called meanwhile. */
export class StatusAsker {
  /** Real-time answers to nobody's question since `beginRound`. */
  surplus = 0;
  #asbHeard = false;
  #order = 0;
  #generation = 0;
  #open: Question | undefined;
  /** Bytes of ours are still in the bus's queue. */
  #unsent = false;
  #wake: (() => void) | undefined;
  #stopListening = () => {};

  constructor(
    private readonly bus: ByteBus,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly unasked: Unasked,
  ) {}

  /** A block of automatic status came since `beginRound`. */
  get asbHeard(): boolean {
    return this.#asbHeard;
  }

  start(): void {
    this.#stopListening = this.bus.listen(escposStatus, null, (frame) => this.#heard(frame));
  }

  stop(): void {
    this.#stopListening();
    this.cancel();
  }

  /** Whatever is waited for is over, without an answer. */
  cancel(): void {
    this.#generation++;
    this.#open = undefined;
    this.#wake?.();
  }

  beginRound(): void {
    this.surplus = 0;
    this.#asbHeard = false;
  }

  /** The printer's word, or `undefined` where none came in time. */
  async ask(question: RealtimeQuestion): Promise<Answer | undefined> {
    const generation = this.#generation;
    const open: Question = { answer: undefined };
    this.#open = open;
    if (await this.#send(askRealtime(question)))
      await this.#waitUntil('status answer', answerMilliseconds, () => open.answer !== undefined);
    if (generation === this.#generation) this.#open = undefined;
    return open.answer;
  }

  /** Tells the printer to speak by itself, and waits for nothing. */
  async enableAutomaticStatus(): Promise<void> {
    await this.#send(enableAutomaticStatus);
  }

  /** Enabling it makes a printer tell its status once: all that some can tell. */
  async askAutomaticStatus(): Promise<void> {
    if (await this.#send(enableAutomaticStatus))
      await this.#waitUntil('automatic status', answerMilliseconds, () => this.#asbHeard);
  }

  /** Waits so long, or until `done` after a `nudge`. */
  pause(milliseconds: number, done = () => false): Promise<void> {
    return this.#waitUntil('next status', milliseconds, done);
  }

  /** What a `pause` waits for may have come. */
  nudge(): void {
    this.#wake?.();
  }

  /** False where the bytes do not go out. */
  async #send(bytes: Uint8Array): Promise<boolean> {
    if (this.#unsent) {
      await this.#waitUntil('stuck status question', answerMilliseconds, () => false);
      return false;
    }
    let outcome: 'waiting' | 'taken' | 'failed' = 'waiting';
    const settle = (how: 'taken' | 'failed') => () => {
      outcome = how;
      this.#unsent = false;
      this.#wake?.();
    };
    this.#unsent = true;
    // The same priority as the parts of a ticket, so that status is asked between two of them.
    this.bus.send(bytes, 'command').then(settle('taken'), settle('failed'));
    await this.#waitUntil('status question', sendMilliseconds, () => outcome !== 'waiting');
    return (outcome as string) === 'taken';
  }

  async #waitUntil(what: string, milliseconds: number, done: () => boolean): Promise<void> {
    const generation = this.#generation;
    const until = this.clock.monotonicMilliseconds() + milliseconds;
    for (;;) {
      const left = until - this.clock.monotonicMilliseconds();
      if (generation !== this.#generation || left <= 0 || done()) return;
      await this.#sleep(`${this.name}: ${what}`, left);
    }
  }

  /** Until something happens, at most so long. */
  async #sleep(what: string, milliseconds: number): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = this.clock.after(what, milliseconds, resolve);
    });
    timer?.cancel();
    this.#wake = undefined;
  }

  #heard(frame: PrinterFrame): void {
    switch (frame.kind) {
      case 'realtime':
        if (this.#open === undefined || this.#open.answer !== undefined) {
          this.surplus++;
          return;
        }
        this.#open.answer = { byte: frame.byte, order: ++this.#order };
        break;
      case 'asb':
        this.#asbHeard = true;
        this.unasked.asb(frame.bytes, ++this.#order);
        break;
      case 'buffered':
        this.unasked.buffered(frame.byte, ++this.#order);
        return;
      case 'flow-control':
        return;
    }
    this.#wake?.();
  }
}
