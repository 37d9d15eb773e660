import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { facility } from '../../src/devices/facility/facility.js';
import { adsAnalogBus } from '../../src/extenders/ads1115.js';
import { expanderChip } from '../../src/extenders/expander.js';
import { HallwardError } from '../../src/kernel/errors.js';
import type { Json } from '../../src/kernel/json.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedPcf857x } from '../../src/simulator/pcf857x.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import { oneInput } from './air-bench.js';
import { dice, makeDevice, memory, parseDevice } from './bench.js';

const minutes = (count: number) => count * 60_000;

function start(
  clock: VirtualClock,
  bus: Bus,
  entry: Readonly<Record<string, unknown>> & { readonly protocol: string },
  kept = memory(),
) {
  const full = { bus: bus.name, ...entry };
  const { device, reports } = makeDevice(facility, 'point', full, bus, clock, undefined, { memory: kept });
  device.start();
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await device.stop();
  };
  onTestFinished(async () => {
    await stop();
    const closing = bus.close();
    await clock.advance(5_000);
    await closing;
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  });
  const raised = () => reports.faults.filter((fault) => fault.startsWith('raised'));
  return { device, reports, kept, stop, raised, stands: (code: string) => reports.standing.has(code) };
}

/** A facility with one contact that joins its line to ground. */
async function contact(entry: object = {}, kept?: Json) {
  const clock = new VirtualClock();
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  const bus = gpioBus('gpio', chip, clock, dice(1));
  const one = start(clock, bus, { protocol: 'contact', line: 17, activeLow: true, ...entry }, memory(kept));
  const line = panel.line(17);
  return { ...one, clock, panel, line, close: () => line.low(), open: () => line.floats() };
}

describe('a facility with a contact', () => {
  it('alarms once the contact has lasted, and is well once it is over', async () => {
    const { clock, reports, stands, close, open, raised } = await contact();
    await clock.advance(5_000);
    expect(reports.now).toEqual({ active: false });
    close();
    await clock.advance(1_500);
    open();
    await clock.advance(5_000);
    expect(raised()).toEqual([]);
    close();
    await clock.advance(2_100);
    expect(stands('facility.alarm')).toBe(true);
    expect(reports.now).toEqual({ active: true });
    open();
    await clock.advance(1_500);
    expect(stands('facility.alarm')).toBe(true);
    await clock.advance(1_000);
    expect(stands('facility.alarm')).toBe(false);
    expect(raised()).toEqual(['raised facility.alarm']);
  });

  it('speaks in its own words, to whom it should', async () => {
    const words = {
      text: { 'zh-CN': '三号厅饮水机缺水', en: 'The dispenser in hall 3 is empty' },
      action: { 'zh-CN': '换水桶', en: 'Put a new bottle on' },
      severity: 'low',
      audience: 'duty',
    };
    const { clock, reports, close } = await contact({ ...words, weight: 'maintenance' });
    close();
    await clock.advance(3_000);
    expect([...reports.standing.keys()]).toEqual(['facility.attention']);
    expect(reports.about.get('facility.attention')?.words).toEqual(words);
  });

  it('says what is declared where it has no words of its own', async () => {
    const { clock, reports, close } = await contact();
    close();
    await clock.advance(3_000);
    expect(reports.about.get('facility.alarm')?.words).toEqual({});
  });

  it('may alarm by the open contact: a cut wire counts then, too', async () => {
    const { clock, reports, stands, close, open } = await contact({ alarmWhen: 'inactive' });
    close();
    await clock.advance(5_000);
    expect(stands('facility.alarm')).toBe(false);
    open();
    await clock.advance(2_500);
    expect(stands('facility.alarm')).toBe(true);
    expect(reports.now).toEqual({ active: false });
  });

  it('that alarms already at the start says so', async () => {
    const { clock, stands, close } = await contact();
    close();
    await clock.advance(2_500);
    expect(stands('facility.alarm')).toBe(true);
  });

  it('without a wait hears the shortest pull', async () => {
    const { clock, stands, close, open } = await contact({ afterMilliseconds: 0, holdMinutes: 5 });
    await clock.advance(1_000);
    close();
    await clock.advance(1);
    open();
    await clock.advance(1_000);
    expect(stands('facility.alarm')).toBe(true);
  });

  it('is not lost by a flood of edges, and becomes unknown where they do not end', async () => {
    const { clock, reports, line, stands, open } = await contact();
    await clock.advance(5_000);
    const stop = line.bounce(1_000_000, 20);
    await clock.advance(minutes(1));
    expect(reports.now).toEqual({ active: false });
    await clock.advance(30_000);
    expect(stands('device.bad-reading')).toBe(true);
    expect(reports.now).toEqual({ active: null });
    expect(stands('facility.alarm')).toBe(false);
    stop();
    open();
    await clock.advance(3_000);
    expect(reports.now).toEqual({ active: false });
    expect(reports.standing.size).toBe(0);
  });

  it('that wavers out of an alarm goes on alarming until it is seen well', async () => {
    const { clock, line, stands, close, open } = await contact();
    close();
    await clock.advance(5_000);
    const stop = line.bounce(1_000_000, 200);
    await clock.advance(minutes(3));
    expect([stands('facility.alarm'), stands('device.bad-reading')]).toEqual([true, true]);
    stop();
    open();
    await clock.advance(6_000);
    expect([stands('facility.alarm'), stands('device.bad-reading')]).toEqual([false, false]);
  });

  it('on a lost bus is unknown, an alarm goes on, and all is true again when it is back', async () => {
    const { clock, panel, reports, stands, close, open } = await contact();
    close();
    await clock.advance(5_000);
    panel.unplug();
    await clock.advance(minutes(5));
    expect(reports.now).toEqual({ active: null });
    expect([...reports.standing.keys()]).toEqual(['facility.alarm']);
    open();
    panel.plug();
    await clock.advance(10_000);
    expect(reports.now).toEqual({ active: false });
    expect(stands('facility.alarm')).toBe(false);
  });

  it('on a line that somebody else has says so', async () => {
    const { clock, reports, line, stands } = await contact();
    await clock.advance(3_000);
    line.takenBy('somebody');
    await clock.advance(3_000);
    expect(stands('device.line-unavailable')).toBe(true);
    expect(reports.now).toEqual({ active: null });
    line.free();
    await clock.advance(10_000);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toEqual({ active: false });
  });
});

