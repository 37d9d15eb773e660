/** What is said in the hall: each voice says one thing after the other, and nothing that is not true any more. */
import type { Announcement, SpeakResult, Speaks } from '../devices/capabilities.js';
import type { Clock, Timer } from '../kernel/clock.js';

export interface VoiceDeskOptions {
  readonly clock: Clock;
  /** Whether a ticket is still being called at a window: else nobody needs to hear it. */
  readonly isCurrent: (ticket: string, window: string) => boolean;
  /** Told what became of an announcement at one voice; `afterMilliseconds` since it was asked for. */
  readonly spoken: (
    device: string,
    announcement: Announcement,
    result: SpeakResult,
    afterMilliseconds: number,
  ) => void;
  /** Told when voices may have become able or unable to speak. */
  readonly changed: () => void;
}

interface Wanted {
  readonly announcement: Announcement;
  readonly askedAt: number;
  /** Who asked from outside, and looks after it alone. */
  readonly told: ((result: SpeakResult) => void) | undefined;
}

interface Voice {
  readonly speaks: Speaks;
  readonly wanted: Wanted[];
  speaking: { readonly wanted: Wanted; readonly abort: AbortController } | undefined;
  timer: Timer | undefined;
  readonly stopListening: () => void;
}

/** What could not be said for so long is not said any more: the boards have told it long ago. */
const staleMilliseconds = 60_000;
/** Between two announcements, so that people can tell them apart. */
const spacingMilliseconds = 800;
/** More than a minute's announcements: the oldest is let go. */
const mostWanted = 16;

export class VoiceDesk {
  readonly #voices = new Map<string, Voice>();

  constructor(private readonly options: VoiceDeskOptions) {}

