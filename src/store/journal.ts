/** The segment files: appending to the newest, starting the next, reading back, removing the oldest. */
import { join } from 'node:path';
import { systemCode } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import type { Entry } from './envelope.js';
import type { Files, OpenFile } from './files.js';
import type { Lane } from './lane.js';
import { Segment } from './segment.js';

/** The segment after the newest one, until it is needed. */
const preparedName = 'next.log';

export interface JournalOptions {
  readonly directory: string;
  readonly files: Files;
  /** For what may wait; the appends themselves do not go through it. */
  readonly lane: Lane;
  readonly log: Log;
  readonly segmentBytes: number;
  /** Makes room for so many bytes more, where the cap asks for it. Called within the lane. */
  readonly makeRoom: (bytes: number) => Promise<void>;
  /** Makes room after the file system said that it is full; false if nothing could go. Called within the lane. */
  readonly makeRoomOnDisk: () => Promise<boolean>;
  /** A segment is full: told between two records. */
  readonly onSealed: () => void;
}

/** A file filled with zeros and synced, so that an append to it changes no size and allocates nothing. */
interface Prepared {
  path: string;
  readonly size: number;
  readonly file: OpenFile;
}

export class Journal {
  /** Oldest first; the last one is appended to. */
  readonly segments: Segment[];
  /** Number of the last record that is in storage. */
  lastRecord: number;
  bytesWritten = 0;
  #file: OpenFile | undefined;
  #prepared: Prepared | undefined;
  #preparing: Promise<void> | undefined;
  /** The segment beside which a next one could not be made; that it is needed will show when this one is full. */
  #unpreparedAt: Segment | undefined;
  #fileNumber = 0;

  constructor(
    private readonly options: JournalOptions,
    found: { readonly segments: readonly Segment[]; readonly lastRecord: number },
  ) {
    this.segments = [...found.segments];
    this.lastRecord = found.lastRecord;
  }

  /** Bytes of all files with events. */
  get totalBytes(): number {
    let bytes = this.#prepared?.size ?? 0;
    for (const segment of this.segments) bytes += segment.size;
    return bytes;
  }

  /** Opens the newest segment again; `false` where there is none that can be appended to. */
  async reopen(): Promise<boolean> {
    const active = this.segments.at(-1);
    if (active === undefined || active.used >= active.size) return false;
    this.#file = await this.options.files.open(this.path(active.name), 'synced');
    return true;
  }

  /**
   * Writes the next record, synced. One call at a time. After a failure the same record number may be tried again.
   * @param encode the record's bytes; told whether it is the first one of a segment
   * @param fresh in a new file: where writing to this one has failed
   */
  async append(encode: (first: boolean) => Buffer, events: readonly Entry[], fresh: boolean): Promise<void> {
    const number = this.lastRecord + 1;
    let active = this.segments.at(-1);
    let record = encode(active?.used === 0);
    if (
      this.#file === undefined ||
      active === undefined ||
      active.used + record.length > active.size ||
      (fresh && active.used > 0)
    ) {
      await this.#startSegment(number, encode(true).length);
      active = this.segments.at(-1)!;
      record = encode(true);
    }
    const offset = active.used;
    await this.#file!.write(record, offset);
    this.bytesWritten += record.length;
    this.lastRecord = number;
    active.add(events, offset, offset + record.length);
    if (this.#prepared === undefined && active.used * 2 > active.size && active !== this.#unpreparedAt) {
      this.prepare();
    }
  }

  /** Sees to it that the next segment is ready before it is needed. A failure is tried again when it is needed. */
  prepare(): void {
    this.#preparing ??= this.options.lane
      .run(async () => {
        this.#prepared ??= await this.#make(this.options.segmentBytes);
      })
      .catch((error: unknown) => {
        this.#unpreparedAt = this.segments.at(-1);
        this.options.log.warn({ error }, 'the next segment cannot be prepared');
      })
      .finally(() => {
        this.#preparing = undefined;
      });
  }

  /** Bytes `from` to `to` of a segment. */
  async read(segment: Segment, from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.alloc(to - from);
    const file = await this.options.files.open(this.path(segment.name), 'read');
    try {
      return bytes.subarray(0, await file.read(bytes, from));
    } finally {
      await file.close();
    }
  }

