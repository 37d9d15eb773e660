/**
 * What the layers above may ask of a wire (`ports-gpio.ts` and `ports-i2c.ts` for those that carry no stream of
 * bytes). Everything that carries bytes is a `Carrier`; the `Wire` over it opens
 * it again by itself; the `ByteBus` over that is the wire's one owner: it queues, paces, retries and measures.
 * This file holds only the contracts; each has at least two implementations (the real one and the simulator's).
 */
import type { HallwardError } from '../kernel/errors.js';
import type { Decoder, Framing } from '../kernel/framing.js';
import type { AnalogBus } from './ports-analog.js';
import type { AudioBus } from './ports-audio.js';
import type { BusBase, Priority, WireState } from './ports-bus.js';
import type { FirmataBus } from './ports-firmata.js';
import type { GpioBus } from './ports-gpio.js';
import type { I2cBus } from './ports-i2c.js';
import type { IppBus } from './ports-ipp.js';
import type { PageServer } from './ports-page.js';
import type { SnmpBus } from './ports-snmp.js';

export type { Decoded, Decoder, Framing } from '../kernel/framing.js';
export type { BusBase, Priority, WireState } from './ports-bus.js';

/** What an open connection tells. `bytes` may come at any time; after `closed` nothing comes. */
export interface ConnectionEvents {
  bytes(chunk: Uint8Array): void;
  /** The connection ended by itself. */
  closed(error: HallwardError): void;
}

export interface Connection {
  /**
   * Resolves when the operating system has taken all bytes (they may still be on their way out of the port).
   * Rejects with `wire.lost` when the connection is gone.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the connection; `closed` is not told. Never rejects. */
  close(): Promise<void>;
}

/** One way to carry bytes: a serial port, a TCP host, a simulated cable. Opens once, on demand. */
export interface Carrier {
  /** For people: the configured path or `host:port`. */
  readonly address: string;
  /**
   * Line time of one byte in microseconds, or 0 where the carrier sets no pace (TCP).
   * With 9600 baud and 8N1 it is 1042.
   */
  readonly byteMicroseconds: number;
  /**
   * One try. What was received before opening is thrown away: a press made while nobody listened is stale.
   * Rejects with `wire.absent`, `wire.denied`, `wire.busy`, `wire.refused` or `wire.unusable`.
   */
  open(events: ConnectionEvents): Promise<Connection>;
  /**
   * Calls `changed` when the far end may have come or gone (a device node appeared or vanished).
   * Returns the function that ends the watch. Absent where the system tells nothing.
   */
  watch?(changed: () => void): () => void;
  /** False when the far end is gone for certain, although the connection has not said so. */
  present?(): boolean;
}

/** What an owner of a wire is told. */
export interface WireListener {
  opened(): void;
  bytes(chunk: Uint8Array): void;
  /** The wire is gone, or could not be opened; told once for each loss. It is being tried again. */
  lost(error: HallwardError): void;
}

/** A carrier kept open: opened again by itself after every loss until `close`. */
export interface Wire {
  readonly address: string;
  readonly byteMicroseconds: number;
  readonly state: WireState;
  /** Starts opening, and reports to `listener` from then on. Called once. */
  start(listener: WireListener): void;
  /** As `Connection.write`; rejects with `wire.lost` while not open. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** One request and its answer. */
export interface Transaction<Answer> {
  /** Whom it is for; counters and back-off are kept for each address. */
  readonly address: number;
  readonly priority: Priority;
  readonly request: Uint8Array;
  /**
   * Reads the answer. The first frame it gives is the answer; what it discards is counted and kept as evidence.
   * A frame may be a `HallwardError` (an exception answer): then the transaction rejects with it, without a retry.
   */
  readonly decoder: () => Decoder<Answer | HallwardError>;
  /** From the last byte sent to the last byte of the answer; 1000 if absent. */
  readonly timeoutMilliseconds?: number;
  /** Silence kept before the request; 5 if absent. */
  readonly gapMilliseconds?: number;
  /** Further tries after a time-out or a garbled answer; 1 if absent. */
  readonly retries?: number;
  /**
   * `false`: a poll that keeps its own pace while its address is dead, and is never refused as backing off. For what
   * must be found again within seconds of its return.
   */
  readonly backOff?: false;
  /**
   * Newer of two waiting transactions with the same `replaces` takes the place of the older, which rejects with
   * `bus.superseded` (kind `cancelled`): a board need not show the number before last. One that went out and found no
   * answer is not tried again then, and rejects with what it found.
   */
  readonly replaces?: string;
  readonly signal?: AbortSignal;
}

export interface SlaveCounters {
  requests: number;
  answers: number;
  timeouts: number;
  garbled: number;
  exceptions: number;
}

export interface BusCounters {
  bytesReceived: number;
  bytesSent: number;
  frames: number;
  discardedBytes: number;
  /** Discarded bytes by reason. */
  discards: Record<string, number>;
  opened: number;
  lost: number;
  slaves: Record<number, SlaveCounters>;
}

/**
 * The one owner of one wire.
 *
 * Transactions run one at a time: waiting calls first, then commands, then polls, each in order of arrival. An
 * address that has not answered three requests in a row is dead: its polls are refused at once
 * (`bus.backing-off`, kind `cancelled`) except one try after each growing pause (1 s to 30 s); calls and commands
 * to it are tried once, without retries. Any valid answer ends the back-off.
 */
export interface ByteBus extends BusBase {
  readonly type: 'bytes';
  readonly counters: BusCounters;
  /**
   * Rejects with `bus.timeout`, `bus.garbled`, `wire.lost`, `bus.superseded`, `bus.backing-off`, `bus.queue-full`
   * (more than 256 waiting), `bus.cancelled` (by the signal), `bus.closed`, or the decoder's own error.
   */
  transact<Answer>(transaction: Transaction<Answer>): Promise<Answer>;
  /**
   * Sends bytes that nobody answers, in turn with the transactions.
   * @param gapMilliseconds as in `Transaction`
   */
  send(bytes: Uint8Array, priority: Priority, gapMilliseconds?: number): Promise<void>;
  /** Hears unasked frames. `atMilliseconds` is monotonic. Returns the function that stops listening. */
  listen<Parameters, Frame extends { readonly listener: number }>(
    framing: Framing<Parameters, Frame>,
    parameters: Parameters,
    heard: (frame: Frame, atMilliseconds: number) => void,
  ): () => void;
  /** More than one byte in fifty, or five frames in the last minute, belonged to no frame; evidence for people. */
  readonly noise: { readonly noisy: boolean; readonly discardedShare: number; readonly sample: string };
}

/** What a device may hang on. */
export type Bus =
  | ByteBus
  | GpioBus
  | I2cBus
  | AnalogBus
  | FirmataBus
  | SnmpBus
  | IppBus
  | AudioBus
  | PageServer;
