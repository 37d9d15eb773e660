/**
 * The I/O expander MCP23017 as its registers behave on the wire.
 *
 * Source: Microchip DS20001952, "16-Bit I/O Expander with Serial Interface": register tables 3-1 to 3-4, power-on
 * values (IODIR all ones, everything else 0), IOCON (3.5.6), interrupt logic (3.6). What it doesn't say of an
 * interrupt that comes while another is not cleared yet, and is assumed here: it is neither flagged nor captured.
 * Inputs without a pull-up that nothing drives are read as 0 here; a real one reads anything.
 */
import type { SimulatedI2cChip } from './i2c.js';

/** Order of the register pairs; with IOCON.BANK = 0 port A's register is at twice the number, port B's behind it. */
const IODIR = 0;
const IPOL = 1;
const GPINTEN = 2;
const DEFVAL = 3;
const INTCON = 4;
const IOCON = 5;
const GPPU = 6;
const INTF = 7;
const INTCAP = 8;
const GPIO = 9;
const OLAT = 10;
const pairs = 11;

const bankBit = 0x80;
const seqopBit = 0x20;
const ioconBits = 0xfe;

/** The world's side of one pin. */
export interface SimulatedPin {
  low(): void;
  high(): void;
  float(): void;
  /** What the chip drives out: `undefined` for an input. */
  driven(): 'low' | 'high' | undefined;
}

export interface SimulatedMcp23017 extends SimulatedI2cChip {
  /** 0 to 7 are GPA0 to GPA7, 8 to 15 are GPB0 to GPB7. */
  pin(number: number): SimulatedPin;
  readonly power: { off(): void; on(): void };
  /** What a register holds, by its number with BANK = 0 (0x00 to 0x15); looking changes nothing. */
  register(number: number): number;
  /** Register writes so far. */
  readonly writes: number;
}

/** A chip with power, its pins in the air. */
export function simulatedMcp23017(): SimulatedMcp23017 {
  return new Mcp23017Chip();
}

type Port = 0 | 1;
const ports: readonly Port[] = [0, 1];

class Mcp23017Chip implements SimulatedMcp23017 {
  answers = true;
  writes = 0;
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  /** `[pair][port]`. */
  #registers: number[][] = powerOn();
  #pointer = 0;
  /** What the world drives on each pin. */
  readonly #outside: ('low' | 'high' | 'float')[] = Array.from({ length: 16 }, () => 'float');
  #levels: [number, number] = [0, 0];

  pin(number: number): SimulatedPin {
    if (!Number.isInteger(number) || number < 0 || number > 15) throw new Error(`there is no pin ${number}`);
    const drive = (to: 'low' | 'high' | 'float') => {
      this.#outside[number] = to;
      this.#settle();
    };
    return {
      low: () => drive('low'),
      high: () => drive('high'),
      float: () => drive('float'),
      driven: () => {
        const port: Port = number < 8 ? 0 : 1;
        const bit = 1 << (number % 8);
        if ((this.#get(IODIR, port) & bit) !== 0) return undefined;
        return (this.#get(OLAT, port) & bit) !== 0 ? 'high' : 'low';
      },
    };
  }

  register(number: number): number {
    const pair = number >> 1;
    const port: Port = number % 2 === 0 ? 0 : 1;
    return pair === GPIO ? this.#gpio(port) : this.#get(pair, port);
  }

  /** The first byte is a register's number, the others go into it and those that follow. */
  write(bytes: Uint8Array): void {
    const [pointer, ...values] = bytes;
    if (pointer === undefined) return;
    this.#pointer = pointer;
    for (const value of values) {
      this.writes++;
      this.#writeRegister(value);
      this.#advance();
    }
  }

  read(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      const value = this.#readRegister();
      this.#advance();
      return value;
    });
  }

  #get(pair: number, port: Port): number {
    return this.#registers[pair]?.[port] ?? 0;
  }

  #set(pair: number, port: Port, value: number): void {
    const registers = this.#registers[pair];
    if (registers !== undefined) registers[port] = value & 0xff;
  }

  get #banked(): boolean {
    return (this.#get(IOCON, 0) & bankBit) !== 0;
  }

  /** The register that the pointer means. */
  #pointed(): { pair: number; port: Port } | undefined {
    const [pair, port] = this.#banked
      ? [this.#pointer & 0x0f, (this.#pointer >> 4) & 1]
      : [this.#pointer >> 1, this.#pointer & 1];
    const isThere = pair < pairs && (this.#banked ? this.#pointer < 0x20 : true);
    return isThere ? { pair, port: port === 0 ? 0 : 1 } : undefined;
  }

  #advance(): void {
    const byteMode = (this.#get(IOCON, 0) & seqopBit) !== 0;
    if (!byteMode) this.#pointer = (this.#pointer + 1) % (this.#banked ? 0x1b : 0x16);
    else if (!this.#banked) this.#pointer ^= 1;
  }

  #writeRegister(value: number): void {
    const pointed = this.#pointed();
    if (pointed === undefined) return;
    const { pair, port } = pointed;
    if (pair === INTF || pair === INTCAP) return;
    if (pair === IOCON) {
      for (const each of ports) this.#set(IOCON, each, value & ioconBits);
    } else {
      this.#set(pair === GPIO ? OLAT : pair, port, value);
    }
    this.#settle();
  }

  #readRegister(): number {
    const pointed = this.#pointed();
    if (pointed === undefined) return 0;
    const { pair, port } = pointed;
    const value = pair === GPIO ? this.#gpio(port) : this.#get(pair, port);
    if (pair === GPIO || pair === INTCAP) {
      this.#set(INTF, port, 0);
      this.#interrupt(port, 0);
    }
    return value;
  }

  #gpio(port: Port): number {
    return (this.#levels[port] ^ this.#get(IPOL, port)) & 0xff;
  }

  /** Brings the levels of all pins up to date and sees what that means for the interrupts. */
  #settle(): void {
    for (const port of ports) {
      let level = 0;
      for (let bit = 0; bit < 8; bit++) if (this.#isHigh(port, bit)) level |= 1 << bit;
      const changed = level ^ this.#levels[port];
      this.#levels[port] = level;
      this.#interrupt(port, changed);
    }
  }

  #isHigh(port: Port, bit: number): boolean {
    const mask = 1 << bit;
    if ((this.#get(IODIR, port) & mask) === 0) return (this.#get(OLAT, port) & mask) !== 0;
    const outside = this.#outside[port * 8 + bit];
    return outside === 'float' ? (this.#get(GPPU, port) & mask) !== 0 : outside === 'high';
  }

  #interrupt(port: Port, changed: number): void {
    if (!this.answers || this.#get(INTF, port) !== 0) return;
    const compared = (this.#gpio(port) ^ this.#get(DEFVAL, port)) & this.#get(INTCON, port);
    const flags = (compared | (changed & ~this.#get(INTCON, port))) & this.#get(GPINTEN, port);
    const inputs = flags & this.#get(IODIR, port);
    if (inputs === 0) return;
    this.#set(INTF, port, inputs);
    this.#set(INTCAP, port, this.#gpio(port));
  }

  #switch(powered: boolean): void {
    if (powered === this.answers) return;
    this.answers = powered;
    this.#registers = powerOn();
    this.#pointer = 0;
    this.#settle();
  }
}

function powerOn(): number[][] {
  return Array.from({ length: pairs }, (_, pair) => (pair === IODIR ? [0xff, 0xff] : [0, 0]));
}
