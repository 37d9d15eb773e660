/** What `push` and `reset` share: pushing with something to see, and the exit status of it. */
import { hasColour } from '../colour.js';
import type { CommandInput } from '../command-input.js';
import { exitCodes } from '../exit-codes.js';
import type { Address } from '../hub-asking.js';
import { jsonText } from '../safe-text.js';
import { onInterrupt } from './interrupt.js';
import { pushMany } from './push-many.js';
import type { PushRequest } from './push-one.js';
import type { PushKind, PushResult } from './push-result.js';
import { PushView } from './push-view.js';
import { numberOption, type Session } from './session.js';

/** A controller gives hub and devices 20 s, and may have to come back before it says that it went back. */
const usualWaitSeconds = 60;

/** `--wait`, in milliseconds. */
export function waitOf(input: CommandInput, program: string): number {
  return (numberOption(input, 'wait', program, { least: 1, most: 86_400 }) ?? usualWaitSeconds) * 1_000;
}

/** Pushes, shows what becomes of it, and gives the exit status. */
export async function pushAndShow(
  addresses: readonly Address[],
  request: PushRequest,
  { talk, clock, language, username }: Session,
  { keepGoing, asJson }: { readonly keepGoing: boolean; readonly asJson: boolean },
): Promise<number> {
  const isTerminal = process.stdout.isTTY === true && process.env.TERM !== 'dumb' && !asJson;
  const view = new PushView({
    output: asJson ? { write: () => {} } : process.stdout,
    isTerminal,
    colour: isTerminal && hasColour(),
    language,
    username,
    controllers: addresses.map(({ controller }) => controller),
  });
  const results = await pushMany(addresses, request, {
    talk,
    clock,
    interrupt: onInterrupt(),
    keepGoing,
    show: (address, progress) => view.progress(address, progress),
    settled: (result) => view.settled(result),
  });
  if (asJson) process.stdout.write(`${jsonText(results.map(asData), 2)}\n`);
  return exitOf(results);
}

function asData({ address, reason, ...rest }: PushResult): object {
  return { ...address, ...rest, ...(reason === undefined ? {} : { reason: reason.message }) };
}

const good: readonly PushKind[] = ['applied', 'standing', 'would-change', 'would-not-change'];
const away: readonly PushKind[] = ['offline', 'unreachable'];

/** 0: all of them took it. 69: whoever did not was not reached. 1: anything else. */
export function exitOf(results: readonly Pick<PushResult, 'kind'>[]): number {
  const bad = results.filter(({ kind }) => !good.includes(kind));
  if (bad.length === 0) return exitCodes.done;
  return bad.every(({ kind }) => away.includes(kind)) ? exitCodes.unavailable : exitCodes.no;
}
