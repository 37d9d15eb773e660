/** A store in memory for tests of the supervisor: commits are recorded and synced when the test says so, or at once. */
import type { Json } from '../../src/kernel/json.js';
import type { NewEvent } from '../../src/protocols/hub/events.js';
import type { Change, Committed } from '../../src/store/types.js';

export class MemoryCommits {
  readonly events: NewEvent[] = [];
  readonly state = new Map<string, Json>();
  /** Set to hold syncs back; `release` lets them through. */
  held = false;
  readonly #waiting: (() => void)[] = [];

  readonly commit = (change: Change): Committed => {
    this.events.push(...(change.events ?? []));
    for (const [key, value] of Object.entries(change.puts ?? {})) {
      if (value === null) this.state.delete(key);
      else this.state.set(key, value);
    }
    const synced = this.held
      ? new Promise<void>((resolve) => this.#waiting.push(resolve))
      : Promise.resolve();
    return { events: [], synced };
  };

  release(): void {
    this.held = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Types of the events so far, then forgets them. */
  takeTypes(): string[] {
    return this.events.splice(0).map((event) => event.type);
  }
}
