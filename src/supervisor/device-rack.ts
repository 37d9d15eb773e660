/** The running devices: started with their bus, connected with the hall, and taken away again. */

import type { Capabilities } from '../devices/capabilities.js';
import { type Connection, connectionsOf, type DeviceConfig, type DeviceMemory } from '../devices/kind.js';
import { findKind } from '../devices/registry.js';
import type { Clock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { BusRack } from './bus-rack.js';
import type { FindProfile } from './config/check.js';
import { parentOf } from './config/check-buses.js';
import type { Configuration } from './config/schema.js';
import { DeviceRunner, onlyConnection } from './device-runner.js';
import type { BusChain, DeviceStates } from './device-states.js';
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

export class DeviceRack {
  readonly #devices = new Map<
    string,
    { readonly runner: DeviceRunner; readonly polls: readonly Polling[] }
  >();

  constructor(private readonly options: DeviceRackOptions) {}

  /** Starts a device of the configuration; its bus is open, or being opened. */
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
    this.#devices.set(name, { runner, polls: pollingOf(config, connections) });
    runner.start();
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

  /** Stops a device. `forGood`: it is no longer in the configuration, and nothing of it stays. */
  async stop(name: string, forGood: boolean): Promise<void> {
    const device = this.#devices.get(name);
    this.#devices.delete(name);
    await device?.runner.stop();
    if (!forGood) return;
    this.options.faults.forget(name);
    this.options.states.remove(name);
  }

  /** Stops all; what was known of them stays. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#devices.values()].map(({ runner }) => runner.stop()));
  }
}
