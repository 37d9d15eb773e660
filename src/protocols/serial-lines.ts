/**
 * Devices that send lines of text, such as `E,5,3` for "window 5, level 3". The form of a line is configured as a
 * template. LF, CR or both end a line; empty lines mean nothing.
 */
import { HallwardError } from '../kernel/errors.js';
import type { Decoded, Decoder, Framing } from '../kernel/framing.js';

/** The longest line, without its end. */
const longestLineBytes = 256;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

const fieldExpressions = {
  window: '[A-Za-z0-9-]{1,40}',
  level: '[1-5]',
  key: '[A-Za-z0-9-]{1,40}',
  staff: '[A-Za-z0-9-]{1,40}',
} as const;

export type LineField = keyof typeof fieldExpressions;
export type LineLevel = '1' | '2' | '3' | '4' | '5';

/** A compiled template. */
export interface LinePattern {
  readonly template: string;
  readonly fields: readonly LineField[];
  /** Matches a whole line; its groups are the fields in order. */
  readonly expression: RegExp;
  /**
   * The template begins with text that has a character no field can hold (`E,`). The rest of a damaged line can't
   * pass for a whole line then.
   */
  readonly recognisable: boolean;
}

/** A line that fits; `listener` is the index of its pattern. The fields are those of the pattern. */
export interface LineFrame {
  readonly listener: number;
  readonly window?: string;
  readonly level?: LineLevel;
  readonly key?: string;
  readonly staff?: string;
}

/**
 * Compiles a template such as `E,{window},{level}`. `{window}`, `{key}` and `{staff}` are 1 to 40 of `A-Z a-z 0-9 -`,
 * `{level}` is `1` to `5`; everything else stands for itself.
 * Throws `serial-lines.bad-pattern` (usage) for an unknown or doubled field, two fields with nothing between them,
 * a brace that is no field's, characters that are not printable ASCII, and for nothing at all.
 */
export function compileLinePattern(template: string): LinePattern {
  const refuse = (problem: string) =>
    new HallwardError('serial-lines.bad-pattern', 'usage', `Pattern "${template}": ${problem}.`, {
      template,
    });
  if (template === '') throw refuse('it is empty');
  if (!/^[\x20-\x7e]+$/.test(template)) throw refuse('only printable ASCII characters are possible');
  if (template.length > longestLineBytes) throw refuse(`more than ${longestLineBytes} characters`);

  const fields: LineField[] = [];
  let source = '';
  let afterField = false;
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (part === '') continue;
    const name = /^\{(.*)\}$/.exec(part)?.[1];
    if (name === undefined) {
      const brace = /[{}]/.exec(part)?.[0];
      if (brace !== undefined) throw refuse(`"${brace}" without its other half`);
      source += part.replace(/[\\^$.*+?()[\]|/-]/g, '\\$&');
      afterField = false;
      continue;
    }
    if (!isField(name)) {
      throw refuse(`unknown field {${name}}; possible are {window}, {level}, {key} and {staff}`);
    }
    if (fields.includes(name)) throw refuse(`field {${name}} stands there twice`);
    if (afterField) throw refuse(`between {${fields.at(-1)}} and {${name}} something must tell them apart`);
    fields.push(name);
    source += `(${fieldExpressions[name]})`;
    afterField = true;
  }
  const head = template.split('{', 1)[0] ?? '';
  return {
    template,
    fields,
    expression: new RegExp(`^${source}$`),
    recognisable: /[^A-Za-z0-9-]/.test(head),
  };
}

/**
 * Cuts a stream into lines that fit a listener's pattern (the first that fits has it). `bytes` and `discarded` are
 * without line ends. Reasons of discarded bytes:
 * - `no-match`: a line of text that fits no pattern.
 * - `not-text`: a line with bytes that are not printable ASCII. If what stands behind the last of them is a whole
 *   line of a recognisable pattern, it is taken: noise costs no line that it only preceded.
 * - `too-long`: more than 256 bytes without an end; up to the next end.
 * - `unfinished`: the line fell silent before the end.
 */
export const serialLines: Framing<LinePattern, LineFrame> = {
  name: 'serial-lines',
  idleMilliseconds: 1000,
  decoder: (patterns) => new LineDecoder(patterns),
};

class LineDecoder implements Decoder<LineFrame> {
  readonly #patterns: readonly LinePattern[];
  /** What has come of a line that has no end yet. */
  readonly #begun = Buffer.alloc(longestLineBytes);
  #begunBytes = 0;
  /** Inside a line that is too long. */
  #skipping = false;

