/** Asking a controller over the hub: one command, one reply, and what is said where none comes. */
import { v4 as uuidV4 } from 'uuid';
import * as v from 'valibot';
import { reasonWords } from '../hub/broker-words.js';
import { type Clock, rfc3339 } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Language } from '../kernel/text.js';
import type { CommandName } from '../protocols/hub/commands.js';
import type { Reply } from '../protocols/hub/payloads.js';
import { readJsonObject } from '../protocols/hub/read-json.js';
import { topicsOf } from '../protocols/hub/topics.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import type { HubTalk } from './hub-talk.js';
import { cleanText } from './watch/clean-text.js';
import { failureWords } from './watch/hub-words.js';

/** A controller has this long to answer. */
export const answerMilliseconds = 10_000;
/** A larger reply is none of ours. */
const maximumReplyBytes = 4 * 1024 * 1024;
/** The broker took it, and knows of nobody who listens. */
const nobodyListens = 0x10;

export interface Address {
  readonly hall: string;
  readonly controller: string;
}

const replySchema = v.object({
  id: v.string(),
  ok: v.boolean(),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
});

/** A command's id and the time after which nobody shall carry it out. */
export function freshCommand(clock: Clock): { readonly id: string; readonly expiresAt: string } {
  return { id: uuidV4(), expiresAt: rfc3339(clock.wallMilliseconds() + answerMilliseconds) };
}

/**
 * Sends a command and gives its reply, whether yes or no. Its id makes it safe to be sent twice where a connection
 * breaks. Rejects with `ask.no-answer` (timeout), `ask.nobody` (absent), `ask.garbled` (garbled), or `hub.refused`
 * where the broker does not let this user ask.
 */
export async function ask(
  talk: HubTalk,
  { hall, controller }: Address,
  name: CommandName,
  command: { readonly id: string },
  clock: Clock,
): Promise<Reply> {
  const topics = topicsOf(hall, controller);
  let settle: (reply: Reply | HallwardError) => void = () => {};
  const answered = new Promise<Reply | HallwardError>((resolve) => {
    settle = resolve;
  });
  const seconds = answerMilliseconds / 1000;
  const evidence = { hall, controller, name, seconds };
  const late = new HallwardError('ask.no-answer', 'timeout', `no answer within ${seconds} s`, evidence);
  const timer = clock.after('hub: no answer', answerMilliseconds, () => settle(late));
  const asked = (async () => {
    const stop = await talk.listen(topics.reply(command.id), ({ payload }) => {
      const reply = readReply(payload, command.id);
      settle(reply ?? new HallwardError('ask.garbled', 'garbled', 'its reply cannot be read', evidence));
    });
    const code = await talk.publish(topics.command(name), JSON.stringify(command));
    if (code >= 0x80) {
      const words = `may not publish to ${topics.command(name)}: ${reasonWords(code)}`;
      const denied = { url: talk.url, topic: topics.command(name), reasonCode: code };
      settle(new HallwardError('hub.refused', 'refused', words, denied));
    } else if (code === nobodyListens) {
      settle(new HallwardError('ask.nobody', 'absent', 'it is not connected to this hub', evidence));
    }
    return stop;
  })();
  asked.catch((error: HallwardError) => settle(error));
  const outcome = await answered;
  timer.cancel();
  void asked.then((stop) => stop()).catch(() => {});
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

function readReply(payload: Uint8Array, id: string): Reply | undefined {
  const read = readJsonObject(payload, maximumReplyBytes);
  if (!read.ok) return undefined;
  const parsed = v.safeParse(replySchema, read.value);
  if (!parsed.success || parsed.output.id !== id) return undefined;
  const { ok, result, error } = parsed.output;
  return {
    id,
    ok,
    ...(result === undefined ? {} : { result: result as Json }),
    ...(error === undefined ? {} : { error }),
  };
}

/** What went wrong with asking, in one sentence with what to do next. */
export function askWords(error: HallwardError, { hall, controller }: Address, language: Language): string {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const who = `${hall}/${controller}`;
  switch (error.code) {
    case 'ask.no-answer': {
      const { seconds } = error.evidence;
      return say(
        `${who} ${String(seconds)} 秒内没有应答；用 hallward watch 看它是否在线`,
        `no answer from ${who} within ${String(seconds)} s; hallward watch shows whether it is online`,
      );
    }
    case 'ask.nobody':
      return say(
        `${who} 没有连接到这个中心：请核对名称，检查它的电源和网络`,
        `${who} is not connected to this hub: check the name, its power and its network`,
      );
    case 'ask.garbled':
      return say(
        `${who} 的应答无法识别：请核对两边的版本（hallward --version）`,
        `the reply of ${who} cannot be read: compare the versions of both sides (hallward --version)`,
      );
    default:
      return cleanText(error.message, 300);
  }
}

/** Anything that asking or connecting throws, as the end of a command with 69; what is no fault of the hub as it is. */
export function unavailable(
  thrown: unknown,
  program: string,
  { username, address, language }: { username: string | null; address?: Address; language: Language },
): unknown {
  if (!(thrown instanceof HallwardError)) return thrown;
  const fromHub = thrown.code.startsWith('hub.') && thrown.kind !== 'usage';
  if (!fromHub && !thrown.code.startsWith('ask.')) return thrown;
  const words =
    fromHub || address === undefined
      ? failureWords(thrown, username, language)
      : askWords(thrown, address, language);
  return new CommandFailed(exitCodes.unavailable, `hallward ${program}: ${words}`);
}
