/** What staff do at a window. */
import type { Draft } from './decision.js';
import { endHold, pressNext } from './hold.js';
import type { WindowInput } from './inputs.js';
import { asReturned, refuseReturn, skipTicket, tellReturn } from './moves.js';
import { type Refusal, refusal } from './refusals.js';
import { call, endService, type Service, serviceAt } from './service.js';
import { queueSettings, windowSettings } from './settings.js';
import { findTicket } from './tickets.js';

/**
 * Refuses with `window.unknown`, `window.nobody-called`, `ticket.unknown`, `ticket.ended`, `ticket.called`,
 * `ticket.returned-already`, `queue.unknown`, `staff.missing`. Every key, and a log-in, opens a closed window, also
 * where the key itself is refused then.
 */
export function atWindow(draft: Draft, input: WindowInput): Refusal | undefined {
  const { window } = input;
  if (windowSettings(draft.settings, window) === undefined) return refusal('window.unknown', { window });
  // Whatever is pressed, somebody is there.
  if (draft.window(window).unattended) draft.setUnattended(window, false);
  switch (input.type) {
    case 'call':
      if (input.ticket !== undefined) return callNamed(draft, window, input.ticket);
      makeReady(draft, window);
      pressNext(draft, window);
      return undefined;
    case 'next':
      makeReady(draft, window);
      pressNext(draft, window);
      return undefined;
    case 'recall':
      return withServed(draft, window, (service) => recall(draft, service));
    case 'skip':
      return withServed(draft, window, ({ id, ticket }) => skipTicket(draft, window, id, ticket));
    case 'done':
      return withServed(draft, window, () => endService(draft, window, { matter: input.matter }));
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
      endHold(draft, window);
      if (draft.window(window).staff !== null) draft.setWindow(window, { staff: null });
      return undefined;
    case 'serve':
      return serveQueues(draft, window, input.queues);
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
  draft.setWindow(window, { state: 'paused', hold: null });
  draft.emit('window.paused', window, { window, staff: draft.staff(window) });
}

function close(draft: Draft, window: string): void {
  if (draft.window(window).state === 'closed') return;
  endService(draft, window);
  draft.setWindow(window, { state: 'closed', hold: null });
  draft.emit('window.closed', window, { window, staff: draft.staff(window) });
}

function logIn(draft: Draft, window: string, staff: string): Refusal | undefined {
  if (staff.trim() === '') return refusal('staff.missing');
  if (draft.window(window).staff !== staff) draft.setWindow(window, { staff });
  openIfClosed(draft, window);
  return undefined;
}

/** For the rest of the day the window calls from other queues; it goes on with whom it serves. */
function serveQueues(draft: Draft, window: string, names: readonly string[]): Refusal | undefined {
  const unknown = names.find((queue) => queueSettings(draft.settings, queue) === undefined);
  if (unknown !== undefined) return refusal('queue.unknown', { queue: unknown });
  const queues = names.length === 0 ? null : [...new Set(names)];
  const before = draft.window(window).queues;
  if (before?.join() !== queues?.join()) draft.setWindow(window, { queues });
  return undefined;
}

/** One visitor is called out of turn, at once; who was skipped has returned by that. */
function callNamed(draft: Draft, window: string, name: string): Refusal | undefined {
  const found = findTicket(draft, name);
  if ('refused' in found) return found.refused;
  const { id, ticket } = found;
  const { number, called, skipped } = ticket;
  if (called !== null) return refusal('ticket.called', { number, window: called.window });
  const refused = skipped === null ? undefined : refuseReturn(ticket);
  if (refused !== undefined) return refused;
  makeReady(draft, window);
  endService(draft, window);
  if (skipped !== null) {
    tellReturn(draft, id, ticket);
    draft.setTicket(id, asReturned(draft, ticket));
  }
  call(draft, window, id, 'named');
  return undefined;
}

/** Keys that mean the ticket being served; refused where there is none. */
function withServed(draft: Draft, window: string, act: (service: Service) => void): Refusal | undefined {
  openIfClosed(draft, window);
  const service = serviceAt(draft, window);
  if (service === undefined) return refusal('window.nobody-called', { window });
  act(service);
  return undefined;
}

/** Calls once more; who was called as often as the rules say is skipped instead (过号). */
function recall(draft: Draft, { id, ticket, window }: Service): void {
  const { number, queue, priority, called } = ticket;
  if (called.times >= draft.settings.rules.mostCalls) {
    skipTicket(draft, window, id, ticket);
    draft.outcome.skipped = { ticket: id, number };
    return;
  }
  const { rule, waitedSeconds } = called;
  const staff = draft.staff(window) ?? called.staff;
  draft.emit('ticket.recalled', window, { ticket: id, number, queue, window, staff, rule, waitedSeconds });
  draft.setTicket(id, { ...ticket, called: { ...called, times: called.times + 1 } });
  draft.calls.push({ ticket: id, number, window, priority, again: true });
}
