import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { DeviceConfig, DeviceMemory } from '../../src/devices/kind.js';
import { washroom } from '../../src/devices/washroom/washroom.js';
import { adsAnalogBus } from '../../src/extenders/ads1115.js';
import { fillText } from '../../src/kernel/text.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedLd2410 } from '../../src/simulator/ld2410.js';
import { simulatedSgp4x } from '../../src/simulator/sgp4x.js';
import { simulatedSht } from '../../src/simulator/sht.js';
import { busSchemas, deviceWithPartsSchema } from '../../src/supervisor/config/schema.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import { dice, makeDeviceWithParts, memory } from './bench.js';
import { radarBench } from './part-bench.js';

const seconds = (count: number) => count * 1_000;
const minutes = (count: number) => count * 60_000;
const hours = (count: number) => minutes(60 * count);

/** Line of each part on the GPIO chip; active is high. */
const lines = {
  door: 1,
  cubicle1: 2,
  cubicle2: 3,
  cubicle3: 4,
  floor: 5,
  floor2: 6,
  lamp: 7,
  button: 8,
  soap: 9,
  paper: 10,
};
const entries = {
  visitors: { on: 'gpio', protocol: 'door-contact', line: lines.door },
  presence: { on: 'radar', protocol: 'ld2410' },
  cubicles: { on: 'gpio', protocol: 'contacts', lines: [lines.cubicle1, lines.cubicle2, lines.cubicle3] },
  smell: { on: 'i2c', protocol: 'sgp40' },
  ammonia: { on: 'adc', protocol: 'analog-cell', channel: 0, spanPartsPerMillion: 50 },
  climate: { on: 'i2c', protocol: 'sht4x' },
  floor: { on: 'gpio', protocol: 'wet-contact', line: lines.floor },
  'floor-2': { on: 'gpio', protocol: 'wet-contact', line: lines.floor2 },
  probe: { on: 'adc', protocol: 'wet-probe', channel: 0, wetAboveVolts: 1.5 },
  lamp: { on: 'gpio', protocol: 'gpio-output', line: lines.lamp },
  button: { on: 'gpio', protocol: 'contact', line: lines.button },
  soap: { on: 'gpio', protocol: 'contact', line: lines.soap },
  paper: { on: 'gpio', protocol: 'contact', line: lines.paper },
} as const;
type PartName = keyof typeof entries;
/** Two sorts of the same part. */
const sorts: Readonly<Partial<Record<PartName, string>>> = { ammonia: 'smell', probe: 'floor' };

interface Setting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly kept?: DeviceMemory;
  readonly clock?: VirtualClock;
  readonly isOpen?: () => boolean;
}

/** Local time is UTC plus 8 h, as in Shanghai; it is nine in the morning. */
const localMinutes = (clock: VirtualClock) => Math.floor((clock.wallMilliseconds() / 60_000 + 480) % 1_440);

/** A washroom of these parts, each over a real bus and a simulated far end. */
async function room(parts: readonly PartName[], setting: Setting = {}) {
  const { kept = memory(), options = {}, clock = new VirtualClock(), isOpen = () => true } = setting;
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 16, clock });
  const gpio = gpioBus('gpio', chip, clock, dice(1));
  const { adapter, panel: wires } = simulatedI2c({ clock });
  const i2c = i2cBus('i2c', adapter, clock);
  const sgp = simulatedSgp4x({ model: 'SGP40', clock });
  const sht = simulatedSht({ family: 'SHT4x', clock });
  wires.attach(0x59, sgp);
  wires.attach(0x44, sht);
  const ads = simulatedAds1115(clock);
  ads.channel(0).volts(parts.includes('probe') ? 0 : 0.4);
  wires.attach(0x48, ads);
  const hasAdc = parts.includes('probe') || parts.includes('ammonia');
  const converter = { address: 0x48, fullScaleVolts: 4.096, samplesPerSecond: 128 } as const;
  const adc = hasAdc ? adsAnalogBus('adc', i2c, converter, clock, dice(3)) : undefined;
  const wire = parts.includes('presence') ? radarBench(clock) : undefined;
  const radar = wire === undefined ? undefined : simulatedLd2410(wire.farEnd, clock);
  const buses = { gpio, i2c, adc: adc ?? gpio, radar: wire?.bus ?? gpio };
  const made = Object.fromEntries(
    parts.map((part) => {
      const { on, ...entry } = entries[part];
      return [sorts[part] ?? part, { bus: buses[on], ...entry }] as const;
    }),
  );
  const { device, reports, config } = makeDeviceWithParts(washroom, 'ladies', options, made, clock, {
    memory: kept,
    isOpen,
    localMinutes: () => (clock.trust === 'untrusted' ? null : localMinutes(clock)),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await device.stop();
    radar?.close();
    const closing = Promise.all([gpio.close(), adc?.close(), i2c.close(), wire?.bus.close()]);
    await clock.advance(seconds(5));
    await closing;
    expect(reports.crashes).toEqual([]);
  };
  onTestFinished(stop);
  device.start();
  await clock.advance(100);
  const line = (name: keyof typeof lines) => panel.line(lines[name]);
  /** The door opens and closes. */
  const door = async (times = 1) => {
    for (let time = 0; time < times; time++) {
      line('door').high();
      await clock.advance(500);
      line('door').low();
      await clock.advance(2_500);
    }
  };
  const hold = async (milliseconds = 1_200) => {
    line('button').high();
    await clock.advance(milliseconds);
    line('button').low();
    await clock.advance(100);
  };
  const readings = async () => {
    await clock.advance(2_100);
    return reports.now;
  };
  const fault = (code: string) => reports.standing.get(code);
  const events = (type: string) => reports.events.filter((event) => event.type === type);
  const volts = (value: number) => ads.channel(0).volts(value);
  const isLit = () => line('lamp').level === 'high';
  return {
    ...{
      clock,
      panel,
      gpio,
      i2c,
      wires,
      sgp,
      sht,
      ads,
      adc,
      volts,
      radar,
      device,
      reports,
      config,
      kept,
      stop,
    },
    ...{ line, door, hold, readings, fault, events, isLit },
  };
}

