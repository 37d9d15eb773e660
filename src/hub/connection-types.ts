/** What a connection is given and tells. */
import type { HubTarget } from './hub-url.js';
import type { HubCredentials } from './types.js';

/** Why a connection ended. */
export interface ConnectionEnd {
  /**
   * `version`: this MQTT version is refused. `silent`: closed or garbled before CONNACK, as old brokers do on a
   * version they do not know. `taken-over`: somebody connected with our client id. `ended`: by ourselves.
   */
  readonly kind: 'lost' | 'refused' | 'version' | 'silent' | 'taken-over' | 'ended';
  readonly words: string;
  readonly reasonCode?: number;
  /** The broker's DISCONNECT blames something that we sent. */
  readonly blamesUs: boolean;
  /** The broker closed the open connection without saying why. */
  readonly unexplained?: boolean;
  /** Only the dates of its certificate were complained of: that may pass as soon as our clock is right. */
  readonly wrongDates?: boolean;
}

/** What one connection is made with: one password of those there are. */
export type ConnectionCredentials = Omit<HubCredentials, 'passwords'> & { readonly password?: string };

export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly responseTopic?: string;
}

/** A message that is larger than a connection takes: its payload was let go while it came. */
export interface OversizedMessage {
  readonly topic: string;
  /** Of its payload; with MQTT 5 together with its properties. */
  readonly bytes: number;
  readonly retain: boolean;
}

export interface ConnectionHandlers {
  /** CONNACK says yes. */
  opened(): void;
  message(message: IncomingMessage): void;
  /** Absent: nobody needs to know. */
  tooLarge?(message: OversizedMessage): void;
  /** There may be room for more; told once for many acknowledgements. */
  room(): void;
  /** Told exactly once, also for a connection that never opened. */
  closed(end: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly target: HubTarget;
  readonly credentials: ConnectionCredentials;
  readonly protocol: 5 | 4;
  readonly clientId: string;
  /** Absent for who only listens. */
  readonly will?: {
    readonly topic: string;
    readonly payload: string;
    /** Stands at the broker afterwards; true if absent. */
    readonly retain?: boolean;
  };
  /** For the TCP connection alone. */
  readonly reachMilliseconds: number;
}

export interface Subscription {
  readonly filter: string;
  /** MQTT 5: the retain flag comes as it was published, not only for what stood at the broker. */
  readonly retainAsPublished?: boolean;
  /** A broker may say no: that is logged, and the hub counts as well all the same. */
  readonly optional?: boolean;
}
