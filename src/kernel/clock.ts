/**
 * Time is handed in. Nothing outside this file asks the machine for the time or sets a bare timer, so that a
 * quarter of a hall's life runs in seconds of test (see `VirtualClock`).
 */

/**
 * How far the wall clock can be trusted.
 * - `synced`: disciplined by a time source right now.
 * - `holdover`: plausible (not before anything we have already seen), but nothing vouches for it.
 * - `untrusted`: known to be wrong or behind what was recorded earlier (a board that woke up in 1970).
 */
export type TimeQuality = 'synced' | 'holdover' | 'untrusted';

/** A pending call. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  /** What is waited for; shown where live timers are listed. */
  readonly name: string;
  cancel(): void;
}

export interface Clock {
  /**
   * Milliseconds since an arbitrary start that is the same for all processes of one boot; never goes back, keeps
   * running while the wall clock jumps.
   */
  monotonicMilliseconds(): number;
  /** Unix time in milliseconds as the wall clock has it, right or wrong. */
  wallMilliseconds(): number;
  /** How far `wallMilliseconds` can be trusted. */
  quality(): TimeQuality;
  /** Calls `run` once after `milliseconds`; `name` says what is waited for. */
  after(name: string, milliseconds: number, run: () => void): Timer;
  /** Names of the timers that have not run yet. */
  pending(): string[];
}

/** Resolves after `milliseconds` of the given clock. */
export function sleep(clock: Clock, name: string, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(name, milliseconds, resolve));
}

/** RFC 3339 UTC with milliseconds. */
export function rfc3339(wallMilliseconds: number): string {
  return new Date(wallMilliseconds).toISOString();
}

/**
 * The machine's clock.
 * @param quality judges the wall clock; without it the clock is in `holdover`: nobody vouches for it.
 */
export function systemClock(quality: () => TimeQuality = () => 'holdover'): Clock {
  const live = new Map<object, string>();
  const origin = Number(process.hrtime.bigint()) / 1e6 - performance.now();
  return {
    monotonicMilliseconds: () => origin + performance.now(),
    wallMilliseconds: () => Date.now(),
    quality,
    pending: () => [...live.values()],
    after(name, milliseconds, run) {
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
        Math.min(Math.max(0, milliseconds), 2 ** 31 - 1),
      );
      live.set(timer, name);
      return timer;
    },
  };
}
