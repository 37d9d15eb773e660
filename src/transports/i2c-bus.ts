import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { busErrors } from './bus-errors.js';
import { badTransfer, type I2cEntry, I2cQueue } from './i2c-queue.js';
import { patientTimer } from './patient-timer.js';
import type { Priority, WireState } from './ports-bus.js';
import type { I2cAdapter, I2cBus, I2cConnection, I2cCounters, I2cTransfer } from './ports-i2c.js';

/** The drivers of the kernel give up by themselves after 1 s; that says more than that nothing came back. */
const hungMilliseconds = 1_500;
const queueLimit = 256;
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
  #current: I2cEntry | undefined;
  #stuck = 0;
  /** The wires were held or a transfer hung: a connection alone does not show that they are free again. */
  #inDoubt = false;
  /** Opens it again. */
  #timer: Timer | undefined;
  /** Gives up the transfer under way. */
  #patience: Timer | undefined;

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
    let timer: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = this.clock.after(`${this.name}: close`, closePatienceMilliseconds, resolve);
    });
    await Promise.race([Promise.all([this.#opening, session?.connection?.close()]), tooLong]);
    timer?.cancel();
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

  #next(): void {
    const session = this.#session;
    if (this.#current !== undefined || session?.connection === undefined) return;
    const entry = this.#queue.next();
    if (entry === undefined) return;
    this.#current = entry;
    void this.#run(session, session.connection, entry);
  }

  /** Never rejects. */
  async #run(session: Session, connection: I2cConnection, entry: I2cEntry): Promise<void> {
    const { address } = entry.transfer;
    const counters = this.#countersOf(address);
    counters.transfers++;
    this.sent++;
    let hung = false;
    const patience = patientTimer(this.clock, `${this.name}: transfer comes back`, hungMilliseconds, () => {
      hung = true;
      counters.failures++;
      this.#inDoubt = true;
      const text = `${this.adapter.address} hangs: a transfer with address ${hexAddress(address)} does not come back`;
      const error = new HallwardError('i2c.hung', 'timeout', text, { address, hungMilliseconds });
      this.#current = undefined;
      this.#lose(session, error);
      entry.reject(error);
    });
    this.#patience = patience;
    try {
      const bytes = await connection.transfer(entry.transfer);
      if (session.over) return;
      this.#wentThrough();
      entry.resolve(bytes);
    } catch (thrown) {
      const error = asHallwardError(thrown, 'i2c.failed', 'garbled');
      if (!hung) this.#count(counters, error);
      if (session.over) return;
      this.#judge(session, error);
      entry.reject(error);
    } finally {
      patience.cancel();
      if (!session.over) {
        this.#current = undefined;
        this.#next();
      }
    }
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
    const current = this.#current;
    this.#current = undefined;
    this.#patience?.cancel();
    current?.reject(error);
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
