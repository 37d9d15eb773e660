import { Backoff } from '../../kernel/backoff.js';
import type { Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { BusBase } from '../../transports/ports.js';
import { restOfPeriod } from '../period.js';
import {
  failedLooks,
  longestPauseMilliseconds,
  type Part,
  type PartContext,
  type PartEvents,
} from './part.js';

export interface Look<Values> {
  /** Sets the chip up, and makes sure that it is the right one; before the first look, and anew after each loss. */
  begin?(): Promise<void>;
  /** One look. Rejects with a `HallwardError` where nothing is known by it; anything else is a crash. */
  look(): Promise<Values>;
}

/**
 * A part that is asked: one look after the other, at a pace; three failed ones in a row make it unknown, and then it is
 * asked with growing pauses until it answers. Knows the difference between a part that fails and a bus that is lost.
 */
export class PolledPart<Values> implements Part {
  readonly #backoff: Backoff;
  #timer: Timer | undefined;
  #stopped = false;
  #begun = false;
  #failures = 0;
  #told: string | undefined;

  /** @param bus what it hangs on, for its state alone */
  constructor(
    private readonly context: Pick<PartContext, 'name' | 'clock'>,
    private readonly bus: BusBase,
    private readonly everyMilliseconds: number,
    private readonly part: Look<Values>,
    private readonly events: PartEvents<Values>,
  ) {
    this.#backoff = new Backoff({
      firstMilliseconds: Math.min(everyMilliseconds, longestPauseMilliseconds),
      maximumMilliseconds: longestPauseMilliseconds,
    });
  }

  start(): void {
    this.#after(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #after(pause: number): void {
    if (this.#stopped) return;
    this.#timer = this.context.clock.after(`look at ${this.context.name}`, pause, () => {
      const began = this.#now;
      this.#look().then(
        // Some of the bus is left for others, also where looking takes all of the time.
        (next) => this.#after(restOfPeriod(next, this.#now - began)),
        (error: unknown) => {
          if (!this.#stopped) this.events.crashed(error);
        },
      );
    });
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  /** One look; gives how long after its begin the next one is due. */
  async #look(): Promise<number> {
    try {
      if (!this.#begun) await this.part.begin?.();
      this.#begun = true;
      const values = await this.part.look();
      if (this.#stopped) return 0;
      this.#failures = 0;
      this.#told = undefined;
      this.#backoff.reset();
      this.events.values(values, this.#now);
      return this.everyMilliseconds;
    } catch (thrown) {
      if (this.#stopped) return 0;
      if (!(thrown instanceof HallwardError) || this.#isMistake(thrown)) throw thrown;
      return this.#failed(thrown);
    }
  }

  /** Our own mistake; a bus that can't be opened says `usage`, too, but that is the bus's fault. */
  #isMistake({ kind }: HallwardError): boolean {
    return (kind === 'usage' || kind === 'internal') && this.bus.state === 'open';
  }

  #failed(error: HallwardError): number {
    if (this.bus.state !== 'open') {
      this.#begun = false;
      this.#failures = 0;
      this.#tell(busLost(this.bus.lostBecause ?? error));
      return this.#backoff.next();
    }
    // One that is asked rarely is asked again soon: three failed looks must not take minutes.
    if (error.kind === 'cancelled' || ++this.#failures < failedLooks)
      return Math.min(this.everyMilliseconds, longestPauseMilliseconds);
    this.#begun = false;
    this.#tell(error);
    return this.#backoff.next();
  }

  #tell(error: HallwardError): void {
    if (this.#told === error.code) return;
    this.#told = error.code;
    this.events.unknown(error);
  }
}

/** A lost bus is no fault of the part's, whatever it was lost by (wires that are held): the code says so. */
function busLost(because: HallwardError): HallwardError {
  return because.code.startsWith('wire.')
    ? because
    : new HallwardError('wire.lost', 'absent', because.message, {
        ...because.evidence,
        because: because.code,
      });
}
