/** The proof that work gets done, over every type of bus that devices are asked on: it must not miss a printer that is off. */
import { beforeEach, expect, it } from 'vitest';
import { sleep } from '../../src/kernel/clock.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { simulatedHt16k33 } from '../../src/simulator/ht16k33.js';
import { type SimulatedI2cPanel, simulatedI2c } from '../../src/simulator/i2c.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';

import { BusRack } from '../../src/supervisor/bus-rack.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import type { Configuration } from '../../src/supervisor/config/schema.js';
import { DeviceRack } from '../../src/supervisor/device-rack.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import { LocalTime } from '../../src/supervisor/local-time.js';
import type { SnmpBus } from '../../src/transports/ports-snmp.js';
import { MemoryCommits } from './world.js';

/** The watchdog of the unit, 30 s, is answered three times as often. */
const watchMilliseconds = 10_000;

let clock: VirtualClock;
let wires: SimulatedI2cPanel;
let printer: 'on' | 'off' | 'stuck' | 'crashes';

beforeEach(() => {
  clock = new VirtualClock();
  printer = 'off';
});

/** An agent. What it is asked is sent in any case. */
function agent(name: string): SnmpBus {
  const changes = new Listeners<[]>();
  const answer = async (): Promise<readonly []> => {
    if (printer === 'crashes') throw new Error('a mistake in the driver');
    if (printer === 'stuck') return new Promise<never>(() => {});
    bus.sent++;
    await sleep(clock, 'answer', printer === 'on' ? 10 : 2_000);
    if (printer === 'on') return [];
    throw new HallwardError('snmp.timeout', 'timeout', 'it does not answer');
  };
  const bus = {
    ...({ name, type: 'snmp', state: 'open', lostBecause: undefined } as const),
    sent: 0,
    onChange: (listener: () => void) => changes.add(listener),
    close: async () => {},
    get: answer,
    subtree: answer,
  };
  return bus;
}

async function hall(buses: object, devices: object) {
  const { configuration, problems } = checkDocument(
    { hall: 'h', controller: 'c', buses, devices },
    () => undefined,
  );
  expect(problems).toEqual([]);
  const running = configuration as Configuration;
  const { adapter, panel } = simulatedI2c({ clock });
  wires = panel;
  const commits = new MemoryCommits();
  const faults = new FaultBook({
    ...{ log: silentLog, clock, boot: 'boot', session: 1, newId: () => 'id', commit: commits.commit },
    ...{ stored: commits.state, subjectOf: () => ({}), publish: () => {} },
  });
  const states = new DeviceStates({
    ...{ clock, session: 1, faultsOf: (name: string) => faults.of(name), publish: () => {} },
  });
  const none = async () => {
    throw new Error('there is no such wire');
  };
  const rack = new BusRack({
    ...{ clock, log: silentLog, faults, states },
    wiring: {
      carrier: async () => memoryCable({ clock }).carrier,
      i2cAdapter: async () => adapter,
      snmpBus: async (name) => agent(name),
      ...{ gpioChip: none, audioOutput: none, ippBus: none },
    },
  });
  const devicesOf = new DeviceRack({
    ...{ clock, log: silentLog, faults, states, buses: rack },
    time: new LocalTime(clock, () => running),
    findProfile: () => undefined,
    record: () => {},
    memory: { get: () => undefined, put: () => {} },
    attach: () => () => {},
  });
  for (const [name, bus] of Object.entries(running.buses)) await rack.open(name, bus);
  for (const name of Object.keys(running.devices)) devicesOf.start(name, running);
  return {
    faults,
    proves: () => rack.proveWork(devicesOf.polled()),
    async stop() {
      await devicesOf.stopAll();
      const closed = rack.closeAll();
      await clock.advance(2_000);
      await closed;
    },
  };
}

/** What was proven at each watch of so many minutes. */
async function watched(minutes: number, proves: () => boolean): Promise<boolean[]> {
  const proofs: boolean[] = [];
  for (let at = 0; at < minutes * 60_000; at += watchMilliseconds) {
    proofs.push(proves());
    await clock.advance(watchMilliseconds);
  }
  return proofs;
}

const chips = {
  i2c1: { type: 'i2c', number: 1 },
  adc: { type: 'adc', bus: 'i2c1', address: 0x48 },
};
const things = {
  digits: {
    ...{ kind: 'window-board', window: '1', bus: 'i2c1', protocol: 'ht16k33', address: 0x70 },
    pollMilliseconds: 60_000,
  },
  paper: {
    ...{ kind: 'supply-sensor', coreMillimetres: 18, fullMillimetres: 40, emptyMillimetres: 90 },
    parts: {
      distance: {
        ...{ bus: 'adc', protocol: 'analog-distance', channel: 0, pollMilliseconds: 600_000 },
        points: [
          [0.4, 300],
          [3, 40],
        ],
      },
    },
  },
};

const kiosk = { kiosk: { type: 'snmp', host: '192.0.2.1' } };
const printerOf = (options: object = {}) => ({
  printer: { kind: 'printer', bus: 'kiosk', protocol: 'snmp', ...options },
});

it.each([
  ['as usual', {}],
  ['every ten minutes', { pollMilliseconds: 600_000 }],
])('a printer that is asked %s costs nobody the watchdog, on or off', async (_, options) => {
  const { proves, stop, faults } = await hall(kiosk, printerOf(options));
  printer = 'on';
  expect(await watched(60, proves)).not.toContain(false);
  expect(faults.of('printer')).toEqual([]);
  printer = 'off';
  expect(await watched(60, proves)).not.toContain(false);
  expect(faults.of('printer').map(({ code }) => code)).toEqual(['device.unresponsive']);
  await stop();
});

it('nor do chips, whether they are there or not', async () => {
  const { proves, stop } = await hall(chips, things);
  expect(await watched(30, proves)).not.toContain(false);
  wires.attach(0x70, simulatedHt16k33());
  wires.attach(0x48, simulatedAds1115(clock));
  expect(await watched(60, proves)).not.toContain(false);
  await stop();
});

it('a driver that waits to be started anew is one bad part, and the process goes on', async () => {
  printer = 'crashes';
  const { proves, stop, faults } = await hall(kiosk, printerOf({ pollMilliseconds: 1_000 }));
  expect(await watched(30, proves)).not.toContain(false);
  expect(faults.of('printer').map(({ code }) => code)).toContain('device.restarting');
  await stop();
});

it('but a bus on which nothing comes to an end any more is found', async () => {
  const { proves, stop } = await hall(kiosk, printerOf({ pollMilliseconds: 5_000 }));
  expect(await watched(5, proves)).not.toContain(false);
  printer = 'stuck';
  expect((await watched(2, proves)).slice(3)).toEqual(Array(9).fill(false));
  await stop();
});
