/**
 * Everybody in the hall for a day: visitors, staff, the duty desk. They act by keys, buttons and commands, and know only
 * what stands on boards and what they were told.
 */
import { between } from '../../../../src/cli/demo/random.js';
import { sleep } from '../../../../src/kernel/clock.js';
import type { Reply } from '../watcher.js';
import { Clerk } from './clerk.js';
import { emptyLedger, type HallFront, type Ledger } from './front.js';
import { type QueueName, timeOfDay, windows } from './plan.js';
import { plainVisit, type Visit } from './visits.js';

const second = 1_000;
/** Who gets no answer tries again so much later. */
const askAgainMilliseconds = 8 * second;

/** A visitor with a ticket. */
export interface Visitor {
  readonly visit: Visit;
  readonly number: string;
  /** In the waiting area, and would hear a call. */
  isHere: boolean;
  /** Was called in vain once. */
  missed: boolean;
}

export interface PeopleOptions {
  readonly front: HallFront;
  readonly visits: readonly Visit[];
  readonly random: () => number;
  /** Staff begin no earlier than this. */
  readonly fromMilliseconds: number;
  /** Staff look up at the board so much later than they could; 0 if absent. */
  readonly leisureMilliseconds?: number;
}

export class People {
  readonly ledger: Ledger = emptyLedger();
  readonly #visitors = new Map<string, Visitor>();
  /** Numbers that the duty desk asks windows to call next. */
  readonly #pleas = new Map<QueueName, string[]>();
  #commands = 0;

  constructor(readonly options: PeopleOptions) {}

  /** Everybody comes in time. Nobody need be ended: with the clock everything stops. */
  start(): void {
    const { visits, fromMilliseconds } = this.options;
    for (const visit of visits) this.#run(this.#visit(visit));
    for (const window of windows) this.#run(new Clerk(this, window, fromMilliseconds).work());
    this.#run(this.#orderWindows());
  }

  /** Somebody comes in right now. */
  oneMore(queue: QueueName): void {
    this.#run(this.#visit({ ...plainVisit, atMilliseconds: this.now, queue }));
  }

  get front(): HallFront {
    return this.options.front;
  }

  /** Unix milliseconds. */
  get now(): number {
    return this.front.clock.wallMilliseconds();
  }

  between(low: number, high: number): number {
    return between(this.options.random, low, high);
  }

  chance(share: number): boolean {
    return this.options.random() < share;
  }

  pause(milliseconds: number): Promise<void> {
    return sleep(this.front.clock, 'people', milliseconds);
  }

  until(atMilliseconds: number): Promise<void> {
    return this.pause(Math.max(0, atMilliseconds - this.now));
  }

  /** Who holds a number; `undefined` where nobody does who is still about. */
  visitor(number: string): Visitor | undefined {
    return this.#visitors.get(number);
  }

  /** A number that should be called next from one of some queues. */
  takePlea(queues: readonly QueueName[]): string | undefined {
    for (const queue of queues) {
      const number = this.#pleas.get(queue)?.shift();
      if (number !== undefined && this.#visitors.get(number)?.isHere === true) return number;
    }
    return undefined;
  }

  /** Says a command until somebody answers it. */
  async ask(name: string, args: object, order?: (id: string) => void): Promise<Reply> {
    const id = `people-${++this.#commands}`;
    order?.(id);
    for (;;) {
      const reply = await this.front.command(name, id, args);
      if (reply !== undefined) return reply;
      await this.pause(askAgainMilliseconds);
    }
  }

  /** The visitor has no matter left here, or has gone away. */
  gone(number: string): void {
    this.#visitors.delete(number);
  }

  async #visit(visit: Visit): Promise<void> {
    await this.until(visit.atMilliseconds);
    const { queue, priority, further } = visit;
    const reply = await this.ask('ticket.issue', { queue, priority, onward: further, at: 'hall' });
    if (!reply.ok || reply.result === undefined) {
      this.ledger.turnedAway.push(reply.error?.code ?? 'no answer');
      return;
    }
    const { ticket, number } = reply.result;
    this.ledger.given.set(ticket, number);
    this.#visitors.set(number, { visit, number, isHere: !visit.noShow, missed: false });
    await this.pause(visit.whimAfter);
    if (this.#visitors.get(number)?.isHere === true) await this.#follow(visit, number);
  }

  /** Changes of mind of somebody who waits. */
  async #follow({ whim, queue, sentOnTo, further }: Visit, number: string): Promise<void> {
    switch (whim) {
      case null:
        return;
      case 'cancel':
        if ((await this.ask('ticket.cancel', { ticket: number })).ok) this.gone(number);
        return;
      case 'plead':
        this.#pleas.set(queue, [...(this.#pleas.get(queue) ?? []), number]);
        return;
      case 'transfer':
        await this.ask('ticket.transfer', { ticket: number, queue: sentOnTo ?? further[0] ?? 'social' });
        return;
      default:
        await this.ask(`ticket.${whim}`, { ticket: number });
    }
  }

  /** A visitor whose number was skipped comes back, or never. */
  missed(visitor: Visitor): void {
    if (visitor.missed) return;
    visitor.missed = true;
    const { backAfter } = visitor.visit;
    if (backAfter !== null) this.#run(this.#comeBack(visitor, backAfter));
    else this.gone(visitor.number);
  }

  async #comeBack(visitor: Visitor, afterMilliseconds: number): Promise<void> {
    await this.pause(afterMilliseconds);
    // Whether it had come to skipping or not: from now on the visitor is there.
    visitor.isHere = true;
    await this.ask('ticket.return', { ticket: visitor.number });
  }

  /** The duty manager moves a window for the peak, and opens none for no reason. */
  async #orderWindows(): Promise<void> {
    const serve = async (at: string, window: string, queues: readonly QueueName[]) => {
      if (timeOfDay(at) < this.now) return;
      await this.until(timeOfDay(at));
      await this.ask('window.serve', { window, queues }, (id) => {
        this.ledger.orders.set(id, { window, queues });
      });
    };
    await serve('09:25', '11', ['tax', 'social']);
    await serve('11:00', '11', []);
    await serve('13:40', '3', ['social', 'medical']);
    await serve('15:30', '3', []);
  }

  /** A rating pressed some time later. */
  rateAfter(window: string, { number, visit }: Visitor, milliseconds: number): void {
    const { level } = visit;
    if (level === null) return;
    this.front.clock.after('visitor rates', milliseconds, () => {
      this.ledger.ratings.push({ window, number, level, atMilliseconds: this.now });
      this.front.rate(window, level);
    });
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.failure ??= error;
    });
  }

  /** A mistake of the model itself. */
  failure: unknown;
}
