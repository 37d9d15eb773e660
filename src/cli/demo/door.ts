/** The door of the demo's hall: people walk through two light barriers, one after the other. */
import type { Clock, Timer } from '../../kernel/clock.js';

/** From one barrier to the next, at a walk. */
const stepMilliseconds = 130;
/** Between two people: nobody walks on another one's heels. */
const gapMilliseconds = 200;

/** The two barriers. */
export interface BeamsFront {
  outer(broken: boolean): void;
  inner(broken: boolean): void;
}

type Way = 'in' | 'out';

export class Door {
  /** How many are really inside. */
  #inside = 0;
  #walking = false;
  readonly #queue: { readonly way: Way; readonly through: () => void }[] = [];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly beams: BeamsFront,
  ) {}

  get inside(): number {
    return this.#inside;
  }

  /** Somebody walks in, after those who are at the door already; `through` is told when that is done. */
  comeIn(through: () => void): void {
    this.#queue.push({ way: 'in', through });
    this.#next();
  }

  goOut(): void {
    this.#queue.push({ way: 'out', through: () => {} });
    this.#next();
  }

  /** No timer is left. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #next(): void {
    const person = this.#queue[0];
    if (this.#walking || this.#stopped || person === undefined) return;
    this.#queue.shift();
    this.#walking = true;
    const { outer, inner } = this.beams;
    const [first, second] = person.way === 'in' ? [outer, inner] : [inner, outer];
    first(true);
    this.#after(stepMilliseconds, () => {
      second(true);
      this.#after(stepMilliseconds, () => {
        first(false);
        this.#after(stepMilliseconds, () => {
          second(false);
          this.#inside += person.way === 'in' ? 1 : -1;
          person.through();
          this.#after(gapMilliseconds, () => {
            this.#walking = false;
            this.#next();
          });
        });
      });
    });
  }

  #after(milliseconds: number, run: () => void): void {
    if (!this.#stopped) this.#timer = this.clock.after('demo: in the door', milliseconds, run);
  }
}
