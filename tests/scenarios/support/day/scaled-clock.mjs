/** A clock for a real process in a hall whose time runs faster than the machine's. */

/** What the machine does takes as long as it does, however fast the hall's time runs: the broker, a port that is full. */
const machineTimers = /^(hub|board key|stop)|: (stuck )?write$/;
/** Shorter waits are not made shorter: wires and other processes need some time of the real kind. */
const leastMilliseconds = 50;

/**
 * @param {{ speed: number, realStart: number, hallStart: number }} times `realStart` (Unix milliseconds) is
 *   `hallStart` in the hall
 * @returns {import('../../../../src/kernel/clock.js').Clock}
 */
export function scaledClock({ speed, realStart, hallStart }) {
  const live = new Map();
  const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  return {
    // The same for all processes of one boot, as the real one.
    monotonicMilliseconds: () => (origin + performance.now()) * speed,
    wallMilliseconds: () => hallStart + (Date.now() - realStart) * speed,
    quality: () => 'synced',
    pending: () => [...live.values()],
    after(name, milliseconds, run) {
      const wanted = Math.max(0, milliseconds);
      const real = machineTimers.test(name)
        ? wanted
        : Math.max(wanted / speed, Math.min(wanted, leastMilliseconds));
      const timer = {
        name,
        cancel() {
          clearTimeout(handle);
          live.delete(timer);
        },
      };
      const handle = setTimeout(
        () => {
          live.delete(timer);
          run();
        },
        Math.min(real, 2 ** 31 - 1),
      );
      live.set(timer, name);
      return timer;
    },
  };
}

/**
 * The same wall clock, for a part that waits for the machine alone.
 * @param {import('../../../../src/kernel/clock.js').Clock} scaled
 * @returns {import('../../../../src/kernel/clock.js').Clock}
 */
export function machineClock(scaled) {
  const { wallMilliseconds, quality } = scaled;
  return { ...scaledClock({ speed: 1, realStart: 0, hallStart: 0 }), wallMilliseconds, quality };
}
