import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallingInput } from '../../src/calling/inputs.js';
import {
  adopted,
  firstFreeAfter,
  givenAway,
  mirrorOf,
  type QueueMirror,
  readMirror,
  waitingIn,
} from '../../src/calling/mirror.js';
import { apply, type CallingState, isWaiting, loadCalling } from '../../src/calling/state.js';
import type { Json } from '../../src/kernel/json.js';
import { exampleSettings, Hall, minute } from './hall.js';

/** Everything of a hall, as it goes over the wire. */
function mirrors(hall: Hall): Map<string, QueueMirror> {
  return new Map(
    Object.keys(exampleSettings.queues).map((queue) => {
      const wire = JSON.parse(JSON.stringify(mirrorOf(hall.calling, exampleSettings, queue))) as unknown;
      const read = readMirror(wire);
      if (read === undefined) throw new Error(`not readable: ${JSON.stringify(wire)}`);
      return [queue, read];
    }),
  );
}

/** Another board that has adopted it all. */
function heirOf(hall: Hall): Hall {
  const heir = new Hall();
  heir.boot = 'another';
  heir.monotonic = 5;
  heir.wall = hall.wall;
  const puts: Record<string, Json> = adopted(mirrors(hall), heir.calling);
  for (const [key, value] of Object.entries(puts)) {
    if (value === null) heir.stored.delete(key);
    else heir.stored.set(key, value);
  }
  heir.calling = loadCalling(heir.stored);
  return heir;
}

const lineOf = (calling: CallingState, queue: string) =>
  [...calling.tickets.values()]
    .filter((ticket) => ticket.queue === queue && isWaiting(ticket))
    .sort((one, other) => one.order - other.order)
    .map(({ number, priority }) => `${number}${priority ? '!' : ''}`);

const inputs: fc.Arbitrary<CallingInput> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ticket.issue' as const),
      queue: fc.constantFrom('general', 'tax'),
      priority: fc.boolean(),
    }),
  },
  fc.record({
    type: fc.constantFrom('next', 'recall', 'skip', 'done', 'pause', 'open', 'close'),
    window: fc.constantFrom('5', '6'),
  }) as fc.Arbitrary<CallingInput>,
  fc.record({
    type: fc.constant('ticket.transfer' as const),
    ticket: fc.constantFrom('A001', 'A002', 'T001'),
    queue: fc.constantFrom('general', 'tax'),
  }),
  fc.record({ type: fc.constant('ticket.return' as const), ticket: fc.constantFrom('A001', 'A002', 'T001') }),
);

describe('a queue that another controller adopts', () => {
  it('has the same people at the same windows and in the same order', () => {
    fc.assert(
      fc.property(fc.array(inputs, { maxLength: 60 }), (script) => {
        const hall = new Hall();
        for (const input of script) {
          hall.pass(minute);
          hall.tell(input);
        }
        const heir = heirOf(hall);
        expect(heir.calling.problems).toEqual([]);
        for (const queue of ['general', 'tax']) {
          expect(lineOf(heir.calling, queue)).toEqual(lineOf(hall.calling, queue));
        }
        for (const window of ['5', '6']) {
          const [was, is] = [hall.calling.windows.get(window), heir.calling.windows.get(window)];
          expect(is?.ticket ?? null).toBe(was?.ticket ?? null);
          expect(is?.state ?? 'closed').toBe(was?.state ?? 'closed');
        }
        // Who is called next is the same, too.
        hall.tell({ type: 'next', window: '6' });
        heir.tell({ type: 'next', window: '6' });
        expect(heir.calling.windows.get('6')?.ticket).toBe(hall.calling.windows.get('6')?.ticket);
      }),
      { numRuns: 200 },
    );
  });

  it('counts on where the leader could not have come by itself', () => {
    const hall = new Hall();
    for (let issued = 0; issued < 55; issued++) hall.tell({ type: 'ticket.issue', queue: 'general' });
    const heir = heirOf(hall);
    const { issued } = heir.tell({ type: 'ticket.issue', queue: 'general' });
    expect(issued?.number).toBe('A201');
    for (const count of [0, 1, 49, 50, 51, 149, 150, 151, 999]) {
      expect(firstFreeAfter(count) - count).toBeGreaterThanOrEqual(50);
      expect(firstFreeAfter(count) % 100).toBe(0);
    }
  });

  it('lists who waits, those with priority first', () => {
    const hall = new Hall();
    for (const priority of [false, true, false])
      hall.tell({ type: 'ticket.issue', queue: 'general', priority });
    hall.tell({ type: 'ticket.issue', queue: 'tax' });
    expect(waitingIn(mirrors(hall).get('general')!)).toEqual([
      { number: 'A002', priority: true },
      { number: 'A001', priority: false },
      { number: 'A003', priority: false },
    ]);
  });

  it('is taken away at once where it was given away, with nobody ended', () => {
    const hall = new Hall();
    for (let issued = 0; issued < 3; issued++) hall.tell({ type: 'ticket.issue', queue: 'general' });
    hall.tell({ type: 'ticket.issue', queue: 'tax' });
    hall.tell({ type: 'next', window: '5' });
    apply(hall.calling, givenAway(hall.calling, new Set(['general'])));
    expect([...hall.calling.tickets.values()].map(({ number }) => number)).toEqual(['T001']);
    expect(hall.calling.windows.get('5')?.ticket ?? null).toBeNull();
  });

  it('cannot be had of garbage', () => {
    const good = JSON.parse(JSON.stringify(mirrorOf(new Hall().calling, exampleSettings, 'general')));
    expect(readMirror(good)).toBeDefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read = readMirror(value);
        if (read !== undefined) adopted(new Map([['general', read]]), new Hall().calling);
        expect(readMirror({ ...good, tickets: [value] })).toBeUndefined();
      }),
    );
  });
});
