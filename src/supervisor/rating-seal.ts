/** Publishes how far the chain of ratings has come, sealed with the board's key, whenever it has grown. */
import { type Clock, rfc3339, type Timer } from '../kernel/clock.js';
import { asHallwardError } from '../kernel/errors.js';
import type { RatingsState } from '../protocols/hub/payloads.js';
import { signedText } from '../protocols/hub/rating-head.js';
import type { Store } from '../store/types.js';
import type { BoardKey } from './board-key.js';
import type { FaultBook } from './fault-book.js';

/** Several ratings within this time are one message. */
const pauseMilliseconds = 1_000;
/** A disk that hangs may take for ever; then people are told, and the head goes out without a seal. */
const keyMilliseconds = 2_000;
const code = 'controller.board-key-unusable';

export interface RatingSealOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'storeId' | 'chain' | 'onChain'>;
  readonly faults: Pick<FaultBook, 'raise' | 'clear'>;
  /** Reads the key, or makes it; rejects where it cannot be used. */
  readonly openKey: () => Promise<BoardKey>;
  readonly publish: (state: RatingsState) => void;
}

export class RatingSeal {
  #key: BoardKey | undefined;
  /** The key is there, or nobody waits for it any more. */
  #ready = false;
  /** Head and key of what was published last. */
  #published: string | undefined;
  #pause: Timer | undefined;
  #stopped = false;
  #ignore = () => {};

  constructor(private readonly options: RatingSealOptions) {}

  /**
   * Publishes the head as it is, then whenever it has grown. A key that cannot be used is a fault and no error:
   * ratings are taken and chained all the same, and their head goes out without a seal.
   * Resolves, within 2 s, once the first head is published. Never rejects.
   */
  start(): Promise<void> {
    const { store, clock, openKey } = this.options;
    this.#ignore = store.onChain(() => this.#grown());
    return new Promise((resolve) => {
      const late = clock.after('board key', keyMilliseconds, () => {
        this.#unsealed('the disk does not answer');
        resolve();
      });
      const opened = openKey().then(
        (key) => this.#sealed(key),
        (error: unknown) => this.#unsealed(asHallwardError(error, 'board-key.unreadable').message),
      );
      void opened.finally(() => {
        late.cancel();
        resolve();
      });
    });
  }

  /** What has grown since the last message is said now. */
  stop(): void {
    if (this.#ready) this.#publish();
    this.#stopped = true;
    this.#ignore();
    this.#pause?.cancel();
  }

  #sealed(key: BoardKey): void {
    if (this.#stopped) return;
    this.#key = key;
    this.options.faults.clear('controller', code);
    this.#publish();
  }

  #unsealed(reason: string): void {
    if (this.#stopped) return;
    this.options.faults.raise({ device: 'controller', code, evidence: { reason } });
    // How many there are can be compared all the same.
    this.#publish();
  }

  #grown(): void {
    if (!this.#ready || this.#stopped || this.#pause !== undefined) return;
    if (!this.#publish()) return;
    this.#pause = this.options.clock.after('seal of ratings', pauseMilliseconds, () => {
      this.#pause = undefined;
      this.#grown();
    });
  }

  /** False where that is said already. */
  #publish(): boolean {
    const { clock, store, publish } = this.options;
    const { count, head } = store.chain;
    const publicKey = this.#key?.publicKey ?? null;
    this.#ready = true;
    if (this.#published === `${head} ${publicKey}`) return false;
    this.#published = `${head} ${publicKey}`;
    const at = rfc3339(clock.wallMilliseconds());
    const open: RatingsState = { store: store.storeId, count, head, at, publicKey, signature: null };
    publish({ ...open, signature: this.#key?.sign(signedText(open)) ?? null });
    return true;
  }
}
