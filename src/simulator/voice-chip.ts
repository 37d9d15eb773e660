/**
 * A speech module behind its wire, without its frames: what it says and at which volume, what it answers, how long it
 * takes. `syn6288.ts` and `xfs5152.ts` cut the frames.
 *
 * Source of the replies (4A started, 41 taken, 45 not taken, 4E speaks, 4F is silent; 4F unasked at the end) and of the
 * rule that a new text cuts off the one before: SYN6288 data sheet V1.7; XFS5152CE development guide. Times are those of
 * the SYN7318's users (about 300 ms for a character); not known of the real modules, and assumed: how long they take to
 * start, to wake and to answer.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { type Heard, type SimulatedVoice, type Speaker, SpokenTexts } from './spoken-text.js';

const answerMilliseconds = 1;
const startMilliseconds = 300;
const wakeMilliseconds = 16;
const characterMilliseconds = 250;
/** Frames come with more than this between them (data sheet: 8 ms). */
const gapMilliseconds = 8;
/** Half a frame is given up; the data sheet says 8 ms, adapters deliver in batches. */
const halfFrameMilliseconds = 60;

export interface SimulatedVoiceOptions {
  /** Line time of a byte: then frames that come too close upon one another are counted. 0, not looked at, if absent. */
  readonly byteMicroseconds?: number;
  /** How long it takes for a character; 250 if absent. */
  readonly characterMilliseconds?: number;
}

/** What stands at the beginning of the bytes received. */
type Cut =
  | 'more'
  | { readonly length: number; readonly command: number; readonly data: Uint8Array }
  | { readonly length: number; readonly bad: true };

/** One module's own ways. */
interface VoiceModel extends Speaker {
  readonly name: string;
  cut(received: Uint8Array): Cut;
  /** The text of a speak command; `undefined` for a parameter that it does not know. */
  decode(data: Uint8Array): string | undefined;
  /** Any byte wakes it, or only this command. */
  readonly wake: 'any' | number;
}

