/**
 * What became of a configuration: remembered in one record with the event that tells it, and reported. What was said last
 * is kept for whoever comes later.
 */
import { createHash } from 'node:crypto';
import { rfc3339 } from '../../kernel/clock.js';
import type { Problem } from '../config/problems.js';
import type { Candidate } from './candidates.js';
import { type Desired, readDesired } from './desired.js';
import { type ConfigMemory, type HistoryEntry, lastReport, type Puts } from './memory.js';
import { type Outcome, Reports, type ReportsOptions } from './reports.js';
import type { Running } from './running.js';
import type { StartChoice } from './start.js';

export interface DecisionsOptions extends ReportsOptions {
  readonly start: StartChoice;
  readonly memory: ConfigMemory;
}

/** Where the order of keys is not the same, the bytes are not: only what comes again and again is passed over. */
const digestOf = (payload: Uint8Array) => createHash('sha256').update(payload).digest('hex');

export class Decisions {
  readonly reports: Reports;
  readonly #memory: ConfigMemory;
  #last: Outcome;

  constructor(private readonly options: DecisionsOptions) {
    this.#memory = options.memory;
    this.#last = { ...options.start.report, devices: {} };
    this.reports = new Reports(options);
  }

  /** The controller has started; `failed` are the steps of its start that were not taken. */
  started(devices: Outcome['devices'], failed: readonly Problem[]): void {
    const { report, isNews } = this.options.start;
    const errors = [...report.errors, ...failed];
    this.#last = { ...report, errors, devices: report.state === 'applied' ? devices : {} };
    if (isNews) void this.reports.decided(this.#last, {});
    else this.reports.again(this.#last);
  }

  /** What is to be committed before a candidate is applied: a process that it ends must not begin it for ever. */
  begun({ origin, hash }: Candidate): Puts {
    if (origin.source === 'file') return this.#memory.change({ file: { hash, outcome: 'interrupted' } });
    const { revision, contentHash } = origin.desired;
    const { highest } = this.#memory.book;
    const attempts = (highest?.revision === revision ? highest.attempts : 0) + 1;
    return this.#memory.change({ highest: { revision, contentHash, outcome: 'applying', attempts } });
  }

  /** It runs, and is what the next start knows. */
  kept(candidate: Candidate, before: Running, devices: Outcome['devices']): Promise<void> {
    const { origin, configuration: _, ...kept } = candidate;
    const { revision, hash, document } = kept;
    const running = { revision, hash, source: kept.source, document };
    const change = {
      ...this.#judged(candidate, 'applied'),
      passedOver: null,
      trial: hash === before.hash ? this.#memory.book.trial : { starts: 0 },
    };
    const puts = {
      ...this.#memory.changeRunning(running, change),
      ...(origin.source === 'hub'
        ? this.#memory.putHistory(this.#entry(origin.desired, hash, 'applied'))
        : this.#memory.putFile(running)),
    };
    return this.#decide({ revision, state: 'applied', hash, errors: [], devices }, puts);
  }

  /** What ran before it runs again. */
  rolledBack(candidate: Candidate, devices: Outcome['devices'], errors: readonly Problem[]): Promise<void> {
    const { origin, revision, hash } = candidate;
    const puts = {
      ...this.#memory.change({ ...this.#judged(candidate, 'rolled-back'), passedOver: null }),
      ...(origin.source === 'hub'
        ? this.#memory.putHistory(this.#entry(origin.desired, hash, 'rolled-back'))
        : {}),
    };
    return this.#decide({ revision, state: 'rolled-back', hash, errors, devices }, puts);
  }

  /** A push was refused, and has its place among the revisions. */
  refused(desired: Desired, hash: string | null, errors: readonly Problem[]): Promise<void> {
    const { revision, contentHash } = desired;
    const highest = { revision, contentHash, outcome: 'rejected' as const, attempts: 0 };
    const puts = {
      ...this.#memory.change({ highest, passedOver: null }),
      ...this.#memory.putHistory(this.#entry(desired, hash, 'rejected')),
    };
    return this.#decide({ revision, state: 'rejected', hash, errors, devices: {} }, puts, true);
  }

  /** A file was refused. */
  fileRefused(hash: string | null, errors: readonly Problem[]): Promise<void> {
    return this.#decide({ revision: 0, state: 'rejected', hash, errors, devices: {} }, {}, true);
  }

  /** Refused without a place among the revisions. It stands at the hub, perhaps: said once, not at each reconnect. */
  async passedOver(
    payload: Uint8Array,
    revision: number | null,
    hash: string | null,
    errors: readonly Problem[],
  ): Promise<void> {
    const passedOver = digestOf(payload);
    if (this.#memory.book.passedOver === passedOver) return;
    const outcome: Outcome = { revision, state: 'rejected', hash, errors, devices: {} };
    await this.#decide(outcome, this.#memory.change({ passedOver }), true);
  }

  /** Too many came while one was applied: this one never had its turn. */
  superseded(payload: Uint8Array): void {
    const read = readDesired(payload);
    const revision = read.ok ? read.desired.revision : read.revision;
    const errors = [{ path: 'revision', message: 'superseded: too many newer ones came while it waited' }];
    void this.reports.decided({ revision, state: 'rejected', hash: null, errors, devices: {} }, {}, true);
  }

  /** The push that runs arrives again: whatever was said meanwhile of other pushes, this is how things stand. */
  pushAgain(revision: number): void {
    const isOfFile = this.#last.revision === 0;
    if (this.options.running().revision !== revision || this.#last.state === 'applied' || isOfFile) return;
    this.#sayRunning();
  }

  /** The file is as it was before the push that runs: whatever was said of it meanwhile is over. */
  fileAgain(): void {
    const isRefused = this.#last.revision === 0 && this.#last.state !== 'applied';
    if (isRefused) this.#sayRunning();
    else this.reports.again(this.#last);
  }

  #sayRunning(): void {
    const { revision, hash } = this.options.running();
    const outcome = { revision, state: 'applied', hash, errors: [], devices: {} } as const;
    this.#last = outcome;
    const puts = this.#memory.change({ reported: lastReport(outcome), passedOver: null });
    this.options.commit({ puts });
    this.reports.again(outcome);
  }

  async #decide(outcome: Outcome, puts: Puts, mayPass = false): Promise<void> {
    this.#last = outcome;
    const reported = this.#memory.change({ reported: lastReport(outcome) });
    await this.reports.decided(outcome, { ...puts, ...reported }, mayPass);
  }

  #judged({ origin, revision, hash }: Candidate, outcome: 'applied' | 'rolled-back') {
    if (origin.source === 'file') {
      return { file: { hash, outcome: outcome === 'applied' ? outcome : ('refused' as const) } };
    }
    return { highest: { revision, contentHash: origin.desired.contentHash, outcome, attempts: 0 } };
  }

  #entry(desired: Desired, hash: string | null, outcome: HistoryEntry['outcome']): HistoryEntry {
    const { revision, config } = desired;
    const at = rfc3339(this.options.clock.wallMilliseconds());
    return { revision, at, hash, outcome, config: outcome === 'rejected' ? null : { ...config } };
  }
}
