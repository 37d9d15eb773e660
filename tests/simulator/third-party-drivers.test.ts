/**
 * Simulated I2C chips before drivers that are not ours, those of johnny-five 2.1: what our codecs and our chips both had
 * wrong in the same way would show here.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const isThere = (() => {
  try {
    return createRequire(import.meta.url).resolve('johnny-five') !== '';
  } catch {
    return false;
  }
})();
if (!isThere) console.warn('skipped: johnny-five, an optional package, is not installed (npm install)');

interface Driven {
  readonly low: readonly number[];
  readonly high: readonly number[];
}
interface Expander {
  /** What the chip drives after the driver began, and for each pattern: pin 3; 0, 5 and the last; all. */
  readonly begun: Driven;
  readonly outputs: readonly (Driven & { readonly wrote: string })[];
  /** Inputs that the driver says are 1 with: nothing outside; 1 and 4 low; all low; first and last low, 2 high. */
  readonly inputs: readonly (readonly number[])[];
  readonly refused: readonly string[];
}
interface Air {
  readonly celsius: number;
  readonly percent: number;
}
interface Results {
  readonly pcf8574: Expander;
  readonly pcf8575: Expander;
  readonly inputWithoutOne: { readonly seen: number; readonly driven: string };
  readonly mcp23017: Expander & {
    readonly withoutPullUps: readonly number[];
    readonly registers: Readonly<Record<string, number>>;
  };
  readonly ads1115: {
    readonly seen: readonly { readonly volts: readonly number[]; readonly raw: readonly number[] }[];
    readonly slow: number;
    readonly wrote: readonly string[];
    readonly refused: readonly string[];
  };
  readonly sht31d: {
    readonly warm: Air;
    readonly cold: Air;
    readonly ticks: Air;
    readonly resets: number;
    readonly wrote: readonly string[];
    readonly refused: readonly string[];
  };
  readonly ht16k33: {
    readonly dark: string;
    readonly setUp: readonly string[];
    readonly shown: readonly { readonly shows: string; readonly colon: boolean; readonly wrote: string }[];
    readonly looks: readonly (readonly (number | string)[])[];
    readonly off: string;
    readonly on: string;
    readonly refused: readonly string[];
  };
}

const all = (pins: number) => Array.from({ length: pins }, (_, pin) => pin);
const but = (pins: number, ...without: readonly number[]) =>
  all(pins).filter((pin) => !without.includes(pin));

