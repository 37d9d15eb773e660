import { expect, it } from 'vitest';
import type { HallPorts } from '../../src/hall/ports.js';
import { WaitingRoom } from '../../src/hall/waiting-room.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

it('a hall without doors that count says nothing of people who stand', async () => {
  const clock = new VirtualClock();
  const raised: Parameters<HallPorts['raise']>[0][] = [];
  const ports = {
    ...{ clock, clear: () => {}, publishRoom: () => {} },
    raise: (fault: Parameters<HallPorts['raise']>[0]) => void raised.push(fault),
  };
  const room = new WaitingRoom({ ports, served: () => 0 });
  room.addSeats('seats-n', { seats: 10, taken: 10, onChange: () => () => {} });
  await clock.advance(3_000);
  expect(raised.at(-1)?.text?.en).toBe('Seats run short: {taken} of {seats} are taken');
  const sure = { low: 15, median: 15, high: 15 };
  room.addDoors('doors', { occupancy: sure, onChange: () => () => {} });
  await clock.advance(3_000);
  expect(raised.at(-1)).toMatchObject({ evidence: { standing: 5 } });
  expect(raised.at(-1)?.text).toBeUndefined();
  room.stop();
  expect(clock.pending()).toEqual([]);
});
