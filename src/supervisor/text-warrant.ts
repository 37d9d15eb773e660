/**
 * Who may show free text to the hall: the broker's access rules decide who may send the commands; where the
 * configuration names a key, each such command must also be signed, so that nobody who only got hold of the broker can
 * write on the boards.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { canonicalJson } from '../kernel/canonical-json.js';
import type { CommandEnvelope } from './command-desk.js';

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
    // Read each time: it is rare, and a key that was changed counts at once.
    let key: KeyObject;
    try {
      key = createPublicKey(await readFile(file));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { code: 'text.no-key', message: `The key file ${file} cannot be used: ${reason}` };
    }
    const text = canonicalJson({ hall, controller, name, ...signed });
    const good = verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
    return good
      ? undefined
      : { code: 'text.bad-signature', message: 'The signature does not fit this text, hall and controller.' };
  };
}
