/**
 * The link to the hub: keeps a connection, and on it the status, the retained state, the events of the outbox,
 * the replies and the commands. Reports its condition; raises nothing itself.
 */
import type { StoredEvent } from '../store/types.js';
import { Birth } from './birth.js';
import { Commands } from './commands.js';
import type { Connection } from './connection.js';
import type { ConnectionEnd } from './connection-types.js';
import { Connector, type WhyNot } from './connector.js';
import { EventPump } from './event-pump.js';
import { Ghosts } from './ghosts.js';
import { judge } from './hub-condition.js';
import { Inbox } from './inbox.js';
import { type Heard, Listening, type ListenOptions } from './listening.js';
import { Messages } from './messages.js';
import { Replies } from './replies.js';
import { Resends } from './resends.js';
import { RetainedBook } from './retained-book.js';
import { Subscriptions } from './subscriptions.js';
import { TwinWatch } from './twin-watch.js';
import type { HubCondition, HubLinkOptions } from './types.js';

const stopAcknowledgementMilliseconds = 2_000;

/** What an open connection has. */
interface Session {
  readonly connection: Connection;
  readonly birth: Birth;
  readonly number: number;
}

export class HubLink {
  readonly #connector: Connector;
  readonly #pump: EventPump;
  readonly #book: RetainedBook;
  readonly #ghosts: Ghosts;
  readonly #replies: Replies;
  readonly #resends: Resends;
  readonly #subscriptions: Subscriptions;
  readonly #twin: TwinWatch;
  readonly #listening: Listening;
  readonly #messages = new Messages();
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #session: Session | undefined;
  #born = false;
  #birthRefused = 0;
  /** Of the last try or connection; `undefined` once one is up. */
  #whyNot: WhyNot | undefined;
  #condition: HubCondition;
  #stopping: Promise<void> | undefined;
  #ended: (() => void) | undefined;

