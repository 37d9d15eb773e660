import { afterEach, describe, expect, it } from 'vitest';
import { firmataBus } from '../../src/extenders/firmata/firmata-bus.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { FirmataBus } from '../../src/transports/ports-firmata.js';
import type { GpioLine } from '../../src/transports/ports-gpio.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { type FakeEngine, fakeEngines } from './support/fake-engine.js';

const half = () => 0.5;

/** A virtual clock in small steps: what is done one after the other for the board has many turns of promises. */
class FineClock extends VirtualClock {
  override async advance(milliseconds: number): Promise<void> {
    for (let done = 0; done < milliseconds; done += 10)
      await super.advance(Math.min(10, milliseconds - done));
    for (let turn = 0; turn < 5; turn++) await super.advance(0);
  }
}

const toClose: { bus: FirmataBus; clock: VirtualClock }[] = [];

afterEach(async () => {
  for (const { bus, clock } of toClose.splice(0)) {
    const closed = bus.close();
    await clock.advance(2_000);
    await closed;
    await clock.advance(2_000); // answers of the fake engine that were under way
    expect(clock.pending()).toEqual([]);
  }
});

/** A bus with a fake engine on a memory cable, in virtual time. */
async function bench() {
  const clock = new FineClock();
  const { carrier, cable, farEnd } = memoryCable({ address: '/dev/arduino', clock });
  const fakes = fakeEngines(clock);
  const wire = reopeningWire(carrier, clock, half);
  const lines = (name: string, chip: Parameters<typeof gpioBus>[1]) => gpioBus(name, chip, clock, half);
  const bus = firmataBus('arduino', wire, { engine: fakes.factory, lines }, clock, { random: half });
  const states: string[] = [];
  bus.onChange(() => states.push(bus.lostBecause === undefined ? bus.state : bus.lostBecause.code));
  toClose.push({ bus, clock });
  await clock.advance(10);

  /** Gets the board ready, and lets the lines find that out. */
  async function ready(): Promise<FakeEngine> {
    fakes.last.ready();
    await clock.advance(2_100);
    return fakes.last;
  }

  function watch(
    line: GpioLine,
    more: { activeLow?: boolean; bias?: 'pull-up' | 'pull-down' | 'disabled' } = {},
  ) {
    const told: (boolean | string)[] = [];
    const end = bus.lines.watch(
      { lines: [line], activeLow: true, bias: 'pull-up', ...more },
      {
        level: (_, active) => told.push(active),
        ready: () => told.push('ready'),
        lost: (error) => told.push(error.code),
      },
    );
    return { told, end };
  }

  function drive(line: GpioLine, active = true, activeLow = false) {
    const told: string[] = [];
    const output = bus.lines.drive(
      { line, activeLow, active },
      { ready: () => void told.push('ready'), lost: (error) => void told.push(error.code) },
    );
    return { told, output };
  }

  function sample(channel: number, everyMilliseconds: number) {
    const told: (readonly [volts: number, fraction: number] | string)[] = [];
    const end = bus.analog.sample(
      { channel, everyMilliseconds },
      {
        value: (volts, fraction) => told.push([volts, fraction]),
        lost: (error) => told.push(error.code),
      },
    );
    return { told, end };
  }

  return { clock, bus, fakes, cable, farEnd, states, ready, watch, drive, sample };
}

