import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ExpanderOptions, expanderChip } from '../../src/extenders/expander.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedPcf857x } from '../../src/simulator/pcf857x.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { GpioInputs, GpioLine } from '../../src/transports/ports-gpio.js';
import { dice } from '../devices/bench.js';
import { i2cBench } from './bench.js';

const chips = {
  pcf8574: () => simulatedPcf857x(8),
  pcf8575: () => simulatedPcf857x(16),
  mcp23017: () => simulatedMcp23017(),
};

/** One expander with the real buses on it, in virtual time. */
async function bench<Name extends keyof typeof chips>(
  chip: Name,
  more: Partial<ExpanderOptions> & { readonly at?: number } = {},
) {
  const wires = i2cBench();
  const { clock, panel, i2c } = wires;
  const far = chips[chip]() as ReturnType<(typeof chips)[Name]>;
  const { at = 0x20, ...options } = more;
  panel.attach(at, far);
  const expander = expanderChip(i2c, { chip, address: 0x20, pollMilliseconds: 50, ...options }, clock);
  const bus = gpioBus('extra', expander, clock, dice(1));
  await clock.advance(10);

  /** What is told of lines, as text. */
  function watch(lines: readonly GpioLine[], inputs: Partial<GpioInputs> = {}) {
    const told: string[] = [];
    const stop = bus.watch(
      { lines, activeLow: true, bias: 'pull-up', ...inputs },
      {
        level: (line, active) => told.push(`${line} ${active ? 'on' : 'off'}`),
        ready: () => told.push('ready'),
        lost: (error) => told.push(`lost ${error.code}`),
      },
    );
    return { told, stop };
  }

  function drive(line: GpioLine, active = false, activeLow = false) {
    const told: string[] = [];
    const output = bus.drive(
      { line, active, activeLow },
      { ready: () => told.push('ready'), lost: (error) => told.push(`lost ${error.code}: ${error.message}`) },
    );
    return { told, ...output, set: output.set.bind(output), release: output.release.bind(output) };
  }

  return { ...wires, chip: far, expander, bus, watch, drive };
}