describe.skipIf(!isThere)('drivers of johnny-five', () => {
  let results: Results;

  beforeAll(async () => {
    const child = fileURLToPath(new URL('third-party-drivers-child.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [child], { timeout: 20_000 });
    results = JSON.parse(stdout);
  }, 25_000);

  /** The world's side of `pins` inputs that are held high. */
  const heldHigh = (pins: number) => [all(pins), but(pins, 1, 4), [], but(pins, 0, pins - 1)];

  it.each([
    ['pcf8574', 8, ['08', 'a1', 'ff']],
    ['pcf8575', 16, ['0800', '2180', 'ffff']],
  ] as const)('drive the outputs of a %s and read its inputs', (model, pins, [third, some, every]) => {
    const { begun, outputs, inputs, refused } = results[model];
    // High is weak: nothing is ever driven up.
    expect(begun).toEqual({ low: all(pins), high: [] });
    expect(outputs).toEqual([
      { low: but(pins, 3), high: [], wrote: third },
      { low: but(pins, 0, 5, pins - 1), high: [], wrote: some },
      { low: [], high: [], wrote: every },
    ]);
    expect(inputs).toEqual(heldHigh(pins));
    expect(refused).toEqual([]);
  });

  // NXP PCF8574, "Quasi-bidirectional I/Os": a pin must be written 1 to be an input. The driver's pinMode does not.
  it('hold a pin of a PCF8574 low that was made an input without a 1 written to it', () => {
    expect(results.inputWithoutOne).toEqual({ seen: 0, driven: 'low' });
  });

  it('drive the outputs of an MCP23017 up and down and read its inputs with pull-ups', () => {
    const { begun, outputs, inputs, refused } = results.mcp23017;
    expect(begun).toEqual({ low: all(16), high: [] });
    expect(outputs).toMatchObject([
      { low: but(16, 3), high: [3] },
      { low: but(16, 0, 5, 15), high: [0, 5, 15] },
      { low: [], high: all(16) },
    ]);
    expect(inputs).toEqual(heldHigh(16));
    expect(refused).toEqual([]);
  });

  it('see which inputs of an MCP23017 have pull-ups, and reach the registers that they mean', () => {
    const { withoutPullUps, registers } = results.mcp23017;
    // Pulled up are 2 and 12; the world holds 7 high; nothing holds the others.
    expect(withoutPullUps).toEqual([2, 7, 12]);
    expect(registers).toMatchObject({ '0': 0xff, '1': 0xff, c: 0x04, d: 0x10, '12': 0x84, '13': 0x10 });
  });

  it('read the voltages at the inputs of an ADS1115 to one step', () => {
    // They set ±6.144 V.
    const step = 6.144 / 32_768;
    const { seen, slow, wrote, refused } = results.ads1115;
    expect(wrote).toEqual(['01c183', '01d183', '01e183', '01f183']);
    expect(seen).toHaveLength(2);
    for (const { volts, raw } of seen) {
      expect(raw).toHaveLength(4);
      for (const [channel, value] of raw.entries()) {
        expect(Math.abs(value * step - volts[channel]!)).toBeLessThanOrEqual(step);
      }
    }
    // A chip that is as slow as may be.
    expect(Math.abs(slow * step - 2.048)).toBeLessThanOrEqual(step);
    expect(refused).toEqual([]);
  });

  it('measure the air with an SHT31', () => {
    const { warm, cold, ticks, resets, wrote } = results.sht31d;
    expect(wrote).toEqual(['30a2', '2400']);
    // The chip's noise is at most 12 of 65535.
    const noise = 13 / 65_535;
    for (const [air, celsius, percent] of [
      [warm, 23.4, 61.8],
      [cold, -12.5, 8],
    ] as const) {
      expect(Math.abs(air.celsius - celsius)).toBeLessThan(175 * noise);
      expect(Math.abs(air.percent - percent)).toBeLessThan(100 * noise);
    }
    // 63 36, as published for 22.821 °C; 5A 7C without the offset of an SHT4x.
    expect(ticks).toEqual({ celsius: 22.821, percent: 35.35 });
    expect(resets).toBe(1);
  });

  // Data sheet SHT3x-DIS, table 4: a reset takes 1.5 ms, a measurement 15 ms; they wait 16 ms for both.
  it('ask an SHT31 once before it is ready, and it does not acknowledge', () => {
    expect(results.sht31d.refused).toEqual(['read 6']);
  });

  it('show digits before an HT16K33, its colon, and nothing while it is off', () => {
    const { dark, setUp, shown, off, on, refused } = results.ht16k33;
    expect(dark).toBe('    ');
    expect(setUp).toEqual(['21', '81', 'ef', `00${'00'.repeat(16)}`]);
    expect(shown).toEqual([
      { shows: '0123', colon: false, wrote: '003f00060000005b004f00000000000000' },
      { shows: '4567', colon: false, wrote: '0066006d0000007d000700000000000000' },
      { shows: '89E0', colon: false, wrote: '007f006f00000079003f00000000000000' },
      { shows: '  42', colon: false, wrote: '0000000000000066005b00000000000000' },
      { shows: '1234', colon: true, wrote: '0006005b00ff004f006600000000000000' },
    ]);
    expect([off, on]).toEqual(['    ', '1234']);
    expect(refused).toEqual([]);
  });

  it('dim the digits and let them blink', () => {
    // Sixteenths, cycles a second, and what they wrote for it; "fast" is two a second, "normal" one, "slow" one in two seconds.
    expect(results.ht16k33.looks).toEqual([
      [16, 0, 'ef', '81'],
      [8, 2, 'e7', '83'],
      [1, 1, 'e0', '85'],
      [4, 0.5, 'e3', '87'],
    ]);
  });
});
