/** What queues and windows look like from outside (`R/queue/*`, `R/window/*`), fixed when it is decided, sent later. */
import { coverageOf, waitNow } from '../calling/estimate.js';
import { ratingShare } from '../calling/ratings.js';
import type { CallingSettings } from '../calling/settings.js';
import type { CallingState } from '../calling/state.js';
import { queueView, windowView } from '../calling/views.js';
import { rfc3339 } from '../kernel/clock.js';
import { stampNow } from '../kernel/stamp.js';
import type { HallPorts } from './ports.js';

export class Publications {
  constructor(
    private readonly calling: CallingState,
    private readonly settings: CallingSettings,
    private readonly ports: Pick<HallPorts, 'clock' | 'boot' | 'publishQueue' | 'publishWindow'>,
  ) {}

  /** The state of these as it is now; each function that is given publishes one of them. */
  of(queues: Iterable<string>, windows: Iterable<string>): (() => void)[] {
    return [
      ...[...queues]
        .filter((queue) => Object.hasOwn(this.settings.queues, queue))
        .map((queue) => this.#queue(queue)),
      ...[...windows].map((window) => this.#window(window)),
    ];
  }

  #queue(queue: string): () => void {
    const { clock, boot } = this.ports;
    const view = queueView(this.calling, queue, this.settings);
    const waitMinutes = waitNow(this.calling, queue, this.settings, stampNow(clock, boot));
    const waitCoverage = coverageOf(this.calling, queue);
    const state = { ...view, waitMinutes, waitCoverage, at: rfc3339(clock.wallMilliseconds()) };
    return () => this.ports.publishQueue(queue, state);
  }

  #window(window: string): () => void {
    const view = windowView(this.calling, window, this.settings);
    const { invited, rated } = ratingShare(this.calling, window);
    const at = rfc3339(this.ports.clock.wallMilliseconds());
    const state = { ...view, ratings: { invited, rated }, at };
    return () => this.ports.publishWindow(window, state);
  }
}
