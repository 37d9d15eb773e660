/** Which controllers of the hall live, by their status topics. */

import type { Clock, Timer } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import { statusSchema } from '../../protocols/hub/hall-payloads.js';
import { hallFilters, readTopic } from '../../protocols/hub/topics.js';
import type { HallLine } from '../hall-line.js';
import { read } from './read.js';

/** `online` is said again every 10 s and expires after 25 s, unless the broker knows no expiry. */
const expiryMilliseconds = 25_000;
/** What an older broker lets stand; then the will alone says that a controller has gone. */
const neverExpires = 'status-never-expires';
/** More controllers than any hall has; further ones are not looked at. */
const mostControllers = 256;

interface Seen {
  readonly session: number;
  readonly timer: Timer | undefined;
}

export class Presence {
  readonly #seen = new Map<string, Seen>();
  readonly #changed = new Listeners<[string]>();
  readonly #stop: () => void;

  /** @param own our own name, which is not looked at */
  constructor(
    line: HallLine,
    hall: string,
    own: string,
    private readonly clock: Clock,
  ) {
    this.#stop = line.listen(
      hallFilters(hall).status,
      ({ topic, payload }) => {
        const controller = readTopic(topic)?.controller;
        if (controller !== undefined && controller !== own) this.#status(controller, payload);
      },
      { optional: true },
    );
  }

  /** Session of a controller that is online; `undefined` for one that is not, or of which nobody knows. */
  sessionOf(controller: string): number | undefined {
    return this.#seen.get(controller)?.session;
  }

  /** Told with a controller's name when it has come, gone, or started anew. */
  onChange(listener: (controller: string) => void): () => void {
    return this.#changed.add(listener);
  }

  stop(): void {
    this.#stop();
    for (const { timer } of this.#seen.values()) timer?.cancel();
    this.#seen.clear();
  }

  #status(controller: string, payload: Uint8Array): void {
    const before = this.#seen.get(controller);
    const status = read(statusSchema, payload);
    before?.timer?.cancel();
    if (status?.state !== 'online') {
      if (this.#seen.delete(controller)) this.#changed.tell(controller);
      return;
    }
    if (before === undefined && this.#seen.size >= mostControllers) return;
    const { session, degraded } = status;
    const timer = degraded.includes(neverExpires)
      ? undefined
      : this.clock.after(`status of ${controller}`, expiryMilliseconds, () => {
          this.#seen.delete(controller);
          this.#changed.tell(controller);
        });
    this.#seen.set(controller, { session, timer });
    if (before?.session !== session) this.#changed.tell(controller);
  }
}
