/**
 * Leads the calling: an input is decided, taken into the state, painted on the boards and recorded; what others see
 * and hear follows once the record is synced.
 */

import { attentionOf, nextAttentionAt } from '../calling/attention.js';
import { decide } from '../calling/decide.js';
import type { Decision } from '../calling/decision.js';
import type { CallingInput, TicketInput } from '../calling/inputs.js';
import { queueKey, readKey } from '../calling/records.js';
import { type Refusal, type RefusalCode, refusal } from '../calling/refusals.js';
import { apply, type CallingState, isWaiting, loadCalling } from '../calling/state.js';
import { nextTickAt } from '../calling/time.js';
import { windowView } from '../calling/views.js';
import { windowNames } from '../calling/window-queues.js';
import type { Timer } from '../kernel/clock.js';
import { stampNow } from '../kernel/stamp.js';
import type { Cover } from './cover.js';
import { DutyCalls } from './duty-calls.js';
import type { Invitations } from './invitations.js';
import type { HallChange, HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';
import { Publications } from './publications.js';
import type { HallSettings } from './settings.js';
import { Telling, type TellingOptions } from './telling.js';
import { type AskedPaper, wantedPaper } from './wanted-paper.js';

/** A decided input: its record is the caller's to commit, in the same turn; then `afterSync`. */
export interface Decided {
  readonly decision: Decision;
  readonly change: Required<HallChange>;
  readonly afterSync: () => void;
}

/** What the desk moves besides records: boards, voices, lamps and paper. */
interface DeskEquipment extends Omit<TellingOptions, 'shown'> {
  readonly invitations: Invitations;
  readonly prints: PrintDesk;
  readonly cover: Cover;
  /** Told when anything that pages show may have changed. */
  readonly changed: () => void;
}

/** In a fire nobody is called and nobody waits for a number; services that were begun may end. */
const stoppedInFire: ReadonlySet<CallingInput['type']> = new Set([
  'ticket.issue',
  'ticket.return',
  'next',
  'call',
  'recall',
]);

export class CallingDesk {
  readonly #calling: CallingState;
  readonly #telling: Telling;
  readonly #publications: Publications;
  readonly #duty: DutyCalls;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    readonly settings: HallSettings,
    private readonly equipment: DeskEquipment,
    private readonly ports: HallPorts,
  ) {
    this.#calling = loadCalling(ports.state);
    for (const problem of this.#calling.problems) {
      ports.log.error(problem, 'the stored calling state was damaged and has been mended');
    }
    this.#duty = new DutyCalls(ports);
    this.#publications = new Publications(this.#calling, settings.calling, ports);
    this.#telling = new Telling(this.#calling, settings, {
      ...equipment,
      shown: (ticket, device, result, askedAt) => this.#recordShown(ticket, device, result, askedAt),
    });
  }

  /** Brings boards, retained topics and time up to date with the stored state. */
  start(): void {
    // As it was recorded; what time has changed since follows when that is.
    const queues = Object.keys(this.settings.calling.queues);
    for (const publish of this.#publications.of(queues, this.windows)) publish();
    // A hall that another leads has no day of its own to begin.
    if (this.settings.leads) this.act({ type: 'tick' });
    for (const window of this.windows) {
      this.equipment.invitations.show(window, this.#calling.openSessions.has(window));
    }
    this.#telling.restore(this.windows);
  }

  /** Ends the calling; its retained topics are cleared unless another desk follows that keeps them. */
  stop(next?: HallSettings): void {
    this.#stopped = true;
    this.#timer?.cancel();
    if (next !== this.settings) this.#duty.stop();
    const keptQueues = Object.keys(next?.calling.queues ?? {});
    for (const queue of Object.keys(this.settings.calling.queues)) {
      if (!keptQueues.includes(queue)) this.ports.publishQueue(queue, null);
    }
    const keptWindows = next === undefined ? [] : windowNames(next.calling);
    for (const window of this.windows) {
      if (keptWindows.includes(window)) continue;
      this.ports.publishWindow(window, null);
      this.equipment.invitations.show(window, false);
      this.equipment.boards.show(window, { ticket: null, number: null, state: 'closed' });
    }
  }

  /** The state, to be looked at. */
  get calling(): CallingState {
    return this.#calling;
  }

  /** The numbers of a queue go on after `issued` on `day`: another controller may have given out those before. */
  countFrom(queue: string, day: string | null, issued: number): void {
    const today = this.#calling.day;
    const record = this.#calling.queues.get(queue);
    const isToday = record?.day === today;
    if (today === null || day !== today || (isToday && record.issued >= issued)) return;
    const { order = 0 } = record ?? {};
    const fresh = { issuedAt: null, lastCalled: null, sincePriority: 0 };
    const puts = {
      [queueKey(queue)]: { ...fresh, ...(isToday ? record : {}), day: today, issued, order },
    };
    apply(this.#calling, puts);
    this.ports.commit({ puts });
  }

  /** Nobody waits, and nobody is being served. */
  get isIdle(): boolean {
    return this.isEmpty && [...this.#calling.windows.values()].every(({ ticket }) => ticket === null);
  }

  /** Nobody waits. */
  get isEmpty(): boolean {
    return ![...this.#calling.tickets.values()].some(isWaiting);
  }

  /** Windows that serve somebody now. */
  get served(): number {
    const { calling, settings } = this;
    return this.windows.filter((window) => windowView(calling, window, settings.calling).state === 'serving')
      .length;
  }

  /** Every window that a queue or the window list names. */
  get windows(): readonly string[] {
    return windowNames(this.settings.calling);
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
    const stopped = this.#stoppedBy(input);
    const context = { now, newId, settings: this.settings.calling };
    const decided = decide(this.#calling, stopped === undefined ? input : { type: 'tick' }, context);
    const decision = stopped === undefined ? decided : { ...decided, refusal: stopped };
    apply(this.#calling, decision.puts);
    this.#telling.show(
      decision.changed.windows,
      decision.calls,
      pressedAtMilliseconds ?? clock.monotonicMilliseconds(),
    );
    const rated: string[] = [];
    for (const key of Object.keys(decision.puts)) {
      const place = readKey(key);
      if (place?.kind !== 'rating') continue;
      if (this.windows.includes(place.name)) rated.push(place.name);
      this.equipment.invitations.show(place.name, this.#calling.openSessions.has(place.name));
    }
    const { queues, windows } = decision.changed;
    // As it is now: what is decided later may be lost with the power.
    const publications = this.#publications.of(queues, new Set([...windows, ...rated]));
    this.#duty.look(attentionOf(this.#calling, now, this.settings.calling, this.#duty.standing));
    this.#armTimer();
    return {
      decision,
      change: { events: decision.events, puts: decision.puts },
      afterSync: () => {
        if (this.#stopped) return;
        for (const publish of publications) publish();
        this.#telling.say(decision.calls);
        this.equipment.changed();
      },
    };
  }

  /** Why an input is not even looked at: the fire alarm, or another controller that leads the queue. */
  #stoppedBy(input: CallingInput): Refusal | undefined {
    if (this.equipment.cover.isFire && stoppedInFire.has(input.type)) return refusal('hall.alarm');
    if (input.type !== 'ticket.issue') return undefined;
    const controller = this.ports.claimedElsewhere?.(input.queue) ?? null;
    return controller === null
      ? undefined
      : refusal('queue.claimed-elsewhere', { queue: input.queue, controller });
  }

  /**
   * Decides to issue a ticket; its paper is recorded with it, where there is a printer.
   * @param at name of a printer, or the place where the visitor stands
   * @returns `print`: what can be said of the paper now, before any of it exists
   */
  issue(
    input: TicketInput & { readonly type: 'ticket.issue' },
    at: string | null,
  ): Decided & { readonly printer: string | null; readonly print: 'unconfirmed' | 'waiting' | 'none' } {
    const decided = this.decide(input);
    const { issued } = decided.decision;
    const prints = this.equipment.prints;
    if (issued === undefined || !prints.hasPrinters) return { ...decided, printer: null, print: 'none' };
    const { ahead, waitMinutes } = issued;
    const wait = waitMinutes === null ? null : { low: waitMinutes.low, high: waitMinutes.high };
    const paper = { ahead, waitMinutes: wait, at, copy: 1 };
    const printer = prints.nextFor(at);
    const print = printer === null ? 'waiting' : 'unconfirmed';
    return { ...this.#withPaper(decided, issued.ticket, paper), printer, print };
  }

  /**
   * Decides to print a ticket that still waits once more. Refuses with `ticket.unknown`, `ticket.ended`, and, where it
   * could only wait for a printer, with `printer.none`: a first paper that waits already goes on waiting.
   */
  reprint(named: string, at: string | null): Decided & { readonly printer: string | null } {
    const decided = this.decide({ type: 'tick' });
    const refused = (code: RefusalCode) => ({
      ...decided,
      decision: { ...decided.decision, refusal: refusal(code, { ticket: named }) },
      printer: null,
    });
    const ticket = this.#calling.ticketId(named) ?? named;
    if (!this.waits(ticket)) {
      const known = this.#calling.tickets.has(ticket) || this.#calling.hasEnded(ticket);
      return refused(known ? 'ticket.ended' : 'ticket.unknown');
    }
    const printer = this.equipment.prints.nextFor(at);
    if (printer === null) return refused('printer.none');
    return { ...this.#withPaper(decided, ticket, { ahead: null, at, copy: 2 }), printer };
  }

  /** True for a ticket that has not been called yet. */
  waits(ticket: string): boolean {
    const record = this.#calling.tickets.get(ticket);
    return record !== undefined && isWaiting(record);
  }

  /** True while a visitor is invited to rate at a window. */
  mayRate(window: string): boolean {
    return this.#calling.openSessions.has(window);
  }

  /** True while a ticket is the one called at a window. */
  isCurrent(ticket: string, window: string): boolean {
    return this.#calling.windows.get(window)?.ticket === ticket;
  }

  #withPaper(decided: Decided, ticket: string, asked: AskedPaper): Decided {
    const wanted = wantedPaper(this.#calling, this.settings, ticket, asked);
    if (wanted === undefined) return decided;
    const prints = this.equipment.prints;
    const puts = prints.record(ticket, wanted);
    return {
      decision: decided.decision,
      change: { events: decided.change.events, puts: { ...decided.change.puts, ...puts } },
      afterSync() {
        decided.afterSync();
        prints.print(ticket);
      },
    };
  }

  #recordShown(
    ticket: string,
    device: string,
    result: 'confirmed' | 'sent' | 'failed',
    askedAtMilliseconds: number,
  ): void {
    if (this.#stopped) return;
    const afterMilliseconds =
      result === 'failed' ? null : Math.round(this.ports.clock.monotonicMilliseconds() - askedAtMilliseconds);
    const data = { ticket, device, result, afterMilliseconds };
    this.ports.commit({ events: [{ type: 'ticket.shown', subject: device, data }] });
  }

  /** Looks again when time alone may change something. */
  #armTimer(): void {
    this.#timer?.cancel();
    if (this.#stopped || !(this.settings.leads || this.#calling.openSessions.size > 0)) return;
    const { clock, boot } = this.ports;
    const now = stampNow(clock, boot);
    const settings = this.settings.calling;
    const tick = nextTickAt(this.#calling, now, settings) - now.monotonicMilliseconds;
    const pause = Math.min(tick, nextAttentionAt(this.#calling, now, settings));
    this.#timer = clock.after('calling tick', pause, () => this.act({ type: 'tick' }));
  }
}
