/**
 * What an IPP attribute may hold, and how its bytes are read (RFC 8010, 3.5.2 and 3.9). Pure. A value whose content does
 * not fit its tag costs that value alone: it becomes `other`.
 */
import { decodeText } from './plain-text.js';

/** Text in the message's charset; `language` only where the value carries its own. */
interface IppText {
  readonly syntax: 'text' | 'name';
  readonly value: string;
  readonly language: string | null;
}

interface IppWord {
  readonly syntax: 'keyword' | 'uri' | 'uriScheme' | 'charset' | 'naturalLanguage' | 'mimeMediaType';
  readonly value: string;
}

/** There is such an attribute, but no value. */
interface IppOutOfBand {
  readonly syntax: 'out-of-band';
  readonly value:
    | 'unsupported'
    | 'unknown'
    | 'no-value'
    | 'default'
    | 'not-settable'
    | 'delete-attribute'
    | 'admin-define';
}

export type IppValue =
  | { readonly syntax: 'integer' | 'enum'; readonly value: number }
  | { readonly syntax: 'boolean'; readonly value: boolean }
  | IppText
  | IppWord
  | { readonly syntax: 'octetString'; readonly value: Uint8Array }
  /** RFC 3339 with the printer's own offset: `2026-11-22T19:01:17.0+08:00`. */
  | { readonly syntax: 'dateTime'; readonly value: string }
  | { readonly syntax: 'rangeOfInteger'; readonly lower: number; readonly upper: number }
  /** In dots for each `unit`. */
  | { readonly syntax: 'resolution'; readonly x: number; readonly y: number; readonly unit: 'inch' | 'cm' }
  | { readonly syntax: 'collection'; readonly members: IppAttributes }
  | IppOutOfBand
  /** A tag that is not known, or bytes that do not fit it. */
  | { readonly syntax: 'other'; readonly tag: number; readonly value: Uint8Array };

/** Values of each attribute, by its name; never an empty list. */
export type IppAttributes = ReadonlyMap<string, readonly IppValue[]>;

const outOfBand: Readonly<Record<number, IppOutOfBand['value']>> = {
  16: 'unsupported',
  17: 'default',
  18: 'unknown',
  19: 'no-value',
  21: 'not-settable',
  22: 'delete-attribute',
  23: 'admin-define',
};

const words: Readonly<Record<number, IppWord['syntax']>> = {
  68: 'keyword',
  69: 'uri',
  70: 'uriScheme',
  71: 'charset',
  72: 'naturalLanguage',
  73: 'mimeMediaType',
};

/** Reads the value of one tag, but for collections, which have no value of their own. Never throws. */
export function readIppValue(tag: number, bytes: Uint8Array): IppValue {
  return readKnown(tag, bytes) ?? { syntax: 'other', tag, value: bytes };
}

function readKnown(tag: number, bytes: Uint8Array): IppValue | undefined {
  const none = outOfBand[tag];
  if (none !== undefined) return { syntax: 'out-of-band', value: none };
  const word = words[tag];
  if (word !== undefined) return { syntax: word, value: decodeText(bytes) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (tag) {
    case 0x21:
    case 0x23:
      return bytes.length === 4
        ? { syntax: tag === 0x21 ? 'integer' : 'enum', value: view.getInt32(0) }
        : undefined;
    case 0x22:
      return bytes.length === 1 && (bytes[0] ?? 2) <= 1
        ? { syntax: 'boolean', value: bytes[0] === 1 }
        : undefined;
    case 0x30:
      return { syntax: 'octetString', value: bytes };
    case 0x31:
      return readDateTime(view);
    case 0x32: {
      const unit = bytes.length === 9 ? view.getInt8(8) : 0;
      if (unit !== 3 && unit !== 4) return undefined;
      return {
        syntax: 'resolution',
        x: view.getInt32(0),
        y: view.getInt32(4),
        unit: unit === 3 ? 'inch' : 'cm',
      };
    }
    case 0x33:
      return bytes.length === 8
        ? { syntax: 'rangeOfInteger', lower: view.getInt32(0), upper: view.getInt32(4) }
        : undefined;
    case 0x35:
    case 0x36:
      return readWithLanguage(tag === 0x35 ? 'text' : 'name', bytes, view);
    case 0x41:
    case 0x42:
      return { syntax: tag === 0x41 ? 'text' : 'name', value: decodeText(bytes), language: null };
    default:
      return undefined;
  }
}

/** Two strings, each behind its length. */
function readWithLanguage(syntax: IppText['syntax'], bytes: Uint8Array, view: DataView): IppText | undefined {
  if (bytes.length < 4) return undefined;
  const textAt = 2 + view.getUint16(0);
  if (textAt + 2 > bytes.length || textAt + 2 + view.getUint16(textAt) !== bytes.length) return undefined;
  return {
    syntax,
    value: decodeText(bytes.subarray(textAt + 2)),
    language: decodeText(bytes.subarray(2, textAt)),
  };
}

/** DateAndTime of RFC 2579: year, month, day, hour, minutes, seconds, tenths, direction from UTC, hours, minutes. */
function readDateTime(view: DataView): IppValue | undefined {
  if (view.byteLength !== 11) return undefined;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0, tenth = 0, sign = 0, offset = 0, rest = 0] =
    Array.from({ length: 9 }, (_, index) => view.getUint8(index + 2));
  const isValid =
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    tenth <= 9 &&
    (sign === 0x2b || sign === 0x2d) &&
    offset <= 14 &&
    rest <= 59;
  if (!isValid) return undefined;
  const two = (number: number) => String(number).padStart(2, '0');
  const date = `${String(view.getUint16(0)).padStart(4, '0')}-${two(month)}-${two(day)}`;
  const time = `${two(hour)}:${two(minute)}:${two(second)}.${tenth}`;
  return {
    syntax: 'dateTime',
    value: `${date}T${time}${String.fromCharCode(sign)}${two(offset)}:${two(rest)}`,
  };
}
