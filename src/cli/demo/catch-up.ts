import type { Clock, Timer } from '../../kernel/clock.js';

const lookMilliseconds = 250;

export interface CatchUpOptions {
  readonly clock: Clock;
  /** The highest sequence number that the hub has. */
  readonly sequence: () => number;
  /** The hub is there and has everything. */
  readonly isComplete: () => boolean;
  /** Told how many events came late, once the hub has caught up. */
  readonly done: (events: number) => void;
}

/** Watches how the hub gets what was kept for it. */
export class CatchUp {
  #sequenceBefore: number | undefined;
  #timer: Timer | undefined;

  constructor(private readonly options: CatchUpOptions) {}

  /** The hub has gone. */
  away(): void {
    this.stop();
    this.#sequenceBefore = this.options.sequence();
  }

  /** The hub is back; what it missed is on its way. */
  back(): void {
    this.stop();
    this.#timer = this.options.clock.after('demo: catch up', lookMilliseconds, () => this.#look());
  }

  /** No timer is left. */
  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    if (!this.options.isComplete()) {
      this.back();
      return;
    }
    const events = this.options.sequence() - (this.#sequenceBefore ?? 0);
    this.options.done(events);
  }
}
