import type { Clock, TimeQuality, Timer } from './clock.js';

interface Entry {
  readonly name: string;
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that a test moves by hand. Timers run in the order of their due time, then of their setting. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  #entries: Entry[] = [];
  /** Difference between wall and monotonic time; set it to make the wall clock jump. */
  wallOffsetMilliseconds: number;
  trust: TimeQuality = 'synced';

  constructor(startRfc3339 = '2026-11-21T01:00:00.000Z') {
    this.wallOffsetMilliseconds = Date.parse(startRfc3339);
  }

  monotonicMilliseconds(): number {
    return this.#now;
  }

  wallMilliseconds(): number {
    return this.wallOffsetMilliseconds + this.#now;
  }

  quality(): TimeQuality {
    return this.trust;
  }

  pending(): string[] {
    return this.#entries.map((entry) => entry.name);
  }

  after(name: string, milliseconds: number, run: () => void): Timer {
    const entry = { name, at: this.#now + Math.max(0, milliseconds), order: this.#order++, run };
    this.#entries.push(entry);
    return {
      name,
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** Moves time on, running what falls due, and lets promises settle between two timers. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      const next = this.#entries
        .filter((entry) => entry.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined) break;
      this.#entries = this.#entries.filter((entry) => entry !== next);
      this.#now = next.at;
      next.run();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets pending promise reactions run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
