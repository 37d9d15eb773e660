import { expect, it } from 'vitest';
import { restOfPeriod, SharedPeriod } from '../../src/devices/period.js';
import { windowBoard } from '../../src/devices/window-board.js';
import { simulatedPanels } from '../../src/simulator/modbus-panels.js';
import { bench, dm36b06 } from './bench.js';

it('twelve boards on one line of 9600 baud are each asked once a second, none later by a fiftieth', async () => {
  const { clock, farEnd, add, stop } = bench();
  const addresses = Array.from({ length: 12 }, (_, index) => index + 1);
  const panels = simulatedPanels(farEnd, clock, { addresses, answerAfterMilliseconds: 5 });
  const asked = new Map<number, number[]>();
  farEnd.onBytes((bytes) => {
    // Function 03 is the question; what stands before it is the address.
    const [address = 0, functionCode] = bytes;
    if (functionCode !== 3) return;
    asked.set(address, [...(asked.get(address) ?? []), clock.monotonicMilliseconds()]);
  });
  for (const address of addresses) {
    add(
      windowBoard,
      `board-${address}`,
      { protocol: 'modbus-panel', window: String(address), profile: 'dm36b06', address },
      dm36b06,
    );
  }
  await clock.advance(5_000);
  asked.clear();
  await clock.advance(60_000);
  const pauses = addresses.flatMap((address) => {
    const times = asked.get(address) ?? [];
    return times.slice(1).map((time, index) => time - times[index]!);
  });
  expect(pauses.length).toBeGreaterThan(12 * 57);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_020);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(980);
  await stop();
  panels.close();
});

it('a wire that is too slow for its devices is left a tenth of the period', () => {
  expect(restOfPeriod(1_000, 40)).toBe(960);
  expect(restOfPeriod(1_000, 5_000)).toBe(100);
});

it('what waited for others moves to a time of its own, and then keeps its period', () => {
  const period = new SharedPeriod(1_000);
  expect(period.pauseAfter(40)).toBe(960);
  // It waited 300 ms: the next question comes that much later in the second, and waits no more.
  expect(period.pauseAfter(340)).toBe(960);
  expect(period.pauseAfter(30)).toBe(970);
  expect(period.pauseAfter(40)).toBe(970);
});
