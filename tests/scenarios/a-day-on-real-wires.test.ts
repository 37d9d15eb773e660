import { expect, it } from 'vitest';
import { root } from './support/day/plan.js';
import { WiredDay } from './support/day/wired-day.js';
import { scenario } from './support/scenario.js';
import { pause } from './support/waiting.js';

/** `HALLWARD_DAY=whole`: from the morning to the evening, which takes a quarter of an hour; else the busiest hour. */
const isWhole = process.env.HALLWARD_DAY === 'whole';
/** Nobody logs in when the process is killed: a card at a reader that nobody listens to is held there in vain. */
const [from, killAt, brokerStopsAt, until] = isWhole
  ? (['08:10', '09:20', '10:30', '18:05'] as const)
  : (['08:45', '09:16', '09:28', '09:45'] as const);
/** Few enough that what takes a busy machine a second takes not much longer in the hall than people have patience. */
const speed = 40;

const test = scenario();

it(
  'a day of 500 visitors over real ports and a real broker, forty times as fast, loses no event',
  async () => {
    const broker = await test.broker({ persistence: true });
    const folder = test.folder();
    const watcher = await test.watch(broker, root);
    const day = new WiredDay({ folder, broker, watcher, seed: 20_261_123, visitors: 500, from, speed });
    test.atEnd(() => day.dispose());
    await day.start();
    day.open();

    await day.until(killAt);
    await day.killAndStart();
    await day.until(brokerStopsAt);
    await broker.stop();
    await pause(3_000);
    await broker.start();
    await day.until(until);
    await day.close();

    const { onlooker, people, voiceCheck, paperCheck } = day;
    const count = (type: string) => onlooker.counts.get(type) ?? 0;
    console.info(
      [
        `${onlooker.sequence} events, none lost, ${day.repeated} came again; agreed ${day.agreed} times`,
        `${onlooker.tickets.size} tickets, ${onlooker.calls.length} calls, ${voiceCheck.said} said (${voiceCheck.saidAgain} again), ` +
          `${count('ticket.served')} served, ${count('ticket.skipped')} skipped, ${count('ticket.returned')} returned`,
        `${JSON.stringify(onlooker.windows.ratings)}, ${people.ledger.ratings.length} presses, ${paperCheck.copies} copies`,
        `faults: ${JSON.stringify(Object.fromEntries([...new Set(onlooker.faults.map(({ code }) => code))].map((code) => [code, onlooker.faults.filter((one) => one.code === code).length])))}`,
      ].join('\n'),
    );
    expect(onlooker.tickets.size).toBeGreaterThan(isWhole ? 450 : 80);
    expect(count('ticket.served')).toBeGreaterThan(isWhole ? 400 : 40);
    expect(day.agreed).toBeGreaterThan(50);
    expect(await day.program.stop()).toEqual({ code: 0, signal: null });
  },
  30 * 60_000,
);
