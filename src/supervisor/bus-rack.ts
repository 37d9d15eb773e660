/** The open buses and what is wrong with them. */
import type { Clock } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { Text } from '../kernel/text.js';
import type { Bus } from '../transports/ports.js';
import type { BusConfig } from './config/schema.js';
import type { DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';
import type { Wiring } from './wiring.js';

export interface BusRackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly wiring: Wiring;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
}

/** Pages hang on no cable. */
const listenAction: Text = {
  'zh-CN': '检查端口和地址（配置 http 部分）；改正或释放后会自动恢复，叫号不受影响',
  en: 'Check port and address in the section http; pages come back by themselves, and calling goes on',
};

export class BusRack {
  readonly #buses = new Map<string, Bus>();
  #proven = new Map<string, number>();

  constructor(private readonly options: BusRackOptions) {}

  get(name: string): Bus | undefined {
    return this.#buses.get(name);
  }

  /** Begins to open a bus; it may be lost for now, then it is a fault and is tried again by itself. */
  async open(name: string, config: BusConfig): Promise<void> {
    const bus = await this.#make(name, config);
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
      const { sent } = bus;
      if (sent === null) continue;
      if (this.#proven.get(name) === sent) works = false;
      exchanges.set(name, sent);
    }
    this.#proven = exchanges;
    return works;
  }

  /** Loads only what this bus needs. */
  async #make(name: string, config: BusConfig): Promise<Bus> {
    const { clock, log, wiring } = this.options;
    switch (config.type) {
      case 'gpio': {
        const { gpioBus } = await import('../transports/gpio-bus.js');
        return gpioBus(name, await wiring.gpioChip(name, config), clock);
      }
      case 'audio': {
        const { audioBus } = await import('../transports/audio-bus.js');
        return audioBus(name, await wiring.audioOutput(name, config), clock);
      }
      case 'i2c': {
        const { i2cBus } = await import('../transports/i2c-bus.js');
        return i2cBus(name, await wiring.i2cAdapter(name, config), clock);
      }
      case 'page': {
        // The same in a virtual hall: its screens are real browsers.
        const { pageServer } = await import('../transports/page-server.js');
        const { address, port, tokenFile = null, names } = config;
        return pageServer(name, { address, port, tokenFile, names }, clock, log);
      }
      default: {
        const { byteBus } = await import('../transports/byte-bus.js');
        const { reopeningWire } = await import('../transports/reopening-wire.js');
        return byteBus(name, reopeningWire(await wiring.carrier(name, config), clock), clock, log);
      }
    }
  }

  #look(name: string, bus: Bus): void {
    if (this.#buses.get(name) !== bus) return;
    const { faults, states } = this.options;
    const affected = states.onBus(name);
    if (bus.state === 'lost') {
      const error = bus.lostBecause;
      const evidence = { reason: error?.message ?? 'unknown', code: error?.code ?? null, ...error?.evidence };
      faults.raise({
        device: name,
        code: 'bus.lost',
        evidence,
        affected,
        ...(bus.type === 'page' ? { action: listenAction } : {}),
      });
    } else if (bus.state === 'open') {
      faults.clear(name, 'bus.lost');
    }
    if (bus.type === 'bytes' && bus.noise.noisy) {
      const { discardedShare, sample } = bus.noise;
      const discardedPercent = Math.round(discardedShare * 100);
      faults.raise({ device: name, code: 'bus.noisy', evidence: { discardedPercent, sample }, affected });
    } else {
      faults.clear(name, 'bus.noisy');
    }
    for (const device of affected) states.refresh(device);
  }
}
