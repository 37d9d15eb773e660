import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { VirtualDay } from './support/day/virtual-day.js';

vi.setConfig({ testTimeout: 600_000 });

/** More of them where somebody has the time: `HALLWARD_DAY_SEEDS=20 npx vitest run tests/scenarios/a-whole-day.test.ts`. */
const seeds = Array.from(
  { length: Number(process.env.HALLWARD_DAY_SEEDS ?? 1) },
  (_, index) => 20_261_123 + 97 * index,
);

it.each(seeds)(
  'a day of 500 visitors at twelve windows, with a power cut at 10:30, is right at each step (seed %i)',
  async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-day-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const began = performance.now();
    const day = new VirtualDay({
      folder,
      seed,
      visitors: 500,
      from: '08:10',
      until: '24:20',
      powerCutAt: '10:30',
    });
    await day.run();
    const { onlooker, people, voiceCheck, paperCheck, cut, hub } = day;
    const tickets = [...onlooker.tickets.values()];
    const ended = (end: string) => tickets.filter((ticket) => ticket.end === end).length;
    const count = (type: string) => onlooker.counts.get(type) ?? 0;
    console.info(
      [
        `the day took ${((performance.now() - began) / 1000).toFixed(1)} s; ${day.turns} turns, ${day.comparisons} comparisons`,
        `${tickets.length} tickets: ${ended('ticket.served')} served, ${ended('ticket.skipped')} skipped for good, ` +
          `${ended('ticket.cancelled')} cancelled, ${ended('ticket.expired')} expired; ${people.ledger.turnedAway.length} turned away`,
        `${count('ticket.returned')} returned, ${count('ticket.transferred')} transferred, ${count('ticket.recalled')} recalled, ` +
          `${onlooker.calls.length} calls, ${voiceCheck.said} said, ${paperCheck.copies} copies, ${paperCheck.torn} torn`,
        `${JSON.stringify(onlooker.windows.ratings)}, ${people.ledger.ratings.length} presses`,
        `power cut while writing: ${cut.whileWriting}, while printing: ${cut.whilePrinting}, at sequence ${cut.sequence} of ${onlooker.sequence}; ${hub.repeated} came again`,
        `faults: ${[...new Set(onlooker.faults.map(({ code }) => code))].join(', ')}`,
      ].join('\n'),
    );
    // The day was a real one.
    expect(tickets.length).toBeGreaterThan(450);
    expect(ended('ticket.served')).toBeGreaterThan(400);
    expect(ended('ticket.expired')).toBeGreaterThan(0);
    expect(cut).toMatchObject({ whileWriting: true, whilePrinting: true });
    expect(paperCheck.torn).toBeGreaterThan(0);
    for (const type of [
      'ticket.returned',
      'ticket.transferred',
      'ticket.cancelled',
      'ticket.prioritised',
      'window.paused',
    ]) {
      expect(count(type), type).toBeGreaterThan(0);
    }
    expect(onlooker.windows.ratings.submitted).toBeGreaterThan(100);
  },
);
