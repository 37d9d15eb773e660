/** What the hall needs of the layers above it. */
import type { Clock } from '../kernel/clock.js';
import type { Evidence } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { Text } from '../kernel/text.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { ChannelsState, QueueState, RoomState, WindowState } from '../protocols/hub/payloads.js';

/** A change that is recorded at once or not at all. */
export interface HallChange {
  readonly events?: readonly NewEvent[];
  readonly puts?: Readonly<Record<string, Json>>;
}

export interface HallPorts {
  readonly clock: Clock;
  /** The time that the process itself lives in, where the hall's runs faster (a day in minutes); `clock` if absent. */
  readonly processClock?: Clock | undefined;
  /** Id of the machine's boot. */
  readonly boot: string;
  readonly log: Log;
  readonly newId: () => string;
  /** Stored state as of the newest commit. */
  readonly state: ReadonlyMap<string, Json>;
  /** Records a change; nothing but a board's repaint may leave before `synced`. */
  commit(change: HallChange): { readonly synced: Promise<void> };
  /** Retained topics; `null` clears. */
  publishQueue(queue: string, state: QueueState | null): void;
  publishWindow(window: string, state: WindowState | null): void;
  publishChannels(state: ChannelsState): void;
  publishRoom(state: RoomState | null): void;
  /** A fault of the catalogue stands on a device, or on `controller`; saying it again updates what it says. */
  raise(fault: {
    readonly device: string;
    readonly code: string;
    readonly evidence?: Evidence;
    readonly parts?: readonly string[];
    /** In place of the declared words, where these do not fit. */
    readonly text?: Text;
  }): void;
  clear(device: string, code: string): void;
  /** The other controller that leads a queue, where two claim it and this one gives out no tickets; else `null`. */
  claimedElsewhere?(queue: string): string | null;
}