  /** Throws `hub.bad-url` (kind usage). Does nothing before `start`. */
  constructor(private readonly options: HubLinkOptions) {
    const { clock, log, topics, outbox, identity, onDesired, random = Math.random } = options;
    const changed = () => this.#tell();
    this.#book = new RetainedBook(clock, log, changed);
    this.#ghosts = new Ghosts(topics.allRetainedState, this.#book, clock, log);
    this.#replies = new Replies(clock, log);
    this.#subscriptions = new Subscriptions(clock, log, changed);
    this.#twin = new TwinWatch(identity, clock, log, changed);
    this.#listening = new Listening(log);
    const topicOf = topics.event;
    this.#resends = new Resends(topicOf);
    const inbox = new Inbox({
      topics,
      log,
      listening: this.#listening,
      commands: new Commands(topics.allCommands, options.onCommand),
      ghosts: this.#ghosts,
      onStatus: (payload, retain) => this.#sawStatus(payload, retain),
      onDesired,
    });
    this.#connector = new Connector(options, {
      opened: (connection, number) => this.#opened(connection, number),
      message: (message) => inbox.message(message),
      tooLarge: (message) => inbox.tooLarge(message),
      room: () => this.#fill(),
      closed: (end) => this.#closed(end),
      waiting: (why) => {
        this.#whyNot = why;
        this.#tell();
      },
      isTwinSeen: () => this.#twin.isSeen,
      expiringChanged: changed,
    });
    this.#pump = new EventPump({ outbox, topicOf, clock, log, onHeld: changed, random });
    this.#condition = this.#disconnected('not connected yet');
  }

  get condition(): HubCondition {
    return this.#condition;
  }

  /** Begins to connect, and goes on for ever. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#connector.start();
  }

  /** What should stand retained at `topic`; `null`: nothing. */
  setRetained(topic: string, payload: object | null): void {
    this.#book.set(topic, payload);
  }

  /** The owner has set all that should stand: whatever else the broker has of ours may be cleared. */
  bookComplete(): void {
    this.#ghosts.bookComplete();
  }

  /** Sent with QoS 1; kept for a minute while there is no connection. */
  publishReply(topic: string, payload: object): void {
    this.#replies.add(topic, payload);
  }

  /** Sent with QoS 0, and only while connected. */
  publishHealth(payload: object): void {
    this.#session?.connection.publishOnce(this.options.topics.health, JSON.stringify(payload));
  }

  /**
   * Sends an event once more, whatever was delivered before. Resolves when the broker has taken it; rejects with
   * `hub.lost` or `hub.refused`.
   */
  sendAgain(event: StoredEvent): Promise<void> {
    return this.#resends.add(event);
  }

  /** Hears a topic of others (`+` stands for one level), on each connection. Returns the function that ends it. */
  listen(filter: string, heard: (message: Heard) => void, options?: ListenOptions): () => void {
    return this.#listening.add(filter, heard, options);
  }

  /** Sends to a topic of another controller with QoS 1, now or not at all; see `Messages`. */
  send(topic: string, payload: object): Promise<void> {
    return this.#messages.send(topic, payload);
  }

  /** Publishes with QoS 0, and only while connected. */
  publishOnce(topic: string, payload: object): void {
    this.#session?.connection.publishOnce(topic, JSON.stringify(payload));
  }

  /** The status has changed (the configuration's revision): it is published again. */
  announce(): void {
    this.#session?.birth.announce();
  }

  /** Says `stopped` and disconnects. Resolves within 3 s, whatever the broker does; never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #opened(connection: Connection, number: number): void {
    const { topics, identity, clock, log, onDesired } = this.options;
    this.#born = false;
    this.#birthRefused = 0;
    const answered = (reasonCode: number) => {
      this.#born = true;
      this.#birthRefused = reasonCode >= 0x80 ? reasonCode : 0;
      this.#whyNot = undefined;
      this.#tell();
    };
    const { protocol } = connection;
    const birth = new Birth(connection, topics.status, identity, number, protocol, clock, log, answered);
    this.#session = { connection, birth, number };
    this.#subscriptions.up(connection);
    // Before the birth: what stood there until now tells of others who are us.
    this.#subscriptions.add({ filter: topics.status });
    // Who sees us online may send a command at once.
    this.#subscriptions.add({ filter: topics.allCommands, retainAsPublished: true });
    birth.announce();
    if (onDesired !== undefined) this.#subscriptions.add({ filter: topics.configDesired });
    this.#book.up(connection);
    this.#replies.up(connection);
    this.#resends.up(connection);
    this.#messages.up(connection);
    this.#listening.up(this.#subscriptions);
    this.#pump.up(connection);
    this.#ghosts.up(() => this.#subscriptions.remove(topics.allRetainedState));
    for (const filter of topics.allRetainedState) {
      this.#subscriptions.add({ filter }, () => this.#ghosts.subscribed());
    }
    this.#tell();
  }

  /** There is room on the connection: who matters most goes first. */
  #fill(): void {
    this.#session?.birth.go();
    this.#replies.go();
    this.#messages.go();
    this.#resends.go();
    this.#book.go();
    if (this.#state === 'running') this.#pump.go();
  }

  #sawStatus(payload: Uint8Array, stood: boolean): void {
    const session = this.#session;
    if (session === undefined) return;
    if (this.#twin.status(payload, stood, session.number)) session.birth.overwritten();
  }

  #closed(end: ConnectionEnd): void {
    const session = this.#session;
    this.#session = undefined;
    this.#born = false;
    session?.birth.end();
    this.#subscriptions.down();
    this.#book.down();
    this.#replies.down();
    this.#resends.down();
    this.#messages.down();
    this.#listening.down();
    this.#ghosts.down();
    this.#pump.down({ blamesUs: end.blamesUs, unexplained: end.unexplained === true });
    if (end.kind === 'taken-over') this.#twin.seen();
    this.#ended?.();
  }

  async #stop(): Promise<void> {
    const { clock } = this.options;
    this.#state = 'stopping';
    this.#connector.stop();
    this.#twin.stop();
    const { connection } = this.#connector;
    if (connection !== undefined) {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
      if (this.#session === undefined) {
        connection.close(false);
      } else {
        const timer = clock.after('hub.stopped', stopAcknowledgementMilliseconds, () => {
          // Unanswered: then better the will than a parting that leaves `online` behind.
          connection.close(false);
        });
        this.#session.birth.stop(() => {
          timer.cancel();
          connection.close(true);
        });
        void ended.then(() => timer.cancel());
      }
      await ended;
    }
    this.#pump.close();
    this.#state = 'stopped';
    this.#condition = this.#disconnected('stopped');
  }

  #disconnected(detail: string): HubCondition {
    const sinceMonotonicMilliseconds = this.options.clock.monotonicMilliseconds();
    return { connected: false, sinceMonotonicMilliseconds, detail, heldTypes: [], degraded: [] };
  }

  /** Works out the condition and tells it if it has changed. */
  #tell(): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return;
    const condition = judge(this.#condition, {
      now: this.options.clock.monotonicMilliseconds(),
      clientId: this.options.clientId,
      url: this.#connector.url,
      protocol: this.#session?.connection.protocol,
      connected: this.#session !== undefined && this.#born,
      lastEnd: this.#whyNot,
      twin: this.#twin.isSeen,
      statusRefused: this.#birthRefused,
      subscriptions: this.#subscriptions.refusals(),
      topics: this.#book.refusals(),
      heldTypes: this.#pump.held(),
      expiring: this.#connector.expiring,
    });
    if (condition === this.#condition) return;
    this.#condition = condition;
    this.options.onChange(condition);
  }
}

/** As the class; here so that callers need not know that it is one. */
export function createHubLink(options: HubLinkOptions): HubLink {
  return new HubLink(options);
}
