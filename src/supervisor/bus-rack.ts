/** The open buses and what is wrong with them. */
import type { Clock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import type { CapturedMoment } from '../protocols/capture.js';
import type { Bus } from '../transports/ports.js';
import type { GpioChip } from '../transports/ports-gpio.js';
import type { I2cBus } from '../transports/ports-i2c.js';
import type { WireRing } from '../transports/wire-ring.js';
import { busPlace, busWords } from './bus-words.js';
import { parentOf } from './config/check-buses.js';
import type { BusConfig, ByteBusConfig } from './config/schema.js';
import type { DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';
import type { Wiring } from './wiring.js';

interface BusRackOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly wiring: Wiring;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
}

/** What has passed on a bus lately, oldest first. */
export interface Passed {
  readonly address: string;
  /** Options of the line, such as its baud rate. */
  readonly options: Readonly<Record<string, string | number>>;
  readonly moments: readonly CapturedMoment[];
  /** This moment, on the clock of the moments' `t`. */
  readonly nowMilliseconds: number;
}

/** A part that fails is asked again within this time, and so is a bus that somebody new asks. */
const longestRetryMilliseconds = 8_000;

export class BusRack {
  readonly #buses = new Map<string, Bus>();
  readonly #configs = new Map<string, BusConfig>();
  /** Of those that hang on another one: that one's name. */
  readonly #parents = new Map<string, string>();
  /** What passed on those that carry bytes. */
  readonly #rings = new Map<
    string,
    {
      readonly ring: WireRing;
      readonly about: Omit<Passed, 'moments' | 'nowMilliseconds'>;
      readonly startedMilliseconds: number;
    }
  >();
  /** What each polled bus had sent, and since when it has not been more. */
  #proven = new Map<string, { readonly sent: number; readonly at: number }>();

  constructor(private readonly options: BusRackOptions) {}

  get(name: string): Bus | undefined {
    return this.#buses.get(name);
  }

  /** It has neither been opened yet nor been lost. */
  isOpening(name: string): boolean {
    return this.#buses.get(name)?.state === 'opening';
  }

  /** What passed on a bus lately; `undefined` for one that carries no stream of bytes. */
  passed(name: string): Passed | undefined {
    const kept = this.#rings.get(name);
    if (kept === undefined) return undefined;
    const nowMilliseconds = this.options.clock.monotonicMilliseconds() - kept.startedMilliseconds;
    return { ...kept.about, moments: kept.ring.moments(), nowMilliseconds };
  }

  /** Begins to open a bus; it may be lost for now, then it is a fault and is tried again by itself. */
  async open(name: string, config: BusConfig): Promise<void> {
    const bus = await this.#make(name, config);
    this.#buses.set(name, bus);
    this.#configs.set(name, config);
    const parent = parentOf(config);
    if (parent !== undefined) this.#parents.set(name, parent);
    bus.onChange(() => {
      this.#look(name, bus);
      for (const [child, of] of this.#parents) if (of === name) this.#look(child, this.#buses.get(child));
    });
    // One that was lost while it was made has told nobody.
    if (bus.state === 'lost') this.#look(name, bus);
  }

  /** Devices came or went: a fault that stands names those that are there now. */
  devicesChanged(): void {
    for (const [name, bus] of this.#buses) this.#look(name, bus);
  }

  async close(name: string): Promise<void> {
    const bus = this.#buses.get(name);
    this.#buses.delete(name);
    this.#configs.delete(name);
    this.#parents.delete(name);
    this.#rings.delete(name);
    await bus?.close();
    // One that hung at its end may have a successor by now, whose faults are its own.
    if (!this.#buses.has(name)) this.options.faults.forget(name);
  }

  /** Closes all buses, those that hang on another one first: they bring their lines to rest. Faults stay as they are. */
  async closeAll(): Promise<void> {
    const buses = [...this.#buses];
    this.#buses.clear();
    const closed = (hanging: boolean) =>
      Promise.all(
        buses.filter(([name]) => this.#parents.has(name) === hanging).map(([, bus]) => bus.close()),
      );
    await closed(true);
    await closed(false);
    this.#parents.clear();
  }

  /**
   * False where an open bus whose devices are polled has sent nothing for longer than they leave it alone: whatever
   * blocks there, no work gets done.
   * @param polled milliseconds between two looks at the device that is looked at most often, for each bus with such ones
   */
  proveWork(polled: ReadonlyMap<string, number>): boolean {
    const now = this.options.clock.monotonicMilliseconds();
    const proven = new Map<string, { readonly sent: number; readonly at: number }>();
    let works = true;
    for (const [name, bus] of this.#buses) {
      const pause = polled.get(name);
      const { sent } = bus;
      if (bus.state !== 'open' || pause === undefined || sent === null) continue;
      const before = this.#proven.get(name);
      const since = before?.sent === sent ? before.at : now;
      if (now - since > pause + longestRetryMilliseconds) works = false;
      proven.set(name, { sent, at: since });
    }
    this.#proven = proven;
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
      case 'expander': {
        const [{ expanderChip }, { gpioBus }] = await Promise.all([
          import('../extenders/expander.js'),
          import('../transports/gpio-bus.js'),
        ]);
        return gpioBus(name, expanderChip(this.#i2c(config.bus), config, clock), clock);
      }
      case 'adc': {
        const { adsAnalogBus } = await import('../extenders/ads1115.js');
        return adsAnalogBus(name, this.#i2c(config.bus), config, clock);
      }
      case 'firmata': {
        const [{ firmataBus }, { firmataEngine }, { gpioBus }, { reopeningWire }] = await Promise.all([
          import('../extenders/firmata/firmata-bus.js'),
          import('../transports/firmata-engine.js'),
          import('../transports/gpio-bus.js'),
          import('../transports/reopening-wire.js'),
        ]);
        const parts = {
          engine: firmataEngine(clock),
          lines: (lines: string, chip: GpioChip) => gpioBus(lines, chip, clock),
        };
        const wire = reopeningWire(await wiring.carrier(name, config), clock);
        return firmataBus(name, wire, parts, clock, { referenceVolts: config.referenceVolts });
      }
      case 'snmp':
        return wiring.snmpBus(name, config);
      case 'ipp':
        return wiring.ippBus(name, config);
      case 'page': {
        // The same in a virtual hall: its screens are real browsers.
        const { pageServer } = await import('../transports/page-server.js');
        const { address, port, tokenFile = null, names } = config;
        return pageServer(name, { address, port, tokenFile, names }, clock, log);
      }
      default: {
        const [{ byteBus }, { recordedCarrier }, { reopeningWire }, { WireRing }] = await Promise.all([
          import('../transports/byte-bus.js'),
          import('../transports/recorder.js'),
          import('../transports/reopening-wire.js'),
          import('../transports/wire-ring.js'),
        ]);
        const carrier = await wiring.carrier(name, config);
        const ring = new WireRing();
        const startedMilliseconds = clock.monotonicMilliseconds();
        const recording = recordedCarrier(carrier, clock, ring.note);
        const about = { address: carrier.address, options: lineOptions(config) };
        this.#rings.set(name, { ring, about, startedMilliseconds });
        return byteBus(name, reopeningWire(recording.carrier, clock), clock, log);
      }
    }
  }

  /** The open I2C bus that another bus hangs on; the plan opens it first. */
  #i2c(name: string): I2cBus {
    const bus = this.#buses.get(name);
    if (bus?.type === 'i2c') return bus;
    throw new HallwardError('bus.no-parent', 'internal', `there is no open I2C bus ${name}`);
  }

  #look(name: string, bus: Bus | undefined): void {
    const config = this.#configs.get(name);
    if (bus === undefined || config === undefined || this.#buses.get(name) !== bus) return;
    const { faults, states } = this.options;
    const affected = states.onBus(name);
    const parent = this.#buses.get(this.#parents.get(name) ?? '');
    // One cause has one fault: that of the bus on which this one hangs, also until this one has looked for its chip again.
    const isByParent = parent !== undefined && bus.lostBecause?.code === 'wire.lost';
    if (parent?.state === 'lost' || isByParent) {
      faults.clear(name, 'bus.lost');
    } else if (bus.state === 'lost') {
      const error = bus.lostBecause;
      const code = error?.code ?? null;
      const reason = error?.message ?? 'unknown';
      const evidence = { ...busPlace(config), reason, code, ...error?.evidence };
      faults.raise({
        device: name,
        code: 'bus.lost',
        evidence,
        affected,
        ...busWords('bus.lost', config, code),
      });
    } else if (bus.state === 'open') {
      faults.clear(name, 'bus.lost');
    }
    if (bus.type === 'bytes' && bus.noise.noisy) {
      const { discardedShare, sample } = bus.noise;
      const discardedPercent = Math.round(discardedShare * 100);
      const evidence = { ...busPlace(config), discardedPercent, sample };
      faults.raise({ device: name, code: 'bus.noisy', evidence, affected, ...busWords('bus.noisy', config) });
    } else {
      faults.clear(name, 'bus.noisy');
    }
    for (const device of affected) states.refresh(device);
  }
}

/** What a reader of a capture needs to know of the line, besides its address. */
function lineOptions(config: ByteBusConfig): Record<string, string | number> {
  if (config.type !== 'serial') return {};
  const { baudRate, parity, dataBits, stopBits } = config;
  return { baudRate, parity, dataBits, stopBits };
}
