import type { Clock } from '../../../../src/kernel/clock.js';

export interface ScaledTimes {
  readonly speed: number;
  /** Unix milliseconds at which the hall's time begins. */
  readonly realStart: number;
  /** What a clock on the wall of the hall shows then, in Unix milliseconds. */
  readonly hallStart: number;
}

export function scaledClock(times: ScaledTimes): Clock;

export function machineClock(scaled: Clock): Clock;
