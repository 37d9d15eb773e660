/** The shipped `hallward-ca`, as somebody types it, and certificates that it would not make. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const script = resolve(import.meta.dirname, '../../../deploy/certificates/hallward-ca');

export const haveOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!haveOpenssl && process.env.CI === 'true') throw new Error('CI has no openssl: apt-get install openssl');

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A certificate with its key, as PEM, and the files that they stand in. */
export interface Issued {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export class Authority {
  readonly folder: string;

  /** @param parent an existing folder; nothing is made yet */
  constructor(parent: string, name = 'authority') {
    this.folder = join(parent, name);
  }

  /** `hallward-ca -d FOLDER ARGS`. */
  try(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Said {
    const env = { ...process.env, ...environment };
    const { status, stdout, stderr } = spawnSync('sh', [script, '-d', this.folder, ...args], {
      encoding: 'utf8',
      env,
    });
    return { code: status, out: stdout, err: stderr };
  }

  /** The same, and throws where it fails. */
  run(...args: readonly string[]): string {
    const { code, out, err } = this.try(args);
    if (code !== 0) throw new Error(`hallward-ca ${args.join(' ')}: ${code} ${err}`);
    return out;
  }

  get caFile(): string {
    return join(this.folder, 'ca.pem');
  }

  get ca(): string {
    return readFileSync(this.caFile, 'utf8');
  }

  get crlFile(): string {
    return join(this.folder, 'crl.pem');
  }

  broker(...names: readonly [string, ...string[]]): Issued {
    this.run('broker', ...names);
    return this.issued(`broker-${names[0].replace(/[:*]/g, '_')}`);
  }

  board(hall: string, controller: string): Issued {
    this.run('board', hall, controller);
    return this.issued(`board-${hall}-${controller}`);
  }

  person(name: string, role: string): Issued {
    this.run('person', name, role);
    return this.issued(`person-${name}-${role.replace('hall:', '')}`);
  }

  /** What `list` calls so. The key is made readable for all: a broker that was started as root becomes another user. */
  issued(name: string): Issued {
    const certFile = join(this.folder, 'issued', `${name}.pem`);
    const keyFile = join(this.folder, 'issued', `${name}.key`);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  /**
   * A certificate that the script does not make, signed by the same authority.
   * @param extensions lines of openssl's settings
   * @param validity `YYYYMMDDHHMMSSZ`, from and until
   */
  special(
    name: string,
    commonName: string,
    extensions: readonly string[],
    validity: readonly [string, string] = ['19700101000000Z', '20991231000000Z'],
  ): Issued {
    const at = (file: string) => join(this.folder, file);
    const [certFile, keyFile] = [at(`${name}.pem`), at(`${name}.key`)];
    writeFileSync(
      at('special.conf'),
      `[ca]\ndefault_ca=a\n[a]\ndatabase=${at('index.txt')}\nnew_certs_dir=${at('signed')}\n` +
        `certificate=${at('ca.pem')}\nprivate_key=${at('ca.key')}\ndefault_md=sha256\nrand_serial=yes\n` +
        `unique_subject=no\npolicy=any\nx509_extensions=special\n[any]\ncommonName=supplied\n` +
        `[special]\n${extensions.join('\n')}\n`,
    );
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const steps = [
      ['req', '-new', ...made, '-subj', `/CN=${commonName}`, '-out', at('special.csr')],
      [
        ...['ca', '-batch', '-notext', '-config', at('special.conf'), '-in', at('special.csr')],
        ...['-out', certFile, '-startdate', validity[0], '-enddate', validity[1]],
      ],
    ];
    for (const step of steps) {
      const { status, stderr } = spawnSync('openssl', step, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`openssl ${step[0]}: ${stderr}`);
    }
    chmodSync(keyFile, 0o600);
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }
}

export const forServers = (...names: readonly string[]) => [
  'basicConstraints=critical,CA:FALSE',
  'extendedKeyUsage=serverAuth',
  ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',')}`]),
];
export const forClients = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth'];
