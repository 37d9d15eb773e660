/** What goes on beside the windows, in virtual time: the demo's far ends with the real devices on the real buses. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { startLife } from '../../src/cli/demo/life.js';
import { between, seededRandom } from '../../src/cli/demo/random.js';
import { type SuppliesFront, SuppliesLife, surfaceMillimetres } from '../../src/cli/demo/supplies-life.js';
import { thingEnds } from '../../src/cli/demo/things-ends.js';
import { roll, thingDevices, thingNames } from '../../src/cli/demo/things-plan.js';
import { entrance } from '../../src/devices/entrance/entrance.js';
import type { DeviceKind } from '../../src/devices/kind.js';
import { levelAt } from '../../src/devices/supplies/supply-level.js';
import { washroom } from '../../src/devices/washroom/washroom.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import { dice, makeDeviceWithParts } from '../devices/bench.js';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The hall's life with the door and the washroom at work, as the demo's configuration has them. */
async function hall(seed: number) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const chip = simulatedGpio({ label: 'demo-gpio', lines: 28, clock });
  const wires = simulatedI2c({ clock });
  const things = await thingEnds(clock, chip, wires.panel);
  ends.push(() => things.close());
  const buses = {
    gpio: gpioBus('gpio', chip.chip, clock, dice(1)),
    i2c1: i2cBus('i2c1', wires.adapter, clock),
  };
  const plan = thingDevices('en', 'gpio', 'i2c1') as Readonly<Record<string, Entry>>;
  const start = (kind: DeviceKind, name: string) => {
    const { kind: _kind, label: _label, parts, ...options } = plan[name]!;
    const made = makeDeviceWithParts(kind, name, options, withBuses(parts, buses), clock);
    made.device.start();
    ends.push(() => made.device.stop());
    return made;
  };
  const door = start(entrance, thingNames.entrance);
  const room = start(washroom, thingNames.washroom);
  const life = startLife(clock, random, { things }, () => []);
  ends.push(async () => life.stop());
  await clock.advance(1_000);
  const readings = () => Object.assign({}, ...room.reports.shown) as Readonly<Record<string, unknown>>;
  return { clock, random, things, life, door, room, readings };
}

type Entry = Readonly<Record<string, unknown>> & {
  readonly parts: Readonly<Record<string, { readonly bus: string; readonly protocol: string }>>;
};

function withBuses<Bus>(parts: Entry['parts'], buses: Readonly<Record<string, Bus>>) {
  return Object.fromEntries(
    Object.entries(parts).map(([part, entry]) => [part, { ...entry, bus: buses[entry.bus]! }]),
  );
}

describe('the door of the demo', () => {
  it('lets people in and out one by one, and who is counted inside agrees with who is, within the band', async () => {
    const { clock, random, life, door } = await hall(3);
    let stops = false;
    const arrive = () => {
      life.door.comeIn(() => {
        clock.after('goes', between(random, 15_000, 60_000), () => life.door.goOut());
      });
      if (!stops) clock.after('arrives', between(random, 600, 3_300), arrive);
    };
    arrive();
    const truths: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      const { occupancy } = door.device.capabilities.countsPeople!;
      truths.push(life.door.inside);
      expect(occupancy).not.toBeNull();
      expect(life.door.inside).toBeGreaterThanOrEqual(occupancy!.low);
      expect(life.door.inside).toBeLessThanOrEqual(occupancy!.high);
      // Who stands in the beams is counted by one of them already.
      expect(Math.abs(life.door.inside - occupancy!.median)).toBeLessThanOrEqual(1);
    }
    expect(Math.min(...truths)).toBeGreaterThan(5);
    stops = true;
    await clock.advance(120_000);
    expect(life.door.inside).toBe(0);
    expect(door.device.capabilities.countsPeople?.occupancy?.median).toBe(0);
    expect([...door.reports.standing.keys()]).toEqual([]);
  });
});

