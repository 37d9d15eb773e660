/** What has to happen to get from one configuration to another: a pure plan; devices change by its steps alone. */
import type { DeviceConfig } from '../devices/kind.js';
import { findKind } from '../devices/registry.js';
import { parentOf } from './config/check-buses.js';
import { hashOf } from './config/hash.js';
import type { Configuration } from './config/schema.js';

export type Step =
  | { readonly do: 'stop-device'; readonly name: string }
  | { readonly do: 'close-bus'; readonly name: string }
  | { readonly do: 'open-bus'; readonly name: string }
  | { readonly do: 'start-device'; readonly name: string }
  | { readonly do: 'use-calling' }
  | { readonly do: 'use-hub' };

export type DeviceOutcome = 'kept' | 'started' | 'restarted' | 'stopped';

interface Plan {
  readonly steps: readonly Step[];
  /** What becomes of each device. */
  readonly devices: Readonly<Record<string, DeviceOutcome>>;
  /** Settings that differ and cannot change while running. */
  readonly needRestart: readonly string[];
}

/** An empty hall, from which the first plan starts. */
const nothingRunning: Pick<Configuration, 'buses' | 'devices'> = { buses: {}, devices: {} };

/**
 * Steps from `current` to `desired`: only what differs is touched. A device restarts when its entry or its bus
 * changed. `hall`, `controller` and `storage` cannot change without a restart of the process.
 */
export function planChange(current: Configuration | undefined, desired: Configuration): Plan {
  const before = current ?? nothingRunning;
  const devices: Record<string, DeviceOutcome> = {};
  const changedBuses = busesThatChange(before.buses, desired.buses);
  const otherLanguage = current !== undefined && current.language !== desired.language;
  const isKept = (old: DeviceConfig, wanted: DeviceConfig) =>
    same(old, wanted) &&
    !busesOf(wanted).some((bus) => changedBuses.has(bus)) &&
    !(otherLanguage && speaksHallLanguage(wanted));
  for (const name of Object.keys({ ...before.devices, ...desired.devices })) {
    const old = before.devices[name];
    const wanted = desired.devices[name];
    if (wanted === undefined) devices[name] = 'stopped';
    else if (old === undefined) devices[name] = 'started';
    else devices[name] = isKept(old, wanted) ? 'kept' : 'restarted';
  }
  const named = (...outcomes: DeviceOutcome[]) =>
    Object.keys(devices).filter((name) => outcomes.includes(devices[name]!));
  const steps: Step[] = [
    ...named('stopped', 'restarted').map((name) => ({ do: 'stop-device', name }) as const),
    ...parentsFirst(before.buses)
      .filter((name) => changedBuses.has(name))
      .reverse()
      .map((name) => ({ do: 'close-bus', name }) as const),
    ...parentsFirst(desired.buses)
      .filter((name) => changedBuses.has(name))
      .map((name) => ({ do: 'open-bus', name }) as const),
  ];
  if (!same(callingPart(current), callingPart(desired))) steps.push({ do: 'use-calling' });
  steps.push(...named('started', 'restarted').map((name) => ({ do: 'start-device', name }) as const));
  if (current !== undefined && !same(current.hub, desired.hub)) steps.push({ do: 'use-hub' });
  const fixed = ['hall', 'controller', 'storage'] as const;
  const needRestart = current === undefined ? [] : fixed.filter((key) => !same(current[key], desired[key]));
  return { steps, devices, needRestart };
}

type Buses = Configuration['buses'];

/** Buses whose own entry differs, and those that hang on such a one. */
function busesThatChange(before: Buses, desired: Buses): ReadonlySet<string> {
  const names = Object.keys({ ...before, ...desired });
  const changed = new Set(names.filter((name) => !same(before[name], desired[name])));
  for (const name of names) {
    const bus = desired[name];
    const parent = bus === undefined ? undefined : parentOf(bus);
    if (parent !== undefined && changed.has(parent)) changed.add(name);
  }
  return changed;
}

/** A bus can be opened once that is open on which it hangs. */
function parentsFirst(buses: Buses): string[] {
  const hangs = (name: string) => parentOf(buses[name]!) !== undefined;
  const names = Object.keys(buses);
  return [...names.filter((name) => !hangs(name)), ...names.filter(hangs)];
}

/** The buses that a device's entry names. */
function busesOf({ bus, parts = {} }: DeviceConfig): string[] {
  return [...(bus === undefined ? [] : [bus]), ...Object.values(parts).map((part) => part.bus)];
}

/** All that calling depends on. */
function callingPart(configuration: Configuration | undefined): unknown {
  if (configuration === undefined) return undefined;
  const { calling, leader, timezone, hours, language, devices } = configuration;
  const evaluated = Object.values(devices)
    .filter((device) => device.kind === 'evaluator' || device.kind === 'rating-page')
    .map((device) => device.window ?? '*')
    .sort();
  // A hand that is left alone calls at the windows of its own devices.
  const windows =
    leader === undefined ? [] : [...new Set(Object.values(devices).map(({ window }) => window ?? ''))].sort();
  return { calling, leader, windows, timezone, hours, language, evaluated };
}

/** It shows or prints in the hall's language, for its own entry names none. */
function speaksHallLanguage({ kind, protocol, language }: DeviceConfig): boolean {
  const options = findKind(kind)?.protocols[protocol ?? '']?.options ?? {};
  return language === undefined && 'language' in options;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && hashOf(a) === hashOf(b));
}
