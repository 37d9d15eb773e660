/**
 * What is recorded of a command: who asked, for what, and what came of it. Bounded, so that nobody can fill the storage
 * with long names: below 1 KiB of JSON. Free text is not in it (`text.shown` records what people saw), nor a signature.
 */
import { clip } from '../kernel/clip.js';
import { isMapping, type Json } from '../kernel/json.js';
import type { NewEvent } from '../protocols/hub/events.js';

/** Arguments that name things. */
const namingArguments = [
  'device',
  'window',
  'queue',
  'ticket',
  'code',
  'part',
  'staff',
  'supply',
  'notice',
  'capture',
  'store',
  'date',
  'revision',
] as const;

const nameBytes = 80;
const messageBytes = 240;
/** All names of a command together, and all of its result. */
const mappingBytes = 240;

type Scalar = string | number | boolean | null;
const subject = 'controller';

/** Who asks, as the sender says it; `null` where nobody says so. */
export function askedBy(args: Readonly<Record<string, unknown>>): string | null {
  return typeof args.by === 'string' && args.by !== '' ? clip(args.by, nameBytes) : null;
}

/** @param result of the reply; only its plain values are taken */
export function doneEvent(
  name: string,
  id: string,
  args: Readonly<Record<string, unknown>>,
  result: Json | undefined,
): NewEvent {
  const target = targetOf(args);
  const short = resultOf(result, target ?? {});
  const data = { name, id, by: askedBy(args), ...optional('target', target), ...optional('result', short) };
  return { type: 'command.done', subject, data };
}

/**
 * @param name as it stood in the topic, whatever that is
 * @param id `null` where there is none that could stand in a topic
 * @param args what could be read of the payload; empty where nothing could
 */
export function refusedEvent(
  name: string,
  id: string | null,
  args: Readonly<Record<string, unknown>>,
  reason: string,
  message: string,
): NewEvent {
  const data = {
    name: clip(name, nameBytes),
    id,
    by: askedBy(args),
    reason: clip(reason, nameBytes),
    ...optional('target', targetOf(args)),
    message: clip(message, messageBytes),
  };
  return { type: 'command.refused', subject, data };
}

function targetOf(args: Readonly<Record<string, unknown>>): Record<string, string | number> | undefined {
  const room = new Room();
  const target: Record<string, string | number> = {};
  for (const name of namingArguments) {
    const value = args[name];
    // A ticket that is sent as a whole is named by its id.
    const named = isMapping(value) ? value[name] : value;
    if (typeof named !== 'string' && typeof named !== 'number') continue;
    const short = typeof named === 'string' ? clip(named, nameBytes) : named;
    if (room.takes(name, short)) target[name] = short;
  }
  return Object.keys(target).length === 0 ? undefined : target;
}

/** The plain values of a result that say more than the arguments did. */
function resultOf(
  result: Json | undefined,
  target: Readonly<Record<string, unknown>>,
): Record<string, Scalar> | undefined {
  if (!isMapping(result)) return undefined;
  const room = new Room();
  const short: Record<string, Scalar> = {};
  for (const [name, value] of Object.entries(result)) {
    if ((typeof value === 'object' && value !== null) || value === target[name]) continue;
    const one = typeof value === 'string' ? clip(value, nameBytes) : (value as Scalar);
    if (room.takes(name, one)) short[name] = one;
  }
  return Object.keys(short).length === 0 ? undefined : short;
}

/** Counts what a mapping takes as JSON. */
class Room {
  #left = mappingBytes;

  /** False where it does not fit any more. */
  takes(name: string, value: Scalar): boolean {
    const bytes = Buffer.byteLength(JSON.stringify({ [name]: value }));
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
