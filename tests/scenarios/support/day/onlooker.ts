/**
 * Follows a hall by its durable events alone, and says at the first one that cannot be: a number given twice, a ticket
 * that ends twice, somebody called out of turn, a rating of somebody else's service.
 */
import type { HallEvent } from '../events.js';
import type { Payload } from '../watcher.js';
import type { Ledger } from './front.js';
import { check, type KnownTicket, type SeenCall, type Slack } from './known.js';
import { Lines, type Waiting } from './lines.js';
import { mostCalls, type QueueName, queues } from './plan.js';
import { WindowsSeen } from './windows-seen.js';

export class Onlooker {
  readonly tickets = new Map<string, KnownTicket>();
  readonly lines = new Lines();
  readonly windows: WindowsSeen;
  readonly calls: SeenCall[] = [];
  readonly lastCalled = new Map<QueueName, string>();
  readonly faults: Payload[] = [];
  /** Tickets of which the events say that no paper came out. */
  readonly unprinted = new Set<string>();
  /** Events by type. */
  readonly counts = new Map<string, number>();
  /** Of the newest event. */
  sequence = 0;
  #store: string | undefined;
  #day: string | undefined;
  readonly #numbers = new Set<string>();
  readonly #issued = new Map<QueueName, number>();
  readonly #standing = new Set<string>();

  /** @param ledger what people did */
  constructor(
    private readonly ledger: Ledger,
    private readonly slack: Slack,
  ) {
    this.windows = new WindowsSeen(ledger, this.lines, slack);
  }

  /** Takes the next event of the sequence in. Throws where it cannot be. */
  see(event: HallEvent): void {
    const expected = this.sequence + 1;
    check(Number(event.sequence) === expected, event, `expected sequence ${expected}`);
    this.#store ??= event.store;
    check(event.store === this.#store, event, 'another store');
    this.sequence = expected;
    this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
    const at = Date.parse(event.time);
    this.#see(event, at);
    this.windows.noteWaiting(at);
  }

  /** Whom a window serves. */
  ticketAt(window: string): KnownTicket | undefined {
    const id = this.windows.of(window).ticket;
    return id === null ? undefined : this.tickets.get(id);
  }

  /** What people were told is recorded; each service that could be rated has been answered for, or may still be. */
  checkAnswers(): void {
    this.windows.checkAnswers();
    for (const [ticket, number] of this.ledger.given) {
      const known = this.tickets.get(ticket);
      if (known?.number !== number) throw new Error(`${number} was given and never recorded`);
    }
  }

  /** The day is over: each ticket has ended, once, and each service that could be rated has been answered for. */
  checkEnd(): void {
    for (const { number, place } of this.tickets.values()) {
      if (place === 'ended' || place === 'skipped') continue;
      throw new Error(`${number} is forgotten: ${place} at the end of the day`);
    }
    this.checkAnswers();
  }

  #see(event: HallEvent, at: number): void {
    const { type, data } = event;
    switch (type) {
      case 'ticket.issued':
        this.#issue(data, at, event);
        return;
      case 'ticket.called':
        this.#call(data, at, event);
        return;
      case 'ticket.recalled':
        this.#recall(data, at, event);
        return;
      case 'ticket.transferred':
        this.#transfer(data, at, event);
        return;
      case 'ticket.returned':
        this.#return(data, at, event);
        return;
      case 'ticket.prioritised':
        this.#prioritise(data, event);
        return;
      case 'ticket.served':
      case 'ticket.skipped':
      case 'ticket.cancelled':
      case 'ticket.expired':
        this.#end(data, at, event);
        return;
      case 'rating.submitted':
        this.windows.rated(data, this.tickets.get(data.ticket)?.number, at, event);
        return;
      case 'rating.missed':
        this.windows.missed(data, event);
        return;
      case 'window.opened':
      case 'window.resumed':
      case 'window.paused':
      case 'window.closed':
        this.windows.changed(event);
        return;
      case 'fault.raised':
      case 'fault.cleared':
        this.#fault(data, event);
        return;
      case 'command.done':
        this.windows.order(data.id);
        return;
      case 'ticket.shown':
      case 'ticket.announced':
      case 'ticket.printed':
        check(this.tickets.has(data.ticket), event, 'nobody knows this ticket');
        if (type === 'ticket.printed' && data.result === 'failed') this.unprinted.add(data.ticket);
    }
  }

