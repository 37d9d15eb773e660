/**
 * The state of each device as the hub sees it: NE 107 status from its own faults, its bus and its proof of life.
 * One cause has one fault: what a lost bus brings down says so in its state and raises nothing of its own.
 */

import type { ProofOfLife, Reading } from '../devices/kind.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import {
  type DeviceState,
  type DeviceStatus,
  type FaultState,
  worstStatus,
} from '../protocols/hub/payloads.js';

interface DeviceStatesOptions {
  readonly clock: Clock;
  readonly session: number;
  readonly faultsOf: (device: string) => readonly FaultState[];
  readonly publish: (device: string, state: DeviceState | null) => void;
}

/** What the configuration says of a device's place, said again with its state. */
export type DeviceAbout = Pick<DeviceState, 'window' | 'windows' | 'label' | 'place'>;

/** A bus, and those that it hangs on. */
export type BusChain = readonly string[];

/** Somebody has taken it out of service: nothing else is said of it. */
export const disabledCode = 'device.disabled';

/** Nobody sees or hears it: it failed, was taken out of service, or is a page that no screen has open. */
export function isDown({ status, faults }: DeviceState): boolean {
  return status === 'failure' || faults.includes('page.not-open') || faults.includes(disabledCode);
}

interface Entry {
  readonly kind: string;
  readonly about: DeviceAbout;
  readonly proofOfLife: ProofOfLife;
  readonly buses: readonly BusChain[];
  readonly unknownReadings: Readonly<Record<string, Reading>>;
  readings: Record<string, Reading>;
  alive: boolean;
  published: string;
}

export class DeviceStates {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly options: DeviceStatesOptions) {}

  /** A device begins; nothing is known of it yet. */
  add(
    name: string,
    device: {
      readonly kind: string;
      readonly about?: DeviceAbout;
      readonly proofOfLife: ProofOfLife;
      /** Of each of its connections. */
      readonly buses: readonly BusChain[];
      readonly readings: readonly string[];
    },
  ): void {
    const unknown = Object.fromEntries(device.readings.map((reading) => [reading, null]));
    this.#entries.set(name, {
      kind: device.kind,
      about: device.about ?? {},
      proofOfLife: device.proofOfLife,
      buses: device.buses,
      unknownReadings: unknown,
      readings: { ...unknown },
      alive: false,
      published: '',
    });
    this.refresh(name);
  }

  remove(name: string): void {
    if (this.#entries.delete(name)) this.options.publish(name, null);
  }

  /** It answered, or spoke. */
  alive(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.alive) return;
    entry.alive = true;
    this.refresh(name);
  }

  /** It no longer answers: what it measured before is no longer known. */
  silent(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.alive = false;
    entry.readings = { ...entry.unknownReadings };
    this.refresh(name);
  }

  readings(name: string, values: Readonly<Record<string, Reading>>): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.readings = { ...entry.readings, ...values };
    this.refresh(name);
  }

  /** Names of the devices in service on a bus, also by way of another one. */
  onBus(bus: string): string[] {
    return [...this.#entries]
      .filter(([name, { buses }]) => buses.some((chain) => chain.includes(bus)) && !this.#isDisabled(name))
      .map(([name]) => name);
  }

  /** How a device proves its life; `undefined` for one that is not there. */
  proofOf(name: string): ProofOfLife | undefined {
    return this.#entries.get(name)?.proofOfLife;
  }

  /** The state now; `undefined` for a device that is not there. */
  stateOf(name: string): DeviceState | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const faults = this.options.faultsOf(name);
    if (this.#isDisabled(name)) {
      return {
        kind: entry.kind,
        ...entry.about,
        status: 'function-check',
        verified: false,
        faults: [disabledCode],
        readings: entry.unknownReadings,
        session: this.options.session,
        at: rfc3339(this.options.clock.wallMilliseconds()),
      };
    }
    const lost = entry.buses.map((chain) => this.#lostOf(chain));
    const lostBus = lost.find((bus) => bus !== undefined);
    // A device with several buses knows itself what is unknown without one of them.
    const nothingIsLeft = lost.length > 0 && !lost.includes(undefined);
    const statuses: DeviceStatus[] = faults.map((fault) => fault.status);
    if (lostBus !== undefined) statuses.push('failure');
    if (entry.proofOfLife !== 'none' && !entry.alive) statuses.push('function-check');
    return {
      kind: entry.kind,
      ...entry.about,
      status: worstStatus(statuses),
      verified:
        entry.proofOfLife !== 'none' &&
        entry.alive &&
        lostBus === undefined &&
        !faults.some(({ code }) => code === 'device.unresponsive'),
      faults: faults.map((fault) => fault.code),
      ...(lostBus === undefined ? {} : { cause: `${lostBus}/bus.lost` }),
      readings: nothingIsLeft ? entry.unknownReadings : entry.readings,
      session: this.options.session,
      at: rfc3339(this.options.clock.wallMilliseconds()),
    };
  }

  #isDisabled(name: string): boolean {
    return this.options.faultsOf(name).some(({ code }) => code === disabledCode);
  }

  /** Which bus of a chain is to blame where one of them is lost. */
  #lostOf(chain: BusChain): string | undefined {
    return chain.find((bus) => this.options.faultsOf(bus).some(({ code }) => code === 'bus.lost'));
  }

  /** Publishes a device's state if it says something new. */
  refresh(name: string): void {
    const entry = this.#entries.get(name);
    const state = this.stateOf(name);
    if (entry === undefined || state === undefined) return;
    const { at: _, ...said } = state;
    const text = JSON.stringify(said);
    if (text === entry.published) return;
    entry.published = text;
    this.options.publish(name, state);
  }
}
