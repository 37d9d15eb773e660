/**
 * The I/O expanders PCF8574 and PCF8575 as they behave on the wire.
 *
 * Sources: NXP, "PCF8574; PCF8574A", rev. 5: figures "Write mode (output)" and "Read mode (input)", power-on reset
 * (8.4: all pins high); Texas Instruments SCPS121 (PCF8575): the first byte is P07 to P00, the second P17 to P10, and so
 * on by turns. A pin whose latch is 1 is held high by 0.1 mA only: anything outside wins. A pin whose latch is 0 is
 * pulled to ground by a transistor: only a short to the supply wins.
 */
import type { SimulatedI2cChip } from './i2c.js';
import type { SimulatedPin } from './mcp23017.js';

export interface SimulatedPcf857x extends SimulatedI2cChip {
  /** 0 to 7 are P0 to P7 or P00 to P07, 8 to 15 are P10 to P17. `driven` is `low` or nothing: high is weak. */
  pin(number: number): SimulatedPin;
  readonly power: { off(): void; on(): void };
  /** What was written last, pin 0 the lowest bit. */
  readonly latch: number;
  /** Transfers that wrote something, and that read something. */
  readonly writes: number;
  readonly reads: number;
}

/** A chip with power, its pins in the air. */
export function simulatedPcf857x(pins: 8 | 16): SimulatedPcf857x {
  return new PcfChip(pins);
}

class PcfChip implements SimulatedPcf857x {
  answers = true;
  writes = 0;
  reads = 0;
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  readonly #outside: ('low' | 'high' | 'float')[];
  /** One byte for each port. */
  #ports: number[];

  constructor(private readonly pins: 8 | 16) {
    this.#outside = Array.from({ length: pins }, () => 'float');
    this.#ports = this.#powerOn();
  }

  get latch(): number {
    return this.#ports.reduce((all, port, index) => all | (port << (8 * index)), 0);
  }

  pin(number: number): SimulatedPin {
    if (!Number.isInteger(number) || number < 0 || number >= this.pins) {
      throw new Error(`there is no pin ${number}`);
    }
    const drive = (to: 'low' | 'high' | 'float') => {
      this.#outside[number] = to;
    };
    return {
      low: () => drive('low'),
      high: () => drive('high'),
      float: () => drive('float'),
      driven: () => (((this.latch >> number) & 1) === 0 ? 'low' : undefined),
    };
  }

  write(bytes: Uint8Array): void {
    this.writes++;
    for (const [index, byte] of bytes.entries()) this.#ports[index % this.#ports.length] = byte;
  }

  /** Each byte is a look at its port at that moment. */
  read(length: number): Uint8Array {
    this.reads++;
    return Uint8Array.from({ length }, (_, index) => this.#levels(index % this.#ports.length));
  }

  #levels(port: number): number {
    let levels = 0;
    for (let bit = 0; bit < 8; bit++) {
      const outside = this.#outside[port * 8 + bit];
      const held = ((this.#ports[port] ?? 0) >> bit) & 1;
      if (held === 1 ? outside !== 'low' : outside === 'high') levels |= 1 << bit;
    }
    return levels;
  }

  #switch(powered: boolean): void {
    this.answers = powered;
    this.#ports = this.#powerOn();
  }

  #powerOn(): number[] {
    return Array.from({ length: this.pins / 8 }, () => 0xff);
  }
}
