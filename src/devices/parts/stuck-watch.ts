import type { Clock, Timer } from '../../kernel/clock.js';

interface StuckEvents {
  /** A line has been active for too long without a break; told for the first one only. */
  stuck(index: number): void;
  /** None is any more. */
  free(): void;
  crashed(error: unknown): void;
}

/** Finds lines that stay active for too long. */
export class StuckWatch {
  readonly #timers = new Map<number, Timer>();
  readonly #stuck = new Set<number>();

  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly afterMilliseconds: number,
    private readonly events: StuckEvents,
  ) {}

  get isStuck(): boolean {
    return this.#stuck.size > 0;
  }

  /** A line's level, first as it is, then at each change. */
  level(index: number, active: boolean): void {
    this.#timers.get(index)?.cancel();
    this.#timers.delete(index);
    if (active) {
      this.#timers.set(
        index,
        this.clock.after(`${this.name} is stuck`, this.afterMilliseconds, () => this.#stick(index)),
      );
    } else if (this.#stuck.delete(index) && this.#stuck.size === 0) {
      this.events.free();
    }
  }

  /** The lines are lost: nothing is known of them, and no timer is left. */
  forget(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#stuck.clear();
  }

  #stick(index: number): void {
    this.#timers.delete(index);
    this.#stuck.add(index);
    if (this.#stuck.size > 1) return;
    try {
      this.events.stuck(index);
    } catch (error) {
      this.events.crashed(error);
    }
  }
}
