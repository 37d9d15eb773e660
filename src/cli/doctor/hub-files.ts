/** The files that `hub` names: readable by the service, by nobody else, and what they say they are. */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { certificatesOf, expiringOf } from '../../hub/certificate-dates.js';
import type { HubCredentials } from '../../hub/types.js';
import type { Clock } from '../../kernel/clock.js';
import { rfc3339 } from '../../kernel/clock.js';
import { systemCode } from '../../kernel/errors.js';
import type { Configuration, HubConfig } from '../../supervisor/config/schema.js';
import { groupName, type Machine, may } from './machine.js';
import { type Finding, findingsOf, same, say } from './types.js';

const secrets = new Set(['passwordFile', 'key']);

/** Whether the service's user may read each file, and nobody else its secrets. */
export async function judgeFileRights(machine: Machine, hub: HubConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const option of ['passwordFile', 'ca', 'cert', 'key'] as const) {
    const file = hub[option];
    if (file === undefined) continue;
    const { problem, notTried } = findingsOf(`hub.${option}`);
    const found = await stat(file).catch((error: unknown) => systemCode(error) ?? 'error');
    if (found === 'EACCES') {
      findings.push(
        notTried(
          'file.hidden',
          say(`看不到 ${file}`, `${file} cannot be looked at by us`),
          same('sudo hallward doctor'),
        ),
      );
      continue;
    }
    if (typeof found === 'string') {
      findings.push(
        problem(
          'file.missing',
          say(`${file} 不存在（${found}）`, `${file} is not there (${found})`),
          same(`ls -l ${file}`),
        ),
      );
      continue;
    }
    const secret = secrets.has(option);
    const { name } = machine.account;
    if (secret && (found.mode & 0o004) !== 0) {
      findings.push(
        problem(
          'file.open-to-all',
          say(`所有人都能读 ${file}`, `everybody may read ${file}`),
          same(`sudo chmod ${ownerMode(found.uid === machine.account.userId)} ${file}`),
        ),
      );
    } else if (!may(machine.account, found, 'read')) {
      const owner = `${found.uid}:${groupName(machine, found.gid)} ${(found.mode & 0o777).toString(8)}`;
      findings.push(
        problem(
          'file.denied',
          say(`用户 ${name} 不能读 ${file}（${owner}）`, `the user ${name} may not read ${file} (${owner})`),
          same(`sudo chown root:${name} ${file} && sudo chmod 640 ${file}`),
        ),
      );
    }
  }
  return findings;
}

/** A secret of the service's own is its alone; one of root's is read by its group. */
function ownerMode(isOwn: boolean): string {
  return isOwn ? '600' : '640';
}

/** Our own certificate and key, and the authorities that we trust. */
export function judgeOwnCertificate(
  { controller }: Configuration,
  hub: HubConfig,
  credentials: HubCredentials,
  clock: Clock,
): Finding[] {
  const findings: Finding[] = [];
  const { ca, cert, key } = credentials;
  if (ca !== undefined && certificatesOf(ca).length === 0) {
    findings.push(
      findingsOf('hub.ca').problem(
        'certificate.no-authority',
        say(`${hub.ca} 中没有证书（PEM）`, `${hub.ca} holds no certificate (PEM)`),
        same(`openssl x509 -noout -subject -in ${hub.ca}`),
      ),
    );
  }
  if (clock.quality() !== 'untrusted') {
    for (const { setting, days, expiresAt } of expiringOf(credentials, clock.wallMilliseconds())) {
      const { warning, problem } = findingsOf(setting);
      const file = setting === 'hub.ca' ? hub.ca : hub.cert;
      const gone = days < 0;
      findings.push(
        (gone ? problem : warning)(
          gone ? 'certificate.own-expired' : 'certificate.own-expiring',
          gone
            ? say(`证书已于 ${expiresAt} 到期`, `it ended on ${expiresAt}`)
            : say(`证书还有 ${days} 天到期（${expiresAt}）`, `it ends in ${days} days (${expiresAt})`),
          say(`签发新证书，放到 ${file}，不用重启`, `a new certificate at ${file}; no restart needed`),
        ),
      );
    }
  }
  if (cert === undefined || key === undefined) return findings;
  const { ok, warning, problem } = findingsOf('hub.cert');
  const [own] = certificatesOf(cert);
  if (own === undefined) {
    return [
      ...findings,
      problem(
        'certificate.unreadable',
        say(`${hub.cert} 中没有证书（PEM）`, `${hub.cert} holds no certificate (PEM)`),
        same(`openssl x509 -noout -subject -in ${hub.cert}`),
      ),
    ];
  }
  const privateKey = privateKeyOf(key);
  if (privateKey === undefined) {
    return [
      ...findings,
      findingsOf('hub.key').problem(
        'certificate.bad-key',
        say(
          `${hub.key} 中没有可用的私钥（PEM，不加密）`,
          `${hub.key} holds no private key that can be used (PEM, not encrypted)`,
        ),
        same(`openssl pkey -noout -in ${hub.key}`),
      ),
    ];
  }
  if (!own.checkPrivateKey(privateKey)) {
    findings.push(
      findingsOf('hub.key').problem(
        'certificate.key-mismatch',
        say(`${hub.key} 不是 ${hub.cert} 的私钥`, `${hub.key} is not the key of ${hub.cert}`),
        same(
          `openssl x509 -noout -pubkey -in ${hub.cert} | sha256sum; openssl pkey -pubout -in ${hub.key} | sha256sum`,
        ),
      ),
    );
  }
  if (Date.parse(own.validFrom) > clock.wallMilliseconds()) {
    findings.push(
      problem(
        'certificate.own-early',
        say(
          `证书从 ${own.validFrom} 起才有效，时钟显示 ${rfc3339(clock.wallMilliseconds())}`,
          `it is valid from ${own.validFrom} only; the clock says ${rfc3339(clock.wallMilliseconds())}`,
        ),
        same('date'),
      ),
    );
  }
  const name = commonName(own);
  if (name !== controller && hub.username === undefined) {
    findings.push(
      warning(
        'certificate.own-name',
        say(
          `证书的 CN 是“${name}”，控制器叫“${controller}”：按证书认用户的服务器会当成另一个用户`,
          `its CN is "${name}", the controller "${controller}": a broker that takes the user from it sees another one`,
        ),
        same(`deploy/certificates/hallward-ca, CN=${controller}`),
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [
        ok(
          'certificate.own',
          say(`CN ${name}，有效到 ${own.validTo}`, `CN ${name}, valid until ${own.validTo}`),
        ),
      ];
}

/** The CN of a certificate's subject; the whole subject where it has none. */
export function commonName({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? (subject ?? '?').replaceAll('\n', ', ');
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
