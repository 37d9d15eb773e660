/** The life of one device: started, watched, and started anew with growing pauses when its driver fails. */
import type { Capabilities } from '../devices/capabilities.js';
import {
  type Device,
  type DeviceConfig,
  type DeviceContext,
  type DeviceKind,
  type DeviceMemory,
  type DeviceReports,
  proofOfLifeOf,
} from '../devices/kind.js';
import { outOfService } from '../devices/out-of-service.js';
import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { Language } from '../kernel/text.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Bus } from '../transports/ports.js';
import type { BusChain, DeviceAbout, DeviceStates } from './device-states.js';
import type { FaultBook } from './fault-book.js';
import type { Raise } from './standing-fault.js';

interface DeviceRunnerOptions {
  readonly name: string;
  readonly kind: DeviceKind;
  readonly config: DeviceConfig;
  /** Of each connection; the only one's has no name. */
  readonly buses: ReadonlyMap<string, Bus>;
  readonly busChains: readonly BusChain[];
  readonly memory: DeviceMemory;
  readonly profile?: unknown;
  readonly language: Language;
  readonly localMinutes: () => number | null;
  readonly isOpen: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: FaultBook;
  readonly states: DeviceStates;
  /** Whether silence counts now: outside hours a hall may switch its boards off. */
  readonly silenceCounts: () => boolean;
  /** Records an event of the device. */
  readonly record: (event: NewEvent) => void;
  /** Connects what the device can do with the hall; gives the function that undoes it. */
  readonly attach: (capabilities: Capabilities) => () => void;
}

/** What of a device's entry is said with its state, for whoever leads it from afar. */
function aboutOf({ window, windows, label, place }: DeviceConfig): DeviceAbout {
  const names = Array.isArray(windows) ? windows.filter((name) => typeof name === 'string') : undefined;
  return {
    ...(window === undefined ? {} : { window }),
    ...(names === undefined ? {} : { windows: names }),
    ...(label === undefined ? {} : { label }),
    ...(place === undefined ? {} : { place }),
  };
}

/** The name, among a device's buses, of the only one of a device without parts. */
export const onlyConnection = '';

/** A driver that ran this long after a restart counts as well again. */
const wellAfterMilliseconds = 60_000;

/** How often it is looked whether an absence that was said outside hours counts by now. */
const hoursMilliseconds = 30_000;

export class DeviceRunner {
  #device: Device | undefined;
  #detach = () => {};
  #timer: Timer | undefined;
  #stopping: Promise<void> | undefined;
  #crashes = 0;
  /** Absences that were said while silence does not count, by code: many say them once. */
  readonly #withheld = new Map<string, Raise>();
  #hoursTimer: Timer | undefined;
  readonly #backoff = new Backoff({ firstMilliseconds: 500, maximumMilliseconds: 60_000 });

  constructor(private readonly options: DeviceRunnerOptions) {}

  /** Its driver runs: it was started, and is not waiting to be started anew. */
  get isAtWork(): boolean {
    return this.#device !== undefined;
  }

  start(): void {
    this.#introduce();
    this.#begin();
  }

  /** It is there, but out of service: nothing is asked of it, and the hall knows that others must carry on for it. */
  rest(): void {
    this.#introduce();
    try {
      const { kind, config } = this.options;
      const { capabilities } = kind.create(
        config,
        this.#context(() => false),
      );
      this.#detach = this.options.attach(outOfService(capabilities));
    } catch (error) {
      this.options.log.error({ err: error }, 'the device driver failed while it was out of service');
    }
  }

