import { expect } from 'vitest';
import type { CallingEvent } from '../../src/calling/events.js';
import type { CallingSettings } from '../../src/calling/settings.js';

interface Known {
  readonly id: string;
  queue: string;
  order: number;
  priority: boolean;
  via: 'returned' | 'transfer' | null;
  returned: boolean;
  at: 'waiting' | 'skipped' | 'ended' | { readonly window: string };
}

/** Whoever looks at the hall's windows: the queues that one calls from. */
type Look = (window: string) => readonly string[];

/** What an onlooker who sees nothing but events knows, and what must never surprise them. */
export class Onlooker {
  readonly tickets = new Map<string, Known>();
  readonly numbers = new Set<string>();
  readonly serving = new Map<string, string>();
  /** Services that ended, `ticket window`, and the rating sessions that did, with their services. */
  readonly services: string[] = [];
  readonly rated: string[] = [];
  readonly sessions = new Set<string>();
  days: string[] = [];
  /** Calls of each queue since one that went to priority; `null` where the day has turned meanwhile. */
  readonly #sincePriority = new Map<string, number | null>();
  #orders = 0;
  /** Who came back with the event before: a named call takes them from the place that they had. */
  #backFrom: { readonly ticket: string; readonly order: number } | undefined;

  constructor(
    private readonly settings: CallingSettings,
    private readonly queuesOf: Look,
  ) {}

  see(event: CallingEvent): void {
    this.#see(event);
    if (event.type !== 'ticket.returned') this.#backFrom = undefined;
  }

