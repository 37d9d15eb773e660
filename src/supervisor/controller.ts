/** The running controller: the composition root, where every part meets the others. */
import { v7 as uuidV7 } from 'uuid';
import { findKind } from '../devices/registry.js';
import { Hall } from '../hall/hall.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { type Topics, topicsOf } from '../protocols/hub/topics.js';
import type { Store } from '../store/types.js';
import { BusRack } from './bus-rack.js';
import { callingSettingsOf } from './calling-settings.js';
import { CommandDesk } from './command-desk.js';
import { commandHandlers } from './command-handlers.js';
import { lookAtClock, lookAtStorage } from './conditions.js';
import type { FindProfile } from './config/check.js';
import type { LoadedFile } from './config/load.js';
import type { Problem } from './config/problems.js';
import type { Configuration } from './config/schema.js';
import { ConfigReports } from './config-reports.js';
import { DeviceRunner } from './device-runner.js';
import { DeviceStates } from './device-states.js';
import { FaultBook } from './fault-book.js';
import { startHealth } from './health.js';
import { HubSlot } from './hub-slot.js';
import { openingHours } from './opening-hours.js';
import { planChange, type Step } from './plan.js';
import { SignalDesk } from './signal-desk.js';
import type { Wiring } from './wiring.js';

/** A valid document as it runs. */
export interface RunningDocument {
  readonly configuration: Configuration;
  readonly document: unknown;
  readonly hash: string;
}

export interface ControllerOptions {
  readonly running: RunningDocument;
  /** Why the file was not used, where the last good document runs instead of it. */
  readonly rejectedFile?: readonly Problem[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly wiring: Wiring;
  readonly findProfile: FindProfile;
}

/** Where the last good document and the number of starts are kept. */
export const goodDocumentKey = 'config/good';
const sessionKey = 'session';

export class Controller {
  readonly topics: Topics;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #session: number;
  readonly #faults: FaultBook;
  readonly #states: DeviceStates;
  readonly #buses: BusRack;
  readonly #hall: Hall;
  readonly #signals: SignalDesk;
  readonly #reports: ConfigReports;
  readonly #commands: CommandDesk;
  readonly #hub: HubSlot;
  readonly #devices = new Map<string, DeviceRunner>();
  #running: RunningDocument;
  #isOpen: (wallMilliseconds: number) => boolean;
  #health: { stop(): void } | undefined;
  #reloading: Promise<void> = Promise.resolve();

