/** What a person sees of a simulated board of letters, and its history. */
import type { Clock } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';

export interface ShownText {
  readonly lines: readonly string[];
  /** It stands still, blinks, or moves. */
  readonly manner: 'still' | 'blinking' | 'moving';
  readonly atMilliseconds: number;
}

const historyLimit = 1_000;

/** Holds what is shown, and tells each change. */
export class ShownTexts {
  readonly #listeners = new Listeners<[ShownText]>();
  #history: ShownText[] = [];

  constructor(private readonly clock: Clock) {}

  get history(): readonly ShownText[] {
    return this.#history;
  }

  /** `""` where it is dark. */
  get text(): string {
    return (this.#history.at(-1)?.lines ?? []).join(' / ');
  }

  get manner(): ShownText['manner'] {
    return this.#history.at(-1)?.manner ?? 'still';
  }

  onShown(listener: (shown: ShownText) => void): () => void {
    return this.#listeners.add(listener);
  }

  show(given: readonly string[], manner: ShownText['manner']): void {
    const lines = given.every((line) => line.trim() === '') ? [] : given;
    if (lines.join('\n') === (this.#history.at(-1)?.lines ?? []).join('\n') && manner === this.manner) return;
    const shown = { lines, manner, atMilliseconds: this.clock.monotonicMilliseconds() };
    this.#history.push(shown);
    if (this.#history.length > historyLimit) this.#history.shift();
    this.#listeners.tell(shown);
  }
}

/** What can be seen of any board of letters and done to it. */
export interface SimulatedTextBoard {
  /** Its lines with ` / ` in between, `""` where it is dark. */
  shows(): string;
  readonly manner: ShownText['manner'];
  readonly history: readonly ShownText[];
  onShown(listener: (shown: ShownText) => void): () => void;
  readonly power: {
    /** Dark and deaf; what it showed is lost. */
    off(): void;
    on(): void;
  };
  /** It hears nothing: its receiver is dead; `false` ends it. */
  deafen(isDeaf?: boolean): void;
  /** It hears and obeys, but its answers never arrive; `false` ends it. */
  mute(isMute?: boolean): void;
  /** Frames that were thrown away: wrong checksum, half, or nothing known. */
  readonly brokenFrames: number;
  /** Takes it off the line: no timer and no listener is left. */
  close(): void;
}
