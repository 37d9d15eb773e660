/** Values of an agent by object identifier, found again by column and row. Pure; nothing that comes in is trusted. */

import { cleanText, decodeText } from './plain-text.js';

/** As SNMP gives them: bytes for octet strings, a dotted text for object identifiers, `null` for what is not there. */
export type MibValue = number | bigint | Uint8Array | string | null;

export interface MibBinding {
  readonly oid: string;
  readonly value: MibValue;
}

/** One cell of a table: the column is known, `index` is what follows it. */
interface MibCell {
  readonly index: readonly number[];
  readonly value: MibValue;
}

/** More than any printer has; what is beyond is not looked at. */
const mostBindings = 8_192;

/** What an agent said. Of an identifier that came twice the first value holds. */
export class MibView {
  readonly #values = new Map<string, MibValue>();

  constructor(bindings: readonly MibBinding[]) {
    for (const { oid, value } of bindings.slice(0, mostBindings)) {
      if (!this.#values.has(oid)) this.#values.set(oid, value);
    }
  }

  /** `null` where it is not there. */
  value(oid: string): MibValue {
    return this.#values.get(oid) ?? null;
  }

  /** A whole number, or `null`. */
  integer(oid: string): number | null {
    return integerOf(this.value(oid));
  }

  /** Readable text, or `null`. */
  text(oid: string, most: number): string | null {
    return textOf(this.value(oid), most);
  }

  /** The cells of a column, in order of their index; `null` values are left out. */
  column(oid: string): readonly MibCell[] {
    const cells: MibCell[] = [];
    for (const [key, value] of this.#values) {
      if (value === null || !key.startsWith(`${oid}.`)) continue;
      const rest = key.slice(oid.length + 1);
      if (/^\d{1,10}(\.\d{1,10})*$/.test(rest)) cells.push({ index: rest.split('.').map(Number), value });
    }
    return cells.sort((one, other) => compare(one.index, other.index));
  }
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = one[at]! - other[at]!;
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** A whole number that can be relied on, or `null`. */
export function integerOf(value: MibValue): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** Bytes beyond belong to no name that a person reads. */
const mostTextBytes = 1_024;

/**
 * Bytes as text for people.
 * @param most characters; `null` where nothing readable is left
 */
export function textOf(value: MibValue, most: number): string | null {
  return value instanceof Uint8Array
    ? cleanText(decodeText(value.subarray(0, mostTextBytes)), most) || null
    : null;
}
