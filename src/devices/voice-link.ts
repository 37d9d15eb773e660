/**
 * One request at a time on the wire of a speech module, and what it says unasked.
 *
 * A reply does not say which request it belongs to, and the end of speech is told unasked. So nothing is believed by one
 * byte alone: who wants to know asks for the status.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { type VoiceCodec, type VoiceReply, voiceReplies } from '../protocols/voice-codec.js';
import type { ByteBus, Priority } from '../transports/ports.js';

/** The module answers at once; this is for slow adapters and device servers. */
const answerMilliseconds = 400;
/** Line time of a byte at 9600 baud, the slowest a module speaks. */
const byteMilliseconds = 1.05;
/** A frame that waits this long is not going out: the far end takes nothing. */
const sendMilliseconds = 1_500;
/** The data sheet wants more than 8 ms between two frames, adapters deliver in batches; 16 ms after the sleep. */
const gapMilliseconds = 20;

/** What became of a command. `silent`: no answer in time. */
export type CommandAnswer = 'accepted' | 'refused' | 'silent';
export type StatusAnswer = 'idle' | 'busy' | 'refused' | 'silent';

/** Only one of its waits runs at a time; each gives up at once when `cancel` was called meanwhile. */
export class VoiceLink {
  /** It started anew since this was set to 0 last. */
  restarts = 0;
  /** It said, unasked or not, that it is idle since this was set to false last. */
  saidIdle = false;
  #heard: VoiceReply[] = [];
  #generation = 0;
  #stopped = false;
  /** What was sent last: on its way to the system, taken by it, or refused. */
  #sending: 'under-way' | 'taken' | 'refused' = 'taken';
  #quietUntil = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #stopListening = () => {};

  /** @param heard told of each reply, asked or not */
  constructor(
    private readonly bus: ByteBus,
    private readonly codec: VoiceCodec,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly heard: (reply: VoiceReply) => void,
  ) {}

  start(): void {
    this.#stopListening = this.bus.listen(voiceReplies, null, ({ reply }) => {
      if (reply === 'ready') this.restarts++;
      if (reply === 'idle') this.saidIdle = true;
      if (this.#heard.length < 16) this.#heard.push(reply);
      this.heard(reply);
      this.nudge();
    });
  }

  /** Ends everything: nothing is sent and nothing waited for any more. */
  stop(): void {
    this.#stopped = true;
    this.#stopListening();
    this.cancel();
  }

  /** Whatever is waited for is over. */
  cancel(): void {
    this.#generation++;
    this.nudge();
  }

  /** What `until` waits for may have come. */
  nudge(): void {
    this.#wake?.();
  }

  /** Sends a command that is answered by `accepted` or `refused`. */
  async command(frame: Uint8Array, priority: Priority): Promise<CommandAnswer> {
    const answered = () => this.#heard.find((reply) => reply === 'accepted' || reply === 'refused');
    await this.#exchange(frame, priority, () => answered() !== undefined);
    return (answered() as CommandAnswer | undefined) ?? 'silent';
  }

  /**
   * Asks whether it speaks. The answer is `accepted`, then `busy` or `idle`; an `idle` before that was unasked, and
   * counts only where nothing else comes.
   */
  async status(priority: Priority): Promise<StatusAnswer> {
    const isStatus = (reply: VoiceReply) => reply === 'busy' || reply === 'idle';
    const answer = () => {
      const accepted = this.#heard.indexOf('accepted');
      return accepted < 0 ? undefined : this.#heard.slice(accepted).find(isStatus);
    };
    const isOver = () => answer() !== undefined || this.#heard.includes('refused');
    await this.#exchange(this.codec.status, priority, isOver);
    const said = answer() ?? this.#heard.findLast((reply) => isStatus(reply) || reply === 'refused');
    return (said as StatusAnswer | undefined) ?? 'silent';
  }

  /** Sends what nobody answers for certain, and leaves it alone for a while. */
  async tell(frame: Uint8Array, quietMilliseconds: number): Promise<void> {
    await this.#exchange(frame, 'command', () => false, quietMilliseconds);
  }

  /** Waits until `done` (looked at whenever something was heard, and after a `nudge`), at most so long. */
  async until(what: string, milliseconds: number, done: () => boolean): Promise<void> {
    const generation = this.#generation;
    const end = this.clock.monotonicMilliseconds() + milliseconds;
    for (;;) {
      const left = end - this.clock.monotonicMilliseconds();
      if (this.#stopped || generation !== this.#generation || left <= 0 || done()) return;
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        timer = this.clock.after(`${this.name}: ${what}`, left, resolve);
      });
      timer?.cancel();
      this.#wake = undefined;
    }
  }

  async #exchange(
    frame: Uint8Array,
    priority: Priority,
    isOver: () => boolean,
    patience = answerMilliseconds,
  ): Promise<void> {
    const generation = this.#generation;
    await this.until('gap', this.#quietUntil - this.clock.monotonicMilliseconds(), () => false);
    this.#heard = [];
    if (this.#stopped || generation !== this.#generation) return;
    // Where a frame of ours still waits in the bus, another one behind it would change nothing.
    if (this.#sending !== 'under-way') this.#send(frame, priority);
    await this.until('frame goes out', sendMilliseconds, () => this.#sending !== 'under-way');
    if (this.#sending === 'taken') {
      await this.until('answer', patience + frame.length * byteMilliseconds, isOver);
    }
    this.#quietUntil = this.clock.monotonicMilliseconds() + gapMilliseconds;
  }

  #send(frame: Uint8Array, priority: Priority): void {
    const settle = (how: 'taken' | 'refused') => () => {
      this.#sending = how;
      this.nudge();
    };
    this.#sending = 'under-way';
    this.bus.send(frame, priority).then(settle('taken'), settle('refused'));
  }
}
