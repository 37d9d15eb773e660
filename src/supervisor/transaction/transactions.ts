/**
 * Changes of the configuration while the controller runs, one at a time: check, plan, apply the difference, gate, keep
 * or roll back (docs/contract.md, section 5). Until it is kept, what ran before is what the storage knows: whenever the
 * power goes, one whole configuration comes back.
 */
import type { Timer } from '../../kernel/clock.js';
import type { ConfigReported } from '../../protocols/hub/payloads.js';
import type { Change, Committed } from '../../store/types.js';
import type { LoadedFile } from '../config/load.js';
import type { Problem } from '../config/problems.js';
import { pushable } from '../config/pushable.js';
import type { FaultBook } from '../fault-book.js';
import { planChange } from '../plan.js';
import { Apply, type ApplyOptions } from './apply.js';
import { type AskedPlan, type Candidate, Candidates, type PlanAnswer, revisionWords } from './candidates.js';
import { Decisions } from './decisions.js';
import { maximumDesiredBytes, readDesired } from './desired.js';
import type { ConfigMemory, HistoryEntry } from './memory.js';
import type { Outcome } from './reports.js';
import type { Running } from './running.js';
import type { StartChoice } from './start.js';
import { judgeRevision } from './table.js';

export interface TransactionsOptions extends Omit<ApplyOptions, 'signal'> {
  readonly start: StartChoice;
  readonly memory: ConfigMemory;
  readonly commit: (change: Change) => Committed;
  readonly faults: FaultBook;
  /** Checks a whole document, with the files that it names. */
  readonly check: (document: unknown) => LoadedFile;
  /** The folder in which a push may name files. */
  readonly secretsFolder: string;
  /** Brings the retained report up to date. */
  readonly publish: (reported: ConfigReported) => void;
  /** The revision that runs is another one. */
  readonly revisionChanged: () => void;
}

/** What has run for this long is what a hall can run with. */
const trialMilliseconds = 60_000;
/** Each may take the time of a gate. */
const mostWaiting = 8;

export class ConfigTransactions {
  readonly #memory: ConfigMemory;
  readonly #decisions: Decisions;
  readonly #end = new AbortController();
  readonly #candidates: Candidates;
  readonly #apply: Apply;
  #running: Running;
  #queue: Promise<void> = Promise.resolve();
  /** Pushes that wait for their turn, in the order in which they came. */
  readonly #waiting: Uint8Array[] = [];
  #trial: Timer | undefined;

  constructor(private readonly options: TransactionsOptions) {
    const { start, memory } = options;
    this.#running = start.running;
    this.#memory = memory;
    const running = () => this.#running;
    this.#candidates = new Candidates({ ...options, running });
    this.#apply = new Apply({ ...options, signal: this.#end.signal });
    this.#decisions = new Decisions({ ...options, running });
  }

  /** What runs now. */
  get running(): Running {
    return this.#running;
  }

  /** Starts everything; says what became of the configuration at this start. */
  async begin(): Promise<void> {
    const { configuration } = this.options.start.running;
    const plan = planChange(undefined, configuration);
    const failed = await this.#apply.take(plan.steps, configuration);
    this.#decisions.started(plan.devices, failed);
    if (this.#memory.book.trial !== null) this.#onTrial();
  }

  /** Changes to a file read anew, or says why not. */
  file(loaded: LoadedFile): Promise<void> {
    return this.#inTurn(() => this.#file(loaded));
  }

  /**
   * Deals with a payload of `R/config/desired`; `undefined`: one so large that nobody collected it. Where too many wait,
   * the oldest is refused.
   */
  desired(payload: Uint8Array | undefined): void {
    // Nothing is desired (any more): what runs goes on.
    if (payload?.length === 0) return;
    // One that is too large is refused for that: there is no need to keep all of it until then.
    const enough = maximumDesiredBytes + 1;
    const isTooLarge = payload === undefined || payload.length >= enough;
    this.#waiting.push(
      isTooLarge ? Uint8Array.prototype.slice.call(payload ?? new Uint8Array(enough), 0, enough) : payload,
    );
    const oldest = this.#waiting.length > mostWaiting ? this.#waiting.shift() : undefined;
    if (oldest === undefined) void this.#inTurn(() => this.#nextDesired());
    else this.#decisions.superseded(oldest);
  }

  /** What a push would do, without doing it. */
  plan(asked: AskedPlan): Promise<PlanAnswer> {
    return this.#candidates.plan(asked);
  }

  /** The latest pushes, and the file, newest first. */
  history(): readonly (HistoryEntry & { readonly source: 'file' | 'hub' })[] {
    const pushes = this.#memory.history.map((entry) => ({ ...entry, source: 'hub' as const }));
    const { file, book } = this.#memory;
    if (file === undefined) return pushes;
    // What was refused may be a newer one, which is not kept.
    const isRefused = book.file?.outcome === 'refused' && book.file.hash === file.hash;
    const outcome = isRefused ? ('rolled-back' as const) : ('applied' as const);
    const { document, hash } = file;
    return [
      ...pushes,
      { revision: 0, at: '', hash, outcome, config: pushable(document).config, source: 'file' },
    ];
  }

