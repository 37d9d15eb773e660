import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';

describe('the turns on a wire', () => {
  it('go to who comes late and needs less silence than the one that waits for it', async () => {
    const clock = new VirtualClock();
    const { carrier, farEnd } = memoryCable({ clock });
    const bus = byteBus('row', reopeningWire(carrier, clock), clock, silentLog);
    const heard: { at: number; first: number }[] = [];
    farEnd.onBytes(([first = 0]) => heard.push({ at: clock.monotonicMilliseconds(), first }));
    await clock.advance(10);
    void bus.send(Uint8Array.of(1), 'command', 5);
    await clock.advance(10);
    const began = heard[0]!.at;
    void bus.send(Uint8Array.of(2), 'poll', 200);
    await clock.advance(50);
    void bus.send(Uint8Array.of(3), 'call', 5);
    await clock.advance(400);
    expect(heard.map(({ first }) => first)).toEqual([1, 3, 2]);
    expect(heard[1]!.at - began).toBeLessThan(100);
    expect(heard[2]!.at - heard[1]!.at).toBeGreaterThanOrEqual(200);
    await bus.close();
  });
});
