/**
 * The people of the demo: visitors who come in and take a ticket, some with priority, some who miss their call and come
 * back; clerks who press keys; visitors who rate and go. They act on the far ends alone and know only what people in a hall
 * can know.
 */
import type { Clock, Timer } from '../../kernel/clock.js';
import type { KeypadKey } from './floor-plan.js';
import type { Paper, Wish } from './kiosk.js';
import { LifeTimers } from './life-timers.js';
import { between } from './random.js';

interface PeopleOptions {
  readonly clock: Clock;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly windows: readonly string[];
  readonly queues: readonly string[];
  /** The door of the hall. */
  readonly door: { comeIn(through: () => void): void; goOut(): void };
  /** Takes a ticket; `undefined` if there is none to be had now. */
  readonly issue: (wish: Wish) => Promise<Paper | undefined>;
  /** Says at the ticket machine that somebody who was passed over is here again. */
  readonly comeBack: (ticket: string) => Promise<boolean>;
  readonly press: (window: string, key: KeypadKey) => void;
  readonly rate: (window: string, level: number) => void;
  /** Whose number stands at a window: `A008`, `null` for nobody's, `undefined` where nobody can tell. */
  readonly serving: (window: string) => string | null | undefined;
  /** How many wait in a queue with a ticket, as far as it is known. */
  readonly waiting: (queue: string) => number | undefined;
}

const firstVisitors = 9;
/** Those who find this many people without a ticket at the machine leave again. */
const mostAtKiosk = 12;
const manyWaiting = 7;
const fewWaiting = 4;
const ratingShare = 0.6;
const priorityShare = 0.12;
/** Of those who were passed over, so many come back. */
const comeBackShare = 0.6;
/** Papers that are looked for in pockets. */
const rememberedPapers = 100;
/** Whoever was not served within this time goes. */
const patienceMilliseconds = 15 * 60_000;
/** How often each level is pressed, 5 first. */
const levels: readonly (readonly [level: number, share: number])[] = [
  [5, 0.6],
  [4, 0.23],
  [3, 0.1],
  [2, 0.05],
  [1, 0.02],
];

export class People {
  /** Who stands at the ticket machine, the first first. */
  readonly #atKiosk: Wish[] = [];
  /** On their way to it through the door. */
  #coming = 0;
  /** Ids of tickets by their numbers, as they stand on the papers. */
  readonly #papers = new Map<string, string>();
  /** Whoever is inside with a ticket, by its number: when they have had enough. */
  readonly #patience = new Map<string, Timer>();
  #issuing = false;
  readonly #timers: LifeTimers;

  constructor(private readonly options: PeopleOptions) {
    this.#timers = new LifeTimers(options.clock);
  }

  /** Visitors at the ticket machine who have no ticket yet. */
  get atKiosk(): number {
    return this.#atKiosk.length;
  }

  start(): void {
    for (let visitor = 0; visitor < firstVisitors; visitor++) {
      this.#timers.after('visitor arrives', 300 + visitor * 350, () => this.#arrive());
    }
    this.#timers.after('visitor arrives', 300 + firstVisitors * 350, () => this.#arriveForEver());
    for (const [index, window] of this.options.windows.entries()) {
      this.#timers.after(`clerk ${window} begins`, 1_500 + 900 * index, () => this.#callNext(window, null));
    }
  }

  /** No timer is left. */
  stop(): void {
    this.#timers.stop();
  }

