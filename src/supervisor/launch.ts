/** From a configuration file to a running controller: storage, last good document, controller. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import { eventSource } from '../protocols/hub/events.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/types.js';
import { openBoardKey } from './board-key.js';
import { checkDocument } from './config/check.js';
import { hashOf } from './config/hash.js';
import { checkLoaded, type LoadedFile, loadFile, profileFinder, storagePathOf } from './config/load.js';
import type { Problem } from './config/problems.js';
import { Controller } from './controller.js';
import { lastStorage, noteStorage } from './storage-note.js';
import { ConfigMemory } from './transaction/memory.js';
import { chooseAtStart } from './transaction/start.js';
import type { Wiring } from './wiring.js';

export interface LaunchOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly wiring: Wiring;
  /** Told of the open store before anything is recorded in this session. */
  readonly opened?: (store: Store) => void;
}

export interface Launched {
  readonly controller: Controller;
  readonly store: Store;
  /** Reads the file again, as one configuration transaction. */
  reload(): Promise<void>;
  /** Ends the controller and gives the storage back. */
  stop(): Promise<void>;
}

/** The configuration cannot be used, and there never was a good one. */
export class InvalidConfiguration extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super('the configuration is invalid');
  }
}

/**
 * Starts a controller. Rejects with `InvalidConfiguration`, or with `storage.in-use` (busy). A storage that cannot
 * be written is no reason not to start: the hall then works in memory, and says so.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { file, clock, log } = options;
  const findProfile = profileFinder(dirname(file));
  const loaded = loadFile(file);
  for (const note of loaded.notes) log.warn({ path: note.path }, `configuration: ${note.message}`);
  const directory = loaded.configuration?.storage.path ?? lastStorage(file, storagePathOf(loaded.document));
  if (directory === undefined) throw new InvalidConfiguration(loaded.problems);
  const store = await openStore({
    directory,
    source: (state) => sourceOf(loaded, state),
    clock,
    log: log.child({ part: 'store' }),
    boot: bootId(),
    maximumMegabytes: loaded.configuration?.storage.maxMegabytes ?? 256,
  });
  try {
    options.opened?.(store);
    if (loaded.configuration !== undefined) noteStorage(file, directory, log);
    const memory = new ConfigMemory(store.state);
    // What ran before may run again whatever became of its secrets' modes: that is no reason to stop a hall.
    const start = chooseAtStart(loaded, memory, (document) => ({
      ...checkDocument(document, findProfile),
      ...{ document, hash: hashOf(document), notes: [] },
    }));
    if (start === undefined) throw new InvalidConfiguration(loaded.problems);
    const controller = new Controller({
      ...options,
      start,
      memory,
      store,
      findProfile,
      check: (document) => checkLoaded(document, findProfile),
      secretsFolder: dirname(resolve(file)),
      openBoardKey: () => openBoardKey(directory, log),
    });
    await controller.start();
    return {
      controller,
      store,
      reload: () => controller.reload(loadFile(file)),
      async stop() {
        await controller.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function sourceOf(loaded: LoadedFile, state: ReadonlyMap<string, Json>): string {
  const names = loaded.configuration ?? new ConfigMemory(state).running?.document;
  return eventSource(String(names?.hall ?? 'unknown'), String(names?.controller ?? 'unknown'));
}

/** Linux's id of this boot; elsewhere monotonic times compare within this process only. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `process-${process.pid}-${process.hrtime.bigint()}`;
  }
}
