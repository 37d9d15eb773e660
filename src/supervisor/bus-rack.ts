/** The open buses and what is wrong with them. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { byteBus } from '../transports/byte-bus.js';
import type { ByteBus } from '../transports/ports.js';
import { reopeningWire } from '../transports/reopening-wire.js';
import type { CarrierFor } from './carriers.js';
import type { BusConfig } from './config/schema.js';
import type { DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';

export interface BusRackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly carrierFor: CarrierFor;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
}

export class BusRack {
  readonly #buses = new Map<string, ByteBus>();
  #proven = new Map<string, number>();

  constructor(private readonly options: BusRackOptions) {}

  get(name: string): ByteBus | undefined {
    return this.#buses.get(name);
  }

  /** Begins to open a bus; it may be lost for now, then it is a fault and is tried again by itself. */
  async open(name: string, config: BusConfig): Promise<void> {
    const { clock, log, carrierFor } = this.options;
    const wire = reopeningWire(await carrierFor(name, config), clock);
    const bus = byteBus(name, wire, clock, log);
    this.#buses.set(name, bus);
    bus.onChange(() => this.#look(name, bus));
  }

  async close(name: string): Promise<void> {
    const bus = this.#buses.get(name);
    this.#buses.delete(name);
    await bus?.close();
    this.options.faults.forget(name);
  }

  /** Closes all buses; their faults stay as they are. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#buses.values()].map((bus) => bus.close()));
    this.#buses.clear();
  }

  /**
   * False where an open bus whose devices are polled has done no exchange since the last call: whatever blocks
   * there, no work gets done.
   */
  proveWork(polled: ReadonlySet<string>): boolean {
    const exchanges = new Map<string, number>();
    let works = true;
    for (const [name, bus] of this.#buses) {
      if (bus.state !== 'open' || !polled.has(name)) continue;
      const requests = Object.values(bus.counters.slaves).reduce((sum, slave) => sum + slave.requests, 0);
      if (this.#proven.get(name) === requests) works = false;
      exchanges.set(name, requests);
    }
    this.#proven = exchanges;
    return works;
  }

  #look(name: string, bus: ByteBus): void {
    if (this.#buses.get(name) !== bus) return;
    const { faults, states } = this.options;
    const affected = states.onBus(name);
    if (bus.state === 'lost') {
      const error = bus.lostBecause;
      const evidence = { reason: error?.message ?? 'unknown', code: error?.code ?? null, ...error?.evidence };
      faults.raise({ device: name, code: 'bus.lost', evidence, affected });
    } else if (bus.state === 'open') {
      faults.clear(name, 'bus.lost');
    }
    const { noisy, discardedShare, sample } = bus.noise;
    if (noisy) {
      const discardedPercent = Math.round(discardedShare * 100);
      faults.raise({ device: name, code: 'bus.noisy', evidence: { discardedPercent, sample }, affected });
    } else {
      faults.clear(name, 'bus.noisy');
    }
    for (const device of affected) states.refresh(device);
  }
}
