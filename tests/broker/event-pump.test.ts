import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventPump } from '../../src/hub/event-pump.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { EventType } from '../../src/protocols/hub/events.js';
import { FakePort } from './support/fake-port.js';
import { MemoryOutbox } from './support/memory-outbox.js';

const quietEnd = { blamesUs: false, unexplained: false };
const types = ['ticket.called', 'key.pressed', 'rating.submitted'] as const;

function setUp(outbox = new MemoryOutbox()) {
  const clock = new VirtualClock();
  const topicOf = (type: EventType) => `event/${type}`;
  let told = 0;
  const onHeld = () => void told++;
  const pump = new EventPump({ outbox, topicOf, clock, log: silentLog, onHeld, random: () => 0.5 });
  return { clock, outbox, pump, told: () => told };
}

const sequenceOf = (sent: { readonly payload: string }) =>
  (JSON.parse(sent.payload) as { sequence: number }).sequence;

/** Lets one event of each type be taken, after which many may be in flight. */
async function warmUp(pump: EventPump, port: FakePort, outbox: MemoryOutbox, clock: VirtualClock) {
  for (const type of types) outbox.add(type);
  outbox.synced();
  while (port.flying.length > 0) port.answer(0);
  pump.go();
  await clock.advance(0);
  port.all.length = 0;
}

