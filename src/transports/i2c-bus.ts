import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { within } from '../kernel/within.js';
import { busErrors } from './bus-errors.js';
import { badTransfer, type I2cEntry, I2cQueue } from './i2c-queue.js';
import { patientTimer } from './patient-timer.js';
import type { Priority, WireState } from './ports-bus.js';
import type { I2cAdapter, I2cBus, I2cConnection, I2cCounters, I2cTransfer } from './ports-i2c.js';

/** The drivers of the kernel give up by themselves after 1 s; that says more than that nothing came back. */
const hungMilliseconds = 1_500;
const queueLimit = 256;
/** Transfers handed to the connection: one is on the wires, the other lies ready. With more, calls would wait longer. */
const handedOver = 2;
/** Transfers in a row that found the wires held. */
const stuckLimit = 3;
const firstPauseMilliseconds = 200;
const longestPauseMilliseconds = 2_000;
/** What a person must mend first (a missing package) is not tried often: each try may start a process. */
const unusablePauseMilliseconds = 30_000;
/** Closing waits no longer than this for an opening that is under way. */
const closePatienceMilliseconds = 500;

/** Makes the one owner of `adapter`; see `I2cBus`. Begins to open it at once. */
export function i2cBus(name: string, adapter: I2cAdapter, clock: Clock): I2cBus {
  return new OwnedI2cBus(name, adapter, clock);
}

/** One opening of the adapter, from the try to its end. */
interface Session {
  connection: I2cConnection | undefined;
  over: boolean;
}

/** A transfer that was handed to the connection. */
interface Flight {
  readonly entry: I2cEntry;
  /** Gives it up; set once it is on the wires. */
  patience: Timer | undefined;
  hung: boolean;
}

