import type { Clock, Timer } from '../../kernel/clock.js';

/** Hands are out of the cabinet, and what was put in lies still. */
const settleMilliseconds = 10_000;

interface CabinetDoorEvents {
  opened(): void;
  /** It is closed, or nobody knows any more, and things had time to settle. */
  settled(): void;
  openTooLong(minutes: number): void;
  notOpenTooLong(): void;
}

/** The door of the cabinet: nothing is judged while it is open, nor shortly after. */
export class CabinetDoor {
  /** `null`: nobody knows. `undefined`: not told yet. */
  #closed: boolean | null | undefined;
  #settledAt = 0;
  #settling: Timer | undefined;
  #patience: Timer | undefined;

  constructor(
    private readonly name: string,
    private readonly clock: Clock,
    private readonly openMinutes: number,
    private readonly events: CabinetDoorEvents,
  ) {}

  get state(): 'open' | 'closed' | null {
    if (this.#closed === undefined || this.#closed === null) return null;
    return this.#closed ? 'closed' : 'open';
  }

  /** What was measured from then on counts. A door that nobody knows of hides nothing: it is as closed. */
  counts(fromMilliseconds: number): boolean {
    return this.#closed !== undefined && this.#closed !== false && fromMilliseconds >= this.#settledAt;
  }

  is(closed: boolean | null): void {
    if (closed === this.#closed) return;
    const wasOpen = this.#closed === false;
    this.#closed = closed;
    this.stop();
    if (closed === false) {
      this.events.opened();
      this.#patience = this.clock.after(`${this.name}: its door is open`, this.openMinutes * 60_000, () =>
        this.events.openTooLong(this.openMinutes),
      );
      return;
    }
    this.events.notOpenTooLong();
    if (!wasOpen) {
      this.events.settled();
      return;
    }
    this.#settledAt = this.clock.monotonicMilliseconds() + settleMilliseconds;
    this.#settling = this.clock.after(`${this.name}: it settles`, settleMilliseconds, () =>
      this.events.settled(),
    );
  }

  stop(): void {
    this.#settling?.cancel();
    this.#patience?.cancel();
  }
}
