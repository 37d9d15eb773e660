import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { hexBytes } from '../../src/simulator/hex.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';

/** Plays a transcript: `W 00 R FF` writes 00 and expects FF; gives what was read. */
function play(chip: ReturnType<typeof simulatedMcp23017>, ...steps: readonly string[]): string[] {
  return steps.map((step) => {
    const [, written, expected] = /^W ([0-9A-F ]+?)(?: R ([0-9A-F ]+))?$/.exec(step) ?? [];
    chip.write(hexBytes(written!));
    if (expected === undefined) return step;
    const read = chip.read(hexBytes(expected).length);
    return `W ${written} R ${[...read].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ')}`;
  });
}

/** The transcript is what the chip does. */
function plays(chip: ReturnType<typeof simulatedMcp23017>, ...steps: readonly string[]): void {
  expect(play(chip, ...steps)).toEqual(steps);
}

describe('the simulated MCP23017', () => {
  it('has the power-on values of its data sheet', () => {
    plays(simulatedMcp23017(), 'W 00 R FF FF 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00');
  });

  // Recorded transfers of another project's tests with a real chip (periph.io, devices/mcp23xxx).
  it('drives a pin as recorded', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 00 R FF', 'W 00 FE', 'W 14 R 00', 'W 14 01');
    expect(chip.pin(0).driven()).toBe('high');
    expect(chip.pin(1).driven()).toBeUndefined();
  });

  it('reads a pin as recorded', () => {
    const chip = simulatedMcp23017();
    chip.pin(0).high();
    plays(chip, 'W 00 R FF', 'W 0C R 00', 'W 12 R 01');
  });

  it('holds pins high by its pull-ups, unless a switch is closed', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 12 R 00 00', 'W 0C FF FF', 'W 12 R FF FF');
    chip.pin(3).low();
    chip.pin(14).low();
    plays(chip, 'W 12 R F7 BF');
    chip.pin(3).float();
    plays(chip, 'W 12 R FF BF');
  });

  it('captures a change between two reads, and lets go of it when GPIO or INTCAP is read', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 0C FF FF', 'W 04 7F 7F', 'W 12 R FF FF');
    chip.pin(2).low();
    chip.pin(2).float();
    plays(chip, 'W 0E R 04 00', 'W 0E R 04 00 FB 00 FF FF', 'W 0E R 00 00');
    chip.pin(9).low();
    plays(chip, 'W 0E R 00 02', 'W 12 R FF FD', 'W 0E R 00 00 FB FD');
  });

  it('captures the first change only, until it is read', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 0C FF FF', 'W 04 7F 7F', 'W 12 R FF FF');
    chip.pin(0).low();
    chip.pin(1).low();
    plays(chip, 'W 0E R 01 00 FE 00 FC FF');
  });

  it('interrupts again and again where a pin differs from DEFVAL', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 0C FF FF', 'W 06 FF FF', 'W 08 FF FF', 'W 04 FF FF');
    chip.pin(0).low();
    plays(chip, 'W 0E R 01', 'W 12 R FE', 'W 0E R 01');
  });

  it('turns over what IPOL says, and writes to GPIO go to OLAT', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 02 01', 'W 12 R 01', 'W 12 55', 'W 14 R 55');
  });

  it('has another order of registers with BANK = 1, and IOCON twice with BANK = 0', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 0B 80', 'W 05 R 80', 'W 00 12', 'W 10 R FF', 'W 05 00', 'W 00 R 12 FF');
  });

  it('stays on one pair of registers with SEQOP', () => {
    plays(simulatedMcp23017(), 'W 0A 20', 'W 00 R FF FF FF FF FF');
  });

  it('forgets everything without power', () => {
    const chip = simulatedMcp23017();
    plays(chip, 'W 0C FF FF', 'W 00 00');
    chip.power.off();
    expect(chip.answers).toBe(false);
    chip.power.on();
    plays(chip, 'W 00 R FF', 'W 0C R 00 00');
  });
});

describe('the simulated I2C wires', () => {
  const wires = () => {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    const chip = simulatedMcp23017();
    panel.attach(0x20, chip);
    return { clock, adapter, panel, chip };
  };

  it('carry transfers at 100 kHz to the chip that is meant', async () => {
    const { clock, adapter, panel, chip } = wires();
    const connection = await adapter.open(() => {});
    const answer = connection.transfer({ address: 0x20, write: Uint8Array.of(0), readLength: 1 });
    await clock.advance(1);
    expect([...(await answer)]).toEqual([0xff]);
    chip.power.off();
    const silent = connection.transfer({ address: 0x20, readLength: 1 });
    const refused = expect(silent).rejects.toMatchObject({ code: 'i2c.no-answer', evidence: { errno: 121 } });
    await clock.advance(1);
    await refused;
    panel.unplug();
    await expect(connection.transfer({ address: 0x20, readLength: 1 })).rejects.toMatchObject({
      code: 'wire.lost',
    });
    await expect(adapter.open(() => {})).rejects.toMatchObject({ code: 'wire.absent' });
  });

  it('turn over bits where they are noisy', async () => {
    const { clock, adapter, panel } = wires();
    const connection = await adapter.open(() => {});
    panel.garble(0.5, () => 0.5);
    const answer = connection.transfer({ address: 0x20, write: Uint8Array.of(0), readLength: 2 });
    await clock.advance(1);
    expect([...(await answer)]).toEqual([0xff, 0xff]);
    panel.garble(1, () => 0.3);
    const next = connection.transfer({ address: 0x20, write: Uint8Array.of(0), readLength: 2 });
    await clock.advance(1);
    expect([...(await next)]).toEqual([0xfb, 0xfb]);
  });
});
