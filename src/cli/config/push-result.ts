/** What became of a push, and how far it is. */
import type { HallwardError } from '../../kernel/errors.js';
import type { Address } from '../hub-asking.js';
import type { Outcome, Plan, Reported } from './reading.js';

/**
 * What became of a push.
 * - `applied`, `rejected`, `rolled-back`: as the controller reported; with --revision it may say so before the push.
 * - `no-report`: it stands at the hub, and nothing was heard in time. `overtaken`: a later push took its place.
 * - `standing`: it stands at the hub for a controller that is away. `offline`: it is away, and nothing was pushed.
 * - `unreachable`: it does not answer, or the hub refuses. `not-tried`, `interrupted`: nothing was pushed, or it was.
 * - `would-change`, `would-not-change`, `would-be-rejected`: the answer to a dry run.
 */
export type PushKind =
  | 'applied'
  | 'rejected'
  | 'rolled-back'
  | 'no-report'
  | 'overtaken'
  | 'standing'
  | 'offline'
  | 'unreachable'
  | 'not-tried'
  | 'interrupted'
  | 'would-change'
  | 'would-not-change'
  | 'would-be-rejected';

/** Something worth saying besides. */
export type PushNote =
  | 'nobody-listens'
  | 'unsure-at-hub'
  | 'hub-changes'
  | 'went-away'
  | 'number-taken'
  | 'already-running'
  | 'unreadable-report'
  | 'never-heard'
  | 'nothing-published';

export interface PushResult {
  readonly address: Address;
  readonly kind: PushKind;
  /** `null` where none was given to it. */
  readonly revision: number | null;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly devices: Readonly<Record<string, Outcome>>;
  readonly plan?: Plan;
  readonly notes: readonly PushNote[];
  /** What runs now, where the controller said so. */
  readonly running?: Reported['running'];
  /** Why it is unreachable. */
  readonly reason?: HallwardError;
}

/** How far it is: asking, waiting for the first report, or applying. */
export type Progress =
  | { readonly phase: 'asking' }
  | { readonly phase: 'sent'; readonly revision: number }
  | { readonly phase: 'applying'; readonly revision: number; readonly done: number; readonly of: number };

/** A result with nothing in it but what is said. */
export function resultOf(
  address: Address,
  kind: PushKind,
  revision: number | null,
  more: Partial<Omit<PushResult, 'address' | 'kind' | 'revision'>> = {},
): PushResult {
  return { address, kind, revision, errors: [], devices: {}, notes: [], ...more };
}
