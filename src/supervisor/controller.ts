/** The running controller: the composition root, where every part meets the others. */
import { v7 as uuidV7 } from 'uuid';
import type { Capabilities } from '../devices/capabilities.js';
import { Hall } from '../hall/hall.js';
import type { HallPorts } from '../hall/ports.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { DeviceState } from '../protocols/hub/payloads.js';
import { type Topics, topicsOf } from '../protocols/hub/topics.js';
import type { Store } from '../store/types.js';
import type { BoardKey } from './board-key.js';
import { BusRack } from './bus-rack.js';
import { CommandDesk } from './command-desk.js';
import { commandHandlers } from './command-handlers.js';
import { lookAtClock, lookAtStorage } from './conditions.js';
import type { FindProfile } from './config/check.js';
import type { LoadedFile } from './config/load.js';
import type { Problem } from './config/problems.js';
import type { Configuration } from './config/schema.js';
import { ConfigReports } from './config-reports.js';
import { DeviceRack } from './device-rack.js';
import { DeviceStates } from './device-states.js';
import { FaultBook } from './fault-book.js';
import { startHealth } from './health.js';
import { HubSlot, type LinkHub } from './hub-slot.js';
import { LocalTime } from './local-time.js';
import { MaintenanceDesk } from './maintenance-desk.js';
import { PageDesk } from './page-desk.js';
import { planChange, type Step } from './plan.js';
import { RatingSeal } from './rating-seal.js';
import { Leadership } from './several/leadership.js';
import { SignalDesk } from './signal-desk.js';
import { textWarrant } from './text-warrant.js';
import type { Wiring } from './wiring.js';

/** A valid document as it runs. */
export interface RunningDocument {
  readonly configuration: Configuration;
  readonly document: unknown;
  readonly hash: string;
}

