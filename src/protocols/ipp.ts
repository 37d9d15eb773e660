/**
 * IPP messages as RFC 8010 has them: a request for attributes into bytes, an answer's bytes into attributes. Pure; how
 * they travel is `transports/ipp.ts`.
 *
 * An answer comes from a box on a network: every length is checked against what is there, nothing is kept but what the
 * input holds, and collections go only so deep.
 */
import { formatHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import { type IppAttributes, type IppValue, readIppValue } from './ipp-values.js';
import { decodeText } from './plain-text.js';

/** Get-Printer-Attributes (RFC 8011, 4.2.5). */
export const getPrinterAttributes = 0x000b;

export type IppVersion = '2.0' | '1.1';

interface IppRequest {
  readonly operation: number;
  /** 1 to 2^31 - 1; the answer carries it again. */
  readonly requestId: number;
  /** `ipp://192.168.1.60/ipp/print`; at most 1023 bytes. */
  readonly printerUri: string;
  /** Names of attributes; all of them where the list is empty. */
  readonly requestedAttributes: readonly string[];
  /** Who asks: some printers refuse to answer nobody. At most 255 bytes. */
  readonly userName: string;
  /** 2.0 if absent. */
  readonly version?: IppVersion;
}

interface IppGroup {
  /** 1 operation, 2 job, 4 printer, 5 unsupported, and others. */
  readonly tag: number;
  readonly attributes: IppAttributes;
}

export interface IppResponse {
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** 0x0000 to 0x00FF: successful (RFC 8011, appendix B). */
  readonly status: number;
  readonly requestId: number;
  /** In their order; several may have the same tag, and any may be empty. */
  readonly groups: readonly IppGroup[];
}

export const ippGroups = { operation: 1, printer: 4 } as const;

/** Bytes of the longest message that is read. */
const ippLimitBytes = 256 * 1024;
const groupLimit = 256;
const attributeLimit = 4_096;
const valueLimit = 16_384;
const depthLimit = 8;
/** RFC 8010, 3.1.4: names have at most 255 octets. */
const nameLimit = 255;
/** RFC 8010, 3.9: the longest values have 32767. */
const lengthLimit = 0x7fff;

const headLength = 8;
const endOfAttributes = 0x03;
const begCollection = 0x34;
const endCollection = 0x37;
const memberName = 0x4a;

/** Throws `ipp.bad-request` (usage) for what cannot be said. */
export function encodeRequest(request: IppRequest): Uint8Array {
  const { operation, requestId, printerUri, requestedAttributes, userName, version = '2.0' } = request;
  if (!Number.isInteger(requestId) || requestId < 1 || requestId > 0x7fffffff)
    throw badRequest(`request number ${requestId}`);
  if (!Number.isInteger(operation) || operation < 0 || operation > 0x7fff)
    throw badRequest(`operation ${operation}`);
  const head = Buffer.alloc(headLength + 1);
  head.set(version === '2.0' ? [2, 0] : [1, 1]);
  head.writeUInt16BE(operation, 2);
  head.writeUInt32BE(requestId, 4);
  head[headLength] = ippGroups.operation;
  return new Uint8Array(
    Buffer.concat([
      head,
      // These two come first, in this order (RFC 8011, 4.1.4).
      written(0x47, 'attributes-charset', 'utf-8', 63),
      written(0x48, 'attributes-natural-language', 'en', 63),
      written(0x45, 'printer-uri', printerUri, 1023),
      written(0x42, 'requesting-user-name', userName, 255),
      ...requestedAttributes.map((name, index) =>
        written(0x44, index === 0 ? 'requested-attributes' : '', name, 255),
      ),
      Buffer.of(endOfAttributes),
    ]),
  );
}

function written(tag: number, name: string, value: string, limit: number): Buffer {
  const length = Buffer.byteLength(value);
  if (length === 0 || length > limit) throw badRequest(`a value of ${length} bytes`);
  const head = Buffer.alloc(3);
  head[0] = tag;
  head.writeUInt16BE(name.length, 1);
  const middle = Buffer.alloc(2);
  middle.writeUInt16BE(length);
  return Buffer.concat([head, Buffer.from(name, 'ascii'), middle, Buffer.from(value)]);
}

function badRequest(what: string): HallwardError {
  return new HallwardError('ipp.bad-request', 'usage', `IPP has no place for ${what}`);
}

/**
 * Reads a whole message; what stands behind its end is not looked at. An attribute that comes twice in a group counts
 * as it came first.
 * @throws `ipp.garbled` (garbled); evidence: `offset` (bytes), `received`
 */
export function decodeResponse(bytes: Uint8Array): IppResponse {
  return new MessageReader(bytes).message();
}

/** One value as it stands on the wire. */
interface Field {
  readonly tag: number;
  readonly name: string;
  readonly value: Uint8Array;
}

/** The attribute that further values belong to. */
type Values = IppValue[];

class MessageReader {
  readonly #view: DataView;
  #at = 0;
  #attributes = 0;
  #values = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(): IppResponse {
    const { bytes } = this;
    if (bytes.length > ippLimitBytes) throw this.#garbled(`longer than ${ippLimitBytes} bytes`);
    if (bytes.length <= headLength) throw this.#garbled('cut within its head');
    this.#at = headLength;
    return {
      versionMajor: this.#view.getUint8(0),
      versionMinor: this.#view.getUint8(1),
      status: this.#view.getUint16(2),
      requestId: this.#view.getUint32(4),
      groups: this.#groups(),
    };
  }

  #groups(): IppGroup[] {
    const groups: IppGroup[] = [];
    let attributes: Map<string, Values> | undefined;
    let open: Values | undefined;
    for (;;) {
      const tag = this.#byte();
      if (tag === endOfAttributes) return groups;
      if (tag === 0) throw this.#garbled('a group has the number 0');
      if (tag < 0x10) {
        if (groups.length >= groupLimit) throw this.#garbled(`more than ${groupLimit} groups`);
        attributes = new Map();
        groups.push({ tag, attributes });
        open = undefined;
        continue;
      }
      if (attributes === undefined) throw this.#garbled('an attribute stands before the first group');
      const field = this.#field(tag);
      if (field.name !== '') open = this.#begun(attributes, field.name);
      if (open === undefined) throw this.#garbled('a value belongs to no attribute');
      open.push(this.#value(field, 1));
    }
  }

  /** Begins an attribute; one that is there already gets its values into the void. */
  #begun(attributes: Map<string, Values>, name: string): Values {
    if (++this.#attributes > attributeLimit) throw this.#garbled(`more than ${attributeLimit} attributes`);
    const values: Values = [];
    if (!attributes.has(name)) attributes.set(name, values);
    return values;
  }

  #value({ tag, value }: Field, depth: number): IppValue {
    if (++this.#values > valueLimit) throw this.#garbled(`more than ${valueLimit} values`);
    if (tag === begCollection) return { syntax: 'collection', members: this.#members(depth) };
    if (tag === endCollection || tag === memberName)
      throw this.#garbled('a collection ends before it begins');
    return readIppValue(tag, value);
  }

  /** What stands between the begin and the end of a collection (RFC 8010, 3.1.6). */
  #members(depth: number): IppAttributes {
    if (depth > depthLimit) throw this.#garbled(`collections deeper than ${depthLimit}`);
    const members = new Map<string, Values>();
    let open: Values | undefined;
    const leaveOutEmpty = () => {
      for (const [name, values] of members) if (values.length === 0) members.delete(name);
      return members;
    };
    for (;;) {
      const tag = this.#byte();
      if (tag < 0x10) throw this.#garbled('a collection does not end');
      const field = this.#field(tag);
      if (field.name !== '') throw this.#garbled('an attribute stands within a collection');
      if (tag === endCollection) return leaveOutEmpty();
      if (tag === memberName) {
        if (field.value.length > nameLimit) throw this.#garbled(`a name of ${field.value.length} bytes`);
        open = this.#begun(members, decodeText(field.value));
        continue;
      }
      if (open === undefined) throw this.#garbled('a value belongs to no member');
      open.push(this.#value(field, depth + 1));
    }
  }

  /** Name and value behind a tag. */
  #field(tag: number): Field {
    const name = this.#counted(nameLimit, 'name');
    const value = this.#counted(lengthLimit, 'value');
    return { tag, name: decodeText(name), value };
  }

  #counted(limit: number, what: string): Uint8Array {
    if (this.#at + 2 > this.bytes.length) throw this.#garbled('cut');
    const length = this.#view.getUint16(this.#at);
    if (length > limit) throw this.#garbled(`a ${what} of ${length} bytes`);
    const from = this.#at + 2;
    if (from + length > this.bytes.length) throw this.#garbled(`cut within a ${what}`);
    this.#at = from + length;
    return this.bytes.subarray(from, this.#at);
  }

  #byte(): number {
    const byte = this.bytes[this.#at];
    if (byte === undefined) throw this.#garbled('cut');
    this.#at++;
    return byte;
  }

  #garbled(why: string): HallwardError {
    const from = Math.max(0, this.#at - 16);
    return new HallwardError(
      'ipp.garbled',
      'garbled',
      `not a valid IPP message at byte ${this.#at}: ${why}`,
      {
        offset: this.#at,
        length: this.bytes.length,
        received: formatHex(this.bytes.subarray(from, from + 32)),
      },
    );
  }
}