describe('the event pump', () => {
  it('sends one event of a type alone until the broker has taken one, lest later ones overtake it', () => {
    const { outbox, pump } = setUp();
    for (let n = 0; n < 9; n++) outbox.add(types[n % 3] ?? 'key.pressed');
    const port = new FakePort();
    pump.up(port);
    expect(port.flying.map(sequenceOf)).toEqual([1, 2, 3]);
    port.answer(0);
    port.answer(0x10);
    pump.go();
    // 1 was taken: 4 may go, and 7 with it. 2 was not. 3 has no answer: 6 waits, and what is behind it.
    expect(port.flying.map(sequenceOf)).toEqual([3, 4]);
    port.answer(0);
    pump.go();
    expect(port.flying.map(sequenceOf)).toEqual([4, 6, 7, 9]);
    // Who listened may be gone at the next connection.
    pump.down(quietEnd);
    const next = new FakePort();
    pump.up(next);
    expect(next.flying.map(sequenceOf)).toEqual([2, 4, 6]);
  });

  it('reports delivered only without a gap, whatever the order of the answers', async () => {
    const { clock, outbox, pump } = setUp();
    const port = new FakePort();
    pump.up(port);
    await warmUp(pump, port, outbox, clock);
    for (let n = 0; n < 3; n++) outbox.add('ticket.called');
    outbox.synced();
    port.answer(0, 1);
    await clock.advance(0);
    expect(outbox.deliveredThrough('ticket.called')).toBe(1);
    port.answer(0, 0);
    await clock.advance(0);
    expect(outbox.deliveredThrough('ticket.called')).toBe(5);
  });

  it('does not count an event as delivered that nobody subscribes to', async () => {
    const { clock, outbox, pump, told } = setUp();
    outbox.add('ticket.called');
    const port = new FakePort();
    pump.up(port);
    port.answer(0x10);
    await clock.advance(0);
    expect(outbox.deliveredThrough('ticket.called')).toBe(0);
    expect(pump.held()).toMatchObject([{ type: 'ticket.called', reasonCode: 0x10 }]);
    expect(told()).toBe(1);
  });

  it('tries a held type with one event, after pauses that grow from 1 s to 30 s', async () => {
    const { clock, outbox, pump } = setUp();
    const port = new FakePort();
    pump.up(port);
    await warmUp(pump, port, outbox, clock);
    for (let n = 0; n < 10; n++) outbox.add('ticket.called');
    outbox.synced();
    while (port.flying.length > 0) port.answer(0x10);
    expect(port.all).toHaveLength(10);
    const tries: number[] = [];
    for (let second = 1; second <= 200; second++) {
      await clock.advance(1_000);
      expect(port.flying.length).toBeLessThanOrEqual(1);
      if (port.flying.length === 0) continue;
      tries.push(second);
      expect(sequenceOf(port.answer(0x10))).toBe(4);
    }
    const pauses = tries.map((second, index) => second - (tries[index - 1] ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(31);
    expect(pauses.at(-1)).toBeGreaterThan(20);
    await clock.advance(31_000);
    port.answer(0);
    await clock.advance(0);
    expect(port.flying.map(sequenceOf)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(pump.held()).toEqual([]);
  });

  it('does not send again what was taken while its elder was refused', async () => {
    const { clock, outbox, pump } = setUp();
    const port = new FakePort();
    pump.up(port);
    await warmUp(pump, port, outbox, clock);
    for (let n = 0; n < 3; n++) outbox.add('ticket.called');
    outbox.synced();
    port.answer(0x10);
    port.answer(0);
    port.answer(0);
    await clock.advance(2_000);
    expect(port.flying.map(sequenceOf)).toEqual([4]);
    port.answer(0);
    await clock.advance(0);
    expect(outbox.deliveredThrough('ticket.called')).toBe(6);
    expect(port.all).toHaveLength(4);
  });

  it('sends again in order what was in flight when the connection ended', async () => {
    const { clock, outbox, pump } = setUp();
    const first = new FakePort(10);
    pump.up(first);
    await warmUp(pump, first, outbox, clock);
    for (let n = 0; n < 30; n++) outbox.add(types[n % 3] ?? 'key.pressed');
    outbox.synced();
    first.answer(0, 4);
    pump.down(quietEnd);
    const second = new FakePort(100);
    pump.up(second);
    while (second.flying.length > 0) {
      second.answer(0);
      pump.go();
    }
    const expected = Array.from({ length: 30 }, (_, index) => index + 4).filter((n) => n !== 8);
    expect(second.all.map(sequenceOf)).toEqual(expected);
    // An answer that comes late, from the old connection, is no answer.
    const through = outbox.deliveredThrough('ticket.called');
    first.answer(0x87);
    expect(pump.held()).toEqual([]);
    expect(outbox.deliveredThrough('ticket.called')).toBe(through);
  });

  it('goes past events that were let go at the cap while they waited', async () => {
    const { clock, outbox, pump } = setUp();
    for (let n = 0; n < 3; n++) outbox.add('ticket.called');
    const first = new FakePort();
    pump.up(first);
    pump.down(quietEnd);
    outbox.letGo(1);
    outbox.letGo(2);
    const second = new FakePort();
    pump.up(second);
    expect(second.flying.map(sequenceOf)).toEqual([3]);
    second.answer(0);
    await clock.advance(0);
    expect(outbox.deliveredThrough('ticket.called')).toBe(3);
  });

  it('lets go of a held type whose events are all gone', async () => {
    const { clock, outbox, pump } = setUp();
    outbox.add('ticket.called');
    const port = new FakePort();
    pump.up(port);
    port.answer(0x87);
    outbox.letGo(1);
    await clock.advance(2_000);
    expect(pump.held()).toEqual([]);
  });

  it('holds a type over which the broker keeps closing the connection, and only that', async () => {
    const { clock, outbox, pump } = setUp();
    for (let n = 0; n < 40; n++) outbox.add(n % 7 === 3 ? 'rating.submitted' : 'ticket.called');
    let connections = 0;
    for (; connections < 20 && outbox.deliveredThrough('ticket.called') < 40; connections++) {
      const port = new FakePort(10);
      pump.up(port);
      await clock.advance(100);
      while (port.flying.length > 0 && port.flying[0]?.topic !== 'event/rating.submitted') {
        port.answer(0);
        pump.go();
      }
      await clock.advance(0);
      if (port.flying.length > 0) pump.down({ blamesUs: false, unexplained: true });
    }
    expect(outbox.deliveredThrough('ticket.called')).toBe(40);
    expect(connections).toBeLessThan(10);
    expect(pump.held()).toMatchObject([{ type: 'rating.submitted', reasonCode: 0 }]);
  });

  it('gives the rest of the house its turn while it looks through a long delivered past', async () => {
    const outbox = new MemoryOutbox();
    outbox.add('rating.submitted');
    for (let n = 0; n < 50_000; n++) outbox.add('ticket.called');
    outbox.delivered('ticket.called', 50_000);
    const { clock, pump } = setUp(outbox);
    const port = new FakePort();
    pump.up(port);
    expect(port.flying.map(sequenceOf)).toEqual([1]);
    expect(clock.pending()).toContain('hub.outbox-scan');
    await clock.advance(1);
    expect(port.flying.map(sequenceOf)).toEqual([1, 50_001]);
  });

  it('leaves no timer behind where the outbox fails while it is closed', async () => {
    const outbox = new MemoryOutbox();
    outbox.add('ticket.called');
    const { clock, pump } = setUp(outbox);
    outbox.read = () => Promise.reject(new Error('the disk is gone'));
    pump.up(new FakePort());
    pump.close();
    await clock.advance(0);
    expect(clock.pending()).toEqual([]);
  });

  it('brings everything, in order and without needless repeats, through any answers and losses', async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('answer' as const),
          at: fc.nat(20),
          code: fc.constantFrom(0, 0, 0, 0, 0x10, 0x87),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('add' as const), type: fc.constantFrom(...types) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('lose' as const),
          blamesUs: fc.boolean(),
          unexplained: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.nat(5_000) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 8 }),
        async (steps, limit) => {
          const { clock, outbox, pump } = setUp();
          const takenOnce = new Set<number>();
          const doubted = new Set<number>();
          const perType = new Map<string, number>();
          let port = new FakePort(limit);
          pump.up(port);
          const look = () => {
            for (const { topic, payload } of port.all.splice(0)) {
              const sequence = sequenceOf({ payload });
              // Nothing that the broker has taken is sent again.
              expect(takenOnce.has(sequence)).toBe(false);
              const before = perType.get(topic) ?? 0;
              // A first sending is never older than one before it, unless that one is to be repeated.
              if (!doubted.has(sequence)) expect(sequence).toBeGreaterThan(before);
              perType.set(topic, Math.max(before, sequence));
              doubted.add(sequence);
            }
          };
          const answer = (code: number, at: number) => {
            const sent = port.answer(code, at);
            if (code === 0) takenOnce.add(sequenceOf(sent));
            pump.go();
            look();
          };
          for (const one of steps) {
            if (one.kind === 'add') {
              outbox.add(one.type);
              outbox.synced();
            } else if (one.kind === 'answer' && port.flying.length > 0) {
              answer(one.code, one.at % port.flying.length);
            } else if (one.kind === 'lose') {
              pump.down(one);
              port = new FakePort(limit);
              pump.up(port);
            } else if (one.kind === 'wait') await clock.advance(one.milliseconds);
            look();
            for (const type of types) {
              const through = outbox.deliveredThrough(type);
              const upTo = outbox.events.filter((event) => event.type === type && event.sequence <= through);
              expect(upTo.every(({ sequence }) => takenOnce.has(sequence))).toBe(true);
            }
          }
          for (let round = 0; round < 100 && outbox.backlog.events > 0; round++) {
            while (port.flying.length > 0) answer(0, 0);
            await clock.advance(20_000);
            look();
          }
          expect(outbox.backlog.events).toBe(0);
          expect(outbox.mistakes).toEqual([]);
          expect(pump.held()).toEqual([]);
          expect(port.mostInFlight).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 300 },
    );
  });
});
