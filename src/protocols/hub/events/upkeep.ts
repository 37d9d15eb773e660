/** Events of what stands in the hall: faults, supplies, who was there. */
import * as v from 'valibot';
import { type EventDeclaration, estimate, name, text, wholeSeconds } from './fields.js';

const fault = {
  id: name,
  device: name,
  code: name,
  parts: v.optional(v.array(name)),
  status: v.picklist(['good', 'maintenance-required', 'out-of-specification', 'function-check', 'failure']),
  severity: v.picklist(['high', 'medium', 'low']),
  audience: v.picklist(['maintenance', 'duty', 'admin']),
  text,
  action: text,
  since: v.string(),
  /** `part`: only that one of `parts`. */
  acknowledged: v.nullable(
    v.object({ by: v.string(), at: v.string(), note: v.optional(v.string()), part: v.optional(name) }),
  ),
  /** Lamps and buzzers leave it out until then (ISA-18.2); `null` where that is over. */
  shelved: v.optional(
    v.nullable(
      v.object({
        by: v.string(),
        at: v.string(),
        until: v.string(),
        reason: v.string(),
        part: v.optional(name),
      }),
    ),
  ),
  count: v.number(),
  affected: v.optional(v.array(name)),
  evidence: v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()]))),
  session: v.number(),
};

export const upkeepEvents = {
  'fault.raised': { keep: 3, data: v.object(fault) },
  'fault.cleared': { keep: 3, data: v.object({ ...fault, durationSeconds: wholeSeconds }) },
  'fault.acknowledged': { keep: 3, data: v.object(fault) },
  /** Out of sight for a while, or (`shelved` is `null`) back before it was over. */
  'fault.shelved': { keep: 3, data: v.object(fault) },
  'supply.changed': {
    keep: 3,
    data: v.object({
      device: name,
      supply: name,
      levelPercent: v.nullable(v.number()),
      state: v.picklist(['ok', 'low', 'empty', 'some', 'unknown']),
      daysLeft: estimate,
    }),
  },
  'occupancy.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      seats: v.number(),
      takenMinimum: v.nullable(v.number()),
      takenMean: v.nullable(v.number()),
      takenMaximum: v.nullable(v.number()),
      /** Part of the time for which it is known, 0 to 100. */
      knownPercent: v.number(),
    }),
  },
  /** People through a door in five minutes, and how many are inside by that. */
  'entrance.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      entered: v.number(),
      left: v.number(),
      /** Passages past a sensor that does not know the direction; absent where there were none. */
      unknownDirection: v.optional(v.number()),
      occupancy: estimate,
      knownPercent: v.number(),
    }),
  },
  'washroom.summary': {
    keep: 0,
    data: v.object({
      device: name,
      from: v.string(),
      to: v.string(),
      visits: v.nullable(v.number()),
      visitsSinceCleaned: v.nullable(v.number()),
      smellMean: v.nullable(v.number()),
      smellMaximum: v.nullable(v.number()),
      temperatureMean: v.nullable(v.number()),
      humidityMean: v.nullable(v.number()),
      wet: v.nullable(v.boolean()),
      knownPercent: v.number(),
    }),
  },
  'washroom.cleaned': {
    keep: 4,
    data: v.object({
      device: name,
      visitsSinceCleaned: v.nullable(v.number()),
      /** Since when cleaning was due; `null` where it was not. */
      dueSince: v.nullable(v.string()),
      because: v.array(v.picklist(['visits', 'hours', 'smell', 'water'])),
      /** From due to clean; `null` where it was not due, or nobody knows how long that was. */
      dueSeconds: wholeSeconds,
      by: v.nullable(name),
    }),
  },
} as const satisfies Record<string, EventDeclaration>;
