import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ht16k33Brightness,
  ht16k33Characters,
  ht16k33Ram,
  ht16k33SetUp,
  ht16k33Write,
  readHt16k33,
} from '../../src/protocols/ht16k33.js';
import { simulatedHt16k33 } from '../../src/simulator/ht16k33.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the commands of the HT16K33', () => {
  // As another project's tests have them (periph.io, devices/ht16k33): 21, 81, EF.
  it('wake it, light it and set its brightness', () => {
    expect(ht16k33SetUp({ blink: 'off', brightness: 15 }).map(hex)).toEqual(['21', 'ef', '81']);
    expect(ht16k33SetUp({ blink: '2Hz', brightness: 0 }).map(hex)).toEqual(['21', 'e0', '83']);
    expect(ht16k33SetUp({ blink: '1Hz', brightness: 7 }).map(hex)).toEqual(['21', 'e7', '85']);
    expect(ht16k33SetUp({ blink: '0.5Hz', brightness: 7 }).map(hex)).toEqual(['21', 'e7', '87']);
  });

  it.each([-1, 16, 1.5, Number.NaN])('have no brightness %d', (brightness) => {
    expect(() => ht16k33SetUp({ blink: 'off', brightness })).toThrow(
      expect.objectContaining({ code: 'ht16k33.impossible', kind: 'usage' }),
    );
  });

  it('make sixteen steps of a percentage', () => {
    expect([1, 6, 50, 100].map(ht16k33Brightness)).toEqual([0, 0, 7, 15]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (percent) => {
        const step = ht16k33Brightness(percent);
        expect(step).toBeGreaterThanOrEqual(0);
        expect(step).toBeLessThanOrEqual(15);
      }),
    );
  });
});

describe('the digits of an HT16K33', () => {
  it('stand at columns 0, 1, 3 and 4 of a backpack, and the colon stays dark', () => {
    expect(hex(ht16k33Write(ht16k33Ram('backpack', ' 001')))).toBe(
      `00${'0000'}${'3f00'}${'0000'}${'3f00'}${'0600'}${'0000'.repeat(3)}`,
    );
  });

  // As written by another driver (johnny-five 2.1, lib/led/ledcontrol.js, controller HT16K33), with a font of its own.
  it.each([
    ['0123', '003f00060000005b004f00000000000000'],
    ['4567', '0066006d0000007d000700000000000000'],
    ['89E0', '007f006f00000079003f00000000000000'],
    ['  42', '0000000000000066005b00000000000000'],
  ])('of a backpack that show "%s" are lit as by another driver', (shown, written) => {
    expect(hex(ht16k33Write(ht16k33Ram('backpack', shown)))).toBe(written);
    expect(readHt16k33('backpack', 4, Uint8Array.from(Buffer.from(written.slice(2), 'hex')))).toBe(shown);
  });

  it('stand one after the other on a plain board', () => {
    expect(hex(ht16k33Ram('plain', '12345678'))).toBe('06005b004f0066006d007d0007007f00');
  });

  it.each([
    ['backpack', '12345'],
    ['backpack', 'A'],
    ['plain', '123456789'],
    ['plain', '火'],
  ] as const)('of a %s can not show "%s"', (layout, text) => {
    expect(() => ht16k33Ram(layout, text)).toThrow(
      expect.objectContaining({ code: 'ht16k33.impossible', kind: 'usage' }),
    );
  });

  const text = (length: number) =>
    fc.array(fc.constantFrom(...ht16k33Characters), { minLength: length, maxLength: length });

  it('read back as they were written, and as a person sees them', () => {
    fc.assert(
      fc.property(text(4), (characters) => {
        const shown = characters.join('');
        const ram = ht16k33Ram('backpack', shown);
        expect(readHt16k33('backpack', 4, ram)).toBe(shown);
        const chip = simulatedHt16k33();
        chip.write(ht16k33Write(ram));
        for (const command of ht16k33SetUp({ blink: 'off', brightness: 15 })) chip.write(command);
        expect(chip.shows()).toBe(shown);
      }),
    );
  });

  it('never read as what was written where a bit is wrong', () => {
    fc.assert(
      fc.property(
        text(4),
        fc.constantFrom(0, 1, 3, 4),
        fc.integer({ min: 0, max: 15 }),
        (characters, column, bit) => {
          const shown = characters.join('');
          const ram = ht16k33Ram('backpack', shown);
          const at = 2 * column + (bit >> 3);
          ram[at] = ram[at]! ^ (1 << (bit & 7));
          expect(readHt16k33('backpack', 4, ram)).not.toBe(shown);
        },
      ),
    );
  });
});
