/** Ed25519 signatures over the canonical JSON (RFC 8785) of what was signed; the keys stand in files. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.js';
import { readSecretFile } from './secret-file.js';

/**
 * What is wrong with a signature; `undefined` where it is good.
 * @param keyFile PEM, public; read each time: it is rare, and a key that was changed counts at once
 * @param signature base64
 */
export async function signatureProblem(
  keyFile: string,
  signed: unknown,
  signature: string,
): Promise<{ readonly reason: 'no-key' | 'bad'; readonly message: string } | undefined> {
  let key: KeyObject;
  try {
    key = createPublicKey(
      await readSecretFile({ setting: 'key', file: keyFile, code: 'key.unreadable', isSecret: false }),
    );
  } catch (error) {
    return { reason: 'no-key', message: error instanceof Error ? error.message : String(error) };
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    return { reason: 'no-key', message: `it holds a key of type ${key.asymmetricKeyType}, not Ed25519` };
  }
  return isGood(key, signed, signature)
    ? undefined
    : { reason: 'bad', message: 'the signature does not fit' };
}

/** What has no canonical form (a number beyond all numbers) was never signed. */
function isGood(key: KeyObject, signed: unknown, signature: string): boolean {
  try {
    return verify(null, Buffer.from(canonicalJson(signed)), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
