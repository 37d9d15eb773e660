/** Payloads of the retained topics, of health and of replies (docs/contract.md, section 4), by their schemas. */
import type * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import type { EventData } from './events.js';
import type * as schemas from './payload-schemas.js';

export { type DeviceStatus, deviceStatuses, worstStatus } from './device-status.js';

export type Severity = 'high' | 'medium' | 'low';
export type Audience = 'maintenance' | 'duty' | 'admin';

/** Nothing in it may be changed. */
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

type Payload<Schema extends v.GenericSchema> = Frozen<v.InferOutput<Schema>>;

export type ControllerStatus = Payload<typeof schemas.controllerStatus>;
export type DeviceState = Payload<typeof schemas.deviceState>;
export type FaultState = EventData<'fault.raised'>;
export type QueueState = Payload<typeof schemas.queueState>;
export type WindowState = Payload<typeof schemas.windowState>;
/** How far the chain of ratings has come, sealed by the board (`rating-head.ts`). */
export type RatingsState = Payload<typeof schemas.ratingsState>;
/** The waiting area: what is not known is `null`. */
export type RoomState = Payload<typeof schemas.roomState>;
/** Ways of telling people that do not work now, and what carries on instead. */
export type ChannelsState = v.InferOutput<typeof schemas.channelsState>;
export type Health = Payload<typeof schemas.health>;

/** What became of a configuration (docs/contract.md, section 5). */
export type ConfigReported = Payload<typeof schemas.configReported> & { readonly config: Json };

export type Reply = Payload<typeof schemas.reply> & { readonly result?: Json };
