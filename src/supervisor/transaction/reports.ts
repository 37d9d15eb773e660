/** Says what became of a configuration: retained at the hub, as an event where it is news, and as a fault. */
import { type Clock, rfc3339, type Timer } from '../../kernel/clock.js';
import type { Json } from '../../kernel/json.js';
import type { Log } from '../../kernel/log.js';
import type { NewEvent } from '../../protocols/hub/events.js';
import type { ConfigReported } from '../../protocols/hub/payloads.js';
import type { Change, Committed } from '../../store/types.js';
import { formatProblem, problemsToTell } from '../config/problems.js';
import type { FaultBook } from '../fault-book.js';
import type { Puts } from './memory.js';
import type { Running } from './running.js';

export interface ReportsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Pick<FaultBook, 'raise' | 'clear'>;
  readonly commit: (change: Change) => Committed;
  readonly running: () => Running;
  /** Brings the retained topic up to date. */
  readonly publish: (reported: ConfigReported) => void;
}

/** What became of one, without what is the same for all. */
export type Outcome = Pick<ConfigReported, 'revision' | 'hash' | 'errors' | 'devices'> & {
  readonly state: 'applied' | 'rejected' | 'rolled-back';
};

const controllerName = 'controller';
const notInForce = 'controller.config-rolled-back';
/** More are told, but not recorded: who pushes without an end must not wear out the card. */
const recordedPerMinute = 20;

export class Reports {
  #recorded = 0;
  #minute: Timer | undefined;

  constructor(private readonly options: ReportsOptions) {}

  /** It is being applied. Nothing of this is recorded. */
  applying(about: Pick<Outcome, 'revision' | 'hash' | 'devices'>, done: number, of: number): ConfigReported {
    const reported = this.#whole({ ...about, state: 'applying', errors: [] }, { progress: { done, of } });
    this.options.publish(reported);
    return reported;
  }

  /** It is decided, as it was before: told again. */
  again(outcome: Outcome): void {
    this.#fault(outcome);
    this.options.publish(this.#whole(outcome));
  }

  /**
   * It is decided. Recorded together with `puts`, and told once that is synced.
   * @param mayPass it is not worth more than some records a minute
   */
  async decided(outcome: Outcome, puts: Puts, mayPass = false): Promise<void> {
    const { log, commit, publish } = this.options;
    const errors = problemsToTell(outcome.errors);
    for (const { path, message } of errors) {
      log.error({ path, revision: outcome.revision }, `configuration: ${message}`);
    }
    this.#fault(outcome);
    if (!mayPass || this.#mayRecord()) {
      const { revision, hash, state, devices } = outcome;
      const { running } = this.#whole(outcome);
      const data = { revision, state, hash, errors: [...errors], devices: { ...devices }, running };
      const event: NewEvent = { type: `config.${state}`, subject: controllerName, data };
      await commit({ events: [event], puts }).synced;
    }
    publish(this.#whole(outcome));
  }

  stop(): void {
    this.#minute?.cancel();
  }

  #whole(
    outcome: Omit<Outcome, 'state'> & Pick<ConfigReported, 'state'>,
    more: Pick<ConfigReported, 'progress'> = {},
  ): ConfigReported {
    const { clock, running } = this.options;
    const { document, revision, hash, source } = running();
    return {
      revision: outcome.revision,
      state: outcome.state,
      hash: outcome.hash,
      at: rfc3339(clock.wallMilliseconds()),
      errors: problemsToTell(outcome.errors),
      devices: outcome.devices,
      ...more,
      running: { revision, hash, source },
      config: document as Json,
    };
  }

  #fault({ state, errors, revision }: Outcome): void {
    const { faults } = this.options;
    if (state === 'applied') {
      faults.clear(controllerName, notInForce);
      return;
    }
    const [first] = problemsToTell(errors, 1);
    const reason = first === undefined ? '?' : formatProblem(first);
    const evidence = { reason, problems: errors.length, revision };
    faults.raise({ device: controllerName, code: notInForce, evidence });
  }

  #mayRecord(): boolean {
    this.#minute ??= this.options.clock.after('count refused configurations anew', 60_000, () => {
      this.#minute = undefined;
      this.#recorded = 0;
    });
    return ++this.#recorded <= recordedPerMinute;
  }
}
