/**
 * Leads the calling: an input is decided, taken into the state, painted on the boards and recorded; what others see
 * follows once the record is synced.
 */

import { decide } from '../calling/decide.js';
import type { Decision } from '../calling/decision.js';
import type { CallingInput, TicketInput } from '../calling/inputs.js';
import { readKey } from '../calling/records.js';
import { type Refusal, refusal } from '../calling/refusals.js';
import { type CallingSettings, queueSettings } from '../calling/settings.js';
import { apply, type CallingState, loadCalling } from '../calling/state.js';
import { nextTickAt } from '../calling/time.js';
import { queueView, windowView } from '../calling/views.js';
import { rfc3339, type Timer } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import { stampNow } from '../kernel/stamp.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Boards } from './boards.js';
import type { Invitations } from './invitations.js';
import type { HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';

/** A decided input: its record is the caller's to commit, in the same turn; then `afterSync`. */
export interface Decided {
  readonly decision: Decision;
  readonly change: { readonly events: readonly NewEvent[]; readonly puts: Readonly<Record<string, Json>> };
  readonly afterSync: () => void;
}

/** What the desk moves besides records: boards, lamps and paper. */
export interface DeskEquipment {
  readonly boards: Boards;
  readonly invitations: Invitations;
  readonly prints: PrintDesk;
}

export class CallingDesk {
  readonly #calling: CallingState;
  #timer: Timer | undefined;
  #stopped = false;
  readonly #dirtyQueues = new Set<string>();
  readonly #dirtyWindows = new Set<string>();

  constructor(
    readonly settings: CallingSettings,
    private readonly equipment: DeskEquipment,
    private readonly ports: HallPorts,
  ) {
    this.#calling = loadCalling(ports.state);
    for (const problem of this.#calling.problems) {
      ports.log.error(problem, 'the stored calling state was damaged and has been mended');
    }
  }

  /** Brings boards, retained topics and time up to date with the stored state. */
  start(): void {
    this.act({ type: 'tick' });
    for (const queue of Object.keys(this.settings.queues)) this.#publishQueue(queue);
    for (const window of this.#windows()) {
      this.#publishWindow(window);
      this.#boards.show(window, this.#view(window));
      this.#invitations.show(window, this.#calling.openSessions.has(window));
    }
  }

  /** Ends the calling; its retained topics are cleared unless another desk follows that keeps them. */
  stop(next?: CallingSettings): void {
    this.#stopped = true;
    this.#timer?.cancel();
    const keptQueues = Object.keys(next?.queues ?? {});
    for (const queue of Object.keys(this.settings.queues)) {
      if (!keptQueues.includes(queue)) this.ports.publishQueue(queue, null);
    }
    const keptWindows = next === undefined ? [] : windowsOf(next);
    for (const window of this.#windows()) {
      if (keptWindows.includes(window)) continue;
      this.ports.publishWindow(window, null);
      this.#invitations.show(window, false);
      this.#boards.show(window, { ticket: null, number: null, state: 'closed' });
    }
  }

  /** Decides an input and records it. `pressedAtMilliseconds` is when somebody asked for it (monotonic). */
  act(input: CallingInput, pressedAtMilliseconds?: number): Decision {
    const { decision, change, afterSync } = this.decide(input, pressedAtMilliseconds);
    if (change.events.length > 0 || Object.keys(change.puts).length > 0) {
      void this.ports.commit(change).synced.then(afterSync);
    }
    return decision;
  }

  /** As `act`, but the caller commits the change (in the same turn, so that the log keeps the order). */
  decide(input: CallingInput, pressedAtMilliseconds?: number): Decided {
    const { clock, boot, newId } = this.ports;
    const now = stampNow(clock, boot);
    const decision = decide(this.#calling, input, { now, newId, settings: this.settings });
    apply(this.#calling, decision.puts);
    const called = decision.called;
    const askedAt = pressedAtMilliseconds ?? clock.monotonicMilliseconds();
    for (const window of decision.changed.windows) {
      const view = this.#view(window);
      const isCall = called !== undefined && view.ticket === called.ticket;
      this.#boards.show(window, view, isCall ? this.#reportShown(called.ticket, askedAt) : undefined);
    }
    for (const key of Object.keys(decision.puts)) {
      const place = readKey(key);
      if (place?.kind !== 'rating') continue;
      this.#invitations.show(place.name, this.#calling.openSessions.has(place.name));
    }
    for (const queue of decision.changed.queues) this.#dirtyQueues.add(queue);
    for (const window of decision.changed.windows) this.#dirtyWindows.add(window);
    this.#armTimer();
    return {
      decision,
      change: { events: decision.events, puts: decision.puts },
      afterSync: () => this.#publishChanged(),
    };
  }

  /**
   * Decides to issue a ticket; its paper is recorded with it, where there is a printer.
   * @param at name of a printer, or the place where the visitor stands
   */
  issue(
    input: TicketInput & { readonly type: 'ticket.issue' },
    at: string | null,
  ): Decided & { readonly printer: string | null } {
    const decided = this.decide(input);
    const { issued } = decided.decision;
    const prints = this.equipment.prints;
    if (issued === undefined || !prints.hasPrinters) return { ...decided, printer: null };
    return { ...this.#withPaper(decided, issued.ticket, issued.ahead, at, 1), printer: prints.nextFor(at) };
  }

  /** Decides to print a ticket that still waits once more. Refuses with `ticket.unknown`, `ticket.ended`. */
  reprint(
    ticket: string,
    at: string | null,
  ): (Decided & { readonly printer: string | null }) | { readonly refused: Refusal } {
    const decided = this.decide({ type: 'tick' });
    if (!this.waits(ticket)) {
      const known = this.#calling.tickets.has(ticket) || this.#calling.hasEnded(ticket);
      return { refused: refusal(known ? 'ticket.ended' : 'ticket.unknown', { ticket }) };
    }
    const printer = this.equipment.prints.nextFor(at);
    return { ...this.#withPaper(decided, ticket, null, at, 2), printer };
  }

  /** True for a ticket that has not been called yet. */
  waits(ticket: string): boolean {
    return this.#calling.tickets.get(ticket)?.called === null;
  }

  #withPaper(
    decided: Decided,
    ticket: string,
    ahead: number | null,
    at: string | null,
    copy: number,
  ): Decided {
    const record = this.#calling.tickets.get(ticket);
    if (record === undefined) return decided;
    const { number, queue, priority, issuedAt } = record;
    const trusted = issuedAt.quality !== 'untrusted';
    const dates = this.#calling.dates(this.settings.timezone);
    const prints = this.equipment.prints;
    const puts = prints.record(ticket, {
      number,
      priority,
      ahead,
      at,
      copy,
      matter:
        queueSettings(this.settings, queue)?.matter ?? queueSettings(this.settings, queue)?.label ?? null,
      issuedAt: (trusted ? dates.minuteAt(issuedAt.wallMilliseconds) : undefined) ?? null,
    });
    return {
      decision: decided.decision,
      change: { events: decided.change.events, puts: { ...decided.change.puts, ...puts } },
      afterSync() {
        decided.afterSync();
        prints.print(ticket);
      },
    };
  }

  get #boards(): Boards {
    return this.equipment.boards;
  }

  get #invitations(): Invitations {
    return this.equipment.invitations;
  }

  #reportShown(ticket: string, askedAtMilliseconds: number) {
    return (device: string, result: 'confirmed' | 'sent' | 'failed') => {
      if (this.#stopped) return;
      const afterMilliseconds =
        result === 'failed'
          ? null
          : Math.round(this.ports.clock.monotonicMilliseconds() - askedAtMilliseconds);
      const data = { ticket, device, result, afterMilliseconds };
      this.ports.commit({ events: [{ type: 'ticket.shown', subject: device, data }] });
    };
  }

  #publishChanged(): void {
    if (this.#stopped) return;
    for (const queue of this.#dirtyQueues) this.#publishQueue(queue);
    for (const window of this.#dirtyWindows) this.#publishWindow(window);
    this.#dirtyQueues.clear();
    this.#dirtyWindows.clear();
  }

  #publishQueue(queue: string): void {
    if (!Object.hasOwn(this.settings.queues, queue)) return;
    const view = queueView(this.#calling, queue, this.settings);
    this.ports.publishQueue(queue, { ...view, waitMinutes: null, at: this.#at() });
  }

  #publishWindow(window: string): void {
    this.ports.publishWindow(window, { ...windowView(this.#calling, window, this.settings), at: this.#at() });
  }

  #view(window: string) {
    const { ticket, number, state } = windowView(this.#calling, window, this.settings);
    return { ticket, number, state };
  }

  #at(): string {
    return rfc3339(this.ports.clock.wallMilliseconds());
  }

  #windows(): string[] {
    return windowsOf(this.settings);
  }

  #armTimer(): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    const { clock, boot } = this.ports;
    const now = stampNow(clock, boot);
    const pause = nextTickAt(this.#calling, now, this.settings) - now.monotonicMilliseconds;
    this.#timer = clock.after('calling tick', pause, () => this.act({ type: 'tick' }));
  }
}

/** Every window that a queue or the window list names. */
function windowsOf(settings: CallingSettings): string[] {
  const named = Object.values(settings.queues).flatMap((queue) => queue.windows);
  return [...new Set([...named, ...Object.keys(settings.windows)])];
}
