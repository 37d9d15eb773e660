/**
 * When somebody will be called, from who waits, which windows are open and how long services take. A plain reckoning
 * (`estimate.ts` measures how far it is to be trusted, and widens it until it is):
 *
 * - A window that is open starts a service each *cycle*: the mean of the queue's latest services and the moment
 *   until the next call. It is free for the first when the service that runs there is over, as far as one can say.
 * - A window that serves several queues gives each a share of its time, so that queues which share windows are
 *   through at the same time where that is possible: whoever waits longest is called first, so a queue that lags
 *   behind takes more of the windows that it shares. A window of one queue alone gives it all.
 * - Somebody with `ahead` others before them is called when the windows' shares have started so many services.
 *
 * Nothing is remembered, so a window that opens, closes or pauses changes the outcome at once.
 */
import { millisecondsBetween, type Stamp } from '../kernel/stamp.js';
import { isAttended } from './decision.js';
import { remainingMilliseconds } from './measure.js';
import { remainingSeconds, type ServiceTimes, serviceTimes } from './pace.js';
import { emptyPace } from './pace-record.js';
import type { PaceRecord, TicketRecord } from './records.js';
import type { CallingSettings } from './settings.js';
import type { CallingState } from './state.js';
import { queuesServed, type WindowsView } from './window-queues.js';

/** What the reckoning looks at: the state, or a draft over it. */
export interface Scene extends WindowsView {
  readonly calling: CallingState;
  readonly settings: CallingSettings;
  readonly now: Stamp;
  ticket(id: string): TicketRecord | undefined;
  pace(queue: string): PaceRecord | undefined;
}

/** A wait: the most likely one, and the unit that its uncertainty is measured in, both in seconds. */
export interface Expectation {
  readonly seconds: number;
  readonly scaleSeconds: number;
}

/** A state as it is, without a draft. */
export function sceneOf(calling: CallingState, settings: CallingSettings, now: Stamp): Scene {
  return {
    calling,
    settings,
    now,
    planTime: calling.planTime,
    recordOf: (window) => calling.windows.get(window),
    ticket: (id) => calling.tickets.get(id),
    pace: (queue) => calling.paces.get(queue),
  };
}

/** A window that serves a queue now: what share of its time it gives to it, and when it is free. */
interface Share {
  part: number;
  readonly window: string;
}

/** How many turns the sharing takes; more change nothing that anybody would notice. */
const sharingTurns = 12;
/** What a service is taken to last where none was seen yet, to share windows among queues. */
const unknownCycleSeconds = 300;
const leastScaleSeconds = 15;

/** The shares of all windows that are open, by queue, as long as `waiting` says who waits. */
export class Reckoning {
  readonly #scene: Scene;
  readonly #shares = new Map<string, Share[]>();
  readonly #times = new Map<string, ServiceTimes | undefined>();
  readonly #free = new Map<string, number>();

  /** @param asked a queue to reckon for, whether or not anybody waits in it. */
  constructor(scene: Scene, asked?: string) {
    this.#scene = scene;
    const open: Share[][] = [];
    for (const name of scene.calling.windows.keys()) {
      const window = scene.recordOf(name);
      if (window === undefined || !isAttended(window) || window.unattended) continue;
      const queues = queuesServed(scene, scene.settings, name).filter(
        (queue) => queue === asked || this.#waiting(queue) > 0,
      );
      const shares = queues.map((queue) => {
        const share = { window: name, part: 1 / queues.length };
        this.#sharesOf(queue).push(share);
        return share;
      });
      if (shares.length > 1) open.push(shares);
    }
    if (open.length > 0) this.#share(open);
  }

