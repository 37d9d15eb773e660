import type { Clock } from '../../kernel/clock.js';
import { type Stamp, secondsBetween, stampNow } from '../../kernel/stamp.js';

/** A device does not know the machine's boot, only what it has seen itself. */
const thisLife = 'this life';
const earlierLife = 'an earlier life';

/** When something happened, as far as anybody knows: a clock may be wrong then, or now, or be set in between. */
export class Moment {
  #wall: number | null;

  private constructor(
    private readonly clock: Clock,
    private readonly stamp: Stamp,
  ) {
    this.#wall = stamp.quality === 'untrusted' ? null : stamp.wallMilliseconds;
  }

  static now(clock: Clock): Moment {
    return new Moment(clock, stampNow(clock, thisLife));
  }

  /** One that was kept over a restart. @param wall what `wall` was then */
  static kept(clock: Clock, wall: number | null): Moment {
    const quality = wall === null ? 'untrusted' : 'holdover';
    return new Moment(clock, {
      boot: earlierLife,
      monotonicMilliseconds: 0,
      wallMilliseconds: wall ?? 0,
      quality,
    });
  }

  /** Unix milliseconds; `null` while nobody knows. Known as soon as the clock can be trusted, and then the same for ever. */
  get wall(): number | null {
    const { boot, monotonicMilliseconds } = this.stamp;
    if (this.#wall === null && boot === thisLife && this.clock.quality() !== 'untrusted') {
      const passed = this.clock.monotonicMilliseconds() - monotonicMilliseconds;
      this.#wall = Math.round(this.clock.wallMilliseconds() - passed);
    }
    return this.#wall;
  }

  /** Whole seconds since then; `null` where nobody measured them. */
  get secondsAgo(): number | null {
    return secondsBetween(this.stamp, stampNow(this.clock, thisLife));
  }
}
