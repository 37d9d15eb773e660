import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { untilSummary } from '../../src/devices/occupancy-summary.js';
import { seating } from '../../src/devices/seating.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import { dice, parseDevice, RecordedReports, surroundings } from './bench.js';

/** Pins of the seats 1 to 14, from the contract's `seats: 14`. */
const pinOf = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14];

const parseConfig = (entry: object) => parseDevice(seating, { protocol: 'mcp23017', bus: 'i2c1', ...entry });

/** A row of seats on a chip; they are settled after the first five seconds. */
async function hall(entry: object = { address: 0x20, seats: 14 }, settle = true) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const chip = simulatedMcp23017();
  panel.attach(0x20, chip);
  const bus = i2cBus('i2c1', adapter, clock);
  const reports = new RecordedReports(clock);
  const parts: (readonly string[] | undefined)[] = [];
  const raise = reports.raise.bind(reports);
  reports.raise = (code, evidence, which?: readonly string[]) => {
    parts.push(which);
    raise(code, evidence);
  };
  const device = seating.create(parseConfig(entry), {
    ...surroundings(clock),
    name: 'seats-n',
    bus,
    reports,
  });
  onTestFinished(async () => {
    await device.stop();
    const closing = bus.close();
    await clock.advance(5_000);
    await closing;
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  });
  device.start();
  if (settle) await clock.advance(7_000);
  const sit = (...seats: number[]) => {
    for (const seat of seats) chip.pin(pinOf[seat - 1]!).low();
  };
  const stand = (...seats: number[]) => {
    for (const seat of seats) chip.pin(pinOf[seat - 1]!).float();
  };
  const now = () => reports.shown.at(-1);
  return { clock, panel, chip, bus, reports, device, sit, stand, now, parts };
}

const unknown = { seats: 14, taken: null, free: null, stuck: null };
const minutes = (count: number) => count * 60_000;

describe('a row of seats', () => {
  it('is counted, after everybody had time to settle', async () => {
    const { clock, sit, now, reports } = await hall(undefined, false);
    sit(1, 7, 8, 14);
    await clock.advance(4_900);
    expect(reports.shown).toEqual([unknown]);
    await clock.advance(600);
    expect(now()).toEqual({ seats: 14, taken: 4, free: 10, stuck: 0 });
    expect(reports.alives.length).toBeGreaterThan(10);
    expect(reports.silences).toEqual([]);
  });

  it('takes two seconds of sitting, five of absence; a bag put down for a moment is nobody', async () => {
    const { clock, sit, stand, now } = await hall();
    sit(3);
    await clock.advance(1_500);
    stand(3);
    await clock.advance(8_000);
    expect(now()).toMatchObject({ taken: 0 });
    sit(3);
    await clock.advance(4_500);
    expect(now()).toMatchObject({ taken: 1, free: 13 });
    stand(3);
    await clock.advance(4_000);
    sit(3);
    await clock.advance(1_000);
    stand(3);
    await clock.advance(4_500);
    expect(now()).toMatchObject({ taken: 1 });
    await clock.advance(3_500);
    expect(now()).toMatchObject({ taken: 0, free: 14 });
  });

  it('sees a short move between two polls: it breaks the sitting that had begun', async () => {
    const { clock, chip, sit, reports } = await hall({
      address: 0x20,
      seats: 14,
      pollMilliseconds: 1_000,
      publishMilliseconds: 100,
    });
    sit(5);
    await clock.advance(1_400);
    chip.pin(4).float();
    await clock.advance(1);
    chip.pin(4).low();
    const from = clock.monotonicMilliseconds();
    for (let tries = 0; tries < 100 && reports.shown.at(-1)?.taken !== 1; tries++) await clock.advance(100);
    // Two seconds from the poll that saw the move, not from the first closing.
    expect(clock.monotonicMilliseconds() - from).toBeGreaterThan(2_000);
  });

  it('tells its readings at once when they are first known, then every two seconds the newest at most', async () => {
    const { clock, sit, stand, reports } = await hall();
    const before = reports.shown.length;
    for (let round = 0; round < 30; round++) {
      sit(...pinOf.map((_, index) => index + 1).slice(0, 1 + (round % 14)));
      await clock.advance(900);
      if (round === 14) stand(...pinOf.map((_, index) => index + 1));
    }
    await clock.advance(2_000);
    expect(reports.shown.length - before).toBeGreaterThan(3);
    expect(reports.shown.length - before).toBeLessThanOrEqual(29_000 / 2_000 + 1);
    const taken = reports.shown.map((readings) => JSON.stringify(readings));
    expect(taken.filter((text, index) => text === taken[index - 1])).toEqual([]);
  });

  it('may stand on any pins, and switch to the supply', async () => {
    const { clock, chip, now } = await hall({ address: 0x20, pins: [14, 0], activeLow: false });
    expect(chip.register(0x0c)).toBe(0xfe);
    expect(chip.register(0x0d)).toBe(0xbf);
    chip.pin(14).high();
    await clock.advance(5_000);
    expect(now()).toEqual({ seats: 2, taken: 1, free: 1, stuck: 0 });
  });
});

