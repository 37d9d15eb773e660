/**
 * How Sensirion's sensors speak over I2C: a command of one or two bytes, and words of 16 bits, high byte first, each
 * with a CRC-8 behind it. Source: data sheets SHT3x-DIS (4.12), SHT4x (4.4), SGP40 (4.6).
 */
import { formatHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';

/** One thing to ask of a chip. Until `waitMilliseconds` have passed it does not acknowledge. */
export interface ChipRequest {
  readonly write: Uint8Array;
  readonly waitMilliseconds: number;
  /** 0 where nothing is answered. */
  readonly readLength: number;
}

/** CRC-8/NRSC-5: polynomial 31, begins with FF, not reflected, no final exclusive or. The check value of BE EF is 92. */
export function sensirionCrc(bytes: Uint8Array): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80 ? (crc << 1) ^ 0x31 : crc << 1) & 0xff;
  }
  return crc;
}

/** Bytes on the wire of this many words. */
export function wordsLength(count: number): number {
  return count * 3;
}

/**
 * A command with its parameters.
 * @param command of one byte (SHT4x) or two, as the data sheet writes it
 * @param words 0 to 65535 each
 */
export function sensirionCommand(command: number, words: readonly number[] = []): Uint8Array {
  const head = command > 0xff ? [command >> 8, command & 0xff] : [command];
  return Uint8Array.from([...head, ...words.flatMap(wordWithCrc)]);
}

function wordWithCrc(word: number): number[] {
  const bytes = Uint8Array.of(word >> 8, word & 0xff);
  return [...bytes, sensirionCrc(bytes)];
}

/**
 * The words of an answer.
 * @throws `sensor.checksum` (garbled) where a CRC is wrong, `sensor.short` (garbled) for another length
 */
export function readWords(answer: Uint8Array, count: number): number[] {
  if (answer.length !== wordsLength(count)) {
    throw new HallwardError(
      'sensor.short',
      'garbled',
      `${answer.length} bytes instead of ${wordsLength(count)}`,
      { received: formatHex(answer) },
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const [high = 0, low = 0, received = 0] = answer.subarray(index * 3, index * 3 + 3);
    const computed = sensirionCrc(Uint8Array.of(high, low));
    if (computed !== received) {
      const text = `wrong checksum: ${hex(received)} instead of ${hex(computed)}; the wires are noisy or too long`;
      throw new HallwardError('sensor.checksum', 'garbled', text, { received: formatHex(answer) });
    }
    return (high << 8) | low;
  });
}

/** Words as they stand on a label: `0D206101`. */
export function wordsText(words: readonly number[]): string {
  return words.map((word) => word.toString(16).padStart(4, '0').toUpperCase()).join('');
}

const hex = (byte: number) => formatHex(Uint8Array.of(byte));
