/**
 * The few bytes of IPP that a simulated printer writes and reads, by themselves: RFC 8010, 3.1 (message, groups,
 * attributes) and 3.5.2 (value tags). Not the controller's codec.
 */

type SimulatedIppTag = 0x21 | 0x23 | 0x30 | 0x41 | 0x42 | 0x44;

/** One attribute: texts as they are, numbers as signed 32 bits. */
export interface SimulatedIppAttribute {
  readonly tag: SimulatedIppTag;
  readonly values: readonly (string | number)[];
}

const textBytes = (text: string) => [...Buffer.from(text)];
const twoBytes = (number: number) => [number >> 8, number & 0xff];

/** Tag, length of the name, name, length of the value, value; further values have no name. */
function attributeBytes(name: string, { tag, values }: SimulatedIppAttribute): number[] {
  return values.flatMap((value, index) => {
    const title = index === 0 ? textBytes(name) : [];
    const content =
      typeof value === 'string'
        ? textBytes(value)
        : [(value >> 24) & 0xff, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
    return [tag, ...twoBytes(title.length), ...title, ...twoBytes(content.length), ...content];
  });
}

/** attributes-charset utf-8, attributes-natural-language en: the first two of every answer. */
const opening = [
  ...[0x01, 0x47, 0x00, 0x12, ...textBytes('attributes-charset'), 0x00, 0x05, ...textBytes('utf-8')],
  ...[0x48, 0x00, 0x1b, ...textBytes('attributes-natural-language'), 0x00, 0x02, ...textBytes('en')],
];

interface SimulatedIppAnswer {
  readonly version: readonly [number, number];
  readonly status: number;
  /** The four bytes of the request. */
  readonly requestId: readonly number[];
  /** None where there is no printer group. */
  readonly printer: Iterable<readonly [string, SimulatedIppAttribute]> | undefined;
}

/** An answer from its first byte to the end-of-attributes tag. */
export function answerBytes({ version, status, requestId, printer }: SimulatedIppAnswer): Uint8Array {
  const group =
    printer === undefined
      ? []
      : [0x04, ...[...printer].flatMap(([name, each]) => attributeBytes(name, each))];
  return Uint8Array.from([...version, ...twoBytes(status), ...requestId, ...opening, ...group, 0x03]);
}

export interface HeardIppRequest {
  readonly version: string;
  readonly operation: number;
  readonly requestId: readonly number[];
  /** Texts of each operation attribute. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** Reads a request of texts only, as clients send to ask for attributes; `undefined` where it is none. */
export function heardRequest(bytes: Buffer): HeardIppRequest | undefined {
  if (bytes.length < 9 || bytes[8] !== 0x01) return undefined;
  const attributes = new Map<string, string[]>();
  let name = '';
  let at = 9;
  while (at + 5 <= bytes.length && bytes[at] !== 0x03) {
    const nameLength = bytes.readUInt16BE(at + 1);
    const valueAt = at + 5 + nameLength;
    if (valueAt > bytes.length) return undefined;
    if (nameLength > 0) name = bytes.toString('utf8', at + 3, at + 3 + nameLength);
    const end = valueAt + bytes.readUInt16BE(at + 3 + nameLength);
    attributes.set(name, [...(attributes.get(name) ?? []), bytes.toString('utf8', valueAt, end)]);
    at = end;
  }
  if (bytes[at] !== 0x03) return undefined;
  return {
    version: `${bytes[0]}.${bytes[1]}`,
    operation: bytes.readUInt16BE(2),
    requestId: [...bytes.subarray(4, 8)],
    attributes,
  };
}
