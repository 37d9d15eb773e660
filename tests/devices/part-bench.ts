/** What the tests of single parts share: a part over a real bus and a simulated far end, and a record of what it tells. */
import * as v from 'valibot';
import { expect, onTestFinished } from 'vitest';
import type { PartConfig } from '../../src/devices/kind.js';
import type { Part, PartEvents, SensorPart } from '../../src/devices/parts/part.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { memoryCable } from '../../src/simulator/memory-cable.js';
import { partSchema } from '../../src/supervisor/config/schema.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { dice } from './bench.js';

/** What a part told, the oldest first. */
export class RecordedPart<Values> implements PartEvents<Values> {
  readonly told: { readonly values: Values; readonly at: number }[] = [];
  readonly troubles: HallwardError[] = [];
  readonly crashes: unknown[] = [];
  /** The last word was that nothing is known. */
  isUnknown = true;

  values(values: Values, atMilliseconds: number): void {
    this.told.push({ values, at: atMilliseconds });
    this.isUnknown = false;
  }

  unknown(error: HallwardError): void {
    this.troubles.push(error);
    this.isUnknown = true;
  }

  crashed(error: unknown): void {
    this.crashes.push(error);
  }
}

/** Makes a part; its options must pass the schema that it declares. */
export function makePart<Values>(
  kind: SensorPart<Values>,
  entry: Readonly<Record<string, unknown>> & { readonly protocol: string },
  bus: Bus,
  clock: VirtualClock,
): { readonly part: Part; readonly record: RecordedPart<Values> } {
  const declared = kind.protocols[entry.protocol];
  if (declared === undefined) throw new Error(`no protocol ${entry.protocol}`);
  const config = v.parse(partSchema(entry.protocol, declared), { bus: bus.name, ...entry }) as PartConfig;
  const record = new RecordedPart<Values>();
  const part = kind.create(config, { name: 'one part', bus, clock }, record);
  part.start();
  return { part, record };
}

/** A chip with lines, and the real bus on it. */
export function lineBench(lines = 8, label = 'pinctrl-test') {
  const clock = new VirtualClock();
  const { chip, panel } = simulatedGpio({ label, lines, clock });
  return { clock, panel, bus: gpioBus('gpio', chip, clock, dice(1)) };
}

/** A wire at 256000 baud, and the real bus on it. */
export function radarBench(clock = new VirtualClock(), name = 'radar') {
  const { carrier, farEnd, cable } = memoryCable({ byteMicroseconds: 39, clock });
  const bus = byteBus(name, reopeningWire(carrier, clock, dice(1)), clock, silentLog, dice(2));
  return { clock, bus, farEnd, cable };
}

/** A part with a simulated radar at the end of its wire; what is left of them when the test is over fails it. */
export async function partWithRadar<Values, Radar extends { close(): void }>(
  kind: SensorPart<Values>,
  entry: Readonly<Record<string, unknown>> & { readonly protocol: string },
  simulated: (farEnd: ReturnType<typeof radarBench>['farEnd'], clock: VirtualClock) => Radar,
) {
  const { clock, bus, farEnd, cable } = radarBench();
  const radar = simulated(farEnd, clock);
  const { part, record } = makePart(kind, entry, bus, clock);
  onTestFinished(async () => {
    part.stop();
    radar.close();
    const closing = bus.close();
    await clock.advance(10);
    await closing;
    expect(clock.pending()).toEqual([]);
    expect(record.crashes).toEqual([]);
  });
  await clock.advance(500);
  return { clock, bus, cable, radar, record };
}
