/** Signing with an Ed25519 private key from a file. The key never leaves this process, nor stands in an error. */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { canonicalJson } from '../kernel/canonical-json.js';
import { systemCode } from '../kernel/errors.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/**
 * The private key in a PEM file. Rejects with `CommandFailed`: 64 where the file cannot be read or holds something
 * else, 78 where everybody may read it.
 * @param program `config push`, for the error
 */
export async function readSigningKey(file: string, program: string): Promise<KeyObject> {
  const wrong = (reason: string, exitCode: number = exitCodes.usage) =>
    new CommandFailed(exitCode, `hallward ${program}: --sign ${file}: ${reason}`);
  let pem: string;
  let mode: number;
  try {
    mode = (await stat(file)).mode;
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const code = systemCode(error) ?? 'error';
    throw wrong(code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`);
  }
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(pem)) {
    throw wrong('that is the public key; the private one (NAME.key) signs');
  }
  if ((mode & 0o004) !== 0) {
    throw wrong(`everybody may read it; mend it with: chmod 600 ${file}`, exitCodes.invalidConfiguration);
  }
  if (/-----BEGIN ENCRYPTED |^Proc-Type: .*ENCRYPTED/m.test(pem)) {
    throw wrong('it is encrypted; a key without a passphrase, in a file of mode 600, is needed');
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw wrong('there is no private key (PEM) in it; hallward config keygen NAME makes one');
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw wrong(`found a key of type ${key.asymmetricKeyType ?? 'unknown'}, expected Ed25519`);
  }
  return key;
}

/** Base64 of the signature over a value's canonical JSON (RFC 8785). */
export function signatureOver(key: KeyObject, value: object): string {
  return sign(null, Buffer.from(canonicalJson(value)), key).toString('base64');
}
