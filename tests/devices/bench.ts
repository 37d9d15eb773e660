import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { BoardView, ShowResult } from '../../src/devices/capabilities.js';
import type {
  Device,
  DeviceConfig,
  DeviceContext,
  DeviceKind,
  DeviceMemory,
  DeviceReports,
  FaultWords,
  Reading,
} from '../../src/devices/kind.js';
import type { Clock } from '../../src/kernel/clock.js';
import type { Evidence } from '../../src/kernel/errors.js';
import type { Json } from '../../src/kernel/json.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { type PanelProfile, panelProfileSchema } from '../../src/protocols/panel-profile.js';
import { type MemoryCableOptions, memoryCable } from '../../src/simulator/memory-cable.js';
import { deviceSchema, deviceWithPartsSchema, partSchema } from '../../src/supervisor/config/schema.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import type { Bus } from '../../src/transports/ports.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';

/** 9600 baud, 8N1. */
export const byteMicroseconds = 1042;

export const dm36b06: PanelProfile = v.parse(
  panelProfileSchema,
  parse(readFileSync(new URL('../../config/profiles/dm36b06.yaml', import.meta.url), 'utf8')),
);

/** Numbers from 0 to 1, the same ones in each run (a linear congruential generator). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a device said of itself, with the time of each word. */
export class RecordedReports implements DeviceReports {
  readonly alives: number[] = [];
  readonly silences: { at: number; evidence: Evidence }[] = [];
  readonly shown: Readonly<Record<string, Reading>>[] = [];
  readonly crashes: unknown[] = [];
  readonly faults: string[] = [];
  /** All that was cleared, also what an earlier life of the device may have raised. */
  readonly clears: string[] = [];
  readonly events: Readonly<Record<string, unknown>>[] = [];
  readonly standing = new Map<string, Evidence>();
  /** The parts that a standing fault is about, and its own words where it has any. */
  readonly about = new Map<string, { parts: readonly string[]; words: FaultWords | undefined }>();

  constructor(private readonly clock: VirtualClock) {}

  alive(): void {
    this.alives.push(this.clock.monotonicMilliseconds());
  }

  silent(evidence: Evidence): void {
    this.silences.push({ at: this.clock.monotonicMilliseconds(), evidence });
  }

  readings(values: Readonly<Record<string, Reading>>): void {
    this.shown.push(values);
  }

  crashed(error: unknown): void {
    this.crashes.push(error);
  }

  raise(code: string, evidence: Evidence, parts: readonly string[] = [], words?: FaultWords): void {
    this.faults.push(`raised ${code}`);
    this.standing.set(code, evidence);
    this.about.set(code, { parts, words });
  }

  /** All readings as they were told last. */
  get now(): Readonly<Record<string, Reading>> {
    return Object.assign({}, ...this.shown);
  }

  record(type: string, data: object): void {
    this.events.push({ type, ...data });
  }

  clear(code: string): void {
    this.clears.push(code);
    // What does not stand is cleared in silence, as by the fault book.
    if (this.standing.delete(code)) this.faults.push(`cleared ${code}`);
  }
}

/** A device's entry, checked by the schema that its kind declares. */
export function parseDevice(
  kind: DeviceKind,
  entry: Readonly<Record<string, unknown>> & { protocol: string; bus: string },
): DeviceConfig {
  const declared = kind.protocols[entry.protocol];
  if (declared === undefined) throw new Error(`no protocol ${entry.protocol}`);
  const schema = deviceSchema(kind, entry.protocol, declared);
  return v.parse(schema, { kind: kind.kind, ...entry }) as DeviceConfig;
}

/** A device's memory without a storage; hand it to a second device to restart the first. */
export function memory(value?: Json): DeviceMemory & { readonly writes: number } {
  let kept = value;
  let writes = 0;
  return {
    get: () => kept,
    put(next) {
      kept = structuredClone(next) as Json;
      writes++;
    },
    get writes() {
      return writes;
    },
  };
}

/** What a device is given besides its bus, in tests. */
export function surroundings(clock: Clock): Omit<DeviceContext, 'reports' | 'bus' | 'profile'> {
  return {
    name: 'one',
    clock,
    log: silentLog,
    language: 'zh-CN',
    localMinutes: () => 600,
    isOpen: () => true,
    partBuses: new Map(),
    memory: memory(),
  };
}