  #issue(data: Payload, at: number, event: HallEvent): void {
    const { ticket, number, day, priority, ahead } = data;
    const queue = data.queue as QueueName;
    const count = (this.#issued.get(queue) ?? 0) + 1;
    this.#issued.set(queue, count);
    check(!this.tickets.has(ticket), event, 'the ticket was issued before');
    check(!this.#numbers.has(number), event, 'the number was given before');
    this.#numbers.add(number);
    const expected = queues[queue].prefix + String(count).padStart(3, '0');
    check(number === expected, event, `expected ${expected}`);
    this.#day ??= day;
    check(day === this.#day, event, `the day is ${this.#day}`);
    const waiting = this.lines.waiting(queue);
    check(priority ? ahead <= waiting : ahead === waiting, event, `${waiting} wait`);
    const rank = this.lines.append(queue, ticket, priority);
    this.tickets.set(ticket, {
      ticket,
      number,
      issuedAt: at,
      queue,
      rank,
      priority,
      place: 'waiting',
      end: null,
      window: null,
      calledAt: 0,
      calls: 0,
      since: at,
      via: null,
      returned: false,
    });
  }

  #call(data: Payload, at: number, event: HallEvent): void {
    const known = this.#ticket(data, event);
    const { state, ticket, session } = this.windows.of(data.window);
    check(known.place === 'waiting', event, `it was ${known.place}`);
    check(state === 'open' && ticket === null, event, `the window is ${state} and serves ${ticket}`);
    check(session === null, event, `${session?.ticket} may still rate there`);
    const staff = this.ledger.staff.get(data.window) ?? null;
    check(data.staff === staff, event, `${staff} works there`);
    const waited = (at - known.since) / 1000;
    check(Math.abs(data.waitedSeconds - waited) <= this.slack.seconds, event, `it waited ${waited} s`);
    if (data.rule !== 'named') this.#checkTurn(data, known, at, event);
    this.lines.remove(known.queue, known.ticket);
    Object.assign(known, { place: 'serving', window: data.window, calledAt: at, calls: 1 });
    this.windows.serve(data.window, data.ticket, at);
    this.lastCalled.set(known.queue, known.number);
    this.#noteCall(data, at);
  }

  /** The posted rule. */
  #checkTurn(data: Payload, known: KnownTicket, at: number, event: HallEvent): void {
    const next = this.lines.next(this.windows.queuesAt(data.window, at));
    if (next !== data.ticket) {
      const known = ({ ticket }: Waiting) => this.tickets.get(ticket);
      const waiting = this.lines
        .everybody()
        .map((one) => `${known(one)?.number}${known(one)?.priority ? '!' : ''}`);
      check(
        false,
        event,
        `it is the turn of ${this.tickets.get(next ?? '')?.number}; ${waiting.join(' ')} wait`,
      );
    }
    const rule = known.via ?? (known.priority ? 'priority' : 'order');
    check(data.rule === rule, event, `it is called by ${rule}`);
    this.lines.called(known.queue, known.priority);
  }

  #recall(data: Payload, at: number, event: HallEvent): void {
    const known = this.#servedAt(data, event);
    known.calls++;
    check(known.calls <= mostCalls, event, `called ${known.calls} times`);
    this.#noteCall(data, at);
  }

  #noteCall({ number, window, ticket }: Payload, at: number): void {
    this.calls.push({ number, window, ticket, at });
  }

  #transfer(data: Payload, at: number, event: HallEvent): void {
    const known = this.#ticket(data, event);
    check(data.queue === known.queue && data.to !== known.queue, event, `it is in ${known.queue}`);
    if (data.window === null) {
      check(known.place === 'waiting', event, `it was ${known.place}`);
      this.lines.remove(known.queue, known.ticket);
    } else {
      this.#servedAt(data, event);
      this.windows.free(data.window);
      this.windows.serviceEnded(data, known, at, event);
    }
    Object.assign(known, { queue: data.to, place: 'waiting', window: null, since: at, via: 'transfer' });
    this.lines.insert(known.queue, known, known.priority);
  }

  #return(data: Payload, at: number, event: HallEvent): void {
    const known = this.#ticket(data, event);
    check(known.place === 'skipped' && !known.returned, event, `it was ${known.place}`);
    Object.assign(known, { place: 'waiting', end: null, returned: true, via: 'returned', since: at });
    known.rank = this.lines.putBack(known.queue, known.ticket, known.priority);
  }

  #prioritise(data: Payload, event: HallEvent): void {
    const known = this.#ticket(data, event);
    check(known.place === 'waiting' && !known.priority, event, 'it cannot be prioritised');
    this.lines.remove(known.queue, known.ticket);
    known.priority = true;
    this.lines.insert(known.queue, known, true);
  }

  /** `ticket.served`, `.skipped`, `.cancelled`, `.expired`: who was skipped may come back, the others have ended. */
  #end(data: Payload, at: number, event: HallEvent): void {
    const { type } = event;
    const atWindow = type === 'ticket.served' || type === 'ticket.skipped';
    const known = atWindow ? this.#servedAt(data, event) : this.#ticket(data, event);
    check(known.end === null, event, `it ended by ${known.end}`);
    check(data.window === known.window, event, `it is at window ${known.window}`);
    if (known.window !== null) this.windows.free(known.window);
    this.lines.remove(known.queue, known.ticket);
    if (type === 'ticket.served') this.windows.serviceEnded(data, known, at, event);
    Object.assign(known, { place: type === 'ticket.skipped' ? 'skipped' : 'ended', end: type, window: null });
  }

  #fault(data: Payload, event: HallEvent): void {
    const fault = `${data.device} ${data.code}`;
    if (event.type === 'fault.cleared') {
      check(this.#standing.delete(fault), event, 'it does not stand');
      return;
    }
    check(!this.#standing.has(fault), event, 'it stands already');
    this.#standing.add(fault);
    this.faults.push(data);
  }

  /** The ticket of an event that says that it is served at a window. */
  #servedAt(data: Payload, event: HallEvent): KnownTicket {
    check(this.windows.of(data.window).ticket === data.ticket, event, 'that window does not serve it');
    return this.#ticket(data, event);
  }

  #ticket(data: Payload, event: HallEvent): KnownTicket {
    const known = this.tickets.get(data.ticket);
    check(known !== undefined, event, 'it was never issued');
    check(data.number === known.number, event, `it is ${known.number}`);
    return known;
  }
}
