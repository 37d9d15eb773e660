import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { EchoFilter } from './echo-filter.js';
import type { Decoded, Decoder } from './ports.js';

/** How one try of a transaction ended. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'exception'; readonly error: HallwardError }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'garbled'; readonly received: Uint8Array; readonly reason: string }
  /** The decoder itself failed. */
  | { readonly kind: 'broken'; readonly error: HallwardError }
  /** The wire was lost or the bus closed. */
  | { readonly kind: 'stopped'; readonly error: HallwardError };

/** Discarded bytes are kept up to here, for evidence and to recognise an echo; beyond that they are counted only. */
const KEPT_BYTES = 512;

interface Discard {
  byteCount: number;
  readonly reason: string;
}

/** One request and what comes back for it, without time: the receiving half of one try. */
export class Exchange {
  readonly #kept = new Uint8Array(KEPT_BYTES);
  #keptCount = 0;
  #receivedCount = 0;
  readonly #head: Discard[] = [];
  readonly #beyond = new Map<string, number>();
  #echoLearned = false;

  constructor(
    readonly request: Uint8Array,
    private readonly decoder: Decoder<unknown>,
    private readonly echo: EchoFilter,
  ) {}

  /** Discarded bytes of this try (at most 512), in order. */
  get discardedBytes(): Uint8Array {
    return this.#kept.subarray(0, this.#keptCount);
  }

  /** Calls `each` for what was discarded; an echo that was recognised just now has the reason `echo`. */
  eachDiscard(each: (byteCount: number, reason: string) => void): void {
    let echo = this.#echoLearned ? this.request.length : 0;
    if (echo > 0) each(echo, 'echo');
    for (const { byteCount, reason } of this.#head) {
      const ofEcho = Math.min(echo, byteCount);
      echo -= ofEcho;
      if (byteCount > ofEcho) each(byteCount - ofEcho, reason);
    }
    for (const [reason, byteCount] of this.#beyond) each(byteCount, reason);
  }

  /** Feeds what came in; gives the outcome when there is one. */
  receive(chunk: Uint8Array): Outcome | undefined {
    const bytes = this.echo.strip(chunk);
    if (bytes.length === 0) return undefined;
    this.#receivedCount += bytes.length;
    return this.#decode(() => this.decoder.feed(bytes));
  }

  /** The time is over. */
  silence(): Outcome {
    const outcome = this.#decode(() => this.decoder.idle());
    this.echo.endOfAnswer();
    if (outcome !== undefined) return outcome;
    if (this.#receivedCount === 0) return { kind: 'timeout' };
    const reason = this.#head.at(-1)?.reason ?? 'unfinished';
    return { kind: 'garbled', received: this.discardedBytes, reason };
  }

  #decode(step: () => Decoded<unknown>[]): Outcome | undefined {
    try {
      const items = step();
      for (const [index, item] of items.entries()) {
        if ('discarded' in item) {
          this.#discard(item.discarded, item.reason);
          continue;
        }
        this.#echoLearned = this.echo.learn(this.request, this.discardedBytes, item.bytes);
        this.echo.endOfAnswer();
        for (const extra of items.slice(index + 1)) this.#extra(extra);
        for (const extra of this.decoder.idle()) this.#extra(extra);
        return item.frame instanceof HallwardError
          ? { kind: 'exception', error: item.frame }
          : { kind: 'answer', answer: item.frame };
      }
      return undefined;
    } catch (thrown) {
      return { kind: 'broken', error: asHallwardError(thrown, 'bus.decoder-failed') };
    }
  }

  #extra(item: Decoded<unknown>): void {
    if ('discarded' in item) this.#discard(item.discarded, item.reason);
    else this.#discard(item.bytes, 'after-answer');
  }

  #discard(bytes: Uint8Array, reason: string): void {
    const room = Math.min(KEPT_BYTES - this.#keptCount, bytes.length);
    if (room > 0) {
      this.#kept.set(bytes.subarray(0, room), this.#keptCount);
      this.#keptCount += room;
      const last = this.#head.at(-1);
      if (last?.reason === reason) last.byteCount += room;
      else this.#head.push({ byteCount: room, reason });
    }
    if (bytes.length > room) {
      this.#beyond.set(reason, (this.#beyond.get(reason) ?? 0) + bytes.length - room);
    }
  }
}
