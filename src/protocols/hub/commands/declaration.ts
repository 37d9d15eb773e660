/** What every command is declared with, and the pieces that several of them share. */
import * as v from 'valibot';
import type { Text } from '../../../kernel/text.js';

/**
 * Who a broker should let send a command, as deploy/mosquitto has it: `admin` sets boards up, `duty` runs the hall,
 * `maintenance` keeps its devices going, `announcer` speaks to it, `queue-system` leads it from outside, `hub` keeps the
 * archive; `leader` is a controller that leads others.
 */
export const commandRoles = [
  'admin',
  'duty',
  'maintenance',
  'announcer',
  'queue-system',
  'hub',
  'leader',
] as const;
export type CommandRole = (typeof commandRoles)[number];

/** One command, declared once: what checks it, documents it and describes its answer. */
export interface CommandDeclaration {
  readonly about: Text;
  /** Besides `id` and `expiresAt`; `by` may stand in all. */
  readonly arguments: v.GenericSchema;
  /** Of a reply that says yes; `null` where it carries none. */
  readonly result: v.GenericSchema | null;
  readonly who: readonly CommandRole[];
  /** Arguments as somebody would send them. */
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  /** It puts something on paper: the one thing that may come twice, or of which nobody knows whether it came. */
  readonly paper?: true;
  /**
   * Remembered as the answer before the command is begun, so that a process that dies in the middle of it does not do
   * it again for the same id.
   */
  readonly unconfirmed?: Readonly<Record<string, string>>;
  /** It only asks: nothing changes, and the answer is not kept on the disk. */
  readonly asks?: true;
  /** Of its payload, where it may be larger than others. */
  readonly largestBytes?: number;
}

/** A name as people give them: of a device, a window, a queue. */
export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
/** `by`: who asks, as the sender says it. MQTT does not tell who publishes, so nobody can prove it. */
export const by = v.pipe(name, v.description('who asks, as the sender says it; recorded, not proved'));
const optionalBy = v.optional(by);

/** The arguments of a command: nothing but these, and who asks. */
export function takes<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject({ by: optionalBy, ...entries });
}

/** What a reply carries: nothing but this. */
export function gives<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries);
}

export const freeText = v.pipe(v.string(), v.maxLength(200));
/** Why somebody does it, for those who read it later. */
export const reason = v.pipe(freeText, v.minLength(1));
export const signature = v.pipe(
  v.string(),
  v.maxLength(200),
  v.description('base64 of an Ed25519 signature, where the configuration asks for one'),
);
/** What words for people carry besides. */
export const warrant = { signature: v.optional(signature) };
export const minutes = v.pipe(v.number(), v.minValue(1), v.maxValue(24 * 60));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
/** Said over and over by a controller that leads: done and answered, but not recorded. */
export const passing = {
  passing: v.optional(
    v.pipe(v.boolean(), v.description('said over and over: done and answered, but not recorded')),
    false,
  ),
};
/** What a ticket's number looks like: no free text. */
export const ticketNumberPattern = /^[A-Z]{0,2}\d{1,6}$/;
export const ticketNumber = v.pipe(v.string(), v.regex(ticketNumberPattern));
/** A ticket's id, or its number of today. */
export const ticket = v.pipe(name, v.description("a ticket's id, or its number of today"));
/** Whole minutes; `null` where nobody can say. */
export const waitMinutes = v.nullable(
  v.strictObject({ low: v.number(), median: v.number(), high: v.number() }),
);
