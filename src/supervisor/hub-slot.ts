/**
 * The place of the hub link: there may be none, and another one after a change of configuration. What should stand at
 * the hub is kept here meanwhile.
 */
import { createHubLink, type HubLink } from '../hub/link.js';
import type { RawCommand } from '../hub/types.js';
import type { Clock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import type { Health, Reply } from '../protocols/hub/payloads.js';
import { clientIdOf, type Topics } from '../protocols/hub/topics.js';
import type { Outbox, StoredEvent } from '../store/types.js';
import { HubFaults } from './conditions.js';
import type { Configuration } from './config/schema.js';
import type { FaultBook } from './fault-book.js';
import { readHubSettings } from './hub-settings.js';

/** A file on a disk that hangs may take for ever; then people are told. */
const filesMilliseconds = 10_000;

export interface HubSlotOptions {
  readonly topics: Topics;
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly faults: FaultBook;
  readonly identity: { readonly session: number; readonly version: string; readonly startedAt: string };
  readonly onCommand: (command: RawCommand) => void;
}

export class HubSlot {
  #link: HubLink | undefined;
  #connection = 0;
  #bookComplete = false;
  #using: Promise<void> = Promise.resolve();
  #stopped = false;
  readonly #retained = new Map<string, object>();
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
    const { topics, clock, log, outbox, faults, identity, onCommand } = this.options;
    await this.#link?.stop();
    this.#link = undefined;
    if (hub === undefined) {
      this.#hubFaults.none();
      return;
    }
    const refused = (reason: string) => {
      log.error({}, reason);
      faults.raise({ device: 'controller', code: 'controller.hub-refused', evidence: { reason } });
    };
    const late = clock.after('hub files', filesMilliseconds, () =>
      refused('the files that hub names cannot be read: the disk does not answer'),
    );
    try {
      const settings = await readHubSettings(hub);
      if (this.#stopped) return;
      this.#link = createHubLink({
        settings,
        topics,
        clientId: clientIdOf(hall, controller),
        clock,
        log: log.child({ part: 'hub' }),
        outbox,
        identity: { ...identity, configRevision: () => 0, nextConnection: () => ++this.#connection },
        onCommand,
        onChange: (condition) => this.#hubFaults.look(condition),
      });
    } catch (thrown) {
      refused(asHallwardError(thrown, 'hub.unusable').message);
      return;
    } finally {
      late.cancel();
    }
    for (const [topic, payload] of this.#retained) this.#link.setRetained(topic, payload);
    this.#link.start();
    if (this.#bookComplete) this.#link.bookComplete();
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

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#hubFaults.stop();
    await this.#link?.stop();
  }
}
