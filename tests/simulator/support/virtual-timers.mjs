/**
 * Puts the timers of this process on a virtual clock, so that drivers with timers of their own and simulated chips live
 * in the same time, and a busy machine can't come between them. To be called before the drivers are loaded.
 */
export function virtualTimers(clock) {
  const stop = (timer) => timer?.cancel();
  globalThis.setTimeout = (run, milliseconds = 0, ...rest) =>
    clock.after('timeout', Math.max(1, milliseconds), () => run(...rest));
  globalThis.setInterval = (run, milliseconds = 0, ...rest) => {
    let next;
    const again = () => {
      next = clock.after('interval', Math.max(1, milliseconds), () => {
        again();
        run(...rest);
      });
    };
    again();
    return { cancel: () => next.cancel() };
  };
  globalThis.clearTimeout = stop;
  globalThis.clearInterval = stop;
}
