/**
 * Connects, and connects again after each end, for ever: to the brokers in the order of the plan, with the credentials
 * as they are at each try, after the plan's pauses. What is done on a connection is its owner's business.
 */
import type { Timer } from '../kernel/clock.js';
import { requirePackage } from '../kernel/require.js';
import { degradedBy, statusPayload } from './birth.js';
import { ConnectPlan, type Try } from './connect-plan.js';
import { Connection } from './connection.js';
import type { ConnectionCredentials, ConnectionEnd, ConnectionHandlers } from './connection-types.js';
import { parseHubUrl } from './hub-url.js';
import { Keyring } from './keyring.js';
import type { Mqtt } from './mqtt-client.js';
import type { ExpiringCertificate, HubLinkOptions, HubProblem } from './types.js';

/** A clock that was wrong is set at any moment: the certificate's dates are looked at again at least this often. */
const clockMendedMilliseconds = 4_000;

/** Why there is no connection. */
export interface WhyNot {
  readonly problem: HubProblem;
  /** For a person. */
  readonly detail: string;
}

export interface ConnectorHandlers extends Required<Omit<ConnectionHandlers, 'opened' | 'closed'>> {
  /**
   * A broker has let us in.
   * @param number of this CONNECT, as the will says it
   */
  opened(connection: Connection, number: number): void;
  /** The connection has ended, or a try: told first, before the next one is thought of. */
  closed(end: ConnectionEnd): void;
  /** There is none now, and for a while there will be none. */
  waiting(why: WhyNot): void;
  /** Another controller uses our identity: the pauses are long then. */
  isTwinSeen(): boolean;
  /** `expiring` may have changed. */
  expiringChanged(): void;
}

export class Connector {
  readonly #plan: ConnectPlan;
  readonly #keyring: Keyring;
  #mqtt: Mqtt | undefined;
  #running = false;
  #connection: Connection | undefined;
  #openedAtMilliseconds: number | undefined;
  #lastTry: Try | undefined;
  #pause: Timer | undefined;
  /** What was said of each broker since the last connection. */
  readonly #said = new Map<string, string>();

  /** Throws `hub.bad-url` (kind usage). Does nothing before `start`. */
  constructor(
    private readonly options: HubLinkOptions,
    private readonly handlers: ConnectorHandlers,
  ) {
    const { settings, clock, log, random = Math.random } = options;
    this.#plan = new ConnectPlan(settings.urls.map(parseHubUrl), random);
    this.#keyring = new Keyring(settings, clock, log, () => handlers.expiringChanged());
  }

  /** What is open, or about to be. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The broker connected to, or tried last; without user info. */
  get url(): string | undefined {
    return this.#lastTry?.target.url;
  }

  /** Certificates of ours that end within 30 days. */
  get expiring(): readonly ExpiringCertificate[] {
    return this.#keyring.expiring;
  }

  start(): void {
    this.#running = true;
    try {
      // Only here: a hall without a hub never loads it.
      this.#mqtt = requirePackage('mqtt') as typeof import('mqtt');
    } catch (error) {
      this.options.log.error({ error: String(error) }, 'hub: MQTT.js cannot be loaded');
      const detail = 'MQTT.js cannot be loaded: the installation is incomplete';
      this.handlers.waiting({ problem: 'lost', detail });
      return;
    }
    void this.#connect(this.#mqtt);
  }

  /** Makes no more connections; the one that stands is its owner's to close. */
  stop(): void {
    this.#running = false;
    this.#pause?.cancel();
    this.#keyring.stop();
  }

  async #connect(mqtt: Mqtt): Promise<void> {
    const { options, handlers } = this;
    if (!this.#running) return;
    const attempt = this.#plan.next();
    this.#lastTry = attempt;
    const { clientId, clock, log, topics, identity } = options;
    let credentials: ConnectionCredentials;
    try {
      credentials = await this.#keyring.read(attempt.target.url);
    } catch (error) {
      if (!this.#running) return;
      const words = (error as Error).message;
      this.#closed({ kind: 'refused', words, blamesUs: false }, clock.monotonicMilliseconds());
      return;
    }
    // Stopped while the disk was slow.
    if (!this.#running) return;
    const number = identity.nextConnection();
    const began = clock.monotonicMilliseconds();
    const will = {
      topic: topics.status,
      payload: statusPayload('lost', identity, number, degradedBy(attempt.protocol), clock),
    };
    const { reachMilliseconds } = this.#plan;
    const connection: Connection = new Connection(
      mqtt,
      { ...attempt, credentials, clientId, will, reachMilliseconds },
      clock,
      log,
      {
        opened: () => this.#opened(connection, number),
        message: (message) => handlers.message(message),
        tooLarge: (message) => handlers.tooLarge(message),
        room: () => handlers.room(),
        closed: (end) => this.#closed(end, began),
      },
    );
    this.#connection = connection;
  }

  #opened(connection: Connection, number: number): void {
    const { clock, log } = this.options;
    this.#openedAtMilliseconds = clock.monotonicMilliseconds();
    this.#said.clear();
    const { protocol } = connection;
    const fields = { hub: this.url, protocol, connection: number, ...this.#keyring.taken() };
    log.info(fields, 'hub: connected');
    this.handlers.opened(connection, number);
  }

  #closed(end: ConnectionEnd, beganMilliseconds: number): void {
    const openedAtMilliseconds = this.#openedAtMilliseconds;
    this.#connection = undefined;
    this.#openedAtMilliseconds = undefined;
    this.handlers.closed(end);
    if (end.kind === 'ended') return;
    const wasOpen = openedAtMilliseconds !== undefined;
    if (!wasOpen && this.#keyring.refused(end)) {
      this.#connectAfter(this.#plan.failed('password', 0));
      return;
    }
    const now = this.options.clock.monotonicMilliseconds();
    const planned = wasOpen
      ? this.#plan.ended(end.kind, now - openedAtMilliseconds, this.handlers.isTwinSeen())
      : this.#plan.failed(end.kind, now - beganMilliseconds);
    const pause = end.wrongDates === true ? Math.min(planned, clockMendedMilliseconds) : planned;
    this.#say(end, wasOpen, pause);
    this.#connectAfter(pause);
    const detail = `${this.url ?? ''}: ${end.words}`;
    this.handlers.waiting({ problem: end.kind === 'refused' ? 'refused' : 'lost', detail });
  }

  /** Loudly once; the same again at each try, at one broker of several as well, is for whoever looks closely. */
  #say(end: ConnectionEnd, wasOpen: boolean, pauseMilliseconds: number): void {
    const { log } = this.options;
    const { url = '' } = this;
    const fields = { hub: url, reason: end.words, nextTrySeconds: Math.round(pauseMilliseconds / 100) / 10 };
    if (wasOpen) {
      log.warn(fields, 'hub: connection ended');
      return;
    }
    // Of dates the words have the time in them, which is never the same.
    const news = end.wrongDates === true ? 'wrong dates' : end.words;
    if (this.#said.get(url) === news) log.debug(fields, 'hub: no connection');
    else log.warn(fields, 'hub: no connection');
    this.#said.set(url, news);
  }

  #connectAfter(pauseMilliseconds: number): void {
    const mqtt = this.#mqtt;
    if (!this.#running || mqtt === undefined) return;
    this.#pause = this.options.clock.after(
      'hub.reconnect',
      pauseMilliseconds,
      () => void this.#connect(mqtt),
    );
  }
}
