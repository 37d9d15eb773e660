/** What every task of `hallward config` begins and ends with: the hub, one controller, the words where these fail. */
import { type Clock, systemClock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Language } from '../../kernel/text.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { type Address, unavailable } from '../hub-asking.js';
import { HubTalk } from '../hub-talk.js';
import { languageOf } from '../language.js';
import type { WatchSettings } from '../watch/settings.js';
import { Board } from './board.js';
import { NotPushable, type PushedFile, readPushedFile } from './document.js';
import { declinedWords } from './words.js';

export interface Session {
  readonly talk: HubTalk;
  readonly clock: Clock;
  readonly language: Language;
  readonly username: string | null;
}

export interface SessionOptions {
  readonly input: CommandInput;
  readonly settings: WatchSettings;
  /** `config push`, for errors. */
  readonly program: string;
  /** Where only one controller is asked: for errors. */
  readonly address?: Address;
}

/**
 * Connects, does `work` and disconnects. Resolves with its exit status; rejects with `CommandFailed` 69 where the hub
 * or the controller does not answer, 1 where the controller says no.
 */
export async function inSession(
  { input, settings, program, address }: SessionOptions,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const language = languageOf(input);
  const username = settings.hub.username ?? null;
  const clock = systemClock();
  let talk: HubTalk | undefined;
  let exitCode: number;
  try {
    talk = await HubTalk.open({ settings: settings.hub, clock, tool: 'config' });
    exitCode = await work({ talk, clock, language, username });
  } catch (error) {
    if (error instanceof HallwardError && error.code === 'ask.declined') {
      const words = declinedWords(error.evidence, language);
      throw new CommandFailed(exitCodes.no, `hallward ${program}: ${words}`);
    }
    throw unavailable(error, program, {
      username,
      language,
      ...(address === undefined ? {} : { address }),
    });
  } finally {
    await talk?.close();
  }
  process.exitCode = exitCode;
  // The library's timers must not keep the process; what was written must be out before.
  process.stdout.write('', () => process.exit(exitCode));
  return exitCode;
}

/** A controller that the hub has a report of; throws `CommandFailed` 69 where it has none that can be read. */
export async function openBoard(
  address: Address,
  { talk, clock, language }: Session,
  program: string,
): Promise<Board & { readonly report: NonNullable<Board['report']> }> {
  const board = await Board.open(address, talk, clock);
  if (hasReport(board)) return board;
  const where = `hallward/v1/${address.hall}/${address.controller}/config/reported`;
  const words =
    board.reported === 'unreadable'
      ? language === 'en'
        ? `what stands at ${where} cannot be read: compare the versions of both sides (hallward --version)`
        : `${where} 的内容无法识别：请核对两边的版本（hallward --version）`
      : language === 'en'
        ? `the hub has nothing at ${where}: is the name right, has the controller ever run, and may this user read it?`
        : `中心没有 ${where}：请核对名称、控制器是否运行过，以及此账号能否读取`;
  throw new CommandFailed(exitCodes.unavailable, `hallward ${program}: ${words}`);
}

function hasReport(board: Board): board is Board & { readonly report: NonNullable<Board['report']> } {
  return board.report !== undefined;
}

/** A file to be pushed or compared; throws `CommandFailed` 78 where it is none. */
export function readFileOf(path: string, program: string): PushedFile {
  try {
    return readPushedFile(path);
  } catch (error) {
    if (!(error instanceof NotPushable)) throw error;
    throw new CommandFailed(exitCodes.invalidConfiguration, `hallward ${program}: ${path}: ${error.message}`);
  }
}

/** A whole number of an option; `undefined` where it was not given. Throws `CommandFailed` 64. */
export function numberOption(
  { values }: CommandInput,
  option: string,
  program: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const text = values[option];
  if (text === undefined) return undefined;
  const number = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const message = `--${option}: found "${String(text)}", expected a whole number from ${least} to ${most}`;
  throw new CommandFailed(exitCodes.usage, `hallward ${program}: ${message}`);
}
