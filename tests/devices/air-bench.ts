import { expect, onTestFinished } from 'vitest';
import type { DeviceContext, DeviceKind } from '../../src/devices/kind.js';
import { type Climate, climatePart } from '../../src/devices/parts/climate-part.js';
import { Parts } from '../../src/devices/parts/parts.js';
import { type Smell, smellDeclaration, smellPart } from '../../src/devices/parts/smell-part.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import type { Json } from '../../src/kernel/json.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedI2c } from '../../src/simulator/i2c.js';
import { i2cBus } from '../../src/transports/i2c-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import type { AnalogBus, AnalogEvents } from '../../src/transports/ports-analog.js';
import { makeDeviceWithParts } from './bench.js';

type PartEntry = { readonly protocol: string; readonly bus?: Bus; readonly [option: string]: unknown };

/** A converter with one input, at any voltage. */
export function oneInput(clock: VirtualClock, fullScaleVolts = 6.144) {
  const changed = new Listeners<[]>();
  const listeners = new Set<AnalogEvents>();
  let volts = 0;
  let lost: HallwardError | undefined;
  const bus: AnalogBus = {
    name: 'adc',
    type: 'analog',
    state: 'open',
    lostBecause: undefined,
    sent: 0,
    onChange: (listener) => changed.add(listener),
    close: async () => {},
    sample({ everyMilliseconds }, events) {
      listeners.add(events);
      const tick = () => {
        if (lost === undefined) {
          const fraction = Math.min(1, volts / fullScaleVolts);
          events.value(fraction * fullScaleVolts, fraction, clock.monotonicMilliseconds());
        }
        timer = clock.after('sample', everyMilliseconds, tick);
      };
      let timer = clock.after('sample', 0, tick);
      return () => {
        listeners.delete(events);
        timer.cancel();
      };
    },
  };
  return {
    bus,
    set(to: number) {
      volts = to;
    },
    lose(error: HallwardError) {
      lost = error;
      for (const { lost: tell } of listeners) tell(error);
    },
    find() {
      lost = undefined;
    },
  };
}

/** A device of nothing but these two parts, on I2C wires in virtual time. */
export function airBench(more: Partial<DeviceContext> = {}) {
  const clock = new VirtualClock();
  const { adapter, panel } = simulatedI2c({ clock });
  const bus = i2cBus('i2c1', adapter, clock);

  function add(parts: Readonly<Record<string, PartEntry>>, memory?: Json) {
    const told: { climate: (Climate | null)[]; smell: (Smell | null)[] } = { climate: [], smell: [] };
    const kind: DeviceKind = {
      kind: 'air',
      title: { 'zh-CN': '空气', en: 'Air' },
      about: { 'zh-CN': '空气', en: 'Air' },
      options: {},
      protocols: {},
      parts: { climate: climatePart, smell: smellDeclaration },
      readings: {},
      faults: [],
      create(config, context) {
        const all = new Parts(kind, config, context);
        all.sensor('climate', climatePart, {
          values: (values) => void told.climate.push(values),
          unknown: () => void told.climate.push(null),
        });
        const help = { climate: () => told.climate.at(-1) ?? null, memory: () => memory };
        all.sensor('smell', smellPart(help), {
          values: (values) => void told.smell.push(values),
          unknown: () => void told.smell.push(null),
        });
        return { capabilities: {}, start: () => all.start(), stop: async () => all.stop() };
      },
    };
    const entries = Object.entries(parts).map(([name, part]) => [name, { bus, ...part }] as const);
    const { device, reports } = makeDeviceWithParts(
      kind,
      'air',
      {},
      Object.fromEntries(entries),
      clock,
      more,
    );
    device.start();
    let isStopped = false;
    /** As a controller stops it. */
    const stop = async () => {
      if (isStopped) return;
      isStopped = true;
      await device.stop();
    };
    onTestFinished(async () => {
      await stop();
      expect(reports.crashes).toEqual([]);
    });
    const fault = (code: string) => reports.standing.get(code);
    return {
      told,
      reports,
      fault,
      stop,
      climate: () => told.climate.at(-1),
      smell: () => told.smell.at(-1),
    };
  }

  onTestFinished(async () => {
    const closing = bus.close();
    await clock.advance(5_000);
    await closing;
    expect(clock.pending()).toEqual([]);
  });
  return { clock, panel, bus, add };
}
