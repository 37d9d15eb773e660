/** Issuing and cancelling tickets. */
import type { Draft } from './decision.js';
import type { TicketInput } from './inputs.js';
import { queueKey } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import { queueSettings } from './settings.js';

/** More tickets that have not ended than any hall has room for. */
export const mostTickets = 20_000;

/** A ticket's number as people see it: the prefix and at least three digits. */
export function formatNumber(prefix: string, count: number): string {
  return prefix + String(count).padStart(3, '0');
}

/** Refuses with `queue.unknown`, `queue.full`, `queue.numbers-unknown`. */
export function issueTicket(
  draft: Draft,
  input: TicketInput & { type: 'ticket.issue' },
): Refusal | undefined {
  const { queue, priority = false } = input;
  const { calling, now, day } = draft;
  const settings = queueSettings(draft.settings, queue);
  if (settings === undefined) return refusal('queue.unknown', { queue });
  if (calling.tickets.size >= mostTickets) return refusal('queue.full', { limit: mostTickets });
  const before = draft.queue(queue);
  if (before === undefined && draft.isDamaged(queueKey(queue))) {
    return refusal('queue.numbers-unknown', { queue });
  }

  const issued = (before?.day === day ? before.issued : 0) + 1;
  const order = calling.lastOrder + 1;
  const lastCalled = before?.day === day ? before.lastCalled : null;
  const number = formatNumber(settings.prefix, issued);
  const ahead = draft.count(queue, 'priority') + (priority ? 0 : draft.count(queue, 'normal'));
  const ticket = draft.context.newId();
  draft.emit('ticket.issued', queue, {
    ticket,
    number,
    day,
    queue,
    matter: settings.matter ?? null,
    priority,
    ahead,
    // Nobody has measured how long it takes here.
    waitMinutes: null,
  });
  draft.setQueue(queue, { day, issued, order, issuedAt: now, lastCalled });
  draft.setTicket(ticket, { number, day, queue, order, priority, issuedAt: now, called: null });
  draft.outcome.issued = { ticket, number, ahead };
  return undefined;
}

/** Ends a ticket that waits or is being served. Refuses with `ticket.unknown`, `ticket.ended`. */
export function cancelTicket(draft: Draft, id: string): Refusal | undefined {
  const ticket = draft.ticket(id);
  if (ticket === undefined) return refuseTicket(draft, id);
  const window = ticket.called?.window ?? null;
  const staff = window === null ? null : draft.staff(window);
  const { number, queue } = ticket;
  draft.emit('ticket.cancelled', window ?? queue, { ticket: id, number, queue, window, staff });
  draft.setTicket(id, null);
  if (window !== null) draft.setWindow(window, { state: 'open', ticket: null });
  return undefined;
}

/** The refusal of what was asked of a ticket that is not there, or not any more. */
export function refuseTicket(draft: Draft, ticket: string): Refusal {
  // It may have ended in this very decision, with its day.
  const ended = draft.calling.hasEnded(ticket) || draft.calling.tickets.has(ticket);
  return refusal(ended ? 'ticket.ended' : 'ticket.unknown', { ticket });
}
