/** The running controller: the composition root, where every part meets the others. */
import { v7 as uuidV7 } from 'uuid';
import { Hall } from '../hall/hall.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { within } from '../kernel/within.js';
import type { NewEvent } from '../protocols/hub/events.js';
import { type Topics, topicsOf } from '../protocols/hub/topics.js';
import type { Store } from '../store/types.js';
import type { BoardKey } from './board-key.js';
import { BusRack } from './bus-rack.js';
import { CapabilityDesks } from './capability-desks.js';
import { CaptureDesk } from './capture-desk.js';
import { CommandDesk } from './command-desk.js';
import { commandHandlers } from './command-handlers.js';
import { lookAtClock, lookAtStorage } from './conditions.js';
import type { FindProfile } from './config/check.js';
import type { LoadedFile } from './config/load.js';
import { DeviceDesk } from './device-desk.js';
import { DeviceRack } from './device-rack.js';
import { DeviceStates, isDown } from './device-states.js';
import { executeStep } from './execute-step.js';
import { FaultBook } from './fault-book.js';
import { hallPorts } from './hall-ports.js';
import { startHealth } from './health.js';
import { HubSlot, type LinkHub } from './hub-slot.js';
import { LocalTime } from './local-time.js';
import { PageDesk } from './page-desk.js';
import { RatingSeal } from './rating-seal.js';
import { Leadership } from './several/leadership.js';
import { textWarrant } from './text-warrant.js';
import type { ConfigMemory } from './transaction/memory.js';
import { ReportedAtHub } from './transaction/reported-at-hub.js';
import type { StartChoice } from './transaction/start.js';
import { ConfigTransactions } from './transaction/transactions.js';
import type { Wiring } from './wiring.js';

interface ControllerOptions {
  /** What runs, and why. */
  readonly start: StartChoice;
  readonly memory: ConfigMemory;
  readonly store: Store;
  readonly clock: Clock;
  /** The time that the process itself lives in, where the hall's runs faster; `clock` if absent. */
  readonly processClock?: Clock;
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
  readonly #hub: HubSlot;
  readonly #seal: RatingSeal;
  readonly #buses: BusRack;
  readonly #hall: Hall;
  readonly #devices: DeviceRack;
  readonly #deviceDesk: DeviceDesk;
  readonly #leadership: Leadership;
  readonly #config: ConfigTransactions;
  readonly #commands: CommandDesk;
  /** A device's state or the connection has changed. */
  readonly #changed = new Listeners<[]>();
  #health: { stop(): void } | undefined;

  /**
   * Puts the parts together, each after those that it is made of; nothing begins before `start`. What a part tells to
   * those that are made later goes through a function.
   */
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
    const record = (event: NewEvent) => void commit({ events: [event] });
    const running = () => this.#config.running.configuration;
    const time = new LocalTime(clock, running);

    // What is wrong, and what the hub is told of it.
    const captures = new CaptureDesk({
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
      capture: (raise) => captures.take(raise),
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

    // The hall, and the devices that work for it.
    const ports = hallPorts({
      ...common,
      processClock: options.processClock,
      topics: this.topics,
      log: log.child({ part: 'hall' }),
      commit,
      hub: this.#hub,
      faults: this.#faults,
      claimedElsewhere: (queue) => this.#leadership.claimedElsewhere(queue),
    });
    const labelOf = (device: string) => this.#subjectOf(device).label ?? device;
    this.#hall = new Hall(ports, (device) => this.#leadership.labelOf(device) ?? labelOf(device));
    const { screen: feed, actions } = this.#hall;
    const pages = new PageDesk({ feed, actions, clock, log, localMinutes: () => time.minutes() }, log);
    const desks = new CapabilityDesks({
      clock,
      hall: this.#hall,
      pages,
      faults: this.#faults,
      states: this.#states,
    });
    this.#buses = new BusRack({
      clock,
      log,
      wiring: options.wiring,
      faults: this.#faults,
      states: this.#states,
    });
    this.#devices = new DeviceRack({
      clock,
      log,
      faults: this.#faults,
      states: this.#states,
      buses: this.#buses,
      time,
      findProfile: options.findProfile,
      record,
      memory: {
        get: (key) => store.state.get(key),
        put: (key, value) => void commit({ puts: { [key]: value } }),
      },
      attach: (device, capabilities) => desks.attach(device, capabilities),
    });
    this.#deviceDesk = new DeviceDesk({
      rack: this.#devices,
      signs: desks.signs,
      devices: () => Object.keys(running().devices),
      labelOf,
      hall,
      language: () => running().language,
      localTime: () => time.minute(),
      isServing: () => this.#hall.signs.isServing,
    });

    // Who leads the hall, by which configuration, and what people ask of both.
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
      record,
    });
    const executors = {
      buses: this.#buses,
      devices: this.#devices,
      leadership: this.#leadership,
      hub: this.#hub,
    };
    const reportedAtHub = new ReportedAtHub(this.#hub, this.topics);
    this.#config = new ConfigTransactions({
      ...options,
      faults: this.#faults,
      commit,
      execute: (step, configuration) => executeStep(step, configuration, executors),
      stepsTaken: () => this.#buses.devicesChanged(),
      stateOf: (device) => this.#states.stateOf(device),
      isOpening: (device) => this.#devices.busesOf(device).some((bus) => this.#buses.isOpening(bus)),
      onChange: (listener) => this.#changed.add(listener),
      hub: reportedAtHub,
      publish: (reported) => reportedAtHub.publish(reported),
      revisionChanged: () => this.#hub.announce(),
    });
    this.#commands = new CommandDesk({
      clock,
      log,
      state: store.state,
      commit,
      handlers: commandHandlers({
        desk: () => this.#hall.desk,
        maintenance: desks.maintenance,
        devices: this.#deviceDesk,
        captures,
        outside: {
          hall: this.#hall,
          clock,
          commit,
          isManual: () => this.#leadership.isManual,
          warrant: textWarrant({ hall, controller, keyFile: () => running().freeText?.key }),
        },
        faults: this.#faults,
        outbox: store.outbox,
        send: (event) => this.#hub.sendAgain(event),
        leadership: this.#leadership,
        config: this.#config,
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
    if (this.options.memory.book.trial !== null) {
      await within(this.#clock, 'a start is counted', trialSyncMilliseconds, synced);
    }
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

  #subjectOf(device: string) {
    const config = this.#config.running.configuration.devices[device];
    return {
      ...(config?.label === undefined ? {} : { label: config.label }),
      ...(config?.place === undefined ? {} : { place: config.place }),
      ...(config?.window === undefined ? {} : { window: config.window }),
    };
  }
}
