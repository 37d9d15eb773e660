import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  mcp23017BurstLength,
  mcp23017BurstStart,
  mcp23017Drive,
  mcp23017InputPins,
  mcp23017SetUp,
  readMcp23017,
} from '../../src/protocols/mcp23017.js';
import { hexBytes } from '../../src/simulator/hex.js';

const all = { pins: mcp23017InputPins, pullUps: true };
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** IODIR IPOL GPINTEN DEFVAL INTCON IOCON GPPU as set up for all inputs, with pull-ups. */
const asSetUp = 'FFFF 0000 7F7F 0000 0000 4040 FFFF';
/** INTF INTCAP GPIO behind it. */
const burst = (rest: string, configuration = asSetUp) => hexBytes(configuration + rest);

describe('the MCP23017 is set up', () => {
  it('whatever bank it is in, all pins as inputs that interrupt on change', () => {
    expect(mcp23017SetUp(all).map(toHex)).toEqual([
      '0500', // IOCON where BANK = 1, GPINTENB where it is 0
      '0a40', // IOCON: BANK 0, MIRROR
      '00ffff00007f7f000000004040ffff',
    ]);
  });

  it('without pull-ups for its watched pins where the switches go to the supply', () => {
    // Watched: GPA0 and GPB0. The others are held, for nothing is connected to them.
    expect(
      mcp23017SetUp({ pins: [0, 8], pullUps: false })
        .map(toHex)
        .at(-1),
    ).toBe('00ffff00000101000000004040fefe');
  });

  it('with outputs whose levels stand before they drive, GPA7 and GPB7 among them', () => {
    const setup = { pins: [0, 8], pullUps: [8], outputs: [1, 7, 15], high: [1, 15] };
    expect(mcp23017SetUp(setup).map(toHex)).toEqual([
      '0500',
      '0a40',
      '140280', // OLAT: GPA1 and GPB7 high
      '007d7f00000101000000004040feff',
    ]);
    expect(toHex(mcp23017Drive({ high: [7] }))).toBe('148000');
  });

  // Another driver writes one register at a time (johnny-five 2.1, lib/expander.js): inputs with pull-ups at 2 and 12,
  // all others outputs, of which 3 and 9 are high. It writes levels to GPIO, which is OLAT (table 3-1, 3.5.10).
  it('with the values that another driver writes to the same registers', () => {
    const theirs = ['0004', '0c04', '0110', '0d10', '1208', '1302'].map(hexBytes);
    const outputs = Array.from({ length: 16 }, (_, pin) => pin).filter((pin) => pin !== 2 && pin !== 12);
    const [, , drive, configure] = mcp23017SetUp({ pins: [2, 12], pullUps: true, outputs, high: [3, 9] });
    const ours = (register: number) =>
      register < 0x12 ? configure![1 + register]! : drive![1 + register - 0x12]!;
    for (const [register, value] of theirs) {
      // What we pull up beside: pins that are driven, where it has no effect.
      const meant = register === 0x0c ? 0x04 : register === 0x0d ? 0x10 : 0xff;
      expect(ours(register!) & meant).toBe(value);
    }
    expect([drive![0], configure![0]]).toEqual([0x14, 0x00]);
  });

  it.each([7, 15, 16, -1, 0.5])('but not with pin %d as an input', (pin) => {
    expect(() => mcp23017SetUp({ pins: [0, pin], pullUps: true })).toThrow(
      expect.objectContaining({ code: 'mcp23017.output-only', kind: 'usage' }),
    );
  });
});

describe('a burst of the MCP23017', () => {
  it('begins at IODIRA and ends with GPIOB: one transfer, INTF before INTCAP before GPIO', () => {
    expect([...mcp23017BurstStart]).toEqual([0x00]);
    expect(mcp23017BurstLength).toBe(0x14);
  });

  it('gives the levels of both ports', () => {
    expect(readMcp23017(all, burst('0000 0000 FEFF'))).toEqual({
      levels: 0xfffe,
      changedPins: 0,
      captured: 0,
      stillConfigured: true,
      difference: null,
    });
    expect(readMcp23017(all, burst('0000 0000 FFBF')).levels).toBe(0xbfff);
  });

  it('tells a pin that went down and came up again since the last one', () => {
    // GPB2 is flagged, was captured low, and is high again.
    expect(readMcp23017(all, burst('0004 FFFB FFFF'))).toMatchObject({
      levels: 0xffff,
      changedPins: 1 << 10,
      captured: 0xfbff,
    });
  });

  it('does not tell changes of pins that nobody watches', () => {
    const setup = { pins: [0], pullUps: true };
    const configuration = 'FFFF 0000 0100 0000 0000 4040 FFFF';
    expect(readMcp23017(setup, burst('0380 FFFF FFFF', configuration)).changedPins).toBe(1);
  });

  it('shows that the chip has lost its power: it has its power-on values', () => {
    expect(readMcp23017(all, hexBytes('FFFF 0000 0000 0000 0000 0000 0000 0000 0000 0000'))).toMatchObject({
      stillConfigured: false,
      difference: 'GPINTEN 00 00 instead of 7F 7F',
    });
  });

  it('shows any register that is not as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 13 }), fc.integer({ min: 1, max: 255 }), (register, turned) => {
        const bytes = burst('0000 0000 FFFF');
        bytes[register] = bytes[register]! ^ turned;
        expect(readMcp23017(all, bytes).stillConfigured).toBe(false);
      }),
    );
  });

  it('of another length is none', () => {
    for (const length of [0, 1, 19, 21, 32]) {
      expect(() => readMcp23017(all, new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'mcp23017.short', kind: 'garbled' }),
      );
    }
  });
});
