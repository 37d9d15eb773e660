/** Which broker is tried next, in which version of MQTT, and after which pause. Pure but for its random numbers. */
import { Backoff } from '../kernel/backoff.js';
import type { HubTarget } from './hub-url.js';

/** How a try, or the connection that came of it, ended. `password`: it was refused, and there is another one. */
export type TryEnd = 'lost' | 'refused' | 'version' | 'silent' | 'taken-over' | 'password';

export interface Try {
  readonly target: HubTarget;
  readonly protocol: 5 | 4;
}

interface Knowledge {
  protocol: 5 | 4;
  /** The broker said so, rather than closing without a word. */
  sure: boolean;
  /** Tries with MQTT 5 that it closed without a word, in a row. */
  silent: number;
  /** Tries in a row that failed although the broker was reached. */
  failed: number;
}

/** A stay of this length was a good one: the next pause is the shortest again. */
const goodStayMilliseconds = 10_000;
const shortestPauseMilliseconds = 100;

/**
 * A broker that is away is tried at least every 4 s, so that it is found again within 5 s of its return; one that
 * refuses us at least every 60 s; and after another controller with our identity took over, the pauses grow from
 * 30 s to 5 minutes.
 */
export class ConnectPlan {
  readonly #known: Knowledge[];
  #index = 0;
  #refusedInRound = 0;
  readonly #away: Backoff;
  readonly #refused: Backoff;
  readonly #taken: Backoff;

  /** @param targets at least one, in the order in which they are tried. */
  constructor(
    private readonly targets: readonly HubTarget[],
    random: () => number,
  ) {
    this.#known = targets.map(() => ({ protocol: 5, sure: false, silent: 0, failed: 0 }));
    const jitter = 0.4;
    this.#away = new Backoff({ firstMilliseconds: 500, maximumMilliseconds: 4_000, jitter, random });
    this.#refused = new Backoff({ firstMilliseconds: 5_000, maximumMilliseconds: 60_000, jitter, random });
    this.#taken = new Backoff({ firstMilliseconds: 30_000, maximumMilliseconds: 300_000, jitter, random });
  }

  /** What to try now. */
  next(): Try {
    return { target: this.targets[this.#index]!, protocol: this.#known[this.#index]!.protocol };
  }

  /**
   * How long a TCP connection may take to come about: retries of its first packet come after 1 and 3 s, so an
   * address that returns in the meantime is found by them; several addresses share the time.
   */
  get reachMilliseconds(): number {
    return Math.max(1_500, Math.round(4_000 / this.targets.length));
  }

  /**
   * A try did not become a connection.
   * @param tookMilliseconds since it began; a try that took long needs no long pause after it.
   * @returns the pause before the next one, in milliseconds.
   */
  failed(end: TryEnd, tookMilliseconds: number): number {
    const known = this.#known[this.#index]!;
    if (end === 'password') return shortestPauseMilliseconds;
    if (end === 'version' || end === 'silent') {
      const again = this.#otherVersion(known, end);
      if (again) return shortestPauseMilliseconds;
    } else if (end !== 'lost' && ++known.failed >= 3) {
      // Nothing works: perhaps it is another broker by now.
      Object.assign(known, { protocol: 5, sure: false, silent: 0, failed: 0 });
    }
    if (end === 'refused') this.#refusedInRound++;
    this.#index = (this.#index + 1) % this.targets.length;
    if (this.#index !== 0) return shortestPauseMilliseconds;
    const allRefuse = this.#refusedInRound === this.targets.length;
    this.#refusedInRound = 0;
    if (allRefuse) return this.#refused.next();
    return Math.max(shortestPauseMilliseconds, this.#away.next() - tookMilliseconds);
  }

  /**
   * A connection ended.
   * @returns the pause before the next one, in milliseconds.
   */
  ended(end: TryEnd, stayedMilliseconds: number, twin: boolean): number {
    const known = this.#known[this.#index]!;
    known.failed = 0;
    // One wordless refusal of MQTT 5 may have been a restart: it gets one more chance at each connection.
    if (known.protocol === 5) known.silent = 0;
    else if (!known.sure) Object.assign(known, { protocol: 5, silent: 1 });
    this.#index = 0;
    this.#refusedInRound = 0;
    if (twin) return this.#taken.next();
    this.#taken.reset();
    if (stayedMilliseconds >= goodStayMilliseconds) {
      this.#away.reset();
      this.#refused.reset();
    }
    return end === 'refused' ? this.#refused.next() : this.#away.next();
  }

  /** True where the same broker is to be tried at once with the other version. */
  #otherVersion(known: Knowledge, end: 'version' | 'silent'): boolean {
    if (known.protocol === 4) {
      Object.assign(known, { protocol: 5, sure: false, silent: 0 });
      return false;
    }
    known.silent++;
    if (end === 'silent' && known.silent < 2) return true;
    Object.assign(known, { protocol: 4, sure: end === 'version' });
    return true;
  }
}
