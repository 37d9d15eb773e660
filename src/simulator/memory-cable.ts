import type { Clock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Carrier, Connection, ConnectionEvents } from '../transports/ports.js';
import type { Cable, FarEnd } from './far-end.js';
import { LineNoise } from './line-noise.js';

export interface MemoryCableOptions {
  /** What the carrier calls itself; `memory` if absent. */
  readonly address?: string;
  /** As `Carrier.byteMicroseconds`; 0 if absent. */
  readonly byteMicroseconds?: number;
  /** With a clock, bytes arrive when a line of this speed would have brought their last one. */
  readonly clock?: Clock;
  /** How pieces arrive: as they were sent, those of one moment as one, or byte by byte. `as-sent` if absent. */
  readonly chunking?: 'as-sent' | 'merged' | 'single-bytes';
}

export interface MemoryCable {
  readonly carrier: Carrier;
  readonly farEnd: FarEnd;
  readonly cable: MemoryCablePanel;
}

export interface MemoryCablePanel extends Cable {
  /** @param how `silently`: the connection is not told, as with a driver that does not notice; `present` is false. */
  cut(how?: 'silently'): void;
  /** While set, writes of the controller are not taken: its far end takes nothing. */
  stall(stalled: boolean): void;
}

/** A cable inside the process. Nothing arrives in the same moment as it is sent. */
export function memoryCable(options: MemoryCableOptions = {}): MemoryCable {
  const end = new MemoryCableEnds(options);
  return { carrier: end.carrier, farEnd: end.farEnd, cable: end };
}

class MemoryCableEnds implements MemoryCablePanel {
  isCut = false;
  readonly carrier: Carrier;
  readonly farEnd: FarEnd;
  readonly #noise = new LineNoise();
  readonly #heard = new Listeners<[Uint8Array]>();
  readonly #watchers = new Listeners<[]>();
  readonly #toController: Direction;
  readonly #toDevice: Direction;
  #open: MemoryConnection | undefined;
  #stalled: (() => void)[] | undefined;

  constructor({ address = 'memory', byteMicroseconds = 0, clock, chunking = 'as-sent' }: MemoryCableOptions) {
    this.#toController = new Direction(clock, byteMicroseconds, chunking, (bytes) => {
      this.#open?.events.bytes(bytes);
    });
    this.#toDevice = new Direction(clock, byteMicroseconds, chunking, (bytes) => this.#heard.tell(bytes));
    this.carrier = {
      address,
      byteMicroseconds,
      open: (events) => this.#openEnd(address, events),
      watch: (changed) => this.#watchers.add(changed),
      present: () => !this.isCut,
    };
    this.farEnd = {
      send: (bytes) => {
        if (!this.isCut && this.#open !== undefined) this.#toController.send(this.#noise.disturb(bytes));
      },
      onBytes: (listener) => this.#heard.add(listener),
    };
  }

  cut(how?: 'silently'): void {
    if (this.isCut) return;
    this.isCut = true;
    this.#toController.empty();
    this.#toDevice.empty();
    const connection = this.#open;
    this.#open = undefined;
    if (how !== 'silently') {
      queueMicrotask(() => connection?.end(new HallwardError('wire.lost', 'absent', 'the cable is cut')));
    }
    queueMicrotask(() => this.#watchers.tell());
  }

  join(): void {
    if (!this.isCut) return;
    this.isCut = false;
    queueMicrotask(() => this.#watchers.tell());
  }

  noise(probability: number, random?: () => number): void {
    this.#noise.set(probability, random);
  }

  stall(stalled: boolean): void {
    const waiting = this.#stalled ?? [];
    this.#stalled = stalled ? waiting : undefined;
    if (!stalled) for (const go of waiting) go();
  }

  async #openEnd(address: string, events: ConnectionEvents): Promise<Connection> {
    await Promise.resolve();
    if (this.isCut) throw new HallwardError('wire.absent', 'absent', `${address} is not there`);
    if (this.#open !== undefined) throw new HallwardError('wire.busy', 'busy', `${address} is in use`);
    const connection = new MemoryConnection(events, {
      taken: async () => {
        if (this.#stalled !== undefined) await new Promise<void>((go) => this.#stalled?.push(go));
      },
      send: (bytes) => {
        if (!this.isCut) this.#toDevice.send(this.#noise.disturb(bytes));
      },
      closed: () => {
        if (this.#open === connection) this.#open = undefined;
      },
    });
    this.#open = connection;
    return connection;
  }
}

class MemoryConnection implements Connection {
  #ended = false;

  constructor(
    readonly events: ConnectionEvents,
    private readonly cable: { taken(): Promise<void>; send(bytes: Uint8Array): void; closed(): void },
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.cable.taken();
    if (this.#ended) throw new HallwardError('wire.lost', 'absent', 'the connection has ended');
    this.cable.send(bytes);
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.cable.closed();
  }

  end(error: HallwardError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.events.closed(error);
  }
}

/** One way of the cable: keeps the order, and the pace where there is one. */
class Direction {
  #underWay: Uint8Array[] = [];
  #generation = 0;
  #freeAt = 0;

  constructor(
    private readonly clock: Clock | undefined,
    private readonly byteMicroseconds: number,
    private readonly chunking: NonNullable<MemoryCableOptions['chunking']>,
    private readonly arrived: (bytes: Uint8Array) => void,
  ) {}

  send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.chunking !== 'single-bytes') {
      this.#sendPiece(bytes);
      return;
    }
    for (let index = 0; index < bytes.length; index++) this.#sendPiece(bytes.subarray(index, index + 1));
  }

  /** What is under way is lost. */
  empty(): void {
    this.#underWay = [];
    this.#generation++;
    this.#freeAt = 0;
  }

  #sendPiece(bytes: Uint8Array): void {
    this.#underWay.push(bytes);
    const generation = this.#generation;
    const arrive = () => {
      if (generation === this.#generation) this.#arrive();
    };
    if (this.clock === undefined) {
      queueMicrotask(arrive);
      return;
    }
    const now = this.clock.monotonicMilliseconds();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes.length * this.byteMicroseconds) / 1_000;
    this.clock.after('memory cable', this.#freeAt - now, arrive);
  }

  #arrive(): void {
    if (this.#underWay.length === 0) return;
    if (this.chunking !== 'merged') {
      this.arrived(this.#underWay.shift()!);
      return;
    }
    const all = this.#underWay;
    this.#underWay = [];
    this.arrived(Buffer.concat(all));
  }
}
