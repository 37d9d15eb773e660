/** Options that seats have over every protocol. */
import * as v from 'valibot';
import { milliseconds } from '../options.js';
import type { SeatMonitorOptions } from './seat-monitor.js';

export const seatTimeOptions = {
  takenAfterMilliseconds: milliseconds(
    'A seat counts as taken once its switch was closed this long.',
    2000,
    0,
    60_000,
  ),
  freeAfterMilliseconds: milliseconds(
    'A seat counts as free once its switch was open this long.',
    5000,
    0,
    60_000,
  ),
  stuckAfterMinutes: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(5),
      v.maxValue(1440),
      v.description('A seat taken this long without a break is stuck and not counted. Minutes, 5 to 1440.'),
    ),
    240,
  ),
  publishMilliseconds: milliseconds('Readings are published at most this often.', 2000, 100, 60_000),
};

/** What they are once the schema has filled in the defaults; as entries of a protocol's own schema. */
export const seatTimeEntries = {
  takenAfterMilliseconds: v.number(),
  freeAfterMilliseconds: v.number(),
  stuckAfterMinutes: v.number(),
  publishMilliseconds: v.number(),
};

type SeatTimeOptions = { readonly [Name in keyof typeof seatTimeEntries]: number };

export function seatMonitorOptions(options: SeatTimeOptions, seatCount: number): SeatMonitorOptions {
  const { takenAfterMilliseconds, freeAfterMilliseconds, publishMilliseconds, stuckAfterMinutes } = options;
  const stuckAfterMilliseconds = stuckAfterMinutes * 60_000;
  return {
    seatCount,
    takenAfterMilliseconds,
    freeAfterMilliseconds,
    stuckAfterMilliseconds,
    publishMilliseconds,
  };
}
