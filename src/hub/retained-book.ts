/** What should stand retained at the broker, and the work of making it stand. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { reasonWords } from './broker-words.js';
import type { Publication, PublishPort } from './publish-port.js';

const retryMilliseconds = 30_000;

interface Entry {
  /** The newest payload; empty: the topic is to be cleared. */
  wanted: string;
  /** Not sent yet on this connection in its newest value. */
  dirty: boolean;
  flying: boolean;
  refused: number;
}

/** One sending of one topic on one connection. */
class Sending implements Publication {
  sentAtMilliseconds = 0;
  constructor(
    private readonly book: RetainedBook,
    private readonly port: PublishPort,
    private readonly topic: string,
  ) {}

  acknowledged(reasonCode: number): void {
    this.book.answered(this.port, this.topic, reasonCode);
  }
}

/**
 * The newest value of each topic, sent at most once at a time: what is overtaken while it waits is never sent.
 * Everything is sent again on each connection. In memory; as large as what its owner sets.
 */
export class RetainedBook {
  readonly #entries = new Map<string, Entry>();
  /** Topics to send, in the order in which they changed. */
  readonly #waiting = new Set<string>();
  #port: PublishPort | undefined;
  #retry: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly onRefusal: () => void = () => {},
  ) {}

  /** True where a value should stand at `topic`. */
  has(topic: string): boolean {
    const entry = this.#entries.get(topic);
    return entry !== undefined && entry.wanted !== '';
  }

  /** What should stand at `topic`; `null`: nothing, and the topic is forgotten once the broker has that. */
  set(topic: string, payload: object | null): void {
    const wanted = payload === null ? '' : JSON.stringify(payload);
    const entry = this.#entries.get(topic);
    if (entry === undefined) {
      this.#entries.set(topic, { wanted, dirty: true, flying: false, refused: 0 });
    } else {
      if (entry.wanted === wanted && entry.refused === 0) return;
      entry.wanted = wanted;
      entry.dirty = true;
    }
    this.#waiting.add(topic);
    this.go();
  }

  /** A connection stands: everything is sent on it. */
  up(port: PublishPort): void {
    this.#port = port;
    for (const [topic, entry] of this.#entries) {
      entry.dirty = true;
      entry.flying = false;
      entry.refused = 0;
      this.#waiting.add(topic);
    }
    this.go();
  }

  down(): void {
    this.#port = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** Sends what waits, as far as there is room. */
  go(): void {
    const port = this.#port;
    if (port === undefined) return;
    for (const topic of this.#waiting) {
      const entry = this.#entries.get(topic);
      if (entry === undefined) this.#waiting.delete(topic);
      // In flight: its acknowledgement lets the newest value follow.
      if (entry === undefined || entry.flying) continue;
      if (!port.hasRoom('state')) return;
      this.#waiting.delete(topic);
      entry.dirty = false;
      entry.flying = true;
      port.publish(topic, entry.wanted, { retain: true }, new Sending(this, port, topic));
    }
  }

  /** Topics that the broker refuses, with the reason. */
  refusals(): { readonly topic: string; readonly reasonCode: number }[] {
    const all = [];
    for (const [topic, { refused }] of this.#entries)
      if (refused > 0) all.push({ topic, reasonCode: refused });
    return all;
  }

  /** Called by a sending. */
  answered(port: PublishPort, topic: string, reasonCode: number): void {
    const entry = this.#entries.get(topic);
    if (port !== this.#port || entry === undefined) return;
    entry.flying = false;
    const before = entry.refused;
    // 0x10, nobody subscribes now, is no refusal: the value stands.
    entry.refused = reasonCode >= 0x80 ? reasonCode : 0;
    if (entry.refused !== before) {
      if (entry.refused > 0) this.log.warn({ topic, reason: reasonWords(reasonCode) }, 'hub: topic refused');
      this.onRefusal();
    }
    if (entry.dirty) this.go();
    else if (entry.refused > 0) this.#retryLater();
    else if (entry.wanted === '') this.#entries.delete(topic);
  }

  #retryLater(): void {
    this.#retry ??= this.clock.after('hub.retained-retry', retryMilliseconds, () => {
      this.#retry = undefined;
      for (const { topic } of this.refusals()) this.#waiting.add(topic);
      this.go();
    });
  }
}
