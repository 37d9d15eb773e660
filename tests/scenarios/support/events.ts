/** What the contract promises of durable events, checked over everything that one subscriber saw. */
import type { Message, Payload } from './watcher.js';

export interface HallEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly type: string;
  readonly time: string;
  readonly datacontenttype: string;
  readonly sequence: string;
  readonly store: string;
  readonly boot: string;
  readonly timequality: string;
  readonly data: Payload;
}

const ends = ['ticket.served', 'ticket.skipped', 'ticket.cancelled', 'ticket.expired'];

/**
 * The events of one controller in the order of their first arrival. Throws where
 * - a message is no CloudEvent at the topic of its type with QoS 1,
 * - one sequence number of a store came with two contents, or one id with two sequence numbers,
 * - the sequence of a store does not count 1, 2, 3 … without a gap, in this order (`order` "by type": each type for
 *   itself; the others go on where a broker does not take one type at first),
 * - a ticket is issued or called twice or ends twice, or one number of a queue's day is given twice.
 */
export function checkedEvents(
  messages: readonly Message[],
  root: string,
  order: 'all' | 'by type' = 'all',
): HallEvent[] {
  const texts = new Map<string, string>();
  const events: HallEvent[] = [];
  for (const message of messages) {
    if (!message.topic.startsWith(`${root}/event/`)) continue;
    const event = JSON.parse(message.text) as HallEvent;
    checkEnvelope(message, event, root);
    const key = `${event.store} ${event.sequence}`;
    const before = texts.get(key);
    if (before === undefined) events.push(event);
    else if (before !== message.text) throw new Error(`two events are ${key}:\n${before}\n${message.text}`);
    texts.set(key, message.text);
  }
  checkUnique('id', events, ({ id }) => id);
  if (order === 'by type') {
    checkRising(events);
    events.sort((a, b) => (a.store + a.sequence < b.store + b.sequence ? -1 : 1));
  }
  const next = new Map<string, number>();
  for (const { store, sequence, type } of events) {
    const expected = next.get(store) ?? 1;
    if (Number(sequence) !== expected)
      throw new Error(`${type}: sequence ${sequence}, expected ${expected}, in store ${store}`);
    next.set(store, expected + 1);
  }
  checkTickets(events);
  return events;
}

/** The events of each type come in the order of their sequence. */
function checkRising(events: readonly HallEvent[]): void {
  const last = new Map<string, string>();
  for (const { store, type, sequence } of events) {
    const key = `${store} ${type}`;
    if (sequence <= (last.get(key) ?? ''))
      throw new Error(`${type}: ${sequence} came after ${last.get(key)}`);
    last.set(key, sequence);
  }
}

function checkEnvelope({ topic, qos, contentType }: Message, event: HallEvent, root: string): void {
  const right =
    event.specversion === '1.0' &&
    event.datacontenttype === 'application/json' &&
    event.source === `/${root.replace('/v1/', '/')}` &&
    topic === `${root}/event/${event.type}` &&
    qos === 1 &&
    (contentType === undefined || contentType === 'application/cloudevents+json') &&
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/.test(event.id) &&
    /^\d{16}$/.test(event.sequence) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(event.time) &&
    ['synced', 'holdover', 'untrusted'].includes(event.timequality) &&
    typeof event.subject === 'string' &&
    typeof event.boot === 'string' &&
    typeof event.data === 'object';
  if (!right) throw new Error(`not an event as promised, at ${topic}: ${JSON.stringify(event)}`);
}

function checkTickets(events: readonly HallEvent[]): void {
  const of = (...types: string[]) => events.filter(({ type }) => types.includes(type));
  checkUnique('ticket issued', of('ticket.issued'), ({ data }) => data.ticket);
  checkUnique('call of ticket', of('ticket.called'), ({ data }) => data.ticket);
  checkUnique('end of ticket', of(...ends), ({ data }) => data.ticket);
  checkUnique('number', of('ticket.issued'), ({ data }) => `${data.queue} ${data.day} ${data.number}`);
}

function checkUnique(what: string, events: readonly HallEvent[], pick: (event: HallEvent) => string): void {
  const seen = new Set<string>();
  for (const event of events) {
    const value = pick(event);
    if (seen.has(value)) throw new Error(`${what} ${value} came twice`);
    seen.add(value);
  }
}

/** Whom each window serves by the events: ticket ids by window. */
export function servedBy(events: readonly HallEvent[]): Map<string, string> {
  const served = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'ticket.called') served.set(data.window, data.ticket);
    if (!ends.includes(type)) continue;
    for (const [window, ticket] of served) if (ticket === data.ticket) served.delete(window);
  }
  return served;
}
