/**
 * Frames of boards that are described by a profile alone (`template-profile.ts`): what is sent, and how an answer is
 * recognised. There is no source: each profile names its own.
 */
import { parseHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import { checksumOf } from './checksums.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';
import { checksumPartBytes } from './template-checks.js';
import type { TemplateFrame, TemplatePart, TemplateProfile } from './template-profile.js';
import { encodeText } from './text-encoding.js';

/** What the parts of a frame are filled with. */
export interface TemplateValues {
  readonly address: number;
  /** The window's number; `null` where the board belongs to none. */
  readonly window: number | null;
  /** How many frames were sent before. */
  readonly sent: number;
  readonly lines: readonly string[];
  readonly attention: boolean;
}

/**
 * The bytes of a frame.
 * Throws `template.impossible-value` (usage) for a number that its part has no room for.
 */
export function encodeFrame(
  { display }: TemplateProfile,
  { parts, escape: escaping }: TemplateFrame,
  values: TemplateValues,
): Uint8Array {
  const places = new Map(parts.map(({ name }, index) => [name, index]));
  const span = (from: string, to: string): readonly [number, number] => [
    places.get(from)!,
    places.get(to)! + 1,
  ];
  // First what stands for itself, and as much room as the rest will take.
  const filled = parts.map((part) => contentOf(part, display.encoding, values));
  for (const [index, part] of parts.entries()) {
    if (part.part !== 'length') continue;
    const counted = filled.slice(...span(part.from, part.to)).reduce((sum, { length }) => sum + length, 0);
    filled[index] = writeNumber('length', counted + part.add, part);
  }
  for (const [index, part] of parts.entries()) {
    if (part.part !== 'checksum') continue;
    const covered = Uint8Array.from(filled.slice(...span(part.from, part.to)).flatMap((bytes) => [...bytes]));
    const bytes = checksumPartBytes(part.kind, part.as);
    if (bytes > 0)
      filled[index] = writeNumber('checksum', checksumOf(part.kind, covered), { ...part, bytes });
  }
  if (escaping === undefined) return Uint8Array.from(filled.flatMap((bytes) => [...bytes]));
  const table = new Map(
    Object.entries(escaping.table).map(([byte, sent]) => [parseHex(byte)![0]!, parseHex(sent)!]),
  );
  const [first, end] = span(escaping.from, escaping.to);
  return Uint8Array.from(
    filled.flatMap((bytes, index) =>
      index >= first && index < end
        ? [...bytes].flatMap((byte) => [...(table.get(byte) ?? [byte])])
        : [...bytes],
    ),
  );
}

type Encoding = TemplateProfile['display']['encoding'];

function contentOf(part: TemplatePart, encoding: Encoding, values: TemplateValues): Uint8Array {
  switch (part.part) {
    case 'bytes':
      return parseHex(part.bytes)!;
    case 'address':
      return writeNumber('address', values.address, part);
    case 'window':
      return writeNumber('window', values.window ?? Number.NaN, part);
    case 'counter':
      return writeNumber('counter', part.first + (values.sent % (part.last - part.first + 1)), part);
    case 'style':
      return parseHex(values.attention ? part.attention : part.normal) ?? new Uint8Array(0);
    case 'text':
      return textOf(part, encoding, values.lines);
    case 'length':
      return new Uint8Array(part.bytes);
    case 'checksum':
      return new Uint8Array(checksumPartBytes(part.kind, part.as));
  }
}

function textOf(
  part: Extract<TemplatePart, { part: 'text' }>,
  encoding: Encoding,
  lines: readonly string[],
): Uint8Array {
  const room = part.bytes ?? part.mostBytes;
  const newLine = parseHex(part.newLine ?? '') ?? new Uint8Array(0);
  const wanted = part.line === undefined ? lines : [lines[part.line - 1] ?? ''];
  const bytes: number[] = [];
  for (const [index, line] of wanted.entries()) {
    if (index > 0) {
      if (bytes.length + newLine.length > room) break;
      bytes.push(...newLine);
    }
    bytes.push(...encodeText(line, encoding, room - bytes.length));
  }
  if (part.bytes === undefined) return Uint8Array.from(bytes);
  const missing = part.bytes - bytes.length;
  const before = part.align === 'left' ? 0 : part.align === 'right' ? missing : Math.floor(missing / 2);
  const padded = new Uint8Array(part.bytes).fill(parseHex(part.pad)![0]!);
  padded.set(bytes, before);
  return padded;
}

interface Written {
  readonly as: 'binary' | 'decimal' | 'hex';
  readonly bytes: number;
  readonly order: 'low-first' | 'high-first';
}

function writeNumber(what: string, value: number, { as, bytes, order }: Written): Uint8Array {
  const base = as === 'decimal' ? 10 : as === 'hex' ? 16 : 256;
  if (!Number.isInteger(value) || value < 0 || value >= base ** bytes) {
    const message = `The ${what} ${value} does not fit into ${bytes} bytes (${as}) of the frame.`;
    throw new HallwardError('template.impossible-value', 'usage', message, { what, value, bytes });
  }
  if (as !== 'binary') return encodeText(value.toString(base).toUpperCase().padStart(bytes, '0'), 'ascii');
  const highFirst = Array.from(
    { length: bytes },
    (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256,
  );
  return Uint8Array.from(order === 'high-first' ? highFirst : highFirst.reverse());
}

/** One place of a pattern; `null`: any byte. */
type Pattern = readonly (number | null)[];

/** A pattern's bytes for one board. */
export function patternOf(profile: TemplateProfile, text: string, address: number): Pattern {
  const part = profile.show.parts.find((one) => one.part === 'address');
  return text.split(' ').flatMap((token) => {
    if (token === '??') return [null];
    if (token === '{address}') return part === undefined ? [] : [...writeNumber('address', address, part)];
    return [...parseHex(token)!];
  });
}

/**
 * Reads the answer of the board with `address` to `request`: `true` where it took the frame; a `HallwardError` frame
 * `template.refused` (kind `refused`) where it did not. Discarded: `echo`, our own frame; `unknown-bytes`, the rest.
 * Throws `template.no-answer` (usage) for a profile without an answer.
 */
export function templateAnswerDecoder(
  profile: TemplateProfile,
  address: number,
  request: Uint8Array,
): Decoder<true | HallwardError> {
  const { answer } = profile;
  if (answer === undefined) {
    throw new HallwardError('template.no-answer', 'usage', `The ${profile.model} answers nothing.`);
  }
  const accepted = patternOf(profile, answer.accepted, address);
  const refused = answer.refused === undefined ? undefined : patternOf(profile, answer.refused, address);
  const look = (bytes: Uint8Array, offset: number, final: boolean): Verdict<true | HallwardError> => {
    const echo = matches(request, bytes, offset);
    if (echo === 'whole') return { discard: request.length, reason: 'echo' };
    const [yes, no] = [accepted, refused].map((one) =>
      one === undefined ? 'not' : matches(one, bytes, offset),
    );
    if ((echo === 'begun' || yes === 'begun' || no === 'begun') && !final) return 'wait';
    if (yes === 'whole') return { frame: true, length: accepted.length };
    if (no === 'whole') {
      const message = `The ${profile.model} refused the frame.`;
      return { frame: new HallwardError('template.refused', 'refused', message), length: refused!.length };
    }
    return discardOne;
  };
  return scanningDecoder(look, Math.max(request.length, accepted.length, refused?.length ?? 0) + 1);
}

/** Whether `pattern` stands at `offset`: whole, as far as bytes have come, or not. */
function matches(
  pattern: ArrayLike<number | null>,
  bytes: Uint8Array,
  offset: number,
): 'whole' | 'begun' | 'not' {
  const count = Math.min(pattern.length, bytes.length - offset);
  for (let index = 0; index < count; index++) {
    const wanted = pattern[index]!;
    if (wanted !== null && wanted !== bytes[offset + index]) return 'not';
  }
  return count === pattern.length ? 'whole' : 'begun';
}
