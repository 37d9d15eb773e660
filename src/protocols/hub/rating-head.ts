/**
 * The sealed head of the chain of ratings, as it stands at `R/ratings`: signed by the board's own Ed25519 key
 * (RFC 8032) over the canonical JSON (RFC 8785) of the payload without `signature`.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as v from 'valibot';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { RatingsState } from './payloads.js';
import { chainPattern } from './rating-chain.js';

/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 10.1). */
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex');
const keyBytes = 32;

const headSchema = v.pipe(
  v.object({
    store: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
    count: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    head: v.nullable(v.pipe(v.string(), v.regex(chainPattern))),
    at: v.pipe(v.string(), v.maxLength(40)),
    publicKey: v.nullable(v.pipe(v.string(), v.maxLength(100))),
    signature: v.nullable(v.pipe(v.string(), v.maxLength(200))),
  }),
  v.check(({ count, head }) => (count === 0) === (head === null)),
);

/** A payload of `R/ratings`, or `undefined` where it is none. */
export function readRatingHead(value: unknown): RatingsState | undefined {
  const read = v.safeParse(headSchema, value);
  return read.success ? read.output : undefined;
}

/** What the signature is over, UTF-8. */
export function signedText({ signature: _signature, ...content }: RatingsState): string {
  return canonicalJson(content);
}

/** Whether the head was signed with the key that it names. False for one that is not signed. */
export function isSealed(head: RatingsState): boolean {
  if (head.publicKey === null || head.signature === null) return false;
  const key = publicKeyOf(head.publicKey);
  if (key === undefined) return false;
  return verify(null, Buffer.from(signedText(head)), key, Buffer.from(head.signature, 'base64'));
}

/** A public key as it is published: its 32 bytes in base64. */
export function publicKeyText(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(spkiStart.length).toString('base64');
}

/** An Ed25519 public key out of its 32 bytes in base64; `undefined` where it is none. */
function publicKeyOf(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== keyBytes || bytes.toString('base64') !== text) return undefined;
  try {
    return createPublicKey({ key: Buffer.concat([spkiStart, bytes]), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/**
 * Public keys that somebody keeps, as they would be published: from PEM (`board.pub`, or several of them one after the
 * other), or from lines with the 32 bytes in base64. `undefined` where anything in the text is no Ed25519 public key;
 * a private key is none.
 */
export function readPublicKeys(text: string): ReadonlySet<string> | undefined {
  const blocks = text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g);
  const words = blocks ?? text.trim().split(/\s+/);
  const keys = words.map((word) => (blocks === null ? publicKeyFromWord(word) : publicKeyFromPem(word)));
  return keys.every((key) => key !== undefined) ? new Set(keys) : undefined;
}

function publicKeyFromWord(word: string): string | undefined {
  return publicKeyOf(word) === undefined ? undefined : word;
}

function publicKeyFromPem(pem: string): string | undefined {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? publicKeyText(key) : undefined;
  } catch {
    return undefined;
  }
}
