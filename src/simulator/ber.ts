/** As much of ITU-T X.690 (BER) as SNMP needs, for the far ends; nothing of the controller's reading is used. */

/** One element: its tag and what is in it. */
export interface BerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tag, length in the shortest form, content. */
export function berElement(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, { length }) => sum + length, 0);
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Uint8Array.from([...head, ...content.flatMap((bytes) => [...bytes])]);
}

/** Two's complement, as few bytes as will do. */
export function berInteger(tag: number, value: number | bigint): Uint8Array {
  let rest = BigInt(value);
  const bytes: number[] = [];
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!((rest === 0n && bytes[0]! < 0x80) || (rest === -1n && bytes[0]! >= 0x80)));
  return berElement(tag, Uint8Array.from(bytes));
}

/** The first two numbers share a byte; the others are in groups of seven bits. */
export function berOid(tag: number, oid: string): Uint8Array {
  const [first = 0, second = 0, ...others] = oid.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const number of others) {
    const groups = [number % 128];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
      groups.unshift((rest % 128) | 0x80);
    }
    bytes.push(...groups);
  }
  return berElement(tag, Uint8Array.from(bytes));
}

/** All elements, one behind the other. Throws where they are not whole. */
export function readBer(bytes: Uint8Array): BerElement[] {
  const elements: BerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    const short = bytes[at + 1] ?? 0x80;
    const lengthBytes = short < 0x80 ? 0 : short - 0x80;
    let length = short;
    if (lengthBytes > 0)
      length = bytes.subarray(at + 2, at + 2 + lengthBytes).reduce((sum, b) => sum * 256 + b, 0);
    const from = at + 2 + lengthBytes;
    if (short === 0x80 || lengthBytes > 4 || from + length > bytes.length) throw new Error('not whole');
    elements.push({ tag, content: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return elements;
}

export function readBerInteger({ content }: BerElement): number {
  const sign = (content[0] ?? 0) >= 0x80 ? -1 : 0;
  return content.reduce((sum, byte) => sum * 256 + byte, sign);
}

export function readBerOid({ content }: BerElement): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
  const [first = 0, ...others] = numbers;
  return [Math.floor(first / 40), first % 40, ...others].join('.');
}
