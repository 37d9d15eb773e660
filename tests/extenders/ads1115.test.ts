import { describe, expect, it } from 'vitest';
import { adsAnalogBus } from '../../src/extenders/ads1115.js';
import type { AdsOptions } from '../../src/extenders/ads1115-conversion.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { dice } from '../devices/bench.js';
import { i2cBench } from './bench.js';

/** One converter with the real buses on it, in virtual time. */
async function bench({ at = 0x48, ...options }: Partial<AdsOptions> & { readonly at?: number } = {}) {
  const wires = i2cBench();
  const { clock, panel, i2c } = wires;
  const chip = simulatedAds1115(clock);
  panel.attach(at, chip);
  const standard = { address: 0x48, fullScaleVolts: 4.096, samplesPerSecond: 128 } as const;
  const bus = adsAnalogBus('mats', i2c, { ...standard, ...options }, clock, dice(1));
  const states: string[] = [];
  bus.onChange(() => states.push(`${bus.state} ${bus.lostBecause?.code ?? ''}`.trim()));
  await clock.advance(5);

  function sample(channel: number, everyMilliseconds = 1_000) {
    const values: { volts: number; fraction: number; at: number }[] = [];
    const losses: string[] = [];
    const stop = bus.sample(
      { channel, everyMilliseconds },
      {
        value: (volts, fraction, at) => values.push({ volts, fraction, at }),
        lost: (error) => losses.push(error.code),
      },
    );
    return { values, losses, stop };
  }

  return { ...wires, chip, bus, states, sample };
}