describe('a Firmata bus', () => {
  it('is open when the board is ready, and says what it is', async () => {
    const { bus, clock, fakes, states } = await bench();
    expect(bus.state).toBe('opening');
    expect(bus.about).toBeUndefined();
    expect(fakes.last.options).toEqual({ address: '/dev/arduino', askAfterMilliseconds: 2_500 });
    fakes.last.ready();
    await clock.advance(1);
    expect(states).toEqual(['open']);
    expect(bus.about).toEqual({ firmware: 'Fake', version: '2.5', pins: 10, analogInputs: 2 });
    expect(fakes.last.orders[0]).toEqual({ order: 'reset' });
  });

  it('hands whole messages to the engine, also those that came before it was there', async () => {
    const { clock, fakes, farEnd, cable } = await bench();
    cable.cut();
    cable.join();
    await clock.advance(20);
    farEnd.send(Uint8Array.of(0x41, 0xf9, 2));
    farEnd.send(Uint8Array.of(5, 0xe0, 1));
    await clock.advance(1);
    expect(fakes.last.received).toEqual([0xf9, 2, 5]);
  });

  it('is lost after 8 s of silence, and begins anew after growing pauses', async () => {
    const { bus, clock, fakes, states } = await bench();
    await clock.advance(8_000);
    expect(states).toEqual(['firmata.no-answer']);
    expect(bus.lostBecause?.message).toContain('load StandardFirmata');
    expect(bus.sent).toBeNull();
    expect(fakes.last.closed).toBe(true);
    const pauses: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const count = fakes.engines.length;
      const before = clock.monotonicMilliseconds();
      while (fakes.engines.length === count) await clock.advance(50);
      pauses.push(Math.round((clock.monotonicMilliseconds() - before) / 100) / 10);
      await clock.advance(8_000);
    }
    // Each less a tenth, by half of the jitter; the board is asked at once now.
    expect(pauses).toEqual([0.5, 0.9, 1.8, 3.6, 3.6]);
    expect(fakes.last.options.askAfterMilliseconds).toBe(100);
    expect(states).toEqual(['firmata.no-answer']);
    expect(fakes.engines.filter(({ closed }) => !closed)).toHaveLength(0);
  });

  it('says how far a board has come that does not get ready', async () => {
    const { bus, clock, fakes } = await bench();
    fakes.last.events.stage('firmware');
    await clock.advance(8_000);
    expect(bus.lostBecause).toMatchObject({ code: 'firmata.no-answer', evidence: { stage: 'firmware' } });
  });

  it('knows bytes that are no Firmata', async () => {
    const { bus, clock, farEnd } = await bench();
    for (let time = 0; time < 8_000; time += 500) {
      farEnd.send(Buffer.from('$GPGGA,1,2,3\r\n'));
      await clock.advance(500);
    }
    expect(bus.lostBecause).toMatchObject({ code: 'firmata.not-firmata', kind: 'garbled' });
    expect(bus.lostBecause?.message).toContain('24 47 50 47 47 41');
    expect(bus.lostBecause?.message).toContain('57600 baud');
  });

  it('is lost when the board has not answered three times, within 6 s, and comes back', async () => {
    const { bus, clock, fakes, states, ready, watch, sample } = await bench();
    const engine = await ready();
    const { told } = watch('D7');
    const analog = sample(0, 100);
    await clock.advance(100);
    engine.answers = false;
    await clock.advance(6_000);
    expect(states).toEqual(['open', 'firmata.no-answer']);
    expect(bus.lostBecause?.message).toContain('reset button');
    expect(engine.closed).toBe(true);
    // One cause, one fault: what hangs on the board says that the wire is lost.
    expect(told).toEqual(['ready', 'wire.lost']);
    expect(analog.told).toEqual(['wire.lost']);
    await clock.advance(600);
    expect(fakes.engines).toHaveLength(2);
    fakes.last.ready();
    await clock.advance(1);
    expect(states).toEqual(['open', 'firmata.no-answer', 'open']);
    // Nobody waits for a pause of the lines' own.
    expect(told).toEqual(['ready', 'wire.lost', 'ready']);
    expect(fakes.last.of('sample')).toEqual([{ order: 'sample', channel: 0, on: true }]);
  });

  it('is not lost for one answer that is missing', async () => {
    const { clock, states, ready } = await bench();
    const engine = await ready();
    engine.answers = false;
    await clock.advance(2_500);
    engine.answers = true;
    await clock.advance(60_000);
    expect(states).toEqual(['open']);
  });

  it('begins anew when its engine dies, with no word of the old one heard', async () => {
    const { clock, fakes, states, ready } = await bench();
    const engine = await ready();
    engine.events.ended(new HallwardError('firmata.engine-died', 'absent', 'killed'));
    engine.events.ready({ firmware: 'Ghost', version: '9.9', pins: [], analogMaximum: 1 });
    await clock.advance(600);
    expect(states).toEqual(['open', 'firmata.engine-died']);
    expect(fakes.engines).toHaveLength(2);
  });

  it('says that its packages are missing, and goes on trying', async () => {
    const { bus, clock, fakes, ready } = await bench();
    const engine = await ready();
    fakes.refuseNext(new HallwardError('wire.unusable', 'absent', 'npm install johnny-five'));
    engine.events.ended(new HallwardError('firmata.engine-died', 'absent', 'killed'));
    await clock.advance(600);
    expect(bus.lostBecause).toMatchObject({ code: 'wire.unusable', message: 'npm install johnny-five' });
    await clock.advance(1_000);
    expect(fakes.engines).toHaveLength(2);
  });

  it('ends its engine with the wire, and starts a fresh one when it opens again', async () => {
    const { clock, fakes, cable, states, ready } = await bench();
    const engine = await ready();
    cable.cut();
    await clock.advance(5_000);
    expect(engine.closed).toBe(true);
    expect(fakes.engines).toHaveLength(1);
    expect(states.slice(0, 2)).toEqual(['open', 'wire.lost']);
    cable.join();
    await clock.advance(100);
    expect(fakes.engines).toHaveLength(2);
    // A board that was just plugged in has a boot loader, which must not be disturbed.
    expect(fakes.last.options.askAfterMilliseconds).toBe(2_500);
  });

  it('brings to rest also what was given back just before it is closed: first devices end, then their bus', async () => {
    const { bus, clock, ready, drive } = await bench();
    const engine = await ready();
    const { output } = drive(3);
    await clock.advance(100);
    expect(engine.pins.get(3)?.state).toBe(1);
    // Orders take their time on the wire, and nothing is done for an engine that has ended.
    const done = engine.do.bind(engine);
    engine.do = async (order) => {
      await new Promise<void>((later) => clock.after('on the wire', 5, later));
      return engine.closed ? null : done(order);
    };
    output.release();
    const closed = bus.close();
    await clock.advance(2_000);
    await closed;
    expect(engine.pins.get(3)?.state).toBe(0);
    expect(engine.closed).toBe(true);
  });

  it('brings outputs to rest when it is closed, and does not wait for a mute board', async () => {
    const { bus, clock, drive, ready } = await bench();
    const engine = await ready();
    drive(5, true, true);
    await clock.advance(10);
    expect(engine.pins.get(5)).toEqual({ mode: 1, state: 0 });
    await bus.close();
    expect(engine.pins.get(5)).toEqual({ mode: 1, state: 1 });
    expect(engine.closed).toBe(true);
    expect(bus.state).toBe('closed');

    const second = await bench();
    const mute = await second.ready();
    second.drive(5);
    await second.clock.advance(10);
    mute.answers = false;
    const closed = second.bus.close();
    await second.clock.advance(1_000);
    await closed;
    expect(mute.closed).toBe(true);
  });
});

