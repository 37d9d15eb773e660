import { describe, expect, it } from 'vitest';
import { SequenceCheck } from '../../src/cli/demo/sequence-check.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

function checked() {
  const clock = new VirtualClock();
  const check = new SequenceCheck(clock);
  return { clock, check, take: (...numbers: number[]) => numbers.map((n) => check.take('s', n, `id-${n}`)) };
}

describe('the sequence check', () => {
  it('counts nothing where every number comes once and in order', async () => {
    const { clock, check, take } = checked();
    expect(take(1, 2, 3)).toEqual([true, true, true]);
    await clock.advance(60_000);
    expect(check.counts).toEqual({ sequence: 3, lost: 0, doubled: 0, again: 0 });
  });

  it('counts a missing number as lost once it can no longer be on its way, until it comes', async () => {
    const { clock, check, take } = checked();
    take(1, 2, 5, 6);
    expect(check.counts.lost).toBe(0);
    await clock.advance(5_000);
    expect(check.counts.lost).toBe(2);
    expect(take(4, 3)).toEqual([true, true]);
    expect(check.counts).toEqual({ sequence: 6, lost: 0, doubled: 0, again: 0 });
  });

  it('misses what came before it heard anything', async () => {
    const { clock, check, take } = checked();
    take(4);
    await clock.advance(5_000);
    expect(check.counts.lost).toBe(3);
  });

  it('tells an event that is sent again from two events with one number', () => {
    const { check, take } = checked();
    take(1, 2);
    expect(take(2)).toEqual([false]);
    expect(check.counts).toMatchObject({ again: 1, doubled: 0 });
    expect(check.take('s', 2, 'another')).toBe(false);
    expect(check.counts).toMatchObject({ again: 1, doubled: 1 });
    expect(check.take('s', 3, 'id-1')).toBe(true);
    expect(check.counts).toMatchObject({ again: 1, doubled: 2 });
  });

  it('is not troubled by another store or a huge number', async () => {
    const { clock, check, take } = checked();
    take(1);
    expect(check.take('other', 1, 'x')).toBe(false);
    take(Number.MAX_SAFE_INTEGER);
    await clock.advance(5_000);
    expect(check.counts).toMatchObject({ lost: Number.MAX_SAFE_INTEGER - 2, doubled: 0, again: 0 });
  });
});