describe('the washroom of the demo', () => {
  const someInside = async ({ life, clock }: Awaited<ReturnType<typeof hall>>) => {
    life.door.comeIn(() => {});
    await clock.advance(2_000);
    expect(life.door.inside).toBe(1);
  };

  it('has its lamp lit after some visits, a cleaner who sees it comes, and her button puts it out', async () => {
    const all = await hall(4);
    const { clock, things, room } = all;
    await someInside(all);
    const litAt: number[] = [];
    const outAt: number[] = [];
    let lit = false;
    for (let second = 0; second < 1_200; second++) {
      await clock.advance(1_000);
      if (things.washroom.isLampLit === lit) continue;
      lit = things.washroom.isLampLit;
      (lit ? litAt : outAt).push(second);
      expect(room.reports.standing.has('washroom.cleaning-due')).toBe(lit);
    }
    expect(litAt.length).toBeGreaterThan(3);
    for (const [index, out] of outAt.entries()) {
      expect(out - litAt[index]!).toBeGreaterThan(10);
      expect(out - litAt[index]!).toBeLessThan(30);
    }
    const cleaned = room.reports.events.filter(({ dueSince }) => typeof dueSince === 'string');
    expect(cleaned).toHaveLength(outAt.length);
    expect(cleaned[0]).toMatchObject({ because: ['visits'] });
    for (const { visitsSinceCleaned } of cleaned) expect(visitsSinceCleaned).toBeGreaterThanOrEqual(8);
    expect(Number(cleaned[0]?.dueSeconds)).toBeGreaterThan(10);
    // Half the people of a busy minute leave their smell behind; no sensor fails by it.
    expect([...room.reports.standing.keys()].filter((code) => code.startsWith('device.'))).toEqual([]);
  });

  it('has a cleaner who dries its floor, or somebody else may have done so before', async () => {
    const { clock, things, life, room } = await hall(5);
    const faults = () => [...room.reports.standing.keys()].sort();
    life.washroom.wet(true);
    await clock.advance(4_000);
    expect(faults()).toEqual(['washroom.cleaning-due', 'washroom.floor-wet']);
    expect(things.washroom.isLampLit).toBe(true);
    await clock.advance(40_000);
    expect(life.washroom.isWet).toBe(false);
    expect(things.washroom.isLampLit).toBe(false);
    // A floor counts as dry once it has been so for a minute.
    expect(faults()).toEqual(['washroom.floor-wet']);
    await clock.advance(60_000);
    expect(faults()).toEqual([]);
    expect(things.washroom.isLampLit).toBe(false);
    life.washroom.wet(true);
    await clock.advance(4_000);
    expect(faults()).toContain('washroom.floor-wet');
    life.washroom.wet(false);
    await clock.advance(62_000);
    expect(faults()).not.toContain('washroom.floor-wet');
  });

  it('is used by nobody in an empty hall, and smells the worse the more have used it', async () => {
    const all = await hall(6);
    const { clock, readings } = all;
    await clock.advance(300_000);
    expect(readings()).toMatchObject({ visitsSinceCleaned: 0 });
    await someInside(all);
    const smells: number[] = [];
    for (let minute = 0; minute < 20; minute++) {
      await clock.advance(60_000);
      const { smellIndex } = readings();
      if (typeof smellIndex === 'number') smells.push(smellIndex);
    }
    expect(Math.min(...smells)).toBeLessThanOrEqual(105);
    expect(Math.max(...smells)).toBeGreaterThan(110);
    expect(Math.max(...smells)).toBeLessThan(250);
  });
});

/** Kiosk and water by what they show, with staff who are told what a test lets them be told. */
function supplies(seed: number) {
  const clock = new VirtualClock();
  const seen = { pages: 0, toner: -1, sheets: -1, millimetres: -1, drawn: false, dry: false };
  const front: SuppliesFront = {
    printer: {
      print: (pages) => {
        seen.pages += pages;
      },
      toner: (percent) => {
        seen.toner = percent;
      },
      tray: (sheets) => {
        seen.sheets = sheets;
      },
    },
    roll: {
      distance: (millimetres) => {
        seen.millimetres = millimetres;
      },
      drawn: (present) => {
        seen.drawn = present;
      },
    },
    water: (empty) => {
      seen.dry = empty;
    },
  };
  const world = { inside: 9, told: true };
  const faults = () =>
    world.told
      ? [
          ...(seen.toner <= 10 ? [{ device: thingNames.printer, code: 'printer.marker-supply-low' }] : []),
          ...(seen.sheets <= 25 ? [{ device: thingNames.printer, code: 'printer.media-low' }] : []),
          ...(seen.millimetres > 115 ? [{ device: thingNames.roll, code: 'printer.media-low' }] : []),
          ...(seen.dry ? [{ device: thingNames.water, code: 'facility.attention' }] : []),
        ]
      : [];
  const life = new SuppliesLife({
    clock,
    random: seededRandom(seed),
    front,
    inside: () => world.inside,
    faults,
  });
  life.start();
  return { clock, seen, world, life };
}

describe('the supplies of the demo', () => {
  it('are used up by and by, and filled again some time after staff were told', async () => {
    const { clock, seen, life } = supplies(1);
    let dryFor = 0;
    let longestDry = 0;
    let least = 100;
    let refills = 0;
    for (let second = 0; second < 7_200; second++) {
      const before = seen.toner;
      await clock.advance(1_000);
      dryFor = seen.dry ? dryFor + 1 : 0;
      longestDry = Math.max(longestDry, dryFor);
      least = Math.min(least, seen.toner);
      if (seen.toner > before + 50) refills++;
      expect(seen.drawn).toBe(true);
    }
    expect(seen.pages).toBeGreaterThan(300);
    expect(refills).toBeGreaterThan(0);
    expect(least).toBeGreaterThan(0);
    expect(longestDry).toBeGreaterThan(10);
    expect(longestDry).toBeLessThan(40);
    life.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('run out where nobody is told', async () => {
    const { clock, seen, world } = supplies(2);
    world.told = false;
    await clock.advance(7_200_000);
    expect(seen).toMatchObject({ toner: 0, dry: true });
  });

  it('stay empty where a hand has emptied them, until it fills them again', async () => {
    const { clock, seen, life } = supplies(3);
    life.empty(true);
    await clock.advance(300_000);
    expect(seen.toner).toBe(0);
    expect(seen.pages).toBe(0);
    life.empty(false);
    expect(seen.toner).toBe(100);
    await clock.advance(120_000);
    expect(seen.pages).toBeGreaterThan(0);
  });

  it('are not used while nobody is there', async () => {
    const { clock, seen, world } = supplies(4);
    world.inside = 0;
    await clock.advance(1_200_000);
    expect(seen).toMatchObject({ pages: 0, dry: false });
  });

  it('have a roll whose surface is as far away as its paper makes it', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (percent) => {
        const ends = { full: roll.fullMillimetres, empty: roll.emptyMillimetres };
        const level = levelAt(surfaceMillimetres(percent), ends, 'roll', roll.coreMillimetres);
        expect(level).toBeCloseTo(percent, 6);
      }),
    );
  });
});