describe.each(['pcf8574', 'pcf8575', 'mcp23017'] as const)('the lines of a %s', (name) => {
  it('are told once, and then at each change', async () => {
    const { clock, chip, watch, bus } = await bench(name);
    chip.pin(1).low();
    const { told } = watch([0, 1]);
    await clock.advance(20);
    expect(told).toEqual(['0 off', '1 on', 'ready']);
    chip.pin(0).low();
    await clock.advance(60);
    chip.pin(0).float();
    chip.pin(1).float();
    await clock.advance(60);
    expect(told.slice(3)).toEqual(['0 on', '0 off', '1 off']);
    expect(bus.state).toBe('open');
  });

  it('are not polled where nobody asks for one, and once for all that do', async () => {
    const { clock, sent, watch, drive } = await bench(name);
    const before = sent.length;
    await clock.advance(60_000);
    expect(sent.length).toBe(before);
    const stops = [watch([0]), watch([1, 2]), watch([3])].map(({ stop }) => stop);
    const { release } = drive(4);
    await clock.advance(100);
    const running = sent.length;
    await clock.advance(1_000);
    expect(sent.length - running).toBe(20);
    for (const stop of stops) stop();
    release();
    await clock.advance(100);
    const after = sent.length;
    await clock.advance(60_000);
    expect(sent.length).toBe(after);
    expect(clock.pending().filter((timer) => timer.startsWith('poll'))).toEqual([]);
  });

  it('are driven, and stay inactive when they are given back', async () => {
    const { clock, chip, drive } = await bench(name);
    const lamp = drive(2, true, true);
    await clock.advance(10);
    expect(lamp.told).toEqual(['ready']);
    expect(chip.pin(2).driven()).toBe('low');
    lamp.set(false);
    await clock.advance(10);
    expect(chip.pin(2).driven()).not.toBe('low');
    lamp.set(true);
    await clock.advance(10);
    expect(chip.pin(2).driven()).toBe('low');
    lamp.release();
    const bell = drive(3, true);
    await clock.advance(10);
    expect([chip.pin(2).driven(), chip.pin(3).driven()]).not.toContain('low');
    bell.release();
    await clock.advance(10);
    expect(chip.pin(3).driven()).toBe('low');
    // Also when the chip was without power since, as soon as anybody speaks with it.
    chip.power.off();
    chip.power.on();
    drive(1, true);
    await clock.advance(10);
    expect(chip.pin(3).driven()).toBe('low');
  });

  it('keep their outputs and inputs through a loss of power that no poll sees', async () => {
    const { clock, chip, watch, drive } = await bench(name);
    chip.pin(0).low();
    const { told } = watch([0, 1]);
    const lamp = drive(2, true, true);
    await clock.advance(100);
    chip.power.off();
    await clock.advance(20);
    chip.power.on();
    await clock.advance(120);
    expect(chip.pin(2).driven()).toBe('low');
    chip.pin(1).low();
    await clock.advance(120);
    expect(told).toEqual(['0 on', '1 off', 'ready', '1 on']);
    expect(lamp.told).toEqual(['ready']);
  });

  it('are lost with the third poll without an answer, and come back by themselves, outputs too', async () => {
    const { clock, chip, watch, drive, bus } = await bench(name);
    const { told } = watch([0]);
    const lamp = drive(2, true, true);
    await clock.advance(100);
    chip.power.off();
    await clock.advance(100);
    expect(bus.state).toBe('open');
    await clock.advance(150);
    expect(bus.state).toBe('lost');
    expect(bus.lostBecause).toMatchObject({
      code: 'wire.absent',
      kind: 'absent',
      evidence: { address: '0x20', answersAt: null, errno: 121 },
    });
    expect(bus.lostBecause?.message).toContain('answers at 0x20 of i2c1');
    expect(told).toEqual(['0 off', 'ready', 'lost wire.absent']);
    await clock.advance(20_000);
    chip.power.on();
    chip.pin(0).low();
    await clock.advance(2_500);
    expect(bus.state).toBe('open');
    expect(told.slice(3)).toEqual(['0 on', 'ready']);
    expect(chip.pin(2).driven()).toBe('low');
    expect(lamp.told.at(-1)).toBe('ready');
  });

  it('say where a chip answers instead, after one look around for each loss', async () => {
    const { clock, bus, sent, panel } = await bench(name, { at: 0x23 });
    await clock.advance(30_000);
    expect(bus.state).toBe('lost');
    expect(bus.lostBecause?.evidence).toMatchObject({ address: '0x20', answersAt: '0x23' });
    expect(bus.lostBecause?.message).toMatch(/something answers at 0x23/);
    expect(sent.filter(({ address }) => address !== 0x20).map(({ address }) => address)).toEqual([
      0x21, 0x22, 0x23,
    ]);
    // Nothing was written to anybody.
    expect(sent.filter(({ address, write }) => address !== 0x20 && write !== undefined)).toEqual([]);
    panel.attach(0x20, chips[name]());
    await clock.advance(2_500);
    expect(bus.state).toBe('open');
  });

  it('do not name a chip that somebody else uses', async () => {
    const { clock, bus, i2c, sent } = await bench(name, { at: 0x23 });
    for (let round = 0; round < 5; round++) {
      void i2c.transfer({ address: 0x23, readLength: 1 }, 'poll');
      await clock.advance(10);
    }
    sent.length = 0;
    await clock.advance(30_000);
    expect(bus.lostBecause?.evidence.answersAt).toBeNull();
    expect(sent.filter(({ address }) => address === 0x23)).toEqual([]);
  });

  it('say the reason of their bus where that is lost, and come back with it', async () => {
    const { clock, panel, watch, bus, i2c } = await bench(name);
    const { told } = watch([0]);
    await clock.advance(100);
    panel.holdLow();
    await clock.advance(4_000);
    expect(i2c.state).toBe('lost');
    expect(bus.lostBecause).toMatchObject({ code: 'wire.lost', evidence: { because: 'i2c.line-stuck' } });
    expect(told).toEqual(['0 off', 'ready', 'lost wire.lost']);
    await clock.advance(30_000);
    panel.release();
    await clock.advance(4_000);
    expect(told.slice(3)).toEqual(['0 off', 'ready']);
    panel.unplug();
    await clock.advance(200);
    expect(told.at(-1)).toBe('lost wire.lost');
    panel.plug();
    await clock.advance(5_000);
    expect(told.slice(-2)).toEqual(['0 off', 'ready']);
  });

  it('come back after a transfer that hung', async () => {
    const { clock, panel, watch, bus } = await bench(name);
    const { told } = watch([0]);
    await clock.advance(100);
    panel.hang();
    await clock.advance(1_700);
    expect(bus.lostBecause?.code).toBe('wire.lost');
    panel.unhang();
    await clock.advance(5_000);
    expect(told).toEqual(['0 off', 'ready', 'lost wire.lost', '0 off', 'ready']);
  });

  it('are not told changes that are single bits read wrong', async () => {
    const { clock, chip, panel, watch } = await bench(name);
    const { told } = watch([0, 1, 2, 3]);
    await clock.advance(100);
    expect(told.filter((text) => text.endsWith(' off'))).toHaveLength(4);
    panel.garble(0.02, dice(3));
    // A line that moves makes the chip's other lines be looked at more closely, too.
    for (let round = 0; round < 500; round++) {
      chip.pin(0).low();
      await clock.advance(100);
      chip.pin(0).float();
      await clock.advance(100);
    }
    panel.garble(0);
    await clock.advance(5_000);
    expect(told.filter((text) => /^[123] on/.test(text))).toEqual([]);
    expect(told.filter((text) => text === '0 on').length).toBeGreaterThan(400);
  });

  it('say so where there is no such line, or somebody has it', async () => {
    const { clock, watch, drive } = await bench(name);
    const beyond = watch([16]);
    const strange = watch(['GPIO17']);
    const first = watch([0]);
    await clock.advance(10);
    const second = watch([0]);
    const third = drive(0);
    await clock.advance(20);
    expect(beyond.told).toEqual(['lost gpio.line-unknown']);
    expect(strange.told).toEqual(['lost gpio.line-unknown']);
    expect(first.told).toEqual(['0 off', 'ready']);
    expect(second.told).toEqual(['lost gpio.line-busy']);
    expect(third.told[0]).toContain('gpio.line-busy');
    first.stop();
    third.release();
    await clock.advance(6_000);
    expect(second.told.slice(-2)).toEqual(['0 off', 'ready']);
  });

  it('can have no pull-down, and the error names the cure', async () => {
    const { clock, expander } = await bench(name);
    const watching = expander.watch(
      { lines: [0], activeLow: false, bias: 'pull-down' },
      { level() {}, closed() {} },
    );
    await expect(watching).rejects.toMatchObject({
      code: 'gpio.failed',
      kind: 'usage',
      message: expect.stringContaining('activeLow: true'),
    });
    expect(clock.pending().filter((timer) => timer.startsWith('poll'))).toEqual([]);
  });

  it('leave nothing behind when they are closed in the middle of everything', async () => {
    const { clock, panel, watch, drive, bus, i2c } = await bench(name);
    watch([0]);
    drive(1, true);
    await clock.advance(30);
    panel.hang();
    await clock.advance(100);
    const closing = Promise.all([bus.close(), i2c.close()]);
    await clock.advance(5_000);
    await closing;
    await clock.advance(5_000);
    expect(clock.pending()).toEqual([]);
  });
});

