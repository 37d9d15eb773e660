/** The running devices: started with their bus, connected with the hall, and taken away again. */
import type { Capabilities } from '../devices/capabilities.js';
import { findKind } from '../devices/registry.js';
import type { Clock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { BusRack } from './bus-rack.js';
import type { FindProfile } from './config/check.js';
import type { Configuration } from './config/schema.js';
import { DeviceRunner } from './device-runner.js';
import type { DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';
import type { LocalTime } from './local-time.js';

export interface DeviceRackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
  readonly buses: BusRack;
  readonly time: LocalTime;
  readonly findProfile: FindProfile;
  readonly record: (event: NewEvent) => void;
  /** Connects what a device can do; gives the function that undoes it. */
  readonly attach: (device: string, capabilities: Capabilities) => () => void;
}

export class DeviceRack {
  readonly #devices = new Map<string, DeviceRunner>();

  constructor(private readonly options: DeviceRackOptions) {}

  /** Starts a device of the configuration; its bus is open, or being opened. */
  start(name: string, configuration: Configuration): void {
    const { clock, log, faults, states, buses, time, findProfile, record, attach } = this.options;
    const config = configuration.devices[name]!;
    const kind = findKind(config.kind);
    const bus = buses.get(config.bus);
    if (kind === undefined || bus === undefined) {
      throw new HallwardError('device.no-bus', 'internal', `device ${name} has no kind or bus`);
    }
    const runner = new DeviceRunner({
      name,
      kind,
      config,
      bus,
      ...(typeof config.profile === 'string' ? { profile: findProfile(config.profile) } : {}),
      language: configuration.language,
      localMinutes: () => time.minutes(),
      clock,
      log: log.child({ device: name }),
      faults,
      states,
      silenceCounts: () => config.poweredOutsideHours !== false || time.isOpen(),
      record,
      attach: (capabilities) => attach(name, capabilities),
    });
    this.#devices.set(name, runner);
    runner.start();
  }

  /** Stops a device. `forGood`: it is no longer in the configuration, and nothing of it stays. */
  async stop(name: string, forGood: boolean): Promise<void> {
    const runner = this.#devices.get(name);
    this.#devices.delete(name);
    await runner?.stop();
    if (!forGood) return;
    this.options.faults.forget(name);
    this.options.states.remove(name);
  }

  /** Stops all; what was known of them stays. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
  }
}
