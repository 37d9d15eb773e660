/** One configuration to several controllers: one alone first, then the rest, a few at a time. */
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Address } from '../hub-asking.js';
import type { HubTalk } from '../hub-talk.js';
import { Board } from './board.js';
import type { Interrupt } from './interrupt.js';
import { type PushRequest, pushOne } from './push-one.js';
import { type Progress, type PushKind, type PushResult, resultOf } from './push-result.js';

/** As many at a time: a hall's broker and an administrator's eyes have enough with them. */
const mostAtOnce = 8;

export interface PushManyOptions {
  readonly talk: HubTalk;
  readonly clock: Clock;
  readonly interrupt: Interrupt;
  /** Also where the first one did not take it. */
  readonly keepGoing: boolean;
  readonly show: (address: Address, progress: Progress) => void;
  readonly settled: (result: PushResult) => void;
}

/** What shows that a configuration is a good one. */
const good: readonly PushKind[] = ['applied', 'would-change', 'would-not-change'];
/** What says nothing about the configuration: the next one is the first. */
const untold: readonly PushKind[] = ['offline', 'standing', 'unreachable'];

/**
 * Pushes to all of them, and gives the results in their order. A configuration that the first controller does not take
 * reaches no other: those are `not-tried`. A dry run harms nobody, so it asks them all.
 */
export async function pushMany(
  addresses: readonly Address[],
  request: PushRequest,
  options: PushManyOptions,
): Promise<PushResult[]> {
  const { interrupt, keepGoing, settled } = options;
  const results: PushResult[] = [];
  const settle = (index: number, result: PushResult) => {
    results[index] = result;
    settled(result);
  };
  let next = 0;
  let mayGoOn = addresses.length === 1 || keepGoing || request.dryRun;
  while (!mayGoOn && next < addresses.length && !interrupt.isSet()) {
    const index = next++;
    const result = await pushTo(addresses[index]!, request, options);
    settle(index, result);
    if (good.includes(result.kind)) mayGoOn = true;
    else if (!untold.includes(result.kind)) break;
  }
  const worker = async () => {
    while (mayGoOn && next < addresses.length && !interrupt.isSet()) {
      const index = next++;
      settle(index, await pushTo(addresses[index]!, request, options));
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, worker));
  while (next < addresses.length) {
    const index = next++;
    settle(index, resultOf(addresses[index]!, 'not-tried', null));
  }
  return results;
}

async function pushTo(
  address: Address,
  request: PushRequest,
  { talk, clock, interrupt, show }: PushManyOptions,
): Promise<PushResult> {
  const tell = (progress: Progress) => show(address, progress);
  tell({ phase: 'asking' });
  let board: Board;
  try {
    board = await Board.open(address, talk, clock);
  } catch (error) {
    if (!(error instanceof HallwardError)) throw error;
    return resultOf(address, 'unreachable', null, { reason: error });
  }
  try {
    return await pushOne(board, request, { clock, interrupt, show: tell });
  } finally {
    board.close();
  }
}
