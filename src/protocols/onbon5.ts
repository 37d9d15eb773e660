/**
 * Onbon (仰邦) cards of the 5th generation with a built-in font (字库卡): BX-5K1, 5K2, 5MK, 5KX.
 * Source: the frame parser of github.com/strongercjd/Onbon-Protocol-Analysis, and captures that agree with it. Over TCP
 * (port 5005 as delivered) and serial lines the frames are the same.
 *
 * A frame: A5 eight times; header of 14 bytes, data, CRC-16/ARC over both (low byte first), in which A5, A6, 5A and 5B
 * are escaped; 5A. The header: destination, source, 4 bytes (the last says whether a bar code follows), checksum mode,
 * display mode, type of device, version, length of the data before escaping. The data: group, command, whether an
 * answer is wanted, two bytes for which hosts send the length of what follows.
 */
import { HallwardError } from '../kernel/errors.js';
import type { Decoder } from '../kernel/framing.js';
import { crc16Arc } from './checksums.js';
import { discardOne, scanningDecoder, type Verdict } from './scanning-decoder.js';

const head = 0xa5;
const tail = 0x5a;
const headCount = 8;
const headerBytes = 14;
const commandBytes = 5;
const crcBytes = 2;
/** Address of the computer. */
const host = 0x8000;
const anyDevice = 0xfe;
const version = 0x02;
const checkedByCrc = 0x00;
const answerWanted = 0x01;
const acknowledgementGroup = 0xa0;
/** The longest answer that is believed: a card says little, and what never ends must not hold the line up. */
const answerLimitBytes = 512;
const longestTextBytes = 1024;

const escapes: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0xa5, [0xa6, 0x02]],
  [0xa6, [0xa6, 0x01]],
  [0x5a, [0x5b, 0x02]],
  [0x5b, [0x5b, 0x01]],
]);

export interface OnbonCommand {
  /** Of the card, 1 as delivered. */
  readonly address: number;
  readonly group: number;
  readonly command: number;
  readonly payload?: Uint8Array;
  /** 1 (as here) asks for an answer; other hosts send 2 for none. */
  readonly answer?: number;
  /** The two bytes after it, as one number; the length of `payload` if absent. */
  readonly reserved?: number;
}

/** A whole frame for a card. Throws `onbon.out-of-range` (usage) for an address or length beyond 65535. */
export function onbonFrame(command: OnbonCommand): Uint8Array {
  const { address, group, payload = new Uint8Array(0), answer = answerWanted } = command;
  const length = commandBytes + payload.length;
  const body = Uint8Array.of(
    ...[...word('address', address), ...word('source', host), 0, 0, 0, 0],
    ...[checkedByCrc, 0, anyDevice, version, ...word('length', length)],
    ...[group, command.command, answer, ...word('reserved', command.reserved ?? payload.length)],
    ...payload,
  );
  const escaped = [...body, ...word('checksum', crc16Arc(body))].flatMap((byte) => escapes.get(byte) ?? byte);
  return Uint8Array.of(...new Array<number>(headCount).fill(head), ...escaped, tail);
}

/** Asks whether the card is there; it acknowledges. */
export const ping = (address: number): Uint8Array => onbonFrame({ address, group: 0xa2, command: 0x00 });

/** Sets the brightness by hand, 0 to 15. Throws `onbon.out-of-range` (usage). */
export function setBrightness(address: number, level: number): Uint8Array {
  checkRange('level', level, 15);
  return onbonFrame({ address, group: 0xa3, command: 0x02, payload: Uint8Array.of(0x01, level) });
}

/** How a text comes on: 1 stands still, 2 at once, 3 to the left, 4 to the right, 5 up, 6 down. */
export type OnbonEffect = 1 | 2 | 3 | 4 | 5 | 6;

/** A part of the screen that holds one text until another comes, or the power goes. */
export interface OnbonArea {
  readonly id: number;
  /** All in pixels. What is a multiple of 8 is sent in the card's unit across, which is 8 pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly effect: OnbonEffect;
  /** 0: again and again; 1: comes once and stays. */
  readonly run: 0 | 1;
  /** The smaller, the faster; what one step lasts is not published. 0x17 in all captures. */
  readonly speed: number;
  /** How long it stands, in half seconds. */
  readonly stay: number;
  /** Pixels between two lines. */
  readonly lineSpacing: number;
  readonly singleLine: boolean;
  /** Text in the card's encoding, with the codes for font and colour in it. */
  readonly text: Uint8Array;
}

/** The payload that puts a text into an area; it takes the place of what the area with this id showed. */
export function areaPayload(area: OnbonArea): Uint8Array {
  const { text } = area;
  checkRange('text', text.length, longestTextBytes);
  for (const each of ['id', 'speed', 'stay', 'lineSpacing'] as const) checkRange(each, area[each], 0xff);
  const record = [
    0x00,
    ...[...across('x', area.x), ...word('y', area.y), ...across('width', area.width)],
    ...word('height', area.height),
    ...[area.id, area.lineSpacing, area.run, 0x02, 0x00],
    ...[0x00, 0x00], // no voice, no extension
    ...[0x00, area.singleLine ? 1 : 2, 0x01], // to the left; lines break where the text says
    ...[area.effect, 0x00, area.speed, area.stay],
    ...[...word('text', text.length), 0x00, 0x00],
    ...text,
  ];
  return Uint8Array.of(0x00, 0x01, ...word('area', record.length), ...record);
}

