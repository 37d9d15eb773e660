import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { profileFinder } from '../../src/supervisor/config/load.js';
import type { Configuration } from '../../src/supervisor/config/schema.js';
import { planChange } from '../../src/supervisor/plan.js';

function configuration(change: object = {}): Configuration {
  const document = {
    hall: 'jinshan',
    controller: 'row-a',
    buses: {
      keys: { type: 'tcp', host: 'keys', port: 4001 },
      row: { type: 'tcp', host: 'row', port: 4002 },
    },
    devices: {
      'caller-5': { kind: 'caller', window: '5', bus: 'keys', protocol: 'serial-keys', keys: { next: 'AA' } },
      'board-5': {
        kind: 'window-board',
        window: '5',
        bus: 'row',
        protocol: 'modbus-panel',
        profile: 'dm36b06',
        address: 5,
      },
    },
    calling: { queues: { general: { prefix: 'A', windows: ['5'] } } },
    ...change,
  };
  const { configuration: checked, problems } = checkDocument(document, profileFinder(tmpdir()));
  if (checked === undefined) throw new Error(JSON.stringify(problems));
  return checked;
}

const base = configuration();

describe('a plan', () => {
  it('from nothing opens the buses before it starts their devices, and calling before both speak', () => {
    expect(planChange(undefined, base).steps.map((step) => step.do)).toEqual([
      'open-bus',
      'open-bus',
      'use-calling',
      'start-device',
      'start-device',
    ]);
  });

  it('that changes nothing touches nothing', () => {
    expect(planChange(base, configuration())).toEqual({
      steps: [],
      devices: { 'caller-5': 'kept', 'board-5': 'kept' },
      needRestart: [],
    });
  });

  it("to another language touches what prints in the hall's language, and nothing else", () => {
    const printers = {
      buses: {
        ...base.buses,
        a: { type: 'tcp', host: 'a', port: 1 },
        b: { type: 'tcp', host: 'b', port: 1 },
      },
      devices: {
        ...base.devices,
        tickets: { kind: 'ticket-printer', bus: 'a', protocol: 'escpos' },
        english: { kind: 'ticket-printer', bus: 'b', protocol: 'escpos', language: 'en' },
      },
    };
    const plan = planChange(configuration(printers), configuration({ ...printers, language: 'en' }));
    expect(plan.devices).toEqual({
      'caller-5': 'kept',
      'board-5': 'kept',
      tickets: 'restarted',
      english: 'kept',
    });
  });

  it('touches only the device that changed', () => {
    const desired = configuration({
      devices: { ...base.devices, 'board-5': { ...base.devices['board-5'], address: 6 } },
    });
    const plan = planChange(base, desired);
    expect(plan.devices).toEqual({ 'caller-5': 'kept', 'board-5': 'restarted' });
    expect(plan.steps).toEqual([
      { do: 'stop-device', name: 'board-5' },
      { do: 'start-device', name: 'board-5' },
    ]);
  });

  it('restarts the devices of a bus that changed, and no others', () => {
    const desired = configuration({
      buses: { ...base.buses, row: { type: 'tcp', host: 'row', port: 4003 } },
    });
    expect(planChange(base, desired).steps).toEqual([
      { do: 'stop-device', name: 'board-5' },
      { do: 'close-bus', name: 'row' },
      { do: 'open-bus', name: 'row' },
      { do: 'start-device', name: 'board-5' },
    ]);
  });

  it('changes the calling alone where only that differs', () => {
    const desired = configuration({ calling: { queues: { general: { prefix: 'B', windows: ['5'] } } } });
    expect(planChange(base, desired).steps).toEqual([{ do: 'use-calling' }]);
  });

  it('says what cannot change while running', () => {
    expect(planChange(base, configuration({ hall: 'other', storage: { path: '/x' } })).needRestart).toEqual([
      'hall',
      'storage',
    ]);
  });

  it('carried out on any set of devices and buses leaves exactly the desired ones', () => {
    const some = fc.record({
      devices: fc.subarray(['a', 'b', 'c', 'd']),
      buses: fc.dictionary(fc.constantFrom('one', 'two'), fc.nat(3), { minKeys: 2 }),
      address: fc.nat(3),
    });
    const make = ({
      devices,
      buses,
      address,
    }: {
      devices: string[];
      buses: Record<string, number>;
      address: number;
    }) =>
      ({
        ...base,
        buses: Object.fromEntries(Object.entries(buses).map(([name, port]) => [name, { port }])),
        devices: Object.fromEntries(
          devices.map((name) => [
            name,
            { bus: name < 'c' ? 'one' : 'two', address: name === 'a' ? address : 0 },
          ]),
        ),
      }) as unknown as Configuration;
    fc.assert(
      fc.property(some, some, (from, to) => {
        const current = make(from);
        const desired = make(to);
        const running = new Map(Object.entries(current.devices));
        const open = new Map(Object.entries(current.buses));
        for (const step of planChange(current, desired).steps) {
          if (step.do === 'stop-device') running.delete(step.name);
          if (step.do === 'close-bus') {
            expect([...running.values()].some((device) => device.bus === step.name)).toBe(false);
            open.delete(step.name);
          }
          if (step.do === 'open-bus') open.set(step.name, desired.buses[step.name]!);
          if (step.do === 'start-device') {
            expect(running.has(step.name)).toBe(false);
            expect(open.has(desired.devices[step.name]!.bus ?? '')).toBe(true);
            running.set(step.name, desired.devices[step.name]!);
          }
        }
        expect(Object.fromEntries(running)).toEqual(desired.devices);
        expect(Object.fromEntries(open)).toEqual(desired.buses);
      }),
    );
  });
});
