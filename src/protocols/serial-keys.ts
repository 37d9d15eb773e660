/**
 * Keypads that send a fixed row of bytes for each key, without any further protocol: each maker's rows differ and
 * are learned from the wire. All keypads of one wire are told apart by their rows alone.
 */
import { formatHex, hasBytesAt, parseHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { Decoder, Framing } from '../kernel/framing.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';

/** The longest row of bytes that one key may send. */
const longestPatternBytes = 64;

/** What one keypad sends. */
interface KeyTable {
  /** Key name to bytes (1 to 64 of them). */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** Rows (1 to 64 bytes) that are known and mean nothing: heartbeats, releases of keys. */
  readonly ignored?: readonly Uint8Array[];
}

/** A row was heard; `listener` is the index of its table. */
interface KeyFrame {
  readonly listener: number;
  /** The key that was pressed; `null` for a row that means nothing. */
  readonly key: string | null;
}

/** Something in a `keys:` table that cannot work, for a person. */
interface KeyTableProblem {
  readonly key: string;
  readonly message: string;
}

interface Pattern extends KeyFrame {
  readonly bytes: Uint8Array;
}

/**
 * What is wrong with the `keys:` table of a configuration (key name to hex bytes such as `"AA 05 01 B0"`): bytes
 * that are no hex, too many of them, two keys that send the same. One row may begin another: the shorter is
 * then known only after the next byte, or after silence.
 */
export function keyTableProblems(keys: Readonly<Record<string, string>>): KeyTableProblem[] {
  const problems: KeyTableProblem[] = [];
  const seen = new Map<string, string>();
  for (const [key, text] of Object.entries(keys)) {
    const bytes = parseHex(text);
    if (bytes === undefined) {
      const message = `"${text}" is not a row of whole hex bytes; expected for instance "AA 05 01 B0"`;
      problems.push({ key, message });
      continue;
    }
    if (bytes.length > longestPatternBytes) {
      const message = `${bytes.length} bytes are too many for one key; at most ${longestPatternBytes}`;
      problems.push({ key, message });
      continue;
    }
    const pattern = formatHex(bytes);
    const other = seen.get(pattern);
    if (other === undefined) seen.set(pattern, key);
    else problems.push({ key, message: `sends the same bytes (${pattern}) as key "${other}"` });
  }
  return problems;
}

/**
 * Why a row cannot be ignored beside these keys, for a person; `undefined` where it can. What broke off must never
 * become the other one: a heartbeat that was cut would press a key, a key that was cut would be lost unseen.
 * @param row what is to be ignored
 * @param keys key name to bytes
 */
export function ignoredRowProblem(
  row: Uint8Array,
  keys: Readonly<Record<string, Uint8Array>>,
): string | undefined {
  const hex = formatHex(row);
  for (const [key, bytes] of Object.entries(keys)) {
    if (hasBytesAt(bytes, row, 0)) {
      return bytes.length === row.length
        ? `sends the same bytes (${hex}) as key "${key}"`
        : `begins key "${key}" (${formatHex(bytes)}), which would be lost unseen if its end were missing`;
    }
    if (hasBytesAt(row, bytes, 0)) {
      return `begins with the bytes (${formatHex(bytes)}) of key "${key}", which it would press if its end were missing`;
    }
  }
  return undefined;
}

/**
 * The table of a configuration's `keys:` and `ignore:`. Throws `serial-keys.bad-table` (usage) with the first problem.
 * @param ignored rows that mean nothing, in hex
 */
export function compileKeyTable(
  keys: Readonly<Record<string, string>>,
  ignored: readonly string[] = [],
): KeyTable {
  const [problem] = keyTableProblems(keys);
  if (problem !== undefined) {
    const message = `Key "${problem.key}": ${problem.message}.`;
    throw new HallwardError('serial-keys.bad-table', 'usage', message, { key: problem.key });
  }
  const compiled = Object.fromEntries(
    Object.entries(keys).map(([key, text]) => [key, parseHex(text) ?? new Uint8Array(0)]),
  );
  const rows = ignored.map((text) => {
    const row = parseHex(text);
    const wrong = row === undefined ? 'is not a row of whole hex bytes' : ignoredRowProblem(row, compiled);
    if (row !== undefined && wrong === undefined) return row;
    const message = `Ignored row "${text}": ${wrong}.`;
    throw new HallwardError('serial-keys.bad-table', 'usage', message, { ignored: text });
  });
  return rows.length === 0 ? { keys: compiled } : { keys: compiled, ignored: rows };
}

/**
 * Cuts a stream into key presses and rows that mean nothing. The longest row that fits wins; where two tables have
 * the same row, the first table has it, but a key of any table goes before a row that another one ignores. Reasons of discarded bytes: `unknown-bytes` (can't belong to any row), `unfinished` (a row that
 * broke off). `decoder` throws `serial-keys.bad-table` (usage) for an empty row or one of more than 64 bytes.
 */
export const serialKeys: Framing<KeyTable, KeyFrame> = {
  name: 'serial-keys',
  idleMilliseconds: 50,
  decoder: keysDecoder,
};

function keysDecoder(tables: readonly KeyTable[]): Decoder<KeyFrame> {
  const byFirstByte = new Map<number, Pattern[]>();
  for (const pattern of [...tables.flatMap(keysOf), ...tables.flatMap(ignoredOf)]) {
    const first = pattern.bytes[0]!;
    const others = byFirstByte.get(first) ?? [];
    // Sorting is stable, so that of equal rows the first table's stays first, and a key before what is ignored.
    byFirstByte.set(
      first,
      [...others, pattern].sort((a, b) => b.bytes.length - a.bytes.length),
    );
  }
  return scanningDecoder(
    (bytes, offset, final) => look(byFirstByte.get(bytes[offset]!), bytes, offset, final),
    longestPatternBytes,
  );
}

function keysOf({ keys }: KeyTable, listener: number): Pattern[] {
  return Object.entries(keys).map(([key, bytes]) => {
    checkLength(bytes, `Key "${key}"`);
    return { listener, key, bytes };
  });
}

function ignoredOf({ ignored = [] }: KeyTable, listener: number): Pattern[] {
  return ignored.map((bytes) => {
    checkLength(bytes, 'An ignored row');
    return { listener, key: null, bytes };
  });
}

function checkLength({ length }: Uint8Array, what: string): void {
  if (length > 0 && length <= longestPatternBytes) return;
  const message = `${what} has ${length} bytes; 1 to ${longestPatternBytes} are possible.`;
  throw new HallwardError('serial-keys.bad-table', 'usage', message, { what, bytes: length });
}

/** @param patterns those that begin with the byte at `offset`, the longest first */
function look(
  patterns: readonly Pattern[] | undefined,
  bytes: Uint8Array,
  offset: number,
  final: boolean,
): Verdict<KeyFrame> {
  for (const { listener, key, bytes: row } of patterns ?? []) {
    if (hasBytesAt(bytes, row, offset)) return { frame: { listener, key }, length: row.length };
    if (!final && beginsAt(bytes, row, offset)) return 'wait';
  }
  // At the end a row that only begins here is unfinished; the decoder says so for a `wait`.
  const broken = final && patterns?.some(({ bytes: row }) => beginsAt(bytes, row, offset));
  return broken ? 'wait' : discardOne;
}

/** True where all that has arrived from `offset` on is the beginning of `row`. */
function beginsAt(bytes: Uint8Array, row: Uint8Array, offset: number): boolean {
  return (
    bytes.length - offset < row.length && hasBytesAt(bytes, row.subarray(0, bytes.length - offset), offset)
  );
}
