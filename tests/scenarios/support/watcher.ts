/** An independent subscriber: MQTT.js, and nothing of ours. It writes down all that a controller says. */
import { randomUUID } from 'node:crypto';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { Broker } from '../../broker/support/broker.js';
import { checkedEvents, type HallEvent } from './events.js';
import { waitFor } from './waiting.js';

export interface Message {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
  readonly qos: number;
  readonly contentType: string | undefined;
  readonly atMilliseconds: number;
}

// biome-ignore lint/suspicious/noExplicitAny: tests read payloads as whoever wrote them means them
export type Payload = Readonly<Record<string, any>>;

export interface Reply {
  readonly id: string;
  readonly ok: boolean;
  readonly result?: Payload;
  readonly error?: { readonly code: string; readonly message: string };
}

export class Watcher {
  readonly messages: Message[] = [];
  /** `by type` where a broker forgets who subscribes: it may then take one type of events before another. */
  order: 'all' | 'by type' = 'all';
  /** Newest message of each topic. */
  readonly #newest = new Map<string, string>();

  private constructor(
    readonly client: MqttClient,
    readonly root: string,
  ) {
    client.on('message', (topic, payload, { retain, qos, properties }) => {
      const text = payload.toString();
      const contentType = properties?.contentType;
      this.messages.push({ topic, text, retain, qos, contentType, atMilliseconds: performance.now() });
      this.#newest.set(topic, text);
    });
  }

  /** Connects and subscribes to everything below `root`; its session outlives the connection. */
  static async start(broker: Broker, root: string, options: IClientOptions = {}): Promise<Watcher> {
    const isFive = broker.kind === 'mosquitto' && options.protocolVersion !== 4;
    const client = connect(broker.url, {
      protocolVersion: isFive ? 5 : 4,
      clientId: `watcher-${randomUUID()}`,
      clean: false,
      ...(isFive ? { properties: { sessionExpiryInterval: 3_600 } } : {}),
      reconnectPeriod: 50,
      ...options,
    });
    const watcher = new Watcher(client, root);
    await new Promise((resolve) => client.once('connect', resolve));
    await client.subscribeAsync(`${root}/#`, { qos: 1 });
    return watcher;
  }

  end(): Promise<void> {
    return this.client.endAsync(true);
  }

  /** Forgets what stood retained, for a new look at the broker. */
  forget(): void {
    this.#newest.clear();
  }

  /** The newest payload below the root; `undefined` where nothing came or it was cleared. */
  latest(topic: string): Payload | undefined {
    const text = this.#newest.get(`${this.root}/${topic}`);
    return text === undefined || text === '' ? undefined : JSON.parse(text);
  }

  /** Topics below the root that say something now and begin with `start`. */
  standing(start: string): string[] {
    return [...this.#newest]
      .filter(([topic, text]) => text !== '' && topic.startsWith(`${this.root}/${start}`))
      .map(([topic]) => topic.slice(this.root.length + 1))
      .sort();
  }

  /** All payloads that came at a topic, cleared ones left out. */
  at(topic: string): Payload[] {
    return this.messages
      .filter((message) => message.topic === `${this.root}/${topic}` && message.text !== '')
      .map(({ text }) => JSON.parse(text));
  }

  /** Waits for a payload for which `wanted` is true, as the newest at its topic. */
  see(topic: string, words: string, wanted: (payload: Payload) => boolean = () => true, seconds?: number) {
    return waitFor(
      `${topic}: ${words}`,
      () => {
        const payload = this.latest(topic);
        return payload !== undefined && wanted(payload) ? payload : undefined;
      },
      seconds,
    );
  }

  /** Waits until nothing stands at a topic where something stood. */
  seeCleared(topic: string, seconds?: number): Promise<true> {
    return waitFor(`${topic} is cleared`, () => this.#newest.get(`${this.root}/${topic}`) === '', seconds);
  }

  /** The durable events in the order of their first arrival, checked; see `checkedEvents`. */
  events(type?: string): HallEvent[] {
    const events = checkedEvents(this.messages, this.root, this.order);
    return type === undefined ? events : events.filter((event) => event.type === type);
  }

  /** Durable events as they came, repeated ones too, nothing checked. */
  rawEvents(type = ''): HallEvent[] {
    return this.messages
      .filter(({ topic }) => topic.startsWith(`${this.root}/event/${type}`))
      .map(({ text }) => JSON.parse(text));
  }

  /** Waits for an event. */
  event(type: string, words: string, wanted: (event: HallEvent) => boolean = () => true, seconds?: number) {
    return waitFor(`${type}: ${words}`, () => this.rawEvents(type).find(wanted), seconds);
  }

  /** Sends a command and waits for its reply. */
  async command(name: string, args: object = {}, id: string = randomUUID()): Promise<Reply> {
    const before = this.at(`reply/${id}`).length;
    await this.send(name, JSON.stringify({ id, ...args }));
    return (await waitFor(`a reply to ${name}`, () => this.at(`reply/${id}`)[before])) as Reply;
  }

  /** Publishes a command's payload as it is. */
  async send(name: string, payload: string | Buffer, retain = false): Promise<void> {
    await this.client.publishAsync(`${this.root}/command/${name}`, payload, { qos: 1, retain });
  }

  /** Issues a ticket; fails where that is refused. */
  async issue(queue = 'general', priority = false): Promise<{ ticket: string; number: string }> {
    const reply = await this.command('ticket.issue', { queue, priority });
    if (!reply.ok || reply.result === undefined) throw new Error(`no ticket: ${JSON.stringify(reply)}`);
    return { ticket: reply.result.ticket, number: reply.result.number };
  }

  /**
   * Waits until every event that was recorded up to now has come, by a command whose own event is the newest.
   * Gives all events, checked.
   */
  async settled(): Promise<HallEvent[]> {
    const id = randomUUID();
    await this.command('window.logout', { window: '5' }, id);
    const mark = await this.event('command.', `the record of ${id}`, ({ data }) => data.id === id);
    await waitFor('all events before it', () => {
      const seen = new Set(this.rawEvents().map(({ sequence }) => Number(sequence)));
      return seen.size >= Number(mark.sequence);
    });
    return this.events();
  }
}
