import { HallwardError } from '../kernel/errors.js';
import type { Priority } from './ports-bus.js';
import type { I2cTransfer } from './ports-i2c.js';

/** A transfer that waits for its turn or is under way. */
export interface I2cEntry {
  readonly transfer: I2cTransfer;
  resolve(bytes: Uint8Array): void;
  reject(error: HallwardError): void;
}

const order: readonly Priority[] = ['call', 'command', 'poll'];

/** What waits for the wires: calls, then commands, then polls, each in order of arrival. */
export class I2cQueue {
  readonly #waiting: Record<Priority, I2cEntry[]> = { call: [], command: [], poll: [] };

  constructor(private readonly limit: number) {}

  /** False where there is no room. */
  add(entry: I2cEntry, priority: Priority): boolean {
    const { call, command, poll } = this.#waiting;
    if (call.length + command.length + poll.length >= this.limit) return false;
    this.#waiting[priority].push(entry);
    return true;
  }

  /** Takes the one whose turn it is out of the queue. */
  next(): I2cEntry | undefined {
    return order
      .map((priority) => this.#waiting[priority])
      .find((list) => list.length > 0)
      ?.shift();
  }

  rejectAll(error: HallwardError): void {
    for (const entry of order.flatMap((priority) => this.#waiting[priority].splice(0))) entry.reject(error);
  }
}

/** What is wrong with a transfer that no chip could answer; `undefined` for a good one. */
export function badTransfer(bus: string, transfer: I2cTransfer): HallwardError | undefined {
  const problem = problemOf(transfer);
  if (problem === undefined) return undefined;
  const { address, readLength = 0 } = transfer;
  return new HallwardError('i2c.bad-transfer', 'usage', `${bus}: ${problem}`, { address, readLength });
}

function problemOf({ address, write, readLength = 0 }: I2cTransfer): string | undefined {
  const writeLength = write?.length ?? 0;
  if (!Number.isInteger(address) || address < 0x08 || address > 0x77) {
    return `address ${address} is not one of 0x08 to 0x77`;
  }
  if (!Number.isInteger(readLength) || readLength < 0 || readLength > 32 || writeLength > 32) {
    return 'at most 32 bytes are written and read';
  }
  return writeLength + readLength === 0 ? 'nothing to write or read' : undefined;
}