describe('a seat that is taken for hours', () => {
  const seldom = { address: 0x20, seats: 14, pollMilliseconds: 2_000 };

  it('is stuck, by its number, and counts as unknown until it is seen free', async () => {
    const { clock, sit, stand, reports, parts, now } = await hall(seldom);
    sit(2, 9);
    await clock.advance(minutes(239));
    stand(9);
    await clock.advance(500);
    sit(9);
    await clock.advance(minutes(2));
    // Seat 9 moved: somebody sits there.
    expect(now()).toEqual({ seats: 14, taken: 1, free: 12, stuck: 1 });
    expect(reports.standing.get('seating.stuck-seat')).toEqual({ seats: '2', minutes: 240 });
    expect(parts).toEqual([['2']]);
    stand(2);
    await clock.advance(500);
    sit(2);
    await clock.advance(5_000);
    expect(now()).toMatchObject({ stuck: 1 });
    stand(2);
    await clock.advance(12_000);
    expect(now()).toEqual({ seats: 14, taken: 1, free: 13, stuck: 0 });
    expect(reports.standing.has('seating.stuck-seat')).toBe(false);
  });

  it('stays so while the chip is away', async () => {
    const { clock, sit, chip, reports, now } = await hall(seldom);
    sit(4);
    await clock.advance(minutes(241));
    chip.power.off();
    await clock.advance(10_000);
    chip.power.on();
    await clock.advance(15_000);
    expect(reports.silences.length).toBeGreaterThan(0);
    expect(now()).toEqual({ seats: 14, taken: 0, free: 13, stuck: 1 });
    expect(reports.faults.filter((fault) => fault.includes('stuck'))).toEqual(['raised seating.stuck-seat']);
  });
});

