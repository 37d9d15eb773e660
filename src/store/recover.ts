/** Opening: what is in the directory, made whole again. */
import { join } from 'node:path';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import { Delivered, readDelivered } from './delivered.js';
import { type Entry, isUntrusted, readEnvelope, storeOfEnvelope } from './envelope.js';
import { type Files, readPieces, readWhole } from './files.js';
import { endOfContent, type FoundRecord, scanRecords } from './record.js';
import { firstRecordOf, Segment, type SegmentSummary, segmentName } from './segment.js';
import { readSnapshot, type Snapshot, snapshotName, snapshotRecordOf } from './snapshot.js';
import { Tail } from './tail.js';

/** A broken end longer than this was no write cut short. */
const longestTornWrite = 256 * 1024;
/** What a segment that cannot be read at all may have held, in bytes. */
const wholeSegment = 4 << 20;
/** An event takes no less, envelope and all. */
const shortestEvent = 256;

export interface Recovered {
  /** Absent where there was nothing, or nothing readable. */
  readonly store: string | undefined;
  /** JSON texts by key. */
  readonly state: Map<string, string>;
  readonly segments: Segment[];
  /** Whether the newest segment may be appended to. */
  readonly appendable: boolean;
  readonly lastRecord: number;
  /** Nothing up to here may be given out again. */
  readonly lastSequence: number;
  readonly delivered: Delivered;
  readonly tail: Tail;
  /** As the snapshot has it: newer events are in the tail. */
  readonly newestMilliseconds: number | null;
  readonly damagedRecords: number;
  /** Records of the snapshots that are there, oldest first. */
  readonly snapshots: number[];
}

/** Time of the newest event that was not known to be wrong, in Unix milliseconds; `null` where there is none. */
export function newestMilliseconds({
  tail,
  newestMilliseconds,
}: Pick<Recovered, 'tail' | 'newestMilliseconds'>): number | null {
  for (const event of tail.backwards()) {
    if (!isUntrusted(event.json)) return Date.parse(event.at);
  }
  return newestMilliseconds;
}

/** Reads the store in a directory. Rejects only where the directory itself cannot be read. */
export async function recover(
  directory: string,
  files: Files,
  log: Log,
  tailBytes: number,
): Promise<Recovered> {
  const names = await files.list(directory);
  for (const name of names) {
    if (/^(next-\d+|state)\.tmp$/.test(name))
      await files.remove(join(directory, name)).catch(() => undefined);
  }
  const snapshots = numbersOf(names, snapshotRecordOf);
  const found = numbersOf(names, firstRecordOf);
  let damaged = 0;
  const broken: string[] = [];
  let snapshot: Snapshot | undefined;
  while (snapshots.length > 0 && snapshot === undefined) {
    snapshot = await readSnapshot(files, directory, snapshots.at(-1)!);
    if (snapshot === undefined) {
      broken.push(snapshotName(snapshots.pop()!));
      log.error({ snapshot: broken.at(-1) }, 'a snapshot is damaged; the one before it is used');
      damaged++;
    }
  }

  const replay = new Replay(snapshot, tailBytes);
  const known = new Map(snapshot?.segments.map((summary) => [summary.first, summary]));
  for (const [index, first] of found.entries()) {
    const below = found[index + 1] ?? Number.POSITIVE_INFINITY;
    await replay.segment(directory, files, log, first, below, known.get(first));
  }
  damaged += replay.damaged;
  if (damaged > 0) log.error({ damagedRecords: damaged }, 'part of the storage is damaged; the rest is used');

  if (replay.isEmpty && damaged > 0) {
    await setAside(directory, files, names);
    return { ...new Replay(undefined, tailBytes).result(), damagedRecords: damaged, snapshots: [] };
  }
  for (const name of broken) await files.remove(join(directory, name)).catch(() => undefined);
  const small = await readDelivered(files, directory);
  if (small !== undefined && small.store === replay.store) {
    replay.delivered.restore(small.through);
    replay.sawSequence(small.handedOut);
  }
  replay.sawSequence(replay.delivered.highest);
  return { ...replay.result(), damagedRecords: damaged, snapshots };
}

/** What comes of going through the segments, oldest first. */
class Replay {
  store: string | undefined;
  damaged = 0;
  readonly delivered = new Delivered();
  readonly #state = new Map<string, string>();
  readonly #segments: Segment[] = [];
  readonly #tail: Tail;
  readonly #snapshotRecord: number;
  /** The last record gone through. */
  #record = 0;
  #sequence = 0;
  #appendable = true;
  #newest: number | null = null;
  #records = 0;

  constructor(snapshot: Snapshot | undefined, tailBytes: number) {
    this.#tail = new Tail(tailBytes, 0);
    this.#snapshotRecord = snapshot?.record ?? 0;
    if (snapshot === undefined) return;
    this.store = snapshot.store;
    this.#sequence = snapshot.sequence;
    this.#newest = snapshot.newest;
    this.delivered.restore(snapshot.delivered);
    for (const [key, value] of Object.entries(snapshot.state)) this.#state.set(key, JSON.stringify(value));
  }

