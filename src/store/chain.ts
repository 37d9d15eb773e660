/** The chain over a store's chained events: how far it has come, as recorded and as others may know it. */
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { type ChainHead, chainOf } from '../protocols/hub/rating-chain.js';

/** Key of the state that it is kept under. */
export const chainKey = 'store/chain';

export class Chain {
  /** With every commit so far. */
  #committed: ChainHead;
  #synced: ChainHead;
  readonly #listeners = new Listeners<[]>();

  /** @param recorded the value in the state, as JSON text */
  constructor(
    recorded: string | undefined,
    private readonly log: Log,
  ) {
    this.#committed = recorded === undefined ? { count: 0, head: null } : JSON.parse(recorded);
    this.#synced = this.#committed;
  }

  /** With every commit that may leave: its record is synced, or the storage has failed. */
  get synced(): ChainHead {
    return this.#synced;
  }

  get committed(): ChainHead {
    return this.#committed;
  }

  /** Adds an event, as it will be sent but without `data.chain`, and returns its `data.chain`. */
  add(json: string): string {
    const head = chainOf(this.#committed.head, JSON.parse(json));
    this.#committed = { count: this.#committed.count + 1, head };
    return head;
  }

  /** The events up to this point may leave. */
  admitted(upTo: ChainHead): void {
    this.#synced = upTo;
    try {
      this.#listeners.tell();
    } catch (error) {
      this.log.error({ error }, 'a listener of the chain failed');
    }
  }

  /** Told whenever `synced` has grown. */
  onGrown(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }
}