/** Puts a text into an area. Throws `onbon.out-of-range` (usage). */
export const showArea = (address: number, area: OnbonArea): Uint8Array =>
  onbonFrame({ address, group: 0xa3, command: 0x06, payload: areaPayload(area) });

/** What a card answered: it took the command. */
export interface OnbonAnswer {
  readonly group: number;
  readonly command: number;
  readonly payload: Uint8Array;
}

/**
 * Reads a card's answer to `request`. A refusal (its codes are not published) comes as a `HallwardError` frame
 * `onbon.refused` (kind `refused`, evidence `{group, command, status}`). Discarded:
 * - `crc`, `wrong-length`, `bad-escape`: a frame that is not whole; also one that says it has no checksum.
 * - `broken-off`: another frame begins in the middle of it.
 * - `echo`: our own frame; `other-address`: a frame from or for somebody else.
 * - `unknown-bytes`: noise, and a repeated 5A.
 */
export function answerDecoder(address: number, request: Uint8Array): Decoder<OnbonAnswer | HallwardError> {
  const limit = Math.max(answerLimitBytes, request.length);
  return scanningDecoder((bytes, offset) => look(address, bytes, offset, limit), limit);
}

function look(
  address: number,
  bytes: Uint8Array,
  offset: number,
  limit: number,
): Verdict<OnbonAnswer | HallwardError> {
  if (bytes[offset] !== head) return discardOne;
  // No frame is longer: looking further would cost the more, the more came at once.
  const last = Math.min(bytes.length, offset + limit);
  let start = offset;
  while (start < last && bytes[start] === head) start++;
  let end = start;
  while (end < last && bytes[end] !== tail) {
    // A5 stands in no escaped frame: what came before it was cut off.
    if (bytes[end] === head) return { discard: end - offset, reason: 'broken-off' };
    end++;
  }
  if (end >= last) return 'wait';
  const length = end + 1 - offset;
  const body = unescaped(bytes.subarray(start, end));
  if (body === undefined) return { discard: length, reason: 'bad-escape' };
  const content = body.length - crcBytes;
  if (content < headerBytes + commandBytes || wordAt(body, 12) !== content - headerBytes) {
    return { discard: length, reason: 'wrong-length' };
  }
  const isChecked = body[8] === checkedByCrc;
  if (!isChecked || crc16Arc(body.subarray(0, content)) !== wordAt(body, content)) {
    return { discard: length, reason: 'crc' };
  }
  const [destination, source] = [wordAt(body, 0), wordAt(body, 2)];
  if (source === host) return { discard: length, reason: 'echo' };
  if (destination !== host || source !== address) return { discard: length, reason: 'other-address' };
  const [group, command, status] = [body[14]!, body[15]!, body[16]!];
  const isRefusal =
    group === acknowledgementGroup ? command !== 0 || status !== 0 : isComplaint(group, command);
  if (isRefusal) return { frame: refusal(group, command, status), length };
  return { frame: { group, command, payload: body.slice(headerBytes + commandBytes, content) }, length };
}

/** One host answers a frame with a wrong checksum by A1 05. */
const isComplaint = (group: number, command: number) => group === 0xa1 && command === 0x05;

function refusal(group: number, command: number, status: number): HallwardError {
  const message = `The card refused: group ${hex(group)}, command ${hex(command)}, status ${hex(status)}.`;
  return new HallwardError('onbon.refused', 'refused', message, { group, command, status });
}

function unescaped(bytes: Uint8Array): Uint8Array | undefined {
  const plain: number[] = [];
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte !== 0xa6 && byte !== 0x5b) {
      plain.push(byte);
      continue;
    }
    const second = bytes[++index];
    if (second === 0x01) plain.push(byte);
    else if (second === 0x02) plain.push(byte - 1);
    else return undefined;
  }
  return Uint8Array.from(plain);
}

/** The card's unit across is 8 pixels; with the top bit set it is one. */
function across(name: string, pixels: number): number[] {
  checkRange(name, pixels, 0x7fff);
  return pixels % 8 === 0 ? word(name, pixels / 8) : word(name, pixels | 0x8000);
}

const wordAt = (bytes: Uint8Array, offset: number): number => bytes[offset]! | (bytes[offset + 1]! << 8);

function word(name: string, value: number): [number, number] {
  checkRange(name, value, 0xffff);
  return [value & 0xff, value >>> 8];
}

function checkRange(name: string, value: number, highest: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= highest) return;
  const message = `Onbon ${name} must be a whole number from 0 to ${highest}, not ${value}.`;
  throw new HallwardError('onbon.out-of-range', 'usage', message, { name, value, highest });
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
