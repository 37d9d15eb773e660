import type { Clock, Timer } from '../kernel/clock.js';

/** A timer that runs later than this was held up by our own process. */
const LATE_MILLISECONDS = 10;
const SECOND_CHANCE_MILLISECONDS = 20;

/**
 * A time-out for something that comes in. Where the process itself was busy, timers run before the input that has
 * been waiting in the system is read; then `run` waits once more, so that our own lateness is not taken for silence.
 */
export function patientTimer(clock: Clock, name: string, milliseconds: number, run: () => void): Timer {
  const due = clock.monotonicMilliseconds() + milliseconds;
  let timer = clock.after(name, milliseconds, () => {
    if (clock.monotonicMilliseconds() - due > LATE_MILLISECONDS) {
      timer = clock.after(name, SECOND_CHANCE_MILLISECONDS, run);
    } else {
      run();
    }
  });
  return { name, cancel: () => timer.cancel() };
}
