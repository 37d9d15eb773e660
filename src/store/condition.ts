import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { jsonObject } from './group.js';
import type { StorageCondition } from './types.js';

/** Share of the cap from which undelivered events are worth a warning. */
const lowShare = 3 / 4;

export interface ConditionOptions {
  readonly log: Log;
  readonly capBytes: number;
  readonly damagedRecords: number;
  /** Value of `droppedKey` in the state, as JSON text. */
  readonly dropped: string | undefined;
  readonly writer: () => Pick<StorageCondition, 'mode' | 'unwrittenRecords'> & {
    readonly error: string | undefined;
  };
}

/** Keeps the storage's condition and tells when it changes. */
export class Condition {
  /** Key of the state that the counts of dropped events are kept under. */
  static readonly droppedKey = 'store/dropped';
  readonly listeners = new Listeners<[]>();
  readonly #dropped: Map<string, number>;
  #damagedRecords: number;
  #low = false;

  constructor(private readonly options: ConditionOptions) {
    this.#damagedRecords = options.damagedRecords;
    const counts =
      options.dropped === undefined ? {} : (JSON.parse(options.dropped) as Record<string, number>);
    this.#dropped = new Map(Object.entries(counts));
  }

  get now(): StorageCondition {
    const { mode, error, unwrittenRecords } = this.options.writer();
    return {
      mode,
      ...(error === undefined ? {} : { error }),
      unwrittenRecords,
      low: this.#low,
      dropped: Object.fromEntries(this.#dropped),
      damagedRecords: this.#damagedRecords,
    };
  }

  get low(): boolean {
    return this.#low;
  }

  judgeSpace(undeliveredBytes: number): void {
    const low = undeliveredBytes > this.options.capBytes * lowShare;
    if (low === this.#low) return;
    this.#low = low;
    this.tell();
  }

  /** Counts undelivered events that were let go; returns what is to be put into the state. */
  addDropped(events: Iterable<{ readonly type: string }>): string {
    for (const { type } of events) this.#dropped.set(type, (this.#dropped.get(type) ?? 0) + 1);
    return jsonObject(this.#dropped);
  }

  addDamaged(): void {
    this.#damagedRecords++;
    this.tell();
  }

  /** A listener that throws does not stop the writing. */
  tell(): void {
    try {
      this.listeners.tell();
    } catch (error) {
      this.options.log.error({ error }, 'a listener of the storage condition failed');
    }
  }
}
