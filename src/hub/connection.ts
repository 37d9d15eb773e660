/**
 * One CONNECT to its close, over MQTT.js. Nothing of it lives longer: no reconnecting, no resending, no offline
 * queue of MQTT.js is used. What was in flight at the close is in doubt, and its owners send it again.
 */
import type { Socket } from 'node:net';
import type { MqttClient } from 'mqtt';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { blamesUs, connackKind, connackWords, plain, reasonWords, socketError } from './broker-words.js';
import type {
  ConnectionEnd,
  ConnectionHandlers,
  ConnectionOptions,
  Subscription,
} from './connection-types.js';
import { openHubStream } from './hub-stream.js';
import type { MessageOptions, Publication, PublishPort } from './publish-port.js';

export type Mqtt = Pick<typeof import('mqtt'), 'MqttClient' | 'Store' | 'UniqueMessageIdProvider'>;

/** Both sides find a dead peer within one and a half times this. */
const keepAliveSeconds = 10;
/** Nothing larger is taken; MQTT 5 brokers are told so. */
const maximumIncomingBytes = 5 * 1024 * 1024;
/** At most this many of ours in flight, whatever the broker allows. Measured: more brings little, doubts more. */
const maximumInFlight = 256;
/** Bytes that may wait in the socket before publishing pauses. */
const maximumBufferedBytes = 256 * 1024;
const acknowledgementMilliseconds = 15_000;
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
  #limit = 1;
  #reserved = 0;
  #largestOutgoing = Number.POSITIVE_INFINITY;
  #unparsedBytes = 0;
  #roomTold = true;
  #openingTimer: Timer | undefined;
  #acknowledgementTimer: Timer | undefined;
  readonly #subscribing = new Set<Timer>();

  constructor(
    mqtt: Mqtt,
    private readonly options: ConnectionOptions,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly handlers: ConnectionHandlers,
  ) {
    this.protocol = options.protocol;
    let stream: Socket;
    try {
      stream = openHubStream(options.target, options.settings);
    } catch (thrown) {
      const words = `ca, cert or key cannot be used: ${plain((thrown as Error).message)}`;
      queueMicrotask(() => this.#finish({ kind: 'refused', words, blamesUs: false }));
      return;
    }
    this.#stream = stream;
    this.#client = this.#connect(mqtt, stream);
    this.#openingTimer = clock.after('hub.reach', options.reachMilliseconds, () =>
      this.#drop('lost', `no answer within ${options.reachMilliseconds / 1000} s`),
    );
    stream.once('connect', () => {
      this.#openingTimer?.cancel();
      this.#openingTimer = clock.after('hub.connack', connackMilliseconds, () =>
        this.#drop('lost', `connected, but no CONNACK within ${connackMilliseconds / 1000} s`),
      );
    });
    stream.once(options.target.tls ? 'secureConnect' : 'connect', () => {
      this.#reached = true;
    });
    stream.on('data', (chunk: Uint8Array) => {
      this.#unparsedBytes += chunk.length;
      if (this.#unparsedBytes > maximumIncomingBytes + 65536) this.#drop('lost', 'a packet too large');
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
    client.publish(topic, payload, this.#publishOptions(options, 1), ignore);
    this.#flying.set(client.getLastMessageId(), publication);
    this.#acknowledgementTimer ??= this.#awaitAcknowledgements(acknowledgementMilliseconds);
  }

  /** Sends with QoS 0, or not at all if the socket is full. */
  publishOnce(topic: string, payload: string): void {
    if (!this.#opened || this.#closed || this.#stream?.writableNeedDrain !== false) return;
    this.#client?.publish(topic, payload, this.#publishOptions({}, 0), ignore);
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
    const timer = this.clock.after('hub.suback', acknowledgementMilliseconds, () =>
      this.#drop('lost', `no SUBACK within ${acknowledgementMilliseconds / 1000} s`),
    );
    this.#subscribing.add(timer);
    this.#client.subscribe(map, (_error, _granted, packet) => {
      timer.cancel();
      this.#subscribing.delete(timer);
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
    this.clock.after('hub.disconnect', 500, () => this.#finish(this.#end as ConnectionEnd));
    this.#client.end(false, this.protocol === 5 ? { reasonCode: 0 } : {}, ignore);
  }

  #connect(mqtt: Mqtt, stream: Socket): MqttClient {
    const { settings, will, clientId } = this.options;
    const client = new mqtt.MqttClient(() => stream, {
      protocolVersion: this.protocol,
      clientId,
      clean: true,
      keepalive: keepAliveSeconds,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      connectTimeout: 60_000,
      // Its log would show passwords where DEBUG is set.
      log: ignore,
      messageIdProvider: new mqtt.UniqueMessageIdProvider(),
      // Packets may still be handled after the end, and the store that MQTT.js makes throws once it is closed.
      incomingStore: new mqtt.Store({ clean: false }),
      outgoingStore: new mqtt.Store({ clean: false }),
      ...(will === undefined
        ? {}
        : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } as const }),
      ...(settings.username === undefined ? {} : { username: settings.username }),
      ...(settings.password === undefined ? {} : { password: settings.password }),
      ...(this.protocol === 5
        ? { properties: { maximumPacketSize: maximumIncomingBytes, receiveMaximum: 64 } }
        : {}),
    });
    client.on('connect', (connack) => this.#guarded(() => this.#open(connack.properties)));
    client.on('packetreceive', (packet) => {
      this.#unparsedBytes = 0;
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
    client.on('disconnect', (packet) => this.#disconnected(packet.reasonCode ?? 0, packet.properties));
    client.on('error', (error) => this.#failed(error));
    client.on('close', () => {
      const words = this.#opened ? 'the broker closed the connection' : 'closed without CONNACK';
      const kind = this.#opened || !this.#reached ? 'lost' : 'silent';
      this.#finish({ kind, words, blamesUs: false, unexplained: this.#opened });
    });
    return client;
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

  #publishOptions(options: MessageOptions, qos: 0 | 1) {
    const { retain = false, expirySeconds, contentType } = options;
    if (this.protocol !== 5 || (expirySeconds === undefined && contentType === undefined)) {
      return { qos, retain };
    }
    return {
      qos,
      retain,
      properties: {
        ...(expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }),
        ...(contentType === undefined ? {} : { contentType }),
      },
    };
  }

  #awaitAcknowledgements(milliseconds: number): Timer {
    return this.clock.after('hub.acknowledgement', milliseconds, () => {
      this.#acknowledgementTimer = undefined;
      // Maps keep the order of sending.
      const [oldest] = this.#flying.values();
      if (oldest === undefined) return;
      const age = this.clock.monotonicMilliseconds() - oldest.sentAtMilliseconds;
      if (age >= acknowledgementMilliseconds) {
        this.#drop('lost', `no acknowledgement within ${acknowledgementMilliseconds / 1000} s`);
      } else {
        this.#acknowledgementTimer = this.#awaitAcknowledgements(acknowledgementMilliseconds - age);
      }
    });
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

  #disconnected(code: number, properties: { reasonString?: string } | undefined): void {
    const said = properties?.reasonString === undefined ? '' : `: ${plain(properties.reasonString)}`;
    const end = {
      kind:
        code === 0x8e ? ('taken-over' as const) : blamesUs(code) ? ('refused' as const) : ('lost' as const),
      words: `the broker disconnected us: ${reasonWords(code)}${said}`,
      reasonCode: code,
      blamesUs: blamesUs(code),
    };
    this.#finish(end);
  }

  #failed(error: Error): void {
    const code = (error as { code?: unknown }).code;
    if (!this.#opened && typeof code === 'number' && code < 0x100) {
      const words = `the broker refuses the connection: ${connackWords(code)}`;
      this.#finish({ kind: connackKind(code), words, reasonCode: code, blamesUs: false });
      return;
    }
    const { kind, words } = socketError(error);
    // A reset or garbage instead of CONNACK is how some brokers meet a version that they do not know.
    const silent = !this.#opened && kind === 'lost' && this.#reached;
    const unexplained = this.#opened && (code === 'ECONNRESET' || code === 'EPIPE');
    this.#finish({ kind: silent ? 'silent' : kind, words, blamesUs: false, unexplained });
  }

  #drop(kind: 'lost', words: string): void {
    this.#finish({ kind, words, blamesUs: false });
  }

  #finish(end: ConnectionEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#openingTimer?.cancel();
    this.#acknowledgementTimer?.cancel();
    for (const timer of this.#subscribing) timer.cancel();
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

function ignore(): void {}
