/** The running controller: the composition root, where every part meets the others. */
import { v7 as uuidV7 } from 'uuid';
import type { Capabilities } from '../devices/capabilities.js';
import { Hall } from '../hall/hall.js';
import { type Clock, rfc3339, type Timer } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import type { ConfigReported, DeviceState } from '../protocols/hub/payloads.js';
import { type Topics, topicsOf } from '../protocols/hub/topics.js';
import type { Store } from '../store/types.js';
import type { BoardKey } from './board-key.js';
import { BusRack } from './bus-rack.js';
import { CaptureDesk } from './capture-desk.js';
import { CommandDesk } from './command-desk.js';
import { commandHandlers } from './command-handlers.js';
import { lookAtClock, lookAtStorage } from './conditions.js';
import type { FindProfile } from './config/check.js';
import type { LoadedFile } from './config/load.js';
import type { Configuration } from './config/schema.js';
import { DeviceDesk } from './device-desk.js';
import { DeviceRack } from './device-rack.js';
import { DeviceSigns } from './device-signs.js';
import { DeviceStates, disabledCode } from './device-states.js';
import { FaultBook } from './fault-book.js';
import { hallPorts } from './hall-ports.js';
import { startHealth } from './health.js';
import { HubSlot, type LinkHub } from './hub-slot.js';
import { LocalTime } from './local-time.js';
import { MaintenanceDesk } from './maintenance-desk.js';
import { PageDesk } from './page-desk.js';
import type { Step } from './plan.js';
import { RatingSeal } from './rating-seal.js';
import { Leadership } from './several/leadership.js';
import { SignalDesk } from './signal-desk.js';
import { textWarrant } from './text-warrant.js';
import type { GateHub } from './transaction/gate.js';
import type { ConfigMemory } from './transaction/memory.js';
import type { StartChoice } from './transaction/start.js';
import { ConfigTransactions } from './transaction/transactions.js';
import type { Wiring } from './wiring.js';

interface ControllerOptions {
  /** What runs, and why. */
  readonly start: StartChoice;
  readonly memory: ConfigMemory;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly wiring: Wiring;
  readonly findProfile: FindProfile;
  /** Checks a whole document, with the files that it names. */
  readonly check: (document: unknown) => LoadedFile;
  /** The folder in which a pushed configuration may name files. */
  readonly secretsFolder: string;
  /** Reads the board's own key, or makes it; rejects where it cannot be used. */
  readonly openBoardKey: () => Promise<BoardKey>;
  /** Handed in, so that a hub can be in the same process; the link over MQTT if absent. */
  readonly linkHub?: LinkHub;
}

/** A card that is slower than this has other troubles than a configuration that cannot run. */
const trialSyncMilliseconds = 500;

/** Where the number of starts is kept. */
const sessionKey = 'session';

export class Controller {
  readonly topics: Topics;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #session: number;
  readonly #faults: FaultBook;
  readonly #states: DeviceStates;
  readonly #buses: BusRack;
  readonly #hall: Hall;
  readonly #leadership: Leadership;
  readonly #signals: SignalDesk;
  readonly #maintenance = new MaintenanceDesk();
  readonly #pages: PageDesk;
  readonly #config: ConfigTransactions;
  readonly #changed = new Listeners<[]>();
  readonly #commands: CommandDesk;
  readonly #hub: HubSlot;
  readonly #seal: RatingSeal;
  readonly #devices: DeviceRack;
  readonly #signs: DeviceSigns;
  readonly #deviceDesk: DeviceDesk;
  readonly #captures: CaptureDesk;
  #reported: ConfigReported | undefined;
  #health: { stop(): void } | undefined;