describe('a help cord', () => {
  const cord = { afterMilliseconds: 100, holdMinutes: 10, severity: 'high', audience: 'duty' };

  it('that was pulled shortly stands for its time after it was let go', async () => {
    const { clock, stands, close, open } = await contact(cord);
    await clock.advance(1_000);
    close();
    await clock.advance(300);
    open();
    await clock.advance(minutes(6));
    expect(stands('facility.alarm')).toBe(true);
    close();
    await clock.advance(300);
    open();
    await clock.advance(minutes(9.9));
    expect(stands('facility.alarm')).toBe(true);
    await clock.advance(minutes(0.2));
    expect(stands('facility.alarm')).toBe(false);
  });

  it('is not forgotten by a restart, also where its line is away at first', async () => {
    const before = await contact(cord);
    await before.clock.advance(1_000);
    before.close();
    await before.clock.advance(300);
    before.open();
    await before.clock.advance(300);
    expect(before.kept.writes).toBe(1);
    await before.stop();
    const { clock, reports, panel, stands, kept } = await contact(cord, before.kept.get());
    panel.unplug();
    expect(stands('facility.alarm')).toBe(true);
    await clock.advance(minutes(20));
    expect(stands('facility.alarm')).toBe(true);
    panel.plug();
    await clock.advance(minutes(9));
    expect(stands('facility.alarm')).toBe(true);
    await clock.advance(minutes(2));
    expect(stands('facility.alarm')).toBe(false);
    expect(kept.get()).toEqual({ version: 1, standing: [] });
    expect(reports.about.get('facility.alarm')?.words).toEqual({ severity: 'high', audience: 'duty' });
  });

  it.each([
    undefined,
    null,
    'x',
    { version: 2, standing: ['facility.alarm'] },
    { version: 1, standing: 'x' },
  ])('does not stand by a memory that makes no sense: %j', async (kept) => {
    const { clock, raised } = await contact(cord, kept as Json);
    await clock.advance(5_000);
    expect(raised()).toEqual([]);
  });

  it('does not stand by what another configuration has left', async () => {
    const { clock, raised, reports } = await contact(cord, { version: 1, standing: ['facility.low'] });
    await clock.advance(5_000);
    expect(raised()).toEqual([]);
    expect(reports.clears).toContain('facility.low');
  });
});

