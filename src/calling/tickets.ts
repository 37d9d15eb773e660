/** Issuing, cancelling and naming tickets. */
import type { Draft } from './decision.js';
import { guessWait, toldWait } from './estimate.js';
import type { TicketInput } from './inputs.js';
import { aheadOf, firstSincePriority } from './priority.js';
import { type Guess, queueKey, type TicketRecord } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import { type QueueSettings, queueSettings } from './settings.js';

/** More tickets that have not ended than any hall has room for. */
export const mostTickets = 20_000;
/** More queues than anybody is sent through with one ticket. */
export const mostOnward = 10;

/** A ticket's number as people see it: the prefix and at least three digits. */
function formatNumber(prefix: string, count: number): string {
  return prefix + String(count).padStart(3, '0');
}

/** The place behind everybody, whatever their queue. */
export function lastPlace(draft: Draft): number {
  return Math.min(Math.floor(draft.calling.lastOrder) + 1, Number.MAX_SAFE_INTEGER);
}

/**
 * Refuses with `queue.unknown`, `ticket.too-many-queues`, `queue.full`, `queue.closed`, `queue.closing`,
 * `queue.numbers-unknown`.
 */
export function issueTicket(
  draft: Draft,
  input: TicketInput & { type: 'ticket.issue' },
): Refusal | undefined {
  const { queue, priority = false } = input;
  const { calling, now, day } = draft;
  const settings = queueSettings(draft.settings, queue);
  if (settings === undefined) return refusal('queue.unknown', { queue });
  const onward = input.onward ?? [];
  if (onward.length > mostOnward) return refusal('ticket.too-many-queues', { limit: mostOnward });
  const unknown = onward.find((name) => queueSettings(draft.settings, name) === undefined);
  if (unknown !== undefined) return refusal('queue.unknown', { queue: unknown });
  if (calling.tickets.size - calling.skipped.size >= mostTickets) {
    return refusal('queue.full', { limit: mostTickets });
  }
  const ahead = aheadOf(draft, draft.settings, queue, priority);
  const guess = guessWait(draft, queue, ahead);
  const closed = refuseByHours(draft, queue, settings, guess);
  if (closed !== undefined) return closed;
  const before = draft.queue(queue);
  if (before === undefined && draft.isDamaged(queueKey(queue))) {
    return refusal('queue.numbers-unknown', { queue });
  }

  const isSameDay = before?.day === day;
  const issued = (isSameDay ? before.issued : 0) + 1;
  const order = lastPlace(draft);
  const number = formatNumber(settings.prefix, issued);
  const waitMinutes = toldWait(calling, queue, guess);
  const ticket = draft.context.newId();
  const matter = settings.matter ?? null;
  draft.emit('ticket.issued', queue, { ticket, number, day, queue, matter, priority, ahead, waitMinutes });
  draft.setQueue(queue, {
    day,
    issued,
    order,
    issuedAt: now,
    lastCalled: isSameDay ? before.lastCalled : null,
    sincePriority: isSameDay ? before.sincePriority : firstSincePriority(draft.settings),
  });
  draft.setTicket(ticket, {
    number,
    day,
    queue,
    order,
    priority,
    issuedAt: now,
    since: now,
    via: null,
    returned: false,
    // Twice the same in a row is one visit.
    onward: onward.filter((name, index) => name !== (index === 0 ? queue : onward[index - 1])),
    guess,
    called: null,
    skipped: null,
  });
  draft.outcome.issued = { ticket, number, ahead, waitMinutes };
  return undefined;
}

/**
 * No tickets while the hall is closed, where the rules say so, nor for those who could not be served before it
 * closes for the day. A clock that can't be trusted sends nobody away.
 */
function refuseByHours(
  draft: Draft,
  queue: string,
  { label = queue }: QueueSettings,
  guess: Guess | null,
): Refusal | undefined {
  const { now, settings, calling } = draft;
  if (settings.hours === undefined || now.quality === 'untrusted') return undefined;
  const { ticketsOutsideHours, lastTicketMinutes } = settings.rules;
  const calendar = calling.calendar(settings);
  if (!ticketsOutsideHours && !calendar.isOpen(now.wallMilliseconds)) {
    return refusal('queue.closed', { queue: label });
  }
  const left = calendar.minutesToClosing(now.wallMilliseconds);
  if (left === null) return undefined;
  // The low end is meant here, which is too low rather than too high; guesses that fail today send nobody away.
  const counts = guess !== null && guess.doubt !== 'overdue';
  const isTooLate = left < lastTicketMinutes || (counts && guess.lowSeconds > left * 60);
  return isTooLate ? refusal('queue.closing', { queue: label }) : undefined;
}

/**
 * Ends a ticket that waits or is being served; whoever was skipped has gone already. Refuses with `ticket.unknown`,
 * `ticket.ended`.
 */
export function cancelTicket(draft: Draft, name: string): Refusal | undefined {
  const found = findLiving(draft, name);
  if ('refused' in found) return found.refused;
  const { id, ticket } = found;
  const window = ticket.called?.window ?? null;
  const staff = window === null ? null : (draft.staff(window) ?? ticket.called?.staff ?? null);
  const { number, queue } = ticket;
  draft.emit('ticket.cancelled', window ?? queue, { ticket: id, number, queue, window, staff });
  draft.setTicket(id, null);
  if (window !== null) draft.setWindow(window, { state: 'open', ticket: null });
  return undefined;
}

export type Found = { readonly id: string; readonly ticket: TicketRecord } | { readonly refused: Refusal };

/** A ticket by its id or its number of the day, skipped or not; or `ticket.unknown`, `ticket.ended`. */
export function findTicket(draft: Draft, name: string): Found {
  const id = draft.calling.ticketId(name);
  const ticket = id === undefined ? undefined : draft.ticket(id);
  if (id !== undefined && ticket !== undefined) return { id, ticket };
  // It may have ended in this very decision, with its day.
  const hasEnded = id !== undefined || draft.calling.hasEnded(name) || wasIssuedToday(draft, name);
  return { refused: refusal(hasEnded ? 'ticket.ended' : 'ticket.unknown', { ticket: name }) };
}

/** As `findTicket`, but who was skipped counts as ended. */
export function findLiving(draft: Draft, name: string): Found {
  const found = findTicket(draft, name);
  if ('refused' in found || found.ticket.skipped === null) return found;
  return { refused: refusal('ticket.ended', { ticket: found.ticket.number }) };
}

/** True for a number that some queue has given out today. */
function wasIssuedToday(draft: Draft, number: string): boolean {
  return Object.entries(draft.settings.queues).some(([name, { prefix }]) => {
    const record = draft.queue(name);
    const count = Number(number.slice(prefix.length));
    const isWithin = record?.day === draft.day && count >= 1 && count <= record.issued;
    return isWithin && formatNumber(prefix, count) === number;
  });
}
