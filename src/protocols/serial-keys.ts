/**
 * Keypads that send a fixed row of bytes for each key, without any further protocol: each maker's rows differ and
 * are learned from the wire. All keypads of one wire are told apart by their rows alone.
 */
import { formatHex, hasBytesAt, parseHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { Decoder, Framing } from '../kernel/framing.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';

/** The longest row of bytes that one key may send. */
export const longestPatternBytes = 64;

/** What the keys of one keypad send: key name to bytes (1 to 64 of them). */
export interface KeyTable {
  readonly keys: Readonly<Record<string, Uint8Array>>;
}

/** A key was pressed; `listener` is the index of its table. */
export interface KeyFrame {
  readonly listener: number;
  readonly key: string;
}

/** Something in a `keys:` table that cannot work, for a person. */
export interface KeyTableProblem {
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

/** The table of a configuration's `keys:`. Throws `serial-keys.bad-table` (usage) with the first problem. */
export function compileKeyTable(keys: Readonly<Record<string, string>>): KeyTable {
  const [problem] = keyTableProblems(keys);
  if (problem !== undefined) {
    const message = `Key "${problem.key}": ${problem.message}.`;
    throw new HallwardError('serial-keys.bad-table', 'usage', message, { key: problem.key });
  }
  const compiled = Object.entries(keys).map(([key, text]) => [key, parseHex(text) ?? new Uint8Array(0)]);
  return { keys: Object.fromEntries(compiled) };
}

/**
 * Cuts a stream into key presses. The longest row that fits wins; where two tables have the same row, the first
 * table has it. Reasons of discarded bytes: `unknown-bytes` (can't belong to any row), `unfinished` (a row that
 * broke off). `decoder` throws `serial-keys.bad-table` (usage) for an empty row or one of more than 64 bytes.
 */
export const serialKeys: Framing<KeyTable, KeyFrame> = {
  name: 'serial-keys',
  idleMilliseconds: 50,
  decoder: keysDecoder,
};

function keysDecoder(tables: readonly KeyTable[]): Decoder<KeyFrame> {
  const byFirstByte = new Map<number, Pattern[]>();
  for (const pattern of tables.flatMap(patternsOf)) {
    const first = pattern.bytes[0]!;
    const others = byFirstByte.get(first) ?? [];
    // Sorting is stable, so that of equal rows the first table's stays first.
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

function patternsOf(table: KeyTable, listener: number): Pattern[] {
  return Object.entries(table.keys).map(([key, bytes]) => {
    if (bytes.length === 0 || bytes.length > longestPatternBytes) {
      const message = `Key "${key}" has ${bytes.length} bytes; 1 to ${longestPatternBytes} are possible.`;
      throw new HallwardError('serial-keys.bad-table', 'usage', message, { key, bytes: bytes.length });
    }
    return { listener, key, bytes };
  });
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
