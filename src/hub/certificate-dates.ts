/** Until when certificates are valid, told before it is too late. */
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import { rfc3339 } from '../kernel/clock.js';
import type { ExpiringCertificate, HubCredentials } from './types.js';

export const dayMilliseconds = 24 * 3600 * 1000;
/** Long enough to make a new one, and to bring it to a hall. */
const warnDays = 30;
const block =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order; those that cannot be read are left out. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  return (pem.match(block) ?? []).flatMap((text) => {
    try {
      return [new X509Certificate(text)];
    } catch {
      return [];
    }
  });
}

/** Of our own certificate and of the authorities that we trust: what ends within 30 days, or has ended. */
export function expiringOf(
  { ca, cert }: Pick<HubCredentials, 'ca' | 'cert'>,
  wallMilliseconds: number,
): readonly ExpiringCertificate[] {
  // A file of authorities serves as long as one of them does: while they change, the old one stands beside the new one.
  const ends = {
    'hub.ca': Math.max(...certificatesOf(ca ?? '').map(endOf)),
    // The first is ours, what follows are those that vouch for it.
    'hub.cert': Math.min(...certificatesOf(cert ?? '').map(endOf)),
  };
  return Object.entries(ends).flatMap(([setting, end]) => {
    const days = Math.floor((end - wallMilliseconds) / dayMilliseconds);
    if (!Number.isFinite(days) || days >= warnDays) return [];
    return [{ setting: setting as ExpiringCertificate['setting'], days, expiresAt: rfc3339(end) }];
  });
}

/** Unix time in milliseconds at which a certificate ends. */
function endOf({ validTo }: X509Certificate): number {
  return Date.parse(validTo);
}

/** From when to when the first certificate of a chain is valid that is not valid now, as RFC 3339. */
export function wrongDatesOf(
  first: PeerCertificate | undefined,
  wallMilliseconds: number,
): { readonly from: string; readonly to: string } | undefined {
  let one: unknown = first;
  // The last of a chain names itself as its issuer, and a hostile one is not followed for ever.
  for (let depth = 0; depth < 10; depth++) {
    const { valid_from, valid_to, issuerCertificate } = (one ?? {}) as Record<string, unknown>;
    const from = Date.parse(String(valid_from));
    const to = Date.parse(String(valid_to));
    if (Number.isNaN(from) || Number.isNaN(to)) return undefined;
    if (wallMilliseconds < from || wallMilliseconds > to) return { from: rfc3339(from), to: rfc3339(to) };
    if (issuerCertificate === one) return undefined;
    one = issuerCertificate;
  }
  return undefined;
}
