import { describe, expect, it } from 'vitest';
import { Beats } from '../../src/protocols/learning/beats.js';
import { type Burst, hexOf } from '../../src/protocols/learning/bursts.js';
import { judge } from '../../src/protocols/learning/judgement.js';

const burst = (atMilliseconds: number, ...bytes: number[]): Burst => ({
  atMilliseconds,
  endMilliseconds: atMilliseconds + 5,
  bytes: Uint8Array.from(bytes),
  missedBytes: 0,
});

/** Knows a beat of one byte that comes every second, the last time at 5 s. */
function beating(): Beats {
  const beats = new Beats();
  for (let second = 1; second <= 5; second++) beats.heard(burst(second * 1_000, 0x55));
  return beats;
}

describe('a beat', () => {
  it('is known by its pace, after five', () => {
    const beats = new Beats();
    const heard = [1, 2, 3, 4, 5, 6].map((second) => beats.heard(burst(second * 1_000, 0x55)));
    const known = { periodMilliseconds: 1_000 };
    expect(heard).toEqual([
      ...[undefined, undefined, undefined, undefined],
      { ...known, isNew: true },
      { ...known, isNew: false },
    ]);
  });

  it('is taken off a key that came in the same moment, also where some beats were missed', () => {
    expect(hexOf(beating().takenOff(burst(6_010, 0x55, 0xaa, 0x01)).bytes)).toBe('AA 01');
    expect(hexOf(beating().takenOff(burst(8_010, 0xaa, 0x01, 0x55)).bytes)).toBe('AA 01');
  });

  it('is not taken off a key that only begins like it, when no beat is due', () => {
    expect(hexOf(beating().takenOff(burst(6_500, 0x55, 0xaa, 0x01)).bytes)).toBe('55 AA 01');
  });
});

describe('what came while a key was asked for', () => {
  const presses = (...at: number[]) => at.map((one) => burst(one, 0xaa, 0x01));

  it('is that key where nothing else came as often', () => {
    const bursts = [...presses(1_000, 2_700, 4_100), burst(5_000, 0xbb)];
    expect(judge(bursts, new Beats(), 3)).toMatchObject({ presses: 3, learned: { presses: 3, strays: 1 } });
  });

  it('is not believed where another key came half as often or more', () => {
    const bursts = [...presses(1_000, 2_700, 4_100), burst(5_000, 0xbb), burst(6_700, 0xbb)];
    const judged = judge(bursts, new Beats(), 3);
    expect(judged.presses).toBe(3);
    expect(judged.learned).toBeUndefined();
  });
});
