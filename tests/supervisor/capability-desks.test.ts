import { expect, it } from 'vitest';
import type { Capabilities } from '../../src/devices/capabilities.js';
import { Hall } from '../../src/hall/hall.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { CapabilityDesks } from '../../src/supervisor/capability-desks.js';
import { MemoryCommits } from './world.js';

it('a device joins everything that can use what it does, and leaves all of it', () => {
  const clock = new VirtualClock();
  const commits = new MemoryCommits();
  const ignored = () => {};
  const hall = new Hall({
    ...{
      clock,
      boot: 'boot',
      log: silentLog,
      newId: () => 'id',
      state: commits.state,
      commit: commits.commit,
    },
    ...{ publishQueue: ignored, publishWindow: ignored, publishChannels: ignored, publishRoom: ignored },
    ...{ raise: ignored, clear: ignored },
  });
  const served: string[] = [];
  const faultsChanged = new Listeners<[string]>();
  const desks = new CapabilityDesks({
    clock,
    hall,
    pages: {
      add: (device) => {
        served.push(device);
        return () => void served.splice(served.indexOf(device), 1);
      },
      sign: ignored,
    },
    faults: { standing: () => [], onChange: (listener) => faultsChanged.add(listener) },
    states: { stateOf: () => undefined, proofOf: () => undefined },
  });
  const lit: string[] = [];
  let pressed: (() => void) | undefined;
  const capabilities = {
    signals: { faults: ['*'], devices: [], show: (state: string) => void lit.push(state) },
    maintained: { cleaned: ignored },
    servesPage: {},
    presses: {
      purpose: 'call',
      window: '5',
      onPress: () => {
        pressed = ignored;
        return () => {
          pressed = undefined;
        };
      },
    },
  } as unknown as Capabilities;

  const leave = desks.attach('all-in-one', capabilities);
  expect(lit).toEqual(['off']);
  expect(desks.maintenance.get('all-in-one')).toBe(capabilities.maintained);
  expect(served).toEqual(['all-in-one']);
  expect(pressed).toBeDefined();
  expect(desks.signs.refusalOf('all-in-one')).toBeUndefined();

  leave();
  faultsChanged.tell('row');
  expect(lit).toEqual(['off']);
  expect(desks.maintenance.get('all-in-one')).toBeUndefined();
  expect(served).toEqual([]);
  expect(pressed).toBeUndefined();
});
