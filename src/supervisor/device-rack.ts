/** The running devices: started with their bus, connected with the hall, and taken away again. */

import type { Capabilities } from '../devices/capabilities.js';
import { type Connection, connectionsOf, type DeviceConfig, type DeviceMemory } from '../devices/kind.js';
import { findKind } from '../devices/registry.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { BusRack } from './bus-rack.js';
import type { FindProfile } from './config/check.js';
import { parentOf } from './config/check-buses.js';
import type { Configuration } from './config/schema.js';
import { DeviceRunner, onlyConnection } from './device-runner.js';
import { type BusChain, type DeviceStates, disabledCode } from './device-states.js';
import { DisabledDevices } from './disabled-devices.js';
import type { FaultBook } from './fault-book.js';
import type { LocalTime } from './local-time.js';

interface DeviceRackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
  readonly buses: BusRack;
  readonly time: LocalTime;
  readonly findProfile: FindProfile;
  readonly record: (event: NewEvent) => void;
  readonly memory: DeviceMemories;
  /** Connects what a device can do; gives the function that undoes it. */
  readonly attach: (device: string, capabilities: Capabilities) => () => void;
}

/** Where devices keep what they must know after a restart. */
interface DeviceMemories {
  get(key: string): Json | undefined;
  put(key: string, value: Json): void;
}

/**
 * A device's own place there. It stays when the device is taken out of the configuration: one that is put back finds its
 * calibration.
 */
function memoryOf(device: string, memories: DeviceMemories): DeviceMemory {
  const key = `device/${device}`;
  return { get: () => memories.get(key), put: (value) => memories.put(key, value) };
}

/** A bus, and the one that it hangs on. */
function busChain(name: string, { buses }: Configuration): BusChain {
  const bus = buses[name];
  const parent = bus === undefined ? undefined : parentOf(bus);
  return parent === undefined ? [name] : [name, parent];
}

/** A bus on which a device is asked, and how often. */
interface Polling {
  readonly bus: string;
  readonly everyMilliseconds: number;
}

/** Where a device proves its life by answers. One without the option asks by a beat of its own, of some seconds at most. */
function pollingOf(config: DeviceConfig, connections: readonly Connection[]): readonly Polling[] {
  return connections
    .filter(({ declaration }) => declaration.proofOfLife === 'answers')
    .map(({ bus, config: own }) => {
      const every = own.pollMilliseconds ?? config.pollMilliseconds;
      return { bus, everyMilliseconds: typeof every === 'number' ? every : 0 };
    });
}

interface Racked {
  readonly runner: DeviceRunner;
  readonly polls: readonly Polling[];
  readonly connections: readonly Connection[];
  readonly configuration: Configuration;
  /** The driver before this one has ended. */
  ended: Promise<void>;
}

/** What became of a device that was to be taken out of service, or put back. */
export type Switched = 'done' | 'already' | 'unknown';

export class DeviceRack {
  readonly #devices = new Map<string, Racked>();
  readonly #disabled: DisabledDevices;

  constructor(private readonly options: DeviceRackOptions) {
    this.#disabled = new DisabledDevices(options.memory, options.clock);
  }

  /** Starts a device of the configuration; its bus is open, or being opened. One that is out of service stays so. */
  start(name: string, configuration: Configuration): void {
    const { clock, log, faults, states, buses, time, findProfile, record, attach } = this.options;
    const config = configuration.devices[name]!;
    const kind = findKind(config.kind);
    const connections = kind === undefined ? [] : connectionsOf(kind, config);
    if (kind === undefined || connections.length === 0) {
      throw new HallwardError('device.no-bus', 'internal', `device ${name} has no kind or bus`);
    }
    const open = connections.map(({ part = onlyConnection, bus: busName }) => {
      const bus = buses.get(busName);
      if (bus !== undefined) return [part, bus] as const;
      throw new HallwardError('device.no-bus', 'internal', `device ${name}: there is no bus ${busName}`);
    });
    const runner = new DeviceRunner({
      name,
      kind,
      config,
      buses: new Map(open),
      busChains: connections.map(({ bus }) => busChain(bus, configuration)),
      memory: memoryOf(name, this.options.memory),
      ...(typeof config.profile === 'string' ? { profile: findProfile(config.profile) } : {}),
      language: configuration.language,
      localMinutes: () => time.minutes(),
      isOpen: () => time.isOpen(),
      clock,
      log: log.child({ device: name }),
      faults,
      states,
      silenceCounts: () => config.poweredOutsideHours !== false || time.isOpen(),
      record,
      attach: (capabilities) => attach(name, capabilities),
    });
    const polls = pollingOf(config, connections);
    this.#devices.set(name, { runner, polls, connections, configuration, ended: Promise.resolve() });
    this.#disabled.enter(name);
    const out = this.#disabled.get(name);
    if (out === undefined) {
      runner.start();
      faults.end(name, disabledCode);
      return;
    }
    faults.raise({ device: name, code: disabledCode, evidence: { ...out } });
    // One cause has one fault.
    faults.forget(name, disabledCode);
    runner.rest();
  }

