/** From what was asked for to a document that could run: signature, what a push may do, and whether the whole is valid. */
import type { Log } from '../../kernel/log.js';
import type { LoadedFile } from '../config/load.js';
import { type Problem, problemsToTell } from '../config/problems.js';
import { type DeviceOutcome, planChange } from '../plan.js';
import { type Desired, readDesired } from './desired.js';
import type { ConfigMemory } from './memory.js';
import { pushedDocument } from './pushed-document.js';
import type { Running } from './running.js';
import { pushSignatureProblem } from './signature.js';
import { judgeRevision, type Verdict } from './table.js';

/** A document that is to run, and where it comes from. */
export type Candidate = Running & {
  readonly origin: { readonly source: 'file' } | { readonly source: 'hub'; readonly desired: Desired };
};

export type Prepared =
  | { readonly ok: true; readonly candidate: Candidate }
  | {
      readonly ok: false;
      readonly errors: readonly Problem[];
      readonly hash: string | null;
      /** Nobody knows who sent it, so it takes no place among the revisions. */
      readonly unproven: boolean;
    };

/** What a push would do, for who asks before. */
export interface PlanAnswer {
  readonly verdict: 'change' | 'nothing' | 'refused';
  readonly errors: readonly Problem[];
  readonly devices: Readonly<Record<string, DeviceOutcome>>;
  /** Buses that would be opened anew. */
  readonly buses: readonly string[];
  readonly calling: boolean;
  readonly hub: boolean;
  readonly running: { readonly revision: number; readonly hash: string; readonly source: 'file' | 'hub' };
  readonly highest: number;
}

export interface AskedPlan {
  readonly config: Readonly<Record<string, unknown>>;
  readonly revision?: number | undefined;
  readonly signature?: string | undefined;
}

interface CandidatesOptions {
  readonly log: Log;
  readonly memory: ConfigMemory;
  readonly running: () => Running;
  /** Checks a whole document, with the files that it names. */
  readonly check: (document: unknown) => LoadedFile;
  /** The folder in which a push may name files. */
  readonly secretsFolder: string;
}

export class Candidates {
  constructor(private readonly options: CandidatesOptions) {}

  /** Checks a push as a whole. Never rejects: whatever goes wrong has an answer. */
  async prepare(desired: Desired): Promise<Prepared> {
    try {
      return await this.#prepare(desired);
    } catch (error) {
      this.options.log.error({ err: error }, 'a pushed configuration could not be checked');
      const message = `it could not be checked: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, errors: [{ path: '', message }], hash: null, unproven: true };
    }
  }

  async #prepare(desired: Desired): Promise<Prepared> {
    const { check, secretsFolder, log } = this.options;
    const { configuration, document: running } = this.options.running();
    const { hall, controller, hub } = configuration;
    const keyFile = hub?.configKey;
    if (keyFile !== undefined) {
      const problem = await pushSignatureProblem(desired, { hall, controller, keyFile });
      if (problem !== undefined) return { ok: false, errors: [problem], hash: null, unproven: true };
    }
    const pushed = pushedDocument(desired.config, { running, signed: keyFile !== undefined, secretsFolder });
    const { configuration: checked, hash, problems, notes } = check(pushed.document);
    // Of a file or port that a push may not name it is not even told whether it is there.
    const refused = new Set(pushed.problems.map(({ path }) => path));
    const errors = [...pushed.problems, ...problems.filter(({ path }) => !refused.has(path))];
    if (checked === undefined || errors.length > 0) return { ok: false, errors, hash, unproven: false };
    for (const { path, message } of notes) log.warn({ path }, `configuration: ${message}`);
    const { revision } = desired;
    return {
      ok: true,
      candidate: {
        ...{ configuration: checked, document: pushed.document, hash, revision, source: 'hub' },
        origin: { source: 'hub', desired },
      },
    };
  }

  /** What a push would do, without doing it. */
  async plan(asked: AskedPlan): Promise<PlanAnswer> {
    const { revision, hash, source, configuration } = this.options.running();
    const { highest: seen } = this.options.memory.book;
    const highest = seen?.revision ?? 0;
    const { signature, config } = asked;
    const common = { running: { revision, hash, source }, highest };
    const refused = (errors: readonly Problem[]): PlanAnswer => ({
      ...{
        verdict: 'refused',
        errors: problemsToTell(errors),
        devices: {},
        buses: [],
        calling: false,
        hub: false,
      },
      ...common,
    });
    const payload = { revision: asked.revision ?? highest + 1, config, signature };
    const read = readDesired(Buffer.from(JSON.stringify(payload)));
    if (!read.ok) return refused(read.problems);
    const words = revisionWords(judgeRevision(seen, read.desired), read.desired.revision, highest);
    if (words !== undefined) return refused([{ path: 'revision', message: words }]);
    const prepared = await this.prepare(read.desired);
    if (!prepared.ok) return refused(prepared.errors);
    const { steps, devices } = planChange(configuration, prepared.candidate.configuration);
    return {
      verdict: steps.length === 0 ? 'nothing' : 'change',
      errors: [],
      devices,
      buses: steps.filter((step) => step.do === 'open-bus').map(({ name }) => name),
      calling: steps.some((step) => step.do === 'use-calling'),
      hub: steps.some((step) => step.do === 'use-hub'),
      ...common,
    };
  }
}

/** Why a revision is not taken, and what to do; `undefined` where its place is no reason. */
export function revisionWords(verdict: Verdict, revision: number, highest: number): string | undefined {
  switch (verdict) {
    case 'stale':
      return `stale: ${highest} was seen already; push it as ${highest + 1}`;
    case 'conflict':
      return `conflict: revision ${revision} was seen with other content; push it as ${highest + 1}`;
    case 'not-again':
      return `revision ${revision} was refused or rolled back already; push it as ${highest + 1}`;
    case 'too-high':
      return `revision ${revision} is far too high; push it as ${highest + 1}`;
    default:
      return undefined;
  }
}
