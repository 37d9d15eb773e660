/** The controller's board in one process: it has a boot and a disk, and its power can go in any moment. */
import type { Clock } from '../../../../src/kernel/clock.js';
import { silentLog } from '../../../../src/kernel/log.js';
import { eventSource } from '../../../../src/protocols/hub/events.js';
import type { MemoryCable } from '../../../../src/simulator/index.js';
import { openStore } from '../../../../src/store/open.js';
import type { Store } from '../../../../src/store/types.js';
import { checkLoaded, profileFinder } from '../../../../src/supervisor/config/load.js';
import { Controller } from '../../../../src/supervisor/controller.js';
import { ConfigMemory } from '../../../../src/supervisor/transaction/memory.js';
import { chooseAtStart } from '../../../../src/supervisor/transaction/start.js';
import type { Wiring } from '../../../../src/supervisor/wiring.js';
import type { Carrier } from '../../../../src/transports/ports.js';
import { MachineClock } from './day-clock.js';
import { Disk } from './disk.js';
import type { MemoryHub } from './memory-hub.js';
import { controllerName, dayDocument, hallName } from './plan.js';

export interface MachineOptions {
  readonly world: Clock;
  readonly random: () => number;
  readonly boot: string;
  /** Of the storage. */
  readonly folder: string;
  /** Of the profiles. */
  readonly configurationFolder: string;
  readonly cables: ReadonlyMap<string, MemoryCable>;
  readonly hub: MemoryHub;
  readonly pollMilliseconds: number;
}

export class Machine {
  readonly #clock: MachineClock;
  readonly #disk: Disk;
  #store: Store | undefined;

  constructor(private readonly options: MachineOptions) {
    this.#clock = new MachineClock(options.world);
    this.#disk = new Disk(options.world, options.random);
  }

  /** What takes real time, while none of the hall's passes: the system's lock on the storage, loading of code. */
  async prepare(): Promise<void> {
    const { boot, folder } = this.options;
    await import('../../../../src/transports/byte-bus.js');
    await import('../../../../src/transports/reopening-wire.js');
    this.#store = await openStore({
      directory: folder,
      source: () => eventSource(hallName, controllerName),
      clock: this.#clock,
      log: silentLog,
      boot,
      files: this.#disk,
    });
    this.#disk.takesTime = true;
  }

  /** Starts the controller, as `hallward run` does; resolves as the hall's time goes on. */
  async start(): Promise<void> {
    const clock = this.#clock;
    const store = this.#store;
    if (store === undefined) throw new Error('its storage is not open');
    const { loaded, findProfile } = this.#configuration();
    const check = (document: unknown) => checkLoaded(document, findProfile);
    const memory = new ConfigMemory(store.state);
    const start = chooseAtStart(loaded, memory, check);
    if (start === undefined) throw new Error('nothing can run');
    const controller = new Controller({
      start,
      memory,
      check,
      secretsFolder: this.options.configurationFolder,
      store,
      clock,
      log: silentLog,
      version: '0.0.0',
      wiring: this.#wiring(),
      findProfile,
      openBoardKey: async () => ({ publicKey: 'none', sign: () => 'none' }),
      linkHub: this.options.hub.linkFor(clock),
    });
    await controller.start();
  }

  /** A synced write is under way. */
  get isWriting(): boolean {
    return this.#disk.isWriting;
  }

  /** The newest event that is synced. */
  get lastSequence(): number {
    return this.#store?.outbox.lastSequence ?? 0;
  }

  /** From now on nothing of it runs. `found` becomes its storage as it is found afterwards. */
  powerOff(found: string): void {
    this.#clock.powerOff();
    this.#disk.powerOff(this.options.folder, found);
    this.options.hub.disconnected();
  }

  #configuration() {
    const { folder, configurationFolder, pollMilliseconds } = this.options;
    const port = (bus: string) => `/dev/day/${bus}`;
    const document = dayDocument({ port, hub: 'mqtt://127.0.0.1', storage: folder, pollMilliseconds });
    const findProfile = profileFinder(configurationFolder);
    const loaded = checkLoaded(document, findProfile);
    if (loaded.configuration === undefined) throw new Error(JSON.stringify(loaded.problems));
    return { loaded, findProfile };
  }

  #wiring(): Wiring {
    const none = () => Promise.reject(new Error('there is no such wire in this hall'));
    const { cables } = this.options;
    return {
      carrier: async (name) => pluggedInto(this.#clock, (cables.get(name) as MemoryCable).carrier),
      gpioChip: none,
      i2cAdapter: none,
      audioOutput: none,
      snmpBus: none,
      ippBus: none,
    };
  }
}

/** A cable as one machine has it: without power it neither hears nor opens. That it is cut is told, and never asked. */
function pluggedInto(machine: MachineClock, carrier: Carrier): Carrier {
  const { address, byteMicroseconds } = carrier;
  const whilePowered = (run: () => void) => {
    if (!machine.isOff) run();
  };
  return {
    address,
    byteMicroseconds,
    open: (events) =>
      machine.isOff
        ? new Promise(() => {})
        : carrier.open({
            bytes: (chunk) => whilePowered(() => events.bytes(chunk)),
            closed: (error) => whilePowered(() => events.closed(error)),
          }),
    watch: (changed) => carrier.watch?.(() => whilePowered(changed)) ?? (() => {}),
  };
}