describe('a short press between two polls', () => {
  it('is told by an MCP23017, as both edges', async () => {
    const { clock, chip, watch } = await bench('mcp23017');
    const { told } = watch(['GPA0', 'GPB6']);
    await clock.advance(120);
    chip.pin(14).low();
    await clock.advance(2);
    chip.pin(14).float();
    await clock.advance(60);
    expect(told).toEqual(['GPA0 off', 'GPB6 off', 'ready', 'GPB6 on', 'GPB6 off']);
  });

  it('is told though another line moves in the same poll', async () => {
    const { clock, chip, watch } = await bench('mcp23017');
    const { told } = watch([0, 8]);
    await clock.advance(120);
    chip.pin(0).low();
    chip.pin(0).float();
    chip.pin(8).low();
    await clock.advance(60);
    expect(told.slice(3)).toEqual(['0 on', '0 off', '8 on']);
  });

  it('is lost by a PCF8574, which has nothing that keeps it', async () => {
    const { clock, chip, watch } = await bench('pcf8574');
    const { told } = watch([0]);
    await clock.advance(120);
    chip.pin(0).low();
    chip.pin(0).float();
    await clock.advance(60);
    expect(told).toEqual(['0 off', 'ready']);
  });
});

describe('names of lines', () => {
  it.each([
    ['pcf8574', 'P3', 3],
    ['pcf8575', 'P03', 3],
    ['pcf8575', 'P17', 15],
    ['mcp23017', 'GPA3', 3],
    ['mcp23017', 'GPB6', 14],
    ['mcp23017', 'gpb6', 14],
  ] as const)('of a %s: %s is pin %d', async (name, line, pin) => {
    const { clock, chip, watch } = await bench(name);
    chip.pin(pin).low();
    const { told } = watch([line]);
    await clock.advance(20);
    expect(told).toEqual([`${line} on`, 'ready']);
  });
});

