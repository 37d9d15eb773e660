/** What a watch shows and prints: plain data at one moment, so that everything after it is a pure function. */
import type { DeviceStatus } from '../../protocols/hub/payloads.js';
import type { Seen } from './payloads.js';

/** `unknown`: nobody vouches for it (never heard, or not renewed within 25 s). */
export type ControllerState = 'online' | 'stopped' | 'lost' | 'unknown';

/**
 * Why what a topic says does not hold: its controller's state, its message is from before the controller's last
 * start, or it cannot be read.
 */
export type Doubt = 'lost' | 'stopped' | 'unknown' | 'earlier-start' | 'unreadable';

export interface Place {
  readonly hall: string;
  readonly controller: string;
}

export interface ControllerRow extends Place {
  readonly state: ControllerState;
  /** For `unknown`: whether a status was heard at all. */
  readonly unknownBecause: 'not-heard' | 'not-renewed' | null;
  /**
   * Wall time since which it is so, as we heard it or as it says itself; for `unknown` the time of its last word;
   * `null` where nobody can tell.
   */
  readonly sinceMilliseconds: number | null;
  readonly status: Seen<'status'> | null;
  /** Of the last 75 s, while it is online. */
  readonly health: Seen<'health'> | null;
}

export interface FaultRow extends Place {
  readonly device: string;
  readonly code: string;
  readonly fault: Seen<'fault'>;
  /** `null` where it holds. */
  readonly doubt: Doubt | null;
}

export interface DeviceRow extends Place {
  readonly device: string;
  /** What it said last; `null` where that cannot be read. */
  readonly state: Seen<'device'> | null;
  readonly doubt: Doubt | null;
  /** What holds now; `null` is unknown. */
  readonly status: DeviceStatus | null;
}

export interface QueueRow extends Place {
  readonly queue: string;
  readonly state: Seen<'queue'> | null;
  readonly doubt: Doubt | null;
}

export interface WindowRow extends Place {
  readonly window: string;
  readonly state: Seen<'window'> | null;
  readonly doubt: Doubt | null;
}

/** The waiting area of a controller. */
export interface RoomRow extends Place {
  readonly state: Seen<'room'> | null;
  readonly doubt: Doubt | null;
}

/** Paper, ink or toner of a printer. */
export interface SupplyRow extends Place {
  readonly device: string;
  readonly supply: string;
  /** 0 to 100; `null` is unknown. */
  readonly levelPercent: number | null;
  /** `ok`, `low`, `empty` as the printer says it. */
  readonly state: string | null;
  readonly doubt: Doubt | null;
}

export interface HubRow {
  /** Without user info. */
  readonly url: string;
  readonly connected: boolean;
  /** Wall time since which `connected` is as it is. */
  readonly sinceMilliseconds: number;
  /** Why not connected, or what the hub refuses; empty if all is well. */
  readonly detail: string;
}

export interface HallView {
  /** Wall time of this view. */
  readonly atMilliseconds: number;
  /** The hall that is watched; `null` for all. */
  readonly hall: string | null;
  readonly hub: HubRow;
  /** What is shown is as of the moment at which the hub was lost. */
  readonly stale: boolean;
  /** The hub has told everything that it keeps. */
  readonly complete: boolean;
  readonly controllers: readonly ControllerRow[];
  /** The worst first; what somebody has shelved comes last. */
  readonly faults: readonly FaultRow[];
  /** The worst first. */
  readonly devices: readonly DeviceRow[];
  readonly queues: readonly QueueRow[];
  readonly windows: readonly WindowRow[];
  readonly rooms: readonly RoomRow[];
  readonly supplies: readonly SupplyRow[];
  /** Messages that were no valid payload of their topic. */
  readonly unreadable: number;
  /** Topics that are not shown because there are too many. */
  readonly leftOut: number;
}
