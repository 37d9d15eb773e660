import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { GpioBus, GpioChip, GpioInputs } from '../../src/transports/ports-gpio.js';
import { dice } from '../devices/bench.js';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const buttons: GpioInputs = { lines: [17, 27], activeLow: true, bias: 'pull-up' };

function world(change: (chip: GpioChip) => GpioChip = (chip) => chip, plugged = true) {
  const clock = new VirtualClock();
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  if (!plugged) panel.unplug();
  const bus = gpioBus('gpio', change(chip), clock, dice(1));
  const states: string[] = [];
  bus.onChange(() => states.push(bus.state));
  open.push(async () => {
    const closing = bus.close();
    await clock.advance(1000);
    await closing;
    expect(clock.pending()).toEqual([]);
  });
  return { clock, panel, bus, states };
}

/** What a device would hear. */
function listen(bus: GpioBus, inputs: GpioInputs = buttons) {
  const heard: string[] = [];
  const at: number[] = [];
  const stop = bus.watch(inputs, {
    level(line, active, atMilliseconds) {
      heard.push(`${line} ${active ? 'on' : 'off'}`);
      at.push(atMilliseconds);
    },
    ready: () => heard.push('ready'),
    lost: (error) => heard.push(`lost ${error.code}`),
  });
  return { heard, at, stop, take: () => heard.splice(0) };
}

const drive = (bus: GpioBus, active = false, line: number | string = 25) => {
  const heard: string[] = [];
  const output = bus.drive(
    { line, activeLow: true, active },
    { ready: () => heard.push('ready'), lost: (error) => heard.push(`lost ${error.code}`) },
  );
  return { output, heard };
};

describe('watched lines', () => {
  it('tell each level once at first, then every edge with the time of its arrival', async () => {
    const { clock, panel, bus } = world();
    const { heard, at, take } = listen(bus);
    await clock.advance(10);
    expect(bus.state).toBe('open');
    expect(take().sort()).toEqual(['17 off', '27 off', 'ready']);
    at.length = 0;
    await clock.advance(5000);
    panel.line(17).low();
    await clock.advance(100);
    panel.line(17).floats();
    await clock.advance(10);
    expect(heard).toEqual(['17 on', '17 off']);
    expect(at).toEqual([5010, 5110]);
  });

  it('are told by the name that they were asked for', async () => {
    const { clock, panel, bus } = world();
    const { heard } = listen(bus, { lines: ['GPIO3'], activeLow: false, bias: 'pull-down' });
    await clock.advance(10);
    panel.line(3).high();
    await clock.advance(10);
    expect(heard).toEqual(['GPIO3 off', 'ready', 'GPIO3 on']);
  });

  it('that somebody else has are asked for until they are free; the others never notice', async () => {
    const { clock, panel, bus } = world();
    panel.line(17).takenBy('other');
    const busy = listen(bus);
    const free = listen(bus, { ...buttons, lines: [5] });
    await clock.advance(60_000);
    expect(busy.take()).toEqual(['lost gpio.line-busy']);
    expect(free.take()).toEqual(['5 off', 'ready']);
    expect(bus.state).toBe('open');
    panel.line(17).free();
    await clock.advance(5000);
    expect(busy.take()).toEqual(['17 off', '27 off', 'ready']);
    expect(free.take()).toEqual([]);
  });

  it('that are taken away come back, and the loss is told once', async () => {
    const { clock, panel, bus, states } = world();
    const { take } = listen(bus);
    await clock.advance(10_000);
    take();
    panel.line(27).takenBy('other');
    await clock.advance(20_000);
    // First it ends, then it is busy: two reasons of one loss.
    expect(take()).toEqual(['lost gpio.failed', 'lost gpio.line-busy']);
    panel.line(27).free();
    panel.line(27).low();
    await clock.advance(5000);
    expect(take()).toEqual(['17 off', '27 on', 'ready']);
    expect(states).toEqual(['open']);
  });

  it('that do not exist are told as such', async () => {
    const { clock, bus } = world();
    const { take } = listen(bus, { ...buttons, lines: [54] });
    await clock.advance(10);
    expect(take()).toEqual(['lost gpio.line-unknown']);
  });

  it('tell nothing more once the watch is ended, and are free', async () => {
    const { clock, panel, bus } = world();
    const { stop, take } = listen(bus);
    await clock.advance(10);
    take();
    stop();
    panel.line(17).low();
    await clock.advance(10);
    expect(take()).toEqual([]);
    expect(panel.line(17).isWatched).toBe(false);
  });

  it('are not found busy by who asks for them while the one before gives them back', async () => {
    const { clock, bus } = world((chip) => ({
      address: chip.address,
      probe: () => chip.probe(),
      drive: (output, closed) => chip.drive(output, closed),
      async watch(inputs, edges) {
        const held = await chip.watch(inputs, edges);
        return {
          close: () => new Promise((done) => void clock.after('slow', 200, () => done(held.close()))),
        };
      },
    }));
    const first = listen(bus);
    await clock.advance(10);
    first.stop();
    const second = listen(bus);
    await clock.advance(300);
    expect(second.take()).toEqual(['17 off', '27 off', 'ready']);
    second.stop();
  });

  it('carry a thousand edges a second', async () => {
    const { clock, panel, bus } = world();
    const { heard } = listen(bus);
    await clock.advance(10);
    panel.line(17).bounce(3000, 1);
    await clock.advance(3100);
    expect(heard).toHaveLength(3 + 3000);
  });
});

