/**
 * The broker's certificate, field by field. Node tells one thing that is wrong, the last it met; here each field is
 * looked at for itself, so that what is told is all that has to be mended. This only explains: whether a connection is
 * made is OpenSSL's alone to say.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, rootCertificates, type TLSSocket } from 'node:tls';
import { certificatesOf } from '../../hub/certificate-dates.js';
import type { HubTarget } from '../../hub/hub-url.js';
import { isTlsCode, tlsWords } from '../../hub/tls-words.js';
import type { HubCredentials } from '../../hub/types.js';
import { type Clock, rfc3339 } from '../../kernel/clock.js';
import { systemCode } from '../../kernel/errors.js';
import { commonName } from './hub-files.js';
import { type Finding, findingsOf, same, say } from './types.js';

const handshakeMilliseconds = 4_500;
const dayMilliseconds = 24 * 3600 * 1000;
const warnDays = 30;

export interface SeenTls {
  /** What the broker sent, its own certificate first. */
  readonly chain: readonly X509Certificate[];
  /** OpenSSL's word; `undefined`: it trusts it. */
  readonly complaint: string | undefined;
  readonly protocol: string;
}

/** A handshake that sends nothing. Resolves with what was seen, or with the error that ended it. */
export function lookAtTls(
  { host, port }: HubTarget,
  { ca, cert, key }: HubCredentials,
  clock: Clock,
): Promise<SeenTls | Error> {
  return new Promise((resolve) => {
    let socket: TLSSocket;
    const end = (result: SeenTls | Error) => {
      timer.cancel();
      socket?.destroy();
      resolve(result);
    };
    const timer = clock.after('doctor: TLS', handshakeMilliseconds, () =>
      end(new Error('no answer to the TLS handshake')),
    );
    try {
      socket = connect({
        host,
        port,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        // Only to look at it: nothing is sent here, and no connection of the link is made so.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      });
    } catch (error) {
      end(error as Error);
      return;
    }
    socket.once('error', end);
    socket.once('secureConnect', () => {
      const error = socket.authorizationError as unknown;
      const complaint =
        error === undefined || error === null ? undefined : (systemCode(error) ?? String(error));
      end({ chain: chainOf(socket), complaint, protocol: socket.getProtocol() ?? 'TLS' });
    });
  });
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let one = socket.getPeerX509Certificate();
  while (one !== undefined && chain.length < 10) {
    chain.push(one);
    const { issuerCertificate } = one;
    one = issuerCertificate?.fingerprint256 === one.fingerprint256 ? undefined : issuerCertificate;
  }
  return chain;
}

/** Why the handshake itself failed. */
export function judgeFailedTls(subject: string, target: HubTarget, error: Error): Finding {
  const { problem } = findingsOf(subject);
  const code = systemCode(error) ?? '';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return problem(
      'tls.none',
      say(`端口 ${target.port} 上不是 TLS`, `no TLS is spoken on port ${target.port}`),
      say(
        'hub.url 用 mqtt://，或用服务器的 TLS 端口（通常 8883）',
        'hub.url with mqtt://, or the port of the broker that has TLS (8883)',
      ),
    );
  }
  const words = isTlsCode(code) ? (tlsWords(error) ?? error.message) : error.message;
  return problem(
    'tls.failed',
    say(`TLS 握手失败：${words}`, `the TLS handshake failed: ${words}`),
    same(`openssl s_client -connect ${target.host}:${target.port}`),
  );
}

/** All that is wrong with it; one `ok` where nothing is. */
export function judgeCertificate(
  subject: string,
  target: HubTarget,
  { chain, complaint, protocol }: SeenTls,
  ca: string | undefined,
  clock: Clock,
): Finding[] {
  const { ok, warning, problem } = findingsOf(subject);
  const [leaf] = chain;
  if (leaf === undefined)
    return [problem('certificate.none', say('服务器没有出示证书', 'the broker shows no certificate'))];
  const now = clock.wallMilliseconds();
  const findings: Finding[] = [...judgeName(subject, target, leaf), ...judgeIssuer(subject, chain, ca)];
  for (const one of chain) findings.push(...judgeDates(subject, one, clock));
  if (complaint !== undefined && findings.length === 0) {
    const words = tlsWords(Object.assign(new Error(complaint), { code: complaint })) ?? complaint;
    findings.push(
      problem(
        'certificate.refused',
        say(`证书不可用：${words}（${complaint}）`, `it cannot be used: ${words} (${complaint})`),
        same(`openssl s_client -connect ${target.host}:${target.port} -showcerts`),
      ),
    );
  }
  if (findings.length > 0) return findings;
  const days = Math.floor((Date.parse(leaf.validTo) - now) / dayMilliseconds);
  const about = say(
    `${protocol}，证书 ${commonName(leaf)}，还有 ${days} 天`,
    `${protocol}, certificate ${commonName(leaf)}, ${days} days left`,
  );
  if (days >= warnDays) return [ok('tls.good', about)];
  return [
    warning(
      'certificate.expiring',
      about,
      say(
        '在服务器上换新证书，再 systemctl reload mosquitto',
        'a new one at the broker, then systemctl reload mosquitto',
      ),
    ),
  ];
}

function judgeName(subject: string, { host }: HubTarget, leaf: X509Certificate): Finding[] {
  const isAddress = isIP(host) !== 0;
  const fits = isAddress ? leaf.checkIP(host) : leaf.checkHost(host);
  if (fits !== undefined) return [];
  const names = leaf.subjectAltName ?? '';
  const wanted = `subjectAltName=${isAddress ? 'IP' : 'DNS'}:${host}`;
  return [
    findingsOf(subject).problem(
      'certificate.name',
      names === ''
        ? say(
            `证书没有 subjectAltName，CN 不算数`,
            `the certificate has no subjectAltName; its CN does not count`,
          )
        : say(`证书是给 ${names} 的，不是 ${host}`, `the certificate is for ${names}, not for ${host}`),
      say(
        `服务器证书加上 ${wanted}；或 hub.url 用证书中的名称`,
        `a certificate with ${wanted}; or hub.url by a name that it has`,
      ),
    ),
  ];
}

function judgeDates(subject: string, one: X509Certificate, clock: Clock): Finding[] {
  const now = clock.wallMilliseconds();
  const [from, to] = [Date.parse(one.validFrom), Date.parse(one.validTo)];
  if (now >= from && now <= to) return [];
  const { problem } = findingsOf(subject);
  const name = commonName(one);
  const span = `${rfc3339(from)} – ${rfc3339(to)}`;
  const wrong = clock.quality() === 'untrusted' || now < from;
  const found = say(
    `证书 ${name} 现在无效（${span}；本机时钟 ${rfc3339(now)}）`,
    `the certificate ${name} is not valid now (${span}; our clock says ${rfc3339(now)})`,
  );
  return [
    problem(
      now < from ? 'certificate.early' : 'certificate.expired',
      found,
      wrong
        ? say(
            "date；时钟不对：sudo timedatectl set-ntp true 或 sudo date -s '2026-11-22 09:00'",
            "date; where the clock is wrong: sudo timedatectl set-ntp true, or sudo date -s '2026-11-22 09:00'",
          )
        : say(
            '在服务器上换新证书，再 systemctl restart mosquitto',
            'a new certificate at the broker, then systemctl restart mosquitto',
          ),
    ),
  ];
}

function judgeIssuer(subject: string, chain: readonly X509Certificate[], ca: string | undefined): Finding[] {
  const trusted = ca === undefined ? certificatesOf(rootCertificates.join('\n')) : certificatesOf(ca);
  if (trusted.length === 0) return [];
  for (const [index, one] of chain.entries()) {
    if (trusted.some((authority) => isSame(one, authority) || vouches(authority, one))) return [];
    const above = chain[index + 1];
    if (above === undefined || !vouches(above, one)) break;
  }
  const { problem } = findingsOf(subject);
  const last = chain.at(-1)!;
  const issuer = last.issuer.replaceAll('\n', ', ');
  if (ca === undefined) {
    return [
      problem(
        'certificate.issuer',
        say(
          `证书由 ${issuer} 签发，系统不认识它，也没有设 hub.ca`,
          `it was issued by ${issuer}, which this system does not know, and hub.ca is not set`,
        ),
        same('hub: { ca: /etc/hallward/ca.pem }'),
      ),
    ];
  }
  const ours = trusted.map(commonName).join(', ');
  return [
    problem(
      'certificate.issuer',
      say(
        `证书由 ${issuer} 签发；hub.ca 中是 ${ours}，没有为它签名`,
        `it was issued by ${issuer}; hub.ca holds ${ours}, which did not sign it`,
      ),
      say(
        '把签发者的证书放进 hub.ca 所指的文件；中间证书放在服务器的 certfile 中',
        "the issuer's certificate into the file of hub.ca; certificates in between into the broker's certfile",
      ),
    ),
  ];
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.fingerprint256 === other.fingerprint256;
}

function vouches(authority: X509Certificate, one: X509Certificate): boolean {
  return one.checkIssued(authority) && one.verify(authority.publicKey);
}
