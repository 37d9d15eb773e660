import { describe, expect, it, onTestFinished } from 'vitest';
import { PolledPart } from '../../src/devices/parts/polled-part.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { BusBase, WireState } from '../../src/transports/ports.js';
import { RecordedPart } from './part-bench.js';

/** A part that is asked once a second on a bus that only has a state. */
function asked(look: () => Promise<number>) {
  const clock = new VirtualClock();
  const bus = {
    name: 'net',
    state: 'open' as WireState,
    lostBecause: undefined as HallwardError | undefined,
    sent: 0,
    onChange: () => () => {},
    close: async () => {},
  } satisfies BusBase;
  const record = new RecordedPart<number>();
  const part = new PolledPart({ name: 'one', clock }, bus, 1_000, { look }, record);
  part.start();
  onTestFinished(() => {
    part.stop();
    expect(clock.pending().filter((name) => name !== 'the look')).toEqual([]);
  });
  return { clock, bus, record };
}

const unusable = new HallwardError('wire.unusable', 'usage', 'a file of its is missing');

describe('a part that is asked', () => {
  it('keeps its pace, whatever a look takes', async () => {
    const { clock, record } = asked(async () => {
      await new Promise<void>((resolve) => void clock.after('the look', 300, resolve));
      return 1;
    });
    await clock.advance(5_500);
    expect(record.told.map(({ at }) => at)).toEqual([300, 1_300, 2_300, 3_300, 4_300, 5_300]);
  });

  it('leaves some of the bus to others where looks take all of the time', async () => {
    const { clock, record } = asked(async () => {
      await new Promise<void>((resolve) => void clock.after('the look', 1_500, resolve));
      return 1;
    });
    await clock.advance(5_000);
    expect(record.told.map(({ at }) => at)).toEqual([1_500, 3_100, 4_700]);
  });

  it('on a bus that can’t be opened is unknown, not a driver that fails', async () => {
    const { clock, bus, record } = asked(async () => {
      throw unusable;
    });
    bus.state = 'lost';
    bus.lostBecause = unusable;
    await clock.advance(30_000);
    expect(record.crashes).toEqual([]);
    expect(record.troubles.map(({ code }) => code)).toEqual(['wire.unusable']);
  });

  it('that asks for something impossible is a driver that fails', async () => {
    const { clock, record } = asked(async () => {
      throw new HallwardError('i2c.bad-transfer', 'usage', 'no such address');
    });
    await clock.advance(30_000);
    expect(record.crashes).toHaveLength(1);
    expect(record.troubles).toEqual([]);
  });
});
