/** The windows by the events alone: their states, whom they serve, and who may rate there. */
import type { HallEvent } from '../events.js';
import type { Payload } from '../watcher.js';
import type { Ledger, RatingPress } from './front.js';
import { check, closedWindow, type KnownTicket, type KnownWindow, type Slack } from './known.js';
import type { Lines } from './lines.js';
import { clockTime, holdSeconds, plannedQueues, type QueueName, ratingSeconds, windowNames } from './plan.js';

/** What falls due is recorded and told within this. */
const patienceMilliseconds = 2_000;
/** A press that was on its way for longer than this (a busy machine, in a hall whose time runs fast) may go astray. */
const strayedAfterSeconds = 20;
const mostStrayed = 3;

export class WindowsSeen {
  /** Services that could be rated, and how they were answered. */
  readonly ratings = { submitted: 0, missed: 0, quarantined: 0, services: 0 };
  /** Keys that were pressed before this were not heard: there was no power. */
  deafUntil = 0;
  readonly #windows = new Map<string, KnownWindow>(windowNames.map((name) => [name, closedWindow()]));
  #strayed = 0;
  readonly #answered = new Set<RatingPress>();

  /**
   * @param ledger what people did
   * @param lines who waits
   */
  constructor(
    private readonly ledger: Ledger,
    private readonly lines: Lines,
    private readonly slack: Slack,
  ) {}

  of(name: string): KnownWindow {
    const window = this.#windows.get(name);
    if (window === undefined) throw new Error(`there is no window ${name}`);
    return window;
  }

  /** What a window calls from. */
  queuesAt(window: string, atMilliseconds: number): QueueName[] {
    const { ordered } = this.of(window);
    return ordered === null ? plannedQueues(window, clockTime(atMilliseconds)) : [...ordered];
  }

  /** Serves nobody any more. */
  free(window: string): void {
    Object.assign(this.of(window), { state: 'open', ticket: null });
  }

  serve(window: string, ticket: string, at: number): void {
    Object.assign(this.of(window), { state: 'serving', ticket, calledAt: at });
  }

  /** An order of the duty desk was carried out. */
  order(id: string): void {
    const order = this.ledger.orders.get(id);
    if (order === undefined) return;
    const { window, queues } = order;
    this.of(window).ordered = queues.length === 0 ? null : (queues as QueueName[]);
  }

  /** `window.opened`, `.paused`, `.resumed`, `.closed`. */
  changed(event: HallEvent): void {
    const { type, data } = event;
    const window = this.of(data.window);
    check(window.ticket === null, event, `it serves ${window.ticket}`);
    const before = { 'window.opened': 'closed', 'window.resumed': 'paused', 'window.paused': 'open' }[type];
    const fits = before === undefined ? window.state !== 'closed' : window.state === before;
    check(fits, event, `it was ${window.state}`);
    const state = { 'window.paused': 'paused', 'window.closed': 'closed' }[type] ?? 'open';
    window.state = state as KnownWindow['state'];
    if (data.reason === 'day-end') window.ordered = null;
  }

  /** A service has ended well: whoever had it may rate, once. */
  serviceEnded(data: Payload, known: KnownTicket, at: number, event: HallEvent): void {
    const window = this.of(data.window);
    check(window.session === null, event, 'somebody else may still rate');
    const served = (at - known.calledAt) / 1000;
    check(Math.abs(data.servedSeconds - served) <= this.slack.seconds, event, `it took ${served} s`);
    window.session = { ticket: data.ticket, at };
    this.ratings.services++;
  }

  missed(data: Payload, event: HallEvent): void {
    this.#endSession(data, event);
    this.ratings.missed++;
  }

  /** A rating belongs to the visitor who has pressed, and is what they have pressed. */
  rated(data: Payload, number: string | undefined, at: number, event: HallEvent): void {
    if (data.ticket === null) {
      check(data.quarantined === true && data.session === null, event, 'it belongs to nobody');
      this.ratings.quarantined++;
      return;
    }
    this.#endSession(data, event);
    this.ratings.submitted++;
    const press = this.ledger.ratings.findLast(
      (one) =>
        one.window === data.window &&
        !this.#answered.has(one) &&
        Math.abs(at - one.atMilliseconds) < this.slack.pressMilliseconds,
    );
    check(press !== undefined, event, 'nobody has pressed');
    this.#answered.add(press);
    if (press.number !== number) {
      // What was on its way for so long comes in the time of whoever is there now: nobody can tell, but it is rare.
      const late = (at - press.atMilliseconds) / 1000;
      const words = `${press.number} has pressed, ${late} s ago, not ${number}`;
      check(late > strayedAfterSeconds && ++this.#strayed <= mostStrayed, event, words);
    }
    check(press.level === data.level, event, `level ${press.level} was pressed`);
    const tied = data.unit !== null && data.staff !== null && data.matter !== null;
    check(tied && data.quarantined === undefined, event, 'it is not tied');
  }

  /** Notes since when somebody has waited for each window. */
  noteWaiting(at: number): void {
    for (const [name, window] of this.#windows) {
      const isEmpty = this.queuesAt(name, at).every((queue) => this.lines.waiting(queue) === 0);
      window.waitedForSince = isEmpty ? null : (window.waitedForSince ?? at);
    }
  }

  /** Nobody is kept waiting for a rating, or a call, longer than the rules say. */
  checkTime(now: number): void {
    for (const [name, window] of this.#windows) {
      const { session } = window;
      const over = session && Math.max(session.at + ratingSeconds * 1000, this.deafUntil);
      if (session !== null && over !== null && now - over > patienceMilliseconds) {
        throw new Error(`window ${name}: the rating of ${session.ticket} is neither given nor missed`);
      }
      if (this.#isIgnored(name, window, now)) {
        throw new Error(`window ${name}: next was pressed, people wait, and nobody is called`);
      }
    }
  }

  /** Each service that could be rated has been answered for, or may still be. */
  checkAnswers(): void {
    const { submitted, missed, services } = this.ratings;
    const open = [...this.#windows.values()].filter(({ session }) => session !== null).length;
    if (submitted + missed + open === services) return;
    throw new Error(`${services} services, but ${submitted} ratings, ${missed} missed, ${open} open`);
  }

  /** `next` was pressed with people waiting all the time, the hold is over, and nobody was called there. */
  #isIgnored(name: string, { state, calledAt, waitedForSince }: KnownWindow, now: number): boolean {
    const press = this.ledger.calls.findLast((one) => one.window === name);
    if (press === undefined || press.atMilliseconds < this.deafUntil) return false;
    const due = press.atMilliseconds + (holdSeconds + 1) * 1000;
    const people = waitedForSince !== null && waitedForSince < press.atMilliseconds;
    return now >= due && now - due < 1_000 && calledAt < press.atMilliseconds && state === 'open' && people;
  }

  #endSession({ window: name, ticket }: Payload, event: HallEvent): void {
    const window = this.of(name);
    check(window.session?.ticket === ticket, event, `the session is ${window.session?.ticket}`);
    window.session = null;
  }
}