  /** Removes a segment that is not appended to. Call it within the lane. */
  async remove(segment: Segment): Promise<void> {
    await this.options.files.remove(this.path(segment.name));
    await this.options.files.syncDirectory(this.options.directory);
    this.#forget(segment);
  }

  /** Puts other content in the place of a segment that is not appended to. Call it within the lane. */
  async replace(segment: Segment, content: readonly Buffer[], replacement: Segment): Promise<void> {
    const { files, directory } = this.options;
    const path = this.#temporaryPath();
    const file = await files.open(path, 'create');
    try {
      let at = 0;
      for (const piece of content) {
        await file.write(piece, at);
        at += piece.length;
      }
      await file.sync();
      this.bytesWritten += at;
    } finally {
      await file.close();
    }
    await files.rename(path, this.path(segment.name));
    await files.syncDirectory(directory);
    this.segments[this.segments.indexOf(segment)] = replacement;
  }

  /** Waits for the medium; writes nothing, for all appends are synced already. */
  async sync(): Promise<void> {
    if (this.#file === undefined) await this.options.files.syncDirectory(this.options.directory);
    else await this.#file.sync();
  }

  /** Lets go of all open files. */
  async close(): Promise<void> {
    await this.#preparing;
    await this.#file?.close();
    await this.#prepared?.file.close();
    this.#file = undefined;
    this.#prepared = undefined;
  }

  path(name: string): string {
    return join(this.options.directory, name);
  }

  async #startSegment(first: number, neededBytes: number): Promise<void> {
    const { files, directory, lane, segmentBytes } = this.options;
    await this.#preparing;
    if (this.#prepared !== undefined && this.#prepared.size < neededBytes) {
      await this.#prepared.file.close().catch(() => undefined);
      this.#prepared = undefined;
    }
    this.#prepared ??= await lane.run(() => this.#make(Math.max(segmentBytes, neededBytes)));
    const next = this.#prepared;
    const segment = new Segment(first, next.size);
    const path = this.path(segment.name);
    await files.rename(next.path, path);
    // Should the sync fail, the next try begins with the file as it is named now.
    next.path = path;
    await files.syncDirectory(directory);
    const active = this.segments.at(-1);
    // One without a record had the same name: it has just been replaced.
    if (active !== undefined && active.first === first) this.#forget(active);
    const old = this.#file;
    this.#prepared = undefined;
    this.#file = next.file;
    this.segments.push(segment);
    await old?.close().catch(() => undefined);
    if (first > 1) this.options.onSealed();
  }

  async #make(size: number): Promise<Prepared> {
    const { files, makeRoom, makeRoomOnDisk } = this.options;
    await makeRoom(size);
    const path = this.path(preparedName);
    // What the last process prepared and did not need is as good.
    const present = await files.size(path).catch(() => 0);
    if (present < size) {
      try {
        await this.#create(path, size);
      } catch (error) {
        if (systemCode(error) !== 'ENOSPC' || !(await makeRoomOnDisk())) throw error;
        await this.#create(path, size);
      }
    }
    return { path, size: Math.max(size, present), file: await files.open(path, 'synced') };
  }

  /** Under its name there is only ever a whole one, filled with zeros and synced. */
  async #create(path: string, size: number): Promise<void> {
    const { files } = this.options;
    const temporary = this.#temporaryPath();
    try {
      const blank = await files.open(temporary, 'create');
      try {
        // In one call: while the process starts, each further one would wait for a busy event loop.
        await blank.write(Buffer.alloc(size), 0);
        await blank.sync();
      } finally {
        await blank.close();
      }
      this.bytesWritten += size;
      await files.rename(temporary, path);
    } catch (error) {
      await files.remove(temporary).catch(() => undefined);
      throw error;
    }
  }

  #forget(segment: Segment): void {
    const index = this.segments.indexOf(segment);
    if (index >= 0) this.segments.splice(index, 1);
  }

  #temporaryPath(): string {
    return this.path(`next-${++this.#fileNumber}.tmp`);
  }
}
