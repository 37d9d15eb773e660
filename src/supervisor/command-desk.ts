/**
 * Takes commands from the hub: checked, authorised by topic, done once for each id, answered with a reply after
 * what they did is synced, and recorded.
 */
import * as v from 'valibot';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import { nearName } from '../kernel/near-name.js';
import {
  type CommandArguments,
  type CommandName,
  commandIdPattern,
  commandSchemas,
  isCommandName,
} from '../protocols/hub/commands.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Reply } from '../protocols/hub/payloads.js';
import { readJsonObject } from '../protocols/hub/read-json.js';
import type { Change, Committed } from '../store/types.js';

/** What a command leads to: a change that is committed with its reply, or a refusal. */
export type CommandOutcome =
  | {
      readonly ok: true;
      readonly change?: Change;
      readonly result?: Json;
      /** What may leave once the change is synced. */
      readonly afterSync?: () => void;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      /** What time alone has changed before the command was refused. */
      readonly change?: Change;
      readonly afterSync?: () => void;
    };

export type CommandHandlers = {
  readonly [Name in CommandName]: (
    args: CommandArguments<Name>,
    envelope: CommandEnvelope,
  ) => CommandOutcome | Promise<CommandOutcome>;
};

/** What a command carries besides its arguments; all of it is signed, where something must be. */
export interface CommandEnvelope {
  readonly name: CommandName;
  /** The payload as it came. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A message on a command topic. */
export interface CommandMessage {
  readonly name: string;
  readonly payload: Uint8Array;
  /** It lay at the broker: nobody knows for how long. */
  readonly retained: boolean;
  readonly tooLarge?: boolean;
}

export interface CommandDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly handlers: CommandHandlers;
  readonly state: ReadonlyMap<string, Json>;
  readonly commit: (change: Change) => Committed;
  readonly reply: (reply: Reply) => void;
}

const keyPrefix = 'command/';
const maximumBytes = 64 * 1024;
/** The same id within this time gets the first answer again. */
const rememberMilliseconds = 24 * 3600 * 1000;
const rememberAtMost = 10_000;
const passedAtMost = 1_000;
/** Refusals recorded as events in a minute; more are only counted, so that a flood does not wear out the card. */
const recordedRefusalsPerMinute = 20;
const controllerSubject = 'controller';

interface Remembered {
  readonly atMilliseconds: number;
  readonly name: string;
  readonly reply: Reply;
}

export class CommandDesk {
  /** Ids in the order in which they came. */
  readonly #remembered = new Map<string, Remembered>();
  /** Answers of which nothing is recorded. */
  readonly #passed = new Map<string, Reply>();
  readonly #underWay = new Set<string>();
  #refusals = 0;
  #unrecorded = 0;
  #refusalTimer: Timer | undefined;

  constructor(private readonly options: CommandDeskOptions) {
    for (const [key, value] of options.state) {
      const stored = value as unknown as Remembered | null;
      if (key.startsWith(keyPrefix) && typeof stored?.reply?.id === 'string') {
        this.#remembered.set(key.slice(keyPrefix.length), stored);
      }
    }
  }

  /** Deals with one message. Never throws, whatever it holds. */
  async take(message: CommandMessage): Promise<void> {
    const read = message.tooLarge
      ? ({ ok: false, reason: `larger than ${maximumBytes} bytes` } as const)
      : readJsonObject(message.payload, maximumBytes);
    if (!read.ok)
      return this.#refuse(message.name, null, 'payload.invalid', `The payload is ${read.reason}.`);
    const { id, expiresAt, ...args } = read.value;
    if (typeof id !== 'string' || !commandIdPattern.test(id)) {
      return this.#refuse(message.name, null, 'id.invalid', 'id: 1 to 64 letters, digits or "-".');
    }
    const first = this.#remembered.get(id)?.reply ?? this.#passed.get(id);
    if (first !== undefined) return this.options.reply(first);
    if (this.#underWay.has(id)) return;
    if (message.retained) {
      return this.#refuse(message.name, id, 'command.retained', 'A retained command is never carried out.');
    }
    const stale = this.#expired(expiresAt);
    if (stale !== undefined) return this.#refuse(message.name, id, stale.code, stale.message);
    if (!isCommandName(message.name)) {
      const near = nearName(message.name, Object.keys(commandSchemas));
      const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
      return this.#refuse(
        message.name,
        id,
        'command.unknown',
        `There is no command "${message.name}".${hint}`,
      );
    }
    this.#underWay.add(id);
    try {
      await this.#carryOut(message.name, id, args, read.value);
    } finally {
      this.#underWay.delete(id);
    }
  }

  stop(): void {
    this.#refusalTimer?.cancel();
  }

