/** How much a page server takes from whoever can reach it, and what is counted of what it refuses. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';

export interface PageLimits {
  /** Of a request's line and headers together, and of a body. */
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** More are made room for: of those that have not shown yet that they may look, the oldest is cut off. */
  readonly connections: number;
  /** Of one address that is not this machine (there, a proxy may stand for everybody). */
  readonly connectionsOfOneAddress: number;
  readonly streams: number;
  /** Of one address; for short it may be as many at once as `burst`. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Of all addresses together. */
  readonly requestsPerSecondOfAll: number;
  /** Until the headers, and until the whole request have arrived. Kept by Node's own timers. */
  readonly headersMilliseconds: number;
  readonly requestMilliseconds: number;
  /** An idle connection is kept this long, and closed after this many requests. */
  readonly idleMilliseconds: number;
  readonly requestsOfOneConnection: number;
  /** Whoever takes nothing of an answer for this long is cut off. */
  readonly stalledMilliseconds: number;
  /** A page has this long for its answer. */
  readonly answerMilliseconds: number;
}

export const pageLimits: PageLimits = {
  headerBytes: 16 * 1024,
  bodyBytes: 16 * 1024,
  connections: 128,
  connectionsOfOneAddress: 32,
  streams: 64,
  requestsPerSecond: 50,
  burst: 150,
  requestsPerSecondOfAll: 500,
  headersMilliseconds: 5_000,
  requestMilliseconds: 10_000,
  idleMilliseconds: 2_000,
  requestsOfOneConnection: 200,
  stalledMilliseconds: 20_000,
  answerMilliseconds: 15_000,
};

const MOST_ADDRESSES = 512;
const TELL_MILLISECONDS = 60_000;

/** So many at once, so many a second, for each of a bounded number of addresses. */
export class Allowance {
  readonly #left = new Map<string, { tokens: number; at: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** False where nothing is left for `address`. */
  has(address: string): boolean {
    return this.#refill(address).tokens >= 1;
  }

  /** Takes one; false where nothing is left. */
  take(address: string): boolean {
    const entry = this.#refill(address);
    if (entry.tokens < 1) return false;
    entry.tokens--;
    return true;
  }

  #refill(address: string): { tokens: number; at: number } {
    const now = this.clock.monotonicMilliseconds();
    const entry = this.#left.get(address) ?? { tokens: this.burst, at: now };
    entry.tokens = Math.min(this.burst, entry.tokens + ((now - entry.at) / 1000) * this.perSecond);
    entry.at = now;
    // The one not seen for longest goes first: the map keeps the order of use.
    this.#left.delete(address);
    this.#left.set(address, entry);
    if (this.#left.size > MOST_ADDRESSES) this.#left.delete(this.#left.keys().next().value as string);
    return entry;
  }
}

/** Counts what is refused, and says it in the log at most once a minute: whoever knocks must not fill the disk. */
export class Refusals {
  #counts: Record<string, number> = {};
  #timer: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param reason one of a fixed few words */
  count(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    this.#timer ??= this.clock.after('tell refused requests', TELL_MILLISECONDS, () => this.#tell());
  }

  stop(): void {
    if (this.#timer !== undefined) this.#tell();
  }

  #tell(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.log.warn({ refused: this.#counts }, 'requests for pages were refused');
    this.#counts = {};
  }
}