interface ControllerOptions {
  readonly running: RunningDocument;
  /** Why the file was not used, where the last good document runs instead of it. */
  readonly rejectedFile?: readonly Problem[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly wiring: Wiring;
  readonly findProfile: FindProfile;
  /** Reads the board's own key, or makes it; rejects where it cannot be used. */
  readonly openBoardKey: () => Promise<BoardKey>;
  /** Handed in, so that a hub can be in the same process; the link over MQTT if absent. */
  readonly linkHub?: LinkHub;
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
  readonly #leadership: Leadership;
  readonly #signals: SignalDesk;
  readonly #maintenance = new MaintenanceDesk();
  readonly #pages: PageDesk;
  readonly #reports: ConfigReports;
  readonly #commands: CommandDesk;
  readonly #hub: HubSlot;
  readonly #seal: RatingSeal;
  readonly #devices: DeviceRack;
  #running: RunningDocument;
  #health: { stop(): void } | undefined;
  #reloading: Promise<void> = Promise.resolve();

  constructor(private readonly options: ControllerOptions) {
    const { store, clock, log, running } = options;
    const { hall, controller } = running.configuration;
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#running = running;
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
      publish: (device, state) => {
        this.#hub.setRetained(this.topics.device(device), state);
        this.#hall.deviceFailed(device, state !== null && isDown(state));
      },
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
      linkHub: options.linkHub,
    });
    this.#seal = new RatingSeal({
      clock,
      store,
      faults: this.#faults,
      openKey: options.openBoardKey,
      publish: (state) => this.#hub.setRetained(this.topics.ratings, state),
    });
    this.#buses = new BusRack({
      clock,
      log,
      wiring: options.wiring,
      faults: this.#faults,
      states: this.#states,
    });
    const hallPorts: HallPorts = {
      ...common,
      log: log.child({ part: 'hall' }),
      commit,
      publishQueue: (queue, state) => this.#hub.setRetained(this.topics.queue(queue), state),
      publishWindow: (window, state) => this.#hub.setRetained(this.topics.window(window), state),
      publishChannels: (state) => this.#hub.setRetained(this.topics.channels, state),
      publishRoom: (state) => this.#hub.setRetained(this.topics.room, state),
      raise: (fault) => this.#faults.raise(ownFault(fault)),
      clear: (device, code) => this.#faults.clear(isFar(device) ? 'controller' : device, code),
      claimedElsewhere: (queue) => this.#leadership.claimedElsewhere(queue),
    };
    this.#hall = new Hall(
      hallPorts,
      (device) => this.#leadership.labelOf(device) ?? this.#subjectOf(device).label ?? device,
    );
    const { screen: feed, actions } = this.#hall;
    const time = new LocalTime(clock, () => this.#running.configuration);
    this.#pages = new PageDesk({ feed, actions, clock, log, localMinutes: () => time.minutes() }, log);
    this.#devices = new DeviceRack({
      clock,
      log,
      faults: this.#faults,
      states: this.#states,
      buses: this.#buses,
      time,
      findProfile: options.findProfile,
      record: (event) => void commit({ events: [event] }),
      memory: {
        get: (key) => store.state.get(key),
        put: (key, value) => void commit({ puts: { [key]: value } }),
      },
      attach: (device, capabilities) => this.#attach(device, capabilities),
    });
    this.#leadership = new Leadership({
      ports: {
        ...common,
        hallName: hall,
        controller,
        topics: this.topics,
        session: this.#session,
        log: log.child({ part: 'several boards' }),
        line: this.#hub,
        hall: this.#hall,
        faults: this.#faults,
        commit: (puts) => commit({ puts }),
      },
      localTime: () => time.minute(),
      record: (event) => void commit({ events: [event] }),
    });
    this.#commands = new CommandDesk({
      clock,
      log,
      state: store.state,
      commit,
      handlers: commandHandlers({
        desk: () => this.#hall.desk,
        maintenance: this.#maintenance,
        outside: {
          hall: () => this.#hall,
          clock,
          commit,
          isManual: () => this.#leadership.isManual,
          warrant: textWarrant({
            hall,
            controller,
            keyFile: () => this.#running.configuration.freeText?.key,
          }),
        },
        faults: this.#faults,
        outbox: store.outbox,
        send: (event) => this.#hub.sendAgain(event),
        leadership: () => this.#leadership,
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
    const sealed = this.#seal.start();
    const plan = planChange(undefined, configuration);
    await this.#take(plan.steps, configuration);
    if (this.options.rejectedFile === undefined) {
      this.#reports.applied(hash, plan.devices, known?.hash !== hash);
    } else {
      this.#reports.refused('rolled-back', null, this.options.rejectedFile);
    }
    // The session's number leaves only once nobody can get it again.
    await synced;
    await sealed;
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
    return (await this.#store.prove()) && this.#buses.proveWork(this.#devices.polled());
  }

  /** Ends everything; nothing durable is lost. The store stays open: it belongs to the caller. */
  async stop(): Promise<void> {
    this.#health?.stop();
    this.#faults.stop();
    this.#commands.stop();
    this.#leadership.stop();
    this.#hall.stop();
    this.#seal.stop();
    await this.#devices.stopAll();
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
    this.#buses.devicesChanged();
  }

  async #execute(step: Step, configuration: Configuration): Promise<void> {
    switch (step.do) {
      case 'open-bus':
        return this.#buses.open(step.name, configuration.buses[step.name]!);
      case 'close-bus':
        return this.#buses.close(step.name);
      case 'start-device':
        return this.#devices.start(step.name, configuration);
      case 'stop-device':
        return this.#devices.stop(step.name, !(step.name in configuration.devices));
      case 'use-calling':
        return this.#leadership.use(configuration);
      case 'use-hub':
        void this.#hub.use(configuration);
        return;
    }
  }

  #attach(device: string, capabilities: Capabilities): () => void {
    const undo = [this.#hall.attach(device, capabilities)];
    const { signals, servesPage, maintained } = capabilities;
    if (signals !== undefined) undo.push(this.#signals.add(device, signals));
    if (maintained !== undefined) undo.push(this.#maintenance.add(device, maintained));
    if (servesPage !== undefined) undo.push(this.#pages.add(device, servesPage));
    return () => {
      for (const one of undo) one();
    };
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

/** Nobody sees or hears it: it failed, or is a page that no screen has open. */
function isDown({ status, faults }: DeviceState): boolean {
  return status === 'failure' || faults.includes('page.not-open');
}

/** A device of another board of the hall, as its leader knows it: `row-b/rate-7`. */
function isFar(device: string): boolean {
  return device.includes('/');
}

/** What is wrong at a device of another board is told as this controller's, naming the device. */
function ownFault(fault: Parameters<HallPorts['raise']>[0]): Parameters<HallPorts['raise']>[0] {
  return isFar(fault.device) ? { ...fault, device: 'controller', parts: [fault.device] } : fault;
}
