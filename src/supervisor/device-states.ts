/**
 * The state of each device as the hub sees it: NE 107 status from its own faults, its bus and its proof of life.
 * One cause has one fault: what a lost bus brings down says so in its state and raises nothing of its own.
 */

import type { ProofOfLife, Reading } from '../devices/kind.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import type { FaultState } from '../protocols/hub/payloads.js';
import { type DeviceState, type DeviceStatus, worstStatus } from '../protocols/hub/payloads.js';

export interface DeviceStatesOptions {
  readonly clock: Clock;
  readonly session: number;
  readonly faultsOf: (device: string) => readonly FaultState[];
  readonly publish: (device: string, state: DeviceState | null) => void;
}

/** What the configuration says of a device's place, said again with its state. */
export type DeviceAbout = Pick<DeviceState, 'window' | 'windows' | 'label' | 'place'>;

interface Entry {
  readonly kind: string;
  readonly about: DeviceAbout;
  readonly proofOfLife: ProofOfLife;
  readonly bus: string;
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
      readonly bus: string;
      readonly readings: readonly string[];
    },
  ): void {
    const unknown = Object.fromEntries(device.readings.map((reading) => [reading, null]));
    this.#entries.set(name, {
      kind: device.kind,
      about: device.about ?? {},
      proofOfLife: device.proofOfLife,
      bus: device.bus,
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

  /** Names of the devices on a bus. */
  onBus(bus: string): string[] {
    return [...this.#entries].filter(([, entry]) => entry.bus === bus).map(([name]) => name);
  }

  /** The state now; `undefined` for a device that is not there. */
  stateOf(name: string): DeviceState | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const faults = this.options.faultsOf(name);
    const lostBus = this.options.faultsOf(entry.bus).find((fault) => fault.code === 'bus.lost');
    const statuses: DeviceStatus[] = faults.map((fault) => fault.status);
    if (lostBus !== undefined) statuses.push('failure');
    if (entry.proofOfLife !== 'none' && !entry.alive) statuses.push('function-check');
    return {
      kind: entry.kind,
      ...entry.about,
      status: worstStatus(statuses),
      verified: entry.proofOfLife !== 'none' && entry.alive && lostBus === undefined,
      faults: faults.map((fault) => fault.code),
      ...(lostBus === undefined ? {} : { cause: `${entry.bus}/${lostBus.code}` }),
      readings: lostBus === undefined ? entry.readings : entry.unknownReadings,
      session: this.options.session,
      at: rfc3339(this.options.clock.wallMilliseconds()),
    };
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
