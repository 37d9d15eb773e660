import { expect, it } from 'vitest';
import type { Signals } from '../../src/devices/capabilities.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import { SignalDesk } from '../../src/supervisor/signal-desk.js';
import { MemoryCommits } from './world.js';

function world() {
  const commits = new MemoryCommits();
  let ids = 0;
  const faults = new FaultBook({
    log: silentLog,
    clock: new VirtualClock(),
    boot: 'boot',
    session: 1,
    newId: () => `id-${++ids}`,
    commit: commits.commit,
    stored: commits.state,
    subjectOf: () => ({}),
    publish: () => {},
  });
  const desk = new SignalDesk(faults);
  const signal = (wanted: Partial<Signals>) => {
    const shown: string[] = [];
    const signals = {
      faults: ['bus.*'],
      devices: [],
      show: (state: string) => void shown.push(state),
      ...wanted,
    };
    return { shown, remove: desk.add('lamp', signals) };
  };
  return { faults, signal };
}

it('a signal shows a fault that it is for, differently once somebody has acknowledged it', () => {
  const { faults, signal } = world();
  faults.raise({ device: 'row', code: 'bus.lost' });
  const { shown, remove } = signal({});
  expect(shown).toEqual(['new']);
  faults.acknowledge('row', 'bus.lost', 'duty', undefined);
  expect(shown.at(-1)).toBe('acknowledged');
  faults.raise({ device: 'other', code: 'bus.noisy' });
  expect(shown.at(-1)).toBe('new');
  faults.clear('row', 'bus.lost');
  faults.clear('other', 'bus.noisy');
  expect(shown.at(-1)).toBe('off');
  remove();
  faults.raise({ device: 'third', code: 'bus.lost' });
  expect(shown.at(-1)).toBe('off');
});

it('a signal looks only at its codes and its devices', () => {
  const { faults, signal } = world();
  const { shown } = signal({ faults: ['device.unresponsive'], devices: ['board-5'] });
  faults.raise({ device: 'row', code: 'bus.lost' });
  faults.raise({ device: 'board-6', code: 'device.unresponsive' });
  expect(new Set(shown)).toEqual(new Set(['off']));
  faults.raise({ device: 'board-5', code: 'device.unresponsive' });
  expect(shown.at(-1)).toBe('new');
});
