/** Birth, will and death: the controller's status at the hub. */
import { type Clock, rfc3339, type Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { ControllerStatus } from '../protocols/hub/payloads.js';
import type { Publication, PublishPort } from './publish-port.js';
import { degradations, type HubIdentity } from './types.js';

const repeatMilliseconds = 10_000;
const expirySeconds = 25;
/** Between two births that somebody else's message on our topic makes us publish. */
const minimumRebirthMilliseconds = 1_000;

/** The status as it is published. */
export function statusPayload(
  state: ControllerStatus['state'],
  identity: HubIdentity,
  connection: number,
  degraded: readonly string[],
  clock: Clock,
): string {
  const status: ControllerStatus = {
    state,
    session: identity.session,
    connection,
    version: identity.version,
    configRevision: identity.configRevision(),
    startedAt: identity.startedAt,
    at: rfc3339(clock.wallMilliseconds()),
    ...(degraded.length === 0 ? {} : { degraded }),
  };
  return JSON.stringify(status);
}

/** What cannot hold with this version of MQTT. */
export function degradedBy(protocol: 5 | 4): readonly string[] {
  return protocol === 5 ? [] : Object.keys(degradations);
}

/** Keeps the status true on one connection. */
export class Birth {
  #flying = false;
  #wanted: 'online' | 'stopped' | undefined;
  #repeat: Timer | undefined;
  #again: Timer | undefined;
  #lastRebirth = Number.NEGATIVE_INFINITY;
  #stopped: ((reasonCode: number) => void) | undefined;

  /** @param answered the broker's answer to a birth. */
  constructor(
    private readonly port: PublishPort,
    private readonly topic: string,
    private readonly identity: HubIdentity,
    private readonly connection: number,
    private readonly protocol: 5 | 4,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly answered: (reasonCode: number) => void,
  ) {}

  /** Publishes `online` now, and on MQTT 5 every 10 s. */
  announce(): void {
    if (this.#stopped !== undefined) return;
    this.#wanted = 'online';
    if (this.protocol === 5) {
      this.#repeat?.cancel();
      this.#repeat = this.clock.after('hub.birth', repeatMilliseconds, () => this.announce());
    }
    this.go();
  }

  /** Something else stands on our topic while we live. */
  overwritten(): void {
    if (this.#again !== undefined || this.#stopped !== undefined) return;
    const wait = this.#lastRebirth + minimumRebirthMilliseconds - this.clock.monotonicMilliseconds();
    if (wait > 0) {
      this.#again = this.clock.after('hub.rebirth', wait, () => {
        this.#again = undefined;
        this.overwritten();
      });
      return;
    }
    this.#lastRebirth = this.clock.monotonicMilliseconds();
    this.log.warn({}, 'hub: our status was overwritten; it is published again');
    this.announce();
  }

  /** Publishes `stopped`; `done` gets the broker's answer. */
  stop(done: (reasonCode: number) => void): void {
    this.end();
    this.#stopped = done;
    this.#wanted = 'stopped';
    this.go();
  }

  /** The connection is over. */
  end(): void {
    this.#repeat?.cancel();
    this.#again?.cancel();
    this.#again = undefined;
  }

  /** Sends what is wanted, if there is room. */
  go(): void {
    const state = this.#wanted;
    if (state === undefined || this.#flying || !this.port.hasRoom('state')) return;
    this.#wanted = undefined;
    this.#flying = true;
    const publication: Publication = {
      sentAtMilliseconds: 0,
      acknowledged: (reasonCode) => {
        this.#flying = false;
        if (state === 'stopped') this.#stopped?.(reasonCode);
        else this.answered(reasonCode);
        this.go();
      },
    };
    const degraded = degradedBy(this.protocol);
    const payload = statusPayload(state, this.identity, this.connection, degraded, this.clock);
    const expires = state === 'online' && this.protocol === 5;
    this.port.publish(
      this.topic,
      payload,
      { retain: true, ...(expires ? { expirySeconds } : {}) },
      publication,
    );
  }
}
