/**
 * The store: one synced log of durable events and of the small state that changes with them.
 *
 * The commit point: nothing leaves the process (message, reply, paper) before `Committed.synced` resolves.
 */
import type { Json } from '../kernel/json.js';
import type { EventType, NewEvent } from '../protocols/hub/events.js';
import type { ChainHead } from '../protocols/hub/rating-chain.js';

/** What happens at once or not at all. */
export interface Change {
  readonly events?: readonly NewEvent[];
  /** New values of the keyed state; `null` takes the key away. */
  readonly puts?: Readonly<Record<string, Json>>;
}

export interface Committed {
  /** The sequence numbers and ids that the change's events got, in order. */
  readonly events: readonly { readonly sequence: number; readonly id: string }[];
  /**
   * Resolves when the record is synced; never rejects. When the storage has failed it resolves as soon as that is
   * known (at most 2 s after the commit): the hall goes on in memory, and `Store.condition` says so.
   */
  readonly synced: Promise<void>;
}

/** A recorded event as it is sent: `json` is the whole CloudEvents envelope. */
export interface StoredEvent {
  readonly sequence: number;
  readonly type: EventType;
  readonly json: string;
}

export interface StorageCondition {
  /** `memory`: the storage has failed and the newest changes are only in memory. */
  readonly mode: 'durable' | 'memory';
  /** Why, while in memory. */
  readonly error?: string;
  /** Changes that are only in memory. */
  readonly unwrittenRecords: number;
  /** Undelivered events take more than three quarters of `maxMegabytes`. */
  readonly low: boolean;
  /** Undelivered events let go because of the cap or the memory bound, by type, since the store began. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Records found damaged at opening (not the unfinished last one, which nobody was told of). */
  readonly damagedRecords: number;
}

export interface Outbox {
  /**
   * Synced events after sequence `after`, oldest first, for which `wanted` is true; at most `limit`. Looks at no
   * more than some thousand records a call: `scannedThrough` says where to go on. Synchronous when all of it is
   * still in memory, which is the rule while the hub is there.
   */
  read(
    after: number,
    limit: number,
    wanted: (type: EventType, sequence: number) => boolean,
  ): OutboxPage | Promise<OutboxPage>;
  /** The hub has all events of `type` up to `through`. Kept without a sync of its own; survives kill -9. */
  delivered(type: EventType, through: number): void;
  /** Up to which sequence the hub has the events of a type; 0 if none. */
  deliveredThrough(type: EventType): number;
  /** The highest synced sequence number. */
  readonly lastSequence: number;
  /** Every event before this sequence is delivered; where to begin reading after a start. */
  readonly firstUndelivered: number;
  /** Told after each sync that brought new events. */
  onSynced(listener: () => void): () => void;
  /** Events that the hub does not have yet. */
  readonly backlog: { readonly events: number; readonly bytes: number; readonly oldestAt: string | null };
  /**
   * Events still kept, delivered or not, from sequence `from` to `to`, oldest first. Rejects with
   * `events.other-store` (kind usage) for another store id.
   */
  kept(store: string, from: number, to: number): AsyncIterable<StoredEvent>;
}

export interface OutboxPage {
  readonly events: readonly StoredEvent[];
  readonly scannedThrough: number;
}

export interface Store {
  /** New only where storage was lost. */
  readonly storeId: string;
  readonly boot: string;
  /** The keyed state as of the newest commit, synced or not. */
  readonly state: ReadonlyMap<string, Json>;
  /** Takes effect in `state` at once, in the order of the calls. Never throws for a storage failure. */
  commit(change: Change): Committed;
  readonly outbox: Outbox;
  readonly condition: StorageCondition;
  onCondition(listener: () => void): () => void;
  /**
   * The wall clock, untrusted before, is now known to have been off by `addMilliseconds`: events recorded by this
   * process with an untrusted time and not sent yet get the right one.
   */
  correctTime(addMilliseconds: number): void;
  /** Wall time of the newest event found at opening, in Unix milliseconds; `null` if there is none. */
  readonly newestMilliseconds: number | null;
  /**
   * Asks the storage for a sync, which writes nothing, within 5 s: proof for the watchdog that it works. True also
   * while the hall goes on in memory, for a restart would only lose what is there.
   */
  prove(): Promise<boolean>;
  readonly bytesWritten: number;
  /** The chain of ratings as far as others may know it: each rating in it is synced, or the storage has failed. */
  readonly chain: ChainHead;
  /** Told whenever `chain` has grown, after the sync. */
  onChain(listener: () => void): () => void;
  /** Syncs what is left and gives the storage back. */
  close(): Promise<void>;
}