type Room = Awaited<ReturnType<typeof room>>;

/** What people read. */
const words = ({ reports }: Room, code: string) => {
  const said = reports.about.get(code)?.words;
  const fill = (text: { 'zh-CN': string; en: string } | undefined) =>
    text === undefined ? undefined : fillText(text, { device: '女卫' });
  return { text: fill(said?.text), action: fill(said?.action) };
};

const due = 'washroom.cleaning-due';

describe('cleaning of a washroom', () => {
  it('is due after sixty visits, which are 120 openings of its door', async () => {
    const one = await room(['visitors', 'lamp', 'button']);
    await one.door(118);
    expect(await one.readings()).toMatchObject({ visitsToday: 59, visitsSinceCleaned: 59, due: false });
    expect(one.isLit()).toBe(false);
    await one.door();
    expect(one.isLit()).toBe(true);
    expect(await one.readings()).toMatchObject({ visitsSinceCleaned: 60, due: true, dueBecause: 'visits' });
    expect(one.fault(due)).toEqual({ because: 'visits', visits: 60, hours: 0.1, smellIndex: null });
    expect(words(one, due).text).toEqual({
      'zh-CN': '女卫 需要清洁：已有 60 人次',
      en: '女卫 has to be cleaned: 60 visits',
    });
    expect(words(one, due).action?.['zh-CN']).toContain('按住门口按键 1 秒');
    expect([...one.reports.standing.keys()]).toEqual([due]);
    // More visits are no news.
    const said = one.reports.faults.length;
    await one.door(20);
    expect(one.reports.faults.length).toBe(said);
  });

  it('is due after two hours, of those in which the hall is open', async () => {
    let open = false;
    const one = await room(['visitors'], { isOpen: () => open });
    await one.clock.advance(hours(8));
    await one.door(4);
    expect(await one.readings()).toMatchObject({ due: false, visitsSinceCleaned: 2 });
    open = true;
    await one.clock.advance(minutes(118));
    expect((await one.readings()).due).toBe(false);
    open = false;
    await one.clock.advance(hours(5));
    open = true;
    expect((await one.readings()).due).toBe(false);
    await one.clock.advance(minutes(5));
    expect(one.fault(due)).toMatchObject({ because: 'hours', hours: 2 });
    expect(words(one, due).text?.['zh-CN']).toBe('女卫 需要清洁：上次清洁后已开放 2 小时');
  });

  it('is due after five minutes of bad smell, and not after a whiff', async () => {
    const one = await room(['ammonia'], { options: { dueAfterHours: 0 } });
    await one.clock.advance(minutes(10));
    expect(await one.readings()).toMatchObject({ smellIndex: 100, ammoniaPartsPerMillion: 0 });
    one.volts(0.4 + (1.6 * 10) / 50);
    await one.clock.advance(minutes(3));
    expect(await one.readings()).toMatchObject({ smellIndex: 300, ammoniaPartsPerMillion: 10, due: false });
    one.volts(0.4);
    await one.clock.advance(minutes(10));
    expect((await one.readings()).due).toBe(false);
    one.volts(0.4 + (1.6 * 10) / 50);
    await one.clock.advance(minutes(7));
    expect(one.fault(due)).toMatchObject({ because: 'smell', smellIndex: 300, visits: null });
    expect(words(one, due).text?.['zh-CN']).toBe('女卫 需要清洁：有异味（指数 300，平时 100）');
    expect(words(one, due).action?.en).toMatch(/^Open a window or switch the fan on, clean it; report it/);
  });

  it('is due where the smell has risen by 100 within the hour, below the limit too', async () => {
    const one = await room(['ammonia'], { options: { dueAfterHours: 0 } });
    await one.clock.advance(minutes(62));
    one.volts(0.4 + (1.6 * 5.2) / 50);
    await one.clock.advance(minutes(14));
    expect(await one.readings()).toMatchObject({ smellIndex: 205, due: false });
    await one.clock.advance(minutes(3));
    expect(one.fault(due)).toMatchObject({ because: 'smell', smellIndex: 205 });
  });

  it('is due by water after ten seconds, and that is a fault of its own for the duty', async () => {
    const one = await room(['floor', 'floor-2', 'button', 'lamp']);
    expect(await one.readings()).toMatchObject({ wet: false, due: false });
    one.line('floor2').high();
    await one.clock.advance(seconds(9));
    one.line('floor2').low();
    await one.clock.advance(seconds(5));
    one.line('floor2').high();
    await one.clock.advance(seconds(9));
    expect(await one.readings()).toMatchObject({ wet: true, due: true, dueBecause: 'water' });
    expect(one.fault('washroom.floor-wet')).toEqual({ probes: 'floor-2' });
    expect(one.reports.about.get('washroom.floor-wet')?.parts).toEqual(['floor-2']);
    expect(words(one, due).action?.['zh-CN']).toBe(
      '先放“小心地滑”警示牌并拖干，请清洁；完成后按住门口按键 1 秒',
    );
    expect(one.isLit()).toBe(true);
  });

  it('names several reasons together, each once, in the words too', async () => {
    const one = await room(['visitors', 'floor'], { options: { dueAfterVisits: 2 } });
    one.line('floor').high();
    await one.door(4);
    await one.clock.advance(hours(2));
    expect(await one.readings()).toMatchObject({ due: true, dueBecause: 'visits, hours, water' });
    expect(words(one, due).text?.['zh-CN']).toBe(
      '女卫 需要清洁：已有 2 人次，上次清洁后已开放 2 小时，地面有水',
    );
    expect(one.reports.faults.filter((said) => said === `raised ${due}`)).toHaveLength(3);
    expect(one.reports.clears.filter((code) => code === due)).toHaveLength(1);
  });

  it('is not due by water where that is switched off, but the floor is slippery all the same', async () => {
    const one = await room(['floor', 'visitors'], { options: { dueWhenWet: false } });
    one.line('floor').high();
    await one.clock.advance(minutes(5));
    expect(one.fault('washroom.floor-wet')).toBeDefined();
    expect((await one.readings()).due).toBe(false);
  });
});