describe('its lines', () => {
  it('are pulled up by the board, and levels count only after it has confirmed the mode', async () => {
    const { clock, watch, ready } = await bench();
    const engine = await ready();
    engine.takes = (mode) => {
      engine.events.level(7, false); // a report that was under way
      return mode;
    };
    const { told } = watch('D7');
    await clock.advance(10);
    expect(engine.of('mode')).toEqual([{ order: 'mode', pin: 7, mode: 11 }]);
    expect(engine.of('watch')).toEqual([{ order: 'watch', port: 0, on: true }]);
    expect(told).toEqual(['ready']);
    engine.events.level(7, true);
    engine.events.level(7, true);
    engine.events.level(6, false);
    engine.events.level(7, false);
    expect(told).toEqual(['ready', false, true]);
  });

  it('are known by number, by name, and analogue inputs too', async () => {
    const { clock, watch, ready } = await bench();
    const engine = await ready();
    watch(3, { bias: 'pull-down' });
    watch('A1', { bias: 'disabled' });
    await clock.advance(10);
    expect(engine.of('mode').map(({ pin, mode }) => [pin, mode])).toEqual([
      [3, 0],
      [9, 0],
    ]);
  });

  it.each([
    [10, 'gpio.line-unknown'],
    ['D99', 'gpio.line-unknown'],
    ['A2', 'gpio.line-unknown'],
    ['GPIO7', 'gpio.line-unknown'],
    [0, 'gpio.line-unknown'],
    [-1, 'gpio.line-unknown'],
    [1.5, 'gpio.line-unknown'],
  ] as const)('say of %s: %s', async (line, code) => {
    const { clock, watch, ready } = await bench();
    await ready();
    const { told } = watch(line);
    await clock.advance(10);
    expect(told).toEqual([code]);
  });

  it('are busy while another has them, as a line or as an analogue input, and free afterwards', async () => {
    const { clock, watch, drive, sample, ready } = await bench();
    await ready();
    const first = watch(7);
    await clock.advance(10);
    const second = drive('D7');
    const analog = sample(0, 100);
    await clock.advance(10);
    const third = watch('A0');
    const fourth = sample(1, 100);
    await clock.advance(10);
    expect([second.told, third.told, fourth.told]).toEqual([['gpio.line-busy'], ['gpio.line-busy'], []]);
    first.end();
    analog.end();
    await clock.advance(5_000);
    expect(second.told).toEqual(['gpio.line-busy', 'ready']);
    expect(third.told).toEqual(['gpio.line-busy', 'ready']);
  });

  it('without a mode for a pull-up are pulled up as before Firmata 2.5, or refused in words', async () => {
    const { clock, watch, ready } = await bench();
    const engine = await ready();
    const { told } = watch('A0');
    await clock.advance(10);
    expect(engine.of('write')).toEqual([{ order: 'write', pin: 8, high: true }]);
    expect(told).toEqual(['ready']);

    const refused: HallwardError[] = [];
    const act = engine.do.bind(engine);
    engine.do = async (order) => {
      const state = await act(order);
      return order.order === 'write' && state !== null ? { ...state, state: 0 } : state;
    };
    const { bus } = toClose.at(-1)!;
    bus.lines.watch(
      { lines: ['A1'], activeLow: true, bias: 'pull-up' },
      { level() {}, ready() {}, lost: (error) => refused.push(error) },
    );
    await clock.advance(10);
    expect(refused).toMatchObject([{ code: 'gpio.failed' }]);
    expect(refused[0]?.message).toMatch(/StandardFirmata 2\.5.*10 kΩ.*bias: disabled/);
  });

  it('that the board does not take are told so, and asked for again', async () => {
    const { clock, drive, ready } = await bench();
    const engine = await ready();
    engine.takes = () => 0;
    const { told } = drive(5);
    await clock.advance(10);
    expect(told).toEqual(['gpio.failed']);
    engine.takes = (mode) => mode;
    await clock.advance(1_000);
    expect(told).toEqual(['gpio.failed', 'ready']);
    expect(engine.pins.get(5)).toEqual({ mode: 1, state: 1 });
  });

  it('have their level again after the board has begun anew, and nobody hears of it', async () => {
    const { clock, watch, drive, sample, ready } = await bench();
    const engine = await ready();
    const button = watch(7);
    drive(5);
    sample(0, 200);
    await clock.advance(10);
    engine.events.level(7, false);
    engine.pins.clear();
    engine.orders.length = 0;
    engine.events.restarted();
    engine.events.level(7, true); // not confirmed yet
    await clock.advance(50);
    expect(engine.of('mode').map(({ pin, mode }) => [pin, mode])).toEqual([
      [8, 2],
      [7, 11],
      [5, 1],
    ]);
    expect(engine.of('write')).toEqual([{ order: 'write', pin: 5, high: true }]);
    expect(engine.of('interval')).toEqual([{ order: 'interval', milliseconds: 200 }]);
    expect(engine.of('sample')).toEqual([{ order: 'sample', channel: 0, on: true }]);
    engine.events.level(7, false);
    expect(button.told).toEqual(['ready', true]);
  });

  it.each(['input', 'output'])(
    'are set up again where the board forgot an %s without a word',
    async (what) => {
      const { clock, watch, drive, ready } = await bench();
      const engine = await ready();
      const pin = what === 'input' ? 7 : 5;
      if (what === 'input') watch(pin);
      else drive(pin);
      await clock.advance(10);
      engine.pins.set(pin, { mode: 1, state: 0 });
      await clock.advance(4_000);
      expect(engine.pins.get(pin)).toEqual(what === 'input' ? { mode: 11, state: 1 } : { mode: 1, state: 1 });
    },
  );

  it('are asked for their levels every 2 s: one that was garbled on its way is set right', async () => {
    const { clock, watch, ready } = await bench();
    const engine = await ready();
    watch(7);
    await clock.advance(10);
    engine.orders.length = 0;
    await clock.advance(10_000);
    expect(engine.of('watch')).toHaveLength(5);
    expect(engine.of('version')).toHaveLength(5);
  });

  it('are no more reported when nobody watches their port', async () => {
    const { clock, watch, ready } = await bench();
    const engine = await ready();
    const [first, second] = [watch(7), watch(6)];
    await clock.advance(10);
    first.end();
    await clock.advance(10);
    expect(engine.of('watch').filter(({ on }) => !on)).toEqual([]);
    second.end();
    await clock.advance(10);
    expect(engine.of('watch').filter(({ on }) => !on)).toEqual([{ order: 'watch', port: 0, on: false }]);
  });
});

