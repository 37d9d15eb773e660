/** Rows of a specification's table as bytes: numbers as they are written there (`0x0012`), texts as their octets. */
export function octets(...rows: readonly (number[] | string)[]): Uint8Array {
  return Uint8Array.from(rows.flatMap((row) => (typeof row === 'string' ? rowBytes(row) : row)));
}

function rowBytes(row: string): number[] {
  return /^0x[0-9a-fA-F]+$/.test(row) ? [...Buffer.from(row.slice(2), 'hex')] : [...Buffer.from(row)];
}

/** An attribute with values of one tag, or a further value of the one before (no name). */
export function attribute(
  tag: string,
  name: string,
  ...values: readonly (string | Uint8Array | number)[]
): number[] {
  return values.flatMap((value, index) => {
    const title = index === 0 ? Buffer.from(name) : Buffer.alloc(0);
    const content =
      typeof value === 'number'
        ? int32(value)
        : typeof value === 'string'
          ? Buffer.from(value)
          : Buffer.from(value);
    return [
      ...Buffer.from(tag, 'hex'),
      ...uint16(title.length),
      ...title,
      ...uint16(content.length),
      ...content,
    ];
  });
}

/** A whole successful answer with one group of printer attributes. */
export function printerAnswer(...attributes: readonly (readonly number[])[]): Uint8Array {
  return octets('0x0200', '0x0000', '0x00000001', '0x04', attributes.flat(), '0x03');
}

function uint16(number: number): number[] {
  return [number >> 8, number & 0xff];
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}
