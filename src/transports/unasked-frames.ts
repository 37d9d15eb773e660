import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { patientTimer } from './patient-timer.js';
import type { Decoded, Decoder, Framing } from './ports.js';
import type { Tally } from './tally.js';

/** Complaints about listeners that throw are logged at most this often. */
const LOG_EVERY_MILLISECONDS = 10_000;

type AnyFrame = { readonly listener: number };

interface Ear {
  readonly parameters: unknown;
  readonly heard: (frame: never, atMilliseconds: number) => void;
  listening: boolean;
}

/** All who listen with one framing share its decoder. */
interface Group {
  readonly framing: Framing<never, AnyFrame>;
  ears: readonly Ear[];
  decoder: Decoder<AnyFrame>;
  /** Something came since the line was last idle. */
  unfinished: boolean;
}

/**
 * Cuts what comes in unasked into frames and tells those who listen.
 *
 * Listeners with different framings on one wire each see all bytes; a byte counts as discarded only where all of
 * them discard it.
 */
export class UnaskedFrames {
  #groups: Group[] = [];
  #timer: Timer | undefined;
  #lastByteAt = 0;
  #heardBytes = 0;
  #discardedBytes = 0;
  #reportedBytes = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    private readonly log: Log,
    private readonly tally: Tally,
  ) {}

  /** True where somebody listens. */
  get wanted(): boolean {
    return this.#groups.length > 0;
  }

  listen<Parameters, Frame extends AnyFrame>(
    framing: Framing<Parameters, Frame>,
    parameters: Parameters,
    heard: (frame: Frame, atMilliseconds: number) => void,
  ): () => void {
    const ear: Ear = { parameters, heard, listening: true };
    const group = this.#groups.find((other) => other.framing.name === framing.name);
    if (group === undefined) {
      const decoder = framing.decoder([parameters]);
      const shared = framing as unknown as Framing<never, AnyFrame>;
      this.#groups = [...this.#groups, { framing: shared, ears: [ear], decoder, unfinished: false }];
      this.#recount();
    } else {
      this.#setEars(group, [...group.ears, ear]);
    }
    return () => {
      if (!ear.listening) return;
      ear.listening = false;
      for (const other of this.#groups) {
        if (!other.ears.includes(ear)) continue;
        const left = other.ears.filter((one) => one !== ear);
        if (left.length > 0) {
          this.#setEars(other, left);
        } else {
          this.#groups = this.#groups.filter((one) => one !== other);
          this.#recount();
        }
      }
    };
  }

  /** Bytes came in outside any transaction. */
  feed(chunk: Uint8Array, atMilliseconds: number): void {
    this.#lastByteAt = atMilliseconds;
    this.#heardBytes += chunk.length;
    for (const group of this.#groups) {
      group.unfinished = true;
      this.#tell(group, () => group.decoder.feed(chunk), atMilliseconds);
    }
    // One timer at a time, and not set anew for each chunk: it looks how long the silence was when it runs.
    if (this.#timer === undefined && this.#groups.length > 0) this.#awaitSilence();
  }

  /** The wire was opened anew: what was half received is gone. */
  restart(): void {
    this.stop();
    for (const group of this.#groups) {
      group.unfinished = false;
      this.#renew(group);
    }
    this.#recount();
  }

  /** No timer is left; `feed` starts again. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #setEars(group: Group, ears: readonly Ear[]): void {
    const decoder = group.framing.decoder(ears.map((ear) => ear.parameters as never));
    if (group.unfinished) this.#tell(group, () => group.decoder.idle(), this.#lastByteAt);
    group.ears = ears;
    group.decoder = decoder;
    group.unfinished = false;
  }

  #renew(group: Group): void {
    group.decoder = group.framing.decoder(group.ears.map((ear) => ear.parameters as never));
  }

  #awaitSilence(): void {
    const now = this.clock.monotonicMilliseconds();
    let wait = Number.POSITIVE_INFINITY;
    for (const group of this.#groups) {
      if (group.unfinished) wait = Math.min(wait, this.#lastByteAt + group.framing.idleMilliseconds - now);
    }
    if (wait === Number.POSITIVE_INFINITY) return;
    this.#timer = patientTimer(this.clock, `${this.name}: idle line`, Math.max(1, wait), () => {
      this.#timer = undefined;
      const silence = this.clock.monotonicMilliseconds() - this.#lastByteAt;
      for (const group of this.#groups) {
        if (!group.unfinished || silence < group.framing.idleMilliseconds) continue;
        group.unfinished = false;
        this.#tell(group, () => group.decoder.idle(), this.#lastByteAt);
      }
      this.#awaitSilence();
    });
  }

  #tell(group: Group, step: () => Decoded<AnyFrame>[], atMilliseconds: number): void {
    const { ears } = group;
    let items: Decoded<AnyFrame>[];
    try {
      items = step();
    } catch (thrown) {
      this.#complain(thrown, `the decoder ${group.framing.name} failed and is made anew`);
      this.#renew(group);
      return;
    }
    for (const item of items) {
      if ('discarded' in item) {
        this.#discard(item.discarded, item.reason, atMilliseconds);
        continue;
      }
      this.tally.counters.frames++;
      const ear = ears[item.frame.listener];
      if (ear === undefined || !ear.listening) continue;
      try {
        ear.heard(item.frame as never, atMilliseconds);
      } catch (thrown) {
        this.#complain(thrown, `a listener of ${group.framing.name} threw`);
      }
    }
  }

  #discard(bytes: Uint8Array, reason: string, atMilliseconds: number): void {
    if (this.#groups.length <= 1) {
      this.tally.discarded(bytes, reason, bytes.length, atMilliseconds);
      return;
    }
    // What is one framing's frame is another's rubbish: rubbish for all is what exceeds the bytes heard once for
    // each further framing.
    this.#discardedBytes += bytes.length;
    const ofNobody = this.#discardedBytes - (this.#groups.length - 1) * this.#heardBytes;
    if (ofNobody <= this.#reportedBytes) return;
    const byteCount = ofNobody - this.#reportedBytes;
    this.#reportedBytes = ofNobody;
    this.tally.discarded(bytes, reason, byteCount, atMilliseconds);
  }

  #recount(): void {
    this.#heardBytes = 0;
    this.#discardedBytes = 0;
    this.#reportedBytes = 0;
  }

  #complain(thrown: unknown, message: string): void {
    const now = this.clock.monotonicMilliseconds();
    if (now - this.#loggedAt < LOG_EVERY_MILLISECONDS) {
      this.#unlogged++;
      return;
    }
    const error = asHallwardError(thrown, 'bus.listener-failed');
    this.log.error(
      { bus: this.name, code: error.code, detail: error.message, before: this.#unlogged },
      message,
    );
    this.#loggedAt = now;
    this.#unlogged = 0;
  }
}
