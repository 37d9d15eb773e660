/**
 * An Onbon card of the 5th generation with a font (like a BX-5K1) at the far end of a wire, and the screen on it.
 *
 * Source: the parser github.com/strongercjd/Onbon-Protocol-Analysis and captures of such cards: frame, escapes,
 * CRC-16/ARC (poly 8005 reflected, begins with 0000), ping A2 00, status A1 02, brightness A3 02, dynamic areas A3 06,
 * clear A3 10, acknowledgement A0 00 00 00 00. Not published, and assumed: that a command that it does not know is
 * answered by A0 01 and a status; how long the card takes to answer; that it is dark until its areas are written.
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import type { SimulatedTextBoard } from './shown-text.js';
import { TextBoardFront } from './text-board-front.js';

const longestFrameBytes = 4_096;

export interface SimulatedOnbonCardOptions {
  /** 1, as delivered, if absent. */
  readonly address?: number;
  /** From the last byte of a frame to the first of its answer; 15 if absent. */
  readonly answerAfterMilliseconds?: number;
}

export interface SimulatedOnbonArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: string;
  /** Display mode: 1 static ... 3 left ... 5 up. */
  readonly effect: number;
  readonly font: string;
}

export interface SimulatedOnbonCard extends SimulatedTextBoard {
  /** Dynamic areas by number. */
  readonly areas: ReadonlyMap<number, SimulatedOnbonArea>;
  /** 0 to 15; 15 until it is set. */
  readonly brightness: number;
  /** It refuses commands of this group and number with status 1; `false` ends it. */
  refuse(group: number, command: number, isRefusing?: boolean): void;
  /** The adapter gives back what it sends, as RS-485 adapters do that leave their receiver on; `false` ends it. */
  echo(isEchoing: boolean): void;
  /** Answers by these bytes instead, as they are; without any it answers rightly again. */
  answerWith(bytes?: Uint8Array): void;
}

export function simulatedOnbonCard(
  farEnd: FarEnd,
  clock: Clock,
  { address = 1, answerAfterMilliseconds = 15 }: SimulatedOnbonCardOptions = {},
): SimulatedOnbonCard {
  return new OnbonCard(farEnd, clock, address, answerAfterMilliseconds);
}

class OnbonCard extends TextBoardFront implements SimulatedOnbonCard {
  readonly areas = new Map<number, SimulatedOnbonArea>();
  brightness = 15;
  readonly #refused = new Set<number>();
  #inFrame = false;
  #echoes = false;
  #instead: Uint8Array | undefined;

  constructor(
    farEnd: FarEnd,
    clock: Clock,
    private readonly address: number,
    private readonly answerAfterMilliseconds: number,
  ) {
    super(farEnd, clock, `card ${address}`);
  }

  refuse(group: number, command: number, isRefusing = true): void {
    if (isRefusing) this.#refused.add(group * 256 + command);
    else this.#refused.delete(group * 256 + command);
  }

  echo(isEchoing: boolean): void {
    this.#echoes = isEchoing;
  }

  answerWith(bytes?: Uint8Array): void {
    this.#instead = bytes;
  }

  protected override passes(bytes: Uint8Array): void {
    if (this.#echoes) this.farEnd.send(bytes.slice());
  }

  protected hear(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === 0xa5) {
        if (this.received.length > 0) this.brokenFrames++;
        this.received = [];
        this.#inFrame = true;
      } else if (byte === 0x5a) {
        const frame = this.received.splice(0);
        if (this.#inFrame && frame.length > 0) this.#frame(frame);
        this.#inFrame = false;
      } else if (this.#inFrame) {
        this.received.push(byte);
        if (this.received.length > longestFrameBytes) this.#inFrame = false;
      }
    }
  }

