import type { Clock } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { Files } from './files.js';

export interface StoreOptions {
  /** Made where absent. One process at a time. */
  readonly directory: string;
  /** Gives the `source` of the envelopes, `/hallward/{hall}/{controller}`; the stored state may know it. */
  readonly source: (state: ReadonlyMap<string, Json>) => string;
  readonly clock: Clock;
  readonly log: Log;
  /** Id of the machine's boot. */
  readonly boot: string;
  /** Cap on all segments together; 256 if absent. */
  readonly maximumMegabytes?: number;
  readonly files?: Files;
  /** Ids of events; UUIDv7 if absent. */
  readonly newId?: (wallMilliseconds: number) => string;
}
