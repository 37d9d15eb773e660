import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { DeviceState, FaultState } from '../../src/protocols/hub/payloads.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';

let faults: Map<string, FaultState[]>;
let published: [string, DeviceState | null][];
let states: DeviceStates;

const fault = (code: string, status: FaultState['status']) => ({ code, status }) as FaultState;
const last = () => published.at(-1)![1]!;

beforeEach(() => {
  faults = new Map();
  published = [];
  states = new DeviceStates({
    clock: new VirtualClock(),
    session: 7,
    faultsOf: (device) => faults.get(device) ?? [],
    publish: (device, state) => published.push([device, state]),
  });
  states.add('board-5', {
    kind: 'window-board',
    proofOfLife: 'answers',
    buses: [['row']],
    readings: ['shown'],
  });
});

describe('the state of a device', () => {
  it('is unknown until it has answered', () => {
    expect(last()).toMatchObject({
      status: 'function-check',
      verified: false,
      readings: { shown: null },
      session: 7,
    });
    states.alive('board-5');
    states.readings('board-5', { shown: '   001' });
    expect(last()).toMatchObject({ status: 'good', verified: true, readings: { shown: '   001' } });
  });

  it('forgets what was measured when it falls silent', () => {
    states.alive('board-5');
    states.readings('board-5', { shown: '   001' });
    states.silent('board-5');
    faults.set('board-5', [fault('device.unresponsive', 'failure')]);
    states.refresh('board-5');
    expect(last()).toMatchObject({
      status: 'failure',
      verified: false,
      faults: ['device.unresponsive'],
      readings: { shown: null },
    });
  });

  it('names the bus that brought it down, and has no fault of its own', () => {
    states.alive('board-5');
    states.readings('board-5', { shown: '   001' });
    faults.set('row', [fault('bus.lost', 'failure')]);
    states.refresh('board-5');
    expect(last()).toMatchObject({
      status: 'failure',
      verified: false,
      faults: [],
      cause: 'row/bus.lost',
      readings: { shown: null },
    });
    faults.delete('row');
    states.refresh('board-5');
    expect(last()).not.toHaveProperty('cause');
  });

  it('that cannot prove that it lives is that of its bus, and unverified', () => {
    states.add('caller-5', { kind: 'caller', proofOfLife: 'none', buses: [['keys']], readings: [] });
    expect(last()).toMatchObject({ status: 'good', verified: false });
  });

  it('is the worst of its faults', () => {
    states.alive('board-5');
    faults.set('board-5', [fault('a.b', 'maintenance-required'), fault('c.d', 'out-of-specification')]);
    states.refresh('board-5');
    expect(last().status).toBe('out-of-specification');
  });

  it('is published only when it says something new, and cleared when the device is gone', () => {
    states.alive('board-5');
    const before = published.length;
    states.alive('board-5');
    states.readings('board-5', { shown: null });
    expect(published.length).toBe(before);
    states.remove('board-5');
    expect(published.at(-1)).toEqual(['board-5', null]);
    states.remove('board-5');
    states.alive('board-5');
    expect(published.length).toBe(before + 1);
  });
});
