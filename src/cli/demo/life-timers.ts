import type { Clock, Timer } from '../../kernel/clock.js';

/** The timers of something that lives in the demo: once it is stopped none is left, and none begins. */
export class LifeTimers {
  readonly #running = new Set<Timer>();
  #stopped = false;

  constructor(private readonly clock: Clock) {}

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** `undefined` where it is stopped already. */
  after(name: string, milliseconds: number, run: () => void): Timer | undefined {
    if (this.#stopped) return undefined;
    const timer = this.clock.after(`demo: ${name}`, milliseconds, () => {
      this.#running.delete(timer);
      run();
    });
    this.#running.add(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    timer.cancel();
    this.#running.delete(timer);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#running) timer.cancel();
    this.#running.clear();
  }
}