describe('what ends it', () => {
  it('is the button, held for a second, with an event that says how long it took', async () => {
    const one = await room(['visitors', 'lamp', 'button'], { options: { dueAfterVisits: 3 } });
    await one.door(5);
    const dueSince = new Date(one.clock.wallMilliseconds() - 3_000 + 20).toISOString();
    await one.clock.advance(minutes(12));
    await one.hold(600);
    expect(one.isLit()).toBe(true);
    expect(one.events('washroom.cleaned')).toEqual([]);
    await one.hold();
    expect(one.isLit()).toBe(false);
    const [event] = one.events('washroom.cleaned');
    expect(event).toMatchObject({ visitsSinceCleaned: 3, because: ['visits'], by: 'button', dueSince });
    expect(event?.dueSeconds).toBe(12 * 60 + 3 + 2);
    v.parse(
      v.strictObject(v.omit(eventTypes['washroom.cleaned'].data, ['device']).entries),
      withoutType(event),
    );
    expect(one.reports.standing.size).toBe(0);
    const now = await one.readings();
    expect(now).toMatchObject({ visitsToday: 3, visitsSinceCleaned: 0, due: false, dueBecause: 'nothing' });
    expect(Date.parse(String(now.lastCleanedAt))).toBeCloseTo(one.clock.wallMilliseconds() - 2_400, -3);
    await one.door(6);
    expect((await one.readings()).due).toBe(true);
  });

  it('is a command, also before it is due; said twice within a minute it counts once', async () => {
    const one = await room(['visitors']);
    await one.door(2);
    one.device.capabilities.maintained?.cleaned?.('0317');
    one.device.capabilities.maintained?.cleaned?.('0317');
    expect(one.events('washroom.cleaned')).toMatchObject([
      { visitsSinceCleaned: 1, dueSince: null, because: [], dueSeconds: null, by: '0317' },
    ]);
    await one.clock.advance(minutes(2));
    one.device.capabilities.maintained?.cleaned?.(null);
    expect(one.events('washroom.cleaned')).toHaveLength(2);
  });

  it('is never a button that was down already, and one that hangs is told', async () => {
    const one = await room(['visitors', 'button']);
    one.line('button').high();
    await one.clock.advance(seconds(40));
    expect(one.fault('device.stuck-input')).toMatchObject({ key: 'button' });
    expect(one.events('washroom.cleaned')).toHaveLength(1);
    one.line('button').low();
    await one.clock.advance(100);
    expect(one.fault('device.stuck-input')).toBeUndefined();
    one.line('button').takenBy('somebody');
    await one.clock.advance(minutes(2));
    one.line('button').high();
    one.line('button').free();
    await one.clock.advance(seconds(20));
    expect(one.events('washroom.cleaned')).toHaveLength(1);
  });

  it('is a dry floor where water was the only reason: after ten minutes, and no cleaning was it', async () => {
    const one = await room(['floor', 'visitors', 'lamp'], { options: { dueAfterHours: 0 } });
    one.line('floor').high();
    await one.clock.advance(seconds(20));
    // It dries in patches.
    for (let patch = 0; patch < 5; patch++) {
      one.line('floor').low();
      await one.clock.advance(seconds(50));
      expect(one.fault('washroom.floor-wet')).toBeDefined();
      one.line('floor').high();
      await one.clock.advance(seconds(2));
    }
    one.line('floor').low();
    await one.clock.advance(minutes(8));
    expect(one.fault('washroom.floor-wet')).toBeUndefined();
    expect(one.isLit()).toBe(true);
    await one.clock.advance(minutes(5));
    expect(one.isLit()).toBe(false);
    expect(one.fault(due)).toBeUndefined();
    expect(one.events('washroom.cleaned')).toEqual([]);
    expect(await one.readings()).toMatchObject({ wet: false, due: false });
  });

  it('is no dry floor where there was another reason as well', async () => {
    const one = await room(['floor', 'visitors'], { options: { dueAfterVisits: 1 } });
    one.line('floor').high();
    await one.clock.advance(seconds(20));
    await one.door();
    one.line('floor').low();
    await one.clock.advance(minutes(30));
    expect(await one.readings()).toMatchObject({ wet: false, due: true, dueBecause: 'visits, water' });
  });

  it('is an hour of good air where smell was the only reason', async () => {
    const one = await room(['ammonia'], { options: { dueAfterHours: 0, escalateMinutes: 600 } });
    one.volts(0.4 + (1.6 * 10) / 50);
    await one.clock.advance(minutes(10));
    expect(one.fault(due)).toBeDefined();
    one.volts(0.4);
    await one.clock.advance(minutes(58));
    expect(one.fault(due)).toBeDefined();
    await one.clock.advance(minutes(5));
    expect(one.fault(due)).toBeUndefined();
  });

  it('does not begin anew by what the cleaning itself leaves: a mopped floor and its agents', async () => {
    const one = await room(['floor', 'button'], { options: { dueAfterHours: 0 } });
    one.line('floor').high();
    await one.clock.advance(seconds(20));
    await one.hold();
    await one.clock.advance(minutes(15));
    expect(one.fault(due)).toBeUndefined();
    expect(one.fault('washroom.floor-wet')).toBeDefined();
    // Still wet then: it is a leak.
    await one.clock.advance(minutes(7));
    expect(one.fault(due)).toMatchObject({ because: 'water' });
    const other = await room(['ammonia', 'button'], { options: { dueAfterHours: 0 } });
    await other.hold();
    other.volts(0.4 + (1.6 * 20) / 50);
    // Three minutes more than is passed over: it must be bad for five after that.
    await other.clock.advance(minutes(23));
    other.volts(0.4);
    await other.clock.advance(minutes(30));
    expect(other.reports.faults).not.toContain(`raised ${due}`);
  });
});

