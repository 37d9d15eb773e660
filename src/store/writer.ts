/**
 * The order of writing: what waits goes together with the next write; and what happens when a write fails: the hall
 * goes on in memory until one works again.
 */
import { Backoff } from '../kernel/backoff.js';
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError, systemCode } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { type Entry, keepClassOf } from './envelope.js';
import { Group } from './group.js';

/** A write that takes longer has failed for those who wait for it. */
const patienceMilliseconds = 2000;
/** A group that is larger takes no more commits: one broken record should not cost too much. */
const groupBytes = 128 * 1024;
/** What may wait while nothing can be written, and while writing goes on but slowly. */
const stuckBytes = 2 << 20;
const slowBytes = 16 << 20;

export interface WriterOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Writes and syncs one group. `fresh`: in a new file. */
  readonly write: (group: Group, fresh: boolean) => Promise<void>;
  /** The group is in storage. */
  readonly onWritten: (group: Group) => void;
  /** The group's events may leave although they are only in memory. */
  readonly onKept: (group: Group) => void;
  /** Events let go because the memory's bound was reached: those that the hub has, and those it has not. */
  readonly onLetGo: (delivered: readonly Entry[], undelivered: readonly Entry[]) => void;
  readonly isDelivered: (event: Entry) => boolean;
  /** The mode or the error changed. */
  readonly onMode: () => void;
}

export class Writer {
  mode: 'durable' | 'memory' = 'durable';
  error: string | undefined;
  /** In the order of writing; the first one is in flight while `#busy`. */
  #queue: Group[] = [];
  #busy = false;
  #scheduled = false;
  #stopped = false;
  #watch: Timer | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  #progressAt = Number.NEGATIVE_INFINITY;
  #compactedBytes = 0;
  #idle: (() => void)[] = [];
  readonly #since = new WeakMap<Group, number>();
  readonly #backoff = new Backoff({ firstMilliseconds: 2000, maximumMilliseconds: 30_000, jitter: 0 });

  constructor(private readonly options: WriterOptions) {}

