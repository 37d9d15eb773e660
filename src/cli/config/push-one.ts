/** One configuration to one controller: the next revision, the signature, the push, and what became of it. */
import type { KeyObject } from 'node:crypto';
import { reasonWords } from '../../hub/broker-words.js';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { within } from '../../kernel/within.js';
import type { Address } from '../hub-asking.js';
import { signatureOver } from '../signing.js';
import type { Board, Wanted } from './board.js';
import type { Mapping } from './document.js';
import type { Interrupt } from './interrupt.js';
import { type Progress, type PushResult, resultOf } from './push-result.js';
import { awaitReport } from './report-wait.js';

export interface PushRequest {
  readonly config: Mapping;
  /** Absent: the next one. */
  readonly revision?: number;
  readonly key?: KeyObject;
  readonly offline: boolean;
  readonly dryRun: boolean;
  readonly waitMilliseconds: number;
}

/** What is known of a push while it goes on; told where it is interrupted. */
interface State {
  revision: number | null;
  published: boolean;
}

/** Pushes. Never rejects for what the controller or the hub does; an interrupt ends it at once. */
export async function pushOne(
  board: Board,
  request: PushRequest,
  { clock, interrupt, show }: { clock: Clock; interrupt: Interrupt; show: (progress: Progress) => void },
): Promise<PushResult> {
  const state: State = { revision: request.revision ?? null, published: false };
  const { address } = board;
  const interrupted = interrupt.happened.then(() =>
    resultOf(address, 'interrupted', state.revision, {
      notes: state.published ? [] : ['nothing-published'],
    }),
  );
  return Promise.race([interrupted, push(board, request, state, clock, show)]);
}

async function push(
  board: Board,
  request: PushRequest,
  state: State,
  clock: Clock,
  show: (progress: Progress) => void,
): Promise<PushResult> {
  const { address } = board;
  show({ phase: 'asking' });
  try {
    if (!board.isOnline && (request.dryRun || !request.offline)) {
      return resultOf(address, 'offline', null, { notes: board.isUnheardOf ? ['never-heard'] : [] });
    }
    if (request.dryRun) return await dryRun(board, request);
    if (!board.isOnline) return await leaveAtHub(board, request, state, clock);
    const revision = request.revision ?? (await nextRevision(board));
    state.revision = revision;
    if (request.revision !== undefined || board.report?.revision === revision) {
      const known = await judgeRevision(board, request, revision);
      if (known !== undefined) return known;
    }
    const before = board.report;
    // From now on it may stand there, whatever becomes of us.
    state.published = true;
    const published = await publish(board, request, revision, clock);
    if (published instanceof HallwardError) return unreachable(address, revision, published);
    show({ phase: 'sent', revision });
    return await awaitReport(board, { revision, config: request.config }, before, {
      clock,
      show,
      waitMilliseconds: request.waitMilliseconds,
      published,
    });
  } catch (error) {
    if (!(error instanceof HallwardError)) throw error;
    return unreachable(address, state.revision, error);
  }
}

async function dryRun(board: Board, request: PushRequest): Promise<PushResult> {
  const signed = request.key !== undefined || request.revision !== undefined;
  const revision = signed ? (request.revision ?? (await nextRevision(board))) : undefined;
  const plan = await board.plan(wantedOf(board.address, request, revision));
  const kind = { change: 'would-change', nothing: 'would-not-change', refused: 'would-be-rejected' } as const;
  const { errors, devices, highest } = plan;
  const next = revision ?? highest + 1;
  return resultOf(board.address, kind[plan.verdict], next, { errors, devices, plan });
}

/**
 * A controller is silent about what it has done or refused already. So it is asked first where that may be: with a
 * revision of the caller's own, and where its report is on the same number (a push without its signature takes none).
 */
async function judgeRevision(
  board: Board,
  request: PushRequest,
  revision: number,
): Promise<PushResult | undefined> {
  const plan = await board.plan(wantedOf(board.address, request, revision));
  const { errors, devices } = plan;
  if (plan.verdict === 'refused') {
    return resultOf(board.address, 'rejected', revision, { errors, notes: ['nothing-published'] });
  }
  const running = board.report?.running;
  if (plan.verdict === 'nothing' && running?.revision === revision && running.source === 'hub') {
    return resultOf(board.address, 'applied', revision, { devices, running, notes: ['already-running'] });
  }
  return undefined;
}

/** For a controller that is away. */
async function leaveAtHub(
  board: Board,
  request: PushRequest,
  state: State,
  clock: Clock,
): Promise<PushResult> {
  const { report } = board;
  const seen = Math.max(report?.revision ?? 0, report?.running.revision ?? 0, await board.desiredRevision());
  const revision = request.revision ?? following(seen);
  state.revision = revision;
  state.published = true;
  const published = await publish(board, request, revision, clock);
  if (published instanceof HallwardError) return unreachable(board.address, revision, published);
  if (published === 'unsure')
    return resultOf(board.address, 'no-report', revision, { notes: ['unsure-at-hub'] });
  return resultOf(board.address, 'standing', revision);
}

/** Resolves with what the broker's answer means, or with why it is none. */
async function publish(
  board: Board,
  request: PushRequest,
  revision: number,
  clock: Clock,
): Promise<'taken' | 'nobody-listens' | 'unsure' | HallwardError> {
  const published = board.publish(wantedOf(board.address, request, revision));
  const code = await within(clock, 'push: acknowledged', request.waitMilliseconds, published);
  if (code === undefined) return 'unsure';
  if (code >= 0x80) return refusal(board, code);
  return code === 0 ? 'taken' : 'nobody-listens';
}

function wantedOf<Revision extends number | undefined>(
  address: Address,
  { config, key }: PushRequest,
  revision: Revision,
): Wanted & { readonly revision: Revision } {
  const signature =
    key === undefined || revision === undefined
      ? {}
      : { signature: signatureOver(key, { ...address, revision, config }) };
  return { revision, config, ...signature } as Wanted & { readonly revision: Revision };
}

async function nextRevision(board: Board): Promise<number> {
  const { highest } = await board.history();
  return following(Math.max(highest, board.report?.running.revision ?? 0));
}

function following(revision: number): number {
  if (Number.isSafeInteger(revision + 1)) return revision + 1;
  throw new HallwardError('ask.declined', 'refused', `no revision comes after ${revision}`, {
    code: 'config.no-revision-left',
    message: `no revision comes after ${revision}`,
  });
}

function refusal({ hubUrl, desiredTopic }: Board, code: number): HallwardError {
  const words = `may not publish to ${desiredTopic}: ${reasonWords(code)}`;
  const evidence = { url: hubUrl, topic: desiredTopic, reasonCode: code };
  return new HallwardError('hub.refused', 'refused', words, evidence);
}

function unreachable(address: Address, revision: number | null, reason: HallwardError): PushResult {
  return resultOf(address, 'unreachable', revision, { reason });
}
