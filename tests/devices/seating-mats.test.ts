import { describe, expect, it, onTestFinished } from 'vitest';
import { seating } from '../../src/devices/seating.js';
import { adsAnalogBus } from '../../src/extenders/ads1115.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { AnalogBus, AnalogEvents } from '../../src/transports/ports-analog.js';
import type { WireState } from '../../src/transports/ports-bus.js';
import { dice, makeDevice, parseDevice } from './bench.js';

const minutes = (count: number) => count * 60_000;

/**
 * A mat between 3.3 V and the input with 100 kΩ across it and 1 kΩ in series, 10 kΩ from there to ground: free 0.3 V, taken
 * 1.65 V and more (10 kΩ under weight and less), cut wire 0 V, cable short 3.3 V.
 */
const free = 0.3;
const taken = 1.65;
const mats = { channels: [0, 1, 2], takenAboveVolts: 1, brokenBelowVolts: 0.1, brokenAboveVolts: 3.1 };

const parseConfig = (entry: object) => parseDevice(seating, { protocol: 'mats', bus: 'mats', ...entry });

/** Three mats on an ADS1115, settled and free. */
async function row(entry: object = {}) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const chip = simulatedAds1115(clock);
  panel.attach(0x48, chip);
  for (const channel of [0, 1, 2, 3]) chip.channel(channel).volts(free);
  const i2c = i2cBus('i2c1', adapter, clock);
  const options = { address: 0x48, fullScaleVolts: 4.096, samplesPerSecond: 128 } as const;
  const bus = adsAnalogBus('mats', i2c, options, clock, dice(1));
  const full = { protocol: 'mats', bus: 'mats', ...mats, ...entry };
  const { device, reports } = makeDevice(seating, 'seats-n', full, bus, clock);
  onTestFinished(async () => {
    await device.stop();
    const closing = Promise.all([bus.close(), i2c.close()]);
    await clock.advance(5_000);
    await closing;
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  });
  device.start();
  await clock.advance(8_000);
  return {
    clock,
    panel,
    chip,
    bus,
    reports,
    counts: device.capabilities.countsSeats!,
    mat: (seat: number, volts: number) => chip.channel(seat - 1).volts(volts),
  };
}

describe('pressure mats', () => {
  it('are counted, and prove that they live', async () => {
    const { clock, reports, mat } = await row();
    expect(reports.now).toEqual({ seats: 3, taken: 0, free: 3, stuck: 0 });
    expect(reports.alives.length).toBeGreaterThan(10);
    mat(2, taken);
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 2 });
    mat(2, free);
    await clock.advance(9_000);
    expect(reports.now).toMatchObject({ taken: 0, free: 3 });
    expect(reports.standing.size).toBe(0);
  });

  it('between the two voltages are as they were', async () => {
    const { clock, reports, mat } = await row({ hysteresisVolts: 0.2 });
    mat(1, 0.9);
    mat(2, taken);
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 2 });
    mat(2, 0.9);
    await clock.advance(9_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 2 });
    mat(2, 0.75);
    await clock.advance(9_000);
    expect(reports.now).toMatchObject({ taken: 0, free: 3 });
  });

  it('may stand the other way round', async () => {
    const { clock, reports, mat } = await row({
      takenAboveVolts: undefined,
      takenBelowVolts: 1.2,
      brokenBelowVolts: undefined,
      brokenAboveVolts: undefined,
    });
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: 3 });
    for (const seat of [1, 2, 3]) mat(seat, 2.5);
    await clock.advance(9_000);
    expect(reports.now).toMatchObject({ taken: 0, free: 3 });
    mat(3, 1.1);
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 2 });
  });

  it('with a cut wire are unknown, with a fault that names the seat; the others go on', async () => {
    const { clock, reports, counts, mat } = await row();
    mat(1, taken);
    mat(2, 0);
    await clock.advance(6_000);
    expect(reports.now).toEqual({ seats: 3, taken: 1, free: 1, stuck: 0 });
    expect([counts.seats, counts.taken]).toEqual([2, 1]);
    expect(reports.about.get('device.bad-reading')).toMatchObject({
      parts: ['2'],
      words: { text: { en: expect.stringContaining('cut wire') } },
    });
    expect(reports.standing.get('device.bad-reading')).toMatchObject({ parts: '2', volts: 0, channels: '1' });
    mat(3, 3.3);
    await clock.advance(5_000);
    expect(reports.about.get('device.bad-reading')?.parts).toEqual(['2', '3']);
    mat(2, free);
    await clock.advance(9_000);
    expect(reports.about.get('device.bad-reading')?.parts).toEqual(['3']);
    mat(3, free);
    await clock.advance(9_000);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toEqual({ seats: 3, taken: 1, free: 2, stuck: 0 });
  });

  it('that all have a cut wire are no number', async () => {
    const { clock, reports, counts, mat } = await row();
    for (const seat of [1, 2, 3]) mat(seat, 0);
    await clock.advance(6_000);
    expect(reports.now).toEqual({ seats: 3, taken: null, free: null, stuck: null });
    expect(counts.taken).toBeNull();
    expect(reports.about.get('device.bad-reading')?.parts).toEqual(['1', '2', '3']);
  });

  it('are not broken by one or two impossible samples', async () => {
    const { clock, reports, mat } = await row();
    mat(1, 0);
    await clock.advance(900);
    mat(1, free);
    await clock.advance(5_000);
    expect(reports.faults.filter((fault) => fault.startsWith('raised'))).toEqual([]);
  });

  it('under a bag are stuck after hours', async () => {
    const { clock, reports, mat } = await row({ pollMilliseconds: 5_000, stuckAfterMinutes: 30 });
    mat(3, taken);
    await clock.advance(minutes(32));
    expect(reports.about.get('seating.stuck-seat')?.parts).toEqual(['3']);
    expect(reports.now).toEqual({ seats: 3, taken: 0, free: 2, stuck: 1 });
  });

  it('that waver about the limit are restless, not taken and free by turns', async () => {
    const { clock, reports, mat } = await row({ hysteresisVolts: 0.05 });
    for (let turn = 0; turn < 420; turn++) {
      mat(1, turn % 2 === 0 ? 1.2 : 0.8);
      await clock.advance(1_000);
    }
    expect(reports.about.get('seating.restless-seat')?.parts).toEqual(['1']);
    expect(reports.now).toMatchObject({ taken: 0, free: 2 });
  });
});