  async #carryOut(
    name: CommandName,
    id: string,
    args: Record<string, unknown>,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const checked = v.safeParse(commandSchemas[name], args);
    if (!checked.success) {
      const issue = checked.issues[0];
      const message = `${v.getDotPath(issue) ?? 'arguments'}: ${issue.message}`;
      return this.#refuse(name, id, 'arguments.invalid', message);
    }
    // Said over and over by a controller that leads: nothing to keep.
    const passing = (checked.output as { passing?: boolean }).passing === true;
    let outcome: CommandOutcome;
    try {
      const handler = this.options.handlers[name] as (
        args: unknown,
        envelope: CommandEnvelope,
      ) => CommandOutcome | Promise<CommandOutcome>;
      const answer = handler(checked.output, { name, payload });
      // Not awaited where it need not be: the change is committed in the turn in which it was decided.
      outcome = answer instanceof Promise ? await answer : answer;
    } catch (error) {
      this.options.log.error({ err: error, command: name, id }, 'a command failed');
      outcome = { ok: false, code: 'command.failed', message: 'The controller failed; its log says why.' };
    }
    if (!outcome.ok) {
      if (outcome.change !== undefined) {
        void this.options.commit(outcome.change).synced.then(() => outcome.afterSync?.());
      }
      const { code, message } = outcome;
      if (passing) return this.#answer(id, { id, ok: false, error: { code, message } });
      return this.#refuse(name, id, code, message);
    }
    const reply: Reply = {
      id,
      ok: true,
      ...(outcome.result === undefined ? {} : { result: outcome.result }),
    };
    if (passing) return this.#answer(id, reply);
    const done: NewEvent = { type: 'command.done', subject: controllerSubject, data: { name, id } };
    await this.options.commit({
      events: [...(outcome.change?.events ?? []), done],
      puts: { ...outcome.change?.puts, ...this.#remember(id, name, reply) },
    }).synced;
    outcome.afterSync?.();
    this.options.reply(reply);
  }

  /** Answers without a record; the latest ids are remembered as long as the process lives. */
  #answer(id: string, reply: Reply): void {
    this.#passed.set(id, reply);
    const [oldest] = this.#passed.keys();
    if (this.#passed.size > passedAtMost && oldest !== undefined) this.#passed.delete(oldest);
    this.options.reply(reply);
  }

  #expired(expiresAt: unknown): { code: string; message: string } | undefined {
    if (expiresAt === undefined) return undefined;
    const until = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
    if (Number.isNaN(until)) {
      return { code: 'expiresAt.invalid', message: 'expiresAt: a time such as 2026-11-21T01:02:03.000Z.' };
    }
    const { clock } = this.options;
    if (clock.quality() === 'untrusted' || until > clock.wallMilliseconds()) return undefined;
    return { code: 'command.expired', message: `It was to be carried out before ${String(expiresAt)}.` };
  }

  /** Answers no, and records it unless there are too many. */
  async #refuse(name: string, id: string | null, code: string, message: string): Promise<void> {
    this.options.log.warn({ command: name.slice(0, 80), id, code }, message);
    const reply: Reply | undefined = id === null ? undefined : { id, ok: false, error: { code, message } };
    if (!this.#mayRecord()) {
      if (reply !== undefined) this.options.reply(reply);
      return;
    }
    const data = { name: name.slice(0, 80), id, reason: code };
    await this.options.commit({
      events: [{ type: 'command.refused', subject: controllerSubject, data }],
      puts: reply === undefined || id === null ? {} : this.#remember(id, name, reply),
    }).synced;
    if (reply !== undefined) this.options.reply(reply);
  }

  #mayRecord(): boolean {
    this.#refusalTimer ??= this.options.clock.after('count refusals anew', 60_000, () => {
      this.#refusalTimer = undefined;
      this.#refusals = 0;
      if (this.#unrecorded > 0) {
        this.options.log.warn({ refusals: this.#unrecorded }, 'refused commands that were not recorded');
      }
      this.#unrecorded = 0;
    });
    if (++this.#refusals <= recordedRefusalsPerMinute) return true;
    this.#unrecorded++;
    return false;
  }

  /** Keeps the answer, and lets go of the oldest. */
  #remember(id: string, name: string, reply: Reply): Record<string, Json> {
    const now = this.options.clock.wallMilliseconds();
    const remembered: Remembered = { atMilliseconds: now, name: name.slice(0, 80), reply };
    this.#remembered.set(id, remembered);
    const puts: Record<string, Json> = { [keyPrefix + id]: remembered as unknown as Json };
    for (const [oldId, old] of this.#remembered) {
      const recent = now - old.atMilliseconds < rememberMilliseconds;
      if (recent && this.#remembered.size <= rememberAtMost) break;
      this.#remembered.delete(oldId);
      puts[keyPrefix + oldId] = null;
    }
    return puts;
  }
}