  /** The highest revision seen; 0: none. */
  get highest(): number {
    return this.#memory.book.highest?.revision ?? 0;
  }

  /** Ends what is under way: what ran before it is what the next start knows. Resolves when no step is taken any more. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#trial?.cancel();
    this.#decisions.reports.stop();
    // Ended in order: no sign that it cannot run.
    if (this.#memory.book.trial !== null) {
      this.options.commit({ puts: this.#memory.change({ trial: { starts: 0 } }) });
    }
    await this.#queue;
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue
      .then(() => (this.#end.signal.aborted ? undefined : change()))
      .catch((error: unknown) =>
        this.options.log.error({ err: error }, 'the configuration could not be changed'),
      );
    return this.#queue;
  }

  async #nextDesired(): Promise<void> {
    const payload = this.#waiting.shift();
    if (payload !== undefined) await this.#desired(payload);
  }

  async #file({ configuration, document, hash, problems }: LoadedFile): Promise<void> {
    if (configuration === undefined) return this.#decisions.fileRefused(hash === '' ? null : hash, problems);
    // What was pushed after this file goes on.
    const { file } = this.#memory.book;
    if (this.#running.source === 'hub' && file?.hash === hash && file.outcome === 'applied') {
      return this.#decisions.fileAgain();
    }
    const { needRestart } = planChange(this.#running.configuration, configuration);
    if (needRestart.length > 0) {
      const message = 'cannot change while running; restart the service';
      const errors = needRestart.map((path) => ({ path, message }));
      return this.#decisions.fileRefused(hash, errors);
    }
    const whole = document as Running['document'];
    return this.#change({
      ...{ configuration, document: whole, hash, revision: 0, source: 'file', origin: { source: 'file' } },
    });
  }

  async #desired(payload: Uint8Array): Promise<void> {
    const decisions = this.#decisions;
    const read = readDesired(payload);
    if (!read.ok) return decisions.passedOver(payload, read.revision, null, read.problems);
    const { desired } = read;
    const { revision } = desired;
    const verdict = judgeRevision(this.#memory.book.highest, desired);
    switch (verdict) {
      case 'stale':
      case 'too-high':
      case 'conflict': {
        const message = revisionWords(verdict, revision, this.highest) ?? verdict;
        return decisions.passedOver(payload, revision, null, [{ path: 'revision', message }]);
      }
      case 'not-again':
        return;
      case 'done':
        return decisions.pushAgain(revision);
      case 'take':
        break;
    }
    const prepared = await this.#candidates.prepare(desired);
    if (prepared.ok) return this.#change(prepared.candidate);
    const { errors, hash, unproven } = prepared;
    if (unproven) return decisions.passedOver(payload, revision, hash, errors);
    return decisions.refused(desired, hash, errors);
  }

  async #change(candidate: Candidate): Promise<void> {
    const before = this.#running;
    const { configuration, revision, hash } = candidate;
    const { steps, devices } = planChange(before.configuration, configuration);
    if (steps.length === 0) return this.#keep(candidate, before, devices);
    await this.options.commit({ puts: this.#decisions.begun(candidate) }).synced;
    const problems = await this.#applied(before, candidate, { revision, hash, devices });
    if (problems === undefined) return;
    if (problems.length === 0) await this.#keep(candidate, before, devices);
    else await this.#rollBack(candidate, before, problems);
  }

  /** Whatever goes wrong on the way is a reason to go back. */
  async #applied(
    before: Running,
    candidate: Candidate,
    about: Pick<Outcome, 'revision' | 'hash' | 'devices'>,
  ): Promise<readonly Problem[] | undefined> {
    const begin = () => {
      this.#running = candidate;
    };
    try {
      return await this.#apply.change(before, candidate, begin, (done, of) =>
        this.#decisions.reports.applying(about, done, of),
      );
    } catch (error) {
      this.options.log.error({ err: error }, 'a configuration could not be applied');
      return [{ path: '', message: error instanceof Error ? error.message : String(error) }];
    }
  }

  async #keep(candidate: Candidate, before: Running, devices: Outcome['devices']): Promise<void> {
    const { revision, hash } = candidate;
    this.#running = candidate;
    await this.#decisions.kept(candidate, before, devices);
    this.options.log.info({ revision, hash, devices }, 'configuration applied');
    if (before.revision !== revision) this.options.revisionChanged();
    if (hash !== before.hash) this.#onTrial();
  }

  async #rollBack(candidate: Candidate, before: Running, errors: readonly Problem[]): Promise<void> {
    const back = planChange(candidate.configuration, before.configuration);
    this.#running = before;
    const failed = await this.#apply.take(back.steps, before.configuration);
    if (this.#end.signal.aborted) return;
    const onTheWayBack = failed.map(({ path, message }) => ({
      path,
      message: `on the way back: ${message}`,
    }));
    await this.#decisions.rolledBack(candidate, back.devices, [...errors, ...onTheWayBack]);
  }

  #onTrial(): void {
    const { clock, commit } = this.options;
    this.#trial?.cancel();
    this.#trial = clock.after('the configuration has stood its trial', trialMilliseconds, () => {
      commit({ puts: this.#memory.change({ trial: null }) });
    });
  }
}
