/** Events of who changed what: configurations and commands. */
import * as v from 'valibot';
import { type EventDeclaration, name, nullableName } from './fields.js';

const configOutcome = {
  /** 0: the file. `null` where it could not be read. */
  revision: v.nullable(v.number()),
  state: v.picklist(['applied', 'rejected', 'rolled-back']),
  hash: v.nullable(v.string()),
  errors: v.array(v.object({ path: v.string(), message: v.string() })),
  devices: v.record(v.string(), v.picklist(['kept', 'started', 'restarted', 'stopped'])),
  /** What runs now, whatever became of this one. */
  running: v.object({ revision: v.number(), hash: v.string(), source: v.picklist(['file', 'hub']) }),
};

export const controlEvents = {
  'config.applied': { keep: 4, data: v.object(configOutcome) },
  'config.rejected': { keep: 4, data: v.object(configOutcome) },
  'config.rolled-back': { keep: 4, data: v.object(configOutcome) },
  /** Who had what done: the data stay below 1 KiB, free text and signatures are left out. */
  'command.done': {
    keep: 1,
    data: v.object({
      name,
      id: name,
      /** Who asked, as the sender said it; MQTT does not tell who publishes. */
      by: nullableName,
      /** The arguments that name things: device, window, ticket. */
      target: v.optional(v.record(v.string(), v.union([v.string(), v.number()]))),
      /** What of the reply fits on one line. */
      result: v.optional(v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()])))),
    }),
  },
  'command.refused': {
    keep: 1,
    data: v.object({
      name,
      /** `null` where it had none that can stand in a topic: then there was no reply either. */
      id: nullableName,
      by: nullableName,
      reason: name,
      target: v.optional(v.record(v.string(), v.union([v.string(), v.number()]))),
      message: v.optional(v.string()),
    }),
  },
} as const satisfies Record<string, EventDeclaration>;
