/** Says what became of a configuration: retained at the hub, as an event where it is news, and as a fault. */
import { type Clock, rfc3339 } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Change, Committed } from '../store/types.js';
import { formatProblem, type Problem } from './config/problems.js';
import type { FaultBook } from './fault-book.js';
import type { DeviceOutcome } from './plan.js';

export interface ConfigReportsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: FaultBook;
  readonly commit: (change: Change) => Committed;
  /** The document that runs, with its hash. */
  readonly running: () => { readonly document: unknown; readonly hash: string };
  /** Brings the retained topic up to date. */
  readonly publish: (reported: object) => void;
}

const controllerName = 'controller';
const notInForce = 'controller.config-rolled-back';

type Outcome = {
  readonly state: 'applied' | 'rejected' | 'rolled-back';
  readonly hash: string | null;
  readonly errors: readonly Problem[];
  readonly devices: Readonly<Record<string, DeviceOutcome>>;
};

export class ConfigReports {
  constructor(private readonly options: ConfigReportsOptions) {}

  /** It is in force. @param isNews false where the same was in force before */
  applied(hash: string, devices: Outcome['devices'], isNews: boolean): void {
    this.options.faults.clear(controllerName, notInForce);
    this.#report({ state: 'applied', hash, errors: [], devices }, isNews);
  }

  /** It can't be used, and another one runs. @param hash `null` where the document could not be read */
  refused(state: 'rejected' | 'rolled-back', hash: string | null, errors: readonly Problem[]): void {
    const { log, faults } = this.options;
    for (const { path, message } of errors) log.error({ path }, `configuration: ${message}`);
    const reason = errors[0] === undefined ? '?' : formatProblem(errors[0]);
    const evidence = { reason, problems: errors.length };
    faults.raise({ device: controllerName, code: notInForce, evidence });
    this.#report({ state, hash, errors, devices: {} }, true);
  }

  #report({ state, hash, errors, devices }: Outcome, isNews: boolean): void {
    const { clock, commit, running, publish } = this.options;
    const { document, hash: runningHash } = running();
    const data = { revision: 0, state, hash, errors: [...errors], devices };
    const reported = {
      ...data,
      at: rfc3339(clock.wallMilliseconds()),
      running: { revision: 0, hash: runningHash, source: 'file' },
      config: document as object,
    };
    if (!isNews) {
      publish(reported);
      return;
    }
    const event: NewEvent = { type: `config.${state}`, subject: controllerName, data };
    void commit({ events: [event] }).synced.then(() => publish(reported));
  }
}
