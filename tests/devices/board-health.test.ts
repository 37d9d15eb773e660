import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoardHealth } from '../../src/devices/board-health.js';

/** What is known after polls that came to nothing, each by a time-out, garbage or a refusal. */
function missing(...kinds: readonly ('timeout' | 'garbled' | 'refused')[]): BoardHealth {
  const health = new BoardHealth();
  health.answered();
  for (const kind of kinds) health.missed(kind);
  return health;
}

describe('a board, by its health,', () => {
  it('is neither sure nor dead before it was asked', () => {
    const { isSure, isDead, missedPolls } = new BoardHealth();
    expect({ isSure, isDead, missedPolls }).toEqual({ isSure: false, isDead: false, missedPolls: 0 });
  });

  it('is sure by any answer, and in doubt by the first poll without one', () => {
    expect(missing().isSure).toBe(true);
    expect([missing('timeout').isSure, missing('garbled').isSure, missing('refused').isSure]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is dead by three polls that were not answered or refused, by six that noise may have garbled', () => {
    expect(missing('timeout', 'refused').isDead).toBe(false);
    expect(missing('timeout', 'refused', 'timeout').isDead).toBe(true);
    expect(missing(...Array.from({ length: 5 }, () => 'garbled' as const)).isDead).toBe(false);
    expect(missing(...Array.from({ length: 6 }, () => 'garbled' as const)).isDead).toBe(true);
  });

  it('does not get worse by a text that found no answer, but a poll has to tell', () => {
    const health = missing('timeout', 'timeout');
    health.answered();
    for (let text = 0; text < 20; text++) health.doubt();
    expect(health).toMatchObject({ isSure: false, isDead: false, missedPolls: 0 });
  });

  it.each(['answered', 'reset'] as const)('begins to count anew once it was %s', (how) => {
    const health = missing('timeout', 'timeout', 'timeout');
    health[how]();
    expect(health).toMatchObject({ isSure: how === 'answered', isDead: false, missedPolls: 0 });
    health.missed('timeout');
    health.missed('timeout');
    expect(health.isDead).toBe(false);
  });

  it('is never dead with fewer than three polls, always with six, and never sure while it is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('timeout', 'garbled', 'refused'), { maxLength: 12 }), (kinds) => {
        const health = missing(...kinds);
        expect(health.missedPolls).toBe(kinds.length);
        if (kinds.length < 3) expect(health.isDead).toBe(false);
        if (kinds.length >= 6) expect(health.isDead).toBe(true);
        expect(health.isSure && health.isDead).toBe(false);
      }),
    );
  });
});
