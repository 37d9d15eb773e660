/** The doctor at a real broker: each thing that is wrong there is named, with what mends it. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkHub } from '../../src/cli/doctor/check-hub.js';
import type { Machine } from '../../src/cli/doctor/machine.js';
import { runChecks } from '../../src/cli/doctor/run-checks.js';
import type { Finding } from '../../src/cli/doctor/types.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import type { Configuration, HubConfig } from '../../src/supervisor/config/schema.js';
import { aedesBroker, haveMosquitto } from '../broker/support/broker.js';
import { type Certificates, makeCertificates } from '../broker/support/certificates.js';
import { fixture } from '../broker/support/fixture.js';
import { retained } from '../broker/support/hall.js';
import { temporaryFolder } from '../broker/support/temporary-folder.js';
import { freePort } from '../support/free-port.js';

const shippedRules = fileURLToPath(new URL('../../deploy/mosquitto/hallward.acl', import.meta.url));
const us: Machine = {
  root: '',
  account: {
    name: 'tester',
    userId: process.getuid?.() ?? 0,
    groupIds: [process.getgid?.() ?? 0],
  },
  unit: undefined,
  searchPath: process.env.PATH ?? '',
};

interface Wishes {
  readonly controller?: string;
  readonly machine?: Machine;
  readonly clock?: Clock;
  readonly commander?: { readonly username: string; readonly password: string };
}

async function examine(hub: HubConfig, wishes: Wishes = {}): Promise<readonly Finding[]> {
  const { controller = 'row-a', machine = us, clock = systemClock(() => 'synced'), commander } = wishes;
  // One that leads others and is led itself: it needs every right there is.
  const several = { leader: ['row-b'], calling: { standbyFor: 'row-b' } };
  const configuration = { hall: 'hall', controller, hub, ...several } as unknown as Configuration;
  const checks = checkHub(configuration, hub, { machine, clock, commander });
  return runChecks(
    checks.map((one) => [one]),
    { clock, found: () => {}, slow: () => {} },
  );
}

const codes = (findings: readonly Finding[], outcome?: Finding['outcome']) =>
  findings.filter((one) => outcome === undefined || one.outcome === outcome).map(({ code }) => code);
const only = (findings: readonly Finding[]) => {
  const bad = findings.filter(({ outcome }) => outcome === 'problem');
  expect(codes(bad)).toHaveLength(1);
  return bad[0]!;
};

function password(text: string): string {
  const file = join(temporaryFolder(), 'password');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** The lines of the shipped file that every controller has, as lines of one user. */
function shippedLines(): { readonly access: string; readonly filter: (controller: string) => string }[] {
  return [
    ...readFileSync(shippedRules, 'utf8').matchAll(/^pattern (\w+) hallward\/v1\/jinshan\/%u\/(.+)$/gm),
  ].map(([, access = '', below = '']) => ({
    access,
    filter: (controller: string) => `hallward/v1/hall/${controller}/${below}`,
  }));
}