describe('the converter under the mats', () => {
  it('that is away is the fault of the bus: nothing is known, and it comes back', async () => {
    const { clock, chip, bus, reports, counts, mat } = await row();
    mat(1, taken);
    await clock.advance(5_000);
    chip.power.off();
    await clock.advance(5_000);
    expect(bus.state).toBe('lost');
    expect(reports.now).toEqual({ seats: 3, taken: null, free: null, stuck: null });
    expect(counts.taken).toBeNull();
    await clock.advance(minutes(1));
    expect([reports.standing.size, reports.silences]).toEqual([0, []]);
    chip.power.on();
    await clock.advance(14_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 2 });
  });

  it('on wires that are held low, too', async () => {
    const { clock, panel, reports } = await row();
    panel.holdLow();
    await clock.advance(8_000);
    expect(reports.now).toMatchObject({ taken: null });
    panel.release();
    await clock.advance(15_000);
    expect(reports.now).toMatchObject({ taken: 0, free: 3 });
    expect(reports.standing.size).toBe(0);
  });

  it('that has no such input says so for that seat', async () => {
    const { clock, chip, reports } = await row({ channels: [0, 1, 7] });
    expect(reports.now).toEqual({ seats: 3, taken: 0, free: 2, stuck: 0 });
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['3']);
    expect(reports.standing.get('device.line-unavailable')).toMatchObject({ code: 'analog.channel-unknown' });
    expect(reports.silences).toEqual([]);
    chip.power.off();
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: null });
    chip.power.on();
    await clock.advance(14_000);
    expect(reports.now).toEqual({ seats: 3, taken: 0, free: 2, stuck: 0 });
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['3']);
  });
});

/** A converter of which each input speaks only when the test says so. */
function quietInputs(clock: VirtualClock) {
  const listeners = new Map<number, AnalogEvents>();
  const bus: AnalogBus & { state: WireState } = {
    name: 'mats',
    type: 'analog',
    state: 'open' as WireState,
    lostBecause: undefined,
    sent: 0,
    onChange: () => () => {},
    close: async () => {},
    sample({ channel }, events) {
      listeners.set(channel, events);
      return () => listeners.delete(channel);
    },
  };
  const says = (channel: number, volts: number) =>
    listeners.get(channel)?.value(volts, volts / 5, clock.monotonicMilliseconds());
  const loses = (channel: number, error: HallwardError) => listeners.get(channel)?.lost(error);
  return { bus, says, loses, listeners };
}

