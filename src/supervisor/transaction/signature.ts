/** Whether a push was signed by whom the file names (docs/contract.md, section 5). */
import type { Problem } from '../config/problems.js';
import { signatureProblem } from '../signed.js';
import type { Desired } from './desired.js';

export interface SignedFor {
  readonly hall: string;
  readonly controller: string;
  /** File with the Ed25519 public key (PEM). */
  readonly keyFile: string;
}

/** What is wrong with the signature; `undefined`: it is good, for this board, revision and configuration. */
export async function pushSignatureProblem(
  { revision, config, signature }: Pick<Desired, 'revision' | 'config' | 'signature'>,
  { hall, controller, keyFile }: SignedFor,
): Promise<Problem | undefined> {
  const path = 'signature';
  if (signature === undefined) {
    return { path, message: 'missing: this board takes signed configurations only (hub.configKey)' };
  }
  const problem = await signatureProblem(keyFile, { hall, controller, revision, config }, signature);
  if (problem === undefined) return undefined;
  if (problem.reason !== 'bad') {
    return { path: 'hub.configKey', message: `${keyFile} cannot be used: ${problem.message}` };
  }
  const message = 'does not fit this hall, controller, revision and configuration, or is of another key';
  return { path, message };
}
