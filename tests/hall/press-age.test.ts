import { expect, it } from 'vitest';
import { PressAge } from '../../src/hall/press-age.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

/** A process that may stand still while time goes on: no timer runs then. */
class StandingClock extends VirtualClock {
  #stood = 0;
  override monotonicMilliseconds(): number {
    return super.monotonicMilliseconds() + this.#stood;
  }
  standStill(milliseconds: number): void {
    this.#stood += milliseconds;
  }
}

function begun() {
  const clock = new StandingClock();
  const age = new PressAge({ clock, log: silentLog });
  age.start();
  const isStale = (ageMilliseconds = 0) =>
    age.isStale('caller-5', clock.monotonicMilliseconds() - ageMilliseconds, 'next');
  return { clock, age, isStale };
}

it('takes a press of the last five seconds, and none that is older', async () => {
  const { clock, isStale } = begun();
  await clock.advance(60_000);
  expect(isStale(5_000)).toBe(false);
  expect(isStale(5_001)).toBe(true);
});

it('takes none that may have waited while the process stood still for longer', async () => {
  const { clock, isStale } = begun();
  await clock.advance(60_000);
  clock.standStill(4_000);
  expect(isStale()).toBe(false);
  await clock.advance(3_000);
  clock.standStill(6_000);
  // Read before a timer has run, and just after one has.
  expect(isStale()).toBe(true);
  await clock.advance(900);
  expect(isStale()).toBe(true);
  await clock.advance(200);
  expect(isStale()).toBe(false);
  clock.standStill(6_000);
  await clock.advance(1_000);
  expect(isStale()).toBe(true);
});

it('is watched for only as long as the hall runs', () => {
  const { clock, age } = begun();
  age.stop();
  expect(clock.pending()).toEqual([]);
});
