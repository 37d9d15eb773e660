/**
 * What of a board's bytes is Firmata. Only whole messages whose data bytes are below 0x80 pass: the library behind
 * checks nothing of that, and would wait for the end of a message without end for ever.
 * Source: https://github.com/firmata/protocol/blob/master/protocol.md (message types, sysex format).
 */
import { formatHex } from '../../kernel/bytes.js';

const SYSEX = 0xf0;
const SYSEX_END = 0xf7;
const VERSION = 0xf9;
/** The longest real one tells what the 70 pins of an Arduino Mega can do: about 1 KiB. */
const LONGEST_SYSEX = 4_096;
const SAMPLE_BYTES = 16;

/** Finds the messages in a stream of bytes; keeps at most one unfinished one. */
export class WellFormed {
  /** Bytes so far that belong to no message. */
  discarded = 0;
  received = 0;
  #message: number[] = [];
  #sample: number[] = [];

  /** All messages that these bytes complete, as they came. */
  push(chunk: Uint8Array): Uint8Array {
    const whole: number[] = [];
    this.received += chunk.length;
    for (const byte of chunk) this.#take(byte, whole);
    return Uint8Array.from(whole);
  }

  /** Counting begins anew. */
  forget(): void {
    this.received = 0;
    this.discarded = 0;
    this.#sample = [];
  }

  /** More than half of what came is no Firmata; a few bytes say nothing, for a board may be cut off in a message. */
  get isForeign(): boolean {
    return this.discarded > 8 && this.discarded * 2 > this.received;
  }

  /** The first bytes that belonged to no message, for people. */
  get sample(): string {
    return formatHex(Uint8Array.from(this.#sample));
  }

  #take(byte: number, whole: number[]): void {
    const [first] = this.#message;
    if (byte < 0x80) {
      if (first === undefined) {
        this.#discard([byte]);
        return;
      }
      this.#message.push(byte);
      if (first !== SYSEX && this.#message.length === 3) this.#pass(whole);
      else if (this.#message.length > LONGEST_SYSEX) this.#drop();
      return;
    }
    if (byte === SYSEX_END && first === SYSEX) {
      this.#message.push(byte);
      this.#pass(whole);
      return;
    }
    // Any other command cuts off the one before.
    this.#drop();
    if (byte === SYSEX || begins(byte)) this.#message.push(byte);
    else this.#discard([byte]);
  }

  #pass(whole: number[]): void {
    for (const byte of this.#message) whole.push(byte);
    this.#message = [];
  }

  #drop(): void {
    this.#discard(this.#message);
    this.#message = [];
  }

  #discard(bytes: readonly number[]): void {
    this.discarded += bytes.length;
    const room = SAMPLE_BYTES - this.#sample.length;
    if (room > 0) this.#sample.push(...bytes.slice(0, room));
  }
}

/** The commands that a board sends with two data bytes: levels of a port, an analogue value, its version. */
function begins(byte: number): boolean {
  const command = byte & 0xf0;
  return command === 0x90 || command === 0xe0 || byte === VERSION;
}
