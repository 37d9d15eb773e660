/** Speaks by a program and the board's own sound card; see `AudioBus`. What the loudspeaker does nobody can tell. */
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import type { AudioBus, Sound } from '../transports/ports-audio.js';
import { type AnnouncementStyle, sentencesOf } from './announcement.js';
import { type PercentByHour, percentAt } from './by-hour.js';
import type { Announcement, SpeakResult, Speaks } from './capabilities.js';
import { chimeWave, silentWave } from './chime.js';
import { busOf, type Device, type DeviceContext } from './kind.js';
import { failed, VoiceJobs } from './voice-jobs.js';

export interface SpeakersOptions {
  readonly windows: readonly string[] | null;
  readonly style: AnnouncementStyle;
  readonly chime: boolean;
  readonly gapMilliseconds: number;
  readonly volumePercent: number;
  readonly volumeByHour: PercentByHour;
  readonly wordsPerMinute: number;
}

/** A sound that failed is tried once more. */
const mostTries = 2;
/** While nothing can be heard, silence is played this often to see whether it goes again. */
const tryMilliseconds = 10_000;

export class VoiceSpeakers implements Device {
  readonly capabilities: { readonly speaks: Speaks };
  readonly #bus: AudioBus;
  readonly #jobs: VoiceJobs;
  readonly #abort = new AbortController();
  #stopWatching = () => {};
  #loop: Promise<void> = Promise.resolve();
  #wake = () => {};
  #standing: 'voice.stuck-busy' | 'voice.refused' | undefined;
  #said = 0;

  constructor(
    private readonly options: SpeakersOptions,
    private readonly context: DeviceContext,
  ) {
    this.#bus = busOf(context, 'audio');
    this.#jobs = new VoiceJobs(options.windows, () => this.#wake());
    this.capabilities = { speaks: this.#jobs.speaks };
  }

  start(): void {
    this.#tellReadings(false);
    this.#stopWatching = this.#bus.onChange(() => {
      // A card that was away for a while has lost what went wrong with it, too.
      if (this.#bus.state === 'lost') this.#clear();
      this.#judge();
      this.#wake();
    });
    this.#judge();
    this.#loop = this.#work().catch((error: unknown) => {
      this.#jobs.close();
      this.context.reports.crashed(error);
    });
  }

  async stop(): Promise<void> {
    this.#stopWatching();
    this.#abort.abort();
    this.#jobs.close();
    this.#wake();
    await this.#loop;
  }

  get #stopped(): boolean {
    return this.#abort.signal.aborted;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const job = this.#jobs.next();
      if (job !== undefined) {
        const signal = AbortSignal.any([job.signal, this.#abort.signal]);
        job.finish(await this.#say(job.announcement, signal));
      } else {
        const isTimeUp = await this.#rest(this.#standing === undefined ? undefined : tryMilliseconds);
        if (isTimeUp && this.#bus.state === 'open') await this.#tryAgain();
      }
    }
  }

  /** Until something happens, at most so long. True where the time is up. */
  async #rest(milliseconds: number | undefined): Promise<boolean> {
    if (this.#stopped || !this.#jobs.isEmpty) return false;
    let isTimeUp = false;
    await new Promise<void>((resolve) => {
      const timer =
        milliseconds === undefined
          ? undefined
          : this.context.clock.after(`${this.context.name}: tries its sound`, milliseconds, () => {
              isTimeUp = true;
              resolve();
            });
      this.#wake = () => {
        timer?.cancel();
        resolve();
      };
    });
    this.#wake = () => {};
    return isTimeUp;
  }

  async #tryAgain(): Promise<void> {
    try {
      await this.#bus.play({ content: { wave: silentWave() }, volumePercent: 100 }, this.#abort.signal);
      this.#clear();
    } catch {
      // It stands as it did.
    }
    this.#judge();
  }

  async #say(announcement: Announcement, signal: AbortSignal): Promise<SpeakResult> {
    const { chime, gapMilliseconds } = this.options;
    const sentences = sentencesOf(announcement, this.options.style).filter(({ text }) => text.trim() !== '');
    if (sentences.length === 0) return failed('voice.nothing-to-say');
    const volumePercent = percentAt(
      this.options.volumeByHour,
      this.context.localMinutes(),
      this.options.volumePercent,
    );
    const { wordsPerMinute } = this.options;
    const sounds: Sound[] = [
      ...(chime ? [{ content: { wave: chimeWave() }, volumePercent }] : []),
      ...sentences.map((content) => ({ content, volumePercent, wordsPerMinute })),
    ];
    this.#tellReadings(true);
    let result: SpeakResult = { result: 'confirmed' };
    for (const [index, sound] of sounds.entries()) {
      if (index > (chime ? 1 : 0)) await this.#gap(gapMilliseconds, signal);
      const error = await this.#play(sound, signal);
      if (error === undefined) continue;
      result = failed(this.#reasonOf(error, signal));
      break;
    }
    if (result.result !== 'failed') this.#said++;
    if (!this.#stopped) this.#tellReadings(false);
    this.#judge();
    return result;
  }

  /** What went wrong twice, if anything. */
  async #play(sound: Sound, signal: AbortSignal): Promise<HallwardError | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#bus.play(sound, signal);
        this.#clear();
        return undefined;
      } catch (thrown) {
        const error = asHallwardError(thrown, 'audio.failed');
        const isFinal = error.code !== 'audio.failed' || tries >= mostTries || signal.aborted;
        if (isFinal) return error;
      }
    }
  }

  #reasonOf({ code, message, evidence }: HallwardError, signal: AbortSignal): string {
    if (this.#stopped) return 'device.disabled';
    if (signal.aborted) return 'cancelled';
    if (this.#bus.state !== 'open') return 'bus.lost';
    const fault = code === 'audio.timeout' ? 'voice.stuck-busy' : 'voice.refused';
    if (this.#standing !== fault) this.#clear();
    this.#standing = fault;
    this.context.reports.raise(fault, { reason: message, code, ...evidence });
    return fault;
  }

  async #gap(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const over = () => {
        timer.cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = this.context.clock.after(`${this.context.name}: gap`, milliseconds, over);
      signal.addEventListener('abort', over);
    });
  }

  #clear(): void {
    if (this.#standing !== undefined) this.context.reports.clear(this.#standing);
    this.#standing = undefined;
  }

  #tellReadings(speaking: boolean): void {
    this.context.reports.readings({ said: this.#said, speaking });
  }

  #judge(): void {
    const { state } = this.#bus;
    if (state === 'lost' || state === 'closed' || this.#standing !== undefined) this.#jobs.become('unable');
    else this.#jobs.become(state === 'open' ? 'ready' : 'unknown');
  }
}
