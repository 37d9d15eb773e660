/** What looks at the seats of a device: a chip that is polled, lines that are watched, mats that are measured. */
import type { Evidence } from '../../kernel/errors.js';
import type { SeatLook } from './seat-states.js';

/** What it tells of them. */
export interface SeatEvents {
  /** In the order of the seats; `null` for one whose sensor can't be believed. */
  saw(looks: readonly (SeatLook | null)[]): void;
  /** Nothing is known of any, until the next `saw`; why is told elsewhere. */
  unknown(): void;
  /** It should have answered and did not: as `DeviceReports.silent`. */
  silent(evidence: Evidence): void;
}

export interface SeatSource {
  start(): void;
  /** No timer and no listener is left. */
  stop(): void;
}