  constructor(private readonly options: ControllerOptions) {
    const { store, clock, log, start } = options;
    const { hall, controller } = start.running.configuration;
    this.#store = store;
    this.#clock = clock;
    this.topics = topicsOf(hall, controller);
    const sessions = store.state.get(sessionKey);
    this.#session = (typeof sessions === 'number' ? sessions : 0) + 1;
    const newId = () => uuidV7({ msecs: Math.max(0, Math.round(clock.wallMilliseconds())) });
    const common = { clock, boot: store.boot, newId, state: store.state };
    const commit = store.commit.bind(store);

    this.#captures = new CaptureDesk({
      clock,
      newId,
      passed: (bus) => this.#buses.passed(bus),
      busesOf: (device, parts) => this.#devices.busesOf(device, parts),
    });
    this.#faults = new FaultBook({
      ...common,
      log,
      session: this.#session,
      commit,
      stored: store.state,
      subjectOf: (device) => this.#subjectOf(device),
      publish: (device, code, state) => this.#hub.setRetained(this.topics.fault(device, code), state),
      capture: (raise) => this.#captures.take(raise),
    });
    this.#states = new DeviceStates({
      clock,
      session: this.#session,
      faultsOf: (device) => this.#faults.of(device),
      publish: (device, state) => {
        this.#hub.setRetained(this.topics.device(device), state);
        this.#hall.deviceFailed(device, state !== null && isDown(state));
        this.#changed.tell();
      },
    });
    this.#faults.onChange((device) => this.#states.refresh(device));
    this.#signals = new SignalDesk(this.#faults);
    this.#config = new ConfigTransactions({
      ...options,
      faults: this.#faults,
      commit,
      execute: (step, configuration) => this.#execute(step, configuration),
      stepsTaken: () => this.#buses.devicesChanged(),
      stateOf: (device) => this.#states.stateOf(device),
      isOpening: (device) => this.#devices.busesOf(device).some((bus) => this.#buses.isOpening(bus)),
      onChange: (listener) => this.#changed.add(listener),
      hub: this.#gateHub(),
      publish: (reported) => {
        this.#reported = reported;
        this.#hub.setRetained(this.topics.configReported, reported);
      },
      revisionChanged: () => this.#hub.announce(),
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
      onDesired: (payload) => this.#config.desired(payload),
      configRevision: () => this.#config.running.revision,
      linkHub: options.linkHub,
    });
    this.#hub.onConnected(() => this.#changed.tell());
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
    const ports = hallPorts({
      ...common,
      topics: this.topics,
      log: log.child({ part: 'hall' }),
      commit,
      hub: this.#hub,
      faults: this.#faults,
      claimedElsewhere: (queue) => this.#leadership.claimedElsewhere(queue),
    });
    this.#hall = new Hall(
      ports,
      (device) => this.#leadership.labelOf(device) ?? this.#subjectOf(device).label ?? device,
    );
    const { screen: feed, actions } = this.#hall;
    const time = new LocalTime(clock, () => this.#config.running.configuration);
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
    this.#signs = new DeviceSigns({
      clock,
      states: this.#states,
      places: {
        signs: this.#hall.signs,
        screen: () => this.#hall.screen.now,
        pages: this.#pages,
        signals: this.#signals,
      },
    });
    this.#deviceDesk = new DeviceDesk({
      rack: this.#devices,
      signs: this.#signs,
      devices: () => Object.keys(this.#config.running.configuration.devices),
      labelOf: (device) => this.#subjectOf(device).label ?? device,
      hall,
      language: () => this.#config.running.configuration.language,
      localTime: () => time.minute(),
      isServing: () => this.#hall.signs.isServing,
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
        devices: this.#deviceDesk,
        captures: this.#captures,
        outside: {
          hall: () => this.#hall,
          clock,
          commit,
          isManual: () => this.#leadership.isManual,
          warrant: textWarrant({
            hall,
            controller,
            keyFile: () => this.#config.running.configuration.freeText?.key,
          }),
        },
        faults: this.#faults,
        outbox: store.outbox,
        send: (event) => this.#hub.sendAgain(event),
        leadership: () => this.#leadership,
        config: () => this.#config,
      }),
      reply: (reply) => this.#hub.publishReply(reply),
    });
  }

  /** Starts everything. What is not there yet (a wire, the hub) is waited for and told. */
  async start(): Promise<void> {
    const { synced } = this.#store.commit({
      puts: { [sessionKey]: this.#session, ...this.options.start.puts },
    });
    this.#store.onCondition(() => lookAtStorage(this.#store.condition, this.#faults));
    lookAtStorage(this.#store.condition, this.#faults);
    lookAtClock(this.#clock, this.#faults);
    const sealed = this.#seal.start();
    // A configuration that ends the process at once must have been counted before; but no storage holds up a hall.
    if (this.options.memory.book.trial !== null) await this.#atMost(synced, trialSyncMilliseconds);
    await this.#config.begin();
    // The session's number leaves only once nobody can get it again.
    await synced;
    await sealed;
    void this.#hub.use(this.#config.running.configuration);
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

  /** Changes to a file read anew, or says why not. One change at a time, in the order of the calls. */
  reload(file: LoadedFile): Promise<void> {
    return this.#config.file(file);
  }

  /** True when work has really been done since the last call: a sync, and an exchange on each polled bus. */
  async proveWork(): Promise<boolean> {
    return (await this.#store.prove()) && this.#buses.proveWork(this.#devices.polled());
  }

  /** Ends everything; nothing durable is lost. The store stays open: it belongs to the caller. */
  async stop(): Promise<void> {
    this.#deviceDesk.stop();
    await this.#config.stop();
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

  async #atMost(done: Promise<void>, milliseconds: number): Promise<void> {
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.#clock.after('a start is counted', milliseconds, resolve);
    });
    await Promise.race([done, tooLong]);
    timer?.cancel();
  }

  /** What the gate of a configuration asks of the hub. */
  #gateHub(): GateHub {
    const connected = () => this.#hub.connected;
    const isRefusing = () => this.#hub.isRefusing;
    return {
      get connected() {
        return connected();
      },
      get isRefusing() {
        return isRefusing();
      },
      // It says nothing that does not stand there already.
      acknowledged: () => this.#hub.send(this.topics.configReported, this.#reported ?? {}),
    };
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
        return this.#devices.stop(step.name, configuration.devices[step.name]);
      case 'use-calling':
        return this.#leadership.use(configuration);
      case 'use-hub':
        void this.#hub.use(configuration);
        return;
    }
  }

  #attach(device: string, capabilities: Capabilities): () => void {
    const undo = [this.#hall.attach(device, capabilities), this.#signs.add(device, capabilities)];
    const { signals, servesPage, maintained } = capabilities;
    if (signals !== undefined) undo.push(this.#signals.add(device, signals));
    if (maintained !== undefined) undo.push(this.#maintenance.add(device, maintained));
    if (servesPage !== undefined) undo.push(this.#pages.add(device, servesPage));
    return () => {
      for (const one of undo) one();
    };
  }

  #subjectOf(device: string) {
    const config = this.#config.running.configuration.devices[device];
    return {
      ...(config?.label === undefined ? {} : { label: config.label }),
      ...(config?.place === undefined ? {} : { place: config.place }),
      ...(config?.window === undefined ? {} : { window: config.window }),
    };
  }
}

/** Nobody sees or hears it: it failed, was taken out of service, or is a page that no screen has open. */
function isDown({ status, faults }: DeviceState): boolean {
  return status === 'failure' || faults.includes('page.not-open') || faults.includes(disabledCode);
}
