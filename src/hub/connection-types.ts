/** What a connection is given and tells. */
import type { HubTarget } from './hub-url.js';
import type { HubSettings } from './types.js';

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
}

export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
  readonly responseTopic?: string;
}

export interface ConnectionHandlers {
  /** CONNACK says yes. */
  opened(): void;
  message(message: IncomingMessage): void;
  /** There may be room for more; told once for many acknowledgements. */
  room(): void;
  /** Told exactly once, also for a connection that never opened. */
  closed(end: ConnectionEnd): void;
}

export interface ConnectionOptions {
  readonly target: HubTarget;
  readonly settings: HubSettings;
  readonly protocol: 5 | 4;
  readonly clientId: string;
  /** Absent for who only listens. */
  readonly will?: { readonly topic: string; readonly payload: string };
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
