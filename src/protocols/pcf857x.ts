/**
 * PCF8574, PCF8574A and PCF8575: I/O expanders with 8 or 16 pins on I2C, and without registers.
 * Sources: NXP, "PCF8574; PCF8574A Remote 8-bit I/O expander for I2C-bus with interrupt", rev. 5, 2013; Texas
 * Instruments SCPS121, "PCF8575 Remote 16-bit I2C and SMBus I/O Expander".
 *
 * What is written are the levels of all pins, what is read are the levels on all pins. A pin is an input while a 1 is
 * written to it: then only a weak current of about 0.1 mA holds it high, which a switch to ground overcomes. There is
 * no other bias. After power-on all pins are 1. Of the 16 pins P07 to P00 come first, then P17 to P10.
 */
import { HallwardError } from '../kernel/errors.js';

export type Pcf857xModel = 'pcf8574' | 'pcf8575';

interface Pcf857xFacts {
  readonly title: string;
  /** One byte for each eight of them. */
  readonly pins: number;
  /** Addresses that the three address pins can give it; those of the A variant behind those of the other. */
  readonly addresses: readonly number[];
}

const eight = (first: number) => Array.from({ length: 8 }, (_, offset) => first + offset);

export const pcf857x: Readonly<Record<Pcf857xModel, Pcf857xFacts>> = {
  pcf8574: { title: 'PCF8574', pins: 8, addresses: [...eight(0x20), ...eight(0x38)] },
  pcf8575: { title: 'PCF8575', pins: 16, addresses: eight(0x20) },
};

/** What is to stand at the pins. Masks have one bit for each pin, pin 0 the lowest. */
interface Pcf857xPins {
  /** Pins that are driven; all others are inputs. */
  readonly outputs: number;
  /** Those of the outputs that are high. */
  readonly high: number;
}

/** The bytes that bring the pins to this: 1 for every input, its level for every output. */
export function pcf857xWrite(model: Pcf857xModel, { outputs, high }: Pcf857xPins): Uint8Array {
  return split(~outputs | high, pcf857x[model].pins);
}

/** Bytes that a read of `samples` looks at all pins gives: the chip goes on looking for as long as it is read. */
export function pcf857xReadLength(model: Pcf857xModel, samples = 1): number {
  return (pcf857x[model].pins / 8) * samples;
}

/**
 * The levels of each look in what was read, as masks.
 * Throws `pcf857x.short` (garbled) where it is not whole looks.
 */
export function readPcf857x(model: Pcf857xModel, bytes: Uint8Array): number[] {
  const width = pcf857xReadLength(model);
  if (bytes.length === 0 || bytes.length % width !== 0) {
    const text = `${bytes.length} bytes are no whole looks at ${pcf857x[model].pins} pins`;
    throw new HallwardError('pcf857x.short', 'garbled', text, { received: bytes.length });
  }
  return Array.from({ length: bytes.length / width }, (_, sample) =>
    bytes
      .subarray(sample * width, (sample + 1) * width)
      .reduce((levels, byte, index) => levels | (byte << (8 * index)), 0),
  );
}

function split(levels: number, pins: number): Uint8Array {
  return Uint8Array.from({ length: pins / 8 }, (_, index) => (levels >> (8 * index)) & 0xff);
}
