/** Visitors who wait sit down, and stand up when they are called. */
import type { Clock, Timer } from '../../kernel/clock.js';
import { between } from './random.js';

export interface SeatedOptions {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** The switch under each seat. */
  readonly seats: readonly { setTaken(taken: boolean): void }[];
  /** How many wait with a ticket; `undefined` where nobody can tell: then everybody stays as they are. */
  readonly waiting: () => number | undefined;
}

export class Seated {
  readonly #taken: boolean[];
  #timer: Timer | undefined;

  constructor(private readonly options: SeatedOptions) {
    this.#taken = options.seats.map(() => false);
  }

  /** By seat: whether somebody sits there. */
  get taken(): readonly boolean[] {
    return this.#taken;
  }

  start(): void {
    this.#move();
  }

  /** No timer is left. */
  stop(): void {
    this.#timer?.cancel();
  }

  /** One of them sits down or stands up; then a while later the next. */
  #move(): void {
    const { clock, random, seats, waiting } = this.options;
    const people = waiting();
    const sitting = this.#taken.filter(Boolean).length;
    const wanted = people === undefined ? sitting : Math.min(people, seats.length);
    if (wanted !== sitting) {
      const sitsDown = wanted > sitting;
      const choice = this.#taken.flatMap((taken, seat) => (taken === sitsDown ? [] : [seat]));
      const seat = choice[Math.floor(random() * choice.length)] ?? 0;
      this.#taken[seat] = sitsDown;
      seats[seat]?.setTaken(sitsDown);
    }
    this.#timer = clock.after('demo: seats', between(random, 400, 900), () => this.#move());
  }
}
