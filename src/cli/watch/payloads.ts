/**
 * What a hub says of controllers, read as from a stranger: bounded, cleaned, and `undefined` where it is not what it
 * should be (docs/contract.md, section 4). Keys that a newer controller adds do no harm.
 */
import * as v from 'valibot';
import { deviceStatuses } from '../../protocols/hub/payloads.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { cleanText } from './clean-text.js';

/** No payload that is shown here comes near it. */
const largestPayloadBytes = 65_536;
const mostReadings = 40;
const mostNames = 200;

const line = (longest: number) =>
  v.pipe(
    v.string(),
    v.transform((text) => cleanText(text, longest)),
  );
const name = line(60);
const number = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.safeInteger());
const names = v.pipe(
  v.array(name),
  v.transform((all) => all.slice(0, mostNames)),
);
const text = v.object({ 'zh-CN': line(300), en: line(300) });

const status = v.object({
  state: v.picklist(['online', 'stopped', 'lost']),
  session: number,
  connection: number,
  version: v.optional(name, ''),
  configRevision: v.optional(v.nullable(count), null),
  startedAt: v.optional(name, ''),
  at: v.optional(name, ''),
  degraded: v.optional(names, []),
});

const reading = v.nullable(v.union([number, line(80), v.boolean()]));

const device = v.object({
  kind: name,
  status: v.picklist(deviceStatuses),
  verified: v.boolean(),
  faults: v.optional(names, []),
  cause: v.optional(line(120)),
  readings: v.optional(
    v.pipe(
      v.custom<Record<string, unknown>>(
        (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      ),
      v.transform((all) => Object.entries(all).slice(0, mostReadings)),
      v.array(v.tuple([line(40), reading])),
    ),
    {},
  ),
  session: number,
  at: v.optional(name, ''),
});

const fault = v.object({
  status: v.picklist(deviceStatuses),
  severity: v.picklist(['high', 'medium', 'low']),
  audience: v.optional(name, ''),
  text,
  action: text,
  parts: v.optional(names, []),
  since: name,
  acknowledged: v.optional(
    v.nullable(v.object({ by: name, at: v.optional(name, ''), part: v.optional(name) })),
    null,
  ),
  shelved: v.optional(
    v.nullable(
      v.object({
        by: name,
        at: v.optional(name, ''),
        until: v.optional(name, ''),
        reason: v.optional(line(200), ''),
        part: v.optional(name),
      }),
    ),
    null,
  ),
  count: v.optional(count, 1),
  affected: v.optional(names, []),
  session: number,
});

const estimate = v.nullable(v.object({ low: number, median: number, high: number }));

const queue = v.object({
  waiting: count,
  windowsOpen: v.optional(v.nullable(count), null),
  waitMinutes: v.optional(estimate, null),
  lastCalled: v.optional(v.nullable(name), null),
  at: v.optional(name, ''),
});

const window = v.object({
  state: v.picklist(['closed', 'open', 'serving', 'paused']),
  number: v.optional(v.nullable(name), null),
  staff: v.optional(v.nullable(name), null),
  queues: v.optional(names, []),
  at: v.optional(name, ''),
});

/** How many people, as a band: what is below nothing or upside down says nothing. */
const people = v.pipe(
  v.object({ low: v.pipe(number, v.minValue(0)), median: number, high: number }),
  v.check(({ low, median, high }) => low <= median && median <= high),
);

const room = v.object({
  seats: count,
  taken: v.nullable(count),
  people: v.nullable(people),
  standing: v.nullable(people),
  at: v.optional(name, ''),
});

const health = v.object({
  uptimeSeconds: v.optional(v.nullable(number), null),
  rssBytes: v.optional(v.nullable(number), null),
  cpuPercent: v.optional(v.nullable(number), null),
  temperatureCelsius: v.optional(v.nullable(number), null),
  undervoltage: v.optional(v.nullable(v.boolean()), null),
  outbox: v.object({ events: count, oldestAt: v.optional(v.nullable(name), null) }),
  clock: v.picklist(['synced', 'holdover', 'untrusted']),
});

const schemas = { status, device, fault, queue, window, room, health };

/** The kinds of topics that are watched. */
export type Kind = keyof typeof schemas;
export type Seen<K extends Kind> = v.InferOutput<(typeof schemas)[K]>;

/** The payload of a topic of that kind; `undefined` where it is none. Never throws. */
export function readPayload<K extends Kind>(kind: K, payload: Uint8Array): Seen<K> | undefined {
  const json = readJsonObject(payload, largestPayloadBytes);
  if (!json.ok) return undefined;
  const parsed = v.safeParse(schemas[kind], json.value);
  return parsed.success ? (parsed.output as Seen<K>) : undefined;
}

/** A topic taken apart. */
export interface Address {
  readonly hall: string;
  readonly controller: string;
  readonly kind: Kind;
  /** Device, queue or window; empty for status, room and health. */
  readonly name: string;
  /** Code of a fault; else empty. */
  readonly code: string;
}

const topicPattern =
  /^hallward\/v1\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})\/(?:(status|room|health)|(device|queue|window)\/([A-Za-z0-9-]{1,40})|(fault)\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40}\.[a-z0-9-]{1,60}))$/;

/** `undefined` for a topic that no controller has. */
export function readTopic(topic: string): Address | undefined {
  const match = topicPattern.exec(topic);
  if (match === null) return undefined;
  const [, hall = '', controller = '', whole, part, partName, fault, faultDevice, code] = match;
  const kind = (whole ?? part ?? fault) as Kind;
  return { hall, controller, kind, name: partName ?? faultDevice ?? '', code: code ?? '' };
}

/**
 * What to subscribe to for one hall, or for all with `+`. Never the events: a broker tells a controller that an event
 * was delivered once anybody subscribes to it, and with only us there the hall's records would be let go.
 */
export function filtersOf(hall: string): string[] {
  const below = `hallward/v1/${hall}/+`;
  const ends = ['status', 'device/+', 'fault/+/+', 'queue/+', 'window/+', 'room', 'health'];
  return ends.map((end) => `${below}/${end}`);
}
