/** Keeps a connection to the hub that only listens, and fills a `HallBook` with what it says. */
import { randomBytes } from 'node:crypto';
import { reasonWords } from '../../hub/broker-words.js';
import { ConnectPlan, type TryEnd } from '../../hub/connect-plan.js';
import { Connection, type Mqtt } from '../../hub/connection.js';
import type { ConnectionEnd } from '../../hub/connection-types.js';
import { type HubTarget, parseHubUrl } from '../../hub/hub-url.js';
import type { HubSettings } from '../../hub/types.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { silentLog } from '../../kernel/log.js';
import { requirePackage } from '../../kernel/require.js';
import { HallBook } from './hall-book.js';
import type { HallView } from './hall-view.js';
import { judge } from './judge.js';
import { filtersOf } from './payloads.js';

/** The first connection must come about within this. */
const reachMilliseconds = 5_000;
/** The hub has told all that it keeps when it has said nothing retained for this long … */
const quietMilliseconds = 250;
/** … or, if it never stops, after this long. */
const completeMilliseconds = 2_000;
const stopMilliseconds = 600;

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
  readonly #plan: ConnectPlan;
  readonly #targets: readonly HubTarget[];
  #mqtt: Mqtt | undefined;
  #connection: Connection | undefined;
  #openedAtMilliseconds: number | undefined;
  #url: string;
  #detail = '';
  #sinceMilliseconds: number;
  #lostAtMilliseconds: number | undefined;
  #isComplete = false;
  #everOpened = false;
  #everComplete = false;
  #refused = 0;
  #stopping = false;
  #ended: (() => void) | undefined;
  #pause: Timer | undefined;
  #giveUp: Timer | undefined;
  #quiet: Timer | undefined;
  #full: Timer | undefined;
  #told: { readonly resolve: () => void; readonly reject: (error: HallwardError) => void } | undefined;

  /** Throws `hub.bad-url` (kind usage). */
  constructor(private readonly options: HubWatchOptions) {
    const { settings, clock, random = Math.random } = options;
    this.#targets = settings.urls.map(parseHubUrl);
    this.#plan = new ConnectPlan(this.#targets, random);
    this.#book = new HallBook(clock);
    this.#url = this.#targets[0]!.url;
    this.#sinceMilliseconds = clock.wallMilliseconds();
  }

  /** Grows with what is heard; time alone does not change it. */
  get version(): number {
    return this.#book.version;
  }

  /** What is known at this moment. */
  view(): HallView {
    const { clock, hall } = this.options;
    const connected = this.#openedAtMilliseconds !== undefined;
    return judge(this.#book, clock, {
      hall,
      hub: {
        url: this.#url,
        connected,
        sinceMilliseconds: this.#sinceMilliseconds,
        detail: this.#detail,
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
    this.#mqtt = requirePackage('mqtt') as typeof import('mqtt');
    return new Promise((resolve, reject) => {
      this.#told = { resolve, reject };
      this.#limitTheStart();
      this.#connect();
    });
  }

  #limitTheStart(): void {
    this.#giveUp?.cancel();
    const words = `no answer within ${reachMilliseconds / 1000} s`;
    this.#giveUp = this.options.clock.after('watch: reach the hub', reachMilliseconds, () =>
      this.#fail('hub.unreachable', 'absent', this.#detail || words),
    );
  }

  /** Ends. Resolves within a second, whatever the hub does. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const timer of [this.#pause, this.#giveUp, this.#quiet, this.#full]) timer?.cancel();
    const connection = this.#connection;
    if (connection === undefined) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      this.#pause = this.options.clock.after('watch: say goodbye', stopMilliseconds, resolve);
      connection.close(true);
    });
    this.#pause?.cancel();
  }

  #connect(): void {
    if (this.#stopping || this.#mqtt === undefined) return;
    const { clock, settings } = this.options;
    const attempt = this.#plan.next();
    const began = clock.monotonicMilliseconds();
    this.#url = attempt.target.url;
    this.#connection = new Connection(
      this.#mqtt,
      {
        ...attempt,
        settings,
        clientId: `hallward-watch-${randomBytes(6).toString('hex')}`,
        reachMilliseconds: this.#plan.reachMilliseconds,
      },
      clock,
      silentLog,
      {
        opened: () => this.#opened(),
        message: ({ topic, payload, retain }) => {
          this.#book.take(topic, payload, retain);
          if (retain) this.#stillTelling();
        },
        room: () => {},
        closed: (end) => this.#closed(end, began),
      },
    );
  }

  #opened(): void {
    const { clock, hall } = this.options;
    // Once more, and only once: a hub that drops every connection must not keep the start waiting.
    if (this.#told !== undefined && !this.#everOpened) this.#limitTheStart();
    this.#everOpened = true;
    this.#openedAtMilliseconds = clock.monotonicMilliseconds();
    this.#sinceMilliseconds = clock.wallMilliseconds();
    this.#detail = '';
    this.#book.connected();
    const filters = filtersOf(hall ?? '+');
    this.#connection?.subscribe(
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
      this.#detail = `may not subscribe to ${first.filter}: ${reasonWords(first.code)}`;
      if (refused.length === filters.length && this.#told !== undefined) {
        this.#fail('hub.refused', 'refused', this.#detail);
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

  #closed(end: ConnectionEnd, began: number): void {
    const { clock } = this.options;
    this.#connection = undefined;
    this.#quiet?.cancel();
    this.#full?.cancel();
    this.#quiet = undefined;
    const openedAt = this.#openedAtMilliseconds;
    this.#openedAtMilliseconds = undefined;
    this.#isComplete = false;
    this.#ended?.();
    if (this.#stopping) return;
    const now = clock.monotonicMilliseconds();
    this.#detail = end.words;
    if (openedAt !== undefined) {
      this.#sinceMilliseconds = clock.wallMilliseconds();
      this.#lostAtMilliseconds ??= now;
    }
    if (end.kind === 'refused' && this.#told !== undefined && ++this.#refused >= this.#targets.length) {
      this.#fail('hub.refused', 'refused', end.words, end.reasonCode);
      return;
    }
    const kind: TryEnd = end.kind === 'ended' ? 'lost' : end.kind;
    const pause =
      openedAt === undefined
        ? this.#plan.failed(kind, now - began)
        : this.#plan.ended(kind, now - openedAt, false);
    this.#pause = clock.after('watch: reconnect', pause, () => this.#connect());
  }

  #fail(code: string, kind: 'absent' | 'refused', words: string, reasonCode?: number): void {
    const evidence = { url: this.#url, ...(reasonCode === undefined ? {} : { reasonCode }) };
    this.#told?.reject(new HallwardError(code, kind, words, evidence));
    this.#told = undefined;
  }
}
