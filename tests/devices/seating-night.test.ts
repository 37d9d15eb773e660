import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seating } from '../../src/devices/seating.js';
import { NightSeats } from '../../src/devices/seats/night-seats.js';
import type { SeatState } from '../../src/devices/seats/seat-states.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { dice, makeDevice, memory } from './bench.js';

const minutes = (count: number) => count * 60_000;
const hours = (count: number) => minutes(60 * count);

/** `closed`: but for 9 to 17 o'clock. */
type Hours = 'open' | 'closed' | 'no hours';

interface Night {
  readonly from?: string;
  readonly kept?: ReturnType<typeof memory>;
  readonly hall?: Hours;
}

/** Three seats in a hall in Shanghai from 22:00 on, closed from 17:00 to 09:00. */
async function hall({ from = '2026-11-21T14:00:00.000Z', kept = memory(), hall: is = 'closed' }: Night = {}) {
  const clock = new VirtualClock(from);
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  const bus = gpioBus('gpio', chip, clock, dice(1));
  const state: { clockIsTrusted: boolean; hall: Hours } = { clockIsTrusted: true, hall: is };
  const localMinutes = () =>
    state.clockIsTrusted ? Math.floor(clock.wallMilliseconds() / 60_000 + 480) % 1_440 : null;
  const isOpen = () => {
    if (state.hall === 'no hours') return true;
    const now = localMinutes();
    return state.hall === 'open' || (now !== null && now >= 540 && now < 1_020);
  };
  // Nobody is stuck: that would be another fault.
  const entry = {
    protocol: 'lines',
    bus: 'gpio',
    lines: [4, 5, 6],
    activeLow: true,
    stuckAfterMinutes: 1_440,
  };
  const { device, reports } = makeDevice(seating, 'seats-n', entry, bus, clock, undefined, {
    localMinutes,
    isOpen,
    memory: kept,
  });
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await device.stop();
    await bus.close();
  };
  onTestFinished(async () => {
    await stop();
    expect(reports.crashes).toEqual([]);
  });
  device.start();
  await clock.advance(8_000);
  const line = (seat: number) => panel.line(3 + seat);
  return {
    clock,
    panel,
    reports,
    kept,
    state,
    stop,
    device,
    line,
    sit: (seat: number) => line(seat).low(),
    stand: (seat: number) => line(seat).floats(),
    fault: () => reports.about.get('seating.night-seat')?.parts,
    stands: () => reports.standing.has('seating.night-seat'),
    until: async (time: string) => {
      const [hour = 0, minute = 0] = time.split(':').map(Number);
      const now = Math.floor(clock.wallMilliseconds() / 60_000 + 480) % 1_440;
      await clock.advance(minutes((hour * 60 + minute - now + 1_440) % 1_440));
    },
  };
}

