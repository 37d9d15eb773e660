import fc from 'fast-check';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/index.js';
import { type RecordedMoment, recordedCarrier } from '../../src/transports/recorder.js';
import { WireRing } from '../../src/transports/wire-ring.js';

const size = 4_096;
const bytesOf = (moments: readonly RecordedMoment[], dir: 'in' | 'out') =>
  moments.flatMap((moment) => ('dir' in moment && moment.dir === dir ? [...moment.bytes] : []));

const moment: fc.Arbitrary<RecordedMoment> = fc.oneof(
  fc.record({
    t: fc.constant(0),
    dir: fc.constantFrom('in' as const, 'out' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({
    t: fc.constant(0),
    dir: fc.constantFrom('in' as const, 'out' as const),
    bytes: fc.uint8Array({ minLength: 900, maxLength: 9_000 }),
  }),
  fc.record({ t: fc.constant(0), event: fc.constantFrom('opened' as const, 'closed' as const) }),
  fc.record({
    t: fc.constant(0),
    event: fc.constant('lost' as const),
    reason: fc.string({ minLength: 1, maxLength: 400 }),
  }),
);

it('holds the newest of what passed, in order and byte for byte, whatever passes', () => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 60 }), (given) => {
      const ring = new WireRing(size);
      const moments = given.map((one, t) => ({ ...one, t: t + 0.25 }));
      for (const one of moments) ring.note(one);
      const kept = ring.moments();
      for (const dir of ['in', 'out'] as const) {
        const all = bytesOf(moments, dir);
        const held = bytesOf(kept, dir);
        expect(held).toEqual(all.slice(all.length - held.length));
      }
      const times = kept.map(({ t }) => t);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const events = moments.flatMap((one) => ('event' in one ? [`${one.t} ${one.event}`] : []));
      const heldEvents = kept.flatMap((one) => ('event' in one ? [`${one.t} ${one.event}`] : []));
      expect(heldEvents).toEqual(events.slice(events.length - heldEvents.length));
      // Nothing newer is missing than the oldest that is there, and little room stays unused.
      const passed = moments.reduce((sum, one) => sum + 11 + ('dir' in one ? one.bytes.length : 0), 0);
      if (passed > 2 * size) {
        const used = kept.reduce((sum, one) => sum + 11 + ('dir' in one ? one.bytes.length : 0), 0);
        expect(used).toBeGreaterThan(size - 2_000);
      }
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

it('keeps what it was lent, and the reason of a loss', () => {
  const ring = new WireRing();
  const lent = Uint8Array.of(1, 2, 3);
  ring.note({ t: 1, dir: 'in', bytes: lent });
  lent.fill(9);
  ring.note({ t: 2, event: 'lost', reason: '/dev/x 不见了' });
  ring.note({ t: 3, event: 'opened' });
  expect(ring.moments()).toEqual([
    { t: 1, dir: 'in', bytes: Uint8Array.of(1, 2, 3) },
    { t: 2, event: 'lost', reason: '/dev/x 不见了' },
    { t: 3, event: 'opened' },
  ]);
});

it('notes what passes a carrier, and the line never knows', async () => {
  const clock = new VirtualClock();
  const { carrier, farEnd, cable } = memoryCable({ clock });
  const ring = new WireRing();
  const recording = recordedCarrier(carrier, clock, ring.note);
  const heard: number[] = [];
  const connection = await recording.carrier.open({
    bytes: (chunk) => heard.push(...chunk),
    closed: () => {},
  });
  await connection.write(Uint8Array.of(0x10, 0x04, 0x01));
  farEnd.send(Uint8Array.of(0x12));
  await clock.advance(10);
  cable.cut();
  await clock.advance(10);
  expect(heard).toEqual([0x12]);
  expect(ring.moments().map((one) => ('event' in one ? one.event : one.dir))).toEqual([
    'opened',
    'out',
    'in',
    'lost',
  ]);
});
