/** One controller, seen from an administrator's desk: what it reports, whether it is there, and what it answers. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Json } from '../../kernel/json.js';
import { Listeners } from '../../kernel/listeners.js';
import type { CommandName } from '../../protocols/hub/commands.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import { type Address, ask, freshCommand } from '../hub-asking.js';
import type { HubTalk } from '../hub-talk.js';
import type { Mapping } from './document.js';
import {
  type History,
  type KeptDocument,
  type Plan,
  type Reported,
  readDesiredRevision,
  readDocument,
  readHistory,
  readPlan,
  readReported,
  readState,
} from './reading.js';

/** What is pushed, or asked about. */
export interface Wanted {
  readonly revision?: number;
  readonly config: Mapping;
  readonly signature?: string;
}

export class Board {
  /** The latest report; `null`: the hub has none; `unreadable`: it has something else there. */
  reported: Reported | 'unreadable' | null = null;
  /** `absent`: the hub knows of no status. */
  state: ReturnType<typeof readState> | 'absent' = 'absent';
  /** Told after each change of the two. */
  readonly changed = new Listeners<[]>();
  readonly #stops: (() => void)[] = [];

  private constructor(
    readonly address: Address,
    private readonly talk: HubTalk,
    private readonly clock: Clock,
  ) {}

  /** Listens to a controller. Resolves when what the hub keeps of it is known. Rejects as `HubTalk.listen`. */
  static async open(address: Address, talk: HubTalk, clock: Clock): Promise<Board> {
    const board = new Board(address, talk, clock);
    const topics = topicsOf(address.hall, address.controller);
    board.#stops.push(
      await talk.listen(topics.status, ({ payload }) => {
        board.state = payload.length === 0 ? 'absent' : readState(payload);
        board.changed.tell();
      }),
      await talk.listen(topics.configReported, ({ payload }) => {
        board.reported = payload.length === 0 ? null : (readReported(payload) ?? 'unreadable');
        board.changed.tell();
      }),
    );
    await talk.toldAll(() => board.reported !== null && board.state !== 'absent');
    return board;
  }

  /** Where a push for it stands. */
  get desiredTopic(): string {
    return topicsOf(this.address.hall, this.address.controller).configDesired;
  }

  /** The broker that is asked. */
  get hubUrl(): string {
    return this.talk.url;
  }

  /** Its status says that it is there. */
  get isOnline(): boolean {
    return this.state === 'online';
  }

  /** The hub keeps nothing of it: neither a status nor a report. */
  get isUnheardOf(): boolean {
    return this.state === 'absent' && this.reported === null;
  }

  /** What it said last, where that could be read. */
  get report(): Reported | undefined {
    return this.reported === null || this.reported === 'unreadable' ? undefined : this.reported;
  }

  /** Rejects as `ask`, or with `ask.declined` (refused): code and message of the reply are in the evidence. */
  history(): Promise<History> {
    return this.#ask('config.history', {}, readHistory);
  }

  /** What a push would do. Rejects as `history`. */
  plan(wanted: Wanted): Promise<Plan> {
    return this.#ask('config.plan', wanted, readPlan);
  }

  /** The document of a revision; 0: of the board's own file. Rejects as `history`. */
  document(revision: number): Promise<KeptDocument> {
    return this.#ask('config.get', revision === 0 ? {} : { revision }, readDocument);
  }

  /** The revision that stands at the hub for it; 0: none, or this user may not read it. */
  async desiredRevision(): Promise<number> {
    let found = 0;
    let isHeard = false;
    try {
      const stop = await this.talk.listen(this.desiredTopic, ({ payload }) => {
        found = readDesiredRevision(payload);
        isHeard = true;
      });
      await this.talk.toldAll(() => isHeard);
      stop();
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
    }
    return found;
  }

  /** Puts a document up at the hub. Resolves with the broker's reason code. */
  publish(wanted: Wanted & { readonly revision: number }): Promise<number> {
    const { revision, config, signature } = wanted;
    const payload = { revision, config, ...(signature === undefined ? {} : { signature }) };
    return this.talk.publish(this.desiredTopic, JSON.stringify(payload), { retain: true });
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  async #ask<Result>(
    name: CommandName,
    values: object,
    read: (result: Json | undefined) => Result | undefined,
  ): Promise<Result> {
    const reply = await ask(
      this.talk,
      this.address,
      name,
      { ...freshCommand(this.clock), ...values },
      this.clock,
    );
    if (!reply.ok) {
      const { code = '?', message = '' } = reply.error ?? {};
      throw new HallwardError('ask.declined', 'refused', message, { code, message });
    }
    const result = read(reply.result);
    if (result === undefined) {
      throw new HallwardError('ask.garbled', 'garbled', 'its reply cannot be read', { name });
    }
    return result;
  }
}
