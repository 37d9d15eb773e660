/** What a tool says to the hub and hears of it, also where the connection breaks on the way. */
import { reasonWords } from '../hub/broker-words.js';
import type { Connection } from '../hub/connection.js';
import type { IncomingMessage } from '../hub/connection-types.js';
import { sleep } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { ToolConnection, type ToolConnectionOptions } from './tool-connection.js';
import { isWithin } from './topic-filter.js';

/** The hub has told what it keeps of a topic when it has said nothing for this long … */
const quietMilliseconds = 300;
/** … or, if it never stops, after this long. */
const mostMilliseconds = 2_000;
const lookMilliseconds = 20;
const subscribeMilliseconds = 10_000;

/** One filter that is listened to. */
interface Ear {
  readonly filter: string;
  readonly heard: (message: IncomingMessage) => void;
  /** Told once, by the first answer of a broker. */
  answered: ((code: number) => void) | undefined;
}

interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly settle: (reasonCode: number) => void;
}

export class HubTalk {
  readonly #hub: ToolConnection;
  readonly #ears = new Set<Ear>();
  /** What no broker has acknowledged yet; sent again on the next connection. */
  readonly #outgoing = new Set<Outgoing>();
  #lastHeardMilliseconds: number;

  private constructor(private readonly options: ToolConnectionOptions) {
    this.#lastHeardMilliseconds = options.clock.monotonicMilliseconds();
    this.#hub = new ToolConnection(options, {
      opened: (connection) => {
        this.#subscribe(connection, [...this.#ears]);
        for (const outgoing of this.#outgoing) send(connection, outgoing);
      },
      message: (message) => this.#heard(message),
    });
  }

  /** Connects. Rejects with `hub.unreachable` (absent), `hub.refused` (refused) or `hub.bad-url` (usage). */
  static async open(options: ToolConnectionOptions): Promise<HubTalk> {
    const talk = new HubTalk(options);
    await talk.#hub.open();
    return talk;
  }

  /** The broker connected to, or tried last. */
  get url(): string {
    return this.#hub.url;
  }

  /** Why there is no connection now; empty while there is one. */
  get away(): string {
    return this.#hub.current === undefined ? this.#hub.detail || 'no connection' : '';
  }

  /**
   * Hears what comes to a filter, also over reconnects. Resolves, when the broker has granted it, with the function
   * that stops listening. Rejects with `hub.refused` where the broker says no, `hub.unreachable` where it says nothing.
   */
  async listen(filter: string, heard: (message: IncomingMessage) => void): Promise<() => void> {
    const ear: Ear = { filter, heard, answered: undefined };
    const words = `no answer to a subscription within ${subscribeMilliseconds / 1000} s`;
    const code = await new Promise<number>((resolve, reject) => {
      const late = this.options.clock.after('hub: subscribe', subscribeMilliseconds, () => {
        this.#ears.delete(ear);
        reject(new HallwardError('hub.unreachable', 'absent', this.away || words, { url: this.url }));
      });
      ear.answered = (answer) => {
        late.cancel();
        resolve(answer);
      };
      this.#ears.add(ear);
      const { current } = this.#hub;
      if (current !== undefined) this.#subscribe(current, [ear]);
    });
    if (code >= 0x80) {
      this.#ears.delete(ear);
      const words = `may not subscribe to ${filter}: ${reasonWords(code)}`;
      throw new HallwardError('hub.refused', 'refused', words, { url: this.url, filter });
    }
    return () => {
      if (!this.#ears.delete(ear)) return;
      if (![...this.#ears].some((other) => other.filter === filter)) this.#hub.current?.unsubscribe([filter]);
    };
  }

  /** Resolves when the hub has told what it keeps, or as soon as `enough` says so; within 2 s at the latest. */
  async toldAll(enough: () => boolean = () => false): Promise<void> {
    const { clock } = this.options;
    const began = clock.monotonicMilliseconds();
    for (;;) {
      const now = clock.monotonicMilliseconds();
      const quiet = now - Math.max(began, this.#lastHeardMilliseconds);
      if (enough() || quiet >= quietMilliseconds || now - began >= mostMilliseconds) return;
      await sleep(clock, 'hub: all told', lookMilliseconds);
    }
  }

  /**
   * Publishes with QoS 1. Resolves with the broker's reason code: 0 taken, 0x10 taken but nobody listens, 0x80 and
   * above refused (MQTT 3.1.1 always says 0). What is in doubt when a connection breaks is sent again on the next
   * one; the caller sets the limit of time.
   */
  publish(topic: string, payload: string, { retain = false } = {}): Promise<number> {
    return new Promise((resolve) => {
      const outgoing: Outgoing = {
        topic,
        payload,
        retain,
        settle: (reasonCode) => {
          this.#outgoing.delete(outgoing);
          resolve(reasonCode);
        },
      };
      this.#outgoing.add(outgoing);
      const { current } = this.#hub;
      if (current !== undefined) send(current, outgoing);
    });
  }

  /** Ends. Resolves within a second, whatever the hub does. */
  close(): Promise<void> {
    return this.#hub.close();
  }

  #subscribe(connection: Connection, ears: readonly Ear[]): void {
    if (ears.length === 0) return;
    const filters = [...new Set(ears.map(({ filter }) => filter))];
    connection.subscribe(
      filters.map((filter) => ({ filter })),
      (codes) => {
        this.#lastHeardMilliseconds = this.options.clock.monotonicMilliseconds();
        for (const ear of ears) {
          ear.answered?.(codes[filters.indexOf(ear.filter)] ?? 0);
          ear.answered = undefined;
        }
      },
    );
  }

  #heard(message: IncomingMessage): void {
    this.#lastHeardMilliseconds = this.options.clock.monotonicMilliseconds();
    for (const ear of [...this.#ears]) {
      if (isWithin(message.topic, ear.filter)) ear.heard(message);
    }
  }
}

function send(connection: Connection, { topic, payload, retain, settle }: Outgoing): void {
  connection.publish(topic, payload, { retain }, { sentAtMilliseconds: 0, acknowledged: settle });
}
