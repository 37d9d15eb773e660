/** What makes the board's own sound: a speech program and a sound card (ALSA). */
import type { HallwardError } from '../kernel/errors.js';
import type { BusBase } from './ports-bus.js';

/** One thing to be heard. */
export interface Sound {
  /** Text to speak, or a WAV file's bytes to play (a chime). */
  readonly content:
    | { readonly text: string; readonly language: 'zh-CN' | 'en' }
    | { readonly wave: Uint8Array };
  /** 0 to 100. */
  readonly volumePercent: number;
  /** Pace of a text; the program's own if absent. */
  readonly wordsPerMinute?: number;
}

/** What the system offers: programs that speak and play. Each call is one try. */
export interface AudioOutput {
  /** For people: the card and the program. */
  readonly address: string;
  /** Rejects with `audio.absent` (no program or no card) or `audio.unusable`. */
  probe(): Promise<void>;
  /** A cheap look whether what `probe` found is still there; rejects with `audio.absent` where it may not be. */
  present?(): Promise<void>;
  /** Resolves when the sound has come to its end; rejects with `audio.absent`, `audio.failed`, or by the signal. */
  play(sound: Sound, signal: AbortSignal): Promise<void>;
}

export interface AudioBus extends BusBase {
  readonly type: 'audio';
  readonly lostBecause: HallwardError | undefined;
  /**
   * Plays one sound after the other. Rejects with `audio.timeout` (the program did not end in time and was killed),
   * `wire.lost`, `bus.cancelled` (by the signal) or the output's own error.
   */
  play(sound: Sound, signal?: AbortSignal): Promise<void>;
}