describe('an ADS1115', () => {
  it('is looked for, and not spoken to while nobody wants a value', async () => {
    const { clock, sent, states, chip } = await bench();
    expect(states).toEqual(['open']);
    const before = sent.length;
    await clock.advance(600_000);
    expect([sent.length - before, chip.conversions]).toEqual([0, 0]);
  });

  it('tells the voltage at once and then at the pace asked for', async () => {
    const { clock, chip, sample } = await bench();
    chip.channel(2).volts(1.65);
    const { values } = sample(2, 500);
    await clock.advance(20);
    expect(values).toHaveLength(1);
    expect(values[0]!.volts).toBeCloseTo(1.65, 3);
    expect(values[0]!.fraction).toBeCloseTo(1.65 / 4.096, 3);
    chip.channel(2).volts(0.2);
    await clock.advance(5_000);
    expect(values).toHaveLength(11);
    expect(values.at(-1)!.volts).toBeCloseTo(0.2, 3);
  });

  it('measures one input after the other, each at its own pace, and only those', async () => {
    const { clock, chip, sample, bus } = await bench();
    for (const channel of [0, 1, 2, 3]) chip.channel(channel).volts(channel + 0.5);
    const inputs = [sample(0, 100), sample(1, 200), sample(3, 1_000)];
    await clock.advance(10_050);
    expect(inputs.map(({ values }) => values.length)).toEqual([101, 51, 11]);
    expect(inputs.map(({ values }) => values.at(-1)!.volts.toFixed(2))).toEqual(['0.50', '1.50', '3.50']);
    expect(chip.conversions).toBe(101 + 51 + 11);
    expect(bus.state).toBe('open');
  });

  it('gives everybody the pace of the fastest, and slows down when that one leaves', async () => {
    const { clock, chip, sample } = await bench();
    const slow = sample(0, 1_000);
    const fast = sample(0, 100);
    await clock.advance(1_050);
    expect(slow.values.length).toBe(fast.values.length);
    fast.stop();
    await clock.advance(200);
    const begun = chip.conversions;
    await clock.advance(10_000);
    expect(chip.conversions - begun).toBe(10);
    slow.stop();
    await clock.advance(2_000);
    const last = chip.conversions;
    await clock.advance(60_000);
    expect(chip.conversions).toBe(last);
  });

  it('shares its time where more is wanted than it can do', async () => {
    const { clock, sample } = await bench({ samplesPerSecond: 8 });
    const inputs = [sample(0, 10), sample(1, 10), sample(2, 10)];
    await clock.advance(10_000);
    const counts = inputs.map(({ values }) => values.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(Math.min(...counts)).toBeGreaterThan(20);
  });

  it.each([
    [5, 4.096, 1],
    [-0.01, -0.01, 0],
  ])('says full scale for %d V at an input, and never less than nothing', async (volts, seen, fraction) => {
    const { clock, chip, sample } = await bench();
    chip.channel(0).volts(volts);
    const { values } = sample(0);
    await clock.advance(50);
    expect(values[0]!.volts).toBeCloseTo(seen, 2);
    expect(values[0]!.fraction).toBe(fraction);
  });

  it('waits for a chip whose clock is slow', async () => {
    const { clock, chip, sample, bus } = await bench({ samplesPerSecond: 860 });
    chip.slowBy(3);
    chip.channel(0).volts(2);
    const { values, losses } = sample(0, 100);
    await clock.advance(1_000);
    expect(values.at(-1)?.volts).toBeCloseTo(2, 3);
    expect([losses, bus.state]).toEqual([[], 'open']);
  });

  it('is lost where it never finishes, and found again', async () => {
    const { clock, chip, sample, bus } = await bench();
    chip.slowBy(1_000);
    const { values, losses } = sample(0, 100);
    await clock.advance(3_000);
    expect([values.length, losses, bus.state]).toEqual([0, ['analog.not-done'], 'lost']);
    chip.slowBy(0);
    chip.power.off();
    chip.power.on();
    await clock.advance(2_500);
    expect(values.length).toBeGreaterThan(0);
  });

  it('has four inputs', async () => {
    const { clock, sample } = await bench();
    const inputs = [4, -1, 0.5].map((channel) => sample(channel));
    await clock.advance(10);
    expect(inputs.map(({ losses }) => losses)).toEqual(Array(3).fill(['analog.channel-unknown']));
  });

  it('is lost with the third conversion that fails, told once, and back within 2 s of its return', async () => {
    const { clock, chip, sample, states, bus } = await bench();
    const { values, losses } = sample(0, 10_000);
    await clock.advance(100);
    chip.power.off();
    await clock.advance(12_000);
    expect(states).toEqual(['open', 'lost wire.absent']);
    expect(losses).toEqual(['wire.absent']);
    expect(bus.lostBecause).toMatchObject({ kind: 'absent', evidence: { address: '0x48', answersAt: null } });
    await clock.advance(60_000);
    expect(losses).toHaveLength(1);
    const before = values.length;
    chip.power.on();
    await clock.advance(2_100);
    expect(values.length).toBeGreaterThan(before);
    expect(bus.state).toBe('open');
    chip.power.off();
    await clock.advance(12_000);
    expect(losses).toEqual(['wire.absent', 'wire.absent']);
  });

  it('tells what is wrong to whoever asks while it is lost', async () => {
    const { clock, chip, sample } = await bench();
    const first = sample(0, 100);
    chip.power.off();
    await clock.advance(2_000);
    const late = sample(1);
    await clock.advance(10);
    expect([first.losses, late.losses]).toEqual([['wire.absent'], ['wire.absent']]);
    chip.power.on();
    await clock.advance(2_100);
    expect(late.values).not.toEqual([]);
  });

  it('is found at another address, with one look around', async () => {
    const { clock, bus, sent } = await bench({ at: 0x4a });
    await clock.advance(30_000);
    expect(bus.lostBecause?.evidence).toMatchObject({ address: '0x48', answersAt: '0x4A' });
    expect(bus.lostBecause?.message).toContain('something answers at 0x4A');
    expect(sent.filter(({ address }) => address !== 0x48).map(({ address }) => address)).toEqual([
      0x49, 0x4a,
    ]);
  });

  it('is told from another chip that answers at its address', async () => {
    const { clock, panel, sample, states } = await bench();
    panel.attach(0x48, { answers: true, write() {}, read: (length) => new Uint8Array(length).fill(0x12) });
    const { values, losses } = sample(0, 500);
    await clock.advance(60_000);
    expect([values, losses]).toEqual([[], ['analog.wrong-chip']]);
    expect(states).toEqual(['open', 'lost analog.wrong-chip']);
    panel.attach(0x48, simulatedAds1115(clock));
    await clock.advance(2_500);
    expect(values).not.toEqual([]);
  });

  it('gives no value of a conversion that a loss of power has cut', async () => {
    const { clock, chip, sample, bus } = await bench({ samplesPerSecond: 8 });
    chip.channel(0).volts(3);
    const { values, losses } = sample(0, 1_000);
    await clock.advance(1_080);
    chip.power.off();
    chip.power.on();
    await clock.advance(3_000);
    expect(values.every(({ volts }) => Math.abs(volts - 3) < 0.001)).toBe(true);
    expect([losses, bus.state]).toEqual([[], 'open']);
  });

  it('says the reason of its bus where that is lost, and comes back with it', async () => {
    const { clock, panel, sample, bus } = await bench();
    const { losses, values } = sample(0, 200);
    await clock.advance(100);
    panel.holdLow();
    await clock.advance(5_000);
    expect(losses).toEqual(['wire.lost']);
    expect(bus.lostBecause).toMatchObject({ code: 'wire.lost', evidence: { because: 'i2c.line-stuck' } });
    await clock.advance(30_000);
    panel.release();
    const before = values.length;
    await clock.advance(4_000);
    expect(values.length).toBeGreaterThan(before);
    panel.hang();
    await clock.advance(3_000);
    expect(losses).toEqual(['wire.lost', 'wire.lost']);
    panel.unhang();
    await clock.advance(5_000);
    expect(bus.state).toBe('open');
  });

  it.each([1, 2, 3, 4, 5, 6])('tells no voltage that is a bit read wrong (%d)', async (seed) => {
    const { clock, chip, panel, sample } = await bench();
    chip.channel(1).volts(seed / 2);
    const { values } = sample(1, 50);
    panel.garble(0.01, dice(seed));
    await clock.advance(20_000);
    expect(values.length).toBeGreaterThan(200);
    for (const { volts } of values) expect(volts).toBeCloseTo(seed / 2, 3);
  });

  it('repeats a frozen result, for whoever asks to judge', async () => {
    const { clock, chip, sample } = await bench();
    chip.channel(0).volts(1);
    const { values } = sample(0, 100);
    await clock.advance(150);
    chip.freeze();
    chip.channel(0).volts(2);
    await clock.advance(1_000);
    expect(values.at(-1)!.volts).toBeCloseTo(1, 3);
    chip.thaw();
    await clock.advance(200);
    expect(values.at(-1)!.volts).toBeCloseTo(2, 3);
  });

  it('leaves nothing behind when it is closed in the middle of a conversion', async () => {
    const { clock, sample, bus, i2c } = await bench();
    const { values } = sample(0, 100);
    await clock.advance(103);
    await bus.close();
    const told = values.length;
    const closing = i2c.close();
    await clock.advance(1_000);
    await closing;
    expect([values.length, bus.state, clock.pending()]).toEqual([told, 'closed', []]);
    const late = sample(0);
    await clock.advance(1);
    expect(late.losses).toEqual(['bus.closed']);
  });
});
