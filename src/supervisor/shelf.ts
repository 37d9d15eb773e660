/**
 * Faults that somebody has put out of sight for a while (shelving, ISA-18.2, 11.7). The fault stands, its status and its
 * topic say so; only what calls people (lamps, buzzers) leaves it out.
 */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import type { FaultState } from '../protocols/hub/payloads.js';

/** Since when, and for how long. */
export interface Shelf {
  readonly since: Stamp;
  readonly milliseconds: number;
}

/** Milliseconds that are left; 0 where it is over, or where nobody can say how long it has been. */
export function leftOnShelf({ since, milliseconds }: Shelf, now: Stamp): number {
  const passed = millisecondsBetween(since, now);
  return passed === null ? 0 : Math.max(0, milliseconds - passed);
}

/** Nobody needs to be called for it now. A shelved part does not speak for the others. */
export function isShelved({ shelved, parts }: Pick<FaultState, 'shelved' | 'parts'>): boolean {
  return shelved !== undefined && shelved !== null && isWhole(shelved.part, parts);
}

/** Somebody knows of all of it. */
export function isAcknowledged({ acknowledged, parts }: Pick<FaultState, 'acknowledged' | 'parts'>): boolean {
  return acknowledged !== null && isWhole(acknowledged.part, parts);
}

function isWhole(part: string | undefined, parts: readonly string[] | undefined): boolean {
  return part === undefined || (parts ?? []).every((one) => one === part);
}
