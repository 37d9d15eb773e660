/** What a voice is still to say, and what became of it. One at a time, in the order of the calls. */
import { Listeners } from '../kernel/listeners.js';
import type { Announcement, SpeakResult, Speaks } from './capabilities.js';

/** Who asks waits for the result before the next; more than a few is a caller that has gone wild. */
const mostWaiting = 16;

export interface VoiceJob {
  readonly announcement: Announcement;
  readonly signal: AbortSignal;
  /** Only the first result counts. */
  finish(result: SpeakResult): void;
}

export const failed = (reason: string): SpeakResult => ({ result: 'failed', reason });

export class VoiceJobs {
  readonly speaks: Speaks;
  #waiting: VoiceJob[] = [];
  #readiness: Speaks['readiness'] = 'unknown';
  #closed = false;
  readonly #listeners = new Listeners<[]>();

  /**
   * @param windows as `Speaks.windows`
   * @param changed told when there is something new to say, or something under way was taken back
   */
  constructor(
    windows: readonly string[] | null,
    private readonly changed: () => void,
  ) {
    const readiness = () => this.#readiness;
    this.speaks = {
      windows,
      get readiness() {
        return readiness();
      },
      onReadiness: (listener) => this.#listeners.add(listener),
      speak: (announcement, signal) => this.#add(announcement, signal),
    };
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  next(): VoiceJob | undefined {
    return this.#waiting.shift();
  }

  /** What waits was not said. */
  failAll(reason: string): void {
    for (const job of this.#waiting.splice(0)) job.finish(failed(reason));
  }

  /** Nothing is taken from now on. */
  close(): void {
    this.#closed = true;
    this.failAll('device.disabled');
  }

  become(readiness: Speaks['readiness']): void {
    if (readiness === this.#readiness) return;
    this.#readiness = readiness;
    this.#listeners.tell();
  }

  #add(announcement: Announcement, signal: AbortSignal = new AbortController().signal): Promise<SpeakResult> {
    if (this.#closed) return Promise.resolve(failed('device.disabled'));
    if (signal.aborted) return Promise.resolve(failed('cancelled'));
    if (this.#waiting.length >= mostWaiting) return Promise.resolve(failed('bus.queue-full'));
    return new Promise((resolve) => {
      const abort = () => {
        if (this.#waiting.includes(job)) {
          this.#waiting = this.#waiting.filter((other) => other !== job);
          job.finish(failed('cancelled'));
        }
        this.changed();
      };
      const job: VoiceJob = {
        announcement,
        signal,
        finish(result) {
          signal.removeEventListener('abort', abort);
          resolve(result);
        },
      };
      signal.addEventListener('abort', abort);
      this.#waiting.push(job);
      this.changed();
    });
  }
}