describe('a facility on an expander', () => {
  it('alarms and comes back like any other', async () => {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    const chip = simulatedPcf857x(8);
    panel.attach(0x20, chip);
    const i2c = i2cBus('i2c1', adapter, clock);
    const options = { chip: 'pcf8574', address: 0x20, pollMilliseconds: 50 } as const;
    const bus = gpioBus('bins', expanderChip(i2c, options, clock), clock, dice(1));
    onTestFinished(async () => {
      const closing = i2c.close();
      await clock.advance(5_000);
      await closing;
    });
    const { reports, stands } = start(clock, bus, { protocol: 'contact', line: 'P3', activeLow: true });
    chip.pin(3).low();
    await clock.advance(4_000);
    expect(stands('facility.alarm')).toBe(true);
    chip.power.off();
    await clock.advance(5_000);
    expect(reports.now).toEqual({ active: null });
    expect(stands('facility.alarm')).toBe(true);
    chip.pin(3).float();
    chip.power.on();
    await clock.advance(9_000);
    expect(stands('facility.alarm')).toBe(false);
    expect(reports.now).toEqual({ active: false });
  });
});

/** The return air of an air conditioner: 0 V at 0 °C, 2 V at 50 °C. */
const air = {
  protocol: 'analog',
  channel: 1,
  points: [
    [0.4, 0],
    [2, 50],
  ],
  unit: '°C',
  low: 5,
  high: 30,
  hysteresis: 2,
  afterSeconds: 60,
};
const voltsAt = (celsius: number) => 0.4 + (1.6 * celsius) / 50;

async function measured(entry: object = {}, kept?: Json) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const chip = simulatedAds1115(clock);
  panel.attach(0x48, chip);
  const i2c = i2cBus('i2c1', adapter, clock);
  const options = { address: 0x48, fullScaleVolts: 4.096, samplesPerSecond: 128 } as const;
  const bus = adsAnalogBus('adc', i2c, options, clock, dice(1));
  onTestFinished(async () => {
    const closing = i2c.close();
    await clock.advance(5_000);
    await closing;
  });
  chip.channel(1).volts(voltsAt(20));
  const one = start(clock, bus, { ...air, ...entry }, memory(kept));
  await clock.advance(6_000);
  return {
    ...one,
    clock,
    panel,
    chip,
    bus,
    warm: (celsius: number) => chip.channel(1).volts(voltsAt(celsius)),
    volts: (volts: number) => chip.channel(1).volts(volts),
  };
}