describe('the chip under the seats', () => {
  it('is unresponsive after three polls, and is set up anew on its return', async () => {
    const { clock, chip, sit, reports, now } = await hall();
    sit(1);
    await clock.advance(5_000);
    chip.power.off();
    const from = clock.monotonicMilliseconds();
    await clock.advance(2_000);
    expect(reports.silences[0]!.at - from).toBeLessThan(1_000);
    expect(reports.silences[0]!.evidence).toMatchObject({
      polls: 3,
      address: '0x20',
      code: 'i2c.no-answer',
      errno: 121,
    });
    expect(new Set(reports.silences.map(({ evidence }) => JSON.stringify(evidence))).size).toBe(1);
    chip.power.on();
    expect(chip.register(0x0a)).toBe(0);
    const told = reports.shown.length;
    await clock.advance(6_000);
    expect(chip.register(0x0a)).toBe(0x40);
    expect(reports.shown[told]).toEqual(unknown);
    expect(now()).toEqual({ seats: 14, taken: 1, free: 13, stuck: 0 });
  });

  it('that lost its power between two polls is set up anew without a word', async () => {
    const { clock, chip, sit, reports, now } = await hall();
    sit(6);
    await clock.advance(5_000);
    const told = reports.shown.length;
    chip.power.off();
    chip.power.on();
    await clock.advance(5_000);
    expect(chip.register(0x04)).toBe(0x7f);
    expect(reports.silences).toEqual([]);
    expect(reports.shown.slice(told)).toEqual([]);
    expect(now()).toMatchObject({ taken: 1 });
  });

  it('that is set up anew does not make the seats move', async () => {
    const { clock, chip, sit, stand, now } = await hall({
      address: 0x20,
      seats: 14,
      publishMilliseconds: 100,
    });
    sit(6);
    await clock.advance(5_000);
    stand(6);
    await clock.advance(2_500);
    chip.power.off();
    chip.power.on();
    await clock.advance(3_000);
    expect(now()).toMatchObject({ taken: 0 });
  });

  it('that is another one is a bad reading, never a count', async () => {
    const { clock, panel, chip, reports, now } = await hall();
    panel.attach(0x20, { answers: true, write() {}, read: (length) => new Uint8Array(length).fill(0x5a) });
    await clock.advance(3_000);
    expect(reports.standing.get('device.bad-reading')).toMatchObject({
      reason: expect.stringMatching(/0x20 .*IODIR 5A 5A instead of FF FF.*MCP23017/),
    });
    expect(now()).toEqual(unknown);
    expect(reports.silences).toEqual([]);
    panel.attach(0x20, chip);
    await clock.advance(6_000);
    expect(reports.standing.size).toBe(0);
    expect(now()).toMatchObject({ taken: 0, free: 14 });
  });

  it('on noisy wires gives no wrong count', async () => {
    const { clock, panel, sit, reports, now } = await hall();
    sit(1, 2, 3);
    await clock.advance(5_000);
    const told = reports.shown.length;
    panel.garble(0.01, dice(7));
    await clock.advance(minutes(10));
    for (const readings of reports.shown.slice(told)) expect([3, null]).toContain(readings.taken);
    expect(reports.faults.filter((fault) => fault.startsWith('raised'))).toEqual([]);
    panel.garble(0);
    await clock.advance(6_000);
    expect(now()).toMatchObject({ taken: 3, free: 11 });
  });
});

describe('the wires under the seats', () => {
  it('held low are the fault of the bus: readings are unknown, and come back', async () => {
    const { clock, panel, bus, sit, reports, now } = await hall();
    sit(1);
    await clock.advance(5_000);
    panel.holdLow();
    await clock.advance(5_000);
    expect(bus.state).toBe('lost');
    expect(now()).toEqual(unknown);
    await clock.advance(minutes(1));
    expect(reports.silences).toEqual([]);
    panel.release();
    await clock.advance(2_000);
    expect(bus.state).toBe('open');
    expect(now()).toEqual(unknown);
    await clock.advance(6_000);
    expect(now()).toMatchObject({ taken: 1, free: 13 });
  });

  it('that hang, too', async () => {
    const { clock, panel, bus, reports, now } = await hall();
    panel.hang();
    await clock.advance(2_000);
    expect(bus.state).toBe('lost');
    expect(now()).toEqual(unknown);
    await clock.advance(minutes(1));
    panel.unhang();
    // A hung transfer (1.5 s), the longest pause (2 s), a poll.
    await clock.advance(4_000);
    expect(bus.state).toBe('open');
    await clock.advance(6_000);
    expect(now()).toMatchObject({ taken: 0, free: 14 });
    expect(reports.silences).toEqual([]);
  });

  it('unplugged and plugged in again', async () => {
    const { clock, panel, reports, now } = await hall();
    panel.unplug();
    await clock.advance(1_000);
    expect(now()).toEqual(unknown);
    panel.plug();
    await clock.advance(10_000);
    expect(now()).toMatchObject({ taken: 0, free: 14 });
    expect(reports.silences).toEqual([]);
  });
});

