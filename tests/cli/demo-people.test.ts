import { describe, expect, it } from 'vitest';
import { People } from '../../src/cli/demo/people.js';
import { seededRandom } from '../../src/cli/demo/random.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';

const prefixes: Readonly<Record<string, string>> = { one: 'A', two: 'B' };

/** A hall in its simplest form: two lines of visitors, windows that call them. */
function hall(seed: number, change: { tickets?: boolean; blind?: boolean } = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const lines: Readonly<Record<string, string[]>> = { one: [], two: [] };
  const wishes: { queue: string; priority: boolean }[] = [];
  const queueAt = (window: string) => (window <= '2' ? 'one' : 'two');
  const cameBack: string[] = [];
  const skipped = new Set<string>();
  const serving = new Map<string, string>();
  /** Windows where a service has ended that was not rated yet. */
  const invited = new Set<string>();
  const strayRatings: string[] = [];
  let issued = 0;
  const world: { tickets: boolean; inside: number; pulled?: string } = {
    tickets: change.tickets ?? true,
    inside: 0,
  };
  const people = new People({
    clock,
    random: seededRandom(seed),
    windows: ['1', '2', '3', '4'],
    queues: ['one', 'two'],
    door: {
      comeIn(through) {
        world.inside++;
        clock.after('through the door', 500, through);
      },
      goOut() {
        world.inside--;
      },
    },
    async issue(wish) {
      if (!world.tickets) return undefined;
      wishes.push(wish);
      const number = `${prefixes[wish.queue]}${String(++issued).padStart(3, '0')}`;
      lines[wish.queue]?.push(number);
      return { ticket: `id of ${number}`, number };
    },
    async comeBack(ticket) {
      cameBack.push(ticket);
      const number = ticket.replace('id of ', '');
      lines[number.startsWith('A') ? 'one' : 'two']?.unshift(number);
      return true;
    },
    press(window, key) {
      log.push(`${clock.monotonicMilliseconds()} ${window} ${key}`);
      if (window === world.pulled || key === 'recall') return;
      if (key === 'skip') skipped.add(`id of ${serving.get(window)}`);
      if (serving.has(window) && key !== 'skip') invited.add(window);
      serving.delete(window);
      const next = key === 'next' ? lines[queueAt(window)]?.shift() : undefined;
      if (next !== undefined) serving.set(window, next);
    },
    rate(window, level) {
      log.push(`${clock.monotonicMilliseconds()} ${window} rated ${level}`);
      if (!invited.delete(window)) strayRatings.push(window);
    },
    serving: (window) => (change.blind ? undefined : (serving.get(window) ?? null)),
    waiting: (queue) => lines[queue]?.length,
  });
  people.start();
  const length = () => Object.values(lines).reduce((sum, line) => sum + line.length, 0);
  return { clock, people, log, length, wishes, cameBack, skipped, strayRatings, world };
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
    const { clock, people, log, length, wishes, cameBack, skipped, strayRatings } = hall(1);
    const lengths: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      lengths.push(length());
    }
    for (const key of ['next', 'done', 'recall', 'skip', 'pause']) expect(count(log, key)).toBeGreaterThan(5);
    const served = count(log, 'next');
    expect(count(log, 'rated') / served).toBeGreaterThan(0.4);
    expect(count(log, 'rated') / served).toBeLessThan(0.7);
    expect(strayRatings).toEqual([]);
    const share = (which: (wish: (typeof wishes)[number]) => boolean) =>
      wishes.filter(which).length / wishes.length;
    expect(share(({ queue }) => queue === 'one')).toBeGreaterThan(0.4);
    expect(share(({ queue }) => queue === 'one')).toBeLessThan(0.6);
    expect(share(({ priority }) => priority)).toBeGreaterThan(0.08);
    expect(share(({ priority }) => priority)).toBeLessThan(0.16);
    // Some of those who were passed over come back, each once, and nobody else does.
    expect(cameBack.length / skipped.size).toBeGreaterThan(0.4);
    expect(cameBack.length / skipped.size).toBeLessThan(0.8);
    expect(cameBack.filter((ticket) => !skipped.has(ticket))).toEqual([]);
    expect(new Set(cameBack).size).toBe(cameBack.length);
    expect(Math.max(...lengths)).toBeLessThan(40);
    expect(lengths.filter((one) => one > 0).length).toBeGreaterThan(50);
    people.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('come in before they take a ticket, and go when they were served or did not come back', async () => {
    const { clock, people, length, world } = hall(2);
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      // Besides those who wait: four at the windows, some at the machine or on their way, some who come back.
      const others = world.inside - length() - people.atKiosk;
      expect(others).toBeGreaterThanOrEqual(0);
      expect(others).toBeLessThan(12);
    }
  });

  it('lose their patience after a quarter of an hour', async () => {
    const { clock, world } = hall(1, { blind: true });
    await clock.advance(3_600_000);
    // Nobody can tell who was served: everybody stays until then.
    expect(world.inside).toBeGreaterThan(50);
    expect(world.inside).toBeLessThan(500);
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
      const { clock, world, log, strayRatings, cameBack, skipped } = hall(seed);
      await clock.advance(60_000);
      world.pulled = '1';
      await clock.advance(600_000);
      expect(count(log, ' 1 next')).toBeGreaterThan(50);
      expect(count(log, ' 2 rated')).toBeGreaterThan(5);
      expect(strayRatings).toEqual([]);
      expect(cameBack.filter((ticket) => !skipped.has(ticket))).toEqual([]);
    }
    const blind = hall(1, { blind: true });
    await blind.clock.advance(600_000);
    expect(count(blind.log, 'next')).toBeGreaterThan(100);
    expect(count(blind.log, 'rated')).toBe(0);
  });
});