  async segment(
    directory: string,
    files: Files,
    log: Log,
    first: number,
    below: number,
    known: SegmentSummary | undefined,
  ): Promise<void> {
    const path = join(directory, segmentName(first));
    const isLast = below === Number.POSITIVE_INFINITY;
    if (this.#record < first) this.#record = first - 1;
    // What the snapshot knows of a finished segment need not be read again at each start.
    if (known !== undefined && below - 1 <= this.#snapshotRecord) {
      if ((await files.size(path).catch(() => -1)) === known.size) {
        this.#segments.push(Segment.fromJSON(known));
        this.#tail.floor = Math.max(this.#tail.floor, known.sequences[1]);
        return;
      }
    }
    let bytes: Buffer;
    try {
      bytes = await readWhole(files, path).catch(async () =>
        readPieces(files, path, 0, await files.size(path)),
      );
    } catch (error) {
      log.error({ error, path }, 'a segment cannot be read');
      this.damaged++;
      if (isLast) this.#lost(wholeSegment);
      return;
    }
    const segment = new Segment(first, bytes.length);
    const scan = scanRecords(bytes, first, below);
    for (const record of scan.records) this.#take(record, segment);
    segment.used = scan.end;
    this.#segments.push(segment);
    const broken = scan.dirtyEnd - scan.end;
    if (!isLast) {
      // Records at the end of a finished segment are missing; before the snapshot they may have been let go.
      if (broken > 0 || below - 1 > this.#snapshotRecord) this.damaged += below - 1 - this.#record;
    } else if (broken > longestTornWrite || (broken > 0 && first > 1 && this.isEmpty)) {
      this.damaged++;
      this.#lost(broken);
    } else if (broken > 0) {
      log.warn({ path, bytes: broken }, 'the last write was cut short');
    }
  }

  /** Nothing readable was there. */
  get isEmpty(): boolean {
    return this.#records === 0 && this.#snapshotRecord === 0;
  }

  sawSequence(sequence: number): void {
    if (Number.isSafeInteger(sequence) && sequence > this.#sequence) this.#sequence = sequence;
  }

  result(): Omit<Recovered, 'damagedRecords' | 'snapshots'> {
    return {
      store: this.store,
      state: this.#state,
      segments: this.#segments,
      appendable: this.#appendable,
      lastRecord: this.#record,
      lastSequence: this.#sequence,
      delivered: this.delivered,
      tail: this.#tail,
      newestMilliseconds: this.#newest,
    };
  }

  #take(record: FoundRecord, segment: Segment): void {
    const { head } = record;
    this.damaged += Math.max(0, (head.from ?? head.n) - this.#record - 1);
    this.#record = head.n;
    this.#records++;
    this.store ??= head.store;
    const events: Entry[] = [];
    for (const line of record.lines) {
      const event = readEnvelope(line.toString('utf8'), line.length);
      if (event === undefined) continue;
      this.store ??= storeOfEnvelope(event.json);
      events.push(event);
      this.#tail.push(event, event.sequence);
      this.sawSequence(event.sequence);
    }
    if (head.last !== undefined) this.sawSequence(head.last);
    segment.add(events, record.offset, record.end);
    if (head.n <= this.#snapshotRecord) return;
    if (head.d !== undefined) this.delivered.restore(head.d);
    for (const [key, value] of Object.entries(head.puts ?? {})) putJson(this.#state, key, value);
  }

  /** Events that the hub may have seen were in there: their numbers are not given out again. */
  #lost(bytes: number): void {
    this.#appendable = false;
    this.#sequence += Math.ceil(bytes / shortestEvent);
    this.#record += Math.ceil(bytes / shortestEvent);
  }
}

function putJson(state: Map<string, string>, key: string, value: Json): void {
  if (value === null) state.delete(key);
  else state.set(key, JSON.stringify(value));
}

/**
 * Writes zeros over what a cut write left behind the last record, so that no part of it can ever be taken for a
 * record.
 */
export async function wipeTornTail(files: Files, path: string, segment: Segment): Promise<number> {
  const file = await files.open(path, 'synced');
  try {
    const rest = Buffer.alloc(Math.max(0, segment.size - segment.used));
    await file.read(rest, segment.used);
    const dirty = endOfContent(rest);
    if (dirty > 0) await file.write(Buffer.alloc(dirty), segment.used);
    return dirty;
  } finally {
    await file.close();
  }
}

/** Nothing is readable: the files are kept for a person to look at, one set of them. */
async function setAside(directory: string, files: Files, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name.startsWith('damaged-')) await files.remove(join(directory, name));
  }
  for (const name of names) {
    if (firstRecordOf(name) !== undefined || snapshotRecordOf(name) !== undefined || name === 'delivered') {
      await files.rename(join(directory, name), join(directory, `damaged-${name}`));
    }
  }
  await files.syncDirectory(directory);
}

function numbersOf(names: readonly string[], numberOf: (name: string) => number | undefined): number[] {
  return names
    .map(numberOf)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);
}
