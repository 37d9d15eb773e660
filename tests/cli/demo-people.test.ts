import { describe, expect, it } from 'vitest';
import { People } from '../../src/cli/demo/people.js';
import { seededRandom } from '../../src/cli/demo/random.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

/** A hall in its simplest form: one line of visitors, windows that call them. */
function hall(seed: number, change: { tickets?: boolean; blind?: boolean } = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const line: string[] = [];
  const serving = new Map<string, string>();
  /** Windows where a service has ended that was not rated yet. */
  const invited = new Set<string>();
  const strayRatings: string[] = [];
  let issued = 0;
  const world: { tickets: boolean; pulled?: string } = { tickets: change.tickets ?? true };
  const people = new People({
    clock,
    random: seededRandom(seed),
    windows: ['1', '2', '3', '4'],
    async issue() {
      if (!world.tickets) return false;
      line.push(String(++issued).padStart(3, '0'));
      return true;
    },
    press(window, key) {
      log.push(`${clock.monotonicMilliseconds()} ${window} ${key}`);
      if (window === world.pulled || key === 'recall') return;
      if (serving.has(window) && key !== 'skip') invited.add(window);
      serving.delete(window);
      const next = key === 'next' ? line.shift() : undefined;
      if (next !== undefined) serving.set(window, next);
    },
    rate(window, level) {
      log.push(`${clock.monotonicMilliseconds()} ${window} rated ${level}`);
      if (!invited.delete(window)) strayRatings.push(window);
    },
    serving: (window) => (change.blind ? undefined : (serving.get(window) ?? null)),
    waiting: () => line.length,
  });
  people.start();
  return { clock, people, log, line, strayRatings, world };
}

const count = (log: readonly string[], word: string) => log.filter((entry) => entry.includes(word)).length;

describe('the people of the demo', () => {
  it('do the same with the same seed, and something else with another', async () => {
    const days = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const { clock, log } = hall(seed);
        await clock.advance(120_000);
        return log;
      }),
    );
    expect(days[0]).toEqual(days[1]);
    expect(days[0]).not.toEqual(days[2]);
  });

  it('use every key, rate about six times in ten, and keep the line neither empty nor endless', async () => {
    const { clock, people, log, line, strayRatings } = hall(1);
    const lengths: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      lengths.push(line.length);
    }
    for (const key of ['next', 'done', 'recall', 'skip', 'pause']) expect(count(log, key)).toBeGreaterThan(5);
    const served = count(log, 'next');
    expect(count(log, 'rated') / served).toBeGreaterThan(0.4);
    expect(count(log, 'rated') / served).toBeLessThan(0.7);
    expect(strayRatings).toEqual([]);
    expect(Math.max(...lengths)).toBeLessThan(40);
    expect(lengths.filter((length) => length > 0).length).toBeGreaterThan(50);
    people.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('stand at the machine while there are no tickets, not all of them for ever, and take them afterwards', async () => {
    const { clock, people, world } = hall(1, { tickets: false });
    await clock.advance(120_000);
    expect(people.atKiosk).toBe(12);
    world.tickets = true;
    await clock.advance(10_000);
    expect(people.atKiosk).toBeLessThan(3);
  });

  it('rate nothing at a window whose keys do nothing, nor where nobody can tell what is served', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { clock, world, log, strayRatings } = hall(seed);
      await clock.advance(60_000);
      world.pulled = '1';
      await clock.advance(600_000);
      expect(count(log, ' 1 next')).toBeGreaterThan(50);
      expect(count(log, ' 2 rated')).toBeGreaterThan(5);
      expect(strayRatings).toEqual([]);
    }
    const blind = hall(1, { blind: true });
    await blind.clock.advance(600_000);
    expect(count(blind.log, 'next')).toBeGreaterThan(100);
    expect(count(blind.log, 'rated')).toBe(0);
  });
});
