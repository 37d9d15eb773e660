/** What a controller says of its configuration, as far as it can be understood. Anybody may have sent it. */
import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import { isMapping } from '../../kernel/json.js';
import type { ConfigReported } from '../../protocols/hub/payloads.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import type { Mapping } from './document.js';

const maximumBytes = 4 * 1024 * 1024;

const revision = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.string();
const outcomes = v.picklist(['kept', 'started', 'restarted', 'stopped']);
const problems = v.array(v.object({ path: text, message: text }));
const mapping = v.custom<Mapping>(isMapping);

const reportedSchema = v.object({
  revision: v.nullable(revision),
  state: v.picklist(['applying', 'applied', 'rejected', 'rolled-back']),
  hash: v.nullable(text),
  at: text,
  errors: v.fallback(problems, []),
  devices: v.fallback(v.record(text, outcomes), {}),
  progress: v.fallback(v.optional(v.object({ done: v.number(), of: v.number() })), undefined),
  running: v.object({ revision, hash: text, source: v.picklist(['file', 'hub']) }),
  config: mapping,
});

/** `ConfigReported` as it was understood. */
export type Reported = v.InferOutput<typeof reportedSchema>;

const planSchema = v.object({
  verdict: v.picklist(['change', 'nothing', 'refused']),
  errors: v.fallback(problems, []),
  devices: v.fallback(v.record(text, outcomes), {}),
  buses: v.fallback(v.array(text), []),
  calling: v.fallback(v.boolean(), false),
  hub: v.fallback(v.boolean(), false),
  highest: revision,
});
/** The answer to `config.plan`. */
export type Plan = v.InferOutput<typeof planSchema>;

const historySchema = v.object({
  revisions: v.pipe(
    v.array(
      v.object({
        revision,
        at: text,
        hash: v.nullable(text),
        source: v.picklist(['file', 'hub']),
        outcome: v.picklist(['applied', 'rolled-back', 'rejected']),
        running: v.boolean(),
      }),
    ),
    v.maxLength(100),
  ),
  highest: revision,
});
/** The answer to `config.history`, newest first. */
export type History = v.InferOutput<typeof historySchema>;

const documentSchema = v.object({ revision, config: mapping, hash: v.nullable(text) });
/** The answer to `config.get`. */
export type KeptDocument = v.InferOutput<typeof documentSchema>;

export type Outcome = ConfigReported['devices'][string];

/** A payload of `R/config/reported`; `undefined`: it cannot be read. */
export function readReported(payload: Uint8Array): Reported | undefined {
  const read = readJsonObject(payload, maximumBytes);
  return read.ok ? parsed(reportedSchema, read.value) : undefined;
}

/** The state in a payload of `R/status`; `unknown` where it cannot be read, or the topic is empty. */
export function readState(payload: Uint8Array): 'online' | 'stopped' | 'lost' | 'unknown' {
  const read = readJsonObject(payload, 65_536);
  const state = read.ok ? read.value.state : undefined;
  return state === 'online' || state === 'stopped' || state === 'lost' ? state : 'unknown';
}

/** The revision in a payload of `R/config/desired`; 0 where there is none. */
export function readDesiredRevision(payload: Uint8Array): number {
  const read = readJsonObject(payload, maximumBytes);
  const found = read.ok ? v.safeParse(revision, read.value.revision) : undefined;
  return found?.success === true ? found.output : 0;
}

export const readPlan = (result: Json | undefined) => parsed(planSchema, result);
export const readHistory = (result: Json | undefined) => parsed(historySchema, result);
export const readDocument = (result: Json | undefined) => parsed(documentSchema, result);

function parsed<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> | undefined {
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}
