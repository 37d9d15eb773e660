import type { Group } from './group.js';
import type { Recovered } from './recover.js';

/** What is in storage and not only in memory, as of the last record. */
export class StoredState {
  /** JSON texts by key. */
  readonly state: Map<string, string>;
  record: number;
  sequence: number;
  /** The store id is recorded. */
  hasId: boolean;

  constructor({ state, lastRecord, lastSequence, store }: Recovered) {
    this.state = state;
    this.record = lastRecord;
    this.sequence = lastSequence;
    this.hasId = store !== undefined;
  }

  /** The group was written as `record`. */
  apply(group: Group, record: number): void {
    for (const [key, text] of group.puts) {
      if (text === 'null') this.state.delete(key);
      else this.state.set(key, text);
    }
    this.record = record;
    this.sequence = Math.max(this.sequence, group.lastSequence);
    this.hasId = true;
  }
}
