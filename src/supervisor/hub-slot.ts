/**
 * The place of the hub link: there may be none, and another one after a change of configuration. What should stand at
 * the hub is kept here meanwhile.
 */
import { createHubLink, type HubLink } from '../hub/link.js';
import type { Heard, ListenOptions } from '../hub/listening.js';
import type { HubLinkOptions, HubProblem, RawCommand } from '../hub/types.js';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import type { Health, Reply } from '../protocols/hub/payloads.js';
import { clientIdOf, type Topics } from '../protocols/hub/topics.js';
import type { Outbox, StoredEvent } from '../store/types.js';
import { HubFaults } from './conditions.js';
import type { Configuration } from './config/schema.js';
import type { FaultBook } from './fault-book.js';
import type { HallLine } from './hall-line.js';
import { readHubSettings } from './hub-settings.js';

/** What is needed of a link: of the real one, or of a hub in the same process. */
export type HubLine = Pick<HubLink, Exclude<keyof HubLink, 'condition'>>;
/** Makes the link to the hub; it does nothing before its `start`. */
export type LinkHub = (options: HubLinkOptions) => HubLine;

export interface HubSlotOptions {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly faults: FaultBook;
  readonly identity: { readonly session: number; readonly version: string; readonly startedAt: string };
  readonly onCommand: (command: RawCommand) => void;
  /** The desired configuration, each time it arrives; `undefined`: it is far too large. */
  readonly onDesired: (payload: Uint8Array | undefined) => void;
  /** The revision of the running configuration. */
  readonly configRevision: () => number;
  /** The link over MQTT if absent. */
  readonly linkHub?: LinkHub | undefined;
}

interface Ear {
  readonly filter: string;
  readonly heard: (message: Heard) => void;
  readonly options: ListenOptions;
  stop: (() => void) | undefined;
}

export class HubSlot implements HallLine {
  #link: HubLine | undefined;
  #connection = 0;
  #bookComplete = false;
  #using: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #retained = new Map<string, object>();
  readonly #ears = new Set<Ear>();
  readonly #connected = new Listeners<[boolean]>();
  #isConnected = false;
  #problem: HubProblem | undefined;
  readonly #hubFaults: HubFaults;

  constructor(private readonly options: HubSlotOptions) {
    this.#hubFaults = new HubFaults(options.clock, options.faults);
  }

  /** What should stand on a topic from now on; `null` clears it. */
  setRetained(topic: string, payload: object | null): void {
    if (payload === null) this.#retained.delete(topic);
    else this.#retained.set(topic, payload);
    this.#link?.setRetained(topic, payload);
  }

  /** Everything that should stand has been set once: what else stands at the hub is an old ghost. */
  bookComplete(): void {
    this.#bookComplete = true;
    this.#link?.bookComplete();
  }

  /**
   * Links to the configured hub, or to none, after what was asked before. A hub that cannot be used is a fault and no
   * error. Nobody need wait for it: the hall does not.
   */
  use(configuration: Configuration): Promise<void> {
    this.#using = this.#using.then(() => this.#use(configuration));
    return this.#using;
  }

  async #use({ hall, controller, hub }: Configuration): Promise<void> {
    const { topics, clock, log, outbox, faults, identity, linkHub = createHubLink } = this.options;
    const { onCommand, onDesired, configRevision } = this.options;
    await this.#link?.stop();
    this.#link = undefined;
    this.#problem = undefined;
    this.#tellConnected(false);
    if (hub === undefined) {
      this.#hubFaults.none();
      return;
    }
    const refused = (reason: string) => {
      log.error({}, reason);
      faults.raise({ device: 'controller', code: 'controller.hub-refused', evidence: { reason } });
    };
    try {
      if (this.#stopped) return;
      // The files are read by the link at each attempt: one that cannot be read is tried again.
      const settings = readHubSettings(hub);
      this.#link = linkHub({
        settings,
        topics,
        clientId: clientIdOf(hall, controller),
        clock,
        log: log.child({ part: 'hub' }),
        outbox,
        identity: { ...identity, configRevision, nextConnection: () => ++this.#connection },
        onCommand,
        onDesired,
        onChange: (condition) => {
          this.#problem = condition.problem;
          this.#hubFaults.look(condition);
          this.#tellConnected(condition.connected);
        },
      });
    } catch (thrown) {
      refused(asHallwardError(thrown, 'hub.unusable').message);
      return;
    }
    for (const [topic, payload] of this.#retained) this.#link.setRetained(topic, payload);
    for (const ear of this.#ears) ear.stop = this.#link.listen(ear.filter, ear.heard, ear.options);
    this.#link.start();
    if (this.#bookComplete) this.#link.bookComplete();
  }

  /** The broker is there, and refuses something that we need. */
  get isRefusing(): boolean {
    return this.#problem === 'refused';
  }

  /** The status says something new: it is published again. */
  announce(): void {
    this.#link?.announce();
  }

  /** Whether the broker is there now. */
  get connected(): boolean {
    return this.#isConnected;
  }

  /** Told with each change of `connected`. Returns the function that stops listening. */
  onConnected(listener: (connected: boolean) => void): () => void {
    return this.#connected.add(listener);
  }

  /** Hears a topic of others, at whatever broker there is. Returns the function that ends it. */
  listen(filter: string, heard: (message: Heard) => void, options: ListenOptions = {}): () => void {
    const ear: Ear = { filter, heard, options, stop: this.#link?.listen(filter, heard, options) };
    this.#ears.add(ear);
    return () => {
      this.#ears.delete(ear);
      ear.stop?.();
    };
  }

  /** Sends to a topic of another controller, now or not at all. Rejects with `hub.lost`, `hub.refused`, `hub.busy`. */
  async send(topic: string, payload: object): Promise<void> {
    if (this.#link === undefined) throw new HallwardError('hub.lost', 'absent', 'There is no hub.');
    await this.#link.send(topic, payload);
  }

  /** Publishes with QoS 0, where there is a broker now. */
  publishOnce(topic: string, payload: object): void {
    this.#link?.publishOnce(topic, payload);
  }

  publishReply(reply: Reply): void {
    this.#link?.publishReply(this.options.topics.reply(reply.id), reply);
  }

  publishHealth(health: Health): void {
    this.#link?.publishHealth(health);
  }

  /** Sends a kept event again. Rejects with `hub.lost` where it cannot be known that the hub has it. */
  async sendAgain(event: StoredEvent): Promise<void> {
    if (this.#link === undefined) throw new HallwardError('hub.lost', 'absent', 'There is no hub.');
    await this.#link.sendAgain(event);
  }

  #tellConnected(connected: boolean): void {
    if (this.#isConnected === connected) return;
    this.#isConnected = connected;
    this.#connected.tell(connected);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hubFaults.stop();
    await this.#link?.stop();
  }
}
