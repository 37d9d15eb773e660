/**
 * Brings the events of the outbox to the broker: in order of their sequence, many in flight, each again and again
 * until the broker has taken it. A type that the broker does not take is held and tried again; the others go on.
 */
import type { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { type EventType, eventContentType } from '../protocols/hub/events.js';
import type { Outbox } from '../store/types.js';
import { reasonWords } from './broker-words.js';
import { EventLane } from './event-lane.js';
import { OutboxReader } from './outbox-reader.js';
import type { Publication, PublishPort } from './publish-port.js';
import type { HeldType } from './types.js';

/** Pages without an event for us after which the rest of the house gets its turn. */
const maximumEmptyPages = 4;
const messageOptions = { contentType: eventContentType };

export interface EventPumpOptions {
  readonly outbox: Outbox;
  readonly topicOf: (type: EventType) => string;
  readonly clock: Clock;
  readonly log: Log;
  /** The held types have changed. */
  readonly onHeld: () => void;
  readonly random?: () => number;
}

/** How a connection ended, as far as the pump wants to know. */
export interface PumpEnd {
  /** The broker ended it, and with words that blame what was sent. */
  readonly blamesUs: boolean;
  /** The broker closed it without a word. */
  readonly unexplained: boolean;
}

/** One event on its way on one connection. */
class Flight implements Publication {
  sentAtMilliseconds = 0;
  constructor(
    private readonly pump: EventPump,
    private readonly generation: number,
    readonly lane: EventLane,
    readonly sequence: number,
  ) {}

  acknowledged(reasonCode: number): void {
    this.pump.answered(this, this.generation, reasonCode);
  }
}

export class EventPump {
  readonly #lanes = new Map<EventType, EventLane>();
  readonly #moved = new Set<EventLane>();
  readonly #random: () => number;
  #port: PublishPort | undefined;
  /** Which connection: answers to older ones do not count. */
  #generation = 0;
  readonly #reader: OutboxReader;
  #rest: Timer | undefined;
  #flying = 0;
  /** One at a time up to this number: one of these may be what the broker closes connections over. */
  #carefulThrough = 0;
  #unexplainedEnds = 0;
  readonly #stopListening: () => void;

  constructor(private readonly options: EventPumpOptions) {
    this.#random = options.random ?? Math.random;
    this.#reader = new OutboxReader(options.outbox, (type, sequence) => this.#lane(type).wants(sequence));
    this.#stopListening = options.outbox.onSynced(() => this.go());
  }

  up(port: PublishPort): void {
    this.#port = port;
    this.#generation++;
    for (const lane of this.#lanes.values()) {
      // A new connection may have new rights; but what killed connections waits for its time.
      if (lane.mode === 'held' && lane.strikes === 0) this.#probe(lane);
      else if (lane.mode === 'open') lane.mode = 'fresh';
    }
    this.go();
  }

  down(end: PumpEnd): void {
    if (this.#port === undefined) return;
    this.#port = undefined;
    this.#generation++;
    this.#rest?.cancel();
    this.#rest = undefined;
    const suspects = this.#flying;
    const suspect = suspects === 1 ? this.#onlyFlyingLane() : undefined;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const lane of this.#lanes.values()) {
      lane.doubt();
      const lowest = lane.firstWaiting();
      if (lowest !== undefined && lane.mode !== 'held') first = Math.min(first, lowest);
      if (lane.waitingCount > 0) last = Math.max(last, lane.lastSent);
    }
    this.#flying = 0;
    this.#reader.rewind(first - 1);
    this.#report();
    if (suspects === 0 || !(end.blamesUs || end.unexplained)) {
      this.#unexplainedEnds = 0;
      return;
    }
    this.#unexplainedEnds += end.blamesUs ? 2 : 1;
    if (this.#unexplainedEnds >= 2) this.#carefulThrough = last;
    if (suspect !== undefined && this.#carefulThrough > 0) this.#strike(suspect, end.blamesUs);
  }

  /** Sends what is there, as far as there is room. */
  go(): void {
    let emptyPages = 0;
    while (this.#port !== undefined && !this.#reader.isReading) {
      if (!this.#sendPage(this.#port)) return;
      if (this.#reader.isAtEnd) {
        this.#nothingLeft();
        return;
      }
      if (this.#reader.isEmpty && ++emptyPages > maximumEmptyPages) {
        this.#goOnLater();
        return;
      }
      this.#read();
    }
  }

  held(): HeldType[] {
    const all: HeldType[] = [];
    for (const { type, mode, reasonCode } of this.#lanes.values()) {
      if (mode === 'open' || mode === 'fresh') continue;
      const reason = reasonCode === 0 ? 'the broker closes the connection over it' : reasonWords(reasonCode);
      all.push({ type, reasonCode, reason });
    }
    return all;
  }

  /** Gives up; the events stay in the outbox. */
  close(): void {
    this.down({ blamesUs: false, unexplained: false });
    this.#stopListening();
    for (const lane of this.#lanes.values()) lane.timer?.cancel();
  }

  /** Called by a flight. */
  answered(flight: Flight, generation: number, reasonCode: number): void {
    if (generation !== this.#generation) return;
    const { lane, sequence } = flight;
    this.#flying--;
    if (reasonCode === 0) {
      lane.strikes = 0;
      this.#unexplainedEnds = 0;
      if (lane.took(sequence)) this.#noteMoved(lane);
      if (lane.mode === 'probing') this.#release(lane);
      else if (lane.mode === 'fresh') lane.mode = 'open';
    } else {
      lane.refused(sequence);
      this.#hold(lane, reasonCode, lane.pause);
    }
  }

  /** True where the whole page has been seen to. */
  #sendPage(port: PublishPort): boolean {
    const reader = this.#reader;
    for (let event = reader.event; event !== undefined; event = reader.event) {
      const lane = this.#lane(event.type);
      if (lane.wants(event.sequence)) {
        if (!port.hasRoom('event') || lane.waitsForFirst) return false;
        if (this.#flying > 0 && this.#careful(event.sequence)) return false;
        lane.sent(event.sequence);
        this.#flying++;
        const flight = new Flight(this, this.#generation, lane, event.sequence);
        port.publish(this.options.topicOf(event.type), event.json, messageOptions, flight);
      }
      reader.next();
    }
    for (const lane of this.#lanes.values()) {
      if (lane.mode === 'held' || lane.mode === 'probing' || lane.waitingCount === 0) continue;
      if (lane.forgetGone(reader.from, reader.through)) this.#noteMoved(lane);
    }
    return true;
  }

  #careful(sequence: number): boolean {
    if (sequence <= this.#carefulThrough) return true;
    this.#carefulThrough = 0;
    return false;
  }

  #read(): void {
    this.#reader.read()?.then(
      () => this.go(),
      (error: unknown) => {
        this.options.log.error({ error: String(error) }, 'hub: the outbox cannot be read');
        this.#goOnLater(1_000);
      },
    );
  }

  #goOnLater(milliseconds = 0): void {
    if (this.#port === undefined) return;
    this.#rest ??= this.options.clock.after('hub.outbox-scan', milliseconds, () => {
      this.#rest = undefined;
      this.go();
    });
  }

  /** The outbox has been read to its end. */
  #nothingLeft(): void {
    for (const lane of this.#lanes.values()) {
      // Nothing to try it with: the events were let go at the cap.
      if (lane.mode === 'probing' && lane.flyingCount === 0) this.#release(lane);
    }
  }

  #lane(type: EventType): EventLane {
    let lane = this.#lanes.get(type);
    if (lane === undefined) {
      lane = new EventLane(type, this.options.outbox.deliveredThrough(type), this.#random);
      this.#lanes.set(type, lane);
    }
    return lane;
  }

  #onlyFlyingLane(): EventLane | undefined {
    for (const lane of this.#lanes.values()) if (lane.flyingCount > 0) return lane;
    return undefined;
  }

  #hold(lane: EventLane, reasonCode: number, pause: Backoff): void {
    const news = (lane.mode !== 'held' && lane.mode !== 'probing') || lane.reasonCode !== reasonCode;
    lane.reasonCode = reasonCode;
    if (lane.mode !== 'held') {
      lane.mode = 'held';
      lane.timer = this.options.clock.after(`hub.held.${lane.type}`, pause.next(), () => this.#probe(lane));
    }
    if (news) this.options.onHeld();
  }

  #probe(lane: EventLane): void {
    lane.timer?.cancel();
    if (lane.mode !== 'held') return;
    lane.mode = 'probing';
    this.#reader.rewind(lane.resumeFrom);
    this.go();
  }

  #release(lane: EventLane): void {
    lane.mode = 'open';
    lane.pause.reset();
    lane.strikePause.reset();
    this.#reader.rewind(lane.resumeFrom);
    this.options.onHeld();
    this.#goOnLater();
  }

  /** A connection ended with one event of this type alone in flight. */
  #strike(lane: EventLane, blamed: boolean): void {
    lane.strikes += blamed ? 2 : 1;
    if (lane.strikes < 2) return;
    const { type } = lane;
    this.options.log.warn({ type }, 'hub: the broker closes the connection over this type; it is held');
    this.#hold(lane, 0, lane.strikePause);
  }

  /** `delivered` is told once for all acknowledgements of one read. */
  #noteMoved(lane: EventLane): void {
    if (this.#moved.size === 0) queueMicrotask(() => this.#report());
    this.#moved.add(lane);
  }

  #report(): void {
    for (const lane of this.#moved) this.options.outbox.delivered(lane.type, lane.through);
    this.#moved.clear();
  }
}
