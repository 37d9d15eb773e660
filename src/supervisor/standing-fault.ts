/** What is known of a fault that stands: what it says, and what of it is kept over a restart. Pure. */
import type { Evidence } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Stamp } from '../kernel/stamp.js';
import type { Text } from '../kernel/text.js';
import type { Audience, FaultState, Severity } from '../protocols/hub/payloads.js';
import { faultCatalogue } from './fault-catalogue.js';
import { type FaultSubject, faultWords } from './fault-words.js';
import type { Shelf } from './shelf.js';

/** What is said where a fault stands. */
export interface Raise {
  readonly device: string;
  readonly code: string;
  readonly evidence?: Evidence;
  readonly parts?: readonly string[];
  readonly affected?: readonly string[];
  /** What takes the place of what is declared, where that does not fit. */
  readonly text?: Text;
  readonly action?: Text;
  readonly severity?: Severity;
  readonly audience?: Audience;
}

export interface Standing {
  readonly state: FaultState;
  readonly since: Stamp;
  /** Stood when the process ended; nobody has seen it again yet. */
  readonly unconfirmed: boolean;
  /** While it is out of sight. */
  readonly shelf?: Shelf;
}

/** What stays the same of a fault as long as it stands, however often it is raised. */
type Begun = Pick<FaultState, 'id' | 'since' | 'acknowledged' | 'shelved' | 'count'>;

/** A fault in the words of what is declared, for the device that has it. */
export function faultState(
  raise: Raise,
  declaration: NonNullable<ReturnType<typeof faultCatalogue.get>>,
  begun: Begun,
  about: { readonly evidence: Evidence; readonly subject: FaultSubject; readonly session: number },
): FaultState {
  const { device, code, parts, affected = [] } = raise;
  const { evidence, subject, session } = about;
  const inWords = (text: Text) => faultWords(text, device, subject, evidence);
  return {
    id: begun.id,
    device,
    code,
    ...(parts === undefined ? {} : { parts: [...parts] }),
    status: declaration.status,
    severity: raise.severity ?? declaration.severity,
    audience: raise.audience ?? declaration.audience,
    text: inWords(raise.text ?? declaration.text),
    action: inWords(raise.action ?? declaration.action),
    since: begun.since,
    acknowledged: begun.acknowledged,
    ...(begun.shelved === undefined ? {} : { shelved: begun.shelved }),
    count: begun.count,
    ...(affected.length === 0 ? {} : { affected: [...affected] }),
    evidence,
    session,
  };
}

/** As it is kept over a restart. */
export function keptFault({ state, since, shelf }: Standing): Json {
  return { state, since, ...(shelf === undefined ? {} : { shelf }) } as unknown as Json;
}

/** What was kept; `undefined` for what is none, or whose code this version does not know any more. */
export function restoredFault(value: Json): Standing | undefined {
  const kept = value as unknown as { state?: FaultState; since?: Stamp; shelf?: Shelf } | null;
  if (kept?.state?.device === undefined || kept.since === undefined) return undefined;
  if (!faultCatalogue.has(kept.state.code)) return undefined;
  const shelf = kept.shelf?.since === undefined ? {} : { shelf: kept.shelf };
  return { state: kept.state, since: kept.since, unconfirmed: true, ...shelf };
}
