/** The store put together; `types.ts` says what it promises. */
import { dirname } from 'node:path';
import { v4 as uuidV4 } from 'uuid';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { ChainHead } from '../protocols/hub/rating-chain.js';
import { Chain, chainKey } from './chain.js';
import { ownPrefix, textsOf } from './change.js';
import { ChunkReader } from './chunk-reader.js';
import { closeFiles } from './closing.js';
import { Condition } from './condition.js';
import { Corrections, correctionsKey } from './corrections.js';
import { DeliveredFile } from './delivered.js';
import type { Entry } from './envelope.js';
import { EventMaker } from './event-maker.js';
import { nodeFiles } from './files.js';
import type { Group } from './group.js';
import { GroupRecords } from './group-records.js';
import { Journal } from './journal.js';
import { Lane } from './lane.js';
import type { StoreOptions } from './options.js';
import { StoreOutbox } from './outbox.js';
import { Proof } from './proof.js';
import { newestMilliseconds, type Recovered, wipeTornTail } from './recover.js';
import { Room } from './room.js';
import { SnapshotKeeper, snapshotText } from './snapshot.js';
import { StoredState } from './stored-state.js';
import type { Change, Committed, StorageCondition, Store } from './types.js';
import { Writer } from './writer.js';

const megabyte = 1 << 20;
const largestSegmentBytes = 4 * megabyte;
const smallestSegmentBytes = 64 * 1024;

export class LogStore implements Store {
  readonly storeId: string;
  readonly boot: string;
  readonly newestMilliseconds: number | null;
  readonly state = new Map<string, Json>();
  readonly outbox: StoreOutbox;
  readonly #options: StoreOptions;
  readonly #found: Recovered;
  readonly #release: () => Promise<void>;
  readonly #journal: Journal;
  readonly #writer: Writer;
  readonly #chunks: ChunkReader;
  readonly #snapshots: SnapshotKeeper;
  readonly #deliveredFile: DeliveredFile;
  readonly #corrections: Corrections;
  readonly #chain: Chain;
  readonly #condition: Condition;
  readonly #events: EventMaker;
  readonly #stored: StoredState;
  readonly #proof: Proof;
  /** First sequence of this process. */
  readonly #firstSequence: number;
  /** A directory that could not be read is not written to. */
  #writable = false;
  #closed: Promise<void> | undefined;

