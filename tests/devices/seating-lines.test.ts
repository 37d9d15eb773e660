import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DeviceContext } from '../../src/devices/kind.js';
import { seating } from '../../src/devices/seating.js';
import { expanderChip } from '../../src/extenders/expander.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { simulatedPcf857x } from '../../src/simulator/pcf857x.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { GpioBus } from '../../src/transports/ports-gpio.js';
import { dice, makeDevice, parseDevice } from './bench.js';

const minutes = (count: number) => count * 60_000;

/** Seats on lines of a bus, and what the hall hears of them. */
function seatsOn(bus: GpioBus, clock: VirtualClock, entry: object, more: Partial<DeviceContext> = {}) {
  const full = { protocol: 'lines', bus: bus.name, activeLow: true, ...entry };
  const { device, reports } = makeDevice(seating, 'seats-n', full, bus, clock, undefined, more);
  const counts = device.capabilities.countsSeats!;
  const heard: string[] = [];
  const stopListening = counts.onChange(() => heard.push(`${counts.taken} of ${counts.seats}`));
  onTestFinished(async () => {
    stopListening();
    await device.stop();
    const closing = bus.close();
    await clock.advance(5_000);
    await closing;
    expect(reports.crashes).toEqual([]);
  });
  device.start();
  return { device, reports, counts, heard };
}

/** Four seats on the board's own lines, settled. */
async function row(entry: object = {}, more: Partial<DeviceContext> = {}) {
  const clock = new VirtualClock();
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  const bus = gpioBus('gpio', chip, clock, dice(1));
  onTestFinished(() => expect(clock.pending()).toEqual([]));
  const seats = seatsOn(bus, clock, { lines: [4, 5, 6, 'GPIO7'], ...entry }, more);
  await clock.advance(8_000);
  const line = (seat: number) => panel.line(3 + seat);
  return {
    ...seats,
    clock,
    panel,
    bus,
    line,
    sit: (seat: number) => line(seat).low(),
    stand: (seat: number) => line(seat).floats(),
  };
}

/** How often the seats are looked at from now on. */
function countLooks(clock: VirtualClock): { count: number } {
  const looks = { count: 0 };
  const wait = clock.after.bind(clock);
  clock.after = (name, ...rest) => {
    if (name.includes('look at the seats')) looks.count++;
    return wait(name, ...rest);
  };
  return looks;
}

