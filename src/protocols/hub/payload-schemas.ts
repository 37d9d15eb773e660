/**
 * Schemas of what a controller publishes besides events and replies (docs/contract.md, section 4). The types in
 * `payloads.ts` follow from them, and the AsyncAPI document; a running controller never loads them.
 */
import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import { deviceOutcomes, documentSources } from './config-words.js';
import { deviceStatuses } from './device-status.js';
import { eventTypes } from './events.js';

const name = v.string();
/** RFC 3339, UTC, with milliseconds. */
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const described = <const Schema extends v.GenericSchema>(schema: Schema, words: string) =>
  v.pipe(schema, v.description(words));

const estimate = v.nullable(v.object({ low: v.number(), median: v.number(), high: v.number() }));
const problem = v.object({ path: v.string(), message: v.string() });

/** `R/status`, and the will. */
export const controllerStatus = v.object({
  state: v.picklist(['online', 'stopped', 'lost']),
  session: described(count, 'grows with each start'),
  connection: described(count, 'grows with each CONNECT'),
  version: name,
  configRevision: described(count, 'of the running configuration; 0: the file'),
  startedAt: time,
  at: time,
  degraded: v.exactOptional(described(v.array(name), 'what cannot hold on this broker')),
});

/** `R/device/{device}`. */
export const deviceState = v.object({
  kind: name,
  window: v.exactOptional(described(name, 'where it belongs, as configured')),
  windows: v.exactOptional(described(v.array(name), 'windows that a voice speaks for, where not for all')),
  label: v.exactOptional(described(name, 'what people call it')),
  place: v.exactOptional(name),
  status: described(v.picklist(deviceStatuses), 'NAMUR NE 107'),
  verified: described(v.boolean(), 'the device itself has proved that it lives'),
  faults: described(v.array(name), 'codes that stand'),
  cause: v.exactOptional(described(name, 'whose fault brought it down, such as row/bus.lost')),
  readings: described(
    v.record(v.string(), v.nullable(v.union([v.number(), v.string(), v.boolean()]))),
    'units are in the names; null: not known',
  ),
  session: count,
  at: time,
});

/** `R/fault/{device}/{code}`. */
export const faultState = eventTypes['fault.raised'].data;

/** `R/queue/{queue}`. */
export const queueState = v.object({
  waiting: count,
  windowsOpen: count,
  waitMinutes: estimate,
  waitCoverage: described(
    v.nullable(v.object({ percent: v.number(), of: v.number() })),
    'of the latest expected waits, told or not, how many came true; null where too few were measured',
  ),
  lastCalled: v.nullable(name),
  at: time,
});

/** `R/window/{window}`. */
export const windowState = v.object({
  state: v.picklist(['closed', 'open', 'serving', 'paused']),
  ticket: v.nullable(name),
  number: v.nullable(name),
  priority: described(v.boolean(), 'its visitor asked for priority (优先)'),
  staff: v.nullable(name),
  queues: v.array(name),
  ratings: described(
    v.object({ invited: count, rated: count }),
    'of today: visitors who were invited to rate and could have done so by now, and who did',
  ),
  at: time,
});

/** `R/ratings`: how far the chain of ratings has come, sealed by the board (`rating-head.ts`). */
export const ratingsState = v.object({
  store: name,
  count: described(count, 'ratings that this store has chained'),
  head: described(v.nullable(name), 'data.chain of the newest one; null while there is none'),
  at: time,
  publicKey: described(v.nullable(name), "the board's Ed25519 key in base64; null while it has none to use"),
  signature: described(v.nullable(name), 'over the canonical JSON (RFC 8785) of all the above, in base64'),
});

/** `R/room`: the waiting area. */
export const roomState = v.object({
  seats: count,
  taken: described(v.nullable(count), 'null where it is not known of all seats'),
  people: described(estimate, 'in the hall, by its doors'),
  standing: described(estimate, 'who is inside and neither sits nor is being served'),
  at: time,
});

const { state: _, ...downChannel } = eventTypes['channel.changed'].data.entries;
/** `R/channels`: ways of telling people that do not work now, and what carries on instead. */
export const channelsState = v.object({ down: v.array(v.object(downChannel)), at: time });

/** `R/health`. */
export const health = v.object({
  uptimeSeconds: v.number(),
  rssBytes: v.number(),
  cpuPercent: v.nullable(v.number()),
  eventLoopDelayMilliseconds: v.nullable(v.number()),
  outbox: v.object({ events: count, bytes: count, oldestAt: v.nullable(v.string()) }),
  bytesWritten: v.number(),
  clock: v.picklist(['synced', 'holdover', 'untrusted']),
  temperatureCelsius: v.exactOptional(v.number()),
});

/** `R/config/desired`. */
export const configDesired = v.object({
  revision: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)),
  config: described(
    v.record(v.string(), v.unknown()),
    'the document (hallward schema) without hall, controller, storage, hub.configKey; ' +
      'hub and freeText may differ from the running ones only where it is signed; without hub: as it runs',
  ),
  signature: v.exactOptional(
    described(
      name,
      'base64 of the Ed25519 signature over the canonical JSON of {hall, controller, revision, config}',
    ),
  ),
});

/** `R/config/reported`: what became of a configuration. */
export const configReported = v.object({
  revision: described(v.nullable(count), 'of the push that this is about; 0: the file; null: unreadable'),
  state: v.picklist(['applying', 'applied', 'rejected', 'rolled-back']),
  hash: described(v.nullable(name), 'SHA-256 over the document of that revision; null: unreadable'),
  at: time,
  errors: v.array(problem),
  devices: v.record(v.string(), v.picklist(deviceOutcomes)),
  progress: v.exactOptional(
    described(
      v.object({ done: count, of: count }),
      'while it is applied: steps done, and all of them; the last ones are the wait for hub and devices',
    ),
  ),
  running: v.object({ revision: count, hash: name, source: v.picklist(documentSources) }),
  config: described(
    v.custom<Json>(() => true),
    'as it runs; secrets are in files, never here',
  ),
});

/** `R/reply/{id}`, whatever the command was; each command declares its own `result`. */
export const reply = v.object({
  id: name,
  ok: v.boolean(),
  result: v.exactOptional(v.custom<Json>(() => true)),
  error: v.exactOptional(v.object({ code: name, message: v.string() })),
});
