/** One cause, one fault: an I2C bus with an expander and a converter on it, lost and found in every order. */
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAds1115 } from '../../src/simulator/ads1115.js';
import { type SimulatedI2cPanel, simulatedI2c } from '../../src/simulator/i2c.js';
import { type SimulatedMcp23017, simulatedMcp23017 } from '../../src/simulator/mcp23017.js';
import { BusRack } from '../../src/supervisor/bus-rack.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import type { AnalogBus } from '../../src/transports/ports-analog.js';
import type { GpioBus } from '../../src/transports/ports-gpio.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let wires: SimulatedI2cPanel;
let chip: SimulatedMcp23017;
let rack: BusRack;
let faults: FaultBook;
let states: DeviceStates;
let commits: MemoryCommits;

const none = async () => {
  throw new Error('there is no such wire');
};

beforeEach(async () => {
  clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  wires = panel;
  chip = simulatedMcp23017();
  wires.attach(0x20, chip);
  wires.attach(0x48, simulatedAds1115(clock));
  commits = new MemoryCommits();
  faults = new FaultBook({
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
  states = new DeviceStates({
    clock,
    session: 1,
    faultsOf: (name) => faults.of(name),
    publish: () => {},
  });
  faults.onChange((device) => states.refresh(device));
  rack = new BusRack({
    clock,
    log: silentLog,
    faults,
    states,
    wiring: {
      carrier: none,
      gpioChip: none,
      i2cAdapter: async () => adapter,
      audioOutput: none,
      snmpBus: none,
      ippBus: none,
    },
  });
  await rack.open('i2c1', { type: 'i2c', number: 1 });
  const on = { bus: 'i2c1', address: 0x20 };
  await rack.open('io', { type: 'expander', ...on, chip: 'mcp23017', pollMilliseconds: 50 });
  await rack.open('adc', {
    ...{ type: 'adc', bus: 'i2c1', chip: 'ads1115', address: 0x48 },
    ...{ fullScaleVolts: 4.096, samplesPerSecond: 128 },
  });
  const events = { level: () => {}, ready: () => {}, lost: () => {} };
  io().watch({ lines: [0], activeLow: true, bias: 'pull-up' }, events);
  adc().sample({ channel: 0, everyMilliseconds: 1_000 }, { value: () => {}, lost: () => {} });
  await clock.advance(3_000);
});

const io = () => rack.get('io') as GpioBus;
const adc = () => rack.get('adc') as AnalogBus;
/** What was raised and cleared so far. */
const told = () =>
  commits.events
    .splice(0)
    .map(({ type, subject, data }) => `${type} ${subject} ${'code' in data && data.code}`);

describe('a bus with chips on it', () => {
  it.each([
    ['unplugged', () => wires.unplug(), () => wires.plug()],
    ['held low', () => wires.holdLow(), () => wires.release()],
    ['hung', () => wires.hang(), () => wires.unhang()],
  ])('that is %s is one fault from the loss to the return, and nothing else', async (_, lose, find) => {
    lose();
    await clock.advance(20_000);
    expect(told()).toEqual(['fault.raised i2c1 bus.lost']);
    expect([io().state, adc().state]).toEqual(['lost', 'lost']);
    find();
    await clock.advance(20_000);
    expect(told()).toEqual(['fault.cleared i2c1 bus.lost']);
    expect([io().state, adc().state]).toEqual(['open', 'open']);
  });

  it('that is lost takes over from a chip that was missing before, which is missing again afterwards', async () => {
    chip.power.off();
    await clock.advance(5_000);
    expect(told()).toEqual(['fault.raised io bus.lost']);
    wires.unplug();
    await clock.advance(5_000);
    expect(told().sort()).toEqual(['fault.cleared io bus.lost', 'fault.raised i2c1 bus.lost']);
    wires.plug();
    await clock.advance(10_000);
    expect(told()).toEqual(['fault.cleared i2c1 bus.lost', 'fault.raised io bus.lost']);
    expect(faults.of('io')[0]?.evidence).toMatchObject({ address: '0x20' });
  });

  it('names those it brings down, also those that came after it was lost', async () => {
    wires.unplug();
    await clock.advance(5_000);
    expect(faults.of('i2c1')[0]?.affected).toBeUndefined();
    const chains = [['io', 'i2c1']];
    states.add('help', { kind: 'hall-button', proofOfLife: 'none', buses: chains, readings: [] });
    rack.devicesChanged();
    expect(faults.of('i2c1')[0]?.affected).toEqual(['help']);
    states.remove('help');
    rack.devicesChanged();
    expect(faults.of('i2c1')[0]?.affected).toBeUndefined();
    expect(told()).toEqual(['fault.raised i2c1 bus.lost']);
  });

  it('brings a lamp to rest when everything ends, also one that was given back just before', async () => {
    const request = { line: 9, activeLow: false, active: true };
    const lamp = io().drive(request, { ready: () => {}, lost: () => {} });
    await clock.advance(1_000);
    expect(chip.pin(9).driven()).toBe('high');
    lamp.release();
    const closed = rack.closeAll();
    await clock.advance(2_000);
    await closed;
    expect(chip.pin(9).driven()).toBe('low');
    expect(clock.pending()).toEqual(['confirm earlier faults']);
  });
});