describe('a seat that is taken for a whole night', () => {
  it('is found in the morning, by its number, and not earlier', async () => {
    const one = await hall();
    one.sit(2);
    await one.until('04:59');
    expect(one.stands()).toBe(false);
    await one.until('05:01');
    expect(one.fault()).toEqual(['2']);
    expect(one.reports.standing.get('seating.night-seat')).toEqual({ seats: '2' });
  });

  it('is found although it flickers, which is never stuck', async () => {
    const one = await hall();
    one.sit(3);
    await one.until('01:00');
    for (let turn = 0; turn < 60; turn++) {
      one.stand(3);
      await one.clock.advance(15_000);
      one.sit(3);
      await one.clock.advance(minutes(4) - 15_000);
    }
    await one.until('05:01');
    expect(one.fault()).toEqual(['3']);
  });

  it('is none where a guard sat for two of the four hours', async () => {
    const one = await hall();
    await one.until('02:00');
    one.sit(1);
    await one.until('04:00');
    one.stand(1);
    await one.until('09:00');
    expect(one.stands()).toBe(false);
  });

  it('is well once it was seen free for a while', async () => {
    const one = await hall();
    one.sit(1);
    await one.until('05:01');
    expect(one.stands()).toBe(true);
    await one.until('08:00');
    one.stand(1);
    await one.clock.advance(minutes(9));
    expect(one.stands()).toBe(true);
    one.sit(1);
    await one.clock.advance(minutes(1));
    one.stand(1);
    await one.clock.advance(minutes(9));
    expect(one.stands()).toBe(true);
    await one.clock.advance(minutes(2));
    expect(one.stands()).toBe(false);
  });

  it('is none in a hall that is open by night', async () => {
    const one = await hall({ hall: 'closed' });
    one.sit(1);
    await one.until('00:59');
    one.state.hall = 'open';
    await one.until('08:00');
    expect(one.stands()).toBe(false);
  });

  it('is found in a hall that has no hours, by the time of day alone', async () => {
    const one = await hall({ hall: 'no hours' });
    one.sit(1);
    await one.until('05:01');
    expect(one.fault()).toEqual(['1']);
  });

  it('is nothing that a clock says which nobody trusts', async () => {
    const one = await hall();
    one.sit(1);
    one.state.clockIsTrusted = false;
    await one.clock.advance(hours(12));
    expect(one.stands()).toBe(false);
    one.state.clockIsTrusted = true;
    await one.clock.advance(hours(1));
    expect(one.stands()).toBe(false);
  });

  it('is found by what is left of the night after a restart, if that is enough', async () => {
    const early = await hall({ from: '2026-11-21T19:10:00.000Z' }); // 03:10
    early.sit(1);
    await early.until('05:01');
    expect(early.fault()).toEqual(['1']);
    const late = await hall({ from: '2026-11-21T19:40:00.000Z' });
    late.sit(1);
    await late.until('05:01');
    expect(late.stands()).toBe(false);
  });

  it('goes on over a restart, written down only when something happened', async () => {
    const kept = memory();
    const one = await hall({ kept });
    one.sit(1);
    one.sit(3);
    await one.until('05:01');
    expect(kept.writes).toBe(1);
    await one.stop();
    const two = await hall({ kept, from: '2026-11-21T23:00:00.000Z' });
    expect(two.fault()).toEqual(['1', '3']);
    await two.clock.advance(minutes(11));
    expect(two.stands()).toBe(false);
    expect(kept.writes).toBe(2);
    expect(kept.get()).toEqual({ version: 1, nightSeats: [] });
  });

  it.each([null, 7, { version: 2, nightSeats: [1] }, { version: 1, nightSeats: ['x'] }])(
    'is not read from a memory that makes no sense: %j',
    async (value) => {
      const one = await hall({ kept: memory(value) });
      expect(one.stands()).toBe(false);
    },
  );

  it('is not one that does not exist any more', async () => {
    const one = await hall({ kept: memory({ version: 1, nightSeats: [3, 9] }) });
    expect(one.fault()).toEqual(['3']);
  });

  it('waits while the lines are away, and counts only what was known', async () => {
    const one = await hall();
    one.sit(2);
    await one.until('01:30');
    one.panel.unplug();
    await one.until('03:00');
    one.panel.plug();
    await one.until('05:01');
    expect(one.fault()).toEqual(['2']);
    const two = await hall();
    two.sit(2);
    await two.until('01:30');
    two.panel.unplug();
    await two.until('04:00');
    two.panel.plug();
    await two.until('05:01');
    expect(two.stands()).toBe(false);
  });
});

describe('the rule for nights', () => {
  const look = (night: NightSeats, at: number, minute: number, closed: boolean, state: SeatState = 'taken') =>
    night.look({ closed: [closed], states: [state], localMinutes: minute, isOpen: false, at });

  it('leaves a stuck seat to the fault of its own', () => {
    const night = new NightSeats(1);
    for (let minute = 60; minute <= 300; minute++) look(night, minute * 60_000, minute, true, 'stuck');
    expect(night.seats).toEqual([]);
    const other = new NightSeats(1);
    for (let minute = 60; minute <= 300; minute++) look(other, minute * 60_000, minute, true);
    expect(other.seats).toEqual([1]);
    look(other, 301 * 60_000, 301, true, 'stuck');
    expect(other.seats).toEqual([]);
  });

  it('knows each night for itself: two halves are no night', () => {
    const night = new NightSeats(1);
    for (let minute = 60; minute <= 130; minute++) look(night, minute * 60_000, minute, true);
    const next = 1_440 * 60_000;
    for (let minute = 230; minute <= 301; minute++) look(night, next + minute * 60_000, minute, true);
    expect(night.seats).toEqual([]);
  });

  it('finds a seat by nine tenths of the time, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 240, maxLength: 240 }), (closed) => {
        const night = new NightSeats(1);
        look(night, 60 * 60_000, 60, false);
        for (const [index, one] of closed.entries()) {
          look(night, (61 + index) * 60_000, Math.min(299, 61 + index), one);
        }
        look(night, 301 * 60_000, 301, true);
        const share = closed.filter(Boolean).length / closed.length;
        expect(night.seats.length === 1).toBe(share >= 0.9);
      }),
      { numRuns: 50 },
    );
    const night = new NightSeats(1);
    for (let minute = 60; minute <= 301; minute++) look(night, minute * 60_000, minute, minute % 20 !== 0);
    expect(night.seats).toEqual([1]);
  });
});
