import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyInput } from '../../src/devices/key-input.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

function input(debounceMilliseconds = 300) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const keys = new KeyInput(clock, {
    debounceMilliseconds,
    pressed: (key, at) => told.push(`${key} at ${at}`),
    stuck: (key, held) => told.push(`${key} stuck for ${held}`),
    released: () => told.push('free'),
  });
  const hear = (key = 'next') => keys.heard(key, clock.monotonicMilliseconds());
  /** The key's code every `every` milliseconds, from now on for `milliseconds`. */
  const repeat = async (milliseconds: number, every: number, key = 'next') => {
    for (let passed = 0; passed < milliseconds; passed += every) {
      hear(key);
      await clock.advance(every);
    }
  };
  return { clock, told, keys, hear, repeat };
}

describe('a key', () => {
  it('is pressed again only 300 ms after its last word', async () => {
    const { clock, told, hear } = input();
    for (const pause of [299, 299, 300, 10, 300]) {
      hear();
      await clock.advance(pause);
    }
    expect(told).toEqual(['next at 0', 'next at 898']);
    hear();
    expect(told).toEqual(['next at 0', 'next at 898', 'next at 1208']);
  });

  it('is not pressed again because another one came in between', async () => {
    const { clock, told, hear } = input();
    hear('next');
    await clock.advance(50);
    hear('recall');
    await clock.advance(50);
    hear('next');
    expect(told).toEqual(['next at 0', 'recall at 50']);
  });

  it('is pressed each time where the rule is switched off', () => {
    const { told, hear } = input(0);
    hear();
    hear();
    expect(told).toEqual(['next at 0', 'next at 0']);
  });

  it('that is held is pressed once', async () => {
    const { told, repeat } = input();
    await repeat(10_000, 100);
    expect(told).toEqual(['next at 0']);
  });

  it('counts presses as a plain reading of the rule does, whatever comes', () => {
    const word = fc.record({ key: fc.constantFrom('a', 'b', 'c'), pause: fc.integer({ min: 0, max: 700 }) });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const pressed: string[] = [];
        const keys = new KeyInput(new VirtualClock(), {
          debounceMilliseconds: 300,
          pressed: (key, at) => pressed.push(`${key}${at}`),
          stuck: () => {},
          released: () => {},
        });
        let now = 0;
        const heard = words.map(({ key, pause }) => {
          now += pause;
          keys.heard(key, now);
          return { key, at: now };
        });
        const expected = heard.filter(
          ({ key, at }, index) =>
            !heard.slice(0, index).some((other) => other.key === key && at - other.at < 300),
        );
        expect(pressed).toEqual(expected.map(({ key, at }) => `${key}${at}`));
      }),
    );
  });
});

describe('a stuck key', () => {
  it('is found after 15 s, once, and free after 2 s of silence', async () => {
    const { clock, told, repeat } = input();
    await repeat(40_000, 100);
    expect(told).toEqual(['next at 0', 'next stuck for 15000']);
    await clock.advance(1800);
    expect(told).toHaveLength(2);
    await clock.advance(200);
    expect(told).toEqual(['next at 0', 'next stuck for 15000', 'free']);
    expect(clock.pending()).toEqual([]);
  });

  it('presses nothing while its contact comes and goes, but does so once it is free', async () => {
    const { clock, told, hear, repeat } = input();
    await repeat(16_000, 100);
    for (let again = 0; again < 5; again++) {
      await clock.advance(1000);
      await repeat(500, 100);
    }
    expect(told).toEqual(['next at 0', 'next stuck for 15000']);
    await clock.advance(2000);
    hear();
    expect(told.slice(2)).toEqual(['free', 'next at 25500']);
  });

  it('is found also while other keys are pressed, and these work', async () => {
    const { told, repeat, hear } = input();
    for (let second = 0; second < 16; second++) {
      await repeat(1000, 100);
      hear('recall');
    }
    expect(told.filter((word) => word.startsWith('next'))).toEqual(['next at 0', 'next stuck for 15000']);
    expect(told.filter((word) => word.startsWith('recall'))).toHaveLength(16);
  });

  it('and another one are free when both are', async () => {
    const { clock, told, hear } = input();
    for (let now = 0; now < 16_000; now += 100) {
      hear('next');
      hear('done');
      await clock.advance(100);
    }
    for (let now = 0; now < 3000; now += 100) {
      hear('done');
      await clock.advance(100);
    }
    expect(told).not.toContain('free');
    await clock.advance(2000);
    expect(told.filter((word) => word === 'free')).toHaveLength(1);
  });

  it('can be found stuck again', async () => {
    const { clock, told, repeat } = input();
    for (let time = 0; time < 2; time++) {
      await repeat(16_000, 100);
      await clock.advance(3000);
    }
    expect(told).toEqual([
      'next at 0',
      'next stuck for 15000',
      'free',
      'next at 19000',
      'next stuck for 15000',
      'free',
    ]);
  });

  it('leaves no timer when the device stops', async () => {
    const { clock, keys, repeat, told } = input();
    await repeat(16_000, 100);
    keys.stop();
    expect(clock.pending()).toEqual([]);
    await clock.advance(5000);
    expect(told).not.toContain('free');
  });
});
