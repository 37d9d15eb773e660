/**
 * A capture: what passed on a wire, as JSON lines. The first line says which wire, each further one what passed and
 * when; `t` is milliseconds since the start, of a clock that never jumps.
 *
 * ```
 * {"capture":1,"bus":"keys-5","address":"/dev/ttyUSB0","baudRate":9600,"startedAt":"2026-11-21T01:02:03.004Z"}
 * {"t":0,"event":"opened"}
 * {"t":1204.3,"dir":"in","hex":"AA 05 01 B0"}
 * {"t":9000.1,"event":"lost","reason":"/dev/ttyUSB0 is gone"}
 * ```
 */
import { formatHex, parseHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';

/** A capture grows up to here, unless its writer is told otherwise. */
const standardCaptureBytes = 16 * 1024 * 1024;
/** More text than this is not read. */
const mostCharacters = 256 * 1024 * 1024;
/** Bytes on one line; what came at once and is longer takes several lines. */
const lineBytes = 4_096;
const longestLine = 65_536;
/** Room that is kept for the line that says that the capture is full. */
const lastLineBytes = 200;
const longestReason = 300;

const events = ['opened', 'lost', 'closed', 'full', 'stopped'] as const;

/** Which wire it was. Options of the line (`baudRate`, `parity`) stand beside `address`. */
interface CaptureHeader {
  readonly bus: string;
  readonly address: string;
  /** RFC 3339, by a wall clock that may be wrong. */
  readonly startedAt: string;
  readonly [option: string]: string | number;
}

/** Bytes that came (`in`) or went (`out`). */
interface CapturedBytes {
  /** Milliseconds since the start. */
  readonly t: number;
  readonly dir: 'in' | 'out';
  readonly bytes: Uint8Array;
}

/** Something about the wire itself; `closed` is by its owner, `full` and `stopped` are the last of a capture. */
interface CapturedEvent {
  /** Milliseconds since the start. */
  readonly t: number;
  readonly event: (typeof events)[number];
  readonly reason?: string;
}

export type CapturedMoment = CapturedBytes | CapturedEvent;

interface Capture {
  readonly header: CaptureHeader;
  readonly moments: readonly CapturedMoment[];
  /** The last line was cut off in the middle: the machine lost power, or the recording goes on. */
  readonly cut: boolean;
}

/** Makes the lines of a capture, up to a size. Once that is reached the last line says so, and nothing follows. */
export class CaptureWriter {
  #bytes = 0;
  #full = false;

  /** @param maximumBytes size of the whole text */
  constructor(
    private readonly header: CaptureHeader,
    private readonly maximumBytes = standardCaptureBytes,
  ) {}

  get full(): boolean {
    return this.#full;
  }

  /** The first line, with its end. */
  begin(): string {
    const line = `${JSON.stringify({ capture: 1, ...this.header })}\n`;
    this.#bytes += Buffer.byteLength(line);
    return line;
  }

  /** The lines for a moment, each with its end; empty once the capture is full. */
  add(moment: CapturedMoment): string {
    if (this.#full) return '';
    const text = linesOf(moment);
    const size = Buffer.byteLength(text);
    if (this.#bytes + size + lastLineBytes <= this.maximumBytes) {
      this.#bytes += size;
      return text;
    }
    this.#full = true;
    return linesOf({ t: moment.t, event: 'full', reason: `more than ${this.maximumBytes} bytes` });
  }
}

function linesOf(moment: CapturedMoment): string {
  const t = Math.round(moment.t * 10) / 10;
  if ('event' in moment) {
    const { event, reason } = moment;
    const said = reason === undefined ? {} : { reason: reason.slice(0, longestReason) };
    return `${JSON.stringify({ t, event, ...said })}\n`;
  }
  let text = '';
  for (let start = 0; start < moment.bytes.length; start += lineBytes) {
    const part = moment.bytes.subarray(start, start + lineBytes);
    text += `${JSON.stringify({ t, dir: moment.dir, hex: formatHex(part, part.length) })}\n`;
  }
  return text;
}

/**
 * Reads a whole capture. A last line without an end that makes no sense was cut, which is no mistake. Throws
 * `capture.bad-line` (usage) for anything else that does not belong there, with the line's number in message and
 * evidence; keys that are not known are passed over.
 */
export function readCapture(text: string): Capture {
  if (text.length > mostCharacters) throw bad(1, `the text is too long to be a capture`);
  let header: CaptureHeader | undefined;
  let cut = false;
  let number = 0;
  let start = 0;
  const moments: CapturedMoment[] = [];
  while (start < text.length) {
    number++;
    const found = text.indexOf('\n', start);
    const isWhole = found !== -1;
    const line = text.slice(start, isWhole ? found : text.length).replace(/\r$/, '');
    start = isWhole ? found + 1 : text.length;
    // A header that is cut tells nothing.
    if (!isWhole && header !== undefined && !isJson(line)) {
      cut = true;
      break;
    }
    if (header === undefined) header = readHeader(line, number);
    else if (line !== '') moments.push(readMoment(line, number, moments.at(-1)));
  }
  if (header === undefined) throw bad(1, 'there is nothing; expected a header with "capture": 1');
  return { header, moments, cut };
}

function readHeader(line: string, number: number): CaptureHeader {
  const found = objectOf(line, number);
  if (found.capture !== 1) {
    const what = found.capture === undefined ? 'it is no capture' : 'it is a capture of another version';
    throw bad(number, `${what}; expected a header with "capture": 1`);
  }
  for (const key of ['bus', 'address', 'startedAt']) {
    if (typeof found[key] !== 'string') throw bad(number, `"${key}" of the header must be text`);
  }
  if (Number.isNaN(Date.parse(String(found.startedAt)))) throw bad(number, '"startedAt" is no time');
  const entries = Object.entries(found).filter(
    ([key, value]) => key !== 'capture' && (typeof value === 'string' || Number.isFinite(value)),
  );
  return Object.fromEntries(entries) as CaptureHeader;
}

function readMoment(line: string, number: number, before: CapturedMoment | undefined): CapturedMoment {
  const { t, dir, hex, event, reason } = objectOf(line, number);
  if (typeof t !== 'number' || !(t >= 0) || t > Number.MAX_SAFE_INTEGER) {
    throw bad(number, '"t" must be milliseconds since the start');
  }
  if (before !== undefined && t < before.t) throw bad(number, '"t" goes back');
  if (event !== undefined) {
    const known = events.find((one) => one === event);
    if (known === undefined) throw bad(number, `found event ${shown(event)}, expected ${events.join(', ')}`);
    return typeof reason === 'string' ? { t, event: known, reason } : { t, event: known };
  }
  if (dir !== 'in' && dir !== 'out') throw bad(number, `found dir ${shown(dir)}, expected in or out`);
  const bytes = typeof hex === 'string' ? parseHex(hex) : undefined;
  if (bytes === undefined) throw bad(number, `found hex ${shown(hex)}, expected bytes such as "AA 05"`);
  return { t, dir, bytes };
}

function objectOf(line: string, number: number): Record<string, unknown> {
  if (line.length > longestLine) throw bad(number, `longer than ${longestLine} characters`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw bad(number, `not JSON: ${shown(line)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw bad(number, `found ${shown(value)}, expected an object`);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function bad(line: number, message: string): HallwardError {
  return new HallwardError('capture.bad-line', 'usage', `line ${line}: ${message}`, { line });
}
