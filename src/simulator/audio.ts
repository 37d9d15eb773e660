/** A sound card and its loudspeaker: takes time for what it plays, and remembers what was heard. */
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { AudioOutput, Sound } from '../transports/ports-audio.js';

const characterMilliseconds = 200;
const historyLimit = 1_000;

export interface HeardSound {
  /** The words, or the length of a WAV file in bytes. */
  readonly said: string | number;
  readonly language: 'zh-CN' | 'en' | null;
  readonly volumePercent: number;
  /** False where it was ended before its end. */
  readonly complete: boolean;
  /** Monotonic, when it began. */
  readonly atMilliseconds: number;
}

/** What can be done to the card, and what was heard of it. */
export interface SimulatedAudioPanel {
  /** The oldest first; the last 1000. */
  readonly heard: readonly HeardSound[];
  /** Told when something was heard. Returns the function that stops listening. */
  onHeard(listener: (heard: HeardSound) => void): () => void;
  /** The card is gone, with what it plays. */
  unplug(): void;
  plug(): void;
  /** What is played from now on does not come to its end; `false` ends it. */
  hang(hangs?: boolean): void;
  /** So many sounds from now on fail: somebody else uses the card. */
  fail(sounds: number): void;
}

export interface SimulatedAudioOptions {
  readonly clock: Clock;
  /** For people; `sound card (simulated)` if absent. */
  readonly address?: string;
}

export function simulatedAudio(options: SimulatedAudioOptions): {
  readonly output: AudioOutput;
  readonly panel: SimulatedAudioPanel;
} {
  const card = new Card(options);
  return { output: card, panel: card };
}

class Card implements AudioOutput, SimulatedAudioPanel {
  readonly address: string;
  readonly heard: HeardSound[] = [];
  readonly #clock: Clock;
  readonly #listeners = new Listeners<[HeardSound]>();
  #plugged = true;
  #hangs = false;
  #failures = 0;
  #pulled = new AbortController();

  constructor({ clock, address = 'sound card (simulated)' }: SimulatedAudioOptions) {
    this.#clock = clock;
    this.address = address;
  }

  onHeard(listener: (heard: HeardSound) => void): () => void {
    return this.#listeners.add(listener);
  }

  unplug(): void {
    this.#plugged = false;
    this.#pulled.abort();
    this.#pulled = new AbortController();
  }

  plug(): void {
    this.#plugged = true;
  }

  hang(hangs = true): void {
    this.#hangs = hangs;
  }

  fail(sounds: number): void {
    this.#failures = sounds;
  }

  async probe(): Promise<void> {
    await this.present();
  }

  async present(): Promise<void> {
    if (!this.#plugged) throw this.#absent();
  }

  async play({ content, volumePercent }: Sound, signal: AbortSignal): Promise<void> {
    await this.present();
    if (this.#failures > 0) {
      this.#failures--;
      throw new HallwardError('audio.failed', 'garbled', `${this.address} is in use by another program`);
    }
    const atMilliseconds = this.#clock.monotonicMilliseconds();
    const isWave = 'wave' in content;
    // 16 bits at 16 kHz.
    const milliseconds = isWave ? content.wave.length / 32 : content.text.length * characterMilliseconds;
    const complete = await this.#wait(milliseconds, [signal, this.#pulled.signal]);
    const heard: HeardSound = {
      said: isWave ? content.wave.length : content.text,
      language: isWave ? null : content.language,
      volumePercent,
      complete,
      atMilliseconds,
    };
    this.heard.push(heard);
    if (this.heard.length > historyLimit) this.heard.shift();
    this.#listeners.tell(heard);
    if (!this.#plugged) throw this.#absent();
    if (!complete) throw new HallwardError('bus.cancelled', 'cancelled', `${this.address}: ended`);
  }

  /** True at the end, false where it was ended before. */
  #wait(milliseconds: number, signals: readonly AbortSignal[]): Promise<boolean> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const end = (isWhole: boolean) => {
        timer?.cancel();
        for (const signal of signals) signal.removeEventListener('abort', ended);
        resolve(isWhole);
      };
      const ended = () => end(false);
      for (const signal of signals) signal.addEventListener('abort', ended);
      if (signals.some((signal) => signal.aborted)) ended();
      else if (!this.#hangs) timer = this.#clock.after('sound card plays', milliseconds, () => end(true));
    });
  }

  #absent(): HallwardError {
    return new HallwardError('audio.absent', 'absent', `no sound card ${this.address}: it is not plugged in`);
  }
}