  #arriveForEver(): void {
    this.#arrive();
    const { queues, waiting } = this.options;
    const lengths = queues.map((queue) => waiting(queue));
    const all = lengths.reduce<number | undefined>(
      (sum, length) => (sum === undefined || length === undefined ? undefined : sum + length),
      0,
    );
    const crowd = all === undefined ? 1 : all > manyWaiting ? 2.2 : all < fewWaiting ? 0.6 : 1;
    this.#timers.after('visitor arrives', this.#between(1_900, 3_300) * crowd, () => this.#arriveForEver());
  }

  #arrive(): void {
    if (this.#atKiosk.length + this.#coming >= mostAtKiosk) return;
    this.#coming++;
    this.options.door.comeIn(() => {
      this.#coming--;
      this.#atKiosk.push(this.#wish());
      void this.#takeTickets();
    });
  }

  /** Each queue has its day; a line that is much longer than the others puts people off. */
  #wish(): Wish {
    const { queues, waiting, random } = this.options;
    const shortest = Math.min(...queues.map((queue) => waiting(queue) ?? 0));
    const bearable = queues.filter((queue) => (waiting(queue) ?? 0) <= shortest + 2);
    const queue = bearable[Math.floor(random() * bearable.length)] ?? '';
    return { queue, priority: random() < priorityShare };
  }

  /** One after another; while there are no tickets people stand and try again. */
  async #takeTickets(): Promise<void> {
    const [first] = this.#atKiosk;
    if (this.#issuing || first === undefined) return;
    this.#issuing = true;
    const paper = await this.options.issue(first);
    this.#issuing = false;
    if (this.#timers.isStopped) return;
    if (paper !== undefined) {
      this.#atKiosk.shift();
      this.#keep(paper);
    }
    if (this.#atKiosk.length > 0)
      this.#timers.after('ticket machine', paper === undefined ? 1_000 : 400, () => void this.#takeTickets());
  }

  #keep({ number, ticket }: Paper): void {
    this.#papers.set(number, ticket);
    const [oldest] = this.#papers.keys();
    if (this.#papers.size > rememberedPapers && oldest !== undefined) this.#papers.delete(oldest);
    const timer = this.#timers.after(`${number} waits`, patienceMilliseconds, () => this.#goes(number));
    if (timer !== undefined) this.#patience.set(number, timer);
  }

  /** Whoever has this number goes out, after all that is to be done at a window. */
  #goes(number: string): void {
    const timer = this.#patience.get(number);
    if (timer === undefined) return;
    this.#timers.cancel(timer);
    this.#patience.delete(number);
    this.#timers.after(`${number} goes`, this.#between(1_500, 4_000), () => this.options.door.goOut());
  }

  /** @param former whose number stood there before the key was pressed. */
  #callNext(window: string, former: string | null | undefined): void {
    this.options.press(window, 'next');
    this.#timers.after(`clerk ${window} looks up`, this.#between(900, 1_500), () => {
      const number = this.options.serving(window);
      if (number === undefined) this.#serve(window, undefined);
      else if (number === null) this.#tryLater(window, null);
      // The same number still stands there: the key did nothing.
      else if (number === former) this.#tryLater(window, former);
      else if (this.options.random() < 0.07) this.#waitForNobody(window, number);
      else this.#serve(window, number);
    });
  }

  /** The call may have waited for a rating: then a new number stands there without another press. */
  #tryLater(window: string, former: string | null): void {
    this.#timers.after(`clerk ${window} tries again`, this.#between(2_000, 4_000), () => {
      const number = this.options.serving(window);
      if (number == null || number === former) this.#callNext(window, former);
      else this.#serve(window, number);
    });
  }

  /** Nobody comes: the number is called once more, then passed over. */
  #waitForNobody(window: string, number: string): void {
    this.#timers.after(`clerk ${window} recalls`, this.#between(3_000, 4_000), () => {
      this.options.press(window, 'recall');
      this.#timers.after(`clerk ${window} skips`, this.#between(3_000, 4_000), () => {
        this.options.press(window, 'skip');
        this.#timers.after(`clerk ${window} calls`, this.#between(800, 1_500), () => {
          const now = this.options.serving(window);
          if (now !== undefined && now !== number) this.#perhapsComeBack(number);
          this.#callNext(window, number);
        });
      });
    });
  }

  /** Whoever missed the call, and hears of it, goes to the ticket machine; the paper has the id. */
  #perhapsComeBack(number: string): void {
    const ticket = this.#papers.get(number);
    this.#papers.delete(number);
    if (ticket === undefined || this.options.random() >= comeBackShare) {
      this.#goes(number);
      return;
    }
    this.#timers.after(`${number} comes back`, this.#between(4_000, 8_000), () => {
      void this.options.comeBack(ticket);
    });
  }

  #serve(window: string, number: string | undefined): void {
    this.#timers.after(`clerk ${window} serves`, this.#between(6_000, 15_000), () => {
      const chance = this.options.random();
      if (number !== undefined) {
        this.#perhapsRate(window, number);
        this.#goes(number);
      }
      if (chance < 0.08) {
        this.options.press(window, 'pause');
        this.#timers.after(`clerk ${window} pauses`, this.#between(6_000, 10_000), () =>
          this.#callNext(window, number),
        );
      } else if (chance < 0.5) {
        this.options.press(window, 'done');
        this.#timers.after(`clerk ${window} calls`, this.#between(1_500, 3_500), () =>
          this.#callNext(window, number),
        );
      } else {
        this.#callNext(window, number);
      }
    });
  }

  /** Whoever was served rates after the end of the service, if it has really ended there. */
  #perhapsRate(window: string, number: string): void {
    if (this.options.random() >= ratingShare) return;
    const level = this.#level();
    this.#timers.after(`visitor rates at ${window}`, this.#between(600, 1_300), () => {
      const now = this.options.serving(window);
      if (now !== undefined && now !== number) this.options.rate(window, level);
    });
  }

  #level(): number {
    let rest = this.options.random();
    for (const [level, share] of levels) {
      rest -= share;
      if (rest < 0) return level;
    }
    return 5;
  }

  #between(low: number, high: number): number {
    return between(this.options.random, low, high);
  }
}