describe('inputs that say nothing', () => {
  function start() {
    const clock = new VirtualClock();
    const inputs = quietInputs(clock);
    const entry = { protocol: 'mats', bus: 'mats', channels: [0, 1], takenAboveVolts: 1 };
    const { device, reports } = makeDevice(seating, 'seats-n', entry, inputs.bus, clock);
    device.start();
    onTestFinished(async () => {
      await device.stop();
      expect(clock.pending()).toEqual([]);
      expect(inputs.listeners.size).toBe(0);
      expect(reports.crashes).toEqual([]);
    });
    const talk = async (seconds: number, ...channels: number[]) => {
      for (let second = 0; second < seconds; second++) {
        for (const channel of channels) inputs.says(channel, 0.4);
        await clock.advance(1_000);
      }
    };
    return { clock, reports, talk, ...inputs };
  }

  it('are found: all of them make the device unresponsive, and one is unknown by itself', async () => {
    const { reports, talk } = start();
    await talk(10, 0, 1);
    expect(reports.now).toMatchObject({ taken: 0, free: 2 });
    await talk(12, 0);
    expect(reports.now).toMatchObject({ taken: 0, free: 1 });
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['2']);
    expect(reports.silences).toEqual([]);
    await talk(10);
    expect(reports.silences.length).toBeGreaterThan(0);
    expect(reports.silences[0]?.evidence).toMatchObject({ channels: '0, 1', seconds: 5 });
    expect(reports.standing.size).toBe(0);
    const told = reports.shown.length;
    await talk(10, 0, 1);
    expect(reports.shown.length).toBeGreaterThan(told);
    expect(reports.now).toMatchObject({ taken: 0, free: 2 });
  });

  it('have their time after the bus was away', async () => {
    const { clock, reports, talk, bus } = start();
    await talk(10, 0, 1);
    bus.state = 'lost';
    await clock.advance(60_000);
    bus.state = 'open';
    await clock.advance(3_000);
    expect(reports.silences).toEqual([]);
    await clock.advance(8_000);
    expect(reports.silences.length).toBeGreaterThan(0);
  });

  it('are not counted while they never said anything', async () => {
    const { reports, talk } = start();
    await talk(4, 0);
    expect(reports.shown).toEqual([]);
    await talk(15, 0);
    expect(reports.now).toEqual({ seats: 2, taken: 0, free: 1, stuck: 0 });
  });

  it('and what is no number, or a pin that somebody else has, is a fault of that seat', async () => {
    const { clock, reports, talk, says, loses } = start();
    await talk(10, 0, 1);
    for (let look = 0; look < 4; look++) {
      says(0, Number.NaN);
      says(1, 0.4);
      await clock.advance(500);
    }
    expect(reports.about.get('device.bad-reading')?.parts).toEqual(['1']);
    loses(1, new HallwardError('gpio.line-busy', 'busy', 'somebody else has A1'));
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['2']);
    await talk(12, 0, 1);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toMatchObject({ taken: 0, free: 2 });
  });
});

describe('the configuration of mats', () => {
  const { problems, claims } = seating.protocols.mats!;
  const complaints = (entry: object) => problems?.(parseConfig(entry));

  it('has its defaults, and claims its inputs', () => {
    const config = parseConfig({ channels: [0, 3], takenAboveVolts: 1 });
    expect(config).toMatchObject({ hysteresisVolts: 0.1, pollMilliseconds: 500, stuckAfterMinutes: 240 });
    expect(problems?.(config)).toEqual([]);
    expect(claims?.(config)).toEqual([
      { path: ['channels', '0'], text: 'analogue input 0' },
      { path: ['channels', '1'], text: 'analogue input 3' },
    ]);
  });

  it('needs one limit, with voltages left on both sides of it', () => {
    const channels = [0];
    expect(complaints({ channels })).toMatchObject([{ path: ['takenAboveVolts'] }]);
    expect(complaints({ channels, takenAboveVolts: 1, takenBelowVolts: 2 })).toMatchObject([
      { path: ['takenBelowVolts'] },
    ]);
    expect(complaints({ channels, takenAboveVolts: 1, brokenBelowVolts: 0.95 })).toMatchObject([
      { path: ['brokenBelowVolts'], message: expect.stringContaining('free') },
    ]);
    expect(complaints({ channels, takenAboveVolts: 0.1 })).toMatchObject([{ path: ['hysteresisVolts'] }]);
    expect(complaints({ channels, takenBelowVolts: 1, brokenAboveVolts: 1.05 })).toMatchObject([
      { path: ['brokenAboveVolts'], message: expect.stringContaining('free') },
    ]);
    expect(complaints({ channels, takenBelowVolts: 1, brokenAboveVolts: 3, brokenBelowVolts: 0.1 })).toEqual(
      [],
    );
  });

  it.each([
    { channels: [] },
    { channels: [0, 0] },
    { channels: [16] },
    { channels: [0], takenAboveVolts: 30 },
    { channels: [0], takenAboveVolts: 1, address: 0x48 },
  ])('is refused: %j', (entry) => {
    expect(() => parseConfig(entry)).toThrow();
  });
});