describe('a washroom that nobody cleans', () => {
  it('is told to the duty after half an hour, until it is cleaned', async () => {
    const one = await room(['visitors', 'button'], { options: { dueAfterVisits: 1 } });
    await one.door();
    await one.clock.advance(minutes(29));
    expect(one.fault('washroom.cleaning-overdue')).toBeUndefined();
    await one.clock.advance(minutes(2));
    expect(one.fault('washroom.cleaning-overdue')).toEqual({ minutes: 30 });
    await one.clock.advance(hours(1));
    expect(one.reports.faults.filter((said) => said === 'raised washroom.cleaning-overdue')).toHaveLength(1);
    await one.hold();
    expect(one.reports.standing.size).toBe(0);
  });

  it('is not told of while the hall is closed', async () => {
    let open = true;
    const one = await room(['visitors'], { options: { dueAfterVisits: 1 }, isOpen: () => open });
    await one.door();
    open = false;
    await one.clock.advance(hours(3));
    expect(one.fault('washroom.cleaning-overdue')).toBeUndefined();
    open = true;
    await one.clock.advance(minutes(1));
    expect(one.fault('washroom.cleaning-overdue')).toBeDefined();
  });
});

describe('a restart', () => {
  it('in the middle loses neither counts nor since when cleaning is due', async () => {
    const one = await room(['visitors', 'lamp', 'button'], { options: { dueAfterVisits: 3 } });
    await one.door(6);
    // As kill -9 does it: what was written last is all there is, and no summary was yet.
    expect(one.events('washroom.summary')).toEqual([]);
    const kept = memory(structuredClone(one.kept.get()));
    await one.stop();
    await one.clock.advance(minutes(9));
    const two = await room(['visitors', 'lamp', 'button'], {
      options: { dueAfterVisits: 3 },
      clock: one.clock,
      kept,
    });
    expect(two.isLit()).toBe(true);
    expect(two.fault(due)).toMatchObject({ because: 'visits', visits: 3 });
    expect(await two.readings()).toMatchObject({ visitsToday: 3, visitsSinceCleaned: 3, due: true });
    await two.hold();
    const [event] = two.events('washroom.cleaned');
    expect(Number(event?.dueSeconds)).toBeGreaterThan(9 * 60);
    expect(Number(event?.dueSeconds)).toBeLessThan(9 * 60 + 20);
    expect(event?.visitsSinceCleaned).toBe(3);
    const three = await room(['visitors'], { clock: two.clock, kept: two.kept });
    expect(await three.readings()).toMatchObject({ visitsSinceCleaned: 0, visitsToday: 3, due: false });
    expect(three.reports.now.lastCleanedAt).toBe(two.reports.now.lastCleanedAt);
  });

  it('with a clock that woke up in 1970 does not make up how long it took', async () => {
    const one = await room(['visitors', 'button'], { options: { dueAfterVisits: 1 } });
    await one.door();
    await one.stop();
    const clock = new VirtualClock('1970-01-01T00:00:00.000Z');
    clock.trust = 'untrusted';
    const two = await room(['visitors', 'button'], { clock, kept: one.kept, options: { dueAfterVisits: 1 } });
    expect(await two.readings()).toMatchObject({ due: true, visitsToday: null, visitsSinceCleaned: 1 });
    await two.hold();
    expect(two.events('washroom.cleaned')).toMatchObject([{ dueSeconds: null, because: ['visits'] }]);
    expect(two.reports.now.lastCleanedAt).toBeNull();
    clock.wallOffsetMilliseconds = Date.parse('2026-11-21T05:00:00.000Z');
    clock.trust = 'synced';
    await clock.advance(minutes(1));
    expect(String((await two.readings()).lastCleanedAt)).toMatch(/^2026-11-21T05:00/);
    expect((await two.readings()).visitsToday).toBe(1);
  });

  it('keeps hours of business, and what the smell sensor has learned', async () => {
    const one = await room(['smell', 'climate'], { options: { dueAfterHours: 4 } });
    await one.clock.advance(minutes(210));
    await one.stop();
    expect(one.kept.get()).toMatchObject({ smell: { sensor: expect.stringContaining('SGP40') } });
    const two = await room(['smell', 'climate'], {
      ...{ clock: one.clock, kept: one.kept, options: { dueAfterHours: 4 } },
    });
    await two.clock.advance(seconds(60));
    // It does not learn for two minutes again.
    expect((await two.readings()).smellIndex).not.toBeNull();
    await two.clock.advance(minutes(30));
    expect(two.fault(due)).toMatchObject({ because: 'hours' });
  });

  it('goes on where the memory is of another version, or garbage', async () => {
    for (const garbage of [{ version: 2 }, 'what', null, [1], { version: 1, at: -5 }]) {
      const one = await room(['visitors'], { kept: memory(garbage) });
      expect(await one.readings()).toMatchObject({ visitsSinceCleaned: 0, due: false, lastCleanedAt: null });
      await one.stop();
    }
  });

  it('clears what an earlier configuration had found', async () => {
    const one = await room(['visitors']);
    for (const code of ['cleaning-due', 'cleaning-overdue', 'floor-wet', 'cubicle-long', 'supplies-empty']) {
      expect(one.reports.clears).toContain(`washroom.${code}`);
    }
  });
});

