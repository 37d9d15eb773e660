import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceContext, DeviceKind } from '../../src/devices/kind.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { DeviceState } from '../../src/protocols/hub/payloads.js';
import { DeviceRunner } from '../../src/supervisor/device-runner.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import type { ByteBus } from '../../src/transports/ports.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let commits: MemoryCommits;
let states: Map<string, DeviceState | null>;
let contexts: DeviceContext[];
let stopped: number;
let onStart: () => void;
let silenceCounts: boolean;

const kind: DeviceKind = {
  kind: 'window-board',
  title: { 'zh-CN': '', en: '' },
  about: { 'zh-CN': '', en: '' },
  options: {},
  protocols: {
    'modbus-panel': {
      about: { 'zh-CN': '', en: '' },
      buses: ['serial'],
      proofOfLife: 'answers',
      options: {},
    },
  },
  readings: { shown: { about: { 'zh-CN': '', en: '' } } },
  faults: [
    {
      code: 'page.not-open',
      status: 'maintenance-required',
      severity: 'medium',
      audience: 'maintenance',
      absence: true,
      text: { 'zh-CN': '', en: '' },
      action: { 'zh-CN': '', en: '' },
    },
  ],
  create: (_config, context) => {
    contexts.push(context);
    return {
      capabilities: {},
      start: () => onStart(),
      stop: async () => {
        stopped++;
      },
    };
  },
};

function runner(): DeviceRunner {
  const faults: FaultBook = new FaultBook({
    log: silentLog,
    clock,
    boot: 'boot',
    session: 1,
    newId: () => 'id',
    commit: commits.commit,
    stored: new Map(),
    subjectOf: () => ({}),
    publish: () => {},
  });
  const deviceStates = new DeviceStates({
    clock,
    session: 1,
    faultsOf: (device) => faults.of(device),
    publish: (device, state) => states.set(device, state),
  });
  faults.onChange((device) => deviceStates.refresh(device));
  return new DeviceRunner({
    name: 'board-5',
    kind,
    config: { kind: 'window-board', bus: 'row', protocol: 'modbus-panel' },
    buses: new Map([['', {} as ByteBus]]),
    busChains: [['row']],
    memory: { get: () => undefined, put: () => {} },
    isOpen: () => true,
    clock,
    log: silentLog,
    faults,
    states: deviceStates,
    silenceCounts: () => silenceCounts,
    record: () => {},
    language: 'zh-CN',
    localMinutes: () => 600,
    attach: () => () => {},
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  states = new Map();
  contexts = [];
  stopped = 0;
  onStart = () => {};
  silenceCounts = true;
});

describe('a device', () => {
  it('whose driver fails is stopped and started again, with growing pauses, and that is told', async () => {
    runner().start();
    for (let crash = 0; crash < 3; crash++) {
      contexts.at(-1)!.reports.crashed(new Error('no such register'));
      await clock.advance(2_500);
    }
    expect(contexts).toHaveLength(4);
    expect(stopped).toBe(3);
    expect(states.get('board-5')).toMatchObject({ status: 'failure', faults: ['device.restarting'] });
    contexts.at(-1)!.reports.alive();
    await clock.advance(61_000);
    expect(states.get('board-5')).toMatchObject({ status: 'good', faults: [] });
    expect(commits.takeTypes()).toEqual(['fault.raised', 'fault.cleared']);
  });

  it('that fails at each start is tried ever more rarely', async () => {
    onStart = () => {
      throw new Error('no');
    };
    runner().start();
    await clock.advance(600_000);
    expect(contexts.length).toBeGreaterThan(8);
    expect(contexts.length).toBeLessThan(25);
  });

  it('that was replaced by a restart is not listened to any more', async () => {
    runner().start();
    const old = contexts[0]!;
    old.reports.crashed(new Error('x'));
    await clock.advance(1_000);
    old.reports.crashed(new Error('again'));
    old.reports.readings({ shown: 'old' });
    await clock.advance(1_000);
    expect(contexts).toHaveLength(2);
    expect(states.get('board-5')?.readings).toEqual({ shown: null });
  });

  it('that was stopped for good stays stopped', async () => {
    const one = runner();
    one.start();
    await one.stop();
    contexts[0]!.reports.crashed(new Error('late'));
    contexts[0]!.reports.alive();
    await clock.advance(120_000);
    expect(contexts).toHaveLength(1);
    expect(states.get('board-5')?.status).toBe('function-check');
  });

  it('that the hall switches off outside hours is not missed then, and is when it opens', async () => {
    silenceCounts = false;
    runner().start();
    contexts[0]!.reports.raise('page.not-open', {});
    expect(commits.events).toEqual([]);
    contexts[0]!.reports.raise('device.bad-reading', {});
    expect(commits.takeTypes()).toEqual(['fault.raised']);
    silenceCounts = true;
    contexts[0]!.reports.raise('page.not-open', {});
    expect(commits.takeTypes()).toEqual(['fault.raised']);
  });

  it('that the hall switches off outside hours raises nothing by its silence', async () => {
    silenceCounts = false;
    runner().start();
    contexts[0]!.reports.silent({ polls: 3 });
    await clock.advance(0);
    expect(commits.events).toEqual([]);
    silenceCounts = true;
    contexts[0]!.reports.silent({ polls: 4 });
    expect(commits.takeTypes()).toEqual(['fault.raised']);
  });

  it('that said outside hours, once, that it is silent is so when the hall opens, if it still is', async () => {
    const device = runner();
    device.start();
    silenceCounts = false;
    contexts[0]!.reports.silent({ polls: 3 });
    contexts[0]!.reports.raise('page.not-open', {});
    await clock.advance(3_600_000);
    expect(commits.takeTypes()).toEqual([]);
    contexts[0]!.reports.clear('page.not-open');
    silenceCounts = true;
    await clock.advance(30_000);
    expect(states.get('board-5')?.faults).toEqual(['device.unresponsive']);
    silenceCounts = false;
    contexts[0]!.reports.alive();
    contexts[0]!.reports.silent({ polls: 3 });
    contexts[0]!.reports.alive();
    silenceCounts = true;
    await clock.advance(60_000);
    expect(states.get('board-5')?.faults).toEqual([]);
    silenceCounts = false;
    contexts[0]!.reports.silent({ polls: 3 });
    await device.stop();
    expect(clock.pending().filter((name) => name.startsWith('hours'))).toEqual([]);
  });
});
