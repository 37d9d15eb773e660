import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { within } from '../kernel/within.js';
import type { Carrier, Connection, Wire, WireListener, WireState } from './ports.js';

const FIRST_PAUSE_MILLISECONDS = 100;
const LONGEST_PAUSE_MILLISECONDS = 2_000;
/** After a change at the far end it is tried this often for this long: rights and links are set some time later. */
const EAGER_PAUSE_MILLISECONDS = 100;
const EAGER_MILLISECONDS = 1_000;
/** Many changes in a row make no more tries than one in this time. */
const SHORTEST_PAUSE_MILLISECONDS = 20;
/** A connection that stood this long was a good one: the next loss is tried again soon. */
const STEADY_MILLISECONDS = 5_000;
/** How often an open carrier is asked whether its far end is still there, besides its own word. */
const LOOK_MILLISECONDS = 1_000;
/** A close that hangs in the system is not waited for any longer. */
const CLOSE_PATIENCE_MILLISECONDS = 2_000;
/** Bytes that come in before the carrier says that it is open are kept up to here. */
const EARLY_BYTES = 65_536;

/**
 * Keeps `carrier` open: opens it at once, and again after every loss, with growing pauses (100 ms to 2 s) or as soon
 * as the carrier's `watch` tells a change. See `Wire`.
 *
 * @param random for the pauses, 0 (inclusive) to 1 (exclusive).
 */
export function reopeningWire(carrier: Carrier, clock: Clock, random: () => number = Math.random): Wire {
  return new ReopeningWire(carrier, clock, random);
}

/** One opening of the carrier, from the try to its end. */
interface Session {
  connection: Connection | undefined;
  early: Uint8Array[];
  earlyBytes: number;
  openedAt: number;
  ended: boolean;
}

class ReopeningWire implements Wire {
  state: WireState = 'opening';
  readonly #backoff: Backoff;
  #listener: WireListener | undefined;
  #session: Session | undefined;
  /** The try under way, with all its clearing up. */
  #trying: Promise<void> | undefined;
  #tryAgain = false;
  #triedAt = Number.NEGATIVE_INFINITY;
  #eagerUntil = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #endWatch: (() => void) | undefined;
  /** Connections being closed; a new try waits for them, but not for ever. */
  readonly #closing = new Set<Promise<void>>();

