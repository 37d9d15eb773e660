/**
 * The link to the hub: keeps a connection, and on it the status, the retained state, the events of the outbox,
 * the replies and the commands. Reports its condition; raises nothing itself.
 */
import type { Timer } from '../kernel/clock.js';
import { requirePackage } from '../kernel/require.js';
import type { StoredEvent } from '../store/types.js';
import { Birth, degradedBy, statusPayload } from './birth.js';
import { Commands } from './commands.js';
import { ConnectPlan, type Try } from './connect-plan.js';
import { Connection, type Mqtt } from './connection.js';
import type { ConnectionEnd, IncomingMessage } from './connection-types.js';
import { EventPump } from './event-pump.js';
import { Ghosts } from './ghosts.js';
import { judge } from './hub-condition.js';
import { parseHubUrl } from './hub-url.js';
import { type Heard, Listening, type ListenOptions } from './listening.js';
import { Messages } from './messages.js';
import { OwnStatus } from './own-status.js';
import { Replies } from './replies.js';
import { Resends } from './resends.js';
import { RetainedBook } from './retained-book.js';
import { Subscriptions } from './subscriptions.js';
import type { HubCondition, HubLinkOptions, HubProblem } from './types.js';

const stopAcknowledgementMilliseconds = 2_000;
/** After this long without a sign of it, another controller with our identity counts as gone. */
const twinGoneMilliseconds = 600_000;

/** What an open connection has. */
interface Session {
  readonly connection: Connection;
  readonly birth: Birth;
  readonly number: number;
  readonly openedAtMilliseconds: number;
}

export class HubLink {
  readonly #plan: ConnectPlan;
  readonly #pump: EventPump;
  readonly #book: RetainedBook;
  readonly #ghosts: Ghosts;
  readonly #replies: Replies;
  readonly #resends: Resends;
  readonly #commands: Commands;
  readonly #subscriptions: Subscriptions;
  readonly #ownStatus: OwnStatus;
  readonly #listening: Listening;
  readonly #messages = new Messages();
  #mqtt: Mqtt | undefined;
  #state: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #connection: Connection | undefined;
  #session: Session | undefined;
  #pause: Timer | undefined;
  #born = false;
  #birthRefused = 0;
  #lastTry: Try | undefined;
  #lastEnd: { readonly problem: HubProblem; readonly detail: string } | undefined;
  #twinSeenAtMilliseconds: number | undefined;
  #twinTimer: Timer | undefined;
  #condition: HubCondition;
  #stopping: Promise<void> | undefined;
  #ended: (() => void) | undefined;

