/** Contacts and light barriers, as people and things work them. */
import type { PartConfig } from '../../devices/kind.js';
import type { Clock } from '../../kernel/clock.js';
import { both, type ConnectionFront, type LineEnd, numberUpTo, type Order, order } from './front.js';

/** How long somebody is in a light barrier, and at a button. */
const passMilliseconds = 250;
const pressMilliseconds = 120;
/** A button that must be held. */
const holdMilliseconds = 2_500;

/** Closes and opens the contact of a line. */
export function contactOf(line: LineEnd | undefined, { activeLow }: PartConfig) {
  return {
    close: () => (activeLow === true ? line?.low() : line?.high()),
    open: () => (activeLow === true ? line?.high() : line?.low()),
  };
}

type Contact = ReturnType<typeof contactOf>;

export function contactOrders(contact: Contact, clock: Clock): Order[] {
  contact.open();
  const holdFor = (milliseconds: number) => () => {
    contact.close();
    clock.after('contact opens again', milliseconds, () => contact.open());
  };
  return [
    order('close', both('触点闭合', 'its contact closes'), () => contact.close()),
    order('open', both('触点断开', 'its contact opens'), () => contact.open()),
    order('press', both('按一下', 'is pressed shortly'), holdFor(pressMilliseconds)),
    order('hold', both('按住两秒多', 'is held for more than 2 s'), holdFor(holdMilliseconds)),
  ];
}

/** Several alike, by number. */
export function manyContacts(contacts: readonly Contact[]): ConnectionFront {
  const closed = new Set<number>();
  for (const contact of contacts) contact.open();
  const put = (number: number, close: boolean) => {
    const contact = contacts[number - 1];
    if (close) contact?.close();
    else contact?.open();
    if (close) closed.add(number);
    else closed.delete(number);
  };
  return {
    sees: () => `${closed.size}/${contacts.length}`,
    orders: [
      order('take NUMBER', both('占用', 'is taken'), ([number]) =>
        put(numberUpTo(number, contacts.length), true),
      ),
      order('leave NUMBER', both('空出', 'is free'), ([number]) =>
        put(numberUpTo(number, contacts.length), false),
      ),
    ],
  };
}

export function passOrder(contact: Contact, clock: Clock): Order {
  contact.open();
  return order('pass', both('有人经过', 'somebody goes through'), () => {
    contact.close();
    clock.after('has gone through', passMilliseconds, () => contact.open());
  });
}

/** Somebody breaks one beam, then both, then the other one alone. */
export function beamOrders(outer: Contact, inner: Contact, clock: Clock): ConnectionFront {
  outer.open();
  inner.open();
  const walk = (first: Contact, second: Contact) => () => {
    first.close();
    clock.after('in both beams', passMilliseconds, () => second.close());
    clock.after('out of the first beam', 2 * passMilliseconds, () => first.open());
    clock.after('through', 3 * passMilliseconds, () => second.open());
  };
  return {
    orders: [
      order('in', both('有人进来', 'somebody comes in'), walk(outer, inner)),
      order('out', both('有人出去', 'somebody goes out'), walk(inner, outer)),
      order('block', both('光束被挡住', 'something stands in the beam'), () => outer.close()),
      order('clear', both('挡住的东西拿走', 'it is taken away'), () => outer.open()),
    ],
  };
}
