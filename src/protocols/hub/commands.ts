/** Commands that a controller takes, each with the schema of its arguments (docs/contract.md, section 6). */
import * as v from 'valibot';

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const window = v.object({ window: name });

/** An id that a sender gives a command, so that it can be said twice and done once. */
export const commandIdPattern = /^[A-Za-z0-9-]{1,64}$/;

export const commandSchemas = {
  'ticket.issue': v.object({ queue: name, priority: v.optional(v.boolean(), false), at: v.optional(name) }),
  'ticket.cancel': v.object({ ticket: name }),
  'ticket.reprint': v.object({ ticket: name, at: v.optional(name) }),
  'window.call': v.object({ window: name, ticket: v.optional(name) }),
  'window.recall': window,
  'window.skip': window,
  'window.done': v.object({ window: name, matter: v.optional(name) }),
  'window.pause': window,
  'window.resume': window,
  'window.open': window,
  'window.close': window,
  'window.login': v.object({ window: name, staff: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,40}$/)) }),
  'window.logout': window,
  'fault.acknowledge': v.object({
    device: name,
    code: name,
    by: name,
    note: v.optional(v.pipe(v.string(), v.maxLength(200))),
  }),
  'events.resend': v.object({
    store: name,
    from: v.pipe(v.number(), v.integer(), v.minValue(1)),
    to: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
} as const;

export type CommandName = keyof typeof commandSchemas;
export type CommandArguments<Name extends CommandName> = v.InferOutput<(typeof commandSchemas)[Name]>;

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commandSchemas, text);
}
