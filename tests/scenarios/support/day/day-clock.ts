/** Time for a whole day in one process: a heap of timers, and everything settles before the next one runs. */
import type { Clock, TimeQuality, Timer } from '../../../../src/kernel/clock.js';

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** The hall's time. Timers run in the order of their due time, then of their setting. */
export class DayClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  /** @param startWallMilliseconds what a clock on the wall shows first */
  constructor(private readonly startWallMilliseconds: number) {}

  monotonicMilliseconds(): number {
    return this.#now;
  }

  wallMilliseconds(): number {
    return this.startWallMilliseconds + this.#now;
  }

  quality(): TimeQuality {
    return 'synced';
  }

  pending(): string[] {
    return this.#heap.filter(({ cancelled }) => !cancelled).map(({ name }) => name);
  }

  after(name: string, milliseconds: number, run: () => void): Timer {
    const entry = {
      name,
      // As a real clock, it has a smallest step: whoever waits for the rest of a rounding error gets on by it.
      at: Math.round((this.#now + Math.max(0, Math.ceil(milliseconds * 1000) / 1000)) * 1000) / 1000,
      order: this.#order++,
      run,
      cancelled: false,
    };
    this.#push(entry);
    return {
      name,
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** Runs the next timer and lets everything settle that came of it. False where there is none. */
  async step(): Promise<boolean> {
    let next = this.#pop();
    while (next?.cancelled) next = this.#pop();
    if (next === undefined) return false;
    this.#now = next.at;
    next.run();
    await settled();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let child = heap.push(entry) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = last;
    return first;
  }
}

/** All promise reactions have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** The time of one machine, from its boot to the end of its power: then nothing of it runs any more. */
export class MachineClock implements Clock {
  #isOff = false;
  readonly #bootedAt: number;
  readonly #live = new Map<Timer, string>();

  constructor(private readonly world: Clock) {
    this.#bootedAt = world.monotonicMilliseconds();
  }

  get isOff(): boolean {
    return this.#isOff;
  }

  /** No timer runs any more, also none that is set later. */
  powerOff(): void {
    this.#isOff = true;
    for (const timer of this.#live.keys()) timer.cancel();
    this.#live.clear();
  }

  monotonicMilliseconds(): number {
    return this.world.monotonicMilliseconds() - this.#bootedAt;
  }

  wallMilliseconds(): number {
    return this.world.wallMilliseconds();
  }

  quality(): TimeQuality {
    return this.world.quality();
  }

  pending(): string[] {
    return [...this.#live.values()];
  }

  after(name: string, milliseconds: number, run: () => void): Timer {
    if (this.#isOff) return { name, cancel() {} };
    const timer = this.world.after(name, milliseconds, () => {
      this.#live.delete(timer);
      run();
    });
    this.#live.set(timer, name);
    return {
      name,
      cancel: () => {
        timer.cancel();
        this.#live.delete(timer);
      },
    };
  }
}
