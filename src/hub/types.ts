/** What the owner of the link gives and gets. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { EventType } from '../protocols/hub/events.js';
import type { Topics } from '../protocols/hub/topics.js';
import type { Outbox } from '../store/types.js';

/** Who we are to the broker, and whom we trust. Contents, not paths. */
export interface HubCredentials {
  readonly username?: string;
  /** Tried in this order: the next where the broker refuses one. Empty: none is needed. */
  readonly passwords: readonly string[];
  /** PEM. Without it the machine's own trusted certificates count. */
  readonly ca?: string;
  /** PEM, both or none: mutual TLS. */
  readonly cert?: string;
  readonly key?: string;
}

/** How to reach the hub. */
export interface HubSettings {
  /** `mqtt://host[:1883]` or `mqtts://host[:8883]`, tried in order. */
  readonly urls: readonly string[];
  /** As in the credentials, for words about it. */
  readonly username?: string;
  /**
   * What counts now: asked at each attempt to connect, so that what was changed on disk needs no restart. Rejects with
   * a `HallwardError` in words for a person; it is asked again at the next attempt.
   */
  credentials(): Promise<HubCredentials>;
}

/** Who we are for the hub. */
export interface HubIdentity {
  /** Grows with each start. */
  readonly session: number;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** The revision of the running configuration, asked at each status message. */
  configRevision(): number;
  /** The number of the CONNECT that is about to be made; grows as long as the session lasts. */
  nextConnection(): number;
}

/** A command as it came; nothing in it is checked yet. */
export interface RawCommand {
  /** Last level of the topic. */
  readonly name: string;
  /** Empty where `tooLarge`. */
  readonly payload: Uint8Array;
  /** It stood at the broker: to be refused, never carried out. */
  readonly retained: boolean;
  /** More than a command of its name may have (`largestCommandBytes`); the payload was let go. */
  readonly tooLarge: boolean;
  readonly responseTopic?: string;
}

/**
 * What is wrong.
 * - `lost`: no connection, for a reason of the network or the broker's own.
 * - `refused`: the broker, or TLS, says no to the connection, a subscription, or what we publish.
 * - `not-listening`: connected, but nobody subscribes to some of our events.
 * - `duplicate-identity`: another controller uses our identity.
 */
export type HubProblem = 'lost' | 'refused' | 'not-listening' | 'duplicate-identity';

/** An event type that the hub does not take at the moment. Its events are kept. */
export interface HeldType {
  readonly type: EventType;
  /** 0x10: no matching subscribers; 0x80 and above: refused; 0: the broker closes the connection over it. */
  readonly reasonCode: number;
  readonly reason: string;
}

export interface HubCondition {
  /** The broker has acknowledged (or refused) our birth on a connection that stands. */
  readonly connected: boolean;
  readonly protocol?: 5 | 4;
  /** The broker connected to, or tried last; without user info. */
  readonly url?: string;
  /** Monotonic time at which `connected` or `problem` last changed. */
  readonly sinceMonotonicMilliseconds: number;
  readonly problem?: HubProblem;
  /** For a person: host, what happened, reason code. Never a secret. */
  readonly detail: string;
  readonly heldTypes: readonly HeldType[];
  /** What cannot hold on this broker, as in `status.degraded`. */
  readonly degraded: readonly string[];
  /** Certificates of ours that end soon; absent: none. */
  readonly expiring?: readonly ExpiringCertificate[];
}

/** A certificate of ours that ends within 30 days, or has ended. */
export interface ExpiringCertificate {
  /** The setting that names its file. */
  readonly setting: 'hub.ca' | 'hub.cert';
  /** Whole days from now; negative: it has ended. */
  readonly days: number;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** What an MQTT 3.1.1 broker cannot give, in the stable words of `status.degraded`. */
export const degradations = {
  'no-subscriber-unnoticed': 'PUBACK has no reason: events that nobody subscribes to count as delivered',
  'refusal-unnoticed': 'PUBACK has no reason: a message that the broker may not take counts as taken',
  'retain-flag-unseen': 'a command published as retained while we listen looks like any other',
  'status-never-expires': 'messages do not expire: after a silent end of the broker an old status may stay',
} as const;

export interface HubLinkOptions {
  readonly settings: HubSettings;
  readonly topics: Topics;
  readonly clientId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly identity: HubIdentity;
  readonly onCommand: (command: RawCommand) => void;
  /** Told after each change of `condition`. */
  readonly onChange: (condition: HubCondition) => void;
  /**
   * The desired configuration, each time it arrives; subscribed to only where this is given. `undefined`: it is larger
   * than anything that is taken (5 MiB), and was passed over.
   */
  readonly onDesired?: (payload: Uint8Array | undefined) => void;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}
