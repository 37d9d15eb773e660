import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { EventType, NewEvent } from '../../src/protocols/hub/events.js';
import { type Files, nodeFiles, type OpenFile, type OpenMode } from '../../src/store/files.js';
import { openStore } from '../../src/store/open.js';
import type { StoreOptions } from '../../src/store/options.js';
import type { Store, StoredEvent } from '../../src/store/types.js';

const directories: string[] = [];
const stores = new Map<Store, VirtualClock | undefined>();

afterEach(async () => {
  for (const [store, clock] of stores) {
    const closing = store.close();
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 300))]);
    await clock?.advance(3000);
    await closing;
  }
  stores.clear();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hallward-store-'));
  directories.push(directory);
  return directory;
}

export async function open(directory: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const clock = options.clock ?? new VirtualClock();
  const store = await openStore({
    directory,
    source: () => '/hallward/jinshan/row-a',
    log: silentLog,
    boot: 'boot-1',
    ...options,
    clock,
  });
  stores.set(store, clock instanceof VirtualClock ? clock : undefined);
  return store;
}

export async function close(store: Store): Promise<void> {
  stores.delete(store);
  await store.close();
}

export function press(key: string, padding = 0): NewEvent {
  return {
    type: 'key.pressed',
    subject: 'caller-5',
    data: { device: 'caller-5', window: '5', key: key + 'x'.repeat(padding) },
  };
}

export function rating(level: 1 | 2 | 3 | 4 | 5, padding = 0): NewEvent {
  return {
    type: 'rating.submitted',
    subject: 'rate-5',
    data: {
      session: 's'.repeat(padding + 1),
      level,
      reasons: [],
      window: '5',
      unit: '人社窗口',
      staff: '0317',
      matter: 'registration',
      ticket: null,
      channel: 'key',
      invitedAt: null,
      at: null,
    },
  };
}

export function done(id: string, padding = 0): NewEvent {
  return {
    type: 'command.done',
    subject: 'controller',
    data: { name: 'ticket.issue', id: id + 'y'.repeat(padding), by: null },
  };
}

/** Everything in the outbox after a sequence. */
export async function readAll(
  store: Store,
  after = 0,
  wanted: (type: EventType, sequence: number) => boolean = () => true,
): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let at = after; at < store.outbox.lastSequence; ) {
    const page = await store.outbox.read(at, 500, wanted);
    if (page.scannedThrough <= at) break;
    events.push(...page.events);
    at = page.scannedThrough;
  }
  return events;
}

export function sequencesOf(events: readonly { readonly sequence: number }[]): number[] {
  return events.map(({ sequence }) => sequence);
}

export function upTo(last: number, first = 1): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

export function envelopeOf(event: StoredEvent): Record<string, unknown> & { data: Record<string, unknown> } {
  return JSON.parse(event.json);
}

export function filesIn(directory: string, pattern: RegExp): string[] {
  return readdirSync(directory)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(directory, name));
}

/** Changes a file's bytes. */
export function tamper(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

/** Real files with a front panel for what can go wrong with a medium. */
export class BreakableFiles implements Files {
  /** Every write and every new file fails so. */
  fails: string | undefined;
  /** New files fail so. */
  refusesNew: string | undefined;
  /** Writes through the first so many synced files fail with EIO. */
  badFiles = 0;
  /** Synced files opened. */
  opened = 0;
  /** New files fail with ENOSPC until so many files were removed. */
  fullUntilRemoved = 0;
  /** Reads fail so. */
  unreadable: string | undefined;
  synced = 0;
  reads = 0;
  largestRead = 0;
  #hanging: (() => void)[] | undefined;
  readonly inner = nodeFiles;

  /** From now on no write returns. */
  hang(): void {
    this.#hanging ??= [];
  }

  /** The writes that hang go through now, or fail. */
  goOn(): void {
    const waiting = this.#hanging ?? [];
    this.#hanging = undefined;
    for (const resume of waiting) resume();
  }

  makeDirectory(path: string): Promise<void> {
    return this.fails === undefined
      ? this.inner.makeDirectory(path)
      : Promise.reject(systemError(this.fails));
  }
  list(path: string): Promise<string[]> {
    return this.unreadable === undefined
      ? this.inner.list(path)
      : Promise.reject(systemError(this.unreadable));
  }
  size(path: string): Promise<number> {
    return this.inner.size(path);
  }
  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    if (mode === 'create') await this.#change();
    if (mode === 'create' && this.refusesNew !== undefined) throw systemError(this.refusesNew);
    if (mode === 'create' && this.fullUntilRemoved > 0) throw systemError('ENOSPC');
    const file = await this.inner.open(path, mode);
    const number = mode === 'synced' ? ++this.opened : Number.POSITIVE_INFINITY;
    return {
      read: (buffer, position) => {
        this.reads++;
        this.largestRead = Math.max(this.largestRead, buffer.length);
        return this.unreadable === undefined
          ? file.read(buffer, position)
          : Promise.reject(systemError(this.unreadable));
      },
      write: async (bytes, position) => {
        if (mode === 'synced') this.synced++;
        await this.#change();
        if (number <= this.badFiles) throw systemError('EIO');
        await file.write(bytes, position);
      },
      sync: async () => {
        await this.#change();
        await file.sync();
      },
      close: () => file.close(),
    };
  }
  async rename(from: string, to: string): Promise<void> {
    await this.#change();
    await this.inner.rename(from, to);
  }
  async remove(path: string): Promise<void> {
    if (this.fails === 'EROFS') throw systemError('EROFS');
    if (/events-\d+\.log$/.test(path)) this.fullUntilRemoved = Math.max(0, this.fullUntilRemoved - 1);
    await this.inner.remove(path);
  }
  async syncDirectory(path: string): Promise<void> {
    await this.inner.syncDirectory(path);
  }

  async #change(): Promise<void> {
    if (this.#hanging !== undefined) await new Promise<void>((resolve) => this.#hanging?.push(resolve));
    if (this.fails !== undefined) throw systemError(this.fails);
  }
}

/** Lets the machine's own input and output go on until something is so; five seconds at most. */
export async function settle(until: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2500 && !until(); turn++) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Gives the machine's own input and output some time. */
export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}