  /** Ends the device for good; asked again, it is the same end. Its topics and faults are the caller's business. */
  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#stopping ??= this.#end();
    return this.#stopping;
  }

  #introduce(): void {
    const { name, kind, config, states, profile, busChains } = this.options;
    states.add(name, {
      kind: kind.kind,
      about: aboutOf(config),
      proofOfLife: proofOfLifeOf(kind, config, profile),
      buses: busChains,
      readings: Object.keys(kind.readings),
    });
  }

  #context(isCurrent: () => boolean): DeviceContext {
    const { name, kind, buses, memory, clock, log, profile, language, localMinutes, isOpen } = this.options;
    const bus = buses.get(onlyConnection);
    return {
      ...{ name, memory, clock, log, profile, language, localMinutes, isOpen },
      reports: this.#reports(isCurrent),
      ...(bus === undefined ? {} : { bus }),
      partBuses: kind.parts === undefined ? new Map<string, Bus>() : buses,
    };
  }

  #begin(): void {
    const { kind, config } = this.options;
    let alive = true;
    this.#detach = () => {
      alive = false;
    };
    try {
      const device = kind.create(
        config,
        this.#context(() => alive),
      );
      this.#device = device;
      const detach = this.options.attach(device.capabilities);
      this.#detach = () => {
        alive = false;
        detach();
      };
      device.start();
    } catch (error) {
      this.#crashed(error);
    }
  }

  /** What the device says, as long as it is this one that runs. */
  #reports(isCurrent: () => boolean): DeviceReports {
    const { name, kind, faults, states, record } = this.options;
    const absences = new Set([
      'device.unresponsive',
      ...kind.faults.filter((fault) => fault.absence).map((fault) => fault.code),
    ]);
    return {
      alive: () => {
        if (!isCurrent()) return;
        states.alive(name);
        // One part that answers does not speak for another one that does not.
        if (kind.parts !== undefined) return;
        this.#withheld.delete('device.unresponsive');
        faults.clear(name, 'device.unresponsive');
      },
      silent: (evidence) => {
        if (!isCurrent()) return;
        states.silent(name);
        this.#raiseAbsence({ device: name, code: 'device.unresponsive', evidence });
      },
      readings: (values) => {
        if (isCurrent()) states.readings(name, values);
      },
      raise: (code, evidence, parts, words) => {
        if (!isCurrent()) return;
        const fault = { device: name, code, evidence, ...(parts === undefined ? {} : { parts }), ...words };
        if (absences.has(code)) this.#raiseAbsence(fault);
        else faults.raise(fault);
      },
      clear: (code) => {
        if (!isCurrent()) return;
        this.#withheld.delete(code);
        faults.clear(name, code);
      },
      record: (type, data) => {
        if (isCurrent()) record({ type, subject: name, data: { ...data, device: name } } as NewEvent);
      },
      crashed: (error) => {
        if (isCurrent()) this.#crashed(error);
      },
    };
  }

  /** What is absent because the hall has switched it off is no fault, but one that stays away when the hall opens. */
  #raiseAbsence(fault: Raise): void {
    const { name, faults, clock, silenceCounts } = this.options;
    if (silenceCounts()) {
      this.#withheld.delete(fault.code);
      faults.raise(fault);
      return;
    }
    this.#withheld.set(fault.code, fault);
    this.#hoursTimer ??= clock.after(`hours of ${name}`, hoursMilliseconds, () => {
      this.#hoursTimer = undefined;
      for (const withheld of [...this.#withheld.values()]) this.#raiseAbsence(withheld);
    });
  }

  #crashed(error: unknown): void {
    if (this.#stopping !== undefined) return;
    const { name, log, clock, faults, states } = this.options;
    const reason = error instanceof Error ? error.message : String(error);
    this.#crashes++;
    log.error({ err: error, crashes: this.#crashes }, 'the device driver failed; it is started again');
    states.silent(name);
    faults.raise({ device: name, code: 'device.restarting', evidence: { reason, crashes: this.#crashes } });
    void this.#end();
    this.#timer = clock.after(`restart ${name}`, this.#backoff.next(), () => {
      this.#begin();
      this.#timer = clock.after(`${name} is well`, wellAfterMilliseconds, () => {
        this.#backoff.reset();
        this.#crashes = 0;
        faults.clear(name, 'device.restarting');
      });
    });
  }

  async #end(): Promise<void> {
    this.#timer?.cancel();
    this.#hoursTimer?.cancel();
    this.#hoursTimer = undefined;
    this.#withheld.clear();
    this.#detach();
    const device = this.#device;
    this.#device = undefined;
    try {
      await device?.stop();
    } catch (error) {
      this.options.log.error({ err: error }, 'the device driver failed while it was stopped');
    }
  }
}
