/** Buses that hang on another bus: checked, planned, and told as one cause. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { FaultState } from '../../src/protocols/hub/payloads.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import type { Configuration } from '../../src/supervisor/config/schema.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { planChange } from '../../src/supervisor/plan.js';

const buses = {
  i2c1: { type: 'i2c', number: 1 },
  io: { type: 'expander', bus: 'i2c1', chip: 'pcf8575', address: 0x21 },
  adc: { type: 'adc', bus: 'i2c1', address: 0x48 },
};
const button = {
  kind: 'hall-button',
  bus: 'io',
  protocol: 'gpio-contact',
  line: 3,
  does: 'help',
  activeLow: true,
};

function check(more: Readonly<Record<string, object>> = {}, devices: object = {}) {
  const document = { hall: 'h', controller: 'c', buses: { ...buses, ...more }, devices };
  return checkDocument(document, () => undefined);
}

const problemsOf = (...args: Parameters<typeof check>) =>
  check(...args).problems.map(({ path, message }) => `${path}: ${message}`);

const running = (...args: Parameters<typeof check>) => check(...args).configuration as Configuration;

describe('a bus that hangs on another one', () => {
  it('is valid, and carries what hangs on lines', () => {
    expect(problemsOf({}, { help: button })).toEqual([]);
  });

  it('needs that bus, of the right type', () => {
    expect(problemsOf({ adc: { type: 'adc', bus: 'i2c2', address: 0x48 } })).toEqual([
      'buses.adc.bus: there is no bus "i2c2"; did you mean "i2c1"?',
    ]);
    expect(problemsOf({ adc: { type: 'adc', bus: 'io', address: 0x48 } })).toEqual([
      'buses.adc.bus: bus "io" is of type expander; adc needs i2c',
    ]);
  });

  it('has an address of its own, also beside a device at that bus', () => {
    const twice = { io2: { type: 'expander', bus: 'i2c1', chip: 'pcf8574', address: 0x21 } };
    expect(problemsOf(twice)).toEqual(['buses.io2: "address 0x21 of i2c1" is bus "io" already']);
    const seats = { kind: 'seating', bus: 'i2c1', protocol: 'mcp23017', address: 0x21, seats: 4 };
    expect(problemsOf({}, { seats })).toEqual([
      'devices.seats.address: address 0x21 on bus "i2c1" belongs to bus "io" already',
    ]);
  });

  it('says what its chip cannot do', () => {
    const pulled = 'a pcf8575 pulls its inputs up only: join the contact to ground and write activeLow: true';
    expect(problemsOf({}, { help: { ...button, activeLow: false } })).toEqual([
      `devices.help.activeLow: ${pulled}`,
    ]);
    expect(problemsOf({}, { help: { ...button, bias: 'disabled' } })).toEqual([
      `devices.help.bias: ${pulled}`,
    ]);
    expect(problemsOf({ io: { ...buses.io, address: 0x38 } })[0]).toContain('0x20 to 0x27');
  });

  it('is opened after it and closed before it', () => {
    const order = (steps: ReturnType<typeof planChange>['steps']) =>
      steps.flatMap((step) => ('name' in step ? [`${step.do} ${step.name}`] : []));
    const configuration = running({}, { help: button });
    // Whatever the order in the document.
    const turned = {
      ...configuration,
      buses: Object.fromEntries(Object.entries(configuration.buses).reverse()),
    };
    const opened = order(planChange(undefined, turned).steps);
    expect(opened.indexOf('open-bus i2c1')).toBeLessThan(opened.indexOf('open-bus io'));
    const other = { ...turned, buses: { ...turned.buses, i2c1: { type: 'i2c', number: 2 } as const } };
    const { steps, devices } = planChange(turned, other);
    expect(order(steps)).toEqual([
      'stop-device help',
      'close-bus io',
      'close-bus adc',
      'close-bus i2c1',
      'open-bus i2c1',
      'open-bus adc',
      'open-bus io',
      'start-device help',
    ]);
    expect(devices).toEqual({ help: 'restarted' });
  });
});

describe('a device on such a bus', () => {
  const states = (lost: string[]) =>
    new DeviceStates({
      clock: new VirtualClock(),
      session: 1,
      faultsOf: (device) =>
        lost.includes(device) ? [{ code: 'bus.lost', status: 'failure' } as FaultState] : [],
      publish: () => {},
    });
  const add = (one: DeviceStates, chains: string[][]) => {
    one.add('d', { kind: 'k', proofOfLife: 'none', buses: chains, readings: ['a'] });
    one.readings('d', { a: 1 });
    return one.stateOf('d');
  };

  it('has failed for the cause itself, and is among those affected by it', () => {
    const one = states(['i2c1']);
    expect(add(one, [['io', 'i2c1']])).toMatchObject({
      status: 'failure',
      cause: 'i2c1/bus.lost',
      readings: { a: null },
    });
    expect(one.onBus('i2c1')).toEqual(['d']);
    expect(one.onBus('io')).toEqual(['d']);
  });

  it('with several buses keeps what it measures by the others', () => {
    const one = states(['i2c1']);
    expect(add(one, [['gpio'], ['io', 'i2c1']])).toMatchObject({ status: 'failure', readings: { a: 1 } });
    const none = states(['gpio', 'io']);
    expect(add(none, [['gpio'], ['io', 'i2c1']])).toMatchObject({
      cause: 'gpio/bus.lost',
      readings: { a: null },
    });
  });
});
