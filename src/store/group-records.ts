/** What becomes of a group in the log: one record, with what else the next start must know in its head. */
import type { Delivered } from './delivered.js';
import { type Group, jsonObject } from './group.js';
import type { Journal } from './journal.js';
import { RecordEncoder } from './record.js';
import type { StoredState } from './stored-state.js';

export interface GroupRecordsOptions {
  readonly storeId: string;
  readonly journal: Journal;
  readonly delivered: Delivered;
  readonly stored: StoredState;
}

export class GroupRecords {
  readonly #encoder = new RecordEncoder();

  constructor(private readonly options: GroupRecordsOptions) {}

  /** Writes a group as the next record, synced. `fresh`: in a new file. */
  async write(group: Group, fresh: boolean): Promise<void> {
    const { storeId, journal, delivered, stored } = this.options;
    const moved = delivered.moved();
    const through = moved.length === 0 ? '' : `,"d":${jsonObject(moved)}`;
    const encode = (first: boolean) => {
      const store = first || !stored.hasId ? `,"store":${JSON.stringify(storeId)}` : '';
      const head = group.head(journal.lastRecord + 1, store + through);
      return this.#encoder.encode(head, group.events, group.eventBytes, group.events.length);
    };
    await journal.append(encode, group.events, fresh);
    delivered.recorded(moved);
    stored.apply(group, journal.lastRecord);
  }
}