class OwnedI2cBus implements I2cBus {
  readonly type = 'i2c';
  readonly counters = new Map<number, I2cCounters>();
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  sent = 0;
  readonly #queue = new I2cQueue(queueLimit);
  readonly #changed = new Listeners<[]>();
  readonly #backoff = new Backoff({
    firstMilliseconds: firstPauseMilliseconds,
    maximumMilliseconds: longestPauseMilliseconds,
  });
  #session: Session | undefined;
  #opening: Promise<void> | undefined;
  /** What was handed over, in this order; the first is on the wires. */
  #flights: Flight[] = [];
  /** Another one will be handed over in this turn. */
  #handingOver = false;
  #stuck = 0;
  /** The wires were held or a transfer hung: a connection alone does not show that they are free again. */
  #inDoubt = false;
  /** Opens it again. */
  #timer: Timer | undefined;

  constructor(
    readonly name: string,
    private readonly adapter: I2cAdapter,
    private readonly clock: Clock,
  ) {
    this.#open();
  }

  onChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  transfer(transfer: I2cTransfer, priority: Priority): Promise<Uint8Array> {
    if (this.state === 'closed') return Promise.reject(busErrors.closed(this.name));
    const problem = badTransfer(this.name, transfer);
    if (problem !== undefined) return Promise.reject(problem);
    if (this.state === 'lost' && this.#session?.connection === undefined) {
      return Promise.reject(busErrors.lost(this.name, this.lostBecause));
    }
    return new Promise((resolve, reject) => {
      if (!this.#queue.add({ transfer, resolve, reject }, priority)) {
        reject(busErrors.queueFull(this.name, queueLimit));
      } else {
        this.#next();
      }
    });
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    this.#timer?.cancel();
    const session = this.#session;
    this.#leave(busErrors.closed(this.name));
    this.#become('closed', undefined);
    const over = Promise.all([this.#opening, session?.connection?.close()]);
    await within(this.clock, `${this.name}: close`, closePatienceMilliseconds, over);
  }

  #open(): void {
    const session: Session = { connection: undefined, over: false };
    this.#session = session;
    this.#opening = this.#openOnce(session).finally(() => {
      this.#opening = undefined;
    });
  }

  /** Never rejects. */
  async #openOnce(session: Session): Promise<void> {
    try {
      const connection = await this.adapter.open((error) => this.#lose(session, error));
      if (session.over) {
        await connection.close();
        return;
      }
      session.connection = connection;
    } catch (thrown) {
      this.#lose(session, asHallwardError(thrown, 'wire.unusable', 'absent'));
      return;
    }
    if (!this.#inDoubt) this.#become('open', undefined);
    this.#next();
  }

  /**
   * Hands over what is to be done next: at once where the wires are idle. What shall lie ready is chosen only when
   * everybody who speaks in this turn has asked, so that a call still goes before a poll.
   */
  #next(): void {
    const session = this.#session;
    if (session?.connection === undefined) return;
    if (this.#flights.length === 0) this.#handOver(session, session.connection);
    if (this.#handingOver || this.#flights.length === 0 || this.#flights.length >= handedOver) return;
    this.#handingOver = true;
    queueMicrotask(() => {
      this.#handingOver = false;
      const { connection, over } = session;
      if (over || connection === undefined) return;
      while (this.#flights.length < handedOver && this.#handOver(session, connection));
    });
  }

  /** False where nothing waits. */
  #handOver(session: Session, connection: I2cConnection): boolean {
    const entry = this.#queue.next();
    if (entry === undefined) return false;
    const flight: Flight = { entry, patience: undefined, hung: false };
    this.#flights.push(flight);
    if (this.#flights.length === 1) this.#onTheWires(session, flight);
    void this.#run(session, connection, flight);
    return true;
  }

  /** It is the first of those handed over: its time runs from now on. */
  #onTheWires(session: Session, flight: Flight): void {
    const { address } = flight.entry.transfer;
    const counters = this.#countersOf(address);
    counters.transfers++;
    this.sent++;
    flight.patience = patientTimer(this.clock, `${this.name}: transfer comes back`, hungMilliseconds, () => {
      flight.hung = true;
      counters.failures++;
      this.#inDoubt = true;
      const text = `${this.adapter.address} hangs: a transfer with address ${hexAddress(address)} does not come back`;
      const error = new HallwardError('i2c.hung', 'timeout', text, { address, hungMilliseconds });
      this.#flights = this.#flights.filter((other) => other !== flight);
      this.#lose(session, error);
      flight.entry.reject(error);
    });
  }

  /** Never rejects. */
  async #run(session: Session, connection: I2cConnection, flight: Flight): Promise<void> {
    const { entry } = flight;
    try {
      const bytes = await connection.transfer(entry.transfer);
      if (session.over) return;
      this.#wentThrough();
      entry.resolve(bytes);
    } catch (thrown) {
      const error = asHallwardError(thrown, 'i2c.failed', 'garbled');
      if (!flight.hung && flight.patience !== undefined) {
        this.#count(this.#countersOf(entry.transfer.address), error);
      }
      if (session.over) return;
      this.#judge(session, error);
      entry.reject(error);
    } finally {
      flight.patience?.cancel();
      if (!session.over) this.#landed(session, flight);
    }
  }

  /** The one that lay ready is on the wires now. */
  #landed(session: Session, flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight);
    const [first] = this.#flights;
    if (first !== undefined && first.patience === undefined) this.#onTheWires(session, first);
    this.#next();
  }

  #wentThrough(): void {
    this.#backoff.reset();
    this.#stuck = 0;
    this.#inDoubt = false;
    this.#become('open', undefined);
  }

  #count(counters: I2cCounters, { code }: HallwardError): void {
    if (code === 'i2c.no-answer') counters.noAnswers++;
    else counters.failures++;
  }

  /** What a failed transfer says of the wires. */
  #judge(session: Session, error: HallwardError): void {
    if (error.code === 'i2c.no-answer') this.#wentThrough();
    else if (error.code === 'wire.lost') this.#lose(session, error);
    else if (error.code === 'i2c.line-stuck' && ++this.#stuck >= stuckLimit) {
      this.#inDoubt = true;
      this.#become('lost', error);
    }
  }

  /** The connection is over, or there is none: everything that waits is told, and it is opened again later. */
  #lose(session: Session, error: HallwardError): void {
    if (session.over || session !== this.#session || this.state === 'closed') return;
    this.#leave(busErrors.lost(this.name, error));
    void session.connection?.close();
    const pause = error.code === 'wire.unusable' ? unusablePauseMilliseconds : this.#backoff.next();
    this.#timer = this.clock.after(`${this.name}: open again`, pause, () => this.#open());
    this.#become('lost', error);
  }

  /** Ends the session and tells all that wait. */
  #leave(error: HallwardError): void {
    if (this.#session !== undefined) this.#session.over = true;
    this.#session = undefined;
    const flights = this.#flights;
    this.#flights = [];
    for (const { patience, entry } of flights) {
      patience?.cancel();
      entry.reject(error);
    }
    this.#queue.rejectAll(error);
  }

  #become(state: WireState, because: HallwardError | undefined): void {
    const told = state !== this.state || because?.code !== this.lostBecause?.code;
    this.state = state;
    this.lostBecause = because;
    if (told) this.#changed.tell();
  }

  #countersOf(address: number): I2cCounters {
    const known = this.counters.get(address) ?? { transfers: 0, noAnswers: 0, failures: 0 };
    this.counters.set(address, known);
    return known;
  }
}

function hexAddress(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`;
}
