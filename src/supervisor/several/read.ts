/** Reads what another controller, or anybody else, wrote to a topic. */
import * as v from 'valibot';
import { readJsonObject } from '../../protocols/hub/read-json.js';

/** Whoever listens for larger messages says so to the line. */
const mostBytes = 5 * 1024 * 1024;

/** A payload by its schema; `undefined` for anything else, an empty one among it. */
export function read<Schema extends v.GenericSchema>(
  schema: Schema,
  payload: Uint8Array,
): v.InferOutput<Schema> | undefined {
  if (payload.length === 0) return undefined;
  const json = readJsonObject(payload, mostBytes);
  if (!json.ok) return undefined;
  const parsed = v.safeParse(schema, json.value);
  return parsed.success ? parsed.output : undefined;
}