describe('its analogue inputs', () => {
  it('are measured as often as the one who wants it most often, and told each as often as it asked', async () => {
    const { clock, sample, ready } = await bench();
    const engine = await ready();
    const slow = sample(0, 1_000);
    const fast = sample(0, 50);
    const tooFast = sample(1, 1);
    await clock.advance(10);
    expect(engine.of('interval').at(-1)).toEqual({ order: 'interval', milliseconds: 10 });
    tooFast.end();
    await clock.advance(10);
    expect(engine.of('interval').at(-1)).toEqual({ order: 'interval', milliseconds: 50 });
    for (let time = 0; time < 10_000; time += 50) {
      engine.events.analog(0, 250);
      await clock.advance(50);
    }
    expect(fast.told).toHaveLength(200);
    expect(slow.told).toHaveLength(10);
    expect(slow.told[0]).toEqual([1.25, 0.25]);
  });

  it('that the board has not are told so', async () => {
    const { clock, sample, ready } = await bench();
    await ready();
    const { told } = sample(2, 100);
    await clock.advance(10);
    expect(told).toEqual(['analog.channel-unknown']);
  });

  it('never read more than their full scale: that was no voltage', async () => {
    const { clock, sample, ready } = await bench();
    const engine = await ready();
    const { told } = sample(0, 100);
    await clock.advance(10);
    engine.events.analog(0, 1_001);
    engine.events.analog(0, 1_000);
    expect(told).toEqual([[5, 1]]);
  });

  it('that fall silent are lost within 6 s, set up again and again, and back with the next value', async () => {
    const { bus, clock, sample, ready } = await bench();
    const engine = await ready();
    const { told } = sample(0, 100);
    await clock.advance(10);
    engine.events.analog(0, 500);
    await clock.advance(6_500);
    expect(told).toEqual([[2.5, 0.5], 'firmata.no-answer']);
    expect(engine.of('sample').length).toBeGreaterThan(2);
    expect(bus.state).toBe('open');
    engine.events.analog(0, 400);
    expect(told.at(-1)).toEqual([2, 0.4]);
  });

  it('are shared by those who want the same one, and given back by the last', async () => {
    const { clock, sample, ready } = await bench();
    const engine = await ready();
    const [first, second] = [sample(0, 100), sample(0, 100)];
    await clock.advance(10);
    expect(engine.of('sample')).toHaveLength(1);
    first.end();
    first.end();
    await clock.advance(10);
    engine.events.analog(0, 100);
    expect([first.told, second.told]).toEqual([[], [[0.5, 0.1]]]);
    second.end();
    await clock.advance(10);
    expect(engine.of('sample').at(-1)).toEqual({ order: 'sample', channel: 0, on: false });
  });

  it('that were asked for before the board was there, or while it is lost, are measured once it is', async () => {
    const { clock, cable, fakes, sample, ready } = await bench();
    const early = sample(0, 100);
    await ready();
    fakes.last.events.analog(0, 100);
    cable.cut();
    await clock.advance(100);
    const late = sample(1, 100);
    await clock.advance(10);
    expect(early.told.slice(0, 2)).toEqual([[0.5, 0.1], 'wire.lost']);
    expect(late.told[0]).toMatch(/^wire\./);
    cable.join();
    await clock.advance(100);
    await ready();
    fakes.last.events.analog(1, 1_000);
    expect(late.told.at(-1)).toEqual([5, 1]);
  });
});
