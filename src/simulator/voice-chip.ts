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
import { Listeners } from '../kernel/listeners.js';
import type { FarEnd } from './far-end.js';

const answerMilliseconds = 1;
const startMilliseconds = 300;
const wakeMilliseconds = 16;
const characterMilliseconds = 250;
const soundMilliseconds = 1_200;
/** Frames come with more than this between them (data sheet: 8 ms). */
const gapMilliseconds = 8;
/** Half a frame is given up; the data sheet says 8 ms, adapters deliver in batches. */
const halfFrameMilliseconds = 60;
const historyLimit = 1_000;

/** What a person heard. */
export interface Heard {
  /** The text without its tags and sounds. */
  readonly text: string;
  /** The module's own step of volume. */
  readonly volume: number;
  /** Names of built-in sounds. */
  readonly sounds: readonly string[];
  /** False where it was cut off. */
  readonly complete: boolean;
  /** Monotonic, when it began. */
  readonly atMilliseconds: number;
}

export interface SimulatedVoiceOptions {
  /** Line time of a byte: then frames that come too close upon one another are counted. 0, not looked at, if absent. */
  readonly byteMicroseconds?: number;
  /** How long it takes for a character; 250 if absent. */
  readonly characterMilliseconds?: number;
}

/** What can be heard of a speech module and done to it. */
export interface SimulatedVoice {
  /** What was heard, the oldest first; the last 1000. What is being said is not in it yet. */
  readonly heard: readonly Heard[];
  /** What is being said now. */
  readonly saying: string | undefined;
  /** Told when something was heard to its end, or cut off. Returns the function that stops listening. */
  onHeard(listener: (heard: Heard) => void): () => void;
  readonly power: {
    /** Silent and deaf; what it was told is forgotten. */
    off(): void;
    on(): void;
  };
  /**
   * It answers BUSY from now on, whatever it does, until it is told this: `stop`, `sleep` (and woken), or until its
   * power was off. @param until `power` if absent
   */
  stickBusy(until?: 'stop' | 'sleep' | 'power'): void;
  /** It hears nothing (its RXD is broken); `false` ends it. */
  deaf(isDeaf?: boolean): void;
  /** It hears and obeys, but what it answers never arrives; `false` ends it. */
  mute(isMute?: boolean): void;
  /** So many frames from now on are not taken, as if they came garbled. */
  refuse(frames: number): void;
  /** So many times from now on its supply breaks down shortly after it has begun to speak, and it starts anew. */
  brownOut(times: number): void;
  /** Frames with a wrong length, checksum or command so far. */
  readonly badFrames: number;
  /** Frames that began less than 8 ms after the one before. */
  readonly hurriedFrames: number;
  /** Texts that cut off one that was still being said. */
  readonly interruptions: number;
  /** Takes it off the wire: no timer and no listener is left. */
  close(): void;
}

/** What stands at the beginning of the bytes received. */
export type Cut =
  | 'more'
  | { readonly length: number; readonly command: number; readonly data: Uint8Array }
  | { readonly length: number; readonly bad: true };

/** One module's own ways. */
export interface VoiceModel {
  readonly name: string;
  cut(received: Uint8Array): Cut;
  /** The text of a speak command; `undefined` for a parameter that it does not know. */
  decode(data: Uint8Array): string | undefined;
  readonly standardVolume: number;
  readonly sounds: RegExp;
  /** Any byte wakes it, or only this command. */
  readonly wake: 'any' | number;
}

interface Speech {
  readonly text: string;
  readonly sounds: readonly string[];
  readonly volume: number;
  readonly atMilliseconds: number;
  readonly timer: Timer;
}

export class VoiceChip implements SimulatedVoice {
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  badFrames = 0;
  hurriedFrames = 0;
  interruptions = 0;
  readonly heard: Heard[] = [];
  readonly #listeners = new Listeners<[Heard]>();
  readonly #timers = new Set<Timer>();
  readonly #stopListening: () => void;
  readonly #byteMilliseconds: number;
  readonly #characterMilliseconds: number;
  #received: number[] = [];
  #half: Timer | undefined;
  #state: 'off' | 'starting' | 'awake' | 'asleep' = 'awake';
  #speech: Speech | undefined;
  #volume: number;
  #plays = true;
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
    this.#volume = model.standardVolume;
    this.#byteMilliseconds = (options.byteMicroseconds ?? 0) / 1_000;
    this.#characterMilliseconds = options.characterMilliseconds ?? characterMilliseconds;
    this.#stopListening = farEnd.onBytes((bytes) => this.#take(bytes));
  }

  get saying(): string | undefined {
    return this.#speech?.text;
  }

  onHeard(listener: (heard: Heard) => void): () => void {
    return this.#listeners.add(listener);
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
    this.#volume = this.model.standardVolume;
    this.#plays = true;
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
        this.#answer(this.#speech !== undefined || this.#stuck !== undefined ? 0x4e : 0x4f);
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
    if (this.#speech !== undefined) this.interruptions++;
    this.#end(false);
    const { words, sounds } = this.#read(text);
    const last = [...words].length * this.#characterMilliseconds + sounds.length * soundMilliseconds;
    const breaks = this.#brownOuts > 0;
    const timer = this.#after('end of speech', breaks ? Math.min(500, last / 2) : last, () => {
      if (breaks) {
        this.#brownOuts--;
        this.#end(false);
        this.#begin();
        return;
      }
      this.#end(true);
      if (this.#stuck === undefined) this.#answer(0x4f);
    });
    this.#speech = {
      text: words,
      sounds,
      volume: this.#volume,
      atMilliseconds: this.clock.monotonicMilliseconds(),
      timer,
    };
  }

  /** Obeys the tags in a text, and gives what is left of it. */
  #read(text: string): { words: string; sounds: string[] } {
    const sounds: string[] = [];
    let words = '';
    for (const part of text.split(/(\[[a-z]\d*\])/)) {
      const tag = /^\[([a-z])(\d*)\]$/.exec(part);
      if (tag === null) {
        words += this.#plays
          ? part.replace(this.model.sounds, (name) => {
              sounds.push(name);
              return '';
            })
          : part;
      } else if (tag[1] === 'v') {
        this.#volume = Number(tag[2]);
      } else if (tag[1] === 'd') {
        this.#volume = this.model.standardVolume;
      } else if (tag[1] === 'x') {
        this.#plays = tag[2] !== '0';
      }
    }
    return { words: words.trim(), sounds };
  }

  #end(complete: boolean): void {
    const speech = this.#speech;
    if (speech === undefined) return;
    this.#speech = undefined;
    speech.timer.cancel();
    this.#timers.delete(speech.timer);
    const { text, sounds, volume, atMilliseconds } = speech;
    const heard = { text, sounds, volume, atMilliseconds, complete };
    this.heard.push(heard);
    if (this.heard.length > historyLimit) this.heard.shift();
    this.#listeners.tell(heard);
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
