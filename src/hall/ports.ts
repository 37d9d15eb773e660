/** What the hall needs of the layers above it. */
import type { Clock } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { QueueState, WindowState } from '../protocols/hub/payloads.js';

export interface HallPorts {
  readonly clock: Clock;
  /** Id of the machine's boot. */
  readonly boot: string;
  readonly log: Log;
  readonly newId: () => string;
  /** Stored state as of the newest commit. */
  readonly state: ReadonlyMap<string, Json>;
  /** Records a change; nothing but a board's repaint may leave before `synced`. */
  commit(change: { events?: readonly NewEvent[]; puts?: Readonly<Record<string, Json>> }): {
    readonly synced: Promise<void>;
  };
  /** Retained topics; `null` clears. */
  publishQueue(queue: string, state: QueueState | null): void;
  publishWindow(window: string, state: WindowState | null): void;
  /** A rating on `device` cannot be tied to unit, staff and matter, or such ratings are over. */
  unmapped(device: string, window: string): void;
  mapped(device: string): void;
}
