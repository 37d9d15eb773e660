/**
 * What Sensirion's sensors have in common on the wire: a command, a time in which they acknowledge nothing, an answer of
 * words with a CRC behind each, which can be read once.
 *
 * Source: data sheet SHT3x-DIS, chapter 4 (4.3 "while measuring, the read header is not acknowledged", 4.12 checksum).
 */
import type { Clock } from '../kernel/clock.js';
import type { SimulatedI2cChip } from './i2c.js';

/** What a chip does with a command. */
export interface SensirionCommand {
  /** As the data sheet writes it: `"26 0F"`. */
  readonly bytes: Uint8Array;
  /** Words that follow it, each with its CRC. */
  readonly parameters?: number;
  readonly milliseconds: number;
  /** The words of the answer. */
  run(parameters: readonly number[]): readonly number[];
}

/** The CRC-8 of the data sheets, x8 + x5 + x4 + 1 after FF, four bits at a time: what each upper half turns into. */
const halves = [
  0x00, 0x31, 0x62, 0x53, 0xc4, 0xf5, 0xa6, 0x97, 0xb9, 0x88, 0xdb, 0xea, 0x7d, 0x4c, 0x1f, 0x2e,
];

function checkByte(high: number, low: number): number {
  let crc = 0xff;
  for (const half of [high >> 4, high & 15, low >> 4, low & 15]) {
    crc = ((crc << 4) & 0xff) ^ (halves[(crc >> 4) ^ half] ?? 0);
  }
  return crc;
}

/** The wire's side of a chip; what it measures is for whoever makes it. */
export class SensirionWire implements SimulatedI2cChip {
  answers = true;
  /** Every answer has a wrong CRC in its last word. */
  corrupted = false;
  /** Commands taken since the beginning. */
  commands = 0;
  #busyUntil = 0;
  #answer: readonly number[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly known: readonly SensirionCommand[],
  ) {}

  /** Without power it forgets what it was about to say. */
  switch(on: boolean): void {
    this.answers = on;
    this.#answer = [];
    this.#busyUntil = 0;
  }

  acknowledges(write: Uint8Array | undefined): boolean {
    if (this.clock.monotonicMilliseconds() < this.#busyUntil) return false;
    return write === undefined ? this.#answer.length > 0 : this.#understand(write) !== undefined;
  }

  write(bytes: Uint8Array): void {
    const understood = this.#understand(bytes);
    if (understood === undefined) return;
    const { command, parameters } = understood;
    this.commands++;
    this.#busyUntil = this.clock.monotonicMilliseconds() + command.milliseconds;
    this.#answer = command.run(parameters).flatMap((word) => {
      const [high, low] = [(word >> 8) & 0xff, word & 0xff];
      return [high, low, checkByte(high, low)];
    });
  }

  /** What is read beyond the answer is FF: nobody pulls the wire down. */
  read(length: number): Uint8Array {
    const bytes = Uint8Array.from({ length }, (_, index) => this.#answer[index] ?? 0xff);
    const last = this.#answer.length - 1;
    if (this.corrupted) bytes.set([(bytes[last] ?? 0) ^ 0x10], last);
    this.#answer = [];
    return bytes;
  }

  #understand(write: Uint8Array) {
    for (const command of this.known) {
      const { bytes, parameters: count = 0 } = command;
      if (write.length !== bytes.length + count * 3) continue;
      if (!bytes.every((byte, index) => write[index] === byte)) continue;
      const words = Array.from({ length: count }, (_, index) => {
        const [high = 0, low = 0, crc] = write.slice(bytes.length + index * 3);
        return crc === checkByte(high, low) ? (high << 8) | low : undefined;
      });
      const parameters = words.filter((word) => word !== undefined);
      if (parameters.length === count) return { command, parameters };
    }
    return undefined;
  }
}

/** Noise in the last digits of what is measured, as a live sensor has it; the same in each run. */
export function lastDigits(most: number): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((state / 2 ** 32 - 0.5) * 2 * most);
  };
}