  constructor(private readonly options: ControllerOptions) {
    const { store, clock, log, running } = options;
    const { hall, controller, hours, timezone } = running.configuration;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#running = running;
    this.#isOpen = openingHours(hours, timezone);
    this.topics = topicsOf(hall, controller);
    const sessions = store.state.get(sessionKey);
    this.#session = (typeof sessions === 'number' ? sessions : 0) + 1;
    const newId = () => uuidV7({ msecs: Math.max(0, Math.round(clock.wallMilliseconds())) });
    const common = { clock, boot: store.boot, newId, state: store.state };
    const commit = store.commit.bind(store);

    this.#faults = new FaultBook({
      ...common,
      log,
      session: this.#session,
      commit,
      stored: store.state,
      subjectOf: (device) => this.#subjectOf(device),
      publish: (device, code, state) => this.#hub.setRetained(this.topics.fault(device, code), state),
    });
    this.#states = new DeviceStates({
      clock,
      session: this.#session,
      faultsOf: (device) => this.#faults.of(device),
      publish: (device, state) => this.#hub.setRetained(this.topics.device(device), state),
    });
    this.#faults.onChange((device) => this.#states.refresh(device));
    this.#signals = new SignalDesk(this.#faults);
    this.#reports = new ConfigReports({
      clock,
      log,
      faults: this.#faults,
      commit,
      running: () => this.#running,
      publish: (reported) => this.#hub.setRetained(this.topics.configReported, reported),
    });
    this.#hub = new HubSlot({
      topics: this.topics,
      clock,
      log,
      outbox: store.outbox,
      faults: this.#faults,
      identity: {
        session: this.#session,
        version: options.version,
        startedAt: rfc3339(clock.wallMilliseconds()),
      },
      onCommand: (command) => void this.#commands.take(command),
    });
    this.#buses = new BusRack({
      clock,
      log,
      wiring: options.wiring,
      faults: this.#faults,
      states: this.#states,
    });
    this.#hall = new Hall({
      ...common,
      log: log.child({ part: 'hall' }),
      commit,
      publishQueue: (queue, state) => this.#hub.setRetained(this.topics.queue(queue), state),
      publishWindow: (window, state) => this.#hub.setRetained(this.topics.window(window), state),
      unmapped: (device, window) =>
        this.#faults.raise({ device, code: 'rating.unmapped', evidence: { window } }),
      mapped: (device) => this.#faults.clear(device, 'rating.unmapped'),
    });
    this.#commands = new CommandDesk({
      clock,
      log,
      state: store.state,
      commit,
      handlers: commandHandlers({
        desk: () => this.#hall.desk,
        faults: this.#faults,
        outbox: store.outbox,
        send: (event) => this.#hub.sendAgain(event),
      }),
      reply: (reply) => this.#hub.publishReply(reply),
    });
  }

  /** Starts everything. What is not there yet (a wire, the hub) is waited for and told. */
  async start(): Promise<void> {
    const { configuration, document, hash } = this.#running;
    const known = this.#store.state.get(goodDocumentKey) as { hash?: string } | undefined;
    const { synced } = this.#store.commit({
      puts: {
        [sessionKey]: this.#session,
        ...(known?.hash === hash ? {} : { [goodDocumentKey]: { hash, document } as never }),
      },
    });
    this.#store.onCondition(() => lookAtStorage(this.#store.condition, this.#faults));
    lookAtStorage(this.#store.condition, this.#faults);
    lookAtClock(this.#clock, this.#faults);
    const plan = planChange(undefined, configuration);
    await this.#take(plan.steps, configuration);
    if (this.options.rejectedFile === undefined) {
      this.#reports.applied(hash, plan.devices, known?.hash !== hash);
    } else {
      this.#reports.refused('rolled-back', null, this.options.rejectedFile);
    }
    // The session's number leaves only once nobody can get it again.
    await synced;
    void this.#hub.use(configuration);
    this.#health = startHealth({
      clock: this.#clock,
      store: this.#store,
      publish: (health) => {
        lookAtClock(this.#clock, this.#faults);
        this.#hub.publishHealth(health);
      },
    });
    this.#hub.bookComplete();
  }

  /** Changes to a document read anew, or says why not. One change at a time, in the order of the calls. */
  reload(file: LoadedFile): Promise<void> {
    this.#reloading = this.#reloading
      .then(() => this.#change(file))
      .catch((error: unknown) => this.#log.error({ err: error }, 'the configuration could not be changed'));
    return this.#reloading;
  }

  /** True when work has really been done since the last call: a sync, and an exchange on each polled bus. */
  async proveWork(): Promise<boolean> {
    const polled = new Set(
      Object.values(this.#running.configuration.devices)
        .filter((device) => findKind(device.kind)?.protocols[device.protocol]?.proofOfLife === 'answers')
        .map((device) => device.bus),
    );
    return (await this.#store.prove()) && this.#buses.proveWork(polled);
  }

  /** Ends everything; nothing durable is lost. The store stays open: it belongs to the caller. */
  async stop(): Promise<void> {
    this.#health?.stop();
    this.#faults.stop();
    this.#commands.stop();
    this.#hall.stop();
    await Promise.all([...this.#devices.values()].map((device) => device.stop()));
    await this.#buses.closeAll();
    await this.#hub.stop();
  }

  async #change(file: LoadedFile): Promise<void> {
    const { configuration, document, hash, problems } = file;
    if (configuration === undefined)
      return this.#reports.refused('rejected', hash === '' ? null : hash, problems);
    const plan = planChange(this.#running.configuration, configuration);
    if (plan.needRestart.length > 0) {
      const message = 'cannot change while running; restart the service';
      const errors = plan.needRestart.map((path) => ({ path, message }));
      return this.#reports.refused('rejected', hash, errors);
    }
    this.#running = { configuration, document, hash };
    this.#isOpen = openingHours(configuration.hours, configuration.timezone);
    await this.#take(plan.steps, configuration);
    this.#store.commit({ puts: { [goodDocumentKey]: { hash, document } as never } });
    this.#reports.applied(hash, plan.devices, true);
    this.#log.info({ hash, devices: plan.devices }, 'configuration applied');
  }

  async #take(steps: readonly Step[], configuration: Configuration): Promise<void> {
    for (const step of steps) {
      try {
        await this.#execute(step, configuration);
      } catch (error) {
        this.#log.error({ err: error, step }, 'a step of the configuration failed');
      }
    }
  }

  async #execute(step: Step, configuration: Configuration): Promise<void> {
    switch (step.do) {
      case 'open-bus':
        return this.#buses.open(step.name, configuration.buses[step.name]!);
      case 'close-bus':
        return this.#buses.close(step.name);
      case 'start-device':
        return this.#startDevice(step.name, configuration);
      case 'stop-device':
        return this.#stopDevice(step.name, !(step.name in configuration.devices));
      case 'use-calling':
        return this.#hall.useCalling(callingSettingsOf(configuration));
      case 'use-hub':
        void this.#hub.use(configuration);
        return;
    }
  }

  #startDevice(name: string, configuration: Configuration): void {
    const config = configuration.devices[name]!;
    const kind = findKind(config.kind);
    const bus = this.#buses.get(config.bus);
    if (kind === undefined || bus === undefined) {
      throw new HallwardError('device.no-bus', 'internal', `device ${name} has no kind or bus`);
    }
    const runner = new DeviceRunner({
      name,
      kind,
      config,
      bus,
      ...(typeof config.profile === 'string' ? { profile: this.options.findProfile(config.profile) } : {}),
      language: configuration.language,
      clock: this.#clock,
      log: this.#log.child({ device: name }),
      faults: this.#faults,
      states: this.#states,
      silenceCounts: () =>
        config.poweredOutsideHours !== false || this.#isOpen(this.#clock.wallMilliseconds()),
      record: (event) => void this.#store.commit({ events: [event] }),
      attach: (capabilities) => {
        const undo = [this.#hall.attach(name, capabilities)];
        if (capabilities.signals !== undefined) undo.push(this.#signals.add(name, capabilities.signals));
        return () => {
          for (const one of undo) one();
        };
      },
    });
    this.#devices.set(name, runner);
    runner.start();
  }

  async #stopDevice(name: string, forGood: boolean): Promise<void> {
    const runner = this.#devices.get(name);
    this.#devices.delete(name);
    await runner?.stop();
    if (!forGood) return;
    this.#faults.forget(name);
    this.#states.remove(name);
  }

  #subjectOf(device: string) {
    const config = this.#running.configuration.devices[device];
    return {
      ...(config?.label === undefined ? {} : { label: config.label }),
      ...(config?.place === undefined ? {} : { place: config.place }),
      ...(config?.window === undefined ? {} : { window: config.window }),
    };
  }
}