describe('a facility that is measured', () => {
  it('tells its value with its unit, the first one at once', async () => {
    const { clock, reports, warm } = await measured();
    expect(reports.shown.slice(0, 2)).toEqual([
      { value: null, unit: '°C' },
      { value: 20, unit: '°C' },
    ]);
    expect(reports.shown).toHaveLength(2);
    expect(reports.now).toEqual({ value: 20, unit: '°C' });
    expect(reports.alives.length).toBeGreaterThan(3);
    warm(21.37);
    await clock.advance(6_000);
    expect(reports.now).toEqual({ value: 21.4, unit: '°C' });
    const told = reports.shown.length;
    for (let second = 0; second < 60; second++) {
      warm(20 + (second % 7));
      await clock.advance(1_000);
    }
    expect(reports.shown.length - told).toBeLessThanOrEqual(13);
  });

  it('is too high once that has lasted, and well again inside the limit by the hysteresis', async () => {
    const { clock, reports, warm, stands } = await measured();
    warm(31);
    await clock.advance(50_000);
    warm(25);
    await clock.advance(20_000);
    warm(31);
    await clock.advance(55_000);
    expect(stands('facility.high')).toBe(false);
    await clock.advance(8_000);
    expect(reports.standing.get('facility.high')).toEqual({ value: 31, limit: 30, unit: '°C' });
    warm(29);
    await clock.advance(minutes(5));
    expect(stands('facility.high')).toBe(true);
    warm(27.5);
    await clock.advance(50_000);
    expect(stands('facility.high')).toBe(true);
    await clock.advance(15_000);
    expect(stands('facility.high')).toBe(false);
  });

  it('is found although it hovers about its limit', async () => {
    const { clock, warm, raised } = await measured();
    for (let second = 0; second < 70; second++) {
      warm(second % 2 === 0 ? 30.5 : 29.5);
      await clock.advance(1_000);
    }
    expect(raised()).toEqual(['raised facility.high']);
  });

  it('is too low, too', async () => {
    const { clock, reports, warm, stands } = await measured();
    warm(4);
    await clock.advance(65_000);
    expect(reports.standing.get('facility.low')).toEqual({ value: 4, limit: 5, unit: '°C' });
    warm(8);
    await clock.advance(65_000);
    expect(stands('facility.low')).toBe(false);
  });

  it('has no limits but those that were written', async () => {
    const { clock, warm, raised } = await measured({ low: undefined, high: undefined, unit: undefined });
    warm(50);
    await clock.advance(minutes(5));
    warm(0);
    await clock.advance(minutes(5));
    expect(raised()).toEqual([]);
  });

  it.each([
    ['a cut wire', 0],
    ['a short', 3.3],
    ['more than the converter can say', 5],
  ])('with %s is unknown, with a fault, until that is mended; what stood goes on', async (_, broken) => {
    const { clock, reports, volts, warm, stands } = await measured();
    warm(31);
    await clock.advance(65_000);
    volts(broken);
    await clock.advance(5_000);
    expect(reports.now).toEqual({ value: null, unit: '°C' });
    expect([...reports.standing.keys()].sort()).toEqual(['device.bad-reading', 'facility.high']);
    await clock.advance(minutes(5));
    expect(stands('facility.low')).toBe(false);
    warm(20);
    await clock.advance(65_000);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toEqual({ value: 20, unit: '°C' });
  });

  it('does not begin to alarm while nothing is known of it', async () => {
    const { clock, warm, volts, stands } = await measured();
    warm(31);
    await clock.advance(30_000);
    volts(0);
    await clock.advance(minutes(3));
    expect(stands('facility.high')).toBe(false);
    warm(31);
    await clock.advance(50_000);
    expect(stands('facility.high')).toBe(false);
    await clock.advance(15_000);
    expect(stands('facility.high')).toBe(true);
  });

  it('may be a little beyond its points', async () => {
    const { clock, reports, warm } = await measured();
    warm(-2);
    await clock.advance(6_000);
    expect(reports.now.value).toBe(-2);
    warm(-3);
    await clock.advance(6_000);
    expect(reports.now.value).toBeNull();
  });

  it('does not take the end of a converter for a value of a longer scale', async () => {
    const points = [
      [0, 0],
      [10, 100],
    ];
    const { clock, reports, volts } = await measured({ points, low: undefined, high: 90 });
    volts(4);
    await clock.advance(6_000);
    expect(reports.now.value).toBe(40);
    volts(6);
    await clock.advance(6_000);
    expect(reports.now.value).toBeNull();
    expect(reports.standing.has('device.bad-reading')).toBe(true);
  });

  it('may have a scale that falls', async () => {
    const points = [
      [3, 0],
      [1, 100],
    ];
    const { clock, reports, volts } = await measured({
      points,
      low: 20,
      high: undefined,
      hysteresis: undefined,
    });
    volts(1.5);
    await clock.advance(6_000);
    expect(reports.now.value).toBe(75);
    volts(2.8);
    await clock.advance(65_000);
    expect(reports.standing.get('facility.low')).toMatchObject({ value: 10 });
  });

  it('on a lost converter is unknown without a fault of its own, and comes back', async () => {
    const { clock, chip, reports, bus, panel } = await measured();
    chip.power.off();
    await clock.advance(6_000);
    expect(bus.state).toBe('lost');
    expect(reports.now.value).toBeNull();
    expect([reports.standing.size, reports.silences]).toEqual([0, []]);
    chip.power.on();
    await clock.advance(9_000);
    expect(reports.now.value).toBe(20);
    panel.holdLow();
    await clock.advance(6_000);
    expect(reports.now.value).toBeNull();
    panel.release();
    await clock.advance(9_000);
    expect(reports.now.value).toBe(20);
  });

  it('goes on with its alarm over a restart', async () => {
    const one = await measured();
    one.warm(31);
    await one.clock.advance(65_000);
    await one.stop();
    expect(one.kept.writes).toBe(1);
    const two = await measured({}, one.kept.get());
    expect(two.stands('facility.high')).toBe(true);
    expect(two.reports.standing.get('facility.high')).toMatchObject({ value: 20, limit: 30 });
    await two.clock.advance(65_000);
    expect(two.stands('facility.high')).toBe(false);
  });

  it('whose input is not there says so', async () => {
    const { reports, stands } = await measured({ channel: 7 });
    expect(stands('device.line-unavailable')).toBe(true);
    expect(reports.now.value).toBeNull();
  });

  it('whose input falls silent is unresponsive', async () => {
    const clock = new VirtualClock();
    const input = oneInput(clock);
    const { reports } = start(clock, input.bus, air);
    input.set(voltsAt(20));
    await clock.advance(6_000);
    expect(reports.now.value).toBe(20);
    // It says nothing from now on, as if nobody had noticed.
    input.lose(new HallwardError('bus.closed', 'cancelled', 'closed'));
    await clock.advance(20_000);
    expect(reports.silences.length).toBeGreaterThan(0);
    expect(reports.now.value).toBeNull();
    input.find();
    await clock.advance(6_000);
    expect(reports.now.value).toBe(20);
  });

  it('never tells a value outside its scale, whatever the voltage', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ noNaN: false }), { maxLength: 30 }), async (voltages) => {
        const clock = new VirtualClock();
        const input = oneInput(clock, Number.POSITIVE_INFINITY);
        const entry = { bus: 'adc', ...air };
        const { device, reports } = makeDevice(facility, 'point', entry, input.bus, clock);
        device.start();
        for (const volts of voltages) {
          input.set(volts);
          await clock.advance(1_000);
        }
        await device.stop();
        for (const { value } of reports.shown) {
          if (value === null || value === undefined) continue;
          expect(Number(value)).toBeGreaterThanOrEqual(-2.5);
          expect(Number(value)).toBeLessThanOrEqual(52.5);
        }
        expect(reports.crashes).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the configuration of a facility', () => {
  const parseConfig = (entry: Readonly<Record<string, unknown>> & { readonly protocol: string }) =>
    parseDevice(facility, { bus: 'one', ...entry });
  const complaints = (entry: object) =>
    facility.protocols.analog?.problems?.(parseConfig({ ...air, ...entry })).map(({ path }) => path.join());

  it('has its defaults', () => {
    expect(parseConfig({ protocol: 'contact', line: 4 })).toMatchObject({
      alarmWhen: 'active',
      afterMilliseconds: 2_000,
      holdMinutes: 0,
      weight: 'failure',
    });
    const { low: _, high: __, unit: ___, hysteresis: ____, afterSeconds: _____, ...bare } = air;
    expect(parseConfig(bare)).toMatchObject({ unit: '', afterSeconds: 10, decimals: 1 });
  });

  it('has a scale that means something, and limits on it', () => {
    expect(complaints({})).toEqual([]);
    expect(
      complaints({
        points: [
          [1, 0],
          [1, 5],
        ],
      }),
    ).toEqual(['points']);
    expect(
      complaints({
        points: [
          [1, 7],
          [2, 7],
        ],
      }),
    ).toEqual(['points']);
    expect(complaints({ low: -1 })).toEqual(['low']);
    expect(complaints({ high: 51 })).toEqual(['high']);
    expect(complaints({ low: 28, high: 30 })).toEqual(['high']);
    expect(complaints({ low: undefined, hysteresis: 50 })).toEqual(['hysteresis']);
  });

  it.each([
    { protocol: 'contact', line: 4, text: 'leer' },
    { protocol: 'contact', line: 4, text: { en: 'empty' } },
    { protocol: 'contact', line: 4, text: { en: 'empty', 'zh-CN': '' } },
    { protocol: 'contact', line: 4, text: { en: 'a\nb', 'zh-CN': '空' } },
    { protocol: 'contact', line: 4, audience: 'everybody' },
    { protocol: 'contact', line: 4, afterMilliseconds: -1 },
    { protocol: 'contact', line: 4, unit: 'A' },
    { ...air, unit: 'much too long a unit' },
    { ...air, points: [[1, 0]] },
    { ...air, decimals: 9 },
    { ...air, weight: 'failure' },
  ])('is refused: %j', (entry) => {
    expect(() => parseConfig(entry)).toThrow();
  });
});
