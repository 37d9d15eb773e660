/** Everything that the hub has said of the halls that are watched: the newest message of each topic, bounded. */
import type { Clock } from '../../kernel/clock.js';
import { type Address, type Kind, readPayload, readTopic, type Seen } from './payloads.js';

/** More than any hall has; a stranger on the broker shall not fill the memory. */
export interface Limits {
  readonly controllers: number;
  readonly devices: number;
  readonly faults: number;
  readonly queues: number;
  readonly windows: number;
}

const usualLimits: Limits = {
  controllers: 500,
  devices: 5_000,
  faults: 2_000,
  queues: 1_000,
  windows: 2_000,
};

/** One topic. */
export interface Entry<K extends Kind> {
  /** `null`: something stands there that cannot be read. */
  readonly value: Seen<K> | null;
  /** Monotonic time. */
  readonly heardAtMilliseconds: number;
  /** Number of our connection on which it was heard. */
  readonly connection: number;
}

/** What one controller has said. */
export interface Known {
  readonly hall: string;
  readonly controller: string;
  status: Entry<'status'> | undefined;
  health: Entry<'health'> | undefined;
  room: Entry<'room'> | undefined;
  /** Monotonic time of its last message that did not come out of the broker's memory. */
  spokeAtMilliseconds: number | undefined;
  /** Wall time of the last change of its status while we listened. */
  changedAtMilliseconds: number | null;
  readonly device: Map<string, Entry<'device'>>;
  /** By `device/code`. */
  readonly fault: Map<string, Entry<'fault'>>;
  readonly queue: Map<string, Entry<'queue'>>;
  readonly window: Map<string, Entry<'window'>>;
}

const partKinds = ['device', 'fault', 'queue', 'window'] as const;
type PartKind = (typeof partKinds)[number];
const limitOf = { device: 'devices', fault: 'faults', queue: 'queues', window: 'windows' } as const;
/** Topics that are left out are counted up to this many. */
const mostLeftOut = 10_000;

export class HallBook {
  readonly #known = new Map<string, Known>();
  readonly #leftOut = new Set<string>();
  readonly #sizes = { device: 0, fault: 0, queue: 0, window: 0 };
  #connection = 0;
  #unreadable = 0;
  #version = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: Limits = usualLimits,
  ) {}

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  get known(): Iterable<Known> {
    return this.#known.values();
  }

  get unreadable(): number {
    return this.#unreadable;
  }

  get leftOut(): number {
    return this.#leftOut.size;
  }

  /** A new connection to the hub: it tells all that it keeps once more. */
  connected(): void {
    this.#connection++;
    this.#version++;
  }

  /** The hub has told all that it keeps: what it did not tell was cleared while we were away. */
  complete(): void {
    this.#version++;
    for (const known of this.#known.values()) {
      if (known.status?.connection !== this.#connection) known.status = undefined;
      if (known.health?.connection !== this.#connection) known.health = undefined;
      if (known.room?.connection !== this.#connection) known.room = undefined;
      for (const kind of partKinds) {
        for (const [key, entry] of known[kind]) {
          if (entry.connection !== this.#connection) this.#drop(known, kind, key);
        }
      }
    }
  }

  /**
   * A message as it came from the hub, from whomever.
   * @param retained it comes out of the broker's memory.
   */
  take(topic: string, payload: Uint8Array, retained: boolean): void {
    this.#version++;
    const address = readTopic(topic);
    if (address === undefined) {
      this.#unreadable++;
      return;
    }
    const known = this.#find(address, payload.length === 0);
    if (known === undefined) return;
    const { kind } = address;
    if (!retained && payload.length > 0) known.spokeAtMilliseconds = this.clock.monotonicMilliseconds();
    if (kind === 'status') this.#takeStatus(known, payload, retained);
    else if (kind === 'health') known.health = this.#entry('health', payload);
    else if (kind === 'room') known.room = payload.length === 0 ? undefined : this.#entry('room', payload);
    else this.#takePart(known, kind, address, payload);
  }

  #takeStatus(known: Known, payload: Uint8Array, retained: boolean): void {
    const before = known.status;
    if (payload.length === 0) {
      known.status = undefined;
    } else {
      const entry = this.#entry('status', payload);
      // What cannot be read says nothing; what was said before holds as long as it does anyhow.
      if (entry.value === null || this.#isOldDeath(before, entry)) return;
      known.status = entry;
    }
    if (!retained && before?.value?.state !== known.status?.value?.state) {
      known.changedAtMilliseconds = this.clock.wallMilliseconds();
    } else if (retained && before === undefined) known.changedAtMilliseconds = null;
  }

  /** A will or farewell of an earlier connection that arrives late: the controller lives and says so again. */
  #isOldDeath(before: Entry<'status'> | undefined, entry: Entry<'status'>): boolean {
    const old = before?.connection === this.#connection ? before.value : null;
    const now = entry.value;
    if (old === null || now === null || old.state !== 'online' || now.state === 'online') return false;
    return now.session < old.session || (now.session === old.session && now.connection < old.connection);
  }

  #takePart(known: Known, kind: PartKind, address: Address, payload: Uint8Array): void {
    const key = kind === 'fault' ? `${address.name}/${address.code}` : address.name;
    if (payload.length === 0) {
      this.#drop(known, kind, key);
      return;
    }
    const entries = known[kind] as Map<string, Entry<PartKind>>;
    if (!entries.has(key)) {
      if (this.#sizes[kind] >= this.limits[limitOf[kind]]) {
        this.#leaveOut(`${known.hall}/${known.controller}/${kind}/${key}`);
        return;
      }
      this.#sizes[kind]++;
    }
    entries.set(key, this.#entry(kind, payload));
  }

  #entry<K extends Kind>(kind: K, payload: Uint8Array): Entry<K> {
    const value = readPayload(kind, payload) ?? null;
    if (value === null) this.#unreadable++;
    const heardAtMilliseconds = this.clock.monotonicMilliseconds();
    return { value, heardAtMilliseconds, connection: this.#connection };
  }

  #drop(known: Known, kind: PartKind, key: string): void {
    if (known[kind].delete(key)) this.#sizes[kind]--;
    this.#leftOut.delete(`${known.hall}/${known.controller}/${kind}/${key}`);
  }

  #leaveOut(topic: string): void {
    if (this.#leftOut.size < mostLeftOut) this.#leftOut.add(topic);
  }

  /** The controller of a topic; a new one only for a message that says something. */
  #find({ hall, controller }: Address, isEmpty: boolean): Known | undefined {
    const key = `${hall}/${controller}`;
    const found = this.#known.get(key);
    if (found !== undefined || isEmpty) return found;
    if (this.#known.size >= this.limits.controllers) {
      this.#leaveOut(key);
      return undefined;
    }
    const known: Known = {
      hall,
      controller,
      status: undefined,
      health: undefined,
      room: undefined,
      spokeAtMilliseconds: undefined,
      changedAtMilliseconds: null,
      device: new Map(),
      fault: new Map(),
      queue: new Map(),
      window: new Map(),
    };
    this.#known.set(key, known);
    return known;
  }
}
