/**
 * One CONNECT to its close, over MQTT.js. Nothing of it lives longer: no reconnecting, no resending, no offline
 * queue of MQTT.js is used. What was in flight at the close is in doubt, and its owners send it again.
 */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { MqttClient } from 'mqtt';
import { type Clock, rfc3339, type Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { plain } from './broker-words.js';
import { wrongDatesOf } from './certificate-dates.js';
import { type DatesKnown, endByClose, endByDisconnect, endByError } from './connection-end.js';
import type {
  ConnectionEnd,
  ConnectionHandlers,
  ConnectionOptions,
  Subscription,
} from './connection-types.js';
import { openHubStream, readThrough } from './hub-stream.js';
import { IncomingLimit } from './incoming-limit.js';
import { type Mqtt, mqttClient, publishOptions } from './mqtt-client.js';
import { Patience } from './patience.js';
import type { MessageOptions, Publication, PublishPort } from './publish-port.js';

export type { Mqtt } from './mqtt-client.js';

/** A larger packet is passed over, if it is a message. The largest that is of use is what a leader says of a long queue. */
const maximumIncomingBytes = 5 * 1024 * 1024;
/** At most this many of ours in flight, whatever the broker allows. Measured: more brings little, doubts more. */
const maximumInFlight = 256;
/** Bytes that may wait in the socket before publishing pauses. */
const maximumBufferedBytes = 256 * 1024;
const connackMilliseconds = 10_000;

export class Connection implements PublishPort {
  readonly protocol: 5 | 4;
  #client: MqttClient | undefined;
  #stream: Socket | undefined;
  /** TCP, and TLS where it is used, stand. */
  #reached = false;
  #opened = false;
  #closed = false;
  /** Set when we end it ourselves: the reason for what follows. */
  #end: ConnectionEnd | undefined;
  readonly #flying = new Map<number, Publication>();
  readonly #oldestFlying = () => oldestOf(this.#flying.values())?.sentAtMilliseconds;
  #limit = 1;
  #reserved = 0;
  #largestOutgoing = Number.POSITIVE_INFINITY;
  #roomTold = true;
  /** Of the broker's certificate, where it is not valid now. */
  #wrongDates: ReturnType<typeof wrongDatesOf>;
  #openingTimer: Timer | undefined;
  #closingTimer: Timer | undefined;
  /** When each SUBSCRIBE went out that is not answered yet. */
  readonly #subscribing = new Set<{ readonly atMilliseconds: number }>();
  readonly #patience: Patience;

  constructor(
    mqtt: Mqtt,
    options: ConnectionOptions,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.protocol = options.protocol;
    this.#patience = new Patience(clock, {
      lost: (words) => this.#drop('lost', words),
      sign: () =>
        this.#guarded(() => {
          if (!this.#opened || this.#closed) return;
          this.#client?.sendPing();
          this.#client?.reschedulePing(true);
        }),
    });
    let stream: Socket;
    try {
      stream = openHubStream(options.target, options.credentials);
    } catch (thrown) {
      const words = plain((thrown as Error).message);
      queueMicrotask(() => this.#finish({ kind: 'refused', words, blamesUs: false }));
      return;
    }
    this.#stream = stream;
    readThrough(stream, this.#limitIncoming(stream));
    this.#client = mqttClient(mqtt, stream, options);
    this.#follow(this.#client);
    this.#openingTimer = clock.after('hub.reach', options.reachMilliseconds, () =>
      this.#drop('lost', `no answer within ${options.reachMilliseconds / 1000} s`),
    );
    stream.once('connect', () => {
      this.#openingTimer?.cancel();
      this.#openingTimer = clock.after('hub.connack', connackMilliseconds, () =>
        this.#drop('lost', `connected, but no CONNACK within ${connackMilliseconds / 1000} s`),
      );
    });
    // Before Node judges the certificate: a socket that it destroys has none to look at any more.
    if (stream instanceof TLSSocket) {
      stream.prependOnceListener('secure', () => {
        this.#wrongDates = wrongDatesOf(stream.getPeerCertificate(true), clock.wallMilliseconds());
      });
    }
    stream.once(options.target.tls ? 'secureConnect' : 'connect', () => {
      this.#reached = true;
    });
    stream.on('drain', () => this.#tellRoom());
  }

  hasRoom(kind: 'event' | 'state'): boolean {
    if (!this.#opened || this.#closed || this.#stream === undefined) return false;
    const limit = kind === 'event' ? this.#limit - this.#reserved : this.#limit;
    if (this.#flying.size >= limit) return false;
    return !(this.#stream.writableNeedDrain && this.#stream.writableLength > maximumBufferedBytes);
  }

  publish(topic: string, payload: string, options: MessageOptions, publication: Publication): void {
    const client = this.#client;
    if (client === undefined || !this.#opened || this.#closed) return;
    // UTF-8 takes at most three bytes for each unit; the rest of a packet of ours is far below 128 bytes.
    if ((topic.length + payload.length) * 3 + 128 > this.#largestOutgoing) {
      const bytes = Buffer.byteLength(topic) + Buffer.byteLength(payload) + 128;
      if (bytes > this.#largestOutgoing) {
        queueMicrotask(() => this.#guarded(() => publication.acknowledged(0x95)));
        return;
      }
    }
    publication.sentAtMilliseconds = this.clock.monotonicMilliseconds();
    client.publish(topic, payload, publishOptions(this.protocol, options, 1), ignore);
    this.#flying.set(client.getLastMessageId(), publication);
    this.#patience.expect('acknowledgement', this.#oldestFlying);
  }

  /** Sends with QoS 0, or not at all if the socket is full. */
  publishOnce(topic: string, payload: string): void {
    if (!this.#opened || this.#closed || this.#stream?.writableNeedDrain !== false) return;
    this.#client?.publish(topic, payload, publishOptions(this.protocol, {}, 0), ignore);
  }

  /**
   * Subscribes with QoS 1. `answered` gets the code of each filter (0x80 and above: refused); it is not called
   * when the connection ends first.
   */
  subscribe(subscriptions: readonly Subscription[], answered: (codes: readonly number[]) => void): void {
    if (this.#client === undefined || this.#closed) return;
    const map = Object.fromEntries(
      subscriptions.map(({ filter, retainAsPublished = false }) => [
        filter,
        // Retain handling 0: what stands at the broker is sent, so that a retained command is seen and refused.
        this.protocol === 5 ? { qos: 1 as const, rap: retainAsPublished, rh: 0 } : { qos: 1 as const },
      ]),
    );
    const question = { atMilliseconds: this.clock.monotonicMilliseconds() };
    this.#subscribing.add(question);
    this.#patience.expect('SUBACK', () => oldestOf(this.#subscribing)?.atMilliseconds);
    this.#client.subscribe(map, (_error, _granted, packet) => {
      this.#subscribing.delete(question);
      if (packet === undefined || this.#closed) return;
      this.#guarded(() => answered(packet.granted.map(Number)));
    });
  }

  unsubscribe(filters: readonly string[]): void {
    if (!this.#closed) this.#client?.unsubscribe([...filters], ignore);
  }

  /**
   * Ends the connection.
   * @param orderly says DISCONNECT, so that the broker lets the will go; otherwise it publishes the will.
   */
  close(orderly: boolean): void {
    if (this.#closed) return;
    this.#end ??= { kind: 'ended', words: 'ended by ourselves', blamesUs: false };
    if (!orderly || !this.#opened || this.#client === undefined) {
      this.#finish(this.#end);
      return;
    }
    // What MQTT.js still waits for would make it wait with DISCONNECT, too.
    for (const messageId of this.#flying.keys()) this.#client.removeOutgoingMessage(messageId);
    this.#closingTimer = this.clock.after('hub.disconnect', 500, () =>
      this.#finish(this.#end as ConnectionEnd),
    );
    this.#client.end(false, this.protocol === 5 ? { reasonCode: 0 } : {}, ignore);
  }

  /** Passes over messages that are too large, before MQTT.js has collected them. */
  #limitIncoming(stream: Socket): IncomingLimit {
    return new IncomingLimit(maximumIncomingBytes, {
      tooLarge: (message) => {
        if (!this.#closed) this.#guarded(() => this.handlers.tooLarge?.(message));
      },
      // PUBACK (section 3.4). MQTT.js writes whole packets, so it may come between any two of them.
      acknowledge: (packetId) => stream.write(Uint8Array.of(0x40, 2, packetId >> 8, packetId & 0xff)),
      refused: () => this.#drop('lost', 'a packet too large'),
      goesOn: () => this.#patience.goesOn(),
    });
  }

  #follow(client: MqttClient): void {
    client.on('connect', (connack) => this.#guarded(() => this.#open(connack.properties)));
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'publish' && packet.qos === 2)
        this.#drop('lost', 'a message with QoS 2, never asked for');
      if (packet.cmd !== 'puback' || packet.messageId === undefined) return;
      const publication = this.#flying.get(packet.messageId);
      if (publication === undefined) return;
      this.#flying.delete(packet.messageId);
      this.#guarded(() => publication.acknowledged(packet.reasonCode ?? 0));
      this.#tellRoom();
    });
    client.on('message', (topic, payload, packet) => {
      if (this.#closed) return;
      const responseTopic = packet.properties?.responseTopic;
      const message = { topic, payload, retain: packet.retain };
      this.#guarded(() =>
        this.handlers.message(responseTopic === undefined ? message : { ...message, responseTopic }),
      );
    });
    client.on('disconnect', ({ reasonCode = 0, properties }) =>
      this.#finish(endByDisconnect(reasonCode, properties?.reasonString)),
    );
    client.on('error', (error) => this.#finish(endByError(error, this.#progress, () => this.#datesKnown())));
    client.on('close', () => this.#finish(endByClose(this.#progress)));
  }

  get #progress() {
    return { reached: this.#reached, opened: this.#opened };
  }

  #datesKnown(): DatesKnown {
    const now = rfc3339(this.clock.wallMilliseconds());
    return { dates: this.#wrongDates, now, clockIsTrusted: this.clock.quality() !== 'untrusted' };
  }

  #open(properties: { receiveMaximum?: number; maximumPacketSize?: number } | undefined): void {
    if (this.#closed) return;
    this.#openingTimer?.cancel();
    this.#opened = true;
    this.#limit = Math.max(1, Math.min(maximumInFlight, properties?.receiveMaximum ?? maximumInFlight));
    this.#reserved = Math.min(8, Math.floor(this.#limit / 4));
    this.#largestOutgoing = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.#roomTold = false;
    this.handlers.opened();
  }

  #tellRoom(): void {
    if (this.#roomTold || this.#closed) return;
    this.#roomTold = true;
    // All packets of one read are handled before the microtask runs: one filling for many acknowledgements.
    queueMicrotask(() => {
      this.#roomTold = false;
      if (!this.#closed) this.#guarded(() => this.handlers.room());
    });
  }

  #drop(kind: 'lost', words: string): void {
    this.#finish({ kind, words, blamesUs: false });
  }

  #finish(end: ConnectionEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#openingTimer?.cancel();
    this.#closingTimer?.cancel();
    this.#patience.stop();
    this.#client?.end(true);
    this.#stream?.destroy();
    this.#flying.clear();
    this.#guarded(() => this.handlers.closed(this.#end ?? end));
  }

  /** An error of ours in a handler must not unwind through MQTT.js: it is said, and the link goes on. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.log.error({ error: (error as Error).stack }, 'hub: a handler failed');
    }
  }
}

/** The first of what is kept in the order of sending, as sets and maps do. */
function oldestOf<T>(sent: Iterable<T>): T | undefined {
  for (const one of sent) return one;
  return undefined;
}

function ignore(): void {}
