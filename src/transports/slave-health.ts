import { Backoff } from '../kernel/backoff.js';
import type { Clock } from '../kernel/clock.js';
import type { SlaveCounters } from './ports.js';

/** Requests in a row without a valid answer, after which an address counts as dead. */
const FAILURES_UNTIL_DEAD = 3;
const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** Addresses counted one by one; no wire has more, and a wild caller must not make us grow. */
const MOST_ADDRESSES = 256;

interface Slave {
  readonly counters: SlaveCounters;
  readonly backoff: Backoff;
  failuresInRow: number;
  nextTryAt: number;
  /** A poll that tries whether it lives again is waiting or under way. */
  probing: boolean;
}

/** Counts for each address of a wire, and how long a dead one is left alone. */
export class SlaveHealth {
  /** By address; what `BusCounters.slaves` shows. */
  readonly counters: Record<number, SlaveCounters> = {};
  readonly #slaves = new Map<number, Slave>();
  #others: Slave | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  count(address: number, what: keyof SlaveCounters): void {
    this.#slave(address).counters[what]++;
  }

  isDead(address: number): boolean {
    const slave = this.#slaves.get(address);
    return slave !== undefined && slave.failuresInRow >= FAILURES_UNTIL_DEAD;
  }

  /** Milliseconds until a poll of this address may be tried; 0 if now, `undefined` if one is already on its way. */
  pollAllowedIn(address: number): number | undefined {
    if (!this.isDead(address)) return 0;
    const slave = this.#slave(address);
    if (slave.probing) return undefined;
    return Math.max(0, slave.nextTryAt - this.clock.monotonicMilliseconds());
  }

  /** A poll of a dead address begins or has ended (with whatever result). */
  setProbing(address: number, probing: boolean): void {
    this.#slave(address).probing = probing;
  }

  /** A valid answer came, be it an exception: it lives. */
  answered(address: number): void {
    const slave = this.#slave(address);
    slave.failuresInRow = 0;
    slave.backoff.reset();
  }

  /** A request with all its tries found no valid answer. Failed calls to a dead address do not lengthen its pause. */
  failed(address: number, wasPoll: boolean): void {
    const slave = this.#slave(address);
    const wasDead = slave.failuresInRow >= FAILURES_UNTIL_DEAD;
    slave.failuresInRow++;
    if (slave.failuresInRow < FAILURES_UNTIL_DEAD || (wasDead && !wasPoll)) return;
    slave.nextTryAt = this.clock.monotonicMilliseconds() + slave.backoff.next();
  }

  /** The wire was opened anew: everybody gets a fresh chance at once. The counts stay. */
  forgive(): void {
    for (const slave of this.#slaves.values()) {
      slave.failuresInRow = 0;
      slave.probing = false;
      slave.backoff.reset();
    }
  }

  #slave(address: number): Slave {
    const known = this.#slaves.get(address);
    if (known !== undefined) return known;
    if (this.#slaves.size >= MOST_ADDRESSES) {
      this.#others ??= this.#make();
      return this.#others;
    }
    const slave = this.#make();
    this.#slaves.set(address, slave);
    this.counters[address] = slave.counters;
    return slave;
  }

  #make(): Slave {
    return {
      counters: { requests: 0, answers: 0, timeouts: 0, garbled: 0, exceptions: 0 },
      backoff: new Backoff({
        firstMilliseconds: FIRST_PAUSE_MILLISECONDS,
        maximumMilliseconds: LONGEST_PAUSE_MILLISECONDS,
        random: this.random,
      }),
      failuresInRow: 0,
      nextTryAt: 0,
      probing: false,
    };
  }
}
