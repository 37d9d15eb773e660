import type { Clock, TimeQuality } from './clock.js';

/** A moment as recorded: enough to say later how much time passed, or that nobody can say. */
export type Stamp = {
  /** Id of the machine's boot; monotonic times compare only within one. */
  readonly boot: string;
  readonly monotonicMilliseconds: number;
  readonly wallMilliseconds: number;
  readonly quality: TimeQuality;
};

/** The present moment. */
export function stampNow(clock: Clock, boot: string): Stamp {
  return {
    boot,
    monotonicMilliseconds: Math.round(clock.monotonicMilliseconds()),
    wallMilliseconds: Math.round(clock.wallMilliseconds()),
    quality: clock.quality(),
  };
}

/** Milliseconds from `earlier` to `later`; `null` across an untrusted gap: then nobody measured it. */
export function millisecondsBetween(earlier: Stamp, later: Stamp): number | null {
  if (earlier.boot === later.boot) return later.monotonicMilliseconds - earlier.monotonicMilliseconds;
  if (earlier.quality === 'untrusted' || later.quality === 'untrusted') return null;
  const passed = later.wallMilliseconds - earlier.wallMilliseconds;
  return passed < 0 ? null : passed;
}

/** As `millisecondsBetween`, in whole seconds. */
export function secondsBetween(earlier: Stamp, later: Stamp): number | null {
  const passed = millisecondsBetween(earlier, later);
  return passed === null ? null : Math.round(passed / 1000);
}
