/**
 * What a device with parts is made of: each part measures, or shows, one thing over the bus that its entry names.
 * `parts.ts` runs them and keeps the device's faults true; here is only what a part is.
 */
import type { Clock } from '../../kernel/clock.js';
import type { HallwardError } from '../../kernel/errors.js';
import type { Bus } from '../../transports/ports.js';
import type { PartConfig, PartDeclaration } from '../kind.js';

export type { PartConfig } from '../kind.js';

export interface PartContext {
  /** `washroom-n climate`, for timers and messages. */
  readonly name: string;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** What a part that measures tells. */
export interface PartEvents<Values> {
  /**
   * Newly measured. It says also that the part is well: what was wrong before is over.
   * @param atMilliseconds monotonic
   */
  values(values: Values, atMilliseconds: number): void;
  /**
   * Nothing is known any more, until the next `values`. Told once, and again where its code becomes another. The error's
   * kind says which fault that is: `garbled` (wrong checksum, out of range, frozen, another chip) is
   * `device.bad-reading`; all others are `device.line-unavailable` where the code is of a line (`gpio.…`), else
   * `device.unresponsive`. A bus that is lost is told, too, by its `wire.…` or `bus.…` code: that is no fault of the part.
   */
  unknown(error: HallwardError): void;
  /** It failed in a way that it does not know. */
  crashed(error: unknown): void;
}

/** A part at work. */
export interface Part {
  /** Begins; what goes wrong later is told, not thrown. */
  start(): void;
  /** Ends: no timer and no listener is left. */
  stop(): void;
}

/** A kind of part that measures: what it hangs on (declaration) and what it does. */
export interface SensorPart<Values> extends PartDeclaration {
  /** @param config has passed the schema of its protocol */
  create(config: PartConfig, context: PartContext, events: PartEvents<Values>): Part;
}

/** Failed looks in a row until what a part measured counts as unknown. */
export const failedLooks = 3;
/** While it is unknown it is looked for at least this often: what comes back is found within 5 s. */
export const longestPauseMilliseconds = 4_000;
