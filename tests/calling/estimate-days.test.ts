import { afterAll, describe, expect, test } from 'vitest';
import { coverageOf } from '../../src/calling/estimate.js';
import { hallPlans } from './hall-plans.js';
import { type Measured, measure, SimulatedHall, type Visit } from './simulated-days.js';

const seeds = [1, 2];
const rows: string[] = [];
afterAll(() => {
  const head =
    '| hall | queue | called | told | came true | width | spread of all waits |\n| --- | --- | --- | --- | --- | --- | --- |';
  console.info([head, ...rows].join('\n'));
});

/** The distance between the first and the last tenth of the waits of the seven days before, in minutes. */
function weekSpread(visits: readonly Visit[], day: number): number {
  return measure(visits.filter((visit) => visit.day < day && visit.day >= day - 7)).spreadMinutes;
}

function row(name: string, queue: string, runs: readonly Measured[]): string {
  const range = (of: (run: Measured) => number, unit = '') => {
    const figures = runs.map(of).sort((a, b) => a - b);
    const [least, most] = [figures[0] ?? 0, figures.at(-1) ?? 0];
    return least === most ? `${least}${unit}` : `${least}-${most}${unit}`;
  };
  return `| ${[
    name,
    queue,
    range(({ called }) => called),
    range(({ toldPercent }) => Math.round(toldPercent), ' %'),
    range(({ coveredPercent }) => Math.floor(coveredPercent), ' %'),
    range(({ widthMinutes }) => widthMinutes, ' min'),
    range(({ spreadMinutes }) => Math.round(spreadMinutes), ' min'),
  ].join(' | ')} |`;
}

describe('what visitors are told over a fortnight', () => {
  for (const [name, plan] of Object.entries(hallPlans)) {
    test(`comes true for four of five, and says more than last week's waits: ${name}`, () => {
      const runs = seeds.map((seed) => new SimulatedHall(plan, seed).run());
      for (const queue of Object.keys(plan.queues)) {
        const measured = runs.map(({ visits }) =>
          measure(visits.filter((visit) => visit.queue === queue && visit.day > 0)),
        );
        rows.push(row(name, queue, measured));
        for (const { called, toldPercent, coveredPercent, widthMinutes, spreadMinutes } of measured) {
          expect(called).toBeGreaterThan(800);
          expect(coveredPercent).toBeGreaterThanOrEqual(80);
          expect(toldPercent).toBeGreaterThan(55);
          expect(widthMinutes).toBeLessThan(spreadMinutes / 2);
        }
        for (const { visits, calling } of runs) {
          const ofQueue = visits.filter((visit) => visit.queue === queue);
          for (let day = 8; day < plan.days; day++) {
            const spread = weekSpread(ofQueue, day);
            const told = ofQueue.filter((visit) => visit.day === day && visit.told !== null);
            // The week is kept in buckets: its spread is not known exactly.
            for (const visit of told) expect(visit.told!.high - visit.told!.low).toBeLessThan(spread * 1.2);
          }
          expect(coverageOf(calling, queue)?.of).toBe(60);
        }
      }
    });
  }

  test('comes true for priority visitors, too', () => {
    const plan = hallPlans['lunch in turns, priority, no-shows, two speeds']!;
    const visits = seeds.flatMap((seed) => new SimulatedHall(plan, seed).run().visits);
    const { called, toldPercent, coveredPercent } = measure(visits.filter(({ priority }) => priority));
    expect(called).toBeGreaterThan(500);
    expect(toldPercent).toBeGreaterThan(55);
    expect(coveredPercent).toBeGreaterThanOrEqual(80);
  });

  test('is withdrawn within the hour in which everything slows down, and comes back on later days', () => {
    const usual = hallPlans['one queue, four windows']!;
    const slowdown = (day: number, hourOfDay: number) => (day === 9 && hourOfDay > 10 ? 4 : 1);
    for (const seed of seeds) {
      const { visits } = new SimulatedHall({ ...usual, slowdown }, seed).run();
      const between = (day: number, from: number, to: number) =>
        measure(visits.filter((v) => v.day === day && v.hourOfDay >= from && v.hourOfDay < to));
      expect(between(8, 10.75, 13).toldPercent).toBeGreaterThan(30);
      expect(between(9, 10.75, 13).toldPercent).toBe(0);
      const after = measure(visits.filter(({ day }) => day > 10));
      expect(after.toldPercent).toBeGreaterThan(55);
      expect(after.coveredPercent).toBeGreaterThanOrEqual(80);
    }
  });

  test('is nothing on the first day until twenty guesses were compared', () => {
    const hall = new SimulatedHall(hallPlans['one queue, four windows']!, 1).run(1, 0);
    const first = hall.visits.findIndex(({ told }) => told !== null);
    const called = hall.visits
      .slice(0, first)
      .filter(
        ({ issuedAt, waitedMinutes }) =>
          waitedMinutes !== null && issuedAt + waitedMinutes * 60_000 <= hall.visits[first]!.issuedAt,
      );
    expect(called.length).toBeGreaterThanOrEqual(20);
    expect(first).toBeLessThan(150);
  });
});