  /**
   * Takes a device out of service: its driver is stopped, and it stays so over restarts and changes of its configuration
   * until `enable`. Resolves when it is.
   */
  async disable(name: string, reason: string, by: string | null): Promise<Switched> {
    const device = this.#devices.get(name);
    if (device === undefined) return 'unknown';
    if (this.#disabled.get(name) !== undefined) return 'already';
    const since = rfc3339(this.options.clock.wallMilliseconds());
    this.#disabled.add(name, { reason, by, since });
    // What stands for it comes before it goes: for the hall there is no moment without it.
    this.start(name, device.configuration);
    const ended = Promise.all([device.ended, device.runner.stop()]).then(() => {});
    const resting = this.#devices.get(name);
    if (resting !== undefined) resting.ended = ended;
    this.options.buses.devicesChanged();
    await ended;
    return 'done';
  }

  /** Puts a device back into service. */
  async enable(name: string): Promise<Switched> {
    const device = this.#devices.get(name);
    if (device === undefined) return 'unknown';
    if (this.#disabled.get(name) === undefined) return 'already';
    this.#disabled.remove(name);
    await device.ended;
    // Stopped or started anew by a change of the configuration meanwhile: then it is as it should be.
    if (this.#devices.get(name) !== device || this.#disabled.get(name) !== undefined) return 'done';
    this.start(name, device.configuration);
    await device.runner.stop();
    this.options.buses.devicesChanged();
    return 'done';
  }

  isDisabled(name: string): boolean {
    return this.#devices.has(name) && this.#disabled.get(name) !== undefined;
  }

  /** The buses that a device hangs on, that of `parts` first. */
  busesOf(name: string, parts: readonly string[] = []): readonly string[] {
    const connections = this.#devices.get(name)?.connections ?? [];
    const isMeant = ({ part }: Connection) => part !== undefined && parts.includes(part);
    return [...connections.filter(isMeant), ...connections.filter((one) => !isMeant(one))].map(
      ({ bus }) => bus,
    );
  }

  /**
   * Each bus on which devices that are at work are asked, with the time between two looks at the one that is asked most
   * often. A driver that waits to be started anew asks nobody.
   */
  polled(): ReadonlyMap<string, number> {
    const polled = new Map<string, number>();
    for (const { runner, polls } of this.#devices.values()) {
      if (!runner.isAtWork) continue;
      for (const { bus, everyMilliseconds } of polls) {
        polled.set(bus, Math.min(everyMilliseconds, polled.get(bus) ?? everyMilliseconds));
      }
    }
    return polled;
  }

  /**
   * Stops a device.
   * @param next what takes its place; `undefined`: it is no longer in the configuration, and nothing of it stays
   */
  async stop(name: string, next: DeviceConfig | undefined): Promise<void> {
    const { faults, states } = this.options;
    const device = this.#devices.get(name);
    this.#devices.delete(name);
    await Promise.all([device?.ended, device?.runner.stop()]);
    // A driver that hung at its end may have a successor by now.
    if (this.#devices.has(name)) return;
    const before = device?.configuration.devices[name];
    if (next === undefined) {
      this.#disabled.leave(name);
      faults.forget(name);
      states.remove(name);
    } else if (before?.kind !== next.kind || before.protocol !== next.protocol) {
      // What another driver has found, this one may not even know.
      faults.forget(name, disabledCode);
    } else {
      // The next one has not failed yet; it says so itself where it does.
      faults.end(name, 'device.restarting');
    }
  }

  /** Stops all; what was known of them stays. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#devices.values()].flatMap(({ ended, runner }) => [ended, runner.stop()]));
  }
}
