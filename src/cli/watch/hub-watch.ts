/** Keeps a connection to the hub that only listens, and fills a `HallBook` with what it says. */
import { reasonWords } from '../../hub/broker-words.js';
import type { Connection } from '../../hub/connection.js';
import type { HubSettings } from '../../hub/types.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { ToolConnection } from '../tool-connection.js';
import { HallBook } from './hall-book.js';
import type { HallView } from './hall-view.js';
import { judge } from './judge.js';
import { filtersOf } from './payloads.js';

/** Once the first connection is open, the hub must have told all that it keeps within this. */
const startMilliseconds = 5_000;
/** The hub has told all that it keeps when it has said nothing retained for this long … */
const quietMilliseconds = 250;
/** … or, if it never stops, after this long. */
const completeMilliseconds = 2_000;

export interface HubWatchOptions {
  readonly settings: HubSettings;
  /** `null`: all halls. */
  readonly hall: string | null;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random?: () => number;
}

export class HubWatch {
  readonly #book: HallBook;
  readonly #hub: ToolConnection;
  /** What the broker does not let us hear. */
  #refusal = '';
  #sinceMilliseconds: number;
  #lostAtMilliseconds: number | undefined;
  #isComplete = false;
  #everComplete = false;
  #giveUp: Timer | undefined;
  #quiet: Timer | undefined;
  #full: Timer | undefined;
  #told: { readonly resolve: () => void; readonly reject: (error: HallwardError) => void } | undefined;

  /** Throws `hub.bad-url` (kind usage). */
  constructor(private readonly options: HubWatchOptions) {
    const { clock } = options;
    this.#book = new HallBook(clock);
    this.#sinceMilliseconds = clock.wallMilliseconds();
    this.#hub = new ToolConnection(
      { ...options, tool: 'watch' },
      {
        opened: (connection) => this.#opened(connection),
        message: ({ topic, payload, retain }) => {
          this.#book.take(topic, payload, retain);
          if (retain) this.#stillTelling();
        },
        lost: () => this.#lost(),
      },
    );
  }

  /** Grows with what is heard; time alone does not change it. */
  get version(): number {
    return this.#book.version;
  }

  /** What is known at this moment. */
  view(): HallView {
    const { clock, hall } = this.options;
    return judge(this.#book, clock, {
      hall,
      hub: {
        url: this.#hub.url,
        connected: this.#hub.current !== undefined,
        sinceMilliseconds: this.#sinceMilliseconds,
        detail: this.#hub.detail || this.#refusal,
      },
      stale: this.#everComplete && !this.#isComplete,
      complete: this.#isComplete,
      // While the hub is away nothing can be renewed: what was true then is shown, as of then.
      judgedAtMilliseconds: this.#lostAtMilliseconds ?? clock.monotonicMilliseconds(),
    });
  }

  /**
   * Connects, and goes on for ever once that has worked. Resolves when the hub has told all that it keeps; rejects
   * with `hub.unreachable` (absent) or `hub.refused` (refused) where the first connection does not come about.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#told = { resolve, reject };
      this.#hub.open().catch(reject);
    });
  }

  /** Ends. Resolves within a second, whatever the hub does. */
  async stop(): Promise<void> {
    for (const timer of [this.#giveUp, this.#quiet, this.#full]) timer?.cancel();
    await this.#hub.close();
  }

  #opened(connection: Connection): void {
    const { clock, hall } = this.options;
    // Once, and not with each connection: a hub that drops every one of them must not keep the start waiting.
    if (this.#told !== undefined) {
      const words = `no answer within ${startMilliseconds / 1000} s`;
      this.#giveUp ??= clock.after('watch: hear all', startMilliseconds, () =>
        this.#fail('hub.unreachable', 'absent', this.#hub.detail || words),
      );
    }
    this.#refusal = '';
    this.#sinceMilliseconds = clock.wallMilliseconds();
    this.#book.connected();
    const filters = filtersOf(hall ?? '+');
    connection.subscribe(
      filters.map((filter) => ({ filter })),
      (codes) => this.#subscribed(filters, codes),
    );
  }

  #subscribed(filters: readonly string[], codes: readonly number[]): void {
    const refused = filters.flatMap((filter, index) => {
      const code = codes[index] ?? 0;
      return code < 0x80 ? [] : [{ filter, code }];
    });
    const first = refused[0];
    if (first !== undefined) {
      this.#refusal = `may not subscribe to ${first.filter}: ${reasonWords(first.code)}`;
      if (refused.length === filters.length && this.#told !== undefined) {
        this.#fail('hub.refused', 'refused', this.#refusal);
        return;
      }
    }
    this.#full = this.options.clock.after('watch: all told at last', completeMilliseconds, () =>
      this.#complete(),
    );
    this.#stillTelling(true);
  }

  /** The hub is still telling what it keeps. */
  #stillTelling(begins = false): void {
    if (this.#isComplete || (!begins && this.#quiet === undefined)) return;
    this.#quiet?.cancel();
    this.#quiet = this.options.clock.after('watch: all told', quietMilliseconds, () => this.#complete());
  }

  #complete(): void {
    for (const timer of [this.#giveUp, this.#quiet, this.#full]) timer?.cancel();
    this.#quiet = undefined;
    this.#isComplete = true;
    this.#everComplete = true;
    this.#lostAtMilliseconds = undefined;
    this.#book.complete();
    this.#told?.resolve();
    this.#told = undefined;
  }

  #lost(): void {
    const { clock } = this.options;
    this.#quiet?.cancel();
    this.#full?.cancel();
    this.#quiet = undefined;
    this.#isComplete = false;
    this.#sinceMilliseconds = clock.wallMilliseconds();
    this.#lostAtMilliseconds ??= clock.monotonicMilliseconds();
  }

  #fail(code: string, kind: 'absent' | 'refused', words: string): void {
    this.#told?.reject(new HallwardError(code, kind, words, { url: this.#hub.url }));
    this.#told = undefined;
  }
}
