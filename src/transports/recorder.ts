import { type Clock, rfc3339 } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import type { Carrier, Connection } from './ports.js';

/** Something that passed, or happened to the wire. */
export type RecordedMoment =
  | { readonly t: number; readonly dir: 'in' | 'out'; readonly bytes: Uint8Array }
  | { readonly t: number; readonly event: 'opened' | 'lost' | 'closed'; readonly reason?: string };

/**
 * Where the moments go; `t` is in milliseconds since the recording was made. `bytes` are lent: they may change after
 * the call. A sink that throws gets nothing more, and the line goes on.
 */
type RecordingSink = (moment: RecordedMoment) => void;

export interface Recording {
  /** What to open instead of the carrier. */
  readonly carrier: Carrier;
  /** RFC 3339: when `t` was 0. */
  readonly startedAt: string;
  /** Why the sink gets nothing more; `undefined` while it does. */
  readonly failed: HallwardError | undefined;
}

/**
 * Wraps a carrier so that everything that passes is given to `sink`, too: what comes, what goes (as it is handed to
 * the system), each opening, each loss or failed try (the same reason in a row only once), and when its owner closes
 * it. Nothing that the sink does holds the line up, but it runs in the line's turn: it must only note.
 */
export function recordedCarrier(carrier: Carrier, clock: Clock, sink: RecordingSink): Recording {
  return new LineRecorder(carrier, clock, sink);
}

class LineRecorder implements Recording {
  readonly carrier: Carrier;
  readonly startedAt: string;
  failed: HallwardError | undefined;
  readonly #start: number;
  #lastReason: string | undefined;
  #isOpen = false;

  constructor(
    inner: Carrier,
    private readonly clock: Clock,
    private readonly sink: RecordingSink,
  ) {
    this.#start = clock.monotonicMilliseconds();
    this.startedAt = rfc3339(clock.wallMilliseconds());
    const { watch, present } = inner;
    this.carrier = {
      address: inner.address,
      byteMicroseconds: inner.byteMicroseconds,
      open: (events) => this.#open(inner, events),
      ...(watch === undefined ? {} : { watch: (changed: () => void) => watch.call(inner, changed) }),
      ...(present === undefined ? {} : { present: () => this.#present(present.call(inner)) }),
    };
  }

  async #open(inner: Carrier, events: Parameters<Carrier['open']>[0]): Promise<Connection> {
    let connection: Connection;
    let opened = false;
    const noteOpened = () => {
      if (opened) return;
      opened = true;
      this.#lastReason = undefined;
      this.#isOpen = true;
      this.#note({ t: this.#now(), event: 'opened' });
    };
    try {
      connection = await inner.open({
        bytes: (chunk) => {
          noteOpened(); // bytes may come before `open` has resolved
          this.#note({ t: this.#now(), dir: 'in', bytes: chunk });
          events.bytes(chunk);
        },
        closed: (error) => {
          this.#lost(error);
          events.closed(error);
        },
      });
    } catch (thrown) {
      this.#lost(asHallwardError(thrown, 'wire.unusable'));
      throw thrown;
    }
    noteOpened();
    return {
      write: (bytes) => {
        this.#note({ t: this.#now(), dir: 'out', bytes });
        return connection.write(bytes);
      },
      close: () => {
        if (this.#isOpen) this.#note({ t: this.#now(), event: 'closed' });
        this.#isOpen = false;
        return connection.close();
      },
    };
  }

  #now(): number {
    return this.clock.monotonicMilliseconds() - this.#start;
  }

  /** Some carriers do not tell their end: who asks for it closes the connection then. */
  #present(isThere: boolean): boolean {
    if (!isThere && this.#isOpen) {
      this.#lost(new HallwardError('wire.lost', 'absent', `${this.carrier.address} is gone`));
    }
    return isThere;
  }

  #lost({ message }: HallwardError): void {
    this.#isOpen = false;
    if (message === this.#lastReason) return;
    this.#lastReason = message;
    this.#note({ t: this.#now(), event: 'lost', reason: message });
  }

  #note(moment: RecordedMoment): void {
    if (this.failed !== undefined) return;
    try {
      this.sink(moment);
    } catch (thrown) {
      this.failed = asHallwardError(thrown, 'recording.failed');
    }
  }
}
