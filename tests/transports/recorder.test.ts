import { describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import type { Carrier, ConnectionEvents } from '../../src/transports/ports.js';
import { type RecordedMoment, recordedCarrier } from '../../src/transports/recorder.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';

/** What was recorded, with hex in place of bytes, copied at once: bytes are lent. */
function notes() {
  const seen: unknown[] = [];
  const sink = (moment: RecordedMoment) => {
    seen.push('bytes' in moment ? { ...moment, bytes: Buffer.from(moment.bytes).toString('hex') } : moment);
  };
  return { seen, sink };
}

const nothing: ConnectionEvents = { bytes() {}, closed() {} };

describe('a recorded carrier', () => {
  it('notes what comes, what goes, and what happens to the wire, each with its moment', async () => {
    const clock = new VirtualClock('2026-11-21T01:02:03.004Z');
    const { carrier, farEnd, cable } = memoryCable({ address: 'here', byteMicroseconds: 1042, clock });
    const { seen, sink } = notes();
    const recording = recordedCarrier(carrier, clock, sink);
    expect(recording.startedAt).toBe('2026-11-21T01:02:03.004Z');
    expect(recording.carrier).toMatchObject({ address: 'here', byteMicroseconds: 1042 });
    const heard: string[] = [];
    const wire = reopeningWire(recording.carrier, clock, () => 0.5);
    wire.start({
      opened: () => heard.push('opened'),
      bytes: (chunk) => heard.push(Buffer.from(chunk).toString('hex')),
      lost: () => heard.push('lost'),
    });
    await clock.advance(10);
    farEnd.send(Uint8Array.of(0xaa, 5));
    await clock.advance(100);
    const written = wire.write(Uint8Array.of(6));
    await clock.advance(100);
    await written;
    cable.cut();
    await clock.advance(5_000);
    cable.join();
    await clock.advance(5_000);
    expect(heard).toEqual(['opened', 'aa05', 'lost', 'opened']);
    expect(seen).toMatchObject([
      { t: 0, event: 'opened' },
      { dir: 'in', bytes: 'aa05' },
      { t: 110, dir: 'out', bytes: '06' },
      { event: 'lost' },
      // The tries in vain had another reason, the same each time.
      { event: 'lost' },
      { event: 'opened' },
    ]);
    expect(seen).toHaveLength(6);
    await wire.close();
    expect(seen.at(-1)).toMatchObject({ event: 'closed' });
  });

  it('notes bytes that come before the carrier says that it is open', async () => {
    const clock = new VirtualClock();
    const early: Carrier = {
      address: 'early',
      byteMicroseconds: 0,
      async open(events) {
        events.bytes(Uint8Array.of(1));
        return { async write() {}, async close() {} };
      },
    };
    const { seen, sink } = notes();
    await recordedCarrier(early, clock, sink).carrier.open(nothing);
    expect(seen).toEqual([
      { t: 0, event: 'opened' },
      { t: 0, dir: 'in', bytes: '01' },
    ]);
  });

  it('goes on as if nothing were recorded where the sink throws', async () => {
    const clock = new VirtualClock();
    const { carrier, farEnd } = memoryCable();
    let calls = 0;
    const recording = recordedCarrier(carrier, clock, () => {
      calls++;
      throw new Error('disk full');
    });
    const heard: string[] = [];
    const connection = await recording.carrier.open({
      ...nothing,
      bytes: (chunk) => heard.push(Buffer.from(chunk).toString('hex')),
    });
    farEnd.send(Uint8Array.of(1));
    await clock.advance(1);
    farEnd.send(Uint8Array.of(2));
    await clock.advance(1);
    await connection.write(Uint8Array.of(3));
    expect(heard.join('')).toBe('0102');
    expect(calls).toBe(1);
    expect(recording.failed).toMatchObject({ code: 'recording.failed', message: 'disk full' });
    await connection.close();
  });

  it('has the same watch and presence as what it wraps, and rejects as it does', async () => {
    const clock = new VirtualClock();
    const { carrier, cable } = memoryCable();
    const { seen, sink } = notes();
    const recorded = recordedCarrier(carrier, clock, sink).carrier;
    let changes = 0;
    const connection = await recorded.open(nothing);
    recorded.watch?.(() => {
      changes++;
    });
    cable.cut('silently');
    await clock.advance(10);
    expect(recorded.present?.()).toBe(false);
    expect(recorded.present?.()).toBe(false);
    await connection.close();
    await expect(recorded.open(nothing)).rejects.toBeInstanceOf(HallwardError);
    // The connection told nothing; the loss was found by asking, and is told once.
    expect(seen).toMatchObject([
      { event: 'opened' },
      { event: 'lost', reason: 'memory is gone' },
      { event: 'lost' },
    ]);
    cable.join();
    await clock.advance(10);
    expect(changes).toBeGreaterThan(0);
    const plain: Carrier = { address: 'a', byteMicroseconds: 0, open: carrier.open };
    const other = recordedCarrier(plain, clock, sink).carrier;
    expect(other.watch).toBeUndefined();
    expect(other.present).toBeUndefined();
  });
});
