/** `"AA 05 01 B0"` (spaces between bytes as one likes, upper or lower case) as bytes; else `undefined`. */
export function parseHex(text: string): Uint8Array | undefined {
  const groups = text.trim().split(/\s+/);
  if (!groups.every((group) => /^(?:[0-9a-fA-F]{2})+$/.test(group))) return undefined;
  return Uint8Array.from(groups.join('').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as `"AA 05 01 B0"`; at most `limit` of them, then `…`. */
export function formatHex(bytes: Uint8Array, limit = 64): string {
  const shown = Array.from(bytes.subarray(0, limit), (byte) =>
    byte.toString(16).padStart(2, '0').toUpperCase(),
  );
  return shown.join(' ') + (bytes.length > limit ? ' …' : '');
}

/** True where `bytes` has `pattern` at `offset`. */
export function hasBytesAt(bytes: Uint8Array, pattern: Uint8Array, offset: number): boolean {
  if (offset + pattern.length > bytes.length) return false;
  for (let index = 0; index < pattern.length; index++) {
    if (bytes[offset + index] !== pattern[index]) return false;
  }
  return true;
}

/** The two one after the other, in new memory. */
export function concatBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first, 0);
  joined.set(second, first.length);
  return joined;
}
