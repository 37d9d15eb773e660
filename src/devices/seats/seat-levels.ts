import type { Timer } from '../../kernel/clock.js';
import type { DeviceContext } from '../kind.js';
import type { SeatLook } from './seat-states.js';

/** While sensors move they are looked at so often; what moves more often is the same move. */
const quickMilliseconds = 250;
/** While none does. */
const slowMilliseconds = 5_000;

/**
 * Levels of seats' sensors as they come, looked at together: often while one of them moves, seldom else, so that a flood
 * of edges costs no more than a few. Nothing is looked at before every sensor was heard of.
 */
export class SeatLevels {
  readonly #levels: (boolean | null | undefined)[];
  readonly #moved = new Set<number>();
  readonly #quickFor: number;
  #movedAt = 0;
  #timer: Timer | undefined;
  #dueAt = 0;

  /** @param settlingMilliseconds how long a level must last until it means something */
  constructor(
    seatCount: number,
    settlingMilliseconds: number,
    private readonly context: Pick<DeviceContext, 'name' | 'clock' | 'reports'>,
    private readonly look: (looks: readonly (SeatLook | null)[]) => void,
  ) {
    this.#levels = Array.from({ length: seatCount });
    this.#quickFor = settlingMilliseconds + 2 * quickMilliseconds;
  }

  /** @param closed `null` where it can't be believed */
  level(index: number, closed: boolean | null): void {
    const before = this.#levels[index];
    if (before === closed) return;
    this.#levels[index] = closed;
    if (before !== undefined) this.#moved.add(index);
    this.#movedAt = this.#now;
    if (!this.#levels.includes(undefined)) this.#lookWithin(before === undefined ? 0 : quickMilliseconds);
  }

  /** Nothing is known of any until it is heard of again. */
  forget(): void {
    this.stop();
    this.#levels.fill(undefined);
    this.#moved.clear();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  #lookWithin(milliseconds: number): void {
    if (this.#timer !== undefined && this.#dueAt - this.#now <= milliseconds) return;
    this.stop();
    this.#dueAt = this.#now + milliseconds;
    const { clock, name, reports } = this.context;
    this.#timer = clock.after(`${name}: look at the seats`, milliseconds, () => {
      this.#timer = undefined;
      try {
        this.#lookNow();
      } catch (error) {
        reports.crashed(error);
      }
    });
  }

  #lookNow(): void {
    const looks = this.#levels.map((closed, index) =>
      closed === null || closed === undefined ? null : { closed, moved: this.#moved.has(index) },
    );
    this.#moved.clear();
    this.#lookWithin(this.#now - this.#movedAt <= this.#quickFor ? quickMilliseconds : slowMilliseconds);
    this.look(looks);
  }
}
