/** What TLS says when no connection comes about, in words for a person: whose certificate, which field, what to do. */
import { createPrivateKey, X509Certificate } from 'node:crypto';

const strangersWords =
  'its certificate comes from an authority that is not trusted: set `ca` to the file of the authority that signed it';

/** Errors of the check of the broker's certificate (OpenSSL's names), and of TLS itself. */
const words: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not trusted: is `ca` the right one?',
  SELF_SIGNED_CERT_IN_CHAIN: strangersWords,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: strangersWords,
  UNABLE_TO_GET_ISSUER_CERT: strangersWords,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: strangersWords,
  CERT_UNTRUSTED: strangersWords,
  CERT_HAS_EXPIRED: "its certificate has expired (notAfter), or this controller's clock is wrong",
  CERT_NOT_YET_VALID: "its certificate is not valid yet (notBefore), or this controller's clock is wrong",
  CERT_SIGNATURE_FAILURE: 'its certificate does not fit `ca`: another authority of the same name signed it',
  CERT_REVOKED: 'its certificate has been revoked',
  INVALID_PURPOSE:
    "its certificate is not a server's (extendedKeyUsage has no serverAuth): it was made for something else, or " +
    'somebody poses as the broker',
  INVALID_CA:
    'what signed its certificate may not sign any (basicConstraints): set `ca` to the authority itself',
  PATH_LENGTH_EXCEEDED: 'its certificate stands below one that may not sign authorities (basicConstraints)',
  HOSTNAME_MISMATCH: 'its certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on that port',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks TLS older than 1.2 only, which is not safe: renew the broker',
  ERR_SSL_EE_KEY_TOO_SMALL: 'a key is too short to be safe: make the certificate anew with a longer one',
  ERR_SSL_CA_MD_TOO_WEAK:
    'a certificate is signed in a way that is not safe any more: make it anew with SHA-256',
};

/**
 * Alerts by which the broker breaks off, by their numbers (RFC 8446, section 6): what it has against us.
 */
const alerts: Readonly<Record<number, string>> = {
  40: 'it breaks off: it may want a certificate of ours (set `cert` and `key`), or no cipher fits',
  42: 'it does not take our certificate (`cert`): not valid yet by its clock (notBefore), or damaged',
  43: "our certificate (`cert`) is not a client's: its extendedKeyUsage has no clientAuth",
  44: 'our certificate (`cert`) has been revoked: it needs a new one',
  45: "our certificate (`cert`) has expired (notAfter): renew it; or the broker's clock is wrong",
  46: 'it does not take our certificate (`cert`), and does not say why',
  48: 'it does not know who signed our certificate (`cert`, its issuer): the wrong file, or its own list lacks it',
  49: 'it knows our certificate (`cert`) and does not let it in',
  51: 'our proof of our certificate failed: do `cert` and `key` belong together?',
  70: 'it and we have no version of TLS in common: ours are 1.2 and 1.3',
  71: 'it wants stronger ciphers than we share with it',
  80: 'something failed at the broker: its log may say what',
  112: 'it has no certificate for the host name in the address',
  116: 'it wants a certificate of ours: set `cert` and `key`',
};

const code =
  /^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|EPROTO|INVALID_|PATH_LENGTH|HOSTNAME_)/;

/** Whether an error's code is one of TLS. */
export function isTlsCode(text: string): boolean {
  return code.test(text);
}

/** What an error of TLS means; `undefined` where nothing better is known than its own message. */
export function tlsWords(error: Error & { readonly code?: string }): string | undefined {
  const name = error.code ?? '';
  if (name === 'ERR_TLS_CERT_ALTNAME_INVALID') return hostWords(error);
  // The names of the codes differ by version of OpenSSL, and of a write that failed it is EPROTO.
  const alert = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return words[name] ?? (alert === undefined ? undefined : alerts[Number(alert)]);
}

/** The names that the certificate has, and the one that was looked for. */
function hostWords(error: Error & { readonly host?: unknown; readonly cert?: unknown }): string {
  const names: unknown = (error.cert as { subjectaltname?: unknown } | undefined)?.subjectaltname;
  const has =
    typeof names === 'string' && names !== ''
      ? `names ${names.slice(0, 120)}`
      : 'names none (subjectAltName)';
  const wanted = typeof error.host === 'string' ? error.host : 'the host in the address';
  return `its certificate is for another host name: it ${has}, and we look for ${wanted}`;
}

export interface Material {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Which of our files cannot be used, and why; `undefined` where all can. Says nothing of what is in them.
 */
export function materialWords({ ca, cert, key }: Material): string | undefined {
  // Node passes over an authority that is none, and then trusts nobody.
  if (ca !== undefined && !isCertificate(ca)) return '`ca` cannot be used: it is no certificate in PEM';
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) return '`key` cannot be used without `cert`';
  if (key === undefined) return '`cert` cannot be used without `key`';
  if (!isCertificate(cert)) return '`cert` cannot be used: it is no certificate in PEM';
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    return '`key` cannot be used: it is encrypted; take the pass phrase off and guard the file instead (mode 600)';
  }
  try {
    const own = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return own ? undefined : '`key` cannot be used: it does not belong to `cert`';
  } catch {
    return '`key` cannot be used: it is no private key in PEM';
  }
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).serialNumber !== '';
  } catch {
    return false;
  }
}
