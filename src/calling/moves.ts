/** Tickets that change their place: to another queue, before others, or back after being skipped (过号). */
import type { Draft } from './decision.js';
import { observeService } from './estimate.js';
import { measuredSeconds } from './measure.js';
import type { TicketRecord } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import { endService, inQueue } from './service.js';
import { queueSettings } from './settings.js';
import { findLiving, findTicket, lastPlace, mostTickets } from './tickets.js';

/** More skipped tickets than this are not kept for those who might return; the first issued are let go. */
const mostSkipped = mostTickets;

/**
 * Sends a waiting ticket to another queue, or the one being served, whose service ends by that. Its number stays,
 * and those who came later to the other queue are behind it. Refuses with `queue.unknown`, `ticket.unknown`,
 * `ticket.ended`, `ticket.there-already`.
 */
export function transferTicket(draft: Draft, name: string, to: string): Refusal | undefined {
  if (queueSettings(draft.settings, to) === undefined) return refusal('queue.unknown', { queue: to });
  const found = findLiving(draft, name);
  if ('refused' in found) return found.refused;
  const { id, ticket } = found;
  const { number, queue, called } = ticket;
  if (queue === to) return refusal('ticket.there-already', { number, queue });
  if (called !== null) {
    endService(draft, called.window, { to });
    return undefined;
  }
  draft.emit('ticket.transferred', queue, { ticket: id, number, queue, window: null, staff: null, to });
  draft.setTicket(id, inQueue(draft, ticket, to));
  return undefined;
}

/**
 * A waiting ticket joins the priority line, at the place that its order gives it there. Refuses with
 * `ticket.unknown`, `ticket.ended`, `ticket.called`.
 */
export function prioritiseTicket(draft: Draft, name: string): Refusal | undefined {
  const found = findLiving(draft, name);
  if ('refused' in found) return found.refused;
  const { id, ticket } = found;
  const { number, queue, called } = ticket;
  if (called !== null) return refusal('ticket.called', { number, window: called.window });
  if (ticket.priority) return undefined;
  draft.emit('ticket.prioritised', queue, { ticket: id, number, queue, window: null, staff: null });
  draft.setTicket(id, { ...ticket, priority: true, guess: null });
  return undefined;
}

/** The visitor being served is not there: the window is free, and the ticket may return once, today. */
export function skipTicket(draft: Draft, window: string, id: string, ticket: TicketRecord): void {
  const { number, queue } = ticket;
  const staff = draft.staff(window) ?? ticket.called?.staff ?? null;
  draft.emit('ticket.skipped', window, { ticket: id, number, queue, window, staff });
  const { first, size } = draft.calling.skipped;
  if (first !== undefined && size >= mostSkipped) draft.setTicket(first.id, null);
  draft.setTicket(id, { ...ticket, called: null, skipped: { at: draft.now, window } });
  draft.setWindow(window, { state: 'open', ticket: null });
  // Calling in vain takes its time, too.
  if (ticket.called !== null) observeService(draft, queue, measuredSeconds(ticket.called.at, draft.now));
}

/**
 * Who was skipped is back, and waits behind a few others of the same line (`rules.returnPlaces`). Refuses with
 * `ticket.unknown`, `ticket.ended`, `ticket.not-skipped`, `ticket.returned-already`.
 */
export function returnTicket(draft: Draft, name: string): Refusal | undefined {
  const found = findTicket(draft, name);
  if ('refused' in found) return found.refused;
  const { id, ticket } = found;
  const refused = refuseReturn(ticket);
  if (refused !== undefined) return refused;
  const order = placeBehind(draft, ticket, draft.settings.rules.returnPlaces);
  tellReturn(draft, id, ticket);
  draft.setTicket(id, { ...asReturned(draft, ticket), order });
  // The place is remembered, so that nobody is given it again after a restart.
  const counted = draft.queue(ticket.queue);
  if (counted !== undefined && order > counted.order && Number.isSafeInteger(order)) {
    draft.setQueue(ticket.queue, { ...counted, order });
  }
  return undefined;
}

/** Why a ticket can't return; `undefined` where it can. */
export function refuseReturn({ number, skipped, returned }: TicketRecord): Refusal | undefined {
  if (skipped === null) return refusal('ticket.not-skipped', { number });
  return returned ? refusal('ticket.returned-already', { number }) : undefined;
}

export function tellReturn(draft: Draft, id: string, { number, queue }: TicketRecord): void {
  draft.emit('ticket.returned', queue, { ticket: id, number, queue, window: null, staff: null });
}

/** A skipped ticket as it waits again. */
export function asReturned(draft: Draft, ticket: TicketRecord): TicketRecord {
  const { now } = draft;
  return { ...ticket, since: now, via: 'returned', returned: true, guess: null, called: null, skipped: null };
}

/** A place behind so many others of a ticket's line, between two of them; at the end where fewer wait. */
function placeBehind(draft: Draft, { queue, priority }: TicketRecord, places: number): number {
  const others = draft.line(queue, priority ? 'priority' : 'normal');
  let before = 0;
  for (let place = 0; place < places; place++) {
    const entry = others.next();
    if (entry.done) return lastPlace(draft);
    before = entry.value.order;
  }
  const after = others.next();
  return after.done ? lastPlace(draft) : before + (after.value.order - before) / 2;
}
