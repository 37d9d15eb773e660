/** The demo's washroom: who uses it, what it smells of, and the cleaner, who knows only the lamp at its door. */
import type { Clock } from '../../kernel/clock.js';
import { LifeTimers } from './life-timers.js';
import { between } from './random.js';

/** The washroom as somebody in it can reach it. */
export interface WashroomFront {
  door(open: boolean): void;
  readonly cubicles: readonly { setTaken(taken: boolean): void }[];
  floor(wet: boolean): void;
  /** What the gas sensor gets to smell, as its raw signal: the lower, the worse. */
  smell(raw: number): void;
  button(held: boolean): void;
  readonly isLampLit: boolean;
}

interface WashroomLifeOptions {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly washroom: WashroomFront;
  /** How many people are in the hall. */
  readonly inside: () => number;
}

const cleanAir = 31_000;
/** What each visit leaves in the air. */
const visitSmell = 90;
const doorOpenMilliseconds = 700;
/** Longer than a visitor's touch. */
const holdMilliseconds = 1_800;
const lookMilliseconds = 1_000;

export class WashroomLife {
  readonly #taken: boolean[];
  readonly #timers: LifeTimers;
  #smell = 0;
  #wet = false;
  #openings = 0;
  #cleaner: 'away' | 'coming' | 'at work' = 'away';

  constructor(private readonly options: WashroomLifeOptions) {
    this.#timers = new LifeTimers(options.clock);
    this.#taken = options.washroom.cubicles.map(() => false);
  }

  /** Water stands on its floor. */
  get isWet(): boolean {
    return this.#wet;
  }

  start(): void {
    this.#visitLater();
    this.#look();
  }

  /** No timer is left. */
  stop(): void {
    this.#timers.stop();
  }

  /** Somebody spills water, or wipes it up. */
  wet(wet: boolean): void {
    this.#wet = wet;
    this.options.washroom.floor(wet);
  }

  #visitLater(): void {
    this.#timers.after('washroom', this.#between(14_000, 24_000), () => {
      this.#visitLater();
      if (this.options.inside() > 0 && this.#cleaner !== 'at work') this.#visit();
    });
  }

  #visit(): void {
    const { cubicles } = this.options.washroom;
    this.#openDoor();
    this.#timers.after('to a cubicle', this.#between(1_200, 2_000), () => {
      const cubicle = this.#taken.indexOf(false);
      this.#take(cubicle, true);
      this.#timers.after('in a cubicle', this.#between(4_000, 9_000), () => {
        if (cubicle < cubicles.length) this.#take(cubicle, false);
        this.#smell += visitSmell;
        this.#breathe();
        this.#timers.after('washes hands', this.#between(1_500, 2_500), () => this.#openDoor());
      });
    });
  }

  #take(cubicle: number, taken: boolean): void {
    if (this.#taken[cubicle] === undefined) return;
    this.#taken[cubicle] = taken;
    this.options.washroom.cubicles[cubicle]?.setTaken(taken);
  }

  #openDoor(): void {
    const { washroom } = this.options;
    this.#openings++;
    washroom.door(true);
    this.#timers.after('door closes', doorOpenMilliseconds, () => {
      this.#openings--;
      if (this.#openings === 0) washroom.door(false);
    });
  }

  #breathe(): void {
    this.options.washroom.smell(cleanAir - this.#smell);
  }

  /** The cleaner sees the lamp, sooner or later. */
  #look(): void {
    this.#timers.after('cleaner looks', lookMilliseconds, () => {
      this.#look();
      if (this.#cleaner !== 'away' || !this.options.washroom.isLampLit) return;
      this.#cleaner = 'coming';
      this.#timers.after('cleaner comes', this.#between(9_000, 14_000), () => this.#clean());
    });
  }

  #clean(): void {
    const { washroom } = this.options;
    this.#cleaner = washroom.isLampLit ? 'at work' : 'away';
    if (this.#cleaner === 'away') return;
    this.#openDoor();
    this.#timers.after('cleaner cleans', 4_000, () => {
      this.#smell = 0;
      this.#breathe();
      this.wet(false);
      this.#openDoor();
      this.#timers.after('cleaner at the button', 2_000, () => {
        washroom.button(true);
        this.#timers.after('cleaner holds the button', holdMilliseconds, () => {
          washroom.button(false);
          // One who sees the lamp lit still comes back.
          this.#timers.after('cleaner goes', 3_000, () => {
            this.#cleaner = 'away';
          });
        });
      });
    });
  }

  #between(low: number, high: number): number {
    return between(this.options.random, low, high);
  }
}