describe('a chip', () => {
  it('that is not there is looked for, and all that was asked of it is done when it comes', async () => {
    const { clock, panel, bus, states } = world(undefined, false);
    const { take } = listen(bus);
    const lamp = drive(bus, true);
    await clock.advance(10_000);
    expect(states).toEqual(['lost']);
    expect(bus.lostBecause?.code).toBe('wire.absent');
    expect(take()).toEqual(['lost wire.absent']);
    expect(lamp.heard).toEqual(['lost wire.absent']);
    panel.plug();
    await clock.advance(2000);
    expect(states).toEqual(['lost', 'open']);
    expect(bus.lostBecause).toBeUndefined();
    expect(take()).toEqual(['17 off', '27 off', 'ready']);
    expect(panel.line(25)).toMatchObject({ isDriven: true, level: 'low' });
  });

  it('that is pulled is lost once, and comes back within 5 s of its return', async () => {
    const { clock, panel, bus, states } = world();
    const { take } = listen(bus);
    const lamp = drive(bus, true);
    await clock.advance(10_000);
    take();
    panel.unplug();
    await clock.advance(60_000);
    // First it goes, then it is not there: told with each reason, once.
    expect(states).toEqual(['open', 'lost', 'lost']);
    expect(take()).toEqual(['lost wire.lost', 'lost wire.absent']);
    panel.line(27).low();
    lamp.output.set(false);
    panel.plug();
    await clock.advance(5000);
    expect(take()).toEqual(['17 off', '27 on', 'ready']);
    expect(panel.line(25)).toMatchObject({ isDriven: true, level: 'high' });
  });

  it('that goes without a word is noticed within 5 s', async () => {
    let there = true;
    const { clock, bus } = world((chip) => ({
      address: chip.address,
      probe: () => chip.probe(),
      watch: (inputs, edges) => chip.watch(inputs, edges),
      drive: (output, closed) => chip.drive(output, closed),
      present: () => (there ? Promise.resolve() : Promise.reject(new Error('gone'))),
    }));
    const { take } = listen(bus);
    await clock.advance(20_000);
    expect(bus.state).toBe('open');
    take();
    there = false;
    await clock.advance(2500);
    expect(take()).toContain('lost wire.lost');
  });

  it('whose line is busy after it came back says so', async () => {
    const { clock, panel, bus } = world();
    const { take } = listen(bus);
    await clock.advance(10_000);
    take();
    panel.unplug();
    await clock.advance(100);
    panel.line(17).takenBy('other');
    panel.plug();
    await clock.advance(10_000);
    expect(take()).toEqual(['lost wire.lost', 'lost gpio.line-busy']);
  });

  it('that never answers holds nothing up at the end', async () => {
    const { clock, bus } = world((chip) => ({ ...chip, address: 'x', probe: () => new Promise(() => {}) }));
    const { take } = listen(bus);
    await clock.advance(60_000);
    expect(bus.state).toBe('opening');
    expect(take()).toEqual([]);
  });
});

describe('a driven line', () => {
  it('has the level that was asked for last', async () => {
    const { clock, panel, bus } = world();
    const { output, heard } = drive(bus);
    await clock.advance(10);
    expect(heard).toEqual(['ready']);
    expect(panel.line(25)).toMatchObject({ isDriven: true, level: 'high' });
    for (const active of [true, false, true, false, true]) output.set(active);
    await clock.advance(10);
    expect(panel.line(25).level).toBe('low');
    output.release();
    await clock.advance(10);
    expect(panel.line(25)).toMatchObject({ isDriven: false, level: 'high' });
  });

  it('leaves out levels that came and went while it was slow', async () => {
    const set: boolean[] = [];
    const { clock, bus } = world((chip) => ({
      address: 'slow',
      probe: () => chip.probe(),
      watch: (inputs, edges) => chip.watch(inputs, edges),
      drive: async () => ({
        set: (active) =>
          new Promise((done) => void clock.after('slow', 100, () => done(void set.push(active)))),
        close: async () => {},
      }),
    }));
    const { output } = drive(bus);
    await clock.advance(10);
    for (let turn = 0; turn < 1000; turn++) output.set(turn % 2 === 0);
    output.set(true);
    await clock.advance(1000);
    expect(set).toEqual([true]);
  });

  it('that fails is taken again with the level that is wanted by then', async () => {
    const { clock, panel, bus } = world();
    const { output, heard } = drive(bus);
    await clock.advance(10);
    panel.line(25).takenBy('other');
    output.set(true);
    await clock.advance(10_000);
    expect(panel.line(25).isDriven).toBe(false);
    panel.line(25).free();
    await clock.advance(5000);
    expect(panel.line(25)).toMatchObject({ isDriven: true, level: 'low' });
    expect(heard.at(-1)).toBe('ready');
  });

  it('is given back, inactive, where the bus is closed', async () => {
    const { clock, panel, bus } = world();
    drive(bus, true);
    await clock.advance(10);
    expect(panel.line(25).level).toBe('low');
    await bus.close();
    expect(panel.line(25)).toMatchObject({ isDriven: false, level: 'high' });
    const late = drive(bus, true);
    await clock.advance(10);
    expect(late.heard).toEqual(['lost bus.closed']);
  });
});
