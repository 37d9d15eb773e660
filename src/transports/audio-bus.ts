import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { busErrors } from './bus-errors.js';
import type { AudioBus, AudioOutput, Sound } from './ports-audio.js';
import type { WireState } from './ports-bus.js';

const queueLimit = 32;
/** How often it is looked whether the card is still there. */
const lookMilliseconds = 3_000;
const firstPauseMilliseconds = 1_000;
/** Each try starts a program. */
const longestPauseMilliseconds = 15_000;
/** What a person must mend first (a missing package) is not tried often. */
const unusablePauseMilliseconds = 30_000;
/** A program may take so long to begin and to end. */
const besideMilliseconds = 5_000;
/** What was ended is waited for so long: until then the card is in use. */
const farewellMilliseconds = 500;
/** No voice takes longer for a character. */
const characterMilliseconds = 600;
/** Bytes that pass in a second at the least: 8 kHz, 8 bits. */
const bytesPerMillisecond = 8;

/**
 * Makes the one owner of `output`; see `AudioBus`. Looks for it at once, and again by itself while it is not there.
 * @param random for the pauses, 0 (inclusive) to 1 (exclusive)
 */
export function audioBus(
  name: string,
  output: AudioOutput,
  clock: Clock,
  random: () => number = Math.random,
): AudioBus {
  return new OutputOwner(name, output, clock, random);
}

interface Entry {
  readonly sound: Sound;
  readonly signal: AbortSignal | undefined;
  /** Only the first of both counts. */
  resolve(): void;
  reject(error: HallwardError): void;
}

class OutputOwner implements AudioBus {
  readonly type = 'audio';
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  sent = 0;
  readonly #changes = new Listeners<[]>();
  readonly #backoff: Backoff;
  #waiting: Entry[] = [];
  /** Ends what is being played. */
  #current: { readonly entry: Entry; readonly abort: AbortController } | undefined;
  #timer: Timer | undefined;
  /** The card is being tried: nothing else plays meanwhile. */
  #probing = false;

  constructor(
    readonly name: string,
    private readonly output: AudioOutput,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.#backoff = new Backoff({
      firstMilliseconds: firstPauseMilliseconds,
      maximumMilliseconds: longestPauseMilliseconds,
      random,
    });
    void this.#probe();
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  play(sound: Sound, signal?: AbortSignal): Promise<void> {
    if (this.state === 'closed') return Promise.reject(busErrors.closed(this.name));
    if (this.state === 'lost') return Promise.reject(busErrors.lost(this.name, this.lostBecause));
    if (signal?.aborted === true) return Promise.reject(busErrors.cancelled(this.name));
    if (this.#waiting.length >= queueLimit) {
      return Promise.reject(busErrors.queueFull(this.name, queueLimit));
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== entry);
        entry.reject(busErrors.cancelled(this.name));
        if (this.#current?.entry === entry) this.#current.abort.abort();
      };
      const forget = () => signal?.removeEventListener('abort', abort);
      const entry: Entry = {
        sound,
        signal,
        resolve: () => {
          forget();
          resolve();
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#waiting.push(entry);
      this.#next();
    });
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    this.state = 'closed';
    this.#stopAll(busErrors.closed(this.name));
  }

  /** Never rejects. */
  async #probe(): Promise<void> {
    this.#probing = true;
    try {
      await this.output.probe();
    } catch (thrown) {
      this.#lose(asHallwardError(thrown, 'audio.unusable', 'absent'));
      return;
    } finally {
      this.#probing = false;
    }
    if (this.state === 'closed') return;
    this.#backoff.reset();
    this.#become('open', undefined);
    this.#lookLater();
    this.#next();
  }

  #lookLater(): void {
    if (this.output.present === undefined) return;
    this.#timer?.cancel();
    this.#timer = this.clock.after(`${this.name}: card is there`, lookMilliseconds, () => void this.#look());
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    try {
      // What plays now finds out by itself.
      if (this.#current === undefined) await this.output.present?.();
    } catch {
      // Another card came or went: only a try shows what that means for this one.
      if (this.state === 'open' && this.#current === undefined) {
        await this.#probe();
        return;
      }
    }
    if (this.state === 'open') this.#lookLater();
  }

  #next(): void {
    if (this.state !== 'open' || this.#probing || this.#current !== undefined) return;
    const entry = this.#waiting.shift();
    if (entry !== undefined) void this.#play(entry);
  }

  /** Never rejects. */
  async #play(entry: Entry): Promise<void> {
    const abort = new AbortController();
    this.#current = { entry, abort };
    this.sent++;
    const patience = patienceOf(entry.sound);
    const timer = this.clock.after(`${this.name}: sound ends`, patience, () => {
      const text = `${this.output.address} hangs: a sound does not come to its end within ${patience} ms`;
      entry.reject(new HallwardError('audio.timeout', 'timeout', text, { timeoutMilliseconds: patience }));
      abort.abort();
    });
    // An output that hangs and does not even let itself be ended is left behind.
    let farewell: Timer | undefined;
    const left = new Promise<void>((resolve) => {
      const leave = () => {
        farewell = this.clock.after(`${this.name}: sound is ended`, farewellMilliseconds, resolve);
      };
      abort.signal.addEventListener('abort', leave, { once: true });
    });
    try {
      const played = this.output.play(entry.sound, abort.signal);
      played.catch(() => {});
      await Promise.race([played, left]);
      if (!abort.signal.aborted) entry.resolve();
    } catch (thrown) {
      const error = asHallwardError(thrown, 'audio.failed', 'garbled');
      entry.reject(abort.signal.aborted ? busErrors.cancelled(this.name) : error);
      if (error.code === 'audio.absent' || error.code === 'audio.unusable') this.#lose(error);
    } finally {
      timer.cancel();
      farewell?.cancel();
      this.#current = undefined;
      this.#next();
    }
  }

  #lose(error: HallwardError): void {
    if (this.state === 'closed') return;
    const pause = error.code === 'audio.unusable' ? unusablePauseMilliseconds : this.#backoff.next();
    this.#timer?.cancel();
    this.#timer = this.clock.after(`${this.name}: open again`, pause, () => void this.#probe());
    this.#become('lost', error);
    this.#stopAll(busErrors.lost(this.name, error));
  }

  #stopAll(error: HallwardError): void {
    for (const entry of this.#waiting.splice(0)) entry.reject(error);
    this.#current?.entry.reject(error);
    this.#current?.abort.abort();
  }

  #become(state: WireState, because: HallwardError | undefined): void {
    const isTold = state !== this.state || because?.code !== this.lostBecause?.code;
    this.state = state;
    this.lostBecause = because;
    if (isTold) this.#changes.tell();
  }
}

/** After this long a sound has not come to its end, but hangs. */
function patienceOf({ content }: Sound): number {
  return (
    besideMilliseconds +
    ('wave' in content
      ? content.wave.length / bytesPerMillisecond
      : [...content.text].length * characterMilliseconds)
  );
}
