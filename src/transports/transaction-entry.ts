import type { HallwardError } from '../kernel/errors.js';
import type { Priority, Transaction } from './ports.js';
import type { SendEntry, TransactionEntry } from './transaction-queue.js';

export interface TransactionEntryOptions {
  readonly retries: number;
  readonly gapMilliseconds: number;
  readonly probe: boolean;
  resolve(answer: unknown): void;
  reject(error: HallwardError): void;
  /** The caller's signal was raised; `entry` is still without a result. */
  aborted(entry: TransactionEntry): void;
  /** Told once, with the first result. */
  settled(): void;
}

/** A transaction with its way back to the caller: only the first result counts. */
export function transactionEntry(
  transaction: Transaction<unknown>,
  options: TransactionEntryOptions,
): TransactionEntry {
  let settled = false;
  const abort = () => {
    if (!settled) options.aborted(entry);
  };
  const once = (tell: () => void) => {
    if (settled) return;
    settled = true;
    transaction.signal?.removeEventListener('abort', abort);
    options.settled();
    tell();
  };
  const entry: TransactionEntry = {
    kind: 'transaction',
    priority: transaction.priority,
    replaces: transaction.replaces,
    gapMilliseconds: options.gapMilliseconds,
    transaction,
    retriesLeft: options.retries,
    probe: options.probe,
    get settled() {
      return settled;
    },
    resolve: (answer) => once(() => options.resolve(answer)),
    reject: (error) => once(() => options.reject(error)),
  };
  transaction.signal?.addEventListener('abort', abort);
  return entry;
}

/** Bytes to send, with their way back to the caller. */
export function sendEntry(
  bytes: Uint8Array,
  priority: Priority,
  gapMilliseconds: number,
  resolve: () => void,
  reject: (error: HallwardError) => void,
): SendEntry {
  return { kind: 'send', priority, replaces: undefined, gapMilliseconds, bytes, resolve, reject };
}
