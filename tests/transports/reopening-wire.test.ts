import { describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import type { Carrier, Connection } from '../../src/transports/ports.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { bytesOf, rejection } from './test-codec.js';

function bench(carrier: Carrier, clock: VirtualClock) {
  const told: string[] = [];
  const wire = reopeningWire(carrier, clock, () => 0.5);
  const listener = {
    opened: () => void told.push('opened'),
    bytes: (chunk: Uint8Array) => void told.push(`bytes ${String.fromCharCode(...chunk)}`),
    lost: (error: HallwardError) => void told.push(error.code),
  };
  return { wire, told, listener };
}

/** A carrier that counts its tries; each is ended by the test. */
function countingCarrier(watched = false) {
  const tries: { resolve(connection: Connection): void; reject(error: HallwardError): void }[] = [];
  let changed = () => {};
  const carrier: Carrier = {
    address: 'counted',
    byteMicroseconds: 0,
    open: () => new Promise((resolve, reject) => void tries.push({ resolve, reject })),
  };
  const watch = (tell: () => void) => {
    changed = tell;
    return () => {};
  };
  return { carrier: watched ? { ...carrier, watch } : carrier, tries, change: () => changed() };
}

const absent = () => new HallwardError('wire.absent', 'absent', 'not there');

function connection() {
  const made = { closed: 0, write: async () => {}, close: async () => void made.closed++ };
  return made;
}

describe('a reopening wire', () => {
  it('opens at once, carries bytes both ways, and opens again after a loss told once', async () => {
    const clock = new VirtualClock();
    const { carrier, farEnd, cable } = memoryCable();
    const { wire, told, listener } = bench(carrier, clock);
    const heard: string[] = [];
    farEnd.onBytes((bytes) => heard.push(String.fromCharCode(...bytes)));
    wire.start(listener);
    expect(wire.state).toBe('opening');
    await clock.advance(0);
    farEnd.send(bytesOf('in'));
    await wire.write(bytesOf('out'));
    cable.cut();
    await clock.advance(60_000);
    expect(wire.state).toBe('lost');
    expect(await rejection(wire.write(bytesOf('lost')))).toMatchObject({ code: 'wire.lost', kind: 'absent' });
    cable.join();
    await clock.advance(25);
    expect(wire.state).toBe('open');
    expect(told).toEqual(['opened', 'bytes in', 'wire.lost', 'opened']);
    expect(heard).toEqual(['out']);
  });

  it('tells once that the very first opening failed, and tries with growing pauses of at most 2 s', async () => {
    const clock = new VirtualClock();
    const { carrier, tries } = countingCarrier();
    const times: number[] = [];
    const refusing: Carrier = {
      ...carrier,
      open: async () => {
        times.push(clock.monotonicMilliseconds());
        throw absent();
      },
    };
    const { wire, told, listener } = bench(refusing, clock);
    wire.start(listener);
    await clock.advance(20_000);
    expect(tries).toHaveLength(0);
    expect(told).toEqual(['wire.absent']);
    const pauses = times.slice(1).map((at, index) => Math.round(at - times[index]!));
    expect(pauses.slice(0, 6)).toEqual([90, 180, 360, 720, 1_440, 1_800]);
    expect(Math.max(...pauses)).toBe(1_800);
  });

  it('tries at once when a change is told, and again within the second that follows', async () => {
    const clock = new VirtualClock();
    const { carrier, tries, change } = countingCarrier(true);
    const { wire, told, listener } = bench(carrier, clock);
    wire.start(listener);
    for (let round = 0; round < 8; round++) {
      tries.at(-1)!.reject(absent());
      await clock.advance(2_000);
    }
    tries.at(-1)!.reject(absent());
    await clock.advance(100);
    const before = tries.length;
    change();
    await clock.advance(1);
    expect(tries).toHaveLength(before + 1);
    // Its rights are not set yet.
    tries.at(-1)!.reject(new HallwardError('wire.denied', 'absent', 'no right'));
    await clock.advance(110);
    expect(tries).toHaveLength(before + 2);
    tries.at(-1)!.resolve(connection());
    await clock.advance(1);
    expect(told.at(-1)).toBe('opened');
  });

  it('is not driven to many tries by many changes', async () => {
    const clock = new VirtualClock();
    let tries = 0;
    let changed = () => {};
    const carrier: Carrier = {
      address: 'busy folder',
      byteMicroseconds: 0,
      open: async () => {
        tries++;
        throw absent();
      },
      watch: (tell) => {
        changed = tell;
        return () => {};
      },
    };
    const { wire, listener } = bench(carrier, clock);
    wire.start(listener);
    for (let round = 0; round < 1_000; round++) {
      changed();
      await clock.advance(1);
    }
    expect(tries).toBeLessThanOrEqual(1_000 / 20 + 2);
    await wire.close();
  });

  it('finds a loss that the connection does not notice, by a told change or by looking', async () => {
    for (const watched of [true, false]) {
      const clock = new VirtualClock();
      const { carrier, cable } = memoryCable();
      const { wire, told, listener } = bench(watched ? carrier : withoutWatch(carrier), clock);
      wire.start(listener);
      await clock.advance(10);
      cable.cut('silently');
      await clock.advance(watched ? 1 : 1_000);
      expect(told).toEqual(['opened', 'wire.lost']);
      cable.join();
      await clock.advance(2_000);
      expect(told).toEqual(['opened', 'wire.lost', 'opened']);
    }
  });

  it('closed in the middle of opening leaves nothing open', async () => {
    const clock = new VirtualClock();
    const { carrier, tries } = countingCarrier(true);
    const { wire, told, listener } = bench(carrier, clock);
    wire.start(listener);
    const closing = wire.close();
    const late = connection();
    tries[0]!.resolve(late);
    await closing;
    expect(late.closed).toBe(1);
    await clock.advance(10_000);
    expect(tries).toHaveLength(1);
    expect(told).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('does not wait for ever for an opening or a closing that hangs', async () => {
    const clock = new VirtualClock();
    const { carrier, tries } = countingCarrier();
    const { wire, listener } = bench(carrier, clock);
    wire.start(listener);
    let closed = false;
    void wire.close().then(() => {
      closed = true;
    });
    await clock.advance(2_000);
    expect(closed).toBe(true);
    const late = connection();
    tries[0]!.resolve(late);
    await clock.advance(0);
    expect(late.closed).toBe(1);
  });

  it('opens again although the old connection hangs in closing', async () => {
    const clock = new VirtualClock();
    let opened = 0;
    let end = (_: HallwardError) => {};
    const carrier: Carrier = {
      address: 'hanging',
      byteMicroseconds: 0,
      open: async (events) => {
        opened++;
        end = events.closed;
        return { write: async () => {}, close: () => new Promise(() => {}) };
      },
    };
    const { wire, told, listener } = bench(carrier, clock);
    wire.start(listener);
    await clock.advance(10);
    end(new HallwardError('wire.lost', 'absent', 'gone'));
    await clock.advance(3_000);
    expect(opened).toBe(2);
    expect(told).toEqual(['opened', 'wire.lost', 'opened']);
  });

  it('takes a failed write for a loss, too', async () => {
    const clock = new VirtualClock();
    const carrier: Carrier = {
      address: 'half dead',
      byteMicroseconds: 0,
      open: async () => ({
        write: async () => {
          throw new HallwardError('wire.lost', 'absent', 'gone');
        },
        close: async () => {},
      }),
    };
    const { wire, told, listener } = bench(carrier, clock);
    wire.start(listener);
    await clock.advance(10);
    expect(await rejection(wire.write(bytesOf('x')))).toMatchObject({ code: 'wire.lost' });
    expect(told).toEqual(['opened', 'wire.lost']);
    await clock.advance(200);
    expect(told).toEqual(['opened', 'wire.lost', 'opened']);
    await wire.close();
    expect(clock.pending()).toEqual([]);
  });
});

function withoutWatch({ address, byteMicroseconds, open, present }: Carrier): Carrier {
  return { address, byteMicroseconds, open, ...(present === undefined ? {} : { present }) };
}