  /**
   * The wait of somebody who comes `ahead` others behind in a queue; `undefined` while no window is open for it, or
   * nothing is known of its services.
   */
  wait(queue: string, ahead: number): Expectation | undefined {
    const shares = this.#shares.get(queue);
    const times = this.#timesOf(queue);
    if (shares === undefined || times === undefined) return undefined;
    const cycle = this.#cycleOf(queue);
    const windows = shares.reduce((sum, { part }) => sum + part, 0);
    const seconds = this.#whenStarted(shares, cycle, ahead + 0.5);
    const perService = (times.deviationSeconds / windows) ** 2 * (ahead + 0.5);
    const ofMean = ((seconds * times.deviationSeconds) / cycle) ** 2 / times.count;
    return { seconds, scaleSeconds: Math.max(leastScaleSeconds, Math.sqrt(perService + ofMean)) };
  }

  #sharesOf(queue: string): Share[] {
    let shares = this.#shares.get(queue);
    if (shares === undefined) {
      shares = [];
      this.#shares.set(queue, shares);
    }
    return shares;
  }

  #waiting(queue: string): number {
    const lines = this.#scene.calling.lines(queue);
    return (lines?.priority.size ?? 0) + (lines?.normal.size ?? 0);
  }

  #timesOf(queue: string): ServiceTimes | undefined {
    if (!this.#times.has(queue)) {
      const pace = this.#scene.pace(queue);
      this.#times.set(queue, pace && serviceTimes(pace));
    }
    return this.#times.get(queue);
  }

  #cycleOf(queue: string): number {
    const times = this.#timesOf(queue);
    if (times === undefined) return unknownCycleSeconds;
    return Math.max(1, times.meanSeconds + (this.#scene.pace(queue)?.turnaroundSeconds ?? 0));
  }

  /** Gives the queues that lag behind more of the windows that they share, until none can catch up any more. */
  #share(open: readonly (readonly Share[])[]): void {
    const queues = [...this.#shares].map(([queue, shares]) => ({
      shares,
      work: (this.#waiting(queue) + 1) * this.#cycleOf(queue),
    }));
    const lag = new Map<Share, number>();
    for (let turn = 0; turn < sharingTurns; turn++) {
      for (const { shares, work } of queues) {
        const through = work / shares.reduce((sum, { part }) => sum + part, 1e-9);
        for (const share of shares) lag.set(share, through);
      }
      for (const shares of open) {
        const all = shares.reduce((sum, share) => sum + share.part * lag.get(share)!, 0);
        for (const share of shares) share.part = (share.part * lag.get(share)!) / all;
      }
    }
  }

  /**
   * When the shares will have started so many services. Each starts one when its window is free and one each cycle
   * from then on; half of the first is counted at once and the rest evenly, so that the middle of each step counts.
   */
  #whenStarted(shares: readonly Share[], cycle: number, services: number): number {
    const free = shares
      .map(({ window, part }) => ({ part, from: this.#freeIn(window) }))
      .sort((a, b) => a.from - b.from);
    let started = 0;
    let rate = 0;
    let time = 0;
    for (const { part, from } of free) {
      const reached = started + rate * (from - time);
      if (reached >= services) break;
      started = reached + part / 2;
      time = from;
      rate += part / cycle;
      if (started >= services) return time;
    }
    return time + (services - started) / rate;
  }

  /** Seconds until a window can call, as far as one can say. */
  #freeIn(name: string): number {
    let seconds = this.#free.get(name);
    if (seconds === undefined) {
      seconds = this.#reckonFree(name);
      this.#free.set(name, seconds);
    }
    return seconds;
  }

  #reckonFree(name: string): number {
    const { now } = this.#scene;
    const window = this.#scene.recordOf(name);
    if (window === undefined) return 0;
    if (window.hold !== null) return remainingMilliseconds(window.hold, now) / 1000;
    const ticket = window.ticket === null ? undefined : this.#scene.ticket(window.ticket);
    if (ticket?.called) {
      const elapsed = Math.max(0, millisecondsBetween(ticket.called.at, now) ?? 0) / 1000;
      const pace = this.#scene.pace(ticket.queue) ?? emptyPace;
      const mean = this.#timesOf(ticket.queue)?.meanSeconds ?? unknownCycleSeconds;
      return remainingSeconds(pace, elapsed, mean) + (pace.turnaroundSeconds ?? 0);
    }
    return 0;
  }
}