  /** The group that the next commit goes into. Fill it and call `accepted` in the same breath. */
  accept(): Group {
    const last = this.#queue.at(-1);
    if (last !== undefined && last.bytes < groupBytes && !(this.#busy && this.#queue.length === 1))
      return last;
    const group = new Group();
    this.#since.set(group, this.options.clock.monotonicMilliseconds());
    this.#queue.push(group);
    return group;
  }

  accepted(group: Group): void {
    group.commits++;
    if (this.mode === 'memory') group.resolve();
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.mode === 'memory') this.#keepInMemory();
      this.#pump();
    });
  }

  /** Puts one key into the next record. @param whenAdmitted told once others may know of it */
  put(key: string, text: string, whenAdmitted?: () => void): void {
    const group = this.accept();
    group.put(key, text);
    if (whenAdmitted !== undefined) group.whenAdmitted.push(whenAdmitted);
    this.accepted(group);
  }

  /** Commits that are only in memory, while the mode says so. */
  get unwritten(): number {
    if (this.mode === 'durable') return 0;
    return this.#queue.reduce((sum, group) => sum + group.commits, 0);
  }

  /** Events that may leave and are not in storage. */
  *unstored(): Generator<Entry> {
    if (this.mode === 'durable') return;
    for (const { events, announced } of this.#queue) yield* events.slice(0, announced);
  }

  /** The storage is known to have failed. */
  fail(error: unknown): void {
    this.#toMemory(error);
    this.#retryLater();
  }

  /** Resolves when nothing waits any more; tries at once where a pause was running. */
  idle(): Promise<void> {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#pump();
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Nothing is tried any more. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#watch?.cancel();
  }

  #pump(): void {
    const group = this.#queue[0];
    if (this.#stopped || this.#busy || this.#retry !== undefined || group === undefined) return;
    this.#busy = true;
    this.#watchOver(group);
    this.options.write(group, this.#failures > 1).then(
      () => this.#written(group),
      (error: unknown) => this.#failed(error),
    );
  }

  #written(group: Group): void {
    this.#busy = false;
    this.#failures = 0;
    this.#backoff.reset();
    this.#watch?.cancel();
    this.#queue.shift();
    this.#compactedBytes = 0;
    this.#progressAt = this.options.clock.monotonicMilliseconds();
    this.options.onWritten(group);
    group.resolve();
    if (this.#queue.length > 0) {
      this.#pump();
      return;
    }
    if (this.mode === 'memory') {
      this.mode = 'durable';
      this.error = undefined;
      this.options.log.info({}, 'the storage works again; all that was kept in memory is written');
      this.options.onMode();
    }
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #failed(error: unknown): void {
    this.#busy = false;
    this.#failures++;
    this.#watch?.cancel();
    this.#toMemory(error);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#stopped) return;
    this.#retry ??= this.options.clock.after('store: retry', this.#backoff.next(), () => {
      this.#retry = undefined;
      // With nothing to write an empty record finds out whether writing works again.
      if (this.#queue.length === 0) this.accept();
      this.#pump();
    });
  }

  /** Nobody waits longer than two seconds for a sync, whatever the kernel does. */
  #watchOver(group: Group): void {
    this.#watch?.cancel();
    if (this.mode === 'memory') return;
    const waited = this.options.clock.monotonicMilliseconds() - (this.#since.get(group) ?? 0);
    this.#watch = this.options.clock.after('store: write', patienceMilliseconds - waited, () => {
      this.#toMemory(
        new HallwardError('storage.slow', 'timeout', 'the storage did not take a write within 2 s', {
          patienceMilliseconds,
        }),
      );
    });
  }

  #toMemory(error: unknown): void {
    const code = systemCode(error);
    const message = error instanceof Error ? error.message : String(error);
    const text = code === undefined || message.includes(code) ? message : `${code}: ${message}`;
    const changed = this.mode !== 'memory' || this.error !== text;
    if (this.mode === 'durable') this.options.log.error({ error }, 'the storage failed; going on in memory');
    this.mode = 'memory';
    this.error = text;
    this.#watch?.cancel();
    for (const group of this.#queue) group.resolve();
    this.#keepInMemory();
    if (changed) this.options.onMode();
  }

  #keepInMemory(): void {
    for (const group of [...this.#queue]) this.options.onKept(group);
    let bytes = 0;
    for (const group of this.#queue) bytes += group.bytes;
    const quiet = this.options.clock.monotonicMilliseconds() - this.#progressAt;
    const bound = this.#failures === 0 && quiet < patienceMilliseconds ? slowBytes : stuckBytes;
    // Where the state alone is larger than the bound, try again only after it grew.
    if (bytes > Math.max(bound, this.#compactedBytes * 1.25)) this.#compact(bytes - bound * 0.75);
  }

  /** Makes one group of those that wait and lets events go: delivered ones, then the lowest class, oldest first. */
  #compact(excessBytes: number): void {
    const inFlight = this.#busy ? this.#queue.slice(0, 1) : [];
    const [merged, ...later] = this.#queue.slice(inFlight.length);
    if (merged === undefined) return;
    for (const group of later) merged.absorb(group);
    this.#queue = [...inFlight, merged];
    const goal = merged.bytes - excessBytes;
    const delivered = merged.dropEvents(this.options.isDelivered);
    const dropped: Entry[] = [];
    for (let keep = 0; keep <= 5; keep++) {
      let over = merged.bytes - goal;
      if (over <= 0) break;
      const gone = merged.dropEvents((event) => {
        if (over <= 0 || keepClassOf(event.type) !== keep) return false;
        over -= event.bytes;
        return true;
      });
      dropped.push(...gone);
    }
    this.#compactedBytes = this.#queue.reduce((sum, group) => sum + group.bytes, 0);
    this.options.onLetGo(delivered, dropped);
  }
}
