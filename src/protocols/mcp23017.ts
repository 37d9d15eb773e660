/**
 * MCP23017, an I/O expander with 16 pins on I2C.
 * Source: Microchip DS20001952 (revision D, 2022), "16-Bit I/O Expander with Serial Interface".
 *
 * Everything is read in one burst, the whole configuration with it: a chip that lost its power for a moment has its
 * power-on values again and says so, and so does another chip at its address. INTF, INTCAP and GPIO stand behind each
 * other in it, because a read of GPIO discards what was captured: a change that came and went between two polls is
 * seen in INTF. The wire for interrupts is not used.
 */
import { formatHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';

/** Registers of port A with IOCON.BANK = 0 (table 3-1); port B's follows each. */
const IODIR = 0x00;
const IPOL = 0x02;
const GPINTEN = 0x04;
const DEFVAL = 0x06;
const INTCON = 0x08;
const IOCON = 0x0a;
const GPPU = 0x0c;
const INTF = 0x0e;
const INTCAP = 0x10;
const GPIO = 0x12;
const OLAT = 0x14;
/** IOCON of port A where BANK = 1, as somebody else may have left it; with BANK = 0 this is GPINTENB. */
const IOCON_BANK_1 = 0x05;
/** IOCON.MIRROR: one interrupt wire would do for both ports. It also marks a chip as set up by us. */
const MIRROR = 0x40;

/** Addresses that the three address pins can give it. */
export const mcp23017Addresses = { first: 0x20, last: 0x27 } as const;

/**
 * Pins that can be inputs, in the order in which seats or keys are counted: GPA0 to GPA6 are 0 to 6, GPB0 to GPB6 are
 * 8 to 14. GPA7 and GPB7 (7, 15) are outputs only since revision D: a change while they are read garbles the transfer.
 */
export const mcp23017InputPins: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14];

export interface Mcp23017Setup {
  /** Pins that are watched, of `mcp23017InputPins`. */
  readonly pins: readonly number[];
  /** Whether the chip's own pull-ups (100 kΩ) hold these pins high: for switches to ground. Or which of them. */
  readonly pullUps: boolean | readonly number[];
  /** Pins that are driven, any of 0 to 15 that is not watched; none if absent. */
  readonly outputs?: readonly number[];
  /** Those of them that are high. */
  readonly high?: readonly number[];
}

/** What one burst says. Masks have one bit for each pin, pin 0 the lowest. */
export interface Mcp23017Snapshot {
  readonly levels: number;
  /** Watched pins that changed since the burst before, also where they are back by now; of several one may miss. */
  readonly changedPins: number;
  /** All levels at the first of these changes; means nothing for a port where none changed. */
  readonly captured: number;
  /** The configuration is the one that was written. */
  readonly stillConfigured: boolean;
  /** Where it is not: the first register that differs, `"IOCON 00 00 instead of 40 40"`. */
  readonly difference: string | null;
}

/** A burst begins at this register; what is written to read it. */
export const mcp23017BurstStart = Uint8Array.of(IODIR);
/** Bytes of a burst, IODIRA up to GPIOB. */
export const mcp23017BurstLength = GPIO + 2 - IODIR;

/**
 * The writes that set the chip up, in order, whatever state it is in. The first burst after them may tell changes
 * that are none.
 * Throws `mcp23017.output-only` (usage) for pins that can't be inputs.
 */
export function mcp23017SetUp(setup: Mcp23017Setup): Uint8Array[] {
  return [
    Uint8Array.of(IOCON_BANK_1, 0x00),
    Uint8Array.of(IOCON, MIRROR),
    // The levels stand before the pins become outputs: nothing flashes.
    ...((setup.outputs ?? []).length === 0 ? [] : [mcp23017Drive(setup)]),
    Uint8Array.of(IODIR, ...configuration(setup)),
  ];
}

/** What is written to bring the outputs of a chip that is set up to their levels. */
export function mcp23017Drive({ high = [] }: Pick<Mcp23017Setup, 'high'>): Uint8Array {
  const levels = mask(high);
  return Uint8Array.of(OLAT, levels & 0xff, levels >> 8);
}

/**
 * Reads a burst of `mcp23017BurstLength` bytes.
 * Throws `mcp23017.output-only` as `mcp23017SetUp`, `mcp23017.short` (garbled) for another length.
 */
export function readMcp23017(setup: Mcp23017Setup, burst: Uint8Array): Mcp23017Snapshot {
  if (burst.length !== mcp23017BurstLength) {
    const text = `${burst.length} bytes instead of ${mcp23017BurstLength}`;
    throw new HallwardError('mcp23017.short', 'garbled', text, { received: burst.length });
  }
  const word = (register: number) => burst[register]! | (burst[register + 1]! << 8);
  const difference = firstDifference(configuration(setup), burst);
  return {
    levels: word(GPIO),
    changedPins: word(INTF) & mask(setup.pins),
    captured: word(INTCAP),
    stillConfigured: difference === null,
    difference,
  };
}

/** The registers from IODIR to GPPU as they should be, port A and B in turn. */
function configuration({ pins, pullUps, outputs = [] }: Mcp23017Setup): number[] {
  const wrong = pins.find((pin) => !mcp23017InputPins.includes(pin));
  if (wrong !== undefined) {
    throw new HallwardError('mcp23017.output-only', 'usage', `pin ${wrong} of an MCP23017 can't be an input`);
  }
  const watched = mask(pins);
  // Pins that are not used are held too: one that floats would switch all the time.
  const free = pullUps === true ? 0 : watched & ~mask(pullUps === false ? [] : pullUps);
  const pulled = 0xffff & ~free;
  const words: Readonly<Record<number, number>> = {
    [IODIR]: 0xffff & ~mask(outputs),
    [IPOL]: 0,
    [GPINTEN]: watched,
    [DEFVAL]: 0,
    [INTCON]: 0, // compared with the level before, not with DEFVAL
    [IOCON]: MIRROR | (MIRROR << 8),
    [GPPU]: pulled,
  };
  return configured.flatMap(({ register }) => {
    const value = words[register] ?? 0;
    return [value & 0xff, value >> 8];
  });
}

/** The registers that are set up, in their order. */
const configured = [
  { register: IODIR, name: 'IODIR' },
  { register: IPOL, name: 'IPOL' },
  { register: GPINTEN, name: 'GPINTEN' },
  { register: DEFVAL, name: 'DEFVAL' },
  { register: INTCON, name: 'INTCON' },
  { register: IOCON, name: 'IOCON' },
  { register: GPPU, name: 'GPPU' },
] as const;

function firstDifference(expected: readonly number[], burst: Uint8Array): string | null {
  for (const { register, name } of configured) {
    const [want, have] = [
      expected.slice(register, register + 2),
      [...burst.subarray(register, register + 2)],
    ];
    if (want.join() !== have.join()) return `${name} ${hex(have)} instead of ${hex(want)}`;
  }
  return null;
}

const hex = (bytes: readonly number[]) => formatHex(Uint8Array.from(bytes));

function mask(pins: readonly number[]): number {
  return pins.reduce((all, pin) => all | (1 << pin), 0);
}
