/**
 * Takes commands from the hub: checked, authorised by topic, done once for each id, answered with a reply after
 * what they did is synced, and recorded.
 */
import { clip } from '../kernel/clip.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Json } from '../kernel/json.js';
import type { Log } from '../kernel/log.js';
import { nearHint } from '../kernel/near-name.js';
import {
  type CommandArguments,
  type CommandName,
  commandDeclaration,
  commandIdPattern,
  commands,
  isCommandName,
  largestCommandBytes,
} from '../protocols/hub/commands.js';
import type { Reply } from '../protocols/hub/payloads.js';
import { readJsonObject } from '../protocols/hub/read-json.js';
import type { Change, Committed } from '../store/types.js';
import { checkArguments } from './command-arguments.js';
import { doneEvent, refusedEvent } from './command-audit.js';
import { CommandMemory } from './command-memory.js';

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

/** Refusals recorded as events in a minute; more are only counted, so that a flood does not wear out the card. */
const recordedRefusalsPerMinute = 20;
const nameBytes = 80;
const longestTimeCharacters = 40;

type Arguments = Readonly<Record<string, unknown>>;

/** A command that was found to be one. */
interface Asked {
  readonly name: CommandName;
  readonly id: string;
  readonly args: Arguments;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What is known of a command that is refused. */
interface Refused {
  readonly name: string;
  /** `null` where it has none that can stand in a topic: then nobody can be answered. */
  readonly id: string | null;
  readonly args: Arguments;
}

export class CommandDesk {
  readonly #memory: CommandMemory;
  /** Ids of commands that are not done yet, and whether they were sent once more meanwhile. */
  readonly #underWay = new Map<string, { again: boolean }>();
  #refusals = 0;
  #unrecorded = 0;
  #refusalTimer: Timer | undefined;

  constructor(private readonly options: CommandDeskOptions) {
    this.#memory = new CommandMemory(options.clock, options.state);
  }

