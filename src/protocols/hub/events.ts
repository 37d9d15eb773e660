/** Durable events: their types and data, declared once; the envelope is CloudEvents 1.0. */
import type * as v from 'valibot';
import { callingEvents } from './events/calling.js';
import { controlEvents } from './events/control.js';
import { tellingEvents } from './events/telling.js';
import { upkeepEvents } from './events/upkeep.js';

export type { KeepClass } from './events/fields.js';

/** Every event type with the schema of its data and its place in the order of letting go. */
export const eventTypes = { ...callingEvents, ...tellingEvents, ...upkeepEvents, ...controlEvents } as const;

export type EventType = keyof typeof eventTypes;
export type EventData<Type extends EventType> = v.InferInput<(typeof eventTypes)[Type]['data']>;

/** Events that a device records itself; `device` in their data is its name. */
export type DeviceEventType =
  | 'supply.changed'
  | 'occupancy.summary'
  | 'entrance.summary'
  | 'washroom.summary'
  | 'washroom.cleaned';

/** An event before it is recorded. */
export type NewEvent = {
  [Type in EventType]: { readonly type: Type; readonly subject: string; readonly data: EventData<Type> };
}[EventType];

/** Types whose events make one chain. */
export const chainedTypes: ReadonlySet<string> = new Set(
  Object.entries(eventTypes).flatMap(([type, declaration]) => ('chained' in declaration ? [type] : [])),
);

/** Content type of an event's message. */
export const eventContentType = 'application/cloudevents+json';

/** `/hallward/{hall}/{controller}`. */
export function eventSource(hall: string, controller: string): string {
  return `/hallward/${hall}/${controller}`;
}

/** A sequence number as it stands in the envelope: 16 digits, so that texts sort like numbers. */
export function formatSequence(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