describe('cubicles of a washroom', () => {
  it('are counted, and one that is taken for half an hour is told to the duty by its number', async () => {
    const one = await room(['visitors', 'cubicles']);
    expect(await one.readings()).toMatchObject({ cubicles: 3, cubiclesTaken: 0 });
    one.line('cubicle2').high();
    await one.clock.advance(minutes(10));
    one.line('cubicle3').high();
    expect(await one.readings()).toMatchObject({ cubicles: 3, cubiclesTaken: 2 });
    await one.clock.advance(minutes(19));
    expect(one.fault('washroom.cubicle-long')).toBeUndefined();
    await one.clock.advance(minutes(2));
    expect(one.fault('washroom.cubicle-long')).toEqual({ cubicles: '2', minutes: 30 });
    expect(one.reports.about.get('washroom.cubicle-long')?.parts).toEqual(['2']);
    await one.clock.advance(minutes(10));
    expect(one.fault('washroom.cubicle-long')).toMatchObject({ cubicles: '2, 3' });
    one.line('cubicle2').low();
    one.line('cubicle3').low();
    await one.clock.advance(seconds(2));
    expect(one.fault('washroom.cubicle-long')).toBeUndefined();
  });

  it('are unknown while the chip is gone; who may need help is not forgotten by that, nor by a restart', async () => {
    const one = await room(['visitors', 'cubicles']);
    one.line('cubicle1').high();
    await one.clock.advance(minutes(31));
    one.panel.unplug();
    await one.clock.advance(seconds(1));
    expect(await one.readings()).toMatchObject({ cubicles: 3, cubiclesTaken: null, visitsToday: null });
    expect([...one.reports.standing.keys()]).toEqual(['washroom.cubicle-long']);
    one.panel.plug();
    await one.clock.advance(seconds(10));
    expect(one.fault('washroom.cubicle-long')).toMatchObject({ cubicles: '1' });
    await one.stop();
    const two = await room(['visitors', 'cubicles'], { clock: one.clock, kept: one.kept });
    two.line('cubicle1').high();
    await two.clock.advance(seconds(3));
    // The chip of this life begins with its line low, so that the cubicle was free in between.
    expect(two.fault('washroom.cubicle-long')).toBeUndefined();
  });

  it('taken before a restart and after it are taken since then', async () => {
    const clock = new VirtualClock();
    const now = clock.wallMilliseconds();
    const kept = memory({
      version: 1,
      at: now - 60_000,
      visits: { sinceCleaned: 0, openings: 0 },
      today: null,
      untold: 0,
      openMilliseconds: 0,
      cleaned: null,
      due: null,
      cubicles: [now - minutes(29), null, null],
      smell: null,
    });
    const one = await room(['visitors', 'cubicles'], { clock, kept, options: {} });
    expect(one.fault('washroom.cubicle-long')).toBeUndefined();
    const two = await roomWithTakenCubicle(clock, kept);
    await clock.advance(minutes(2));
    expect(two.fault('washroom.cubicle-long')).toMatchObject({ cubicles: '1' });
  });
});

/** As `room`, but the first cubicle is taken from the beginning: its contact is one that opens. */
async function roomWithTakenCubicle(clock: VirtualClock, kept: DeviceMemory) {
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 16, clock });
  panel.line(lines.cubicle1).high();
  const gpio = gpioBus('gpio', chip, clock, dice(1));
  const { on: _door, ...visitors } = entries.visitors;
  const { on: _locks, ...cubicles } = entries.cubicles;
  const parts = { visitors: { bus: gpio, ...visitors }, cubicles: { bus: gpio, ...cubicles } };
  const { device, reports } = makeDeviceWithParts(washroom, 'ladies', {}, parts, clock, { memory: kept });
  device.start();
  onTestFinished(async () => {
    await device.stop();
    await gpio.close();
    expect(reports.crashes).toEqual([]);
  });
  return { fault: (code: string) => reports.standing.get(code) };
}

