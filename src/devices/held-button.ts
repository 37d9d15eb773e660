import type { Clock, Timer } from '../kernel/clock.js';

/** Held so long, a button means it, if nobody says otherwise: a touch, or a cloth that wipes over it, does not. */
const standardMeantMilliseconds = 2_000;
/** Held so long, it hangs. */
const stuckMilliseconds = 30_000;

interface HeldButtonEvents {
  /** It was held long enough; told while it is still held. */
  held(atMilliseconds: number): void;
  stuck(heldMilliseconds: number): void;
  /** A stuck one is free again. */
  free(): void;
}

/** A button that has to be held. One that is down already when it is first heard of means nothing until it was up. */
export class HeldButton {
  #active: boolean | undefined;
  #since = 0;
  #meant: Timer | undefined;
  #stuck: Timer | undefined;
  #isStuck = false;

  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly events: HeldButtonEvents,
    private readonly meantMilliseconds = standardMeantMilliseconds,
  ) {}

  /** Its level: first as it is, then at each edge. */
  level(active: boolean, atMilliseconds: number): void {
    if (active === this.#active) return;
    const isFirst = this.#active === undefined;
    this.stop();
    this.#active = active;
    this.#since = atMilliseconds;
    if (!active) {
      if (this.#isStuck) this.events.free();
      this.#isStuck = false;
      return;
    }
    if (!isFirst) {
      this.#meant = this.clock.after(`${this.name} is held`, this.meantMilliseconds, () =>
        this.events.held(this.#now),
      );
    }
    this.#stuck = this.clock.after(`${this.name} hangs`, stuckMilliseconds, () => {
      this.#isStuck = true;
      this.events.stuck(this.#now - this.#since);
    });
  }

  /** Nobody knows its level any more. */
  forget(): void {
    this.stop();
    this.#active = undefined;
    if (this.#isStuck) this.events.free();
    this.#isStuck = false;
  }

  stop(): void {
    this.#meant?.cancel();
    this.#stuck?.cancel();
  }

  get #now(): number {
    return this.clock.monotonicMilliseconds();
  }
}
