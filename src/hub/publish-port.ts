/** The little of a connection that publishers need; what they are tested against. */

/** One message on its way with QoS 1. An object rather than a callback: thousands a second are made. */
export interface Publication {
  /** Set by the port at sending. */
  sentAtMilliseconds: number;
  /**
   * The broker's answer: 0 taken, 0x10 taken but nobody subscribes, 0x80 and above refused. Told at most once; if
   * the connection ends first it is never told, and the message is in doubt.
   */
  acknowledged(reasonCode: number): void;
}

export interface MessageOptions {
  readonly retain?: boolean;
  /** MQTT 5 only; left out on 3.1.1. */
  readonly expirySeconds?: number;
  /** MQTT 5 only; left out on 3.1.1. */
  readonly contentType?: string;
}

export interface PublishPort {
  /**
   * Whether one more QoS 1 message may be sent now: within the broker's receive maximum, and with the socket
   * taking data. A few places are kept free of `event`s for everything else. When room comes back, the owner of
   * the port is told.
   */
  hasRoom(kind: 'event' | 'state'): boolean;
  /** Sends with QoS 1. Only when there is room. */
  publish(topic: string, payload: string, options: MessageOptions, publication: Publication): void;
}
