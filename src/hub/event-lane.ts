/** The events of one type between the outbox and the broker. */
import { Backoff } from '../kernel/backoff.js';
import type { Timer } from '../kernel/clock.js';
import type { EventType } from '../protocols/hub/events.js';

/** Sent and not answered, or answered and kept only until the ones before it are. */
const flying = 0;
const taken = 1;
/** Refused, or in doubt since its connection ended: to be sent again. */
const waiting = 2;

/**
 * Knows which events of its type were sent and taken, so that "delivered through" moves without a gap and nothing
 * that was taken is sent twice. Its size is bounded by what was in flight at once.
 */
export class EventLane {
  readonly #entries = new Map<number, typeof flying | typeof taken | typeof waiting>();
  #lastSent: number;
  flyingCount = 0;
  waitingCount = 0;
  /**
   * `fresh`: nothing of this type was taken on this connection yet, so one event goes alone: were more in flight
   * when somebody subscribes, the later ones would arrive before the ones that nobody got.
   * `held`: nothing is sent. `probing`: held before, and one event at a time is sent to see.
   */
  mode: 'fresh' | 'open' | 'held' | 'probing' = 'fresh';
  reasonCode = 0;
  timer: Timer | undefined;
  /** Connections that ended with an event of this type alone in flight, in a row. */
  strikes = 0;
  readonly pause: Backoff;
  readonly strikePause: Backoff;

  /** @param through the last sequence number that the hub has of this type. */
  constructor(
    readonly type: EventType,
    public through: number,
    random: () => number,
  ) {
    this.#lastSent = through;
    this.pause = new Backoff({ firstMilliseconds: 1_000, maximumMilliseconds: 30_000, random });
    this.strikePause = new Backoff({ firstMilliseconds: 30_000, maximumMilliseconds: 300_000, random });
  }

  /** Whether the event with this number is to be sent now. */
  wants(sequence: number): boolean {
    if (this.mode === 'held' || (this.mode === 'probing' && this.flyingCount > 0)) return false;
    return sequence > this.#lastSent || this.#entries.get(sequence) === waiting;
  }

  /** An event that is wanted must wait all the same, and those behind it with it: one answer decides. */
  get waitsForFirst(): boolean {
    return this.mode === 'fresh' && this.flyingCount > 0;
  }

  sent(sequence: number): void {
    if (this.#entries.get(sequence) === waiting) this.waitingCount--;
    this.#entries.set(sequence, flying);
    this.flyingCount++;
    if (sequence > this.#lastSent) this.#lastSent = sequence;
  }

  /** The broker has it. True where `through` moved. */
  took(sequence: number): boolean {
    this.flyingCount--;
    this.#entries.set(sequence, taken);
    return this.#advance();
  }

  /** The broker did not take it. */
  refused(sequence: number): void {
    this.flyingCount--;
    this.waitingCount++;
    this.#entries.set(sequence, waiting);
  }

  /** The connection ended: what was in flight is in doubt. */
  doubt(): void {
    for (const [sequence, state] of this.#entries) if (state === flying) this.refused(sequence);
  }

  /** The highest number ever sent. */
  get lastSent(): number {
    return this.#lastSent;
  }

  /** Reading from after this number finds all that is to be sent, again or for the first time. */
  get resumeFrom(): number {
    const first = this.firstWaiting();
    return first === undefined ? this.#lastSent : first - 1;
  }

  /** The lowest number to be sent again; `undefined` if there is none. */
  firstWaiting(): number | undefined {
    if (this.waitingCount > 0) {
      for (const [sequence, state] of this.#entries) if (state === waiting) return sequence;
    }
    return undefined;
  }

  /**
   * The outbox was read from after `from` to `to`, and what it gave was sent: what still waits in between is not
   * there any more (let go at the cap). True where `through` moved.
   */
  forgetGone(from: number, to: number): boolean {
    if (this.waitingCount === 0) return false;
    for (const [sequence, state] of this.#entries) {
      if (state !== waiting || sequence <= from || sequence > to) continue;
      this.waitingCount--;
      this.#entries.set(sequence, taken);
    }
    return this.#advance();
  }

  #advance(): boolean {
    const before = this.through;
    // Numbers were first sent in rising order, and a map keeps that order.
    for (const [sequence, state] of this.#entries) {
      if (state !== taken) break;
      this.#entries.delete(sequence);
      this.through = sequence;
    }
    return this.through !== before;
  }
}
