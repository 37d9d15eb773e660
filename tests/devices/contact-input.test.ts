import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContactInput } from '../../src/devices/contact-input.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

function contacts(debounceMilliseconds = 300) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const input = new ContactInput(clock, {
    debounceMilliseconds,
    pressed: (key, at) => said.push(`${key} at ${at}`),
    stuck: (key, held) => said.push(`${key} stuck after ${held}`),
    released: () => said.push('released'),
  });
  const level = (active: boolean, key = '5') => input.level(key, active, clock.monotonicMilliseconds());
  /** Levels, each after a pause in milliseconds. */
  const play = async (...steps: readonly (readonly [number, boolean])[]) => {
    for (const [pause, active] of steps) {
      await clock.advance(pause);
      level(active);
    }
  };
  /** Changes the level every `every` milliseconds for a while; ends inactive. */
  const bounce = async (every: number, milliseconds: number) => {
    level(false);
    for (let turn = 0; turn * every < milliseconds; turn++) {
      level(turn % 2 === 0);
      await clock.advance(every);
    }
    level(false);
  };
  return { clock, said, input, level, play, bounce };
}

describe('a contact', () => {
  it('is pressed at its first active edge, without a delay', async () => {
    const { said, play } = contacts();
    await play([0, false], [1000, true]);
    expect(said).toEqual(['5 at 1000']);
  });

  it('is one press however it bounces, at its closing and at its opening', async () => {
    const { clock, said, play } = contacts();
    await play([0, false], [1000, true], [1, false], [2, true], [5, false], [9, true]);
    await play([2000, false], [1, true], [1, false], [3, true], [1, false]);
    await clock.advance(60_000);
    expect(said).toEqual(['5 at 1000']);
  });

  it('is pressed again where it was still for long enough', async () => {
    const { said, play } = contacts();
    await play([0, false], [1000, true], [100, false], [299, true], [100, false], [300, true]);
    expect(said).toEqual(['5 at 1000', '5 at 1799']);
  });

  it('is pressed at every edge where there is no rule', async () => {
    const { said, play } = contacts(0);
    await play([0, false], [10, true], [1, false], [1, true]);
    expect(said).toEqual(['5 at 10', '5 at 12']);
  });

  it('that is active from the start presses nothing, and is stuck after 15 s', async () => {
    const { clock, said, level } = contacts();
    level(true);
    await clock.advance(14_999);
    expect(said).toEqual([]);
    await clock.advance(1);
    expect(said).toEqual(['5 stuck after 15000']);
  });

  it('that is active from the start and let go presses when it is pressed', async () => {
    const { said, play } = contacts();
    await play([0, true], [1000, false], [1000, true]);
    expect(said).toEqual(['5 at 2000']);
  });

  it('that is held is stuck once, presses nothing, and is free after 2 s of stillness', async () => {
    const { clock, said, play } = contacts();
    await play([0, false], [0, true]);
    await clock.advance(100_000);
    expect(said).toEqual(['5 at 0', '5 stuck after 15000']);
    await play([0, false], [500, true], [500, false], [1999, true], [0, false]);
    await clock.advance(1999);
    expect(said).toHaveLength(2);
    await clock.advance(1);
    expect(said).toEqual(['5 at 0', '5 stuck after 15000', 'released']);
    await play([100, true]);
    expect(said).toHaveLength(4);
  });

  it('that bounces with 50 Hz is one press, then stuck once, then free', async () => {
    const { clock, said, bounce } = contacts();
    await bounce(10, 40_000);
    expect(said).toEqual(['5 at 0', '5 stuck after 15000']);
    await clock.advance(2000);
    expect(said).toEqual(['5 at 0', '5 stuck after 15000', 'released']);
    expect(clock.pending()).toEqual([]);
  });

  it('that bounces with 50 Hz is found also where there is no rule against bounces', async () => {
    const { said, bounce } = contacts(0);
    await bounce(10, 16_000);
    expect(said).toContain('5 stuck after 15000');
  });

  it('that is pressed now and then is not stuck', async () => {
    const { clock, said, play } = contacts();
    await play([0, false]);
    for (let press = 0; press < 30; press++) await play([500, true], [500, false]);
    await clock.advance(60_000);
    expect(said).toHaveLength(30);
    expect(clock.pending()).toEqual([]);
  });

  it('says nothing of another one', async () => {
    const { clock, said, level } = contacts();
    level(true, '1');
    level(false, '2');
    await clock.advance(15_000);
    level(true, '2');
    level(false, '2');
    level(false, '1');
    await clock.advance(2000);
    expect(said).toEqual(['1 stuck after 15000', '2 at 15000', 'released']);
  });

  it('whose line was lost is met anew: no press, and no fault of before', async () => {
    const { clock, said, input, level } = contacts();
    level(true);
    await clock.advance(15_000);
    input.forget();
    expect(said).toEqual(['5 stuck after 15000', 'released']);
    level(true);
    await clock.advance(1000);
    level(false);
    await clock.advance(20_000);
    expect(said).toHaveLength(2);
    input.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('never presses twice within the time of its rule, and leaves no timer, whatever it does', async () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, said, input, play } = contacts();
        await play(...steps);
        const times = said.flatMap((text) => /^5 at (\d+)$/.exec(text)?.[1] ?? []).map(Number);
        for (const [index, at] of times.slice(1).entries())
          expect(at - times[index]!).toBeGreaterThanOrEqual(300);
        const stuck = said.filter((text) => text.includes('stuck')).length;
        const released = said.filter((text) => text === 'released').length;
        expect([stuck, stuck - 1]).toContain(released);
        input.stop();
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