/** Makes a device on a bus, with a record of what it says. */
export function makeDevice(
  kind: DeviceKind,
  name: string,
  entry: Parameters<typeof parseDevice>[1],
  bus: Bus,
  clock: VirtualClock,
  profile?: unknown,
  more: Partial<DeviceContext> = {},
) {
  const reports = new RecordedReports(clock);
  const context = { ...surroundings(clock), name, bus, reports, profile, ...more };
  return { device: kind.create(parseDevice(kind, entry), context), reports };
}

/**
 * Makes a device that has parts.
 * @param parts each with its bus itself, instead of the bus's name
 */
export function makeDeviceWithParts(
  kind: DeviceKind,
  name: string,
  options: Readonly<Record<string, unknown>>,
  parts: Readonly<
    Record<string, { readonly bus: Bus; readonly protocol: string; readonly [option: string]: unknown }>
  >,
  clock: VirtualClock,
  more: Partial<DeviceContext> = {},
) {
  const entries = Object.entries(parts).map(([part, { bus, protocol, ...rest }]) => {
    const declared = kind.parts?.[part]?.protocols[protocol];
    if (declared === undefined) throw new Error(`no part ${part} over ${protocol}`);
    return [part, v.parse(partSchema(protocol, declared), { bus: bus.name, protocol, ...rest })] as const;
  });
  const document = { kind: kind.kind, ...options, parts: Object.fromEntries(entries) };
  const config = v.parse(deviceWithPartsSchema(kind), document) as DeviceConfig;
  const problems = kind.problems?.(config) ?? [];
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const reports = new RecordedReports(clock);
  const partBuses = new Map(Object.entries(parts).map(([part, { bus }]) => [part, bus]));
  const device = kind.create(config, { ...surroundings(clock), name, partBuses, reports, ...more });
  return { device, reports, config };
}

/** One wire with the real bus on it, in virtual time; `byteMicroseconds` is that of 9600 baud if absent. */
export function bench(options: Omit<MemoryCableOptions, 'clock'> = {}) {
  const clock = new VirtualClock();
  const { carrier, farEnd, cable } = memoryCable({ byteMicroseconds, ...options, clock });
  const wire = reopeningWire(carrier, clock, dice(1));
  const bus = byteBus('row', wire, clock, silentLog, dice(2));
  const devices: Device[] = [];
  let listeners = 0;
  const counted = (end: () => void) => {
    listeners++;
    return () => {
      listeners--;
      end();
    };
  };
  const onChange = bus.onChange.bind(bus);
  const listen = bus.listen.bind(bus);
  bus.onChange = (listener) => counted(onChange(listener));
  bus.listen = (framing, parameters, heard) => counted(listen(framing, parameters, heard));

  /** Makes and starts a device; its options must pass the schema that its kind declares. */
  function add(
    kind: DeviceKind,
    name: string,
    entry: Readonly<Record<string, unknown>> & { protocol: string },
    profile?: unknown,
  ) {
    const { device, reports } = makeDevice(kind, name, { bus: 'row', ...entry }, bus, clock, profile);
    devices.push(device);
    device.start();
    return { device, reports };
  }

  /** Stops everything as a controller does. */
  async function stop(): Promise<void> {
    await Promise.all(devices.map((device) => device.stop()));
    const closing = bus.close();
    await clock.advance(10);
    await closing;
  }

  /** Those of the devices on the bus. */
  const listenerCount = () => listeners;

  return { clock, bus, farEnd, cable, add, stop, listenerCount };
}

/** A promise's outcome that can be looked at without waiting for it. */
export interface Watched {
  result: ShowResult | 'pending';
  at: number;
}

export function watch(clock: VirtualClock, promise: Promise<ShowResult>): Watched {
  const watched: Watched = { result: 'pending', at: Number.NaN };
  void promise.then((result) => {
    watched.result = result;
    watched.at = clock.monotonicMilliseconds();
  });
  return watched;
}

/** A view of a window that serves `number`. */
export const serving = (number: string): BoardView => ({
  ticket: `ticket ${number}`,
  number,
  state: 'serving',
});
