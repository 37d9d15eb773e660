import { expect, it } from 'vitest';
import { restOfPeriod, SharedPeriod } from '../../src/devices/period.js';
import { windowBoard } from '../../src/devices/window-board.js';
import type { Clock } from '../../src/kernel/clock.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';
import { bench, dice, dm36b06, makeDevice } from './bench.js';

/** Each board's times of being asked, by its address. */
async function asksOf(
  boards: number,
  begin: number,
  clockFor: (clock: VirtualClock) => Clock,
  panelClockFor = clockFor,
): Promise<readonly number[][]> {
  const { clock, bus, farEnd, stop } = bench();
  const addresses = Array.from({ length: boards }, (_, index) => index + 1);
  const panels = simulatedPanels(farEnd, panelClockFor(clock), { addresses, answerAfterMilliseconds: 5 });
  const asked = addresses.map((): number[] => []);
  farEnd.onBytes((bytes) => {
    // Function 03 is the question; what stands before it is the address.
    const [address = 0, functionCode] = bytes;
    const now = clock.monotonicMilliseconds();
    if (functionCode === 3 && now >= begin) asked[address - 1]?.push(now);
  });
  const devices = addresses.map((address) => {
    const entry = {
      protocol: 'modbus-panel',
      bus: 'row',
      window: String(address),
      profile: 'dm36b06',
      address,
    };
    const more = { clock: clockFor(clock) };
    return makeDevice(windowBoard, `board-${address}`, entry, bus, clock, dm36b06, more).device;
  });
  for (const device of devices) device.start();
  await clock.advance(begin + 60_000);
  for (const device of devices) await device.stop();
  await stop();
  panels.close();
  return asked;
}

const pauses = (asked: readonly number[][]) =>
  asked.flatMap((times) => times.slice(1).map((time, index) => time - times[index]!));

/** A clock whose timers come late. */
function lateClock(clock: VirtualClock, late: () => number): Clock {
  return {
    monotonicMilliseconds: () => clock.monotonicMilliseconds(),
    wallMilliseconds: () => clock.wallMilliseconds(),
    quality: () => clock.quality(),
    pending: () => clock.pending(),
    after: (name, milliseconds, run) => clock.after(name, milliseconds + late(), run),
  };
}

it('twelve boards on one line of 9600 baud are each asked once a second, none later by a fiftieth', async () => {
  const all = pauses(await asksOf(12, 5_000, (clock) => clock));
  expect(all.length).toBeGreaterThan(12 * 57);
  expect(Math.max(...all)).toBeLessThanOrEqual(1_020);
  expect(Math.min(...all)).toBeGreaterThanOrEqual(980);
});

it('boards that take most of their line are on time soon after the start, also where timers are not exact', async () => {
  const random = dice(7);
  const all = pauses(await asksOf(22, 3_000, (clock) => lateClock(clock, () => 2 * random())));
  expect(all.length).toBeGreaterThan(22 * 57);
  expect(Math.max(...all)).toBeLessThanOrEqual(1_010);
});

it('a second in which all answers are slow does not add up along the line', async () => {
  const slow = (clock: VirtualClock) => () => {
    const now = clock.monotonicMilliseconds();
    return now > 20_000 && now < 21_000 ? 20 : 0;
  };
  const all = pauses(
    await asksOf(
      16,
      5_000,
      (clock) => clock,
      (clock) => lateClock(clock, slow(clock)),
    ),
  );
  expect(all.length).toBeGreaterThan(16 * 57);
  expect(Math.max(...all)).toBeLessThanOrEqual(1_100);
});

it('a wire that is too slow for its devices is left a tenth of the period', () => {
  expect(restOfPeriod(1_000, 40)).toBe(960);
  expect(restOfPeriod(1_000, 5_000)).toBe(100);
});

it('devices that begin at once have a turn each, at the latest a period after their first question', async () => {
  const clock = new VirtualClock();
  await clock.advance(123_456.7);
  const rests = Array.from({ length: 32 }, (_, index) => new SharedPeriod(1_000, index + 1, clock).rest());
  expect(Math.max(...rests)).toBeLessThanOrEqual(1_020);
  expect(Math.min(...rests)).toBeGreaterThanOrEqual(100);
  const turns = rests.filter((rest) => rest > 100).sort((one, other) => one - other);
  const apart = turns.slice(1).map((turn, index) => turn - turns[index]!);
  // 32 of them: 31 ms each if they were all alike.
  expect(Math.min(...apart)).toBeGreaterThan(20);
});

it('a turn that came early, late or after a long wait is followed by the next one', async () => {
  const clock = new VirtualClock();
  const period = new SharedPeriod(1_000, 0, clock);
  const next = async (milliseconds: number) => {
    await clock.advance(milliseconds - clock.monotonicMilliseconds());
    return clock.monotonicMilliseconds() + period.rest();
  };
  const began = async (milliseconds: number) => {
    await next(milliseconds);
    period.begin();
  };
  await began(4_999);
  expect(await next(5_040)).toBeCloseTo(6_000);
  await began(6_003);
  expect(await next(6_900)).toBeCloseTo(7_000);
  // It came back after its next turn already: a tenth of the period is left to others.
  await began(7_000);
  expect(await next(8_300)).toBeCloseTo(8_400);
  expect(await next(9_950)).toBeCloseTo(10_050);
});
