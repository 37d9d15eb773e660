/** Says who waits in our queues, for those who print it or lead on when we are gone: at most once a second. */
import { mirrorOf } from '../../calling/mirror.js';
import type { CallingDesk } from '../../hall/calling-desk.js';
import { type Clock, rfc3339, type Timer } from '../../kernel/clock.js';
import type { Waiting } from '../../protocols/hub/hall-payloads.js';
import type { Topics } from '../../protocols/hub/topics.js';
import type { HallLine } from '../hall-line.js';

export interface MirrorsOptions {
  readonly topics: Topics;
  readonly session: number;
  readonly clock: Clock;
  readonly line: HallLine;
  readonly queues: readonly string[];
  readonly desk: () => CallingDesk | undefined;
  readonly epoch: () => number;
}

const pauseMilliseconds = 1_000;
/** A hall with thousands waiting says it less often: so much a second. */
const charactersPerSecond = 200_000;

export class Mirrors {
  readonly #said = new Map<string, string>();
  #timer: Timer | undefined;
  #stopped = false;
  #dirty = false;

  constructor(private readonly options: MirrorsOptions) {}

  /** Something may have changed. */
  changed(): void {
    if (this.#stopped) return;
    this.#dirty = true;
    if (this.#timer === undefined) this.#say();
  }

  /** @param kept queues whose topics stay: they are said anew, or the process ends */
  stop(kept: readonly string[]): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const queue of this.#said.keys()) {
      if (!kept.includes(queue)) this.options.line.setRetained(this.options.topics.waiting(queue), null);
    }
  }

  #say(): void {
    const { topics, session, clock, line, queues, desk, epoch } = this.options;
    const leading = desk();
    this.#dirty = false;
    let characters = 0;
    for (const queue of leading === undefined ? [] : queues) {
      const mirror = mirrorOf(leading!.calling, leading!.settings.calling, queue);
      const text = JSON.stringify([epoch(), mirror]);
      characters += text.length;
      if (this.#said.get(queue) === text) continue;
      this.#said.set(queue, text);
      const { label } = leading!.settings.calling.queues[queue] ?? {};
      line.setRetained(topics.waiting(queue), {
        queue,
        epoch: epoch(),
        session,
        at: rfc3339(clock.wallMilliseconds()),
        label: label ?? queue,
        mirror,
      } satisfies Waiting);
    }
    const pause = pauseMilliseconds + (characters / charactersPerSecond) * 1_000;
    this.#timer = clock.after('say who waits', pause, () => {
      this.#timer = undefined;
      if (this.#dirty) this.#say();
    });
  }
}