describe('soap and paper', () => {
  it('that have run out are told by name until they are filled up', async () => {
    const one = await room(['visitors', 'soap', 'paper']);
    one.line('soap').high();
    await one.clock.advance(seconds(5));
    expect(one.fault('washroom.supplies-empty')).toBeUndefined();
    one.line('soap').low();
    await one.clock.advance(seconds(20));
    expect(one.fault('washroom.supplies-empty')).toBeUndefined();
    one.line('soap').high();
    one.line('paper').high();
    await one.clock.advance(seconds(11));
    expect(one.fault('washroom.supplies-empty')).toEqual({ supplies: 'soap, paper' });
    expect(one.reports.about.get('washroom.supplies-empty')?.parts).toEqual(['soap', 'paper']);
    expect(words(one, 'washroom.supplies-empty').text).toEqual({
      'zh-CN': '女卫 洗手液、厕纸已用完',
      en: '女卫 has run out of soap and toilet paper',
    });
    one.line('soap').low();
    one.line('paper').low();
    await one.clock.advance(seconds(11));
    expect(one.fault('washroom.supplies-empty')).toBeUndefined();
    expect((await one.readings()).due).toBe(false);
  });
});

describe('a radar inside', () => {
  it('says whether somebody is there, and counts who comes after a quiet minute', async () => {
    const one = await room(['presence']);
    await one.clock.advance(seconds(61));
    expect(await one.readings()).toMatchObject({ inside: false, visitsSinceCleaned: 0 });
    one.radar?.still(120);
    await one.clock.advance(minutes(2));
    expect(await one.readings()).toMatchObject({ inside: true, visitsSinceCleaned: 1 });
    one.radar?.nobody();
    await one.clock.advance(seconds(20));
    one.radar?.someone({ movingCentimetres: 100 });
    await one.clock.advance(seconds(20));
    expect(await one.readings()).toMatchObject({ inside: true, visitsSinceCleaned: 1 });
    one.radar?.nobody();
    await one.clock.advance(seconds(70));
    one.radar?.someone({ movingCentimetres: 100 });
    expect(await one.readings()).toMatchObject({ visitsToday: 2, visitsSinceCleaned: 2 });
    one.radar?.power.off();
    await one.clock.advance(seconds(5));
    expect(await one.readings()).toMatchObject({ inside: null, visitsToday: null, visitsSinceCleaned: null });
    expect(one.reports.about.get('device.unresponsive')?.parts).toEqual(['presence']);
  });

  it('counts nobody where the door does', async () => {
    const one = await room(['presence', 'visitors']);
    await one.clock.advance(seconds(61));
    one.radar?.still(120);
    await one.door(2);
    expect(await one.readings()).toMatchObject({ inside: true, visitsSinceCleaned: 1 });
    one.radar?.power.off();
    await one.clock.advance(seconds(5));
    expect(await one.readings()).toMatchObject({ inside: null, visitsSinceCleaned: 1 });
  });
});