export class VoiceChip implements SimulatedVoice {
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  badFrames = 0;
  hurriedFrames = 0;
  interruptions = 0;
  readonly #spoken: SpokenTexts;
  readonly #timers = new Set<Timer>();
  readonly #stopListening: () => void;
  readonly #byteMilliseconds: number;
  #received: number[] = [];
  #half: Timer | undefined;
  #state: 'off' | 'starting' | 'awake' | 'asleep' = 'awake';
  /** What is being said ends. */
  #ending: Timer | undefined;
  #stuck: 'stop' | 'sleep' | 'power' | undefined;
  #deaf = false;
  #muted = false;
  #refusals = 0;
  #brownOuts = 0;
  #frameEndedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly farEnd: FarEnd,
    private readonly clock: Clock,
    private readonly model: VoiceModel,
    options: SimulatedVoiceOptions,
  ) {
    this.#byteMilliseconds = (options.byteMicroseconds ?? 0) / 1_000;
    this.#spoken = new SpokenTexts(clock, model, options.characterMilliseconds ?? characterMilliseconds);
    this.#stopListening = farEnd.onBytes((bytes) => this.#take(bytes));
  }

  get heard(): readonly Heard[] {
    return this.#spoken.heard;
  }

  get saying(): string | undefined {
    return this.#spoken.saying;
  }

  onHeard(listener: (heard: Heard) => void): () => void {
    return this.#spoken.onHeard(listener);
  }

  stickBusy(until: 'stop' | 'sleep' | 'power' = 'power'): void {
    this.#stuck = until;
  }

  deaf(isDeaf = true): void {
    this.#deaf = isDeaf;
  }

  mute(isMute = true): void {
    this.#muted = isMute;
  }

  refuse(frames: number): void {
    this.#refusals = frames;
  }

  brownOut(times: number): void {
    this.#brownOuts = times;
  }

  close(): void {
    this.#stopListening();
    this.#forget();
  }

  #switch(on: boolean): void {
    if (on === (this.#state !== 'off')) return;
    if (on) this.#begin();
    else {
      this.#end(false);
      this.#forget();
      this.#state = 'off';
    }
  }

  #begin(): void {
    this.#stuck = undefined;
    this.#spoken.reset();
    this.#state = 'starting';
    this.#after('starts', startMilliseconds, () => {
      this.#state = 'awake';
      this.#answer(0x4a);
    });
  }

  #forget(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#half?.cancel();
    this.#received = [];
  }

  #take(bytes: Uint8Array): void {
    if (this.#deaf || this.#state === 'off' || this.#state === 'starting') return;
    if (this.#state === 'asleep') {
      this.#wakeBy(bytes);
      return;
    }
    const now = this.clock.monotonicMilliseconds();
    if (this.#byteMilliseconds > 0 && this.#received.length === 0) {
      const begun = now - bytes.length * this.#byteMilliseconds;
      if (begun - this.#frameEndedAt < gapMilliseconds) this.hurriedFrames++;
    }
    this.#frameEndedAt = now;
    this.#half?.cancel();
    this.#half = undefined;
    for (const byte of bytes) {
      // What does not begin with FD is no frame.
      if (this.#received.length === 0 && byte !== 0xfd) continue;
      this.#received.push(byte);
      this.#look();
    }
    if (this.#received.length > 0) {
      this.#half = this.clock.after(`${this.model.name}: half a frame`, halfFrameMilliseconds, () => {
        this.#received = [];
        this.#bad();
      });
    }
  }

  #wakeBy(bytes: Uint8Array): void {
    const { wake } = this.model;
    const cut = this.model.cut(bytes);
    const isMeant = wake === 'any' || (cut !== 'more' && 'command' in cut && cut.command === wake);
    // What woke it is lost.
    if (isMeant) {
      this.#after('wakes', wakeMilliseconds, () => {
        this.#state = 'awake';
      });
    }
  }

  #look(): void {
    const cut = this.model.cut(Uint8Array.from(this.#received));
    if (cut === 'more') return;
    this.#received = [];
    if ('bad' in cut || this.#refusals > 0) this.#bad();
    else this.#obey(cut.command, cut.data);
  }

  #bad(): void {
    if (this.#refusals > 0) this.#refusals--;
    else this.badFrames++;
    this.#answer(0x45);
  }

  #obey(command: number, data: Uint8Array): void {
    switch (command) {
      case 0x01: {
        const text = this.model.decode(data);
        if (text === undefined) {
          this.#bad();
          return;
        }
        this.#answer(0x41);
        this.#say(text);
        return;
      }
      case 0x02:
        if (this.#stuck === 'stop') this.#stuck = undefined;
        this.#answer(0x41);
        this.#end(false);
        return;
      case 0x21:
        this.#answer(0x41);
        this.#answer(this.saying !== undefined || this.#stuck !== undefined ? 0x4e : 0x4f);
        return;
      case 0x88:
        if (this.#stuck === 'power') {
          this.#answer(0x41);
          return;
        }
        this.#stuck = undefined;
        this.#answer(0x41);
        this.#end(false);
        this.#state = 'asleep';
        return;
      case 0x03:
      case 0x04:
      case 0x31:
      case 0xff:
        this.#answer(0x41);
        return;
      default:
        this.#bad();
    }
  }

  #say(text: string): void {
    if (this.saying !== undefined) this.interruptions++;
    this.#end(false);
    const lasts = this.#spoken.begin(text);
    const breaks = this.#brownOuts > 0;
    this.#ending = this.#after('end of speech', breaks ? Math.min(500, lasts / 2) : lasts, () => {
      if (breaks) {
        this.#brownOuts--;
        this.#end(false);
        this.#begin();
        return;
      }
      this.#end(true);
      if (this.#stuck === undefined) this.#answer(0x4f);
    });
  }

  #end(complete: boolean): void {
    if (this.#ending !== undefined) {
      this.#ending.cancel();
      this.#timers.delete(this.#ending);
      this.#ending = undefined;
    }
    this.#spoken.end(complete);
  }

  #answer(byte: number): void {
    if (this.#muted) return;
    this.#after('answer', answerMilliseconds, () => this.farEnd.send(Uint8Array.of(byte)));
  }

  #after(what: string, milliseconds: number, run: () => void): Timer {
    const timer = this.clock.after(`${this.model.name}: ${what}`, milliseconds, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    return timer;
  }
}
