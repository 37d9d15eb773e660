/** The shipped script that makes certificates, as somebody types it. */
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Authority, haveOpenssl } from './support/authority.js';

const script = resolve(import.meta.dirname, '../../deploy/certificates/hallward-ca');
const haveShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
const dayMilliseconds = 86_400_000;

describe.skipIf(!haveOpenssl)('hallward-ca', () => {
  let folder: string;
  let authority: Authority;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hallward-ca-'));
    authority = new Authority(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const certificate = (name: string) => new X509Certificate(authority.issued(name).cert);
  const days = ({ validTo }: X509Certificate) =>
    Math.round((Date.parse(validTo) - Date.now()) / dayMilliseconds);
  const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

  it.skipIf(!haveShellcheck)('is clean to shellcheck', () => {
    const { stdout, status } = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  });

  it('makes an authority that signs brokers, boards and people, each for its own purpose', () => {
    authority.run('init', 'jinshan');
    authority.run('broker', 'hub.jinshan.example', '192.168.60.1', 'fe80::1');
    authority.run('board', 'jinshan', 'row-a');
    authority.run('person', 'li', 'duty');
    const ca = new X509Certificate(authority.ca);
    expect([ca.ca, days(ca)]).toEqual([true, 3652]);
    const broker = certificate('broker-hub.jinshan.example');
    expect(broker.checkHost('hub.jinshan.example')).toBe('hub.jinshan.example');
    expect([broker.checkIP('192.168.60.1'), broker.checkIP('fe80::1')]).toEqual(['192.168.60.1', 'fe80::1']);
    expect([broker.keyUsage, days(broker)]).toEqual([['1.3.6.1.5.5.7.3.1'], 825]);
    const board = certificate('board-jinshan-row-a');
    expect(board.subject).toBe('O=jinshan\nOU=board\nCN=row-a');
    expect([board.keyUsage, days(board)]).toEqual([['1.3.6.1.5.5.7.3.2'], 1826]);
    const person = certificate('person-li-duty');
    expect(person.subject).toBe('O=hallward\nOU=li\nCN=duty');
    expect([person.keyUsage, days(person)]).toEqual([['1.3.6.1.5.5.7.3.2'], 366]);
    for (const one of [broker, board, person]) {
      expect(one.ca).toBe(false);
      expect(one.verify(ca.publicKey)).toBe(true);
      // A board's clock may start in 1970.
      expect(Date.parse(one.validFrom)).toBe(0);
      expect(one.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    }
    const { cert, key } = authority.issued('board-jinshan-row-a');
    expect(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('lets nobody else read a key', () => {
    authority.run('init');
    authority.run('board', 'jinshan', 'row-a');
    const { keyFile } = authority.issued('board-jinshan-row-a');
    expect([mode(keyFile), mode(join(authority.folder, 'ca.key')), mode(authority.folder)]).toEqual([
      '600',
      '600',
      '700',
    ]);
  });

  it('never overwrites, and says what to do instead', () => {
    authority.run('init');
    authority.run('board', 'jinshan', 'row-a');
    const before = [authority.ca, authority.issued('board-jinshan-row-a').key];
    expect(authority.try(['init'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('another folder (-d)'),
    });
    expect(authority.try(['board', 'jinshan', 'row-a'])).toMatchObject({
      code: 1,
      err: expect.stringContaining("'hallward-ca renew board-jinshan-row-a'"),
    });
    expect([authority.ca, authority.issued('board-jinshan-row-a').key]).toEqual(before);
  });

  it('renews with a new key and the same names, and keeps the old one until it is revoked', () => {
    authority.run('init');
    authority.run('broker', 'hub.example', '10.0.0.1');
    const before = authority.issued('broker-hub.example');
    const said = authority.run('renew', 'broker-hub.example');
    const after = authority.issued('broker-hub.example');
    expect(after.key).not.toBe(before.key);
    const [old, fresh] = [new X509Certificate(before.cert), new X509Certificate(after.cert)];
    expect([fresh.subject, fresh.subjectAltName]).toEqual([old.subject, old.subjectAltName]);
    const kept = `broker-hub.example-${old.serialNumber}`;
    expect(said).toContain(`revoke ${kept}`);
    expect(readdirSync(join(authority.folder, 'old')).sort()).toEqual([`${kept}.key`, `${kept}.pem`]);
    expect(authority.run('list')).toMatch(new RegExp(`replaced, not revoked +${kept}\n`));
    authority.run('revoke', kept);
    expect(authority.run('list')).toMatch(new RegExp(`GMT +revoked +${kept}\n`));
    expect(authority.run('list')).toMatch(/GMT +good +broker-hub\.example\n/);
  });

  it('revokes into a list that does not end, and the name can be given out again', () => {
    authority.run('init');
    authority.run('board', 'jinshan', 'row-a');
    const { serialNumber } = certificate('board-jinshan-row-a');
    authority.run('revoke', 'board-jinshan-row-a');
    const { stdout } = spawnSync('openssl', ['crl', '-in', authority.crlFile, '-noout', '-text'], {
      encoding: 'utf8',
    });
    expect(stdout).toContain(serialNumber);
    const knowsDates = spawnSync('openssl', ['ca', '-help'], { encoding: 'utf8' }).stderr.includes(
      'crl_lastupdate',
    );
    if (knowsDates)
      expect(stdout).toMatch(/Last Update: Jan +1 00:00:00 1970[\s\S]*Next Update: Dec 31 23:59:59 9999/);
    expect(authority.try(['revoke', 'board-jinshan-row-a']).code).toBe(1);
    authority.run('board', 'jinshan', 'row-a');
    expect(certificate('board-jinshan-row-a').serialNumber).not.toBe(serialNumber);
  });

  it('makes what a board whose clock starts in 1970 takes, with the list of revoked ones too', () => {
    authority.run('init');
    const { certFile } = authority.broker('hub.example');
    const anHourAfter = ['-attime', '3600', '-CAfile', authority.caFile, '-x509_strict'];
    const check = (...more: string[]) =>
      spawnSync('openssl', ['verify', ...anHourAfter, ...more, certFile], { encoding: 'utf8' });
    expect(check('-purpose', 'sslserver', '-verify_hostname', 'hub.example')).toMatchObject({ status: 0 });
    expect(check('-purpose', 'sslclient').status).not.toBe(0);
    const knowsDates = spawnSync('openssl', ['ca', '-help'], { encoding: 'utf8' }).stderr.includes(
      'crl_lastupdate',
    );
    if (knowsDates) expect(check('-crl_check', '-CRLfile', authority.crlFile)).toMatchObject({ status: 0 });
  });

  it('makes none that would outlive the authority', () => {
    authority.run('init');
    // An authority that ends in a year, in the place of the other.
    const made = [
      'req',
      '-x509',
      '-key',
      join(authority.folder, 'ca.key'),
      '-subj',
      '/CN=short',
      '-days',
      '365',
    ];
    spawnSync('openssl', [...made, '-out', authority.caFile]);
    const said = authority.try(['broker', 'hub.example']);
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('the authority itself ends before') });
    expect(readdirSync(join(authority.folder, 'issued'))).toEqual([]);
  });

  it('encrypts the key of the authority where it is told to, and leaves nothing behind that failed', () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'a long pass phrase\n', { mode: 0o600 });
    const environment = { HALLWARD_CA_PASSFILE: secret };
    expect(authority.try(['init'], { HALLWARD_CA_PASSFILE: '/nowhere' })).toMatchObject({ code: 1 });
    expect(authority.try(['init'], environment).code).toBe(0);
    expect(readFileSync(join(authority.folder, 'ca.key'), 'utf8')).toContain('ENCRYPTED');
    expect(authority.try(['board', 'h', 'c'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('HALLWARD_CA_PASSFILE'),
    });
    expect(authority.try(['board', 'h', 'c'], environment).code).toBe(0);
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'another\n');
    const said = authority.try(['renew', 'board-h-c'], { HALLWARD_CA_PASSFILE: wrong });
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('openssl ca failed') });
    expect(said.err).not.toContain('a long pass phrase');
    // The one that was there still is.
    expect(certificate('board-h-c').subject).toContain('CN=c');
    expect(readdirSync(authority.folder)).not.toContain('lock');
  });

  it('works once at a time, and says how to go on after one that was killed', () => {
    authority.run('init');
    mkdirSync(join(authority.folder, 'lock'));
    expect(authority.try(['board', 'h', 'c'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('remove the folder'),
    });
  });

  it.each([
    [[], 64],
    [['nonsense'], 64],
    [['-x'], 64],
    [['broker'], 64],
    [['broker', ''], 64],
    [['broker', 'mqtts://hub.example'], 64],
    [['broker', 'hub.example:8883'], 64],
    [['broker', 'a,DNS:b'], 64],
    [['broker', 'a\nb'], 64],
    [['broker', '$HOME'], 64],
    [['board', 'jinshan'], 64],
    [['board', 'jinshan', 'Row-A'], 64],
    [['board', 'jinshan', 'a/b'], 64],
    [['board', 'jinshan', '+'], 64],
    [['board', '../../x', 'a'], 64],
    [['board', 'jinshan', 'admin'], 64],
    [['board', 'jinshan', 'jinshan'], 64],
    [['board', 'jinshan', 'x'.repeat(41)], 64],
    [['person', 'li', 'root'], 64],
    [['person', 'li', 'row-a'], 64],
    [['person', 'li', 'hall:admin'], 64],
    [['person', 'li\nCN=admin', 'duty'], 64],
    [['renew', 'nobody'], 1],
    [['renew', '../ca'], 64],
    [['revoke', 'nobody'], 1],
    [['board', '--with-hall', 'x'.repeat(40), 'y'.repeat(40)], 1],
    [['help'], 0],
    [['list'], 0],
  ] as const)('takes %j with exit status %i', (args, code) => {
    authority.run('init');
    const said = authority.try(args);
    expect([said.code, said.err]).toEqual([code, code === 0 ? '' : expect.stringMatching(/hallward-ca/)]);
    expect(readdirSync(join(authority.folder, 'issued'))).toEqual([]);
    expect(readdirSync(authority.folder)).not.toContain('lock');
  });

  it('says that there is no authority, rather than make one by the way', () => {
    for (const args of [['list'], ['board', 'h', 'c'], ['broker', 'h'], ['renew', 'x'], ['revoke', 'x']]) {
      expect(authority.try(args)).toMatchObject({ code: 1, err: expect.stringContaining('init') });
    }
  });
});
