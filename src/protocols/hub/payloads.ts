/** Payloads of the retained topics and of health (docs/contract.md, section 4). */
import type { TimeQuality } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { EventData } from './events.js';

/** NAMUR NE 107, worst first. */
export const deviceStatuses = [
  'failure',
  'function-check',
  'out-of-specification',
  'maintenance-required',
  'good',
] as const;
export type DeviceStatus = (typeof deviceStatuses)[number];

/** The worst of some; `good` of none. */
export function worstStatus(statuses: Iterable<DeviceStatus>): DeviceStatus {
  let worst = deviceStatuses.length - 1;
  for (const status of statuses) worst = Math.min(worst, deviceStatuses.indexOf(status));
  return deviceStatuses[worst]!;
}

export type Severity = 'high' | 'medium' | 'low';
export type Audience = 'maintenance' | 'duty' | 'admin';

export interface ControllerStatus {
  readonly state: 'online' | 'stopped' | 'lost';
  /** Grows with each start. */
  readonly session: number;
  /** Grows with each CONNECT. */
  readonly connection: number;
  readonly version: string;
  readonly configRevision: number;
  readonly startedAt: string;
  readonly at: string;
  /** What cannot hold on this broker. */
  readonly degraded?: readonly string[];
}

export interface DeviceState {
  readonly kind: string;
  /** Where it belongs and what people call it, as configured. */
  readonly window?: string;
  /** Windows that a voice speaks for, where not for all. */
  readonly windows?: readonly string[];
  readonly label?: string;
  readonly place?: string;
  readonly status: DeviceStatus;
  readonly verified: boolean;
  readonly faults: readonly string[];
  /** `row/bus.lost`: whose fault brought it down. */
  readonly cause?: string;
  readonly readings: Readonly<Record<string, number | string | boolean | null>>;
  readonly session: number;
  readonly at: string;
}

export type FaultState = EventData<'fault.raised'>;

export interface QueueState {
  readonly waiting: number;
  readonly windowsOpen: number;
  readonly waitMinutes: { low: number; median: number; high: number } | null;
  /** Of the latest expected waits, told or not, how many came true; `null` where too few were measured. */
  readonly waitCoverage: { readonly percent: number; readonly of: number } | null;
  readonly lastCalled: string | null;
  readonly at: string;
}

export interface WindowState {
  readonly state: 'closed' | 'open' | 'serving' | 'paused';
  readonly ticket: string | null;
  readonly number: string | null;
  /** Its visitor asked for priority (优先). */
  readonly priority: boolean;
  readonly staff: string | null;
  readonly queues: readonly string[];
  /** Of today: visitors who were invited to rate and could have done so by now, and who did. */
  readonly ratings: { readonly invited: number; readonly rated: number };
  readonly at: string;
}

/** How far the chain of ratings has come, sealed by the board (`rating-head.ts`). */
export interface RatingsState {
  readonly store: string;
  /** Ratings that this store has chained. */
  readonly count: number;
  /** `data.chain` of the newest one; `null` while there is none. */
  readonly head: string | null;
  readonly at: string;
  /** The board's Ed25519 key, its 32 bytes in base64; `null`, as `signature`, while the board has none to use. */
  readonly publicKey: string | null;
  /** Over the canonical JSON (RFC 8785) of all the above, in base64. */
  readonly signature: string | null;
}

/** The waiting area: what is not known is `null`. */
export interface RoomState {
  readonly seats: number;
  /** `null` where it is not known of all seats. */
  readonly taken: number | null;
  /** In the hall, by its doors. */
  readonly people: { readonly low: number; readonly median: number; readonly high: number } | null;
  /** Who is inside and neither sits nor is being served. */
  readonly standing: { readonly low: number; readonly median: number; readonly high: number } | null;
  readonly at: string;
}

/** Ways of telling people that do not work now, and what carries on instead. */
export interface ChannelsState {
  readonly down: readonly Omit<EventData<'channel.changed'>, 'state'>[];
  readonly at: string;
}

export interface Health {
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
  readonly cpuPercent: number | null;
  readonly eventLoopDelayMilliseconds: number | null;
  readonly outbox: { readonly events: number; readonly bytes: number; readonly oldestAt: string | null };
  readonly bytesWritten: number;
  readonly clock: TimeQuality;
  readonly temperatureCelsius?: number;
}

export interface Reply {
  readonly id: string;
  readonly ok: boolean;
  readonly result?: Json;
  readonly error?: { readonly code: string; readonly message: string };
}