describe('a sensor that fails', () => {
  const all: PartName[] = ['visitors', 'cubicles', 'smell', 'climate', 'floor', 'lamp', 'button'];

  it.each([
    ['does not answer', (one: Room) => one.sgp.power.off(), 'device.unresponsive', seconds(10)],
    ['has wrong checksums', (one: Room) => one.sgp.corrupt(), 'device.bad-reading', seconds(10)],
    ['is frozen', (one: Room) => one.sgp.freeze(), 'device.bad-reading', minutes(11)],
  ] as const)('for smell, that %s, is not known, and all others go on', async (_, fail, code, wait) => {
    const one = await room(all);
    await one.clock.advance(minutes(3));
    expect(await one.readings()).toMatchObject({
      smellIndex: 100,
      temperatureCelsius: 22.8,
      humidityPercent: 38,
    });
    fail(one);
    await one.clock.advance(wait);
    expect(one.fault(code)).toMatchObject({ part: 'smell' });
    expect(one.reports.about.get(code)?.parts).toEqual(['smell']);
    await one.door(2);
    one.line('floor').high();
    await one.clock.advance(seconds(12));
    expect(await one.readings()).toMatchObject({
      ...{ smellIndex: null, ammoniaPartsPerMillion: null, temperatureCelsius: 22.8 },
      ...{ visitsSinceCleaned: 1, wet: true, dueBecause: 'water', cubiclesTaken: 0 },
    });
    one.sgp.power.on();
    one.sgp.mend();
    one.sgp.thaw();
    await one.clock.advance(minutes(3));
    expect(one.fault(code)).toBeUndefined();
    expect((await one.readings()).smellIndex).not.toBeNull();
  });

  it('for the floor leaves a wet floor wet until it is known to be dry', async () => {
    const one = await room(['visitors', 'floor', 'floor-2']);
    one.line('floor').high();
    await one.clock.advance(seconds(12));
    one.line('floor').takenBy('somebody');
    await one.clock.advance(seconds(10));
    expect(await one.readings()).toMatchObject({ wet: null, due: true, dueBecause: 'water' });
    expect(one.fault('washroom.floor-wet')).toBeDefined();
    expect(one.reports.about.get('device.line-unavailable')?.parts).toEqual(['floor']);
    one.line('floor').low();
    one.line('floor').free();
    await one.clock.advance(seconds(10));
    expect((await one.readings()).wet).toBe(false);
    expect(one.reports.standing.has('washroom.floor-wet')).toBe(false);
  });

  it('of which the wires are held leaves its readings unknown without a fault of its own', async () => {
    const one = await room(all);
    await one.clock.advance(minutes(3));
    one.wires.holdLow();
    await one.clock.advance(seconds(40));
    expect(one.i2c.state).not.toBe('open');
    expect(await one.readings()).toMatchObject({
      smellIndex: null,
      temperatureCelsius: null,
      humidityPercent: null,
    });
    expect([...one.reports.standing.keys()]).toEqual([]);
    await one.door(2);
    expect((await one.readings()).visitsSinceCleaned).toBe(1);
    one.wires.release();
    await one.clock.advance(seconds(30));
    expect((await one.readings()).temperatureCelsius).toBe(22.8);
  });

  it('at the door, which stands open, counts nobody, and what was counted still counts', async () => {
    const one = await room(['visitors', 'button'], { options: { dueAfterVisits: 2, dueAfterHours: 0 } });
    await one.door(2);
    one.line('door').high();
    await one.clock.advance(minutes(31));
    expect(one.fault('device.bad-reading')).toMatchObject({ code: 'sensor.held-open', part: 'visitors' });
    expect(await one.readings()).toMatchObject({ visitsToday: null, visitsSinceCleaned: null, due: true });
    await one.hold();
    expect(one.events('washroom.cleaned')).toMatchObject([{ visitsSinceCleaned: null, because: ['visits'] }]);
    one.line('door').low();
    await one.clock.advance(seconds(5));
    expect(await one.readings()).toMatchObject({ visitsToday: 2, visitsSinceCleaned: 0 });
  });

  it('is a lamp whose line somebody else has: told, and lit as soon as it is free', async () => {
    const one = await room(['visitors', 'lamp'], { options: { dueAfterVisits: 1 } });
    one.line('lamp').takenBy('somebody');
    await one.clock.advance(seconds(2));
    expect(one.reports.about.get('device.line-unavailable')?.parts).toEqual(['lamp']);
    await one.door();
    one.line('lamp').free();
    await one.clock.advance(seconds(10));
    expect(one.isLit()).toBe(true);
    expect(one.fault('device.line-unavailable')).toBeUndefined();
  });

  it('on an analogue input is wet by its voltage, not by a tremble, and unknown where it is lost', async () => {
    const one = await room(['probe']);
    one.volts(1.6);
    await one.clock.advance(seconds(12));
    expect((await one.readings()).wet).toBe(true);
    one.volts(1.4);
    await one.clock.advance(minutes(2));
    expect((await one.readings()).wet).toBe(true);
    one.volts(1.3);
    await one.clock.advance(minutes(2));
    expect((await one.readings()).wet).toBe(false);
    one.device.capabilities.maintained?.cleaned?.(null);
    one.ads.power.off();
    await one.clock.advance(seconds(5));
    expect((await one.readings()).wet).toBeNull();
    // That is the converter's fault, which is a bus.
    expect(one.adc?.state).toBe('lost');
    expect(one.reports.standing.size).toBe(0);
  });
});

describe('what a washroom tells', () => {
  it('is unknown before it is known, and names only what it has', async () => {
    const one = await room(['visitors', 'smell', 'climate', 'floor', 'cubicles']);
    expect(one.reports.shown[0]).toEqual({
      ...{ visitsToday: null, visitsSinceCleaned: null, cubicles: 3, cubiclesTaken: null },
      ...{ smellIndex: null, ammoniaPartsPerMillion: null, temperatureCelsius: null, humidityPercent: null },
      ...{ wet: null, due: false, dueBecause: 'nothing', lastCleanedAt: null },
    });
    for (const shown of one.reports.shown)
      for (const name of Object.keys(shown)) expect(washroom.readings).toHaveProperty(name);
  });

  it('is told at most every two seconds, and noise is no news', async () => {
    const one = await room(['visitors', 'smell', 'climate', 'floor', 'cubicles']);
    await one.clock.advance(minutes(3));
    const before = one.reports.shown.length;
    await one.clock.advance(minutes(10));
    expect(one.reports.shown.length - before).toBeLessThan(20);
    const during = one.reports.shown.length;
    const cubicles = ['cubicle1', 'cubicle2', 'cubicle3'] as const;
    for (let time = 0; time < 60; time++) {
      const cubicle = one.line(cubicles[time % 3]!);
      if (Math.floor(time / 3) % 2 === 0) cubicle.high();
      else cubicle.low();
      await one.clock.advance(500);
    }
    expect(one.reports.shown.length - during).toBeGreaterThan(10);
    expect(one.reports.shown.length - during).toBeLessThanOrEqual(16);
  });

  it('is summed up every five minutes', async () => {
    const one = await room(['visitors', 'ammonia', 'climate', 'floor']);
    await one.clock.advance(minutes(2));
    await one.door(4);
    one.line('floor').high();
    one.volts(0.4 + (1.6 * 5) / 50);
    await one.clock.advance(minutes(3));
    const [summary] = one.events('washroom.summary');
    expect(summary).toMatchObject({
      from: '2026-11-21T01:00:00.000Z',
      to: '2026-11-21T01:05:00.000Z',
      ...{ visits: 2, visitsSinceCleaned: 2, temperatureMean: 22.8, humidityMean: 38, wet: true },
      knownPercent: 100,
    });
    expect(Number(summary?.smellMean)).toBeGreaterThan(140);
    expect(Number(summary?.smellMean)).toBeLessThan(170);
    expect(summary?.smellMaximum).toBe(200);
    v.parse(
      v.strictObject(v.omit(eventTypes['washroom.summary'].data, ['device']).entries),
      withoutType(summary),
    );
    const writes = one.kept.get();
    expect(writes).toMatchObject({ untold: 0, visits: { sinceCleaned: 2 } });
    one.line('floor').low();
    one.volts(0.4);
    await one.clock.advance(minutes(7));
    expect(one.events('washroom.summary').at(-1)).toMatchObject({ visits: 0, wet: true });
    await one.clock.advance(minutes(5));
    expect(one.events('washroom.summary').at(-1)).toMatchObject({ visits: 0, smellMaximum: 100, wet: false });
  });

  it('is nothing where nothing is known', async () => {
    const one = await room(['visitors', 'smell', 'cubicles']);
    await one.clock.advance(minutes(6));
    const before = one.events('washroom.summary').length;
    one.panel.unplug();
    one.wires.unplug();
    await one.clock.advance(minutes(20));
    expect(one.events('washroom.summary').length).toBeLessThanOrEqual(before + 1);
    expect(await one.readings()).toMatchObject({
      ...{ visitsToday: null, visitsSinceCleaned: null, smellIndex: null, cubiclesTaken: null, due: false },
    });
  });

  it('writes to its memory for what has happened, and with the summaries, never between', async () => {
    const one = await room(['smell', 'climate'], { options: { dueAfterHours: 0 } });
    await one.clock.advance(minutes(4));
    const { kept } = one as unknown as { kept: ReturnType<typeof memory> };
    expect(kept.writes).toBe(0);
    await one.clock.advance(minutes(56));
    expect(kept.writes).toBe(one.events('washroom.summary').length);
  });

  it('leaves no timer behind', async () => {
    const one = await room(['visitors', 'cubicles', 'smell', 'climate', 'floor', 'lamp', 'button', 'soap']);
    one.line('floor').high();
    one.line('cubicle1').high();
    one.line('button').high();
    one.line('soap').high();
    await one.clock.advance(500);
    await one.stop();
    expect(one.clock.pending()).toEqual([]);
    expect(one.line('lamp').isDriven).toBe(false);
    // What comes late means nothing.
    one.device.capabilities.maintained?.cleaned?.('late');
    expect(one.clock.pending()).toEqual([]);
    expect(one.events('washroom.cleaned')).toEqual([]);
  });
});

