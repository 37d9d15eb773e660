import type { Clock } from '../../kernel/clock.js';
import type { HubView } from './model.js';

/** A board is painted before the hub is told, and a poll takes its time: a difference this short is none. */
const graceMilliseconds = 1_200;

/** Says which boards show something else than the hub's number, for longer than the wires explain. */
export class BoardTruth {
  readonly #wrongSince = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /**
   * @param known what the hub says; `undefined` while it cannot know
   * @param isAlarm the hub knows of a fire: then no board shows a number
   */
  isWrong(
    window: string,
    shows: string,
    known: ReturnType<HubView['windows']['get']>,
    isAlarm: boolean,
  ): boolean {
    const isPaused = isAlarm || known?.state === 'paused';
    const expected = known === undefined ? undefined : isPaused ? '------' : (known.number ?? '').slice(1);
    if (expected === undefined || shows.trim() === expected) {
      this.#wrongSince.delete(window);
      return false;
    }
    const now = this.clock.monotonicMilliseconds();
    const since = this.#wrongSince.get(window) ?? now;
    this.#wrongSince.set(window, since);
    return now - since >= graceMilliseconds;
  }
}