describe('an MCP23017', () => {
  it('has two pins that can only be outputs', async () => {
    const { clock, chip, watch, drive } = await bench('mcp23017');
    const refused = watch(['GPA7']);
    const lamp = drive('GPB7', true);
    await clock.advance(10);
    expect(refused.told).toEqual(['lost gpio.failed']);
    expect(lamp.told).toEqual(['ready']);
    expect(chip.pin(15).driven()).toBe('high');
  });

  it('pulls up only the lines that ask for it', async () => {
    const { clock, chip, watch } = await bench('mcp23017');
    watch([0], { bias: 'pull-up' });
    watch([8], { bias: 'disabled', activeLow: false });
    await clock.advance(20);
    expect([chip.register(0x0c), chip.register(0x0d)]).toEqual([0xff, 0xfe]);
  });

  it('is said to be another chip where it does not keep its setting', async () => {
    const { clock, panel, watch, bus } = await bench('mcp23017');
    panel.attach(0x20, { answers: true, write() {}, read: (length) => new Uint8Array(length).fill(0x55) });
    const { told } = watch([0]);
    await clock.advance(1_000);
    expect(told).toEqual(['lost gpio.failed']);
    expect(bus.state).toBe('open');
    panel.attach(0x20, simulatedMcp23017());
    await clock.advance(6_000);
    expect(told.slice(-2)).toEqual(['0 off', 'ready']);
  });

  it('does not flash an output while it is set up', async () => {
    const { clock, chip, drive } = await bench('mcp23017');
    const seen = new Set<string | undefined>();
    const write = chip.write.bind(chip);
    chip.write = (bytes) => {
      write(bytes);
      seen.add(chip.pin(3).driven());
    };
    drive(3, true);
    await clock.advance(2_000);
    chip.power.off();
    chip.power.on();
    await clock.advance(2_000);
    expect([...seen].sort()).toEqual(['high', undefined].sort());
  });
});

describe('a PCF8574', () => {
  it('of the A kind is found at its own addresses', async () => {
    const wires = i2cBench();
    wires.panel.attach(0x3a, simulatedPcf857x(8));
    const chip = expanderChip(
      wires.i2c,
      { chip: 'pcf8574', address: 0x20, pollMilliseconds: 50 },
      wires.clock,
    );
    const bus = gpioBus('extra', chip, wires.clock, dice(1));
    await wires.clock.advance(10_000);
    expect(bus.lostBecause?.evidence.answersAt).toBe('0x3A');
  });

  it('says so where a low output stays high, and lets go of it', async () => {
    const { clock, chip, drive, bus } = await bench('pcf8574');
    chip.pin(5).high();
    const lamp = drive(5, true, true);
    await clock.advance(3_000);
    expect(lamp.told[0]).toMatch(
      /lost gpio.failed: P5 of the PCF8574 at 0x20 of i2c1 is brought low and stays high/,
    );
    expect(bus.state).toBe('open');
    chip.pin(5).float();
    await clock.advance(10_000);
    expect(lamp.told.at(-1)).toBe('ready');
    expect(chip.pin(5).driven()).toBe('low');
    chip.pin(5).high();
    await clock.advance(4_000);
    expect(lamp.told.at(-1)).toContain('gpio.failed');
  });

  it('does not take a high output for wrong, which what hangs on it may pull down', async () => {
    const { clock, chip, drive } = await bench('pcf8574');
    chip.pin(5).low();
    const base = drive(5, true);
    await clock.advance(5_000);
    expect(base.told).toEqual(['ready']);
  });
});

describe('an expander under a hundred random happenings', () => {
  const happenings = [
    'off',
    'on',
    'hold',
    'release',
    'hang',
    'unhang',
    'unplug',
    'plug',
    'press',
    'free',
    'lamp',
  ] as const;

  it.each(['pcf8575', 'mcp23017'] as const)('is true again once a %s is well', async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...happenings), { maxLength: 25 }), async (plan) => {
        const { clock, chip, panel, watch, drive } = await bench(name);
        const { told } = watch([0]);
        const lamp = drive(3, false, true);
        let pressed = false;
        let lit = false;
        const acts = {
          off: () => chip.power.off(),
          on: () => chip.power.on(),
          hold: () => panel.holdLow(),
          release: () => panel.release(),
          hang: () => panel.hang(),
          unhang: () => panel.unhang(),
          unplug: () => panel.unplug(),
          plug: () => panel.plug(),
          press: () => {
            pressed = true;
            chip.pin(0).low();
          },
          free: () => {
            pressed = false;
            chip.pin(0).float();
          },
          lamp: () => {
            lit = !lit;
            lamp.set(lit);
          },
        };
        for (const [index, happening] of plan.entries()) {
          acts[happening]();
          await clock.advance(index % 3 === 0 ? 700 : 30);
        }
        for (const mend of ['on', 'release', 'unhang', 'plug'] as const) acts[mend]();
        await clock.advance(20_000);
        const last = told.filter((text) => text.startsWith('0 ')).at(-1);
        expect(last).toBe(pressed ? '0 on' : '0 off');
        expect(told.at(-1)?.startsWith('lost')).toBe(false);
        expect(chip.pin(3).driven() === 'low').toBe(lit);
      }),
      { numRuns: 40 },
    );
  });
});
