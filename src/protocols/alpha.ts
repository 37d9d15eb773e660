/**
 * Alpha, Adaptive and BetaBrite signs ("M-Protocol"): text to a sign, and its acknowledgement where it gives one.
 * Source: Adaptive Micro Systems, "Alpha Sign Communications Protocol", document 9708-8061.
 *
 * A packet: five 00 (the sign finds the speed by them), SOH, type of sign, address as two hex digits, STX, command and
 * data, ETX and a checksum of four hex digits (optional), EOT. Signs older than protocol 2.0, and those that were not
 * told to, say nothing: a packet with a wrong checksum is dropped in silence.
 */
import { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import { sum16 } from './checksums.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';
import { encodeText, showableText } from './text-encoding.js';

const startOfHeader = 0x01;
const startOfText = 0x02;
const endOfText = 0x03;
const endOfTransmission = 0x04;
const acknowledge = 0x06;
const carriageReturn = 0x0d;
const notAcknowledge = 0x15;
const escapeByte = 0x1b;

/** The priority text file: always there, needs no memory of its own, takes the place of all others. */
const priorityFile = '0';
/** Bytes of text that the priority file holds. */
export const priorityFileBytes = 125;

/** How a text comes onto the sign. */
export type AlphaMode = 'hold' | 'flash' | 'rotate';

const modeCodes: Readonly<Record<AlphaMode, string>> = { rotate: 'a', hold: 'b', flash: 'c' };
/** Middle line; and all lines, filled from the middle. Sources disagree on all positions but the first. */
const middleLine = ' ';
const fillLines = '0';

export interface AlphaSignOptions {
  /** Type code, one character: `Z` for all signs. */
  readonly type: string;
  /** 1 to 255; 0 reaches every sign on the wire. */
  readonly address: number;
  /** Whether packets carry a checksum; some old signs know none. */
  readonly checksum: boolean;
}

export interface AlphaText {
  readonly lines: readonly string[];
  readonly mode: AlphaMode;
}

/**
 * Writes the priority file. An empty text is written as one blank: an empty priority file would let the sign show what
 * else is in its memory. Characters that are no ASCII become `?`; what the file does not hold is cut.
 * Throws `alpha.out-of-range` (usage) for an impossible address or type.
 */
export function writeText(sign: AlphaSignOptions, { lines, mode }: AlphaText): Uint8Array {
  const position = lines.length > 1 ? fillLines : middleLine;
  const text = lines.map((line) => showableText(line, 'ascii'));
  const data: number[] = [];
  for (const [index, line] of text.entries()) {
    if (index > 0 && data.length < priorityFileBytes) data.push(carriageReturn);
    data.push(...encodeText(line, 'ascii', priorityFileBytes - data.length));
  }
  const head = encodeText(`A${priorityFile}`, 'ascii');
  const style = encodeText(`${position}${modeCodes[mode]}`, 'ascii');
  return packet(sign, Uint8Array.of(...head, escapeByte, ...style, ...(data.length === 0 ? [0x20] : data)));
}

/** Asks a sign of protocol 2.0 or later to answer each packet from now on (special function 73). */
export const enableAcknowledgements = (sign: AlphaSignOptions): Uint8Array =>
  packet(sign, encodeText('Es1', 'ascii'));

/**
 * Clears the register of serial errors (special function 34): changes nothing that people see, so it serves to ask
 * whether a sign that acknowledges is there.
 */
export const clearErrors = (sign: AlphaSignOptions): Uint8Array => packet(sign, encodeText('E4', 'ascii'));

/** A packet around command and data. Throws `alpha.out-of-range` (usage). */
export function packet({ type, address, checksum }: AlphaSignOptions, content: Uint8Array): Uint8Array {
  if (!Number.isInteger(address) || address < 0 || address > 0xff || !/^[\x21-\x7e]$/.test(type)) {
    const message = `An Alpha sign has a type of one character and an address from 0 to 255, not "${type}" and ${address}.`;
    throw new HallwardError('alpha.out-of-range', 'usage', message, { type, address });
  }
  const text = Uint8Array.of(startOfText, ...content, endOfText);
  return Uint8Array.of(
    ...[0, 0, 0, 0, 0, startOfHeader],
    ...encodeText(`${type}${hexDigits(address, 2)}`, 'ascii'),
    ...(checksum ? [...text, ...encodeText(hexDigits(sum16(text), 4), 'ascii')] : text.subarray(0, -1)),
    endOfTransmission,
  );
}

/** A packet was taken. `status` is the register of serial errors: bit 6 always set. */
export interface AlphaAcknowledgement {
  readonly status: number;
}

const complaints: readonly (readonly [number, string])[] = [
  [0x20, 'illegal command or file'],
  [0x10, 'checksum error'],
  [0x08, 'buffer overflow'],
  [0x04, 'serial time-out'],
  [0x02, 'framing error'],
  [0x01, 'parity error'],
];

/**
 * Reads a sign's answer: ACK or NAK, each with its status byte. NAK comes as a `HallwardError` frame: `alpha.refused`
 * (kind `refused`, evidence `{status, complaint}`) where the sign does not know the command, else `alpha.not-received`
 * (kind `garbled`). Discarded:
 * - `echo`: our own packet, given back by the adapter.
 * - `no-status`: an ACK or NAK without its status byte.
 * - `unknown-bytes`: noise.
 */
export function acknowledgementDecoder(request: Uint8Array): Decoder<AlphaAcknowledgement | HallwardError> {
  const look = (
    bytes: Uint8Array,
    offset: number,
    final: boolean,
  ): Verdict<AlphaAcknowledgement | HallwardError> => {
    const first = bytes[offset]!;
    const echoed = sameBytes(bytes, offset, request);
    if (echoed === request.length) return { discard: echoed, reason: 'echo' };
    // A packet begins with 00, an answer never does: nothing is held up by waiting for the rest.
    if (echoed === bytes.length - offset && !final) return 'wait';
    if (first !== acknowledge && first !== notAcknowledge) return discardOne;
    const status = bytes[offset + 1];
    if (status === undefined) return 'wait';
    if ((status & 0xc0) !== 0x40) return { discard: 1, reason: 'no-status' };
    return { frame: first === acknowledge ? { status } : refusal(status), length: 2 };
  };
  return scanningDecoder(look, request.length + 2);
}

function refusal(status: number): HallwardError {
  const complaint = complaints
    .filter(([bit]) => (status & bit) !== 0)
    .map(([, words]) => words)
    .join(', ');
  const refused = (status & 0x20) !== 0;
  const message = `The sign did not take the packet: ${complaint === '' ? 'no reason given' : complaint}.`;
  const code = refused ? 'alpha.refused' : 'alpha.not-received';
  return new HallwardError(code, refused ? 'refused' : 'garbled', message, { status, complaint });
}

/** How many bytes from `offset` on are those of `request`, up to the end of either. */
function sameBytes(bytes: Uint8Array, offset: number, request: Uint8Array): number {
  let count = 0;
  while (count < request.length && offset + count < bytes.length && bytes[offset + count] === request[count])
    count++;
  return offset + count === bytes.length || count === request.length ? count : 0;
}

const hexDigits = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0');