describe.runIf(haveMosquitto)('the rights at the broker', () => {
  const test = fixture();

  it('are all found with the rules that come with Hallward, and nothing of it stays', async () => {
    const lines = shippedLines();
    expect(lines.length).toBeGreaterThan(15);
    const broker = await test.broker({
      users: { 'row-a': 'secret', admin: 'secret', watcher: 'secret' },
      acl: [
        'user row-a',
        ...lines.map(({ access, filter }) => `topic ${access} ${filter('row-a')}`),
        ...['user admin', 'topic write hallward/v1/hall/+/command/config.history'],
        ...[
          'topic readwrite hallward/v1/hall/+/config/desired',
          'user watcher',
          'topic readwrite hallward/#',
        ],
      ],
    });
    const watcher = { username: 'watcher', password: 'secret' };
    const client = await test.client(broker, watcher);
    const desired = topicsOf('hall', 'row-a').configDesired;
    await client.publishAsync(desired, '{"revision":1}', { qos: 1, retain: true });
    const hub = { url: broker.url, username: 'row-a', passwordFile: password('secret') };
    const commander = { username: 'admin', password: 'secret' };
    const findings = await examine(hub, { commander });
    expect(findings.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect(codes(findings)).toEqual(['hub.reached', 'hub.login', 'right.given', 'will.given']);
    expect((await retained(broker, 'hallward/#', watcher)).size).toBe(1);
  });

  it('are each named where their line is missing, with the line to add', async () => {
    const lines = shippedLines();
    const name = (index: number) => `board-${index}`;
    const users = Object.fromEntries(lines.map((_, index) => [name(index), 'secret']));
    const broker = await test.broker({
      users: { ...users, admin: 'secret' },
      acl: [
        ...lines.flatMap((_, missing) => [
          `user ${name(missing)}`,
          ...lines
            .filter((_, index) => index !== missing)
            .map(({ access, filter }) => `topic ${access} ${filter(name(missing))}`),
        ]),
        ...['user admin', 'topic readwrite hallward/v1/hall/+/command/config.history'],
        'topic readwrite hallward/v1/hall/+/config/desired',
      ],
    });
    const admin = await test.client(broker, { username: 'admin', password: 'secret' });
    const passwordFile = password('secret');
    const told = await Promise.all(
      lines.map(async ({ access, filter }, index) => {
        const controller = name(index);
        await admin.publishAsync(topicsOf('hall', controller).configDesired, '{}', { qos: 1, retain: true });
        const hub = { url: broker.url, username: controller, passwordFile };
        const findings = await examine(hub, {
          controller,
          commander: { username: 'admin', password: 'secret' },
        });
        const bad = findings.filter(({ outcome }) => outcome === 'problem');
        return {
          line: `topic ${access} ${filter(controller)}`,
          named: bad.map(({ fix }) => fix?.en.split('\n')[2]),
          inChinese: bad.every(({ found }) => found['zh-CN'].includes(filter(controller))),
        };
      }),
    );
    expect(told).toEqual(told.map(({ line }) => ({ line, named: [line], inChinese: true })));
  }, 60_000);

  it('to read are named where only writing is allowed, and the will is then not tried', async () => {
    const lines = shippedLines();
    const broker = await test.broker({
      users: { 'row-a': 'secret' },
      acl: [
        'user row-a',
        ...lines.map(({ access, filter }) => {
          const topic = filter('row-a');
          return `topic ${/\/(device|queue)\//.test(topic) ? 'write' : access} ${topic}`;
        }),
      ],
    });
    const findings = await examine({ url: broker.url, username: 'row-a', passwordFile: password('secret') });
    const bad = findings.filter(({ outcome }) => outcome === 'problem');
    expect(bad.map(({ code, fix }) => [code, fix?.en.split('\n')[2]])).toEqual([
      ['right.read', 'topic readwrite hallward/v1/hall/row-a/device/+'],
      ['right.read', 'topic readwrite hallward/v1/hall/row-a/queue/+'],
    ]);
    expect(codes(findings, 'not-tried')).toContain('will.not-tried');
  });

  it('include the will, and a broker that keeps it to itself is named', async () => {
    const broker = await test.broker();
    // Says goodbye for whoever vanishes: then there is no reason for a will.
    const polite = createServer((near) => {
      const far = connect(broker.port, '127.0.0.1');
      near.on('error', () => {}).on('data', (chunk) => far.write(chunk));
      far.on('error', () => {}).on('data', (chunk) => near.write(chunk));
      far.on('close', () => near.destroy());
      near.on('close', () => far.end(Buffer.from([0xe0, 0])));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => polite.once('listening', resolve));
    onTestFinished(() => void polite.close());
    const { port } = polite.address() as { port: number };
    expect(only(await examine({ url: `mqtt://127.0.0.1:${port}` })).code).toBe('will.missing');
  });

  it('to hear commands are not claimed to be there where nobody could prove it', async () => {
    const broker = await test.broker();
    const findings = await examine({ url: broker.url });
    expect(codes(findings, 'not-tried')).toEqual(['right.unproven', 'right.unproven']);
    expect(codes(findings, 'problem')).toEqual([]);
  });

  it('are tried without a word to whoever stands there already', async () => {
    const broker = await test.broker();
    const topics = topicsOf('hall', 'row-a');
    const { link } = test.link(broker.url);
    link.setRetained(topics.device('d'), { status: 'good' });
    link.bookComplete();
    const seen = await test.subscribe(broker, `${topics.root}/#`);
    const before = await retained(broker);
    const findings = await examine({ url: broker.url });
    expect(codes(findings, 'problem')).toEqual([]);
    const after = await retained(broker);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    expect(link.condition).toMatchObject({ connected: true });
    expect(link.condition.problem).toBeUndefined();
    // Only what is true was said on the status, and no command.
    expect(seen.at(topics.status).every(({ state }) => state === 'online')).toBe(true);
    expect(seen.seen.filter(({ topic }) => topic.includes('/command/'))).toEqual([]);
  });
});

describe('the login', () => {
  const test = fixture();

  it.runIf(haveMosquitto)('names a wrong password, and which line of several is taken', async () => {
    const broker = await test.broker({ users: { 'row-a': 'right' } });
    const hub = { url: broker.url, username: 'row-a', passwordFile: password('wrong-secret') };
    const wrong = await examine(hub);
    expect(only(wrong)).toMatchObject({ code: 'hub.login-refused' });
    expect(only(wrong).fix?.en).toContain('mosquitto_passwd /etc/mosquitto/hallward.passwords row-a');
    expect(JSON.stringify(wrong)).not.toContain('wrong-secret');
    const second = await examine({ ...hub, passwordFile: password('wrong-secret\nright\n') });
    expect(second.find(({ code }) => code === 'hub.login')?.found.en).toContain('line 2');
    expect(only(await examine({ url: broker.url }))).toMatchObject({ code: 'hub.login-refused' });
  });

  it('says what a broker of MQTT 3.1.1 cannot tell', async () => {
    const broker = test.adopt(await aedesBroker());
    await broker.start();
    const findings = await examine({ url: broker.url });
    expect(codes(findings)).toContain('hub.old');
    expect(codes(findings, 'problem')).toEqual([]);
    expect(codes(findings, 'not-tried').length).toBeGreaterThan(3);
  });

  it('names a file that everybody may read, or that is not there, or that the service may not read', async () => {
    const file = password('secret');
    chmodSync(file, 0o644);
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    const open = await examine({ url, username: 'a', passwordFile: file });
    expect(open[0]).toMatchObject({ code: 'file.open-to-all', subject: 'hub.passwordFile' });
    expect(open[0]?.fix?.en).toContain('chmod 600');
    const absent = await examine({ url, ca: '/none/ca.pem' });
    expect(absent[0]).toMatchObject({ code: 'file.missing', subject: 'hub.ca' });
    chmodSync(file, 0o600);
    const service = { ...us, account: { name: 'hallward', userId: 64999, groupIds: [64999] } };
    const denied = await examine({ url, username: 'a', passwordFile: file }, { machine: service });
    expect(denied[0]).toMatchObject({ code: 'file.denied' });
    expect(denied[0]?.fix?.en).toContain('chown root:hallward');
  });
});

describe('the way there', () => {
  it('names a dead port and an unknown name', async () => {
    expect(only(await examine({ url: `mqtt://127.0.0.1:${await freePort()}` }))).toMatchObject({
      code: 'hub.unreached',
    });
    expect(only(await examine({ url: 'mqtt://nowhere.invalid' }))).toMatchObject({ code: 'hub.name' });
  });

  it('does not wait for a port that takes a connection and says nothing', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    expect(only(await examine({ url: `mqtt://127.0.0.1:${port}` }))).toMatchObject({ code: 'hub.refused' });
    expect(only(await examine({ url: `mqtts://127.0.0.1:${port}` }))).toMatchObject({ code: 'tls.failed' });
  }, 30_000);
});

describe.runIf(haveMosquitto)('the certificates', () => {
  const test = fixture();

  async function brokerWith(made: Certificates, files: { cert: string; key: string }, ...lines: string[]) {
    chmodSync(files.key, 0o644);
    const broker = await test.broker({ lines: [`certfile ${files.cert}`, `keyfile ${files.key}`, ...lines] });
    return { url: broker.url.replace('mqtt:', 'mqtts:'), ca: made.authority() };
  }

  it('are good where they are', async () => {
    const made = makeCertificates();
    const hub = await brokerWith(made, made.make('good'));
    const findings = await examine(hub);
    expect(codes(findings, 'problem')).toEqual([]);
    expect(codes(findings, 'ok')).toContain('tls.good');
    expect(
      codes(await examine({ ...hub, url: hub.url.replace('127.0.0.1', 'localhost') }), 'problem'),
    ).toEqual([]);
  });

  it('of the broker are named by the field at fault: name, dates, issuer', async () => {
    const made = makeCertificates();
    const cases = {
      'certificate.name': {
        wishes: { names: 'DNS:elsewhere.example' },
        words: 'subjectAltName=IP:127.0.0.1',
      },
      'certificate.expired': {
        wishes: { fromDays: -60, toDays: -2 },
        words: 'a new certificate at the broker',
      },
      'certificate.early': { wishes: { fromDays: 20 }, words: 'timedatectl' },
      'certificate.issuer': { wishes: { authority: 'other' as const }, words: 'hub.ca' },
    };
    for (const [code, { wishes, words }] of Object.entries(cases)) {
      const hub = await brokerWith(made, made.make('wrong', wishes));
      const found = only(await examine(hub));
      expect(found.code).toBe(code);
      expect(found.fix?.en).toContain(words);
    }
    // Two at once are both told, although the library tells one.
    const hub = await brokerWith(made, made.make('both', { authority: 'other', fromDays: 20 }));
    expect(codes(await examine(hub), 'problem').sort()).toEqual(['certificate.early', 'certificate.issuer']);
    const soon = await brokerWith(made, made.make('soon', { toDays: 10 }));
    expect(codes(await examine(soon), 'warning')).toEqual(['certificate.expiring']);
  });

  it('of ours are named: not a certificate, not its key, expired, of another authority', async () => {
    const made = makeCertificates();
    const hub = await brokerWith(
      made,
      made.make('server'),
      `cafile ${made.authority()}`,
      'require_certificate true',
    );
    const [own, other] = [made.make('own', { name: 'row-a' }), made.make('other', { name: 'row-a' })];
    const good = await examine({ ...hub, ...own });
    expect(codes(good, 'problem')).toEqual([]);
    expect(codes(good, 'ok')).toContain('certificate.own');
    const mixed = await examine({ ...hub, cert: own.cert, key: other.key });
    expect(codes(mixed, 'problem')).toContain('certificate.key-mismatch');
    const nonsense = join(made.folder, 'nonsense');
    writeFileSync(nonsense, 'nothing', { mode: 0o600 });
    expect(codes(await examine({ ...hub, cert: nonsense, key: own.key }), 'problem')).toContain(
      'certificate.unreadable',
    );
    expect(codes(await examine({ ...hub, cert: own.cert, key: nonsense }), 'problem')).toContain(
      'certificate.bad-key',
    );
    expect(codes(await examine({ ...hub, ca: nonsense }), 'problem')).toContain('certificate.no-authority');
    const late = made.make('late', { name: 'row-a', fromDays: -60, toDays: -2 });
    expect(codes(await examine({ ...hub, ...late }), 'problem')).toContain('certificate.own-expired');
    const foreign = await examine({ ...hub, ...made.make('foreign', { name: 'row-a', authority: 'other' }) });
    expect(only(foreign).found.en).toMatch(/our certificate/);
    const named = await examine({ ...hub, ...made.make('named', { name: 'row-z' }) });
    expect(codes(named, 'warning')).toContain('certificate.own-name');
    expect(only(await examine(hub)).found.en).toMatch(/certificate/);
  }, 40_000);

  it('are judged by a wrong clock in words about the clock', async () => {
    const made = makeCertificates();
    const hub = await brokerWith(made, made.make('good'));
    const clock = systemClock(() => 'untrusted');
    const past = { ...clock, wallMilliseconds: () => 86_400_000 };
    const bad = (await examine(hub, { clock: past })).filter(({ outcome }) => outcome === 'problem');
    expect(bad[0]?.code).toBe('certificate.early');
    expect(bad[0]?.found.en).toContain('our clock says 1970-01-02');
    expect(bad[0]?.fix?.en).toContain('sudo date -s');
  });

  it('are not looked for where no TLS is spoken', async () => {
    const broker = await test.broker();
    const findings = await examine({ url: broker.url.replace('mqtt:', 'mqtts:') });
    expect(only(findings).code).toMatch(/^tls\./);
  });
});