  /** What stood between A5 and 5A. */
  #frame(escaped: readonly number[]): void {
    const frame: number[] = [];
    for (let at = 0; at < escaped.length; at++) {
      const pair = escaped[at] === 0xa6 || escaped[at] === 0x5b;
      if (!pair) frame.push(escaped[at]!);
      else if (escaped[at] === 0xa6) frame.push(escaped[++at] === 0x02 ? 0xa5 : 0xa6);
      else frame.push(escaped[++at] === 0x02 ? 0x5a : 0x5b);
    }
    const end = frame.length - 2;
    const sum = end < 19 ? -1 : checksum(frame, end);
    if (sum !== frame[end]! + frame[end + 1]! * 256 || frame[12]! + frame[13]! * 256 !== end - 14) {
      this.brokenFrames++;
      return;
    }
    const to = frame[0]! + frame[1]! * 256;
    if (to !== this.address && to !== 0xfffe) return;
    const [group, command, wanted] = [frame[14]!, frame[15]!, frame[16]!];
    const isTaken =
      !this.#refused.has(group * 256 + command) && this.#obey(group, command, frame.slice(19, end));
    if (wanted === 0x01)
      this.#answer(isTaken ? [0xa0, 0x00, 0x00, 0x00, 0x00] : [0xa0, 0x01, 0x01, 0x00, 0x00]);
  }

  #obey(group: number, command: number, payload: readonly number[]): boolean {
    const code = group * 256 + command;
    if (code === 0xa200 || code === 0xa102) return true;
    if (code === 0xa310) {
      this.areas.clear();
    } else if (code === 0xa302) {
      if (payload[0] !== 1 || payload[1]! > 15) return false;
      this.brightness = payload[1]!;
    } else if (code === 0xa306) {
      if (!this.#change(payload)) return false;
    } else {
      return false;
    }
    this.#paint();
    return true;
  }

  /** Delete count (FF all) and numbers, area count, the areas. */
  #change(payload: readonly number[]): boolean {
    const bytes = Buffer.from(payload);
    let at = 1;
    if (bytes[0] === 0xff) this.areas.clear();
    else for (; at <= bytes[0]!; at++) this.areas.delete(bytes[at]!);
    for (let count = bytes[at++] ?? 0; count > 0; count--) {
      if (at + 2 > bytes.length) return false;
      const length = bytes.readUInt16LE(at);
      const area = bytes.subarray(at + 2, at + 2 + length);
      // Type, four words, number, spacing, run, time-out, voice, extensions, three switches, effect ... text.
      if (area.length !== length || length < 27 || area[0] !== 0 || area[14] !== 0 || area[15] !== 0)
        return false;
      const textLength = area.readUInt32LE(23);
      const text = area.subarray(27, 27 + textLength);
      if (text.length !== textLength) return false;
      const [x, y, width, height] = [1, 3, 5, 7].map((place) => area.readUInt16LE(place)) as [
        number,
        number,
        number,
        number,
      ];
      const words = new TextDecoder('gb18030').decode(text);
      this.areas.set(area[9]!, {
        ...{ x: across(x), y, width: across(width), height },
        text: words.replace(/\\FO\d{3}|\\C\d/g, ''),
        effect: area[19]!,
        font: /\\FO(\d{3})/.exec(words)?.[1] ?? '',
      });
      at += 2 + length;
    }
    return true;
  }

  #paint(): void {
    const areas = [...this.areas].sort(([one], [other]) => one - other).map(([, area]) => area);
    const moves = areas.some(({ effect }) => effect >= 3);
    this.show(
      areas.flatMap(({ text }) => text.split('\\n')),
      moves ? 'moving' : 'still',
    );
  }

  #answer(data: readonly number[]): void {
    this.answerAfter(this.answerAfterMilliseconds, () => this.#instead ?? this.#framed(data));
  }

  /** A frame from this card to the computer, whose address is 8000. */
  #framed(data: readonly number[]): Uint8Array {
    const body = [
      0x00,
      0x80,
      this.address % 256,
      this.address >> 8,
      0,
      0,
      0,
      0,
      0,
      0,
      0xfe,
      0x02,
      data.length,
      0,
      ...data,
    ];
    const sum = checksum(body, body.length);
    const escaped = [...body, sum % 256, sum >> 8].flatMap((byte) => {
      if (byte === 0xa5) return [0xa6, 0x02];
      if (byte === 0xa6) return [0xa6, 0x01];
      if (byte === 0x5a) return [0x5b, 0x02];
      return byte === 0x5b ? [0x5b, 0x01] : [byte];
    });
    return Uint8Array.of(0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, ...escaped, 0x5a);
  }

  protected forget(): void {
    this.#inFrame = false;
    this.areas.clear();
    this.brightness = 15;
    this.#paint();
  }
}

/** The unit across is 8 pixels, with the top bit one pixel. */
const across = (value: number): number => (value >= 0x8000 ? value - 0x8000 : value * 8);

/** CRC-16/ARC of the first `length` bytes, bit by bit, the low bit of each byte first. */
function checksum(bytes: readonly number[], length: number): number {
  let register = 0;
  for (let at = 0; at < length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const comesIn = (bytes[at]! >> bit) & 1;
      const fallsOut = register & 1;
      register >>= 1;
      if (comesIn !== fallsOut) register ^= 0xa001;
    }
  }
  return register;
}