  constructor(options: StoreOptions, found: Recovered, release: () => Promise<void>) {
    const { directory, clock, log, files = nodeFiles } = options;
    this.#options = options;
    this.#found = found;
    this.#release = release;
    this.storeId = found.store ?? uuidV4();
    this.boot = options.boot;
    const capBytes = Math.max(1, options.maximumMegabytes ?? 256) * megabyte;
    this.#stored = new StoredState(found);
    for (const [key, text] of found.state) {
      if (!key.startsWith(ownPrefix)) this.state.set(key, JSON.parse(text));
    }
    this.#firstSequence = found.lastSequence + 1;
    this.#chain = new Chain(found.state.get(chainKey), log);
    this.#events = new EventMaker({
      clock,
      source: options.source(this.state),
      store: this.storeId,
      boot: options.boot,
      nextSequence: this.#firstSequence,
      chain: this.#chain,
      newId: options.newId,
    });
    this.#corrections = new Corrections(found.state.get(correctionsKey));
    found.tail.update((event) => this.#corrections.apply(event));
    this.newestMilliseconds = newestMilliseconds(found);
    this.#condition = new Condition({
      log,
      capBytes,
      damagedRecords: found.damagedRecords,
      dropped: found.state.get(Condition.droppedKey),
      writer: () => ({
        mode: this.#writer.mode,
        error: this.#writer.error,
        unwrittenRecords: this.#writer.unwritten,
      }),
    });

    const lane = new Lane();
    const place = { directory, files, lane, clock, log };
    const { delivered, tail } = found;
    this.#snapshots = new SnapshotKeeper({ ...place, capture: () => this.#capture() }, found.snapshots);
    const room = new Room({
      log,
      journal: () => this.#journal,
      store: this.storeId,
      capBytes,
      through: delivered.through,
      settledRecord: () => this.#snapshots.settledRecord,
      newestSettledRecord: () => this.#snapshots.newestRecord,
      onDropped: (lost) => this.#letGo([], lost),
      onChanged: () => this.#roomMade(),
    });
    this.#journal = new Journal(
      {
        ...place,
        segmentBytes: Math.min(largestSegmentBytes, Math.max(smallestSegmentBytes, capBytes / 16)),
        makeRoom: (bytes) => room.make(bytes),
        makeRoomOnDisk: () => room.makeOnDisk(),
        onSealed: () => {
          this.#snapshots.soon();
          this.#judgeSpace();
        },
      },
      found,
    );
    this.#chunks = new ChunkReader({
      ...place,
      journal: this.#journal,
      corrections: this.#corrections,
      works: () => this.#writer.mode === 'durable',
      onDamaged: () => this.#condition.addDamaged(),
    });
    this.outbox = new StoreOutbox({
      log,
      tail,
      delivered,
      storeId: this.storeId,
      chunks: this.#chunks,
      corrections: this.#corrections,
      lastSequence: found.lastSequence,
      segments: () => this.#journal.segments,
      unstored: () => this.#writer.unstored(),
      onDelivered: () => {
        this.#deliveredFile.save();
        if (this.#condition.low) this.#judgeSpace();
      },
    });
    this.#deliveredFile = new DeliveredFile({
      ...place,
      content: () =>
        this.#writable
          ? { store: this.storeId, handedOut: this.outbox.handedOut, through: delivered.all() }
          : undefined,
    });
    const records = new GroupRecords({
      storeId: this.storeId,
      journal: this.#journal,
      delivered,
      stored: this.#stored,
    });
    this.#writer = new Writer({
      clock,
      log,
      write: (group, fresh) => (this.#writable ? records.write(group, fresh) : Promise.reject(unreadable())),
      onWritten: (group) => {
        this.outbox.admit(group, this.#stored.sequence);
        tail.trim(this.#stored.sequence);
      },
      onKept: (group) => this.outbox.admit(group, this.#stored.sequence),
      onLetGo: (had, lost) => this.#letGo(had, lost),
      isDelivered: ({ type, sequence }) => sequence <= delivered.through(type),
      onMode: () => this.#condition.tell(),
    });
    this.#proof = new Proof(clock, this.#journal, this.#writer);
  }

  /**
   * Makes the storage ready for the first commit, or begins in memory.
   * @param failure why the directory could not be read, if it could not
   */
  async start(failure: unknown): Promise<void> {
    const { segments, appendable } = this.#found;
    const { directory, files = nodeFiles } = this.#options;
    this.#writable = failure === undefined;
    try {
      if (failure !== undefined) throw failure;
      const active = segments.at(-1);
      if (active !== undefined && appendable) {
        await wipeTornTail(files, this.#journal.path(active.name), active);
        await this.#journal.reopen();
      } else {
        if (active === undefined) await files.syncDirectory(dirname(directory)).catch(() => undefined);
        this.#journal.prepare();
      }
    } catch (error) {
      this.#writer.fail(error);
    }
    this.#judgeSpace();
  }

  commit(change: Change): Committed {
    if (this.#closed !== undefined) throw new HallwardError('storage.closed', 'usage', 'the store is closed');
    const { events, puts } = textsOf(change);
    const group = this.#writer.accept();
    const given: { sequence: number; id: string }[] = [];
    const chained = this.#chain.committed;
    for (const texts of events) {
      const { event, id } = this.#events.make(texts);
      group.monotonic ??= this.#options.clock.monotonicMilliseconds();
      group.add(event);
      given.push({ sequence: event.sequence, id });
    }
    if (this.#chain.committed !== chained) this.#putChain(group);
    for (const { key, value, text } of puts) {
      group.put(key, text);
      if (text === 'null') this.state.delete(key);
      else this.state.set(key, value);
    }
    this.#writer.accepted(group);
    return { events: given, synced: group.synced };
  }

  get condition(): StorageCondition {
    return this.#condition.now;
  }

  onCondition(listener: () => void): () => void {
    return this.#condition.listeners.add(listener);
  }

  correctTime(addMilliseconds: number): void {
    const first = Math.max(
      this.#firstSequence,
      this.outbox.handedOut + 1,
      this.#corrections.lastSequence + 1,
    );
    const last = this.#events.nextSequence - 1;
    if (first > last || !Number.isFinite(addMilliseconds) || this.#closed !== undefined) return;
    const text = this.#corrections.add({ first, last, addMilliseconds: Math.round(addMilliseconds) });
    this.#found.tail.update((event) => this.#corrections.apply(event));
    this.#chunks.forget();
    this.#writer.put(correctionsKey, text, () => this.#corrections.recorded());
  }

  prove(): Promise<boolean> {
    return this.#closed === undefined ? this.#proof.prove() : Promise.resolve(true);
  }

  get bytesWritten(): number {
    return this.#journal.bytesWritten + this.#deliveredFile.bytesWritten + this.#snapshots.bytesWritten;
  }

  get chain(): ChainHead {
    return this.#chain.synced;
  }

  onChain(listener: () => void): () => void {
    return this.#chain.onGrown(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { clock, log } = this.#options;
    const open = { writer: this.#writer, deliveredFile: this.#deliveredFile, journal: this.#journal };
    await closeFiles(open, clock, log);
    await this.#release();
  }

  /** Events that are let go, from storage because of the cap or from memory because of its bound. */
  #letGo(had: readonly Entry[], lost: readonly Entry[]): void {
    this.outbox.letGo([...had, ...lost]);
    if (lost.length === 0) return;
    this.#writer.put(Condition.droppedKey, this.#condition.addDropped(lost));
    this.#condition.tell();
  }

  #roomMade(): void {
    this.#chunks.forget();
    this.outbox.forgetBacklog();
    this.#snapshots.soon();
    this.#judgeSpace();
  }

  /** The chain's new head goes into the same record as the events that made it. */
  #putChain(group: Group): void {
    const head = this.#chain.committed;
    group.put(chainKey, JSON.stringify(head));
    group.whenAdmitted.push(() => this.#chain.admitted(head));
  }

  #capture(): { record: number; text: string } {
    const { state, record, sequence } = this.#stored;
    const text = snapshotText({
      record,
      sequence,
      state,
      newest: newestMilliseconds(this.#found),
      store: this.storeId,
      delivered: this.#found.delivered.all(),
      segments: this.#journal.segments,
    });
    return { record, text };
  }

  #judgeSpace(): void {
    this.#condition.judgeSpace(this.outbox.backlog.bytes);
  }
}

function unreadable(): HallwardError {
  return new HallwardError('storage.unreadable', 'absent', 'the storage cannot be read');
}
