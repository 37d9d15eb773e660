/** What every device with a `keys:` table shares: the bytes of its keys, and the presses that they make. */
import * as v from 'valibot';
import { parseHex } from '../kernel/bytes.js';
import { compileKeyTable, ignoredRowProblem, serialKeys } from '../protocols/serial-keys.js';
import { KeyInput } from './key-input.js';
import { busOf, type Claim, type DeviceConfig, type DeviceContext } from './kind.js';
import { keyBytes } from './options.js';

const mostIgnored = 16;

/** Option `ignore` of every device with keys: rows of bytes, in hex, that are neither a press nor noise. */
export const ignore = v.optional(
  v.pipe(
    v.array(keyBytes),
    v.maxLength(mostIgnored),
    v.description(
      'Bytes that the keypad sends besides and that mean nothing, in hex, such as a heartbeat or the release of a key: ["AA 05 00 AF"]. Neither a press nor noise. At most 16 rows.',
    ),
  ),
);

/**
 * What a table of keys takes of its bus: each byte sequence.
 * @param option the table's name in the configuration
 */
export function keyClaims(table: unknown, option = 'keys'): Claim[] {
  return [...rowsOf(table)].map(([key, bytes]) => ({
    path: [option, key],
    text: `key bytes ${Buffer.from(bytes).toString('hex').toUpperCase()}`,
  }));
}

/** What `ignore` takes of its bus: nobody may have it for a key, but others may ignore it, too. */
export function ignoreClaims(rows: unknown): Claim[] {
  return keyClaims(rows, 'ignore').map((claim) => ({ ...claim, shared: true }));
}

/**
 * Rows of `ignore` that begin a key of the same device, or begin as one. Those that are equal to one are found by their
 * claims.
 * @param tables names of the options that hold keys
 */
export function ignoreProblems(
  config: DeviceConfig,
  ...tables: readonly string[]
): { readonly path: readonly string[]; readonly message: string }[] {
  const keys = tables.flatMap((table) =>
    [...rowsOf(config[table])].map(([key, bytes]) => [nameOf(table, key), bytes] as const),
  );
  return [...rowsOf(config.ignore)].flatMap(([place, row]) => {
    const others = keys.filter(([, bytes]) => bytes.length !== row.length);
    const message = ignoredRowProblem(row, Object.fromEntries(others));
    return message === undefined ? [] : [{ path: ['ignore', place], message }];
  });
}

/** A key's name as a person finds it in the configuration, also where two tables have the same name. */
function nameOf(table: string, key: string): string {
  return table === 'keys' ? key : `${table}.${key}`;
}

/** Names, or places in a list, to bytes; what is no hex is left out. */
function rowsOf(table: unknown): Map<string, Uint8Array> {
  const rows = new Map<string, Uint8Array>();
  if (typeof table !== 'object' || table === null) return rows;
  for (const [key, hex] of Object.entries(table)) {
    const bytes = typeof hex === 'string' ? parseHex(hex) : undefined;
    if (bytes !== undefined) rows.set(key, bytes);
  }
  return rows;
}

/** What is listened to; all of it has passed the schema. */
interface KeyListening {
  /** Key names to hex. */
  readonly keys: Readonly<Record<string, string>>;
  /** Rows in hex that mean nothing. */
  readonly ignore: readonly string[];
  readonly debounceMilliseconds: number;
}

/**
 * Hears the keys of a table on the device's bus and tells each press once; a stuck key becomes a fault of the device.
 * Returns the function that ends it.
 * @param pressed `atMilliseconds` is monotonic.
 */
export function listenToKeys(
  context: DeviceContext,
  { keys, ignore: ignored, debounceMilliseconds }: KeyListening,
  pressed: (key: string, atMilliseconds: number) => void,
): () => void {
  const { clock, reports } = context;
  const input = new KeyInput(clock, {
    debounceMilliseconds,
    pressed,
    stuck: (key, heldMilliseconds) =>
      reports.raise('device.stuck-input', { key, heldMilliseconds: Math.round(heldMilliseconds) }),
    released: () => reports.clear('device.stuck-input'),
  });
  const table = compileKeyTable(keys, ignored);
  const stopListening = busOf(context, 'bytes').listen(serialKeys, table, ({ key }, at) => {
    if (key !== null) input.heard(key, at);
  });
  return () => {
    stopListening();
    input.stop();
  };
}