  #see(event: CallingEvent): void {
    switch (event.type) {
      case 'ticket.issued':
        this.#seeIssued(event.data);
        return;
      case 'ticket.called':
        this.#seeCalled(event.data);
        return;
      case 'ticket.recalled':
        expect(this.serving.get(event.data.window)).toBe(event.data.ticket);
        return;
      case 'ticket.transferred':
        this.#leave(event.data);
        Object.assign(this.known(event.data.ticket), {
          queue: event.data.to,
          via: 'transfer',
          at: 'waiting',
        });
        return;
      case 'ticket.prioritised':
        expect(this.known(event.data.ticket)).toMatchObject({ at: 'waiting', priority: false });
        this.known(event.data.ticket).priority = true;
        return;
      case 'ticket.returned':
        this.#seeReturned(event.data.ticket);
        return;
      case 'ticket.skipped':
        expect(event.data.window, 'skipped is who was called').not.toBeNull();
        this.#leave(event.data);
        this.known(event.data.ticket).at = 'skipped';
        return;
      case 'ticket.served':
      case 'ticket.cancelled':
      case 'ticket.expired':
        this.#leave(event.data, event.type === 'ticket.served');
        this.known(event.data.ticket).at = 'ended';
        return;
      case 'rating.submitted':
      case 'rating.missed': {
        const { session, ticket, window } = event.data;
        if (session === null || ticket === null) {
          expect(event.data).toMatchObject({ session: null, ticket: null, quarantined: true });
          return;
        }
        expect(this.services.at(-1) && this.services, 'rated where it was served').toContain(
          `${ticket} ${window}`,
        );
        expect(this.sessions, 'a session ends once').not.toContain(session);
        this.sessions.add(session);
        this.rated.push(`${ticket} ${window}`);
        return;
      }
      case 'rating.repeat-bad':
        return;
      default:
        expect(this.serving.has(event.data.window), 'a serving window changes state only after it').toBe(
          false,
        );
    }
  }

  known(ticket: string): Known {
    const known = this.tickets.get(ticket);
    if (known === undefined) throw new Error(`${ticket} was never issued`);
    return known;
  }

  waiting(queue: string): Known[] {
    return [...this.tickets.values()].filter((ticket) => ticket.queue === queue && ticket.at === 'waiting');
  }

  /** The day has turned: whoever was skipped and is not kept has ended; the mix begins anew, or does not. */
  seeNewDay(isKept: (ticket: string) => boolean): void {
    for (const ticket of this.tickets.values()) {
      if (ticket.at === 'skipped' && !isKept(ticket.id)) ticket.at = 'ended';
    }
    for (const queue of this.#sincePriority.keys()) this.#sincePriority.set(queue, null);
  }

  #seeIssued(data: (CallingEvent & { type: 'ticket.issued' })['data']): void {
    const { ticket, queue, day, number, priority, ahead } = data;
    const key = `${day} ${number}`;
    expect(this.numbers, 'a number given twice').not.toContain(key);
    this.numbers.add(key);
    expect(this.tickets.has(ticket)).toBe(false);
    const all = this.waiting(queue);
    const before = all.filter((other) => other.priority);
    if (!priority) expect(ahead).toBe(all.length);
    else expect(ahead >= before.length && ahead <= all.length).toBe(true);
    const order = ++this.#orders;
    const at = 'waiting';
    this.tickets.set(ticket, { id: ticket, queue, order, priority, via: null, returned: false, at });
    if (this.days.at(-1) !== day) this.days.push(day);
  }

  #seeCalled(data: (CallingEvent & { type: 'ticket.called' })['data']): void {
    const { ticket, window, rule, queue } = data;
    const known = this.known(ticket);
    expect(known.at, 'called only from waiting').toBe('waiting');
    expect(queue).toBe(known.queue);
    expect(this.serving.has(window), 'a window serves one').toBe(false);
    if (rule !== 'named') {
      this.#expectTurn(known, window, rule);
      const since = this.#since(queue);
      this.#sincePriority.set(queue, known.priority ? 0 : since === null ? null : since + 1);
    }
    if (rule === 'named' && this.#backFrom?.ticket === ticket) known.order = this.#backFrom.order;
    known.at = { window };
    this.serving.set(window, ticket);
  }

  #seeReturned(ticket: string): void {
    const known = this.known(ticket);
    expect(known.at, 'returns only from being skipped').toBe('skipped');
    expect(known.returned, 'returns once').toBe(false);
    const line = this.waiting(known.queue).filter(({ priority }) => priority === known.priority);
    line.sort((a, b) => a.order - b.order);
    const { returnPlaces } = this.settings.rules;
    const [before, after] = [line[returnPlaces - 1]?.order ?? 0, line[returnPlaces]?.order];
    const order = after === undefined ? ++this.#orders : (before + after) / 2;
    this.#backFrom = { ticket, order: known.order };
    Object.assign(known, { order, via: 'returned', returned: true, at: 'waiting' });
  }

  /** A ticket leaves the place that it had: a line, or a window, where it was served unless it is skipped or gone. */
  #leave(
    { ticket, window, queue, ...rest }: { ticket: string; window: string | null; queue: string },
    isServed = 'servedSeconds' in rest,
  ): void {
    const known = this.known(ticket);
    expect(known.at, 'a ticket ends once').not.toBe('ended');
    expect(known.at, 'who was skipped has ended').not.toBe('skipped');
    expect(queue).toBe(known.queue);
    expect(window).toBe(known.at === 'waiting' ? null : (known.at as { window: string }).window);
    if (window === null) return;
    this.serving.delete(window);
    if (isServed) this.services.push(`${ticket} ${window}`);
  }

  #since(queue: string): number | null {
    const since = this.#sincePriority.get(queue);
    return since === undefined ? Infinity : since;
  }

  /** The queue of the one who waits longest has its turn; in it the posted rule says who goes first. */
  #expectTurn(called: Known, window: string, rule: string): void {
    const candidates = this.queuesOf(window).flatMap((queue) => this.waiting(queue));
    const first = (tickets: Known[]) => [...tickets].sort((a, b) => a.order - b.order)[0];
    const oldest = first(candidates);
    const inQueue = candidates.filter(({ queue }) => queue === oldest?.queue);
    const priority = first(inQueue.filter((ticket) => ticket.priority));
    const normal = first(inQueue.filter((ticket) => !ticket.priority));
    const since = this.#since(called.queue);
    const enough = this.settings.rules.priorityOneIn - 1;
    if (priority === undefined || normal === undefined) expect(called).toBe(priority ?? normal);
    else if (priority.order < normal.order || (since ?? -1) >= enough) expect(called).toBe(priority);
    else if (since !== null) expect(called).toBe(normal);
    else expect([priority, normal]).toContain(called);
    expect(rule).toBe(called.via ?? (called.priority ? 'priority' : 'order'));
  }
}
