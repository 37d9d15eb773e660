/** The front panel that all simulated boards of letters share: what is seen, the power, the ears and the voice. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { type ShownText, ShownTexts, type SimulatedTextBoard } from './shown-text.js';

/** A board at the far end of a wire; how it reads what it hears is its own. */
export abstract class TextBoardFront implements SimulatedTextBoard {
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  brokenFrames = 0;
  /** Of a frame that has begun. */
  protected received: number[] = [];
  readonly #shown: ShownTexts;
  readonly #stopListening: () => void;
  readonly #answers = new Set<Timer>();
  #powered = true;
  #deaf = false;
  #muted = false;

  /** @param name what its timers are called */
  constructor(
    protected readonly farEnd: FarEnd,
    protected readonly clock: Clock,
    private readonly name: string,
  ) {
    this.#shown = new ShownTexts(clock);
    this.#stopListening = farEnd.onBytes((bytes) => {
      this.passes(bytes);
      if (this.#powered && !this.#deaf) this.hear(bytes);
    });
  }

  shows = () => this.#shown.text;

  get manner(): ShownText['manner'] {
    return this.#shown.manner;
  }

  get history(): readonly ShownText[] {
    return this.#shown.history;
  }

  onShown(listener: (shown: ShownText) => void): () => void {
    return this.#shown.onShown(listener);
  }

  deafen(isDeaf = true): void {
    this.#deaf = isDeaf;
  }

  mute(isMute = true): void {
    this.#muted = isMute;
  }

  close(): void {
    this.#stopListening();
    this.#forgetAnswers();
  }

  /** Bytes on its line, also while it is off or deaf. */
  protected passes(_bytes: Uint8Array): void {}

  /** Bytes that it hears. */
  protected abstract hear(bytes: Uint8Array): void;

  /** Its power is gone: what it was told is lost, and it is dark. */
  protected abstract forget(): void;

  protected show(lines: readonly string[], manner: ShownText['manner']): void {
    this.#shown.show(lines, manner);
  }

  /** @param bytes looked at when they leave: it may have been told meanwhile to answer otherwise */
  protected answerAfter(milliseconds: number, bytes: () => Uint8Array): void {
    if (this.#muted) return;
    const timer = this.clock.after(`${this.name}: answer`, milliseconds, () => {
      this.#answers.delete(timer);
      this.farEnd.send(bytes());
    });
    this.#answers.add(timer);
  }

  #switch(isOn: boolean): void {
    this.#powered = isOn;
    this.received = [];
    if (isOn) return;
    this.#forgetAnswers();
    this.forget();
  }

  #forgetAnswers(): void {
    for (const timer of this.#answers) timer.cancel();
    this.#answers.clear();
  }
}