  /** Throws `hub.bad-url` (kind usage). Does nothing before `start`. */
  constructor(private readonly options: HubLinkOptions) {
    const { clock, log, topics, outbox, identity } = options;
    const random = options.random ?? Math.random;
    this.#plan = new ConnectPlan(options.settings.urls.map(parseHubUrl), random);
    const changed = () => this.#tell();
    this.#book = new RetainedBook(clock, log, changed);
    this.#ghosts = new Ghosts(topics.allRetainedState, this.#book, clock, log);
    this.#replies = new Replies(clock, log);
    this.#commands = new Commands(topics.allCommands, options.onCommand);
    this.#subscriptions = new Subscriptions(clock, log, changed);
    this.#ownStatus = new OwnStatus(identity);
    this.#listening = new Listening(log);
    const topicOf = topics.event;
    this.#resends = new Resends(topicOf);
    this.#pump = new EventPump({ outbox, topicOf, clock, log, onHeld: changed, random });
    this.#condition = {
      connected: false,
      sinceMonotonicMilliseconds: clock.monotonicMilliseconds(),
      detail: 'not connected yet',
      heldTypes: [],
      degraded: [],
    };
  }

  get condition(): HubCondition {
    return this.#condition;
  }

  /** Begins to connect, and goes on for ever. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    void this.#load();
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

  async #load(): Promise<void> {
    try {
      // Only here: a hall without a hub never loads it.
      this.#mqtt = requirePackage('mqtt') as typeof import('mqtt');
    } catch (error) {
      this.options.log.error({ error: String(error) }, 'hub: MQTT.js cannot be loaded');
      this.#lastEnd = { problem: 'lost', detail: 'MQTT.js cannot be loaded: the installation is incomplete' };
      this.#tell();
      return;
    }
    this.#connect();
  }

  #connect(): void {
    const { options } = this;
    if (this.#state !== 'running' || this.#mqtt === undefined) return;
    const attempt = this.#plan.next();
    this.#lastTry = attempt;
    const number = options.identity.nextConnection();
    const began = options.clock.monotonicMilliseconds();
    const degraded = degradedBy(attempt.protocol);
    const will = {
      topic: options.topics.status,
      payload: statusPayload('lost', options.identity, number, degraded, options.clock),
    };
    const { settings, clientId, clock, log } = options;
    const reachMilliseconds = this.#plan.reachMilliseconds;
    const connection: Connection = new Connection(
      this.#mqtt,
      { ...attempt, settings, clientId, will, reachMilliseconds },
      clock,
      log,
      {
        opened: () => this.#opened(connection, number),
        message: (message) => this.#message(message),
        room: () => this.#fill(),
        closed: (end) => this.#closed(end, began),
      },
    );
    this.#connection = connection;
  }

  #opened(connection: Connection, number: number): void {
    const { topics, identity, clock, log, onDesired } = this.options;
    const { protocol } = connection;
    log.info({ hub: this.#lastTry?.target.url, protocol, connection: number }, 'hub: connected');
    this.#born = false;
    this.#birthRefused = 0;
    const birth = new Birth(
      connection,
      topics.status,
      identity,
      number,
      protocol,
      clock,
      log,
      (reasonCode) => {
        this.#born = true;
        this.#birthRefused = reasonCode >= 0x80 ? reasonCode : 0;
        this.#lastEnd = undefined;
        this.#tell();
      },
    );
    this.#session = { connection, birth, number, openedAtMilliseconds: clock.monotonicMilliseconds() };
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

  #message(message: IncomingMessage): void {
    const { topics, onDesired } = this.options;
    const { topic, payload, retain } = message;
    this.#listening.message(message);
    if (topic === topics.status) this.#sawStatus(payload, retain);
    else if (topic === topics.configDesired) onDesired?.(payload);
    else if (!this.#commands.take(message)) this.#ghosts.message(topic, payload.length, retain);
  }

  #sawStatus(payload: Uint8Array, stood: boolean): void {
    if (this.#session === undefined) return;
    const sighting = this.#ownStatus.see(payload, stood, this.#session.number);
    if (sighting === 'twin') this.#twinSeen();
    if (sighting === 'twin' || sighting === 'overwritten') this.#session.birth.overwritten();
  }

  #twinSeen(): void {
    const { clock, log } = this.options;
    if (this.#twinSeenAtMilliseconds === undefined) {
      log.error({}, 'hub: another controller uses the identity of this one');
    }
    this.#twinSeenAtMilliseconds = clock.monotonicMilliseconds();
    this.#twinTimer?.cancel();
    this.#twinTimer = clock.after('hub.twin-gone', twinGoneMilliseconds, () => {
      this.#twinSeenAtMilliseconds = undefined;
      this.#tell();
    });
    this.#tell();
  }

  #closed(end: ConnectionEnd, beganMilliseconds: number): void {
    const { clock, log } = this.options;
    const session = this.#session;
    const url = this.#lastTry?.target.url ?? '';
    this.#connection = undefined;
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
    if (end.kind === 'ended') {
      this.#ended?.();
      return;
    }
    if (end.kind === 'taken-over') this.#twinSeen();
    const now = clock.monotonicMilliseconds();
    const pause =
      session === undefined
        ? this.#plan.failed(end.kind, now - beganMilliseconds)
        : this.#plan.ended(
            end.kind,
            now - session.openedAtMilliseconds,
            this.#twinSeenAtMilliseconds !== undefined,
          );
    const detail = `${url}: ${end.words}`;
    const fields = { hub: url, reason: end.words, nextTrySeconds: Math.round(pause / 100) / 10 };
    // Said loudly once; the same again at each try is for whoever looks closely.
    if (session === undefined && this.#lastEnd?.detail === detail) log.debug(fields, 'hub: no connection');
    else log.warn(fields, session === undefined ? 'hub: no connection' : 'hub: connection ended');
    this.#lastEnd = { problem: end.kind === 'refused' ? 'refused' : 'lost', detail };
    this.#ended?.();
    if (this.#state !== 'running') return;
    this.#pause = clock.after('hub.reconnect', pause, () => this.#connect());
    this.#tell();
  }

  async #stop(): Promise<void> {
    const { clock } = this.options;
    const wasNew = this.#state === 'new';
    this.#state = 'stopping';
    this.#pause?.cancel();
    this.#twinTimer?.cancel();
    if (!wasNew && this.#connection !== undefined) {
      const ended = new Promise<void>((resolve) => {
        this.#ended = resolve;
      });
      const connection = this.#connection;
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
    this.#condition = {
      connected: false,
      sinceMonotonicMilliseconds: clock.monotonicMilliseconds(),
      detail: 'stopped',
      heldTypes: [],
      degraded: [],
    };
  }

  /** Works out the condition and tells it if it has changed. */
  #tell(): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return;
    const condition = judge(this.#condition, {
      now: this.options.clock.monotonicMilliseconds(),
      clientId: this.options.clientId,
      url: this.#lastTry?.target.url,
      protocol: this.#session?.connection.protocol,
      connected: this.#session !== undefined && this.#born,
      lastEnd: this.#lastEnd,
      twin: this.#twinSeenAtMilliseconds !== undefined,
      statusRefused: this.#birthRefused,
      subscriptions: this.#subscriptions.refusals(),
      topics: this.#book.refusals(),
      heldTypes: this.#pump.held(),
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
