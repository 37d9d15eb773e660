/**
 * HT16K33, a driver for LED digits on I2C, as it stands on the small "backpack" boards behind four digits.
 * Source: Holtek, "HT16K33 RAM Mapping 16*8 LED Controller Driver with keyscan", rev. 1.10, 2011: command summary,
 * "Display Memory - RAM Structure", "Read Operation". Order of the segments and of the digits of a backpack: Adafruit
 * LED backpack, https://learn.adafruit.com/adafruit-led-backpack.
 *
 * Commands are one byte each. What is lit stands in 16 bytes of RAM, two for each of eight columns, and can be read
 * back; what a command set can't be read. After power-on it sleeps, the display is off, and the RAM holds anything.
 */
import { HallwardError } from '../kernel/errors.js';

/** Addresses that the three address jumpers can give it. */
export const ht16k33Addresses = { first: 0x70, last: 0x77 } as const;

const OSCILLATOR_ON = 0x21;
const DISPLAY_ON = 0x81;
const DIMMING = 0xe0;

/** Bits B1 and B0 of the display command. */
const blinkBits = { off: 0x00, '2Hz': 0x02, '1Hz': 0x04, '0.5Hz': 0x06 } as const;
export type Ht16k33Blink = keyof typeof blinkBits;

interface Ht16k33Look {
  readonly blink: Ht16k33Blink;
  /** 0 to 15: a pulse of 1/16 to 16/16. */
  readonly brightness: number;
}

/** 1 to 100 percent as one of the sixteen steps. */
export function ht16k33Brightness(percent: number): number {
  return Math.min(15, Math.max(0, Math.round((percent / 100) * 16) - 1));
}

/** The writes that wake the chip and switch the display on; each does nothing where it is so already. */
export function ht16k33SetUp({ blink, brightness }: Ht16k33Look): Uint8Array[] {
  if (!Number.isInteger(brightness) || brightness < 0 || brightness > 15) {
    throw new HallwardError('ht16k33.impossible', 'usage', `brightness ${brightness} is not one of 0 to 15`);
  }
  return [
    Uint8Array.of(OSCILLATOR_ON),
    Uint8Array.of(DIMMING | brightness),
    Uint8Array.of(DISPLAY_ON | blinkBits[blink]),
  ];
}

/** Segments from the top clockwise, then the middle: bit 0 is a, bit 6 is g. */
const glyphs: Readonly<Record<string, number>> = {
  ' ': 0x00,
  '-': 0x40,
  '0': 0x3f,
  '1': 0x06,
  '2': 0x5b,
  '3': 0x4f,
  '4': 0x66,
  '5': 0x6d,
  '6': 0x7d,
  '7': 0x07,
  '8': 0x7f,
  '9': 0x6f,
  E: 0x79,
};

/** All that a digit can show without being taken for something else. */
export const ht16k33Characters = Object.keys(glyphs).join('');

/**
 * Which column lights which digit, from the left. `backpack`: four digits at columns 0, 1, 3, 4, with the colon at 2;
 * `plain`: one column after the other.
 */
type Ht16k33Layout = 'backpack' | 'plain';
export const ht16k33Layouts = {
  backpack: [0, 1, 3, 4],
  plain: [0, 1, 2, 3, 4, 5, 6, 7],
} as const satisfies Readonly<Record<Ht16k33Layout, readonly number[]>>;

const ramBytes = 16;

/**
 * The RAM that shows `text`, one character for each digit from the left; what it does not name is dark.
 * Throws `ht16k33.impossible` (usage) for a character that there is not, or more of them than digits.
 */
export function ht16k33Ram(layout: Ht16k33Layout, text: string): Uint8Array {
  const columns = ht16k33Layouts[layout];
  const ram = new Uint8Array(ramBytes);
  for (const [place, character] of [...text].entries()) {
    const column = columns[place];
    const segments = glyphs[character];
    if (column === undefined || segments === undefined) {
      const text = `"${character}" can't be shown on digit ${place + 1} of ${columns.length}`;
      throw new HallwardError('ht16k33.impossible', 'usage', text, { character, place });
    }
    ram[2 * column] = segments;
  }
  return ram;
}

/** What is written to fill the RAM. */
export function ht16k33Write(ram: Uint8Array): Uint8Array {
  return Uint8Array.of(0x00, ...ram);
}

/** What is written before the RAM is read, and how many bytes that gives. */
export const ht16k33RamStart = Uint8Array.of(0x00);
export const ht16k33RamLength = ramBytes;

/**
 * What a person sees of this RAM on the first `digits` digits; U+FFFD where the lit segments are no character, also
 * where anything else is lit that should be dark.
 */
export function readHt16k33(layout: Ht16k33Layout, digits: number, ram: Uint8Array): string {
  return ht16k33Layouts[layout]
    .slice(0, digits)
    .map((column) => {
      const [segments, beside] = [ram[2 * column], ram[2 * column + 1]];
      const found = Object.keys(glyphs).find((character) => glyphs[character] === segments);
      return found === undefined || beside !== 0 ? '\ufffd' : found;
    })
    .join('');
}
