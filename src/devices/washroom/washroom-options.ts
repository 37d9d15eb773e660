import * as v from 'valibot';
import { milliseconds } from '../options.js';

const number = (
  about: string,
  unit: string,
  standard: number,
  minimum: number,
  maximum: number,
  whole = true,
) =>
  v.optional(
    v.pipe(
      v.number(),
      v.check((value) => !whole || Number.isInteger(value), 'a whole number'),
      v.minValue(minimum),
      v.maxValue(maximum),
      v.description(`${about} ${unit}, ${minimum} to ${maximum}.`),
    ),
    standard,
  );

export const washroomOptionEntries = {
  dueAfterVisits: number('Visits after which it has to be cleaned; 0 for never.', 'Visits', 60, 0, 10_000),
  dueAfterHours: number(
    'Business hours after which it has to be cleaned; 0 for never.',
    'Hours',
    2,
    0,
    168,
    false,
  ),
  smellLimit: number(
    'Smell over which it has to be cleaned, where 100 is usual at this place.',
    'Index',
    250,
    110,
    500,
  ),
  smellMinutes: number('It has to be over the limit without a break for this long.', 'Minutes', 5, 1, 120),
  smellRise: number(
    'Also where a quarter of an hour is by so much worse than the hour before, and half way to the limit.',
    'Index',
    100,
    20,
    400,
  ),
  dueWhenWet: v.optional(
    v.pipe(v.boolean(), v.description('A wet floor makes cleaning due; it is a fault for the duty anyway')),
    true,
  ),
  wetAfterSeconds: number('A probe counts as wet once it has been so for this long.', 'Seconds', 10, 0, 600),
  settleMinutes: number(
    'After a cleaning smell and water are not judged for this long: a mopped floor dries, cleaning agents air out.',
    'Minutes',
    20,
    0,
    240,
  ),
  escalateMinutes: number(
    'Due for this long and not cleaned: the duty is told (in business hours).',
    'Minutes',
    30,
    1,
    1_440,
  ),
  cubicleMinutes: number(
    'A cubicle that is taken for longer: somebody may need help.',
    'Minutes',
    30,
    5,
    1_440,
  ),
  openingsPerVisit: number(
    'Of a door contact or a single beam: how often it opens for one visitor.',
    'Openings',
    2,
    1,
    10,
  ),
  publishMilliseconds: milliseconds('Readings are published at most this often.', 2_000, 100, 60_000),
};

/** The options of a washroom as they come out of its kind's schema. */
export const washroomOptionsSchema = v.object(washroomOptionEntries);
export type WashroomOptions = v.InferOutput<typeof washroomOptionsSchema>;
