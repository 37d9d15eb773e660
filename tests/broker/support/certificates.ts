/** Certificates of a private authority for tests, made with openssl; each field can be made wrong. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

export interface CertificateWishes {
  readonly name?: string;
  /** `subjectAltName` of openssl; without it: the loopback by name and address. */
  readonly names?: string;
  /** Days from now; negative: in the past. */
  readonly fromDays?: number;
  readonly toDays?: number;
  readonly authority?: 'ca' | 'other';
}

export interface Certificates {
  readonly folder: string;
  /** Path of an authority's certificate. */
  authority(which?: 'ca' | 'other'): string;
  /** Makes a key and a certificate; mosquitto and we may read both. */
  make(file: string, wishes?: CertificateWishes): { readonly cert: string; readonly key: string };
  text(path: string): string;
}

const dayMilliseconds = 24 * 3600 * 1000;

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
}

/** `YYMMDDHHMMSSZ` of a day from now. */
function asn1Time(days: number): string {
  const iso = new Date(Date.now() + days * dayMilliseconds).toISOString();
  return `${iso.slice(0, 19).replace(/[-:T]/g, '')}Z`;
}

/** Two authorities in a folder that is gone when the test is over. */
export function makeCertificates(): Certificates {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  for (const ca of ['ca', 'other']) {
    const subject = ['-subj', `/CN=authority ${ca}`, '-days', '3650'];
    openssl('req', '-x509', ...newKey, '-keyout', path(`${ca}.key`), '-out', path(`${ca}.pem`), ...subject);
  }
  writeFileSync(path('index.txt'), '');
  writeFileSync(path('index.txt.attr'), 'unique_subject = no\n');
  writeFileSync(path('serial'), '01\n');
  return {
    folder,
    authority: (which = 'ca') => path(`${which}.pem`),
    make(file, wishes = {}) {
      const { name = 'hub', fromDays = -1, toDays = 365, authority = 'ca' } = wishes;
      const { names = 'DNS:localhost,IP:127.0.0.1' } = wishes;
      const [cert, key] = [path(`${file}.pem`), path(`${file}.key`)];
      openssl('req', ...newKey, '-keyout', key, '-out', path('request'), '-subj', `/CN=${name}`);
      const settings = [
        ['[ca]', 'default_ca = it', '[it]', `database = ${path('index.txt')}`, `new_certs_dir = ${folder}`],
        [`serial = ${path('serial')}`, 'default_md = sha256', 'policy = any', '[any]'],
        ['commonName = supplied', '[more]', `subjectAltName = ${names}`, 'basicConstraints = CA:FALSE'],
      ];
      writeFileSync(path('settings'), `${settings.flat().join('\n')}\n`);
      const signer = ['-cert', path(`${authority}.pem`), '-keyfile', path(`${authority}.key`)];
      const dates = ['-startdate', asn1Time(fromDays), '-enddate', asn1Time(toDays)];
      const files = ['-in', path('request'), '-out', cert, '-extensions', 'more', '-notext', '-batch'];
      openssl('ca', '-config', path('settings'), ...signer, ...dates, ...files);
      // The broker may run as another user.
      chmodSync(key, 0o640);
      chmodSync(cert, 0o644);
      return { cert, key };
    },
    text: (file) => readFileSync(file, 'utf8'),
  };
}