  constructor(
    private readonly carrier: Carrier,
    private readonly clock: Clock,
    random: () => number,
  ) {
    this.#backoff = new Backoff({
      firstMilliseconds: FIRST_PAUSE_MILLISECONDS,
      maximumMilliseconds: LONGEST_PAUSE_MILLISECONDS,
      random,
    });
  }

  get address(): string {
    return this.carrier.address;
  }

  get byteMicroseconds(): number {
    return this.carrier.byteMicroseconds;
  }

  start(listener: WireListener): void {
    if (this.#listener !== undefined)
      throw new HallwardError('wire.started', 'usage', 'a wire is started once');
    this.#listener = listener;
    if (this.state === 'closed') return;
    this.#endWatch = this.carrier.watch?.(() => this.#changed());
    this.#try();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const session = this.#session;
    if (this.state !== 'open' || session?.connection === undefined) {
      throw new HallwardError('wire.lost', 'absent', `${this.address} is not open`);
    }
    try {
      await session.connection.write(bytes);
    } catch (thrown) {
      const error = asHallwardError(thrown, 'wire.lost', 'absent');
      if (error.code === 'wire.lost') this.#ended(session, error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.state = 'closed';
    this.#endWatch?.();
    this.#endWatch = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#leave();
    await this.#allOver(this.#trying);
  }

  /** The far end may have come or gone. */
  #changed(): void {
    if (this.state === 'closed') return;
    if (this.state === 'open') {
      this.#look();
      return;
    }
    const now = this.clock.monotonicMilliseconds();
    this.#eagerUntil = now + EAGER_MILLISECONDS;
    this.#tryIn(Math.max(0, this.#triedAt + SHORTEST_PAUSE_MILLISECONDS - now));
  }

  /** Looks whether the far end is still there, and again a while later. */
  #look(): void {
    if (this.carrier.present === undefined || this.#session === undefined) return;
    if (!this.carrier.present()) {
      const message = `${this.address} is gone`;
      // The device may be back already, under another name: nobody will tell again.
      this.#eagerUntil = this.clock.monotonicMilliseconds() + EAGER_MILLISECONDS;
      this.#ended(this.#session, new HallwardError('wire.lost', 'absent', message));
      return;
    }
    this.#timer?.cancel();
    this.#timer = this.clock.after(`${this.address}: look`, LOOK_MILLISECONDS, () => this.#look());
  }

  #tryIn(milliseconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.clock.after(`${this.address}: open again`, milliseconds, () => this.#try());
  }

  #try(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.state === 'closed' || this.state === 'open') return;
    if (this.#trying !== undefined) {
      this.#tryAgain = true;
      return;
    }
    this.#tryAgain = false;
    const tried = this.#tryOnce().catch(() => false); // a listener that throws must not end the wire
    this.#trying = tried.then((opened) => {
      this.#trying = undefined;
      if (opened || this.state === 'closed' || this.state === 'open') return;
      const now = this.clock.monotonicMilliseconds();
      if (this.#tryAgain) this.#tryIn(SHORTEST_PAUSE_MILLISECONDS);
      else this.#tryIn(now < this.#eagerUntil ? EAGER_PAUSE_MILLISECONDS : this.#backoff.next());
    });
  }

  /** True where the carrier is open afterwards. */
  async #tryOnce(): Promise<boolean> {
    if (this.#closing.size > 0) {
      await this.#allOver();
      if (this.state === 'closed') return false;
    }
    this.#triedAt = this.clock.monotonicMilliseconds();
    const session: Session = { connection: undefined, early: [], earlyBytes: 0, openedAt: 0, ended: false };
    let endedBy: HallwardError | undefined;
    try {
      const connection = await this.carrier.open({
        bytes: (chunk) => this.#bytes(session, chunk),
        closed: (error) => {
          endedBy = error;
          this.#ended(session, error);
        },
      });
      session.connection = connection;
    } catch (thrown) {
      session.ended = true;
      this.#failed(asHallwardError(thrown, 'wire.unusable'));
      return false;
    }
    if (this.#isClosed()) {
      session.ended = true;
      await session.connection.close();
      return false;
    }
    if (endedBy !== undefined) {
      await session.connection.close();
      this.#failed(endedBy);
      return false;
    }
    this.#opened(session);
    return true;
  }

  /** Apart, since `state` changes while a try waits. */
  #isClosed(): boolean {
    return this.state === 'closed';
  }

  #opened(session: Session): void {
    session.openedAt = this.clock.monotonicMilliseconds();
    this.#session = session;
    this.state = 'open';
    this.#listener?.opened();
    const early = session.early;
    session.early = [];
    for (const chunk of early) this.#bytes(session, chunk);
    if (this.#session === session) this.#look();
  }

  #failed(error: HallwardError): void {
    if (this.state !== 'opening') return;
    this.state = 'lost';
    this.#listener?.lost(error);
  }

  #bytes(session: Session, chunk: Uint8Array): void {
    if (session === this.#session) {
      this.#listener?.bytes(chunk);
    } else if (!session.ended && session.earlyBytes < EARLY_BYTES) {
      session.early.push(chunk);
      session.earlyBytes += chunk.length;
    }
  }

  #ended(session: Session, error: HallwardError): void {
    if (session.ended) return;
    session.ended = true;
    if (session !== this.#session || this.state !== 'open') return;
    const now = this.clock.monotonicMilliseconds();
    if (now - session.openedAt >= STEADY_MILLISECONDS) this.#backoff.reset();
    this.#leave();
    this.state = 'lost';
    this.#tryIn(now < this.#eagerUntil ? SHORTEST_PAUSE_MILLISECONDS : this.#backoff.next());
    this.#listener?.lost(error);
  }

  /** Closes the connection there is, in the background. */
  #leave(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session?.connection === undefined) return;
    session.ended = true;
    const closing: Promise<void> = session.connection.close().then(
      () => void this.#closing.delete(closing),
      () => void this.#closing.delete(closing),
    );
    this.#closing.add(closing);
  }

  /** Waits for what is being closed, and for a try under way; what hangs is left behind. */
  async #allOver(trying?: Promise<void>): Promise<void> {
    const all = Promise.all([trying, ...this.#closing]);
    await within(this.clock, `${this.address}: close`, CLOSE_PATIENCE_MILLISECONDS, all);
  }
}