  constructor(patterns: readonly LinePattern[]) {
    this.#patterns = patterns;
  }

  feed(chunk: Uint8Array): Decoded<LineFrame>[] {
    const found: Decoded<LineFrame>[] = [];
    // One view for the whole chunk; each line is then read out of it without a copy of its bytes.
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let nextFeed = endFrom(chunk, lineFeed, 0);
    let nextReturn = endFrom(chunk, carriageReturn, 0);
    let start = 0;
    while (start < chunk.length) {
      const end = Math.min(nextFeed, nextReturn);
      if (this.#skipping || this.#begunBytes > 0)
        this.#goOn(chunk.subarray(start, end), end < chunk.length, found);
      else if (end === chunk.length || end - start > longestLineBytes) {
        this.#begin(chunk.subarray(start, end), end < chunk.length, found);
      } else if (end > start) this.#read(chunk, view, start, end, found);
      start = end + 1;
      if (nextFeed < start) nextFeed = endFrom(chunk, lineFeed, start);
      if (nextReturn < start) nextReturn = endFrom(chunk, carriageReturn, start);
    }
    return found;
  }

  idle(): Decoded<LineFrame>[] {
    const left = new Uint8Array(this.#begun.subarray(0, this.#begunBytes));
    this.#begunBytes = 0;
    this.#skipping = false;
    return left.length === 0 ? [] : [{ discarded: left, reason: 'unfinished' }];
  }

  /** Keeps the beginning of a line for the next chunk, or gives it up where it is too long already. */
  #begin(part: Uint8Array, ended: boolean, found: Decoded<LineFrame>[]): void {
    if (part.length > longestLineBytes) {
      found.push({ discarded: part, reason: 'too-long' });
      this.#skipping = !ended;
      return;
    }
    this.#begun.set(part, 0);
    this.#begunBytes = part.length;
  }

  /** The next part of a line that an earlier chunk began. */
  #goOn(part: Uint8Array, ended: boolean, found: Decoded<LineFrame>[]): void {
    const length = this.#begunBytes + part.length;
    if (!this.#skipping && length <= longestLineBytes) {
      this.#begun.set(part, this.#begunBytes);
      this.#begunBytes = length;
      if (!ended) return;
      const line = Buffer.from(this.#begun.subarray(0, length));
      this.#begunBytes = 0;
      this.#read(line, line, 0, length, found);
      return;
    }
    if (this.#begunBytes > 0) {
      found.push({
        discarded: new Uint8Array(this.#begun.subarray(0, this.#begunBytes)),
        reason: 'too-long',
      });
    }
    if (part.length > 0) found.push({ discarded: part, reason: 'too-long' });
    this.#begunBytes = 0;
    this.#skipping = !ended;
  }

  /** A whole line of at least one byte. `view` is of the same memory as `bytes`. */
  #read(bytes: Uint8Array, view: Buffer, start: number, end: number, found: Decoded<LineFrame>[]): void {
    const line = view.toString('latin1', start, end);
    const frame = this.#match(line, false);
    if (frame !== undefined) {
      found.push({ frame, bytes: bytes.subarray(start, end) });
      return;
    }
    const noise = /^[\s\S]*[^\x20-\x7e]/.exec(line)?.[0].length ?? 0;
    const behindNoise = noise === 0 ? undefined : this.#match(line.slice(noise), true);
    if (behindNoise === undefined) {
      found.push({ discarded: bytes.subarray(start, end), reason: noise === 0 ? 'no-match' : 'not-text' });
      return;
    }
    found.push({ discarded: bytes.subarray(start, start + noise), reason: 'not-text' });
    found.push({ frame: behindNoise, bytes: bytes.subarray(start + noise, end) });
  }

  #match(line: string, onlyRecognisable: boolean): LineFrame | undefined {
    for (let listener = 0; listener < this.#patterns.length; listener++) {
      const { expression, fields, recognisable } = this.#patterns[listener]!;
      if (onlyRecognisable && !recognisable) continue;
      const match = expression.exec(line);
      if (match === null) continue;
      const frame: Record<string, unknown> & { listener: number } = { listener };
      for (let field = 0; field < fields.length; field++) frame[fields[field]!] = match[field + 1];
      return frame as LineFrame;
    }
    return undefined;
  }
}

/** Place of the next `byte` from `start` on, or the length where there is none. */
function endFrom(chunk: Uint8Array, byte: number, start: number): number {
  const place = chunk.indexOf(byte, start);
  return place === -1 ? chunk.length : place;
}

function isField(name: string): name is LineField {
  return Object.hasOwn(fieldExpressions, name);
}
