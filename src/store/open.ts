import { HallwardError } from '../kernel/errors.js';
import { Delivered } from './delivered.js';
import { nodeFiles } from './files.js';
import { lockStorage } from './lock.js';
import { LogStore } from './log-store.js';
import type { StoreOptions } from './options.js';
import { type Recovered, recover } from './recover.js';
import { Tail } from './tail.js';
import type { Store } from './types.js';

/** Newest events kept in memory. */
const tailBytes = 2 << 20;

/**
 * Opens the store in a directory, mended where it has to be. A storage that cannot be read or written does not keep
 * the hall from working: the store then begins in memory, and its condition says so.
 *
 * Rejects with `storage.in-use` (kind busy) where another process has the directory.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, files = nodeFiles, log } = options;
  let release = async () => {};
  let found: Recovered | undefined;
  let failure: unknown;
  // Where it cannot be made it may be there all the same.
  await files.makeDirectory(directory).catch(() => undefined);
  try {
    release = await lockStorage(directory);
    found = await recover(directory, files, log, tailBytes);
  } catch (error) {
    if (error instanceof HallwardError) throw error;
    failure = error;
  }
  const store = new LogStore(options, found ?? nothingFound(), release);
  await store.start(failure);
  return store;
}

function nothingFound(): Recovered {
  return {
    store: undefined,
    state: new Map(),
    segments: [],
    appendable: false,
    lastRecord: 0,
    lastSequence: 0,
    delivered: new Delivered(),
    tail: new Tail(tailBytes, 0),
    newestMilliseconds: null,
    damagedRecords: 0,
    snapshots: [],
  };
}
