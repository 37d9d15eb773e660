/** A link under test with its surroundings, and an independent subscriber. */
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { createHubLink, type HubLink } from '../../../src/hub/link.js';
import type { HubCondition, HubCredentials, HubLinkOptions, RawCommand } from '../../../src/hub/types.js';
import type { Clock } from '../../../src/kernel/clock.js';
import { silentLog } from '../../../src/kernel/log.js';
import { clientIdOf, topicsOf } from '../../../src/protocols/hub/topics.js';
import { pause, waitFor } from '../../scenarios/support/waiting.js';
import type { Broker } from './broker.js';
import { hurriedClock } from './hurried-clock.js';
import { MemoryOutbox } from './memory-outbox.js';

export { pause };

export const topics = topicsOf('hall', 'row-a');

export interface TestLink {
  readonly link: HubLink;
  readonly outbox: MemoryOutbox;
  readonly commands: RawCommand[];
  readonly conditions: HubCondition[];
  /** How many CONNECTs were made. */
  connects(): number;
}

let starts = 0;

/** A started link. */
export function startLink(
  url: string | readonly string[],
  change: {
    readonly clock?: Clock;
    /** What it connects with; the same at each attempt. */
    readonly settings?: Partial<HubCredentials>;
    readonly session?: number;
    readonly outbox?: MemoryOutbox;
    readonly options?: Partial<HubLinkOptions>;
  } = {},
): TestLink {
  const outbox = change.outbox ?? new MemoryOutbox();
  const commands: RawCommand[] = [];
  const conditions: HubCondition[] = [];
  let connection = 100;
  starts++;
  const link = createHubLink({
    settings: {
      urls: typeof url === 'string' ? [url] : url,
      credentials: async () => ({ passwords: [], ...change.settings }),
    },
    topics,
    clientId: clientIdOf('hall', 'row-a'),
    clock: change.clock ?? hurriedClock(4),
    log: silentLog,
    outbox,
    identity: {
      session: change.session ?? 7,
      version: '0.0.0',
      startedAt: new Date(Date.UTC(2026, 10, 21) + starts).toISOString(),
      configRevision: () => 3,
      nextConnection: () => ++connection,
    },
    onCommand: (command) => commands.push(command),
    onChange: (condition) => conditions.push(condition),
    ...change.options,
  });
  link.start();
  return { link, outbox, commands, conditions, connects: () => connection - 100 };
}

export interface Seen {
  readonly topic: string;
  readonly text: string;
  readonly retain: boolean;
  readonly packet: IPublishPacket;
}

export interface Subscriber {
  readonly client: MqttClient;
  readonly seen: Seen[];
  /** Parsed payloads of the messages at `topic`. */
  at(topic: string): Record<string, unknown>[];
  end(): Promise<void>;
}

/** An independent client: MQTT.js, but nothing of ours. */
export async function subscribe(
  broker: Broker,
  filter: string | string[],
  options: IClientOptions = {},
): Promise<Subscriber> {
  const client = await connectClient(broker, options);
  const seen: Seen[] = [];
  client.on('message', (topic, payload, packet) => {
    seen.push({ topic, text: payload.toString(), retain: packet.retain, packet });
  });
  if (filter.length > 0) await client.subscribeAsync(filter, { qos: 1 });
  return {
    client,
    seen,
    at: (topic) =>
      seen.filter((one) => one.topic === topic && one.text !== '').map((one) => JSON.parse(one.text)),
    end: () => client.endAsync(true),
  };
}

export async function connectClient(broker: Broker, options: IClientOptions = {}): Promise<MqttClient> {
  const client = connect(broker.url, {
    protocolVersion: broker.kind === 'mosquitto' ? 5 : 4,
    reconnectPeriod: 50,
    ...options,
  });
  await new Promise((resolve) => client.once('connect', resolve));
  return client;
}

/** What stands retained below `filter` now, for a newcomer. */
export async function retained(
  broker: Broker,
  filter = `${topics.root}/#`,
  options: IClientOptions = {},
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const client = await connectClient(broker, options);
  client.on('message', (topic, payload, packet) => {
    if (packet.retain) found.set(topic, payload.toString());
  });
  await client.subscribeAsync(filter, { qos: 1 });
  // Mosquitto sends what it has before it answers this; aedes goes on for a while.
  await client.subscribeAsync('nothing/here', { qos: 1 });
  for (let size = -1; size !== found.size; await pause(50)) size = found.size;
  await client.endAsync(true);
  return found;
}

/** Waits until `condition` holds; fails after 20 s with what it was. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await waitFor(what, condition);
}