describe('the summary of five minutes', () => {
  it('is recorded at the wall clock’s five minutes, weighted by time', async () => {
    const { clock, sit, stand, reports } = await hall();
    await clock.advance(minutes(5) - clock.monotonicMilliseconds());
    expect(reports.events).toHaveLength(1);
    // 10 minutes from 01:00; two sit from 01:05:58 (debounced) for 150 s, three for 60 s more, then nobody.
    await clock.advance(58_000);
    sit(1, 2);
    await clock.advance(150_000);
    sit(3);
    await clock.advance(60_000);
    stand(1, 2, 3);
    await clock.advance(minutes(10) - clock.monotonicMilliseconds());
    expect(reports.events[1]).toEqual({
      type: 'occupancy.summary',
      seats: 14,
      from: '2026-11-21T01:05:00.000Z',
      to: '2026-11-21T01:10:00.000Z',
      takenMinimum: 0,
      takenMaximum: 3,
      takenMean: 1.6,
      knownPercent: 100,
    });
    const data = { ...reports.events[1], device: 'seats-n' };
    expect(v.is(eventTypes['occupancy.summary'].data, data)).toBe(true);
  });

  it('says how much of the time was known, and is not recorded where nothing was', async () => {
    const { clock, chip, reports } = await hall();
    await clock.advance(minutes(5) - clock.monotonicMilliseconds());
    expect(reports.events[0]).toMatchObject({ knownPercent: 98, from: '2026-11-21T01:00:00.000Z' });
    await clock.advance(minutes(1));
    chip.power.off();
    await clock.advance(minutes(9));
    expect(reports.events).toHaveLength(2);
    expect(reports.events[1]).toMatchObject({ knownPercent: 20, takenMean: 0 });
    chip.power.on();
    await clock.advance(minutes(5));
    expect(reports.events).toHaveLength(3);
  });

  it('joins what is left of five minutes to the next where it is short', () => {
    const at = (time: string) => untilSummary(Date.parse(`2026-11-21T${time}Z`)) / 1_000;
    expect(at('01:00:00')).toBe(300);
    expect(at('01:01:30')).toBe(210);
    expect(at('01:04:00')).toBe(60);
    expect(at('01:04:01')).toBe(359);
    expect(at('01:04:59.999')).toBe(300.001);
  });

  it('keeps its pace when the wall clock jumps', async () => {
    const { clock, reports } = await hall();
    clock.wallOffsetMilliseconds += 3_600_000 * 5 + 123_456;
    await clock.advance(minutes(30));
    clock.wallOffsetMilliseconds -= 86_400_000;
    await clock.advance(minutes(30));
    expect(reports.events.length).toBeGreaterThanOrEqual(10);
    expect(reports.events.length).toBeLessThanOrEqual(13);
    const lengths = reports.events.map(
      ({ from, to }) => (Date.parse(String(to)) - Date.parse(String(from))) / 60_000,
    );
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(6);
  });
});

describe('the configuration of seats', () => {
  const { problems, claims } = seating.protocols.mcp23017!;
  const complaints = (entry: object) => problems?.(parseConfig(entry)).map(({ message }) => message);

  it('is the contract’s, with its defaults', () => {
    const config = parseConfig({ address: 0x20, seats: 14 });
    expect(config).toMatchObject({
      activeLow: true,
      pollMilliseconds: 250,
      takenAfterMilliseconds: 2000,
      freeAfterMilliseconds: 5000,
      stuckAfterMinutes: 240,
      publishMilliseconds: 2000,
    });
    expect(problems?.(config)).toEqual([]);
    expect(claims?.(config)).toEqual([{ path: ['address'], text: 'address 0x20' }]);
  });

  it('names the pins that can be inputs, each once, or how many seats', () => {
    expect(complaints({ address: 0x20 })).toEqual([expect.stringContaining('expected how many seats')]);
    expect(complaints({ address: 0x20, seats: 2, pins: [0, 1] })).toEqual([
      expect.stringContaining('either'),
    ]);
    expect(complaints({ address: 0x20, pins: [0, 7] })).toEqual([
      expect.stringMatching(/pin 7 can only be an output/),
    ]);
    expect(complaints({ address: 0x20, pins: [15] })).toEqual([expect.stringContaining('pin 15')]);
    expect(complaints({ address: 0x20, pins: [3, 4, 3] })).toEqual(['pin 3 is named twice']);
    expect(complaints({ address: 0x27, pins: [14, 8, 0] })).toEqual([]);
  });

  it.each([
    { address: 0x28, seats: 1 },
    { address: 0x1f, seats: 1 },
    { address: 0x20, seats: 15 },
    { address: 0x20, seats: 0 },
    { address: 0x20, pins: [] },
    { address: 0x20, pins: [16] },
    { address: 0x20, seats: 1, stuckAfterMinutes: 0 },
  ])('is refused: %j', (entry) => {
    expect(() => parseConfig(entry)).toThrow();
  });
});
