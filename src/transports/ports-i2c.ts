/**
 * I2C: short transfers with chips that have an address on a shared pair of wires. An `I2cAdapter` is what the system
 * (or the simulator) offers; the `I2cBus` over it is the one owner of the wires.
 */
import type { HallwardError } from '../kernel/errors.js';
import type { BusBase, Priority } from './ports-bus.js';

/** One transfer: bytes written, then bytes read. */
export interface I2cTransfer {
  /** 7 bits, 0x08 to 0x77. */
  readonly address: number;
  /** At most 32 bytes. One byte before a read is a register's number: then no stop stands between the two. */
  readonly write?: Uint8Array;
  /** At most 32. */
  readonly readLength?: number;
}

export interface I2cConnection {
  /**
   * Resolves with the bytes read, all of them. Several at once are done one after the other, in the order in which they
   * were asked for: the next one lies ready while one is on the wires. Rejects with `i2c.no-answer` (absent: no chip
   * acknowledged), `i2c.line-stuck` (timeout: the wires are held), `i2c.in-use` (busy: a driver of the system has this
   * address), `i2c.failed` (garbled) or `wire.lost`; evidence `errno`.
   */
  transfer(transfer: I2cTransfer): Promise<Uint8Array>;
  /** Ends the connection, also while a transfer hangs in the system. Never rejects. */
  close(): Promise<void>;
}

export interface I2cAdapter {
  /** For people: `/dev/i2c-1`. */
  readonly address: string;
  /**
   * One try. Rejects with `wire.absent`, `wire.denied`, `wire.unusable` or `helper.hung` (earlier connections still
   * hang in the system).
   * @param closed the connection ended by itself
   */
  open(closed: (error: HallwardError) => void): Promise<I2cConnection>;
}

/** How the transfers with one address went so far. */
export interface I2cCounters {
  transfers: number;
  noAnswers: number;
  /** All that went wrong otherwise: wires held, hung, cut short. */
  failures: number;
}

/**
 * The one owner of the wires. Transfers run one at a time: calls, then commands, then polls; the next one is handed over
 * while one is on the wires, so that these are never idle while something waits. A transfer that does not come back
 * within 1.5 s is hung (the kernel's drivers give up by themselves after one): the connection is given up and opened
 * anew, and the one that lay ready is lost with it. A hung transfer, or three in a row with the wires held, make the bus lost; while it is, transfers
 * go on as probes wherever there is a connection, and it is open again with the first that gets through to a chip or
 * finds none: both prove that the wires are free.
 */
export interface I2cBus extends BusBase {
  readonly type: 'i2c';
  readonly counters: ReadonlyMap<number, Readonly<I2cCounters>>;
  /**
   * Rejects as `I2cConnection.transfer`, or with `i2c.hung` (timeout), `i2c.bad-transfer` (usage), `wire.lost`,
   * `bus.queue-full` (more than 256 waiting) or `bus.closed`.
   */
  transfer(transfer: I2cTransfer, priority: Priority): Promise<Uint8Array>;
}
