/**
 * Who may show free text to the hall: the broker's access rules decide who may send the commands; where the
 * configuration names a key, each such command must also be signed, so that nobody who only got hold of the broker can
 * write on the boards.
 */
import type { CommandEnvelope } from './command-desk.js';
import { signatureProblem } from './signed.js';

export interface TextWarrantOptions {
  readonly hall: string;
  readonly controller: string;
  /** File with the Ed25519 public key (PEM); `undefined`: no signature is asked for. */
  readonly keyFile: () => string | undefined;
}

/** Gives what is wrong with a command that carries free text; `undefined` where it may be shown. */
export type CheckWarrant = (
  envelope: CommandEnvelope,
) => Promise<{ readonly code: string; readonly message: string } | undefined>;

export function textWarrant({ hall, controller, keyFile }: TextWarrantOptions): CheckWarrant {
  return async ({ name, payload }) => {
    const file = keyFile();
    if (file === undefined) return undefined;
    const { signature, ...signed } = payload;
    if (typeof signature !== 'string') {
      return { code: 'text.unsigned', message: 'Free text must be signed with the key of freeText.key.' };
    }
    const problem = await signatureProblem(file, { hall, controller, name, ...signed }, signature);
    if (problem === undefined) return undefined;
    return problem.reason === 'no-key'
      ? { code: 'text.no-key', message: `The key file ${file} cannot be used: ${problem.message}` }
      : { code: 'text.bad-signature', message: 'The signature does not fit this text, hall and controller.' };
  };
}
