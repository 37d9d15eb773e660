import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';
import { type Launched, launch } from '../../src/supervisor/launch.js';
import { TimeTrust } from '../../src/supervisor/time-trust.js';
import { realWiring } from '../../src/supervisor/wiring.js';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import type { Document, VirtualHall } from './support/virtual-hall.js';
import type { Watcher } from './support/watcher.js';

const dayMilliseconds = 24 * 3600 * 1000;

/** The machine's clock, set wrong by so much; trusted as the program trusts its own. */
class WrongClock {
  readonly clock: Clock;
  readonly #trust;
  addMilliseconds = 0;

  /** @param passedMilliseconds time that has really passed since this machine's own present. */
  constructor(passedMilliseconds: number) {
    const real = systemClock();
    const wallMilliseconds = () => Date.now() + passedMilliseconds + this.addMilliseconds;
    const monotonicMilliseconds = () => real.monotonicMilliseconds() + passedMilliseconds;
    const isSynchronized = () => false;
    this.#trust = new TimeTrust({ wallMilliseconds, monotonicMilliseconds, isSynchronized });
    this.clock = {
      ...real,
      wallMilliseconds,
      monotonicMilliseconds,
      quality: () => this.#trust.quality(),
    };
  }

  /** Starts a controller with this clock, in this process: that of a program of its own cannot be set. */
  start(hall: VirtualHall, document: Document): Promise<Launched> {
    return launch({
      file: writeConfiguration(hall.folder, document),
      clock: this.clock,
      log: silentLog,
      version: '0.0.0-test',
      wiring: realWiring(this.clock, silentLog),
      opened: (store) => this.#trust.follow(store),
    });
  }
}

describe('a controller whose clock is wrong', () => {
  const test = scenario();

  /** A start with the clock off by `addMilliseconds`; `work` may set it right while the controller runs. */
  async function session(
    hall: VirtualHall,
    watcher: Watcher,
    addMilliseconds: number,
    work: (clock: WrongClock) => Promise<void>,
    passedMilliseconds = 0,
  ): Promise<void> {
    const wrong = new WrongClock(passedMilliseconds);
    wrong.addMilliseconds = addMilliseconds;
    const before = watcher.at('status').length;
    const running = await wrong.start(hall, withoutWires(hall));
    try {
      await watcher.see(
        'status',
        'online',
        ({ state }) => state === 'online' && watcher.at('status').length > before,
      );
      await work(wrong);
      await watcher.settled();
    } finally {
      await running.stop();
    }
  }

  const numberOf = async (watcher: Watcher) => (await watcher.issue()).number;
  const qualities = (watcher: Watcher) =>
    watcher.events('ticket.issued').map(({ data, timequality }) => `${data.number} ${timequality}`);

  it('that woke up yesterday, or in 1970, never gives a number twice', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    await session(hall, watcher, 0, async () => {
      expect(await numberOf(watcher)).toBe('A001');
      expect(await numberOf(watcher)).toBe('A002');
    });
    const [{ data: { day } = {} } = {}] = watcher.events('ticket.issued');
    await session(hall, watcher, -dayMilliseconds, async () => {
      await watcher.see('fault/controller/controller.clock-untrusted', 'raised');
      expect(await numberOf(watcher)).toBe('A003');
      await watcher.command('window.call', { window: '5' });
      const called = await watcher.event(
        'ticket.called',
        'over the gap',
        ({ data }) => data.number === 'A001',
      );
      expect(called.timequality).toBe('untrusted');
    });
    await session(hall, watcher, -Date.now(), async () => {
      expect(await numberOf(watcher)).toBe('A004');
    });
    await session(hall, watcher, 0, async () => {
      expect(await numberOf(watcher)).toBe('A005');
      await watcher.seeCleared('fault/controller/controller.clock-untrusted', 60);
    });
    expect(qualities(watcher)).toEqual([
      'A001 holdover',
      'A002 holdover',
      'A003 untrusted',
      'A004 untrusted',
      'A005 holdover',
    ]);
    expect(new Set(watcher.events('ticket.issued').map(({ data }) => data.day))).toEqual(new Set([day]));
    const times = watcher.events().map(({ time }) => time);
    expect(times.every((time) => !Number.isNaN(Date.parse(time)))).toBe(true);
  });

  it('that was set right in the morning goes on with the numbers of the morning, and begins anew the next day', async () => {
    const broker = await test.broker();
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    await session(hall, watcher, -Date.now(), async (wrong) => {
      expect(await numberOf(watcher)).toBe('A001');
      wrong.addMilliseconds = 0;
      expect(await numberOf(watcher)).toBe('A002');
    });
    const nextDay = async () => expect(await numberOf(watcher)).toBe('A001');
    await session(hall, watcher, 0, nextDay, dayMilliseconds);
    const days = watcher.events('ticket.issued').map(({ data }) => data.day);
    expect(days[2] > days[1]).toBe(true);
    const expired = watcher.events('ticket.expired').map(({ data }) => data.number);
    expect(expired).toEqual(['A001', 'A002']);
  });
});

function withoutWires(hall: VirtualHall): Document {
  return hall.document((document) => Object.assign(document, { buses: {}, devices: {} }));
}
