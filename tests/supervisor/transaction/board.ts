/** A controller's configuration without its wires: what a board does with files and pushes, in virtual time. */

import type { Json } from '../../../src/kernel/json.js';
import { silentLog } from '../../../src/kernel/log.js';
import { VirtualClock } from '../../../src/kernel/virtual-clock.js';
import type { ConfigReported, DeviceState } from '../../../src/protocols/hub/payloads.js';
import type { Change } from '../../../src/store/types.js';
import { checkDocument } from '../../../src/supervisor/config/check.js';
import { hashOf } from '../../../src/supervisor/config/hash.js';
import type { LoadedFile } from '../../../src/supervisor/config/load.js';
import { profileFinder } from '../../../src/supervisor/config/load.js';
import type { Configuration } from '../../../src/supervisor/config/schema.js';
import { FaultBook } from '../../../src/supervisor/fault-book.js';
import type { Step } from '../../../src/supervisor/plan.js';
import { ConfigMemory } from '../../../src/supervisor/transaction/memory.js';
import { chooseAtStart, type StartChoice } from '../../../src/supervisor/transaction/start.js';
import { ConfigTransactions } from '../../../src/supervisor/transaction/transactions.js';

// biome-ignore lint/suspicious/noExplicitAny: tests change documents anywhere.
export type Loose = Record<string, any>;

const findProfile = profileFinder('/nowhere');

/** Checks as the controller does, but for the modes of files. */
export function check(document: unknown): LoadedFile {
  return { ...checkDocument(document, findProfile), document, hash: hashOf(document), notes: [] };
}

const panel = (window: string, address: number) => ({
  ...{ kind: 'window-board', window, bus: 'row', protocol: 'modbus-panel', profile: 'dm36b06', address },
});

/** A row with three boards; a panel with address 99 never answers, and a broker named `dead` neither. */
export function rowDocument(change: (document: Loose) => void = () => {}): Loose {
  const document: Loose = {
    hall: 'jinshan',
    controller: 'row-a',
    hub: { url: 'mqtt://good' },
    buses: { row: { type: 'tcp', host: 'row', port: 4002 } },
    devices: { 'board-5': panel('5', 5), 'board-6': panel('6', 6), 'board-7': panel('7', 7) },
  };
  change(document);
  return document;
}

/** As it is pushed. */
export function pushable(document: Loose): Loose {
  const { hall: _hall, controller: _controller, storage: _storage, hub, ...rest } = document;
  const { configKey: _key, ...pushed } = hub ?? {};
  return hub === undefined ? rest : { ...rest, hub: pushed };
}

export const deadAddress = 99;
const answersAfterMilliseconds = 300;
const unresponsiveAfterMilliseconds = 3_000;

interface ModelDevice {
  readonly config: Loose;
  readonly startedAt: number;
  readonly serial: number;
}

export interface BoardOptions {
  /** The storage as it is found. */
  readonly state?: ReadonlyMap<string, Json>;
  readonly clock?: VirtualClock;
  readonly secretsFolder?: string;
  /** As the controller checks, but for the modes of files, if absent. */
  readonly check?: (document: unknown) => LoadedFile;
  /** Told before each step, before each commit and at each look of the gate: moments at which the power may go. */
  readonly moment?: (what: string) => void;
}

export class Board {
  readonly clock: VirtualClock;
  readonly state: Map<string, Json>;
  readonly events: { readonly type: string; readonly data: Loose }[] = [];
  readonly steps: string[] = [];
  readonly devices = new Map<string, ModelDevice>();
  readonly reports: ConfigReported[] = [];
  /** Faults that devices have whatever the configuration says. */
  readonly worldFaults = new Map<string, string>();
  /** Devices that prove nothing: well as long as their bus is. */
  readonly mute = new Set<string>();
  /** Pages that no screen has open. */
  readonly unvisited = new Set<string>();
  /** Devices whose bus is lost. */
  readonly cut = new Set<string>();
  /** Devices whose bus is being opened. */
  readonly opening = new Set<string>();
  /** What devices measure; not known anew before `readingsAfterMilliseconds`. */
  readonly readings = new Map<string, Record<string, number>>();
  readingsAfterMilliseconds = 300;
  transactions!: ConfigTransactions;
  start: StartChoice | undefined;
  hub: string | undefined;
  /** Brokers that are away, or take the connection and refuse the rest. */
  readonly deadHubs = new Set(['mqtt://dead']);
  readonly refusingHubs = new Set(['mqtt://refusing']);
  acknowledgements = 0;
  announced = 0;
  /** A step that fails, and one that never ends. */
  failingStep: string | undefined;
  hangingStep: string | undefined;
  #serial = 0;
  #isOff = false;
  readonly #changed = new Set<() => void>();

  constructor(private readonly options: BoardOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.state = new Map(options.state);
  }

