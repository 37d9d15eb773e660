/** A configuration run with every wire simulated: its own controller, its own broker, nothing of the real hall. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { v4 as uuidV4 } from 'uuid';
import type { Clock } from '../../kernel/clock.js';
import { isMapping } from '../../kernel/json.js';
import type { Log } from '../../kernel/log.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import type { Configuration } from '../../supervisor/config/schema.js';
import { launch } from '../../supervisor/launch.js';
import { version } from '../../version.js';
import { startBroker } from '../demo/broker.js';
import { endClient, hubClient } from '../demo/hub-client.js';
import type { Front, Tell } from './front.js';
import { withLocalPages } from './pages.js';
import { virtualWires } from './virtual-wires.js';

interface SimulationOptions {
  /** The configuration file: profiles are looked for beside it. */
  readonly file: string;
  /** Its document, whose `hub` is not used; and as it was checked. */
  readonly document: unknown;
  readonly configuration: Configuration;
  /** Of the broker; 0: a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Told what can be seen at the far ends. */
  readonly tell: Tell;
  /** Told of each event that arrives at the hub: its type and data. */
  readonly event: (type: string, data: Readonly<Record<string, unknown>>) => void;
}

interface Simulation {
  readonly port: number;
  /** Where a browser finds its pages; `null` where it has none. */
  readonly pages: string | null;
  readonly fronts: ReadonlyMap<string, Front>;
  /** Asks for a ticket. Resolves with the reply in words. */
  issue(queue: string, at: string | undefined): Promise<string>;
  stop(): Promise<void>;
}

const replyMilliseconds = 3_000;
const largestPayloadBytes = 65_536;

/** Starts it. Rejects as `startBroker` and `launch` do, and leaves nothing behind then. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  const { clock, log } = options;
  const ends: (() => unknown)[] = [];
  const end = async () => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'hallward-simulate-'));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const broker = await startBroker(options.port);
    ends.push(() => broker.close());
    const { document, configuration, url } = await withLocalPages(options.document, options.configuration);
    const wires = await virtualWires(configuration, clock, options.tell);
    ends.push(() => wires.close());
    const hub = await startHub(broker.port, configuration, options);
    ends.push(() => hub.close());
    const profiles = resolve(dirname(options.file), 'profiles');
    if (existsSync(profiles)) await symlink(profiles, join(folder, 'profiles'));
    const file = join(folder, 'hallward.yaml');
    const simulated = {
      ...(isMapping(document) ? document : {}),
      hub: { url: `mqtt://127.0.0.1:${broker.port}` },
      storage: { path: join(folder, 'storage'), maxMegabytes: 16 },
    };
    await writeFile(file, JSON.stringify(simulated));
    const launched = await launch({ file, clock, log, version, wiring: wires.wiring });
    ends.push(() => launched.stop());
    await hub.online;
    return { port: broker.port, pages: url, fronts: wires.fronts, issue: hub.issue, stop: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Somebody at the hub: hears every event, and asks for tickets. */
async function startHub(
  port: number,
  { hall, controller }: Configuration,
  { clock, event }: SimulationOptions,
) {
  const topics = topicsOf(hall, controller);
  const client = hubClient(port, 'simulate');
  let cameOnline = () => {};
  const online = new Promise<void>((resolve) => {
    cameOnline = resolve;
  });
  const replies = new Map<string, (reply: Readonly<Record<string, unknown>>) => void>();
  client.on('message', (topic, payload) => {
    const read = readJsonObject(payload, largestPayloadBytes);
    if (!read.ok) return;
    if (topic === topics.status && read.value.state === 'online') cameOnline();
    const id = topic.startsWith(topics.reply('')) ? topic.slice(topics.reply('').length) : undefined;
    if (id !== undefined) replies.get(id)?.(read.value);
    else if (isMapping(read.value.data)) event(String(read.value.type), read.value.data);
  });
  await new Promise<void>((ready) => {
    client.on('connect', () =>
      client.subscribe([topics.status, topics.event('+'), topics.reply('+')], { qos: 1 }, () => ready()),
    );
  });
  return {
    /** Resolves once the controller takes commands. */
    online,
    async issue(queue: string, at: string | undefined): Promise<string> {
      const id = uuidV4();
      const command = { id, queue, ...(at === undefined ? {} : { at }) };
      const reply = await new Promise<Readonly<Record<string, unknown>> | undefined>((resolve) => {
        const timer = clock.after('simulate: reply', replyMilliseconds, () => resolve(undefined));
        replies.set(id, (answer) => {
          timer.cancel();
          resolve(answer);
        });
        client.publish(topics.command('ticket.issue'), JSON.stringify(command), { qos: 1 });
      });
      replies.delete(id);
      if (reply === undefined) return '? no reply';
      if (reply.ok === true) return '';
      const error = isMapping(reply.error) ? reply.error : {};
      return `? ${String(error.message ?? error.code)}`;
    },
    close: () => endClient(client),
  };
}
