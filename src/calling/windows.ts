/** What staff do at a window. */
import type { Draft } from './decision.js';
import type { CallRule } from './events.js';
import type { WindowInput } from './inputs.js';
import { openRating, shortenRating } from './ratings.js';
import type { TicketRecord } from './records.js';
import { type Refusal, refusal } from './refusals.js';
import { queueSettings, queuesOf, windowSettings } from './settings.js';
import { refuseTicket } from './tickets.js';
import { measuredSeconds } from './time.js';

/**
 * Refuses with `window.unknown`, `window.nobody-called`, `ticket.unknown`, `ticket.ended`, `ticket.called`,
 * `staff.missing`. Every key, and a log-in, opens a closed window, also where the key itself is refused then.
 */
export function atWindow(draft: Draft, input: WindowInput): Refusal | undefined {
  const { window } = input;
  if (windowSettings(draft.settings, window) === undefined) return refusal('window.unknown', { window });
  switch (input.type) {
    case 'call':
      if (input.ticket !== undefined) return callNamed(draft, window, input.ticket);
      callNext(draft, window);
      return undefined;
    case 'next':
      callNext(draft, window);
      return undefined;
    case 'recall':
    case 'skip':
    case 'done':
      openIfClosed(draft, window);
      return withServed(draft, window, input);
    case 'pause':
      pause(draft, window);
      return undefined;
    case 'resume':
    case 'open':
      makeReady(draft, window);
      return undefined;
    case 'close':
      close(draft, window);
      return undefined;
    case 'login':
      return logIn(draft, window, input.staff);
    case 'logout':
      if (draft.window(window).staff !== null) draft.setWindow(window, { staff: null });
      return undefined;
  }
}

function openIfClosed(draft: Draft, window: string): void {
  if (draft.window(window).state !== 'closed') return;
  draft.setWindow(window, { state: 'open' });
  draft.emit('window.opened', window, { window, staff: draft.staff(window) });
}

/** A closed window opens, a paused one goes on. */
function makeReady(draft: Draft, window: string): void {
  openIfClosed(draft, window);
  if (draft.window(window).state !== 'paused') return;
  draft.setWindow(window, { state: 'open' });
  draft.emit('window.resumed', window, { window, staff: draft.staff(window) });
}

/** The pause key: pauses, or goes on where there was a pause. */
function pause(draft: Draft, window: string): void {
  if (draft.window(window).state === 'paused') {
    makeReady(draft, window);
    return;
  }
  openIfClosed(draft, window);
  endService(draft, window);
  draft.setWindow(window, { state: 'paused' });
  draft.emit('window.paused', window, { window, staff: draft.staff(window) });
}

function close(draft: Draft, window: string): void {
  if (draft.window(window).state === 'closed') return;
  endService(draft, window);
  draft.setWindow(window, { state: 'closed' });
  draft.emit('window.closed', window, { window, staff: draft.staff(window) });
}

function logIn(draft: Draft, window: string, staff: string): Refusal | undefined {
  if (staff.trim() === '') return refusal('staff.missing');
  if (draft.window(window).staff !== staff) draft.setWindow(window, { staff });
  openIfClosed(draft, window);
  return undefined;
}

function callNext(draft: Draft, window: string): void {
  makeReady(draft, window);
  endService(draft, window);
  const id = longestWaiting(draft, window);
  const ticket = id === undefined ? undefined : draft.ticket(id);
  if (id === undefined || ticket === undefined) draft.outcome.nobodyWaiting = true;
  else call(draft, window, id, ticket, ticket.priority ? 'priority' : 'order');
}

function callNamed(draft: Draft, window: string, id: string): Refusal | undefined {
  const ticket = draft.ticket(id);
  if (ticket === undefined) return refuseTicket(draft, id);
  const { number, called } = ticket;
  if (called !== null) return refusal('ticket.called', { number, window: called.window });
  makeReady(draft, window);
  endService(draft, window);
  call(draft, window, id, ticket, 'named');
  return undefined;
}

/**
 * Whose turn it is at a window. The queue whose oldest ticket waits longest has its turn (so that a late priority
 * ticket never holds its own queue back); in it, priority goes first.
 */
function longestWaiting(draft: Draft, window: string): string | undefined {
  let turn: { readonly id: string; readonly oldest: number } | undefined;
  for (const queue of queuesOf(draft.settings, window)) {
    const normal = draft.first(queue, 'normal');
    const first = draft.first(queue, 'priority') ?? normal;
    if (first === undefined) continue;
    const oldest = Math.min(first.order, normal?.order ?? first.order);
    if (turn === undefined || oldest < turn.oldest) turn = { id: first.id, oldest };
  }
  return turn?.id;
}

/** Brings a waiting ticket to a window that is open and serves nobody. */
function call(draft: Draft, window: string, id: string, ticket: TicketRecord, rule: CallRule): void {
  const { now, day } = draft;
  const { number, queue } = ticket;
  const staff = draft.staff(window);
  const waitedSeconds = measuredSeconds(ticket.issuedAt, now);
  draft.emit('ticket.called', window, { ticket: id, number, queue, window, staff, rule, waitedSeconds });
  draft.setTicket(id, { ...ticket, called: { window, staff, at: now, rule, waitedSeconds } });
  draft.setWindow(window, { state: 'serving', ticket: id });
  const counted = draft.queue(queue);
  if (counted?.day === day) draft.setQueue(queue, { ...counted, lastCalled: number });
  shortenRating(draft, window);
  draft.outcome.called = { ticket: id, number };
}

/** Keys that mean the ticket being served; refused where there is none. */
function withServed(draft: Draft, window: string, input: WindowInput): Refusal | undefined {
  const id = draft.window(window).ticket;
  const ticket = id === null ? undefined : draft.ticket(id);
  if (id === null || !ticket?.called) return refusal('window.nobody-called', { window });
  const { number, queue, called } = ticket;
  const staff = draft.staff(window) ?? called.staff;
  switch (input.type) {
    case 'recall': {
      const { rule, waitedSeconds } = called;
      draft.emit('ticket.recalled', window, {
        ticket: id,
        number,
        queue,
        window,
        staff,
        rule,
        waitedSeconds,
      });
      draft.outcome.called = { ticket: id, number };
      return undefined;
    }
    case 'skip':
      draft.emit('ticket.skipped', window, { ticket: id, number, queue, window, staff });
      draft.setTicket(id, null);
      draft.setWindow(window, { state: 'open', ticket: null });
      return undefined;
    default:
      endService(draft, window, input.type === 'done' ? input.matter : undefined);
      return undefined;
  }
}

/** Where somebody is being served, that ends well, and the visitor is asked to rate. */
function endService(draft: Draft, window: string, namedMatter?: string): void {
  const id = draft.window(window).ticket;
  const ticket = id === null ? undefined : draft.ticket(id);
  if (id === null || !ticket?.called) return;
  const { number, queue, called } = ticket;
  // Who has logged out since the call is the one who served all the same.
  const staff = draft.staff(window) ?? called.staff;
  const servedSeconds = measuredSeconds(called.at, draft.now);
  draft.emit('ticket.served', window, { ticket: id, number, queue, window, staff, servedSeconds });
  draft.setTicket(id, null);
  draft.setWindow(window, { state: 'open', ticket: null });
  const matter = namedMatter ?? queueSettings(draft.settings, queue)?.matter ?? null;
  openRating(draft, window, { ticket: id, staff, matter });
}
