import { type Clock, systemClock } from '../../../src/kernel/clock.js';

/** Real time, but every pause is `times` shorter: real sockets with the link's long pauses. */
export function hurriedClock(times: number): Clock {
  const clock = systemClock();
  const start = clock.wallMilliseconds();
  return {
    monotonicMilliseconds: () => clock.monotonicMilliseconds() * times,
    wallMilliseconds: () => start + (clock.wallMilliseconds() - start) * times,
    quality: () => 'synced',
    after: (name, milliseconds, run) => clock.after(name, milliseconds / times, run),
    pending: () => clock.pending(),
  };
}
