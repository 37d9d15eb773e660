/** Waits for the controller's word on one push, and tells it from the words on others. */
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Board } from './board.js';
import { comparable, type Mapping } from './document.js';
import { type Progress, type PushNote, type PushResult, resultOf } from './push-result.js';
import type { Reported } from './reading.js';

/** Where the broker knows of nobody who listens: long enough for a controller that is just coming back. */
const nobodyMilliseconds = 5_000;
/** A report that may not be about this push: how long a better one is waited for. */
const graceMilliseconds = 3_000;

export interface ReportWaitOptions {
  readonly clock: Clock;
  readonly show: (progress: Progress) => void;
  readonly waitMilliseconds: number;
  readonly published: 'taken' | 'nobody-listens' | 'unsure';
}

/**
 * Resolves when the controller has decided, or the time is over. Two pushes may have taken the same number, and a later
 * one may have come in between: where a report may be another's, the controller is asked whose it is.
 * @param before its report before the push
 */
export async function awaitReport(
  board: Board,
  wanted: { readonly revision: number; readonly config: Mapping },
  before: Reported | undefined,
  { clock, show, waitMilliseconds, published }: ReportWaitOptions,
): Promise<PushResult> {
  const limit =
    published === 'nobody-listens' ? Math.min(waitMilliseconds, nobodyMilliseconds) : waitMilliseconds;
  const end = clock.monotonicMilliseconds() + limit;
  const about = new ReportJudge(board, wanted, before, show);
  const bell = new Bell();
  const stop = board.changed.add(() => bell.ring());
  try {
    for (;;) {
      const left = () => end - clock.monotonicMilliseconds();
      const judged = await about.judge(clock.monotonicMilliseconds());
      if (judged !== undefined) return judged;
      if (left() <= 0) return about.nothing(published);
      const timer = clock.after('push: report', Math.min(left(), graceMilliseconds), () => bell.ring());
      await bell.rung();
      timer.cancel();
    }
  } finally {
    stop();
  }
}

/** Rings before anybody waits count. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}

class ReportJudge {
  readonly #before: string;
  #progress = '';
  #unreadableSince: number | undefined;
  #laterSince: number | undefined;

  constructor(
    private readonly board: Board,
    private readonly wanted: { readonly revision: number; readonly config: Mapping },
    before: Reported | undefined,
    private readonly show: (progress: Progress) => void,
  ) {
    this.#before = JSON.stringify(before ?? null);
  }

  /** The result, or `undefined` while there is none. */
  async judge(now: number): Promise<PushResult | undefined> {
    const { report } = this.board;
    const { revision } = this.wanted;
    if (report === undefined || JSON.stringify(report) === this.#before) return undefined;
    if (report.revision === revision) return this.#ours(report);
    if (report.revision === null) {
      this.#unreadableSince ??= now;
      return now - this.#unreadableSince < graceMilliseconds ? undefined : this.#settled(report);
    }
    if (report.revision < revision) return undefined;
    this.#laterSince ??= now;
    return now - this.#laterSince < graceMilliseconds ? undefined : this.#overtaken(report);
  }

  /** The time is over. */
  nothing(published: ReportWaitOptions['published']): PushResult {
    const { report, reported, isOnline } = this.board;
    const notes: PushNote[] = [];
    if (published === 'nobody-listens') notes.push('nobody-listens');
    if (published === 'unsure') notes.push('unsure-at-hub');
    if (reported === 'unreadable') notes.push('unreadable-report');
    const { hub } = this.wanted.config;
    const changesHub = hub !== undefined && report !== undefined && !isSame(hub, hubOf(report));
    if (changesHub) notes.push('hub-changes');
    else if (!isOnline) notes.push('went-away');
    const running = report === undefined ? {} : { running: report.running };
    return resultOf(this.board.address, 'no-report', this.wanted.revision, { notes, ...running });
  }

  async #ours(report: Reported): Promise<PushResult | undefined> {
    const { revision, config } = this.wanted;
    switch (report.state) {
      case 'applying':
        this.#tellProgress(report);
        return undefined;
      case 'applied':
        if (isSame(comparable(report.config, config), config)) return this.#settled(report);
        return (await this.#owner()) === 'other' ? this.#taken(report) : this.#settled(report);
      case 'rolled-back':
        return (await this.#owner()) === 'other' ? this.#taken(report) : this.#settled(report);
      case 'rejected': {
        if (!report.errors.some(({ path }) => path === 'revision')) return this.#settled(report);
        // It may be another push of the same number that was refused, while ours is being applied.
        const owner = await this.#owner();
        if (owner === 'other') return this.#taken(report);
        if (owner === 'ours' || owner === 'silent') return undefined;
        const { highest } = await this.board.history();
        return highest > revision ? this.#settled(report) : undefined;
      }
    }
  }

  /** Whose the document is that the controller knows by our number. `unknown`: it has none (yet). */
  async #owner(): Promise<'ours' | 'other' | 'unknown' | 'silent'> {
    try {
      const { config } = await this.board.document(this.wanted.revision);
      return isSame(config, this.wanted.config) ? 'ours' : 'other';
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      return error.code === 'ask.declined' ? 'unknown' : 'silent';
    }
  }

  async #overtaken(report: Reported): Promise<PushResult> {
    const { address } = this.board;
    const { revision } = this.wanted;
    const { running } = report;
    const { revisions } = await this.board.history();
    const found = revisions.find((one) => one.revision === revision && one.source === 'hub');
    if (found === undefined) return resultOf(address, 'overtaken', revision, { running });
    return resultOf(address, found.outcome, revision, { running });
  }

  #settled({ state, revision, errors, devices, running }: Reported): PushResult | undefined {
    if (state === 'applying') return undefined;
    const result = { errors, devices, running };
    return resultOf(this.board.address, state, revision ?? this.wanted.revision, result);
  }

  #taken({ errors, running }: Reported): PushResult {
    const notes = ['number-taken'] as const;
    return resultOf(this.board.address, 'rejected', this.wanted.revision, { errors, running, notes });
  }

  #tellProgress({ progress }: Reported): void {
    if (progress === undefined) return;
    const { done, of } = progress;
    const words = `${done}/${of}`;
    if (words === this.#progress) return;
    this.#progress = words;
    this.show({ phase: 'applying', revision: this.wanted.revision, done, of });
  }
}

function hubOf({ config }: Reported): unknown {
  return comparable(config, { hub: null }).hub ?? null;
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