  /** A voice joins. Returns the function that takes it away. */
  add(device: string, speaks: Speaks): () => void {
    const stopListening = speaks.onReadiness(() => {
      this.options.changed();
      this.#pump(device, voice);
    });
    const voice: Voice = { speaks, wanted: [], speaking: undefined, timer: undefined, stopListening };
    this.#voices.set(device, voice);
    this.options.changed();
    return () => {
      stopListening();
      voice.timer?.cancel();
      const cut = [
        ...voice.wanted.splice(0),
        ...(voice.speaking === undefined ? [] : [voice.speaking.wanted]),
      ];
      voice.speaking?.abort.abort();
      for (const { told } of cut) told?.({ result: 'failed', reason: 'cancelled' });
      if (this.#voices.get(device) === voice) this.#voices.delete(device);
      this.options.changed();
    };
  }

  stop(): void {
    this.silence();
    for (const voice of this.#voices.values()) voice.timer?.cancel();
    this.#voices.clear();
  }

  get hasVoices(): boolean {
    return this.#voices.size > 0;
  }

  /** Names of the voices that can speak, as far as anybody knows. */
  get able(): readonly string[] {
    return [...this.#voices]
      .filter(([, { speaks }]) => speaks.readiness !== 'unable')
      .map(([device]) => device);
  }

  /**
   * Asks voices to say something: all that are for its window, or one. A newer call of the same ticket takes the
   * place of one that waits. False where there is no such voice.
   * @param told what became of it at each voice: for whoever leads from outside, and knows whether it is still wanted
   */
  announce(announcement: Announcement, device?: string, told?: (result: SpeakResult) => void): boolean {
    const askedAt = this.options.clock.monotonicMilliseconds();
    let asked = false;
    for (const [name, voice] of this.#voices) {
      if (device !== undefined ? name !== device : !isFor(voice.speaks, announcement)) continue;
      asked = true;
      const same = voice.wanted.findIndex((other) => isSame(other.announcement, announcement));
      const wanted = { announcement, askedAt, told };
      const before = voice.wanted[same];
      if (before !== undefined) {
        voice.wanted[same] = wanted;
        before.told?.({ result: 'failed', reason: 'cancelled' });
      } else voice.wanted.push(wanted);
      if (voice.wanted.length > mostWanted) this.#letGo(name, voice.wanted.shift()!, 'voice.too-many');
      this.#pump(name, voice);
    }
    return asked;
  }

  /**
   * Says words on one voice, behind what waits there; `signal` takes them back. Resolves with what became of them.
   * `undefined`: no such voice.
   */
  say(device: string, text: string, signal: AbortSignal): Promise<SpeakResult> | undefined {
    const voice = this.#voices.get(device);
    if (voice === undefined) return undefined;
    if (signal.aborted) return Promise.resolve({ result: 'failed', reason: 'cancelled' });
    if (voice.wanted.length >= mostWanted) {
      return Promise.resolve({ result: 'failed', reason: 'voice.too-many' });
    }
    return new Promise((resolve) => {
      const askedAt = this.options.clock.monotonicMilliseconds();
      const wanted: Wanted = { announcement: { kind: 'text', text }, askedAt, told: resolve };
      const takeBack = () => {
        const waits = voice.wanted.indexOf(wanted);
        if (waits >= 0) {
          voice.wanted.splice(waits, 1);
          resolve({ result: 'failed', reason: 'cancelled' });
        } else if (voice.speaking?.wanted === wanted) voice.speaking.abort.abort();
      };
      signal.addEventListener('abort', takeBack, { once: true });
      voice.wanted.push(wanted);
      this.#pump(device, voice);
    });
  }

  /** Takes back everything that is being said or waits to be. */
  silence(): void {
    for (const voice of this.#voices.values()) {
      for (const { told } of voice.wanted.splice(0)) told?.({ result: 'failed', reason: 'cancelled' });
      voice.speaking?.abort.abort();
    }
  }

  #pump(device: string, voice: Voice): void {
    if (voice.speaking !== undefined || voice.timer !== undefined) return;
    if (this.#voices.get(device) !== voice) return;
    for (let wanted = voice.wanted.shift(); wanted !== undefined; wanted = voice.wanted.shift()) {
      const reason = this.#unsaid(voice, wanted);
      if (reason === undefined) {
        this.#speak(device, voice, wanted);
        return;
      }
      this.#letGo(device, wanted, reason);
    }
  }

  /** Why it need not, or cannot, be said. */
  #unsaid({ speaks }: Voice, { announcement, askedAt, told }: Wanted): string | undefined {
    const { clock, isCurrent } = this.options;
    if (speaks.readiness === 'unable') return 'voice.unable';
    if (clock.monotonicMilliseconds() - askedAt > staleMilliseconds) return 'voice.too-late';
    if (told !== undefined) return undefined;
    if (announcement.kind === 'call' && !isCurrent(announcement.ticket, announcement.window)) {
      return 'voice.not-current';
    }
    return undefined;
  }

  #speak(device: string, voice: Voice, wanted: Wanted): void {
    const abort = new AbortController();
    voice.speaking = { wanted, abort };
    void voice.speaks.speak(wanted.announcement, abort.signal).then((result) => {
      voice.speaking = undefined;
      if (this.#voices.get(device) !== voice) return;
      this.#told(device, wanted, result);
      voice.timer = this.options.clock.after(`space ${device}`, spacingMilliseconds, () => {
        voice.timer = undefined;
        this.#pump(device, voice);
      });
    });
  }

  #letGo(device: string, wanted: Wanted, reason: string): void {
    this.#told(device, wanted, { result: 'failed', reason });
  }

  #told(device: string, { announcement, askedAt, told }: Wanted, result: SpeakResult): void {
    if (told !== undefined) {
      told(result);
      return;
    }
    const after = Math.round(this.options.clock.monotonicMilliseconds() - askedAt);
    this.options.spoken(device, announcement, result, after);
  }
}

function isFor({ windows }: Speaks, announcement: Announcement): boolean {
  return announcement.kind !== 'call' || windows === null || windows.includes(announcement.window);
}

function isSame(one: Announcement, other: Announcement): boolean {
  return one.kind === 'call' && other.kind === 'call' && one.ticket === other.ticket;
}
