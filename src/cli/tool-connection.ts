/** A tool's connection to the hub: the addresses in turn until one takes it, and again by itself where it breaks. */
import { randomBytes } from 'node:crypto';
import { plain } from '../hub/broker-words.js';
import { ConnectPlan, type TryEnd } from '../hub/connect-plan.js';
import { Connection, type Mqtt } from '../hub/connection.js';
import type { ConnectionCredentials, ConnectionEnd, IncomingMessage } from '../hub/connection-types.js';
import { type HubTarget, parseHubUrl } from '../hub/hub-url.js';
import { Keyring } from '../hub/keyring.js';
import type { HubSettings } from '../hub/types.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { silentLog } from '../kernel/log.js';
import { requirePackage } from '../kernel/require.js';

/** The first connection must come about within this. */
const reachMilliseconds = 5_000;
const stopMilliseconds = 600;

export interface ToolConnectionOptions {
  readonly settings: HubSettings;
  readonly clock: Clock;
  /** Stands in the client id, so that the broker's log says which tool it was: `config`. */
  readonly tool: string;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

/** What the tool is told. */
export interface ToolConnectionEvents {
  /** The broker has taken it, for the first time or again; nothing is subscribed to yet. */
  opened(connection: Connection): void;
  message(message: IncomingMessage): void;
  /** An open connection is gone. */
  lost?(): void;
}

export class ToolConnection {
  readonly #plan: ConnectPlan;
  readonly #keyring: Keyring;
  readonly #targets: readonly HubTarget[];
  readonly #mqtt: Mqtt;
  #connection: Connection | undefined;
  #openedAtMilliseconds: number | undefined;
  #url: string;
  #detail = '';
  /** Addresses that refused us, or could not be reached, before the first connection. */
  #refused = 0;
  #missed = 0;
  #closing = false;
  #ended: (() => void) | undefined;
  #giveUp: Timer | undefined;
  #pause: Timer | undefined;
  #told: { readonly resolve: () => void; readonly reject: (error: HallwardError) => void } | undefined;

  /** Throws `hub.bad-url` (usage). */
  constructor(
    private readonly options: ToolConnectionOptions,
    private readonly events: ToolConnectionEvents,
  ) {
    const { settings, clock, random = Math.random } = options;
    this.#targets = settings.urls.map(parseHubUrl);
    this.#plan = new ConnectPlan(this.#targets, random);
    this.#keyring = new Keyring(settings, clock, silentLog, () => {});
    this.#url = this.#targets[0]!.url;
    this.#mqtt = requirePackage('mqtt') as typeof import('mqtt');
  }

  /**
   * Connects, and goes on for ever once that has worked; MQTT 3.1.1 where 5 is not spoken. Rejects with
   * `hub.unreachable` (absent) or `hub.refused` (refused), and has ended then.
   */
  async open(): Promise<void> {
    const words = `no answer within ${reachMilliseconds / 1000} s`;
    this.#giveUp = this.options.clock.after('hub: reach it', reachMilliseconds, () =>
      this.#fail('hub.unreachable', 'absent', this.#detail || words),
    );
    try {
      await new Promise<void>((resolve, reject) => {
        this.#told = { resolve, reject };
        void this.#connect();
      });
    } catch (error) {
      void this.close();
      throw error;
    } finally {
      this.#giveUp.cancel();
    }
  }

  /** The broker connected to, or tried last. */
  get url(): string {
    return this.#url;
  }

  /** The connection, while it is open. */
  get current(): Connection | undefined {
    return this.#openedAtMilliseconds === undefined ? undefined : this.#connection;
  }

  /** Why the last one did not come about, or ended; empty while one is open. */
  get detail(): string {
    return this.#detail;
  }

  /** Ends. Resolves within a second, whatever the hub does. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#keyring.stop();
    this.#giveUp?.cancel();
    this.#pause?.cancel();
    const connection = this.#connection;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      this.#pause = this.options.clock.after('hub: say goodbye', stopMilliseconds, resolve);
      connection.close(true);
    });
    this.#pause?.cancel();
  }

  async #connect(): Promise<void> {
    if (this.#closing) return;
    const { clock, tool } = this.options;
    const attempt = this.#plan.next();
    const began = clock.monotonicMilliseconds();
    this.#url = attempt.target.url;
    let credentials: ConnectionCredentials;
    try {
      credentials = await this.#keyring.read(attempt.target.url);
    } catch (error) {
      this.#closed({ kind: 'refused', words: (error as Error).message, blamesUs: false }, began);
      return;
    }
    if (this.#closing) return;
    const connection = new Connection(
      this.#mqtt,
      {
        ...attempt,
        credentials,
        clientId: `hallward-${tool}-${randomBytes(6).toString('hex')}`,
        reachMilliseconds: this.#plan.reachMilliseconds,
      },
      clock,
      silentLog,
      {
        opened: () => this.#opened(connection),
        message: (message) => this.events.message(message),
        room: () => {},
        closed: (end) => this.#closed(end, began),
      },
    );
    this.#connection = connection;
  }

  #opened(connection: Connection): void {
    this.#keyring.taken();
    this.#openedAtMilliseconds = this.options.clock.monotonicMilliseconds();
    this.#detail = '';
    this.events.opened(connection);
    this.#told?.resolve();
    this.#told = undefined;
  }

  #closed(end: ConnectionEnd, began: number): void {
    const { clock } = this.options;
    const openedAt = this.#openedAtMilliseconds;
    this.#connection = undefined;
    this.#openedAtMilliseconds = undefined;
    this.#ended?.();
    if (this.#closing) return;
    if (openedAt === undefined && this.#keyring.refused(end)) {
      const pause = this.#plan.failed('password', 0);
      this.#pause = clock.after('hub: next password', pause, () => void this.#connect());
      return;
    }
    this.#detail = plain(end.words);
    if (openedAt !== undefined) this.events.lost?.();
    if (end.kind === 'refused' && this.#told !== undefined && ++this.#refused >= this.#targets.length) {
      this.#fail('hub.refused', 'refused', end.words, end.reasonCode);
      return;
    }
    // Who waits at a prompt is told at once; the time-out is for what gives no answer at all.
    if (end.kind === 'lost' && this.#told !== undefined && ++this.#missed >= this.#targets.length) {
      this.#fail('hub.unreachable', 'absent', this.#detail);
      return;
    }
    const kind: TryEnd = end.kind === 'ended' ? 'lost' : end.kind;
    const now = clock.monotonicMilliseconds();
    const pause =
      openedAt === undefined
        ? this.#plan.failed(kind, now - began)
        : this.#plan.ended(kind, now - openedAt, false);
    this.#pause = clock.after('hub: reconnect', pause, () => void this.#connect());
  }

  #fail(code: string, kind: 'absent' | 'refused', words: string, reasonCode?: number): void {
    const evidence = { url: this.#url, ...(reasonCode === undefined ? {} : { reasonCode }) };
    this.#told?.reject(new HallwardError(code, kind, words, evidence));
    this.#told = undefined;
  }
}