  /** Deals with one message. Never throws, whatever it holds. */
  async take(message: CommandMessage): Promise<void> {
    const { name } = message;
    const largest = largestCommandBytes(name);
    const read = message.tooLarge
      ? ({ ok: false, reason: `larger than ${largest} bytes` } as const)
      : readJsonObject(message.payload, largest);
    if (!read.ok) {
      return this.#refuse({ name, id: null, args: {} }, 'payload.invalid', `The payload is ${read.reason}.`);
    }
    const { id, expiresAt, ...args } = read.value;
    if (typeof id !== 'string' || !commandIdPattern.test(id)) {
      const words = 'id: 1 to 64 letters, digits or "-".';
      return this.#refuse({ name, id: null, args }, 'id.invalid', words);
    }
    const first = this.#memory.recall(id);
    if (first !== undefined && !this.#underWay.has(id)) return this.options.reply(first);
    const same = this.#underWay.get(id);
    if (same !== undefined) {
      same.again = true;
      return;
    }
    if (message.retained) {
      return this.#refuse({ name, id, args }, 'command.retained', 'A retained command is never carried out.');
    }
    const stale = this.#expired(expiresAt);
    if (stale !== undefined) return this.#refuse({ name, id, args }, stale.code, stale.message);
    if (!isCommandName(name)) {
      const written = clip(name, nameBytes);
      const words = `There is no command "${written}"${nearHint(written, Object.keys(commands), '.')}`;
      return this.#refuse({ name, id, args }, 'command.unknown', words);
    }
    const marks = { again: false };
    this.#underWay.set(id, marks);
    try {
      await this.#carryOut({ name, id, args, payload: read.value });
    } finally {
      this.#underWay.delete(id);
    }
    const answer = marks.again ? this.#memory.recall(id) : undefined;
    if (answer !== undefined) this.options.reply(answer);
  }

  stop(): void {
    this.#refusalTimer?.cancel();
  }

  async #carryOut(asked: Asked): Promise<void> {
    const { name, id, args } = asked;
    const checked = checkArguments(name, args);
    if (!checked.ok) return this.#refuse(asked, 'arguments.invalid', checked.message);
    const { asks = false, unconfirmed } = commandDeclaration(name);
    // Said over and over by a controller that leads: nothing to keep.
    const isPassing = checked.output.passing === true;
    if (unconfirmed !== undefined) {
      const puts = this.#memory.remember(id, name, { id, ok: true, result: unconfirmed });
      await this.options.commit({ puts }).synced;
    }
    const answer = this.#handle(asked, checked.output);
    // Not awaited where it need not be: the change is committed in the turn in which it was decided.
    const outcome =
      answer instanceof Promise ? await answer.catch((error) => this.#failed(asked, error)) : answer;
    if (!outcome.ok) {
      if (outcome.change !== undefined) {
        void this.options.commit(outcome.change).synced.then(() => outcome.afterSync?.());
      }
      const { code, message } = outcome;
      if (isPassing) return this.#answer({ id, ok: false, error: { code, message } });
      return this.#refuse(asked, code, message, unconfirmed !== undefined);
    }
    const { change, result } = outcome;
    const reply: Reply = { id, ok: true, ...(result === undefined ? {} : { result }) };
    if (isPassing) return this.#answer(reply);
    const isKept = !asks;
    await this.options.commit({
      events: [...(change?.events ?? []), doneEvent(name, id, args, result)],
      puts: { ...change?.puts, ...(isKept ? this.#memory.remember(id, name, reply) : {}) },
    }).synced;
    outcome.afterSync?.();
    if (isKept) this.options.reply(reply);
    else this.#answer(reply);
  }

  #handle(asked: Asked, args: Arguments): CommandOutcome | Promise<CommandOutcome> {
    const { name, payload } = asked;
    const handler = this.options.handlers[name] as (
      args: unknown,
      envelope: CommandEnvelope,
    ) => CommandOutcome | Promise<CommandOutcome>;
    try {
      return handler(args, { name, payload });
    } catch (error) {
      return this.#failed(asked, error);
    }
  }

  #failed({ name, id }: Asked, error: unknown): CommandOutcome {
    this.options.log.error({ err: error, command: name, id }, 'a command failed');
    return { ok: false, code: 'command.failed', message: 'The controller failed; its log says why.' };
  }

  /** Answers without keeping it on the disk. */
  #answer(reply: Reply): void {
    this.#memory.pass(reply.id, reply);
    this.options.reply(reply);
  }

  #expired(expiresAt: unknown): { code: string; message: string } | undefined {
    if (expiresAt === undefined) return undefined;
    const isTime = typeof expiresAt === 'string' && expiresAt.length <= longestTimeCharacters;
    const until = isTime ? Date.parse(expiresAt) : Number.NaN;
    if (Number.isNaN(until)) {
      return { code: 'expiresAt.invalid', message: 'expiresAt: a time such as 2026-11-21T01:02:03.000Z.' };
    }
    const { clock } = this.options;
    if (clock.quality() === 'untrusted' || until > clock.wallMilliseconds()) return undefined;
    return { code: 'command.expired', message: `It was to be carried out before ${String(expiresAt)}.` };
  }

  /**
   * Answers no, and records it unless there are too many.
   * @param isRemembered it is remembered with an answer that is wrong now
   */
  async #refuse(
    { name, id, args }: Refused,
    code: string,
    message: string,
    isRemembered = false,
  ): Promise<void> {
    const command = clip(name, nameBytes);
    this.options.log.warn({ command, id, code }, message);
    const reply: Reply | undefined = id === null ? undefined : { id, ok: false, error: { code, message } };
    const isRecorded = this.#mayRecord();
    if (isRecorded || isRemembered) {
      await this.options.commit({
        events: isRecorded ? [refusedEvent(name, id, args, code, message)] : [],
        puts: reply === undefined ? {} : this.#memory.remember(reply.id, name, reply),
      }).synced;
    }
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
}
