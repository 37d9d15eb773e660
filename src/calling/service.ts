/** A visitor's service at a window, from the call to its end. */
import type { Draft } from './decision.js';
import { observeCall, observeService } from './estimate.js';
import type { CallRule } from './events.js';
import { measuredSeconds } from './measure.js';
import { firstSincePriority } from './priority.js';
import { endRating, openRating } from './ratings.js';
import { queueKey, type TicketRecord } from './records.js';
import { queueSettings } from './settings.js';

/** A ticket that is being served, and where. */
export interface Service {
  readonly id: string;
  readonly ticket: TicketRecord & { readonly called: NonNullable<TicketRecord['called']> };
  readonly window: string;
}

/** Whom a window serves. */
export function serviceAt(draft: Draft, window: string): Service | undefined {
  const id = draft.window(window).ticket;
  const ticket = id === null ? undefined : draft.ticket(id);
  if (id === null || !ticket?.called) return undefined;
  return { id, ticket: { ...ticket, called: ticket.called }, window };
}

/** Why a ticket is called when its turn has come. */
export function ruleInTurn({ via, priority }: TicketRecord): CallRule {
  return via ?? (priority ? 'priority' : 'order');
}

/**
 * Brings a waiting or skipped ticket to a window that is open and serves nobody.
 * @param held by itself, after a held `next`
 */
export function call(draft: Draft, window: string, id: string, rule: CallRule, held = false): void {
  const before = draft.ticket(id);
  if (before === undefined) return;
  const { now } = draft;
  const { number, queue, priority } = before;
  const staff = draft.staff(window);
  const waitedSeconds = measuredSeconds(before.since, now);
  // From here on a press of the rating keys may be the new visitor's.
  endRating(draft, window);
  draft.emit('ticket.called', window, { ticket: id, number, queue, window, staff, rule, waitedSeconds });
  const called = { window, staff, at: now, rule, waitedSeconds, times: 1, ...(held ? { held } : {}) };
  const ticket = { ...before, skipped: null, called };
  draft.setTicket(id, ticket);
  draft.setWindow(window, { state: 'serving', ticket: id, hold: null });
  countCall(draft, before, rule);
  observeCall(draft, ticket, waitedSeconds);
  draft.calls.push({ ticket: id, number, window, priority, again: false });
}

/** Notes a call with its queue, which may have issued nothing today where its visitors come from other queues. */
function countCall(draft: Draft, { queue, number, priority }: TicketRecord, rule: CallRule): void {
  const { day, settings } = draft;
  const before = draft.queue(queue);
  const isKnown = before !== undefined || !draft.isDamaged(queueKey(queue));
  if (!isKnown || queueSettings(settings, queue) === undefined) return;
  const sincePriority = firstSincePriority(settings);
  const today =
    before?.day === day
      ? before
      : { day, issued: 0, order: before?.order ?? 0, issuedAt: null, sincePriority };
  // Who is called by name has no part in the posted mix.
  const since = rule === 'named' ? today.sincePriority : priority ? 0 : today.sincePriority + 1;
  draft.setQueue(queue, { ...today, lastCalled: number, sincePriority: since });
}

/**
 * Where somebody is being served, that ends well: the visitor goes on to the next queue of the way, or is done, and
 * is asked to rate. False where nobody is.
 * @param to the queue that staff send the visitor on to, before those that were planned
 */
export function endService(
  draft: Draft,
  window: string,
  options: { readonly matter?: string | undefined; readonly to?: string } = {},
): boolean {
  const service = serviceAt(draft, window);
  if (service === undefined) return false;
  const { id, ticket } = service;
  const { number, queue, called } = ticket;
  // Who has logged out since the call is the one who served all the same.
  const staff = draft.staff(window) ?? called.staff;
  const servedSeconds = measuredSeconds(called.at, draft.now);
  const end = { ticket: id, number, queue, window, staff, servedSeconds };
  const planned = ticket.onward.filter((name) => queueSettings(draft.settings, name));
  const to = options.to ?? planned[0];
  if (to === undefined) {
    draft.emit('ticket.served', window, end);
    draft.setTicket(id, null);
  } else {
    draft.emit('ticket.transferred', window, { ...end, to });
    draft.setTicket(id, inQueue(draft, { ...ticket, onward: planned }, to));
  }
  draft.setWindow(window, { state: 'open', ticket: null });
  observeService(draft, queue, servedSeconds);
  const matter = options.matter ?? queueSettings(draft.settings, queue)?.matter ?? null;
  openRating(draft, window, { ticket: id, staff, matter, servedSeconds });
  return true;
}

/** A ticket as it waits in another queue, next on its way or not: at the place that its order gives it there. */
export function inQueue(draft: Draft, ticket: TicketRecord, queue: string): TicketRecord {
  // What was expected for the former queue is no measure of this one.
  const onward = ticket.onward[0] === queue ? ticket.onward.slice(1) : ticket.onward;
  return { ...ticket, queue, onward, since: draft.now, via: 'transfer', guess: null, called: null };
}
