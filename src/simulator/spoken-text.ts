/** What a person hears of a simulated speech module, and its history. */
import type { Clock } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';

const soundMilliseconds = 1_200;
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

/** What a module knows before it is told anything. */
export interface Speaker {
  readonly standardVolume: number;
  /** Names of its built-in sounds. */
  readonly sounds: RegExp;
}

/** Says one text at a time, as its tags want it, and keeps the last 1000. */
export class SpokenTexts {
  readonly heard: Heard[] = [];
  readonly #listeners = new Listeners<[Heard]>();
  #current: Omit<Heard, 'complete'> | undefined;
  #volume: number;
  #plays = true;

  constructor(
    private readonly clock: Clock,
    private readonly speaker: Speaker,
    private readonly characterMilliseconds: number,
  ) {
    this.#volume = speaker.standardVolume;
  }

  /** What is being said now. */
  get saying(): string | undefined {
    return this.#current?.text;
  }

  onHeard(listener: (heard: Heard) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** What earlier tags have set is forgotten. */
  reset(): void {
    this.#volume = this.speaker.standardVolume;
    this.#plays = true;
  }

  /** @returns how long it takes to say it, in milliseconds */
  begin(given: string): number {
    const { text, sounds } = this.#read(given);
    const atMilliseconds = this.clock.monotonicMilliseconds();
    this.#current = { text, sounds, volume: this.#volume, atMilliseconds };
    return [...text].length * this.characterMilliseconds + sounds.length * soundMilliseconds;
  }

  /** Ends what is being said, if anything is. */
  end(complete: boolean): void {
    if (this.#current === undefined) return;
    const heard = { ...this.#current, complete };
    this.#current = undefined;
    this.heard.push(heard);
    if (this.heard.length > historyLimit) this.heard.shift();
    this.#listeners.tell(heard);
  }

  /** Obeys the tags in a text, and gives what is left of it. */
  #read(given: string): { text: string; sounds: string[] } {
    const sounds: string[] = [];
    let words = '';
    for (const part of given.split(/(\[[a-z]\d*\])/)) {
      const tag = /^\[([a-z])(\d*)\]$/.exec(part);
      if (tag === null) {
        words += this.#plays
          ? part.replace(this.speaker.sounds, (name) => {
              sounds.push(name);
              return '';
            })
          : part;
      } else if (tag[1] === 'v') {
        this.#volume = Number(tag[2]);
      } else if (tag[1] === 'd') {
        this.#volume = this.speaker.standardVolume;
      } else if (tag[1] === 'x') {
        this.#plays = tag[2] !== '0';
      }
    }
    return { text: words.trim(), sounds };
  }
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
