/**
 * The state as of one record, in a file of its own: `state-<record>.json`. The last two are kept, so that a rotten
 * one costs a longer start and nothing else.
 */
import { join } from 'node:path';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import { formatSequence } from '../protocols/hub/events.js';
import { type Files, readWhole } from './files.js';
import { jsonObject } from './group.js';
import type { Lane } from './lane.js';
import { seal, unseal } from './sealed.js';
import type { SegmentSummary } from './segment.js';

const version = 1;

export interface Snapshot {
  /** The last record that is in it. */
  readonly record: number;
  readonly store: string;
  /** Highest sequence given out. */
  readonly sequence: number;
  /** Time of the newest event whose time was not untrusted, in Unix milliseconds. */
  readonly newest: number | null;
  readonly delivered: Readonly<Record<string, number>>;
  readonly segments: readonly SegmentSummary[];
  readonly state: Readonly<Record<string, Json>>;
}

/** The snapshot's text; the values of `state` are JSON texts. */
export function snapshotText(
  content: Omit<Snapshot, 'state' | 'delivered' | 'segments'> & {
    readonly segments: readonly { toJSON(): SegmentSummary }[];
    readonly delivered: Iterable<readonly [string, number]>;
    readonly state: Iterable<readonly [string, string]>;
  },
): string {
  const { record, store, sequence, newest, delivered, segments, state } = content;
  return (
    `{"version":${version},"record":${record},"store":${JSON.stringify(store)},"sequence":${sequence},"newest":${newest},` +
    `"delivered":${jsonObject(delivered)},"segments":${JSON.stringify(segments)},"state":${jsonObject(state)}}`
  );
}

/** Writes a snapshot so that it is there whole or not at all, and returns its size in bytes. */
async function writeSnapshot(files: Files, directory: string, record: number, text: string): Promise<number> {
  const temporary = join(directory, 'state.tmp');
  const bytes = seal(text);
  const file = await files.open(temporary, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, join(directory, snapshotName(record)));
  await files.syncDirectory(directory);
  return bytes.length;
}

/** `undefined` where it is torn, rotten or of a version that is not known. */
export async function readSnapshot(
  files: Files,
  directory: string,
  record: number,
): Promise<Snapshot | undefined> {
  try {
    const text = unseal(await readWhole(files, join(directory, snapshotName(record))));
    if (text === undefined) return undefined;
    const snapshot = JSON.parse(text) as Snapshot & { version: number };
    return snapshot.version === version ? snapshot : undefined;
  } catch {
    return undefined;
  }
}

export function snapshotName(record: number): string {
  return `state-${formatSequence(record)}.json`;
}

/** The record number from a snapshot's name; `undefined` for any other name. */
export function snapshotRecordOf(name: string): number | undefined {
  const digits = /^state-(\d{16})\.json$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Writes snapshots in the background and keeps the last two. */
export class SnapshotKeeper {
  bytesWritten = 0;
  #waiting = false;

  constructor(
    private readonly options: {
      readonly directory: string;
      readonly files: Files;
      readonly lane: Lane;
      readonly log: Log;
      /** The snapshot of this moment. */
      readonly capture: () => { readonly record: number; readonly text: string };
    },
    /** Records of those that are there, oldest first. */
    private readonly records: number[],
  ) {}

  /** No start needs the records up to this one for the state, not even if the newest snapshot rots. */
  get settledRecord(): number {
    return this.records.length < 2 ? 0 : this.records[0]!;
  }

  /** The record of the newest one; 0 if there is none. */
  get newestRecord(): number {
    return this.records.at(-1) ?? 0;
  }

  /** Writes one as soon as the lane is free. A failure costs a longer start only. */
  soon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    void this.options.lane.run(async () => {
      this.#waiting = false;
      const { directory, files, log, capture } = this.options;
      try {
        const { record, text } = capture();
        if (record === 0) return;
        this.bytesWritten += await writeSnapshot(files, directory, record, text);
        if (this.records.at(-1) !== record) this.records.push(record);
        while (this.records.length > 2) {
          await files.remove(join(directory, snapshotName(this.records[0]!)));
          this.records.shift();
        }
      } catch (error) {
        log.warn({ error }, 'the state could not be written to a file of its own');
      }
    });
  }
}
