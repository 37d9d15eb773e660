/**
 * The LED driver HT16K33 with digits before it, as it behaves on the wire and as a person sees it.
 *
 * Source: Holtek, "HT16K33 RAM Mapping 16*8 LED Controller Driver with keyscan", rev. 1.10: command summary (20/21
 * oscillator, 80 to 87 display and blinking, A0 to A3 ROW/INT, E0 to EF dimming), display RAM of 16 bytes with an address
 * that goes round, power-on state (oscillator and display off, 16/16 duty). What the RAM holds after power-on it does
 * not say; here it is what was there before where the power was gone for a moment only, else nonsense. Segments are
 * drawn as on an Adafruit backpack: bit 0 the top one, then clockwise, bit 6 the middle.
 */
import type { SimulatedI2cChip } from './i2c.js';

export interface SimulatedHt16k33 extends SimulatedI2cChip {
  /**
   * What a person sees, one character for each digit; blanks while it is dark, `?` for lit segments that are no figure.
   */
  shows(): string;
  /** The colon of a backpack is lit. */
  readonly colon: boolean;
  /** Cycles a second; 0: steady. */
  readonly blinkHertz: number;
  /** Sixteenths of full brightness, 1 to 16. */
  readonly sixteenths: number;
  readonly power: {
    off(): void;
    on(): void;
    /** Gone so briefly that the RAM keeps what it has, while the chip begins anew all the same. */
    blip(): void;
  };
  /** Somebody else writes a byte of the RAM. */
  overwrite(address: number, byte: number): void;
  /** Writes that it took. */
  readonly writes: number;
}

export interface SimulatedHt16k33Options {
  /** Columns with a digit, from the left; those of a backpack if absent. */
  readonly columns?: readonly number[];
}

/** What the eye makes of segments. */
const figures = new Map([
  [0b0000000, ' '],
  [0b1000000, '-'],
  [0b0111111, '0'],
  [0b0000110, '1'],
  [0b1011011, '2'],
  [0b1001111, '3'],
  [0b1100110, '4'],
  [0b1101101, '5'],
  [0b1111101, '6'],
  [0b0000111, '7'],
  [0b1111111, '8'],
  [0b1101111, '9'],
  [0b1111001, 'E'],
]);

/** A chip with power that nobody has spoken to yet. */
export function simulatedHt16k33({ columns = [0, 1, 3, 4] }: SimulatedHt16k33Options = {}): SimulatedHt16k33 {
  const ram = Array.from({ length: 16 }, (_, address) => (0x5a + address * 0x1d) & 0xff);
  let powered = true;
  let pointer = 0;
  let awake = false;
  let displayBits = 0;
  let dimming = 15;
  let writes = 0;

  function begin(on: boolean): void {
    powered = on;
    pointer = 0;
    awake = false;
    displayBits = 0;
    dimming = 15;
  }

  const isLit = () => powered && awake && (displayBits & 1) === 1;

  return {
    get answers() {
      return powered;
    },
    get colon() {
      return isLit() && ((ram[4] ?? 0) & 0x02) !== 0;
    },
    get blinkHertz() {
      return [0, 2, 1, 0.5][(displayBits >> 1) & 3] ?? 0;
    },
    get sixteenths() {
      return dimming + 1;
    },
    get writes() {
      return writes;
    },
    shows() {
      if (!isLit()) return ' '.repeat(columns.length);
      return columns.map((column) => figures.get((ram[2 * column] ?? 0) & 0x7f) ?? '?').join('');
    },
    power: {
      off: () => begin(false),
      on() {
        begin(true);
        for (const address of ram.keys()) ram[address] = (0x5a + address * 0x1d) & 0xff;
      },
      blip: () => begin(true),
    },
    overwrite(address, byte) {
      ram[address & 15] = byte & 0xff;
    },
    write([command, ...data]) {
      if (command === undefined) return;
      writes++;
      if (command < 0x10) {
        pointer = command;
        for (const byte of data) {
          ram[pointer] = byte;
          pointer = (pointer + 1) % 16;
        }
      } else if ((command & 0xf0) === 0x20) awake = (command & 1) === 1;
      else if ((command & 0xf0) === 0x80) displayBits = command & 0x07;
      else if ((command & 0xf0) === 0xe0) dimming = command & 0x0f;
    },
    read(length) {
      return Uint8Array.from({ length }, () => {
        const byte = ram[pointer] ?? 0;
        pointer = (pointer + 1) % 16;
        return byte;
      });
    },
  };
}