  /** Starts it with a file's document. False where nothing can run. */
  async boot(file: unknown): Promise<boolean> {
    const memory = new ConfigMemory(this.state);
    const start = chooseAtStart(loaded(file), memory, check);
    this.start = start;
    if (start === undefined) return false;
    const commit = (change: Change) => {
      if (!this.#isOff) {
        this.options.moment?.('commit');
        for (const [key, value] of Object.entries(change.puts ?? {})) {
          if (value === null) this.state.delete(key);
          else this.state.set(key, structuredClone(value));
        }
        this.events.push(...((change.events ?? []) as unknown as { type: string; data: Loose }[]));
        this.options.moment?.('committed');
      }
      return { events: [], synced: Promise.resolve() };
    };
    commit({ puts: start.puts });
    this.hub = (start.running.configuration.hub?.url as string) ?? undefined;
    const faults = new FaultBook({
      ...{ clock: this.clock, log: silentLog, boot: 'boot', session: 1, newId: () => 'id', commit },
      ...{ stored: new Map(this.state), subjectOf: () => ({}), publish: () => {} },
    });
    const connected = () => this.connected;
    const isRefusing = () => this.hub !== undefined && this.refusingHubs.has(this.hub);
    this.transactions = new ConfigTransactions({
      ...{ clock: this.clock, log: silentLog, start, memory, commit, faults },
      check: this.options.check ?? check,
      secretsFolder: this.options.secretsFolder ?? '/etc/hallward',
      execute: (step, configuration) => this.#execute(step, configuration),
      stepsTaken: () => {},
      stateOf: (device) => this.#stateOf(device),
      isOpening: (device) => this.opening.has(device),
      onChange: (listener) => {
        this.options.moment?.('gate');
        this.#changed.add(listener);
        return () => this.#changed.delete(listener);
      },
      hub: {
        get connected() {
          return connected();
        },
        get isRefusing() {
          return isRefusing();
        },
        acknowledged: async () => {
          if (!this.connected) throw new Error('no connection');
          this.acknowledgements++;
        },
      },
      publish: (reported) => {
        if (!this.#isOff) this.reports.push(structuredClone(reported));
      },
      revisionChanged: () => this.announced++,
    });
    await this.transactions.begin();
    await settle();
    return true;
  }

  get connected(): boolean {
    return this.hub !== undefined && !this.deadHubs.has(this.hub);
  }

  /** What stands at the hub. */
  get reported(): ConfigReported {
    const last = this.reports.at(-1);
    if (last === undefined) throw new Error('nothing was reported');
    return last;
  }

  /** Pushes and waits until that is decided, as time goes on. */
  async push(desired: object, waitMilliseconds = 45_000): Promise<ConfigReported> {
    const before = this.reports.length;
    this.transactions.desired(Buffer.from(JSON.stringify(desired)));
    // A key that is read takes real time, in which none of the board's passes.
    for (let turn = 0; turn < 20 && this.reports.length === before; turn++) await this.pass(0);
    for (let waited = 0; waited < waitMilliseconds; waited += 250) {
      const last = this.reports.at(-1);
      if (this.reports.length > before && last !== undefined && last.state !== 'applying') break;
      await this.pass(250);
    }
    return this.reported;
  }

  async pass(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds);
    await settle();
  }

  /** Nothing of it runs any more, and nothing of it is stored. */
  powerOff(): void {
    this.#isOff = true;
  }

  /** The configuration of the devices that really run. */
  get running(): Loose {
    return Object.fromEntries([...this.devices].map(([name, { config }]) => [name, config]));
  }

  serialOf(device: string): number | undefined {
    return this.devices.get(device)?.serial;
  }

  #execute(step: Step, configuration: Configuration): Promise<void> | void {
    if (this.#isOff) return;
    this.options.moment?.(step.do);
    const name = 'name' in step ? `${step.do} ${step.name}` : step.do;
    if (name === this.failingStep) throw new Error('this step fails');
    if (name === this.hangingStep) return new Promise(() => {});
    this.steps.push(name);
    if (step.do === 'stop-device') this.devices.delete(step.name);
    if (step.do === 'start-device') {
      const config = configuration.devices[step.name] as Loose;
      const startedAt = this.clock.monotonicMilliseconds();
      this.devices.set(step.name, { config, startedAt, serial: ++this.#serial });
      for (const after of [answersAfterMilliseconds, unresponsiveAfterMilliseconds]) {
        this.clock.after('a device changes', after, () => {
          for (const listener of [...this.#changed]) listener();
        });
      }
    }
    if (step.do === 'use-hub') this.hub = configuration.hub?.url as string | undefined;
  }

  #stateOf(name: string): DeviceState | undefined {
    const device = this.devices.get(name);
    if (device === undefined) return undefined;
    const age = this.clock.monotonicMilliseconds() - device.startedAt;
    const dead = device.config.address === deadAddress;
    const world = this.worldFaults.get(name);
    const isMute = this.mute.has(name);
    const answers = !dead && !isMute && !this.unvisited.has(name) && age >= answersAfterMilliseconds;
    const known = age >= this.readingsAfterMilliseconds;
    const silent = dead && age >= unresponsiveAfterMilliseconds;
    const faults = [...(silent ? ['device.unresponsive'] : []), ...(world === undefined ? [] : [world])];
    const isCut = this.cut.has(name);
    return {
      kind: 'window-board',
      status: isCut ? 'failure' : statusOf(faults, answers || isMute),
      verified: answers && !isCut,
      faults,
      ...(isCut ? { cause: 'its/bus.lost' } : {}),
      readings: Object.fromEntries(
        Object.entries(this.readings.get(name) ?? {}).map(([key, value]) => [key, known ? value : null]),
      ),
      session: 1,
      at: '',
    };
  }
}

function statusOf(faults: readonly string[], isWell: boolean): DeviceState['status'] {
  if (faults.length === 0) return isWell ? 'good' : 'function-check';
  return faults.includes('device.disabled') ? 'function-check' : 'failure';
}

function loaded(file: unknown): LoadedFile {
  if (typeof file !== 'string') return check(file);
  return { document: undefined, hash: '', problems: [{ path: '', message: file }], notes: [] };
}

/** Lets files be read and promises settle. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}
