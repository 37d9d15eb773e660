import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { climatePart } from '../../src/devices/parts/climate-part.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedSht } from '../../src/simulator/sht.js';
import { partSchema } from '../../src/supervisor/config/schema.js';
import { airBench } from './air-bench.js';

type Family = 'SHT3x' | 'SHT4x';

/** A sensor at work. */
async function hall(family: Family = 'SHT4x', address = 0x44, options: object = {}) {
  const bench = airBench();
  const chip = simulatedSht({ family, clock: bench.clock });
  bench.panel.attach(address, chip);
  const protocol = family.toLowerCase();
  const device = bench.add({ climate: { protocol, ...(address === 0x44 ? {} : { address }), ...options } });
  await bench.clock.advance(100);
  return { ...bench, ...device, chip };
}

const minutes = (count: number) => count * 60_000;

describe.each<Family>(['SHT3x', 'SHT4x'])('an %s', (family) => {
  it('tells temperature and humidity at once, then every ten seconds', async () => {
    const { clock, chip, told, climate, reports } = await hall(family);
    expect(climate()!.temperatureCelsius).toBeCloseTo(22.8, 1);
    expect(climate()!.humidityPercent).toBeCloseTo(38, 1);
    chip.temperature(-7.5);
    chip.humidity(91);
    await clock.advance(10_000);
    expect(climate()!.temperatureCelsius).toBeCloseTo(-7.5, 1);
    expect(climate()!.humidityPercent).toBeCloseTo(91, 1);
    await clock.advance(60_000);
    expect(told.climate).toHaveLength(8);
    expect(reports.alives.length).toBe(8);
    expect(reports.standing.size).toBe(0);
  });

  it('is unknown after three answers with a wrong checksum, and back with the first good one', async () => {
    const { clock, chip, climate, fault } = await hall(family, 0x44, { pollMilliseconds: 1_000 });
    chip.corrupt();
    await clock.advance(2_100);
    expect(climate()).not.toBeNull();
    expect(fault('device.bad-reading')).toBeUndefined();
    await clock.advance(1_000);
    expect(climate()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.checksum', part: 'climate' });
    await clock.advance(20_000);
    // It was the right chip before: that has not changed.
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.checksum' });
    chip.mend();
    await clock.advance(4_100);
    expect(climate()!.temperatureCelsius).toBeCloseTo(22.8, 1);
    expect(fault('device.bad-reading')).toBeUndefined();
  });

  it('survives one answer that is garbled on the way', async () => {
    const { clock, panel, told } = await hall(family, 0x44, { pollMilliseconds: 1_000 });
    panel.garble(1, () => 0.3);
    await clock.advance(1_500);
    panel.garble(0);
    await clock.advance(5_000);
    expect(told.climate).not.toContain(null);
  });

  it('that says the very same for half an hour is frozen; it is reset, and known again once it moves', async () => {
    const { clock, chip, climate, fault } = await hall(family);
    await clock.advance(10_000);
    chip.freeze();
    const resets = chip.resets;
    await clock.advance(minutes(29));
    expect(climate()).not.toBeNull();
    await clock.advance(minutes(2));
    expect(climate()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({ code: 'sensor.frozen' });
    expect(chip.resets).toBeGreaterThan(resets);
    chip.thaw();
    await clock.advance(5_000);
    expect(climate()).not.toBeNull();
    expect(fault('device.bad-reading')).toBeUndefined();
  });

  it('that says what is impossible is not believed', async () => {
    const { clock, chip, told, climate, fault } = await hall(family, 0x44, { pollMilliseconds: 1_000 });
    chip.raw(65_535, 65_535);
    await clock.advance(3_100);
    expect(climate()).toBeNull();
    expect(fault('device.bad-reading')).toMatchObject({
      code: 'sensor.out-of-range',
      reason: expect.stringContaining('130.0 °C'),
    });
    expect(told.climate.some((one) => one !== null && one.temperatureCelsius > 100)).toBe(false);
    chip.temperature(20);
    await clock.advance(5_000);
    expect(climate()!.temperatureCelsius).toBeCloseTo(20, 1);
  });

  it('without power does not answer; with power it is back within 5 s', async () => {
    const { clock, chip, climate, fault } = await hall(family);
    chip.power.off();
    await clock.advance(31_000);
    expect(climate()).toBeNull();
    expect(fault('device.unresponsive')).toMatchObject({ code: 'i2c.no-answer', part: 'climate' });
    await clock.advance(minutes(10));
    chip.power.on();
    await clock.advance(5_000);
    expect(climate()).not.toBeNull();
    expect(fault('device.unresponsive')).toBeUndefined();
  });

  it('on wires that are held is unknown without a fault of its own, and is back when they are free', async () => {
    const { clock, bus, panel, climate, reports } = await hall(family, 0x44, { pollMilliseconds: 2_000 });
    panel.holdLow();
    await clock.advance(12_000);
    expect(bus.state).toBe('lost');
    expect(climate()).toBeNull();
    expect([...reports.standing.keys()]).toEqual([]);
    panel.release();
    await clock.advance(6_000);
    expect(bus.state).toBe('open');
    expect(climate()).not.toBeNull();
  });

  it('on a bus that hangs or is unplugged is unknown without a fault of its own', async () => {
    const { clock, panel, climate, reports } = await hall(family, 0x44, { pollMilliseconds: 1_000 });
    panel.hang();
    await clock.advance(6_000);
    expect(climate()).toBeNull();
    expect([...reports.standing.keys()]).toEqual([]);
    panel.unhang();
    await clock.advance(6_000);
    expect(climate()).not.toBeNull();
    panel.unplug();
    await clock.advance(6_000);
    expect(climate()).toBeNull();
    expect([...reports.standing.keys()]).toEqual([]);
    panel.plug();
    await clock.advance(6_000);
    expect(climate()).not.toBeNull();
  });
});

describe('another chip than the one that is meant', () => {
  it('of the other family is named, with what to set', async () => {
    for (const [there, meant] of [
      ['SHT3x', 'sht4x'],
      ['SHT4x', 'sht3x'],
    ] as const) {
      const { clock, panel, add } = airBench();
      panel.attach(0x44, simulatedSht({ family: there, clock }));
      const { climate, fault, stop } = add({ climate: { protocol: meant } });
      await clock.advance(31_000);
      expect(climate()).toBeNull();
      expect(fault('device.bad-reading')).toMatchObject({
        code: 'sensor.wrong-chip',
        reason: expect.stringContaining(`set protocol: ${there.toLowerCase()}`),
      });
      await stop();
    }
  });

  it('that answers anything is told apart by the checksum, and gives no reading', async () => {
    const { clock, panel, add } = airBench();
    // An I/O expander's registers in place of a sensor.
    panel.attach(0x44, simulatedMcp23017());
    const { climate, fault, told } = add({ climate: { protocol: 'sht4x' } });
    await clock.advance(31_000);
    expect(climate()).toBeNull();
    expect(told.climate).toEqual([null]);
    expect(fault('device.bad-reading')).toMatchObject({
      code: 'sensor.wrong-chip',
      address: '0x44',
      reason: expect.stringContaining('check the type of the sensor'),
    });
  });

  it('at another address that nobody uses is found there', async () => {
    const { clock, panel, add } = airBench();
    panel.attach(0x45, simulatedSht({ family: 'SHT3x', clock }));
    const { climate, fault } = add({ climate: { protocol: 'sht3x' } });
    await clock.advance(31_000);
    expect(climate()).toBeNull();
    expect(fault('device.unresponsive')).toMatchObject({
      code: 'sensor.other-address',
      address: '0x44',
      found: '0x45',
      reason: expect.stringContaining('set address: 0x45'),
    });
  });

  it('at another address that is in use is left alone', async () => {
    const { clock, panel, add } = airBench();
    const other = simulatedSht({ family: 'SHT3x', clock });
    panel.attach(0x45, other);
    const neighbour = add({ climate: { protocol: 'sht3x', address: 0x45 } });
    await clock.advance(1_000);
    const { fault } = add({ climate: { protocol: 'sht3x' } });
    const before = other.commands;
    await clock.advance(60_000);
    expect(fault('device.unresponsive')).toMatchObject({ code: 'i2c.no-answer' });
    // Its own six looks, and nothing else.
    expect(other.commands - before).toBe(6);
    expect(neighbour.climate()).not.toBeNull();
  });

  it('that is put right is taken up by itself', async () => {
    const { clock, panel, add } = airBench();
    panel.attach(0x45, simulatedSht({ family: 'SHT4x', clock }));
    const { climate, reports } = add({ climate: { protocol: 'sht4x' } });
    await clock.advance(40_000);
    panel.detach(0x45);
    panel.attach(0x44, simulatedSht({ family: 'SHT4x', clock }));
    await clock.advance(5_000);
    expect(climate()).not.toBeNull();
    expect(reports.standing.size).toBe(0);
  });
});

describe('the options of a climate part', () => {
  const parse = (protocol: string, options: object) => {
    const schema = partSchema(protocol, climatePart.protocols[protocol]!);
    return v.safeParse(schema, { bus: 'i2c1', protocol, ...options });
  };

  it('are an address that such a chip can have, and a pace', () => {
    expect(parse('sht3x', {}).output).toMatchObject({ address: 0x44, pollMilliseconds: 10_000 });
    expect(parse('sht4x', { address: 0x46 }).success).toBe(true);
    expect(parse('sht3x', { address: 0x46 }).success).toBe(false);
    expect(parse('sht3x', { address: 0x40 }).success).toBe(false);
    expect(parse('sht4x', { pollMilliseconds: 10 }).success).toBe(false);
  });

  it('claim the address on the bus, also where it is not written down', () => {
    const { claims } = climatePart.protocols.sht4x!;
    expect(claims!({})).toEqual([{ path: ['address'], text: 'address 0x44' }]);
    expect(claims!({ address: 0x45 })).toEqual([{ path: ['address'], text: 'address 0x45' }]);
  });

  it('leave no timer behind when it is stopped while the chip measures', async () => {
    const { clock, stop } = await hall('SHT3x', 0x44, { pollMilliseconds: 1_000 });
    await clock.advance(905);
    expect(clock.pending()).toContain('air climate: the chip is done');
    await stop();
    expect(clock.pending()).toEqual([]);
  });
});