describe('seats on lines', () => {
  it('are counted once everybody has settled', async () => {
    const { clock, reports, sit, stand } = await row();
    expect(reports.now).toEqual({ seats: 4, taken: 0, free: 4, stuck: 0 });
    sit(1);
    sit(4);
    await clock.advance(1_500);
    expect(reports.now).toMatchObject({ taken: 0 });
    await clock.advance(3_000);
    expect(reports.now).toMatchObject({ taken: 2, free: 2 });
    stand(4);
    await clock.advance(4_000);
    expect(reports.now).toMatchObject({ taken: 2 });
    await clock.advance(3_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 3 });
    // A switch that is never pressed proves nothing by its silence.
    expect([reports.alives, reports.silences]).toEqual([[], []]);
  });

  it('see a short move that breaks a sitting that had begun', async () => {
    const { clock, reports, sit, stand } = await row({ publishMilliseconds: 100 });
    sit(2);
    await clock.advance(1_800);
    stand(2);
    await clock.advance(5);
    sit(2);
    await clock.advance(1_800);
    expect(reports.now).toMatchObject({ taken: 0 });
    await clock.advance(1_000);
    expect(reports.now).toMatchObject({ taken: 1 });
  });

  it('tell the hall how many count, at once, and nothing else', async () => {
    const { clock, counts, heard, sit } = await row({ stuckAfterMinutes: 5, publishMilliseconds: 60_000 });
    expect(heard).toEqual(['0 of 4']);
    sit(1);
    sit(2);
    await clock.advance(3_000);
    expect(heard).toEqual(['0 of 4', '2 of 4']);
    await clock.advance(minutes(6));
    // Both are stuck now, and count no more.
    expect(heard.slice(2)).toEqual(['0 of 2']);
    expect([counts.seats, counts.taken]).toEqual([2, 0]);
  });

  it('are not looked at while nothing moves', async () => {
    const { clock, bus } = await row();
    await clock.advance(minutes(2));
    const looks = countLooks(clock);
    await clock.advance(minutes(10));
    expect(looks.count).toBeLessThanOrEqual(120);
    expect(bus.state).toBe('open');
  });

  it('cost no more where a switch is torn to and fro a thousand times a second', async () => {
    const { clock, line, reports } = await row({ publishMilliseconds: 100 });
    const looks = countLooks(clock);
    const stop = line(1).bounce(100_000, 1);
    await clock.advance(10_000);
    stop();
    expect(looks.count).toBeLessThanOrEqual(45);
    expect(reports.now).toMatchObject({ taken: 0, free: 4 });
  });

  it('that never keep still become unknown after some minutes, with a fault, and come back', async () => {
    const { clock, line, reports, counts, stand } = await row();
    const stop = line(3).bounce(1_000_000, 400);
    await clock.advance(minutes(4));
    expect(reports.now).toMatchObject({ taken: 0, free: 4 });
    await clock.advance(minutes(3));
    expect(reports.now).toEqual({ seats: 4, taken: 0, free: 3, stuck: 0 });
    expect(counts.seats).toBe(3);
    expect(reports.about.get('seating.restless-seat')?.parts).toEqual(['3']);
    stop();
    stand(3);
    await clock.advance(10_000);
    expect(reports.now).toMatchObject({ taken: 0, free: 4 });
    expect(reports.standing.size).toBe(0);
  });

  it('of which none keeps still are no number at all', async () => {
    const { clock, line, reports, counts } = await row();
    const stops = [1, 2, 3, 4].map((seat) => line(seat).bounce(1_000_000, 400));
    await clock.advance(minutes(7));
    for (const stop of stops) stop();
    expect(reports.now).toEqual({ seats: 4, taken: null, free: null, stuck: null });
    expect(counts.taken).toBeNull();
    expect(reports.about.get('seating.restless-seat')?.parts).toEqual(['1', '2', '3', '4']);
  });

  it('that are taken for hours are stuck, by their numbers', async () => {
    const { clock, reports, sit, stand } = await row();
    sit(2);
    await clock.advance(minutes(239));
    expect(reports.standing.size).toBe(0);
    await clock.advance(minutes(2));
    expect(reports.about.get('seating.stuck-seat')?.parts).toEqual(['2']);
    expect(reports.now).toEqual({ seats: 4, taken: 0, free: 3, stuck: 1 });
    stand(2);
    await clock.advance(8_000);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toMatchObject({ free: 4, stuck: 0 });
  });

  it('are unknown while their chip is away, which is no fault of theirs, and are counted anew', async () => {
    const { clock, panel, bus, reports, heard, sit } = await row();
    sit(1);
    await clock.advance(5_000);
    panel.unplug();
    await clock.advance(2_500);
    expect(bus.state).toBe('lost');
    expect(reports.now).toEqual({ seats: 4, taken: null, free: null, stuck: null });
    expect(heard.at(-1)).toBe('null of 4');
    panel.plug();
    await clock.advance(15_000);
    expect(reports.now).toMatchObject({ taken: 1, free: 3 });
    expect(reports.standing.size).toBe(0);
  });

  it('that another program took are unknown, with a fault that says so, until they are free', async () => {
    const { clock, line, reports } = await row();
    line(2).takenBy('somebody');
    await clock.advance(3_000);
    expect(reports.now).toMatchObject({ taken: null });
    expect(reports.about.get('device.line-unavailable')?.parts).toEqual(['seats']);
    line(2).free();
    await clock.advance(20_000);
    expect(reports.standing.size).toBe(0);
    expect(reports.now).toMatchObject({ taken: 0, free: 4 });
  });

  it('never tell more seats than there are, whatever their switches do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.integer({ min: 1, max: 4_000 })), {
          maxLength: 30,
        }),
        async (moves) => {
          const clock = new VirtualClock();
          const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 8, clock });
          const bus = gpioBus('gpio', chip, clock, dice(1));
          const entry = { protocol: 'lines', bus: 'gpio', activeLow: true, lines: [4, 5, 6, 7] };
          const { device, reports } = makeDevice(seating, 'one', entry, bus, clock);
          device.start();
          for (const [seat, taken, pause] of moves) {
            if (taken) panel.line(3 + seat).low();
            else panel.line(3 + seat).floats();
            await clock.advance(pause);
          }
          await clock.advance(20_000);
          const last = new Map(moves.map(([seat, taken]) => [seat, taken]));
          const sitting = [...last.values()].filter(Boolean).length;
          expect(reports.now).toEqual({ seats: 4, taken: sitting, free: 4 - sitting, stuck: 0 });
          for (const { seats, taken, free } of reports.shown) {
            expect(Number(taken) + Number(free)).toBeLessThanOrEqual(Number(seats));
          }
          expect(reports.crashes).toEqual([]);
          await device.stop();
          await bus.close();
          expect(clock.pending()).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe.each([
  { chip: 'pcf8575', make: () => simulatedPcf857x(16), lines: ['P00', 'P07', 'P10', 15] },
  { chip: 'pcf8574', make: () => simulatedPcf857x(8), lines: [0, 7, 3, 4] },
  { chip: 'mcp23017', make: () => simulatedMcp23017(), lines: ['GPA0', 6, 'GPB0', 14] },
] as const)('seats on an expander $chip', ({ chip, make, lines }) => {
  const pins = chip === 'pcf8574' ? [0, 7, 3, 4] : chip === 'pcf8575' ? [0, 7, 8, 15] : [0, 6, 8, 14];

  it('are counted, lost with its power, and found again', async () => {
    const clock = new VirtualClock();
    const { adapter, panel } = simulatedI2c({ clock });
    const far = make();
    panel.attach(0x20, far);
    const i2c = i2cBus('i2c1', adapter, clock);
    const bus = gpioBus(
      'expander',
      expanderChip(i2c, { chip, address: 0x20, pollMilliseconds: 50 }, clock),
      clock,
      dice(1),
    );
    onTestFinished(async () => {
      const closing = i2c.close();
      await clock.advance(5_000);
      await closing;
      expect(clock.pending()).toEqual([]);
    });
    const { reports, counts } = seatsOn(bus, clock, { lines });
    far.pin(pins[1]!).low();
    far.pin(pins[3]!).low();
    await clock.advance(8_000);
    expect(reports.now).toEqual({ seats: 4, taken: 2, free: 2, stuck: 0 });
    far.power.off();
    await clock.advance(3_000);
    expect(bus.state).toBe('lost');
    expect(reports.now).toMatchObject({ taken: null, free: null });
    expect(counts.taken).toBeNull();
    expect(reports.standing.size).toBe(0);
    far.power.on();
    await clock.advance(12_000);
    expect(reports.now).toMatchObject({ taken: 2, free: 2 });
    panel.holdLow();
    await clock.advance(5_000);
    expect(reports.now).toMatchObject({ taken: null });
    panel.release();
    await clock.advance(14_000);
    expect(reports.now).toMatchObject({ taken: 2, free: 2 });
    expect(reports.standing.size).toBe(0);
  });
});

describe('the configuration of seats on lines', () => {
  const parseConfig = (entry: object) => parseDevice(seating, { protocol: 'lines', bus: 'gpio', ...entry });

  it('has the times of all seats, and claims each line', () => {
    const config = parseConfig({ lines: [4, 'GPIO5'] });
    expect(config).toMatchObject({
      activeLow: false,
      takenAfterMilliseconds: 2_000,
      freeAfterMilliseconds: 5_000,
      stuckAfterMinutes: 240,
      publishMilliseconds: 2_000,
    });
    expect(seating.protocols.lines?.claims?.(config)).toEqual([
      { path: ['lines', '0'], text: 'line 4' },
      { path: ['lines', '1'], text: 'line GPIO5' },
    ]);
  });

  it.each([{ lines: [] }, { lines: [4, 4] }, { lines: 4 }, { lines: [4], seats: 1 }, {}])(
    'is refused: %j',
    (entry) => {
      expect(() => parseConfig(entry)).toThrow();
    },
  );
});