describe('the configuration of a washroom', () => {
  const line = { bus: 'gpio', protocol: 'contact', line: 5 };
  const complaints = (parts: object) =>
    washroom.problems!({ kind: 'washroom', parts } as never).map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );

  it('has its defaults', async () => {
    const { config } = await room(['visitors']);
    expect(config).toMatchObject({
      ...{ dueAfterVisits: 60, dueAfterHours: 2, smellLimit: 250, smellMinutes: 5, smellRise: 100 },
      ...{ dueWhenWet: true, wetAfterSeconds: 10, escalateMinutes: 30, cubicleMinutes: 30 },
      ...{ openingsPerVisit: 2, settleMinutes: 20, publishMilliseconds: 2_000 },
    });
  });

  it('needs something by which cleaning becomes due', () => {
    expect(complaints({ lamp: line, button: line, soap: line })).toEqual([
      expect.stringContaining('parts: missing: expected at least one'),
    ]);
    expect(complaints({ 'floor-3': { ...line, protocol: 'wet-contact' } })).toEqual([]);
  });

  it('says what is wrong with a part below its path', () => {
    const probe = { bus: 'adc', protocol: 'wet-probe', channel: 0 };
    expect(complaints({ 'floor-2': probe })).toEqual([
      expect.stringMatching(/^parts\.floor-2\.wetAboveVolts: missing/),
    ]);
    expect(complaints({ floor: { ...probe, wetAboveVolts: 1, wetBelowVolts: 2 } })).toEqual([
      expect.stringContaining('not both'),
    ]);
    expect(complaints({ floor: { ...probe, wetBelowVolts: 2 } })).toEqual([]);
    const cell = { ...probe, protocol: 'analog-cell', zeroVolts: 2, spanVolts: 1, spanPartsPerMillion: 50 };
    expect(
      complaints({ smell: { ...cell, resolutionPartsPerMillion: 1, doublePartsPerMillion: 5 } }),
    ).toEqual([expect.stringMatching(/^parts\.smell\.spanVolts/)]);
  });

  it('is valid as the page about it shows it', () => {
    const page = readFileSync(new URL('../../docs/devices/washroom.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => parse(match[1]!));
    expect(examples.length).toBeGreaterThan(0);
    for (const { buses = {}, devices } of examples) {
      for (const device of Object.values(devices)) {
        const config = v.parse(deviceWithPartsSchema(washroom), device) as DeviceConfig;
        expect(washroom.problems?.(config)).toEqual([]);
      }
      for (const bus of Object.values(buses) as { type: keyof typeof busSchemas }[])
        v.parse(busSchemas[bus.type], bus);
    }
  });

  it('has faults with words for all that it raises', () => {
    expect(washroom.faults.map(({ code }) => code).sort()).toEqual([
      'washroom.cleaning-due',
      'washroom.cleaning-overdue',
      'washroom.cubicle-long',
      'washroom.floor-wet',
      'washroom.supplies-empty',
    ]);
  });
});

function withoutType(event: Readonly<Record<string, unknown>> | undefined): unknown {
  const { type: _, ...data } = event ?? {};
  return data;
}
