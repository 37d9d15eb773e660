/** Passwords and certificates that change while the hall is open. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiringOf, wrongDatesOf } from '../../src/hub/certificate-dates.js';
import { ConnectPlan } from '../../src/hub/connect-plan.js';
import { parseHubUrl } from '../../src/hub/hub-url.js';
import { Keyring } from '../../src/hub/keyring.js';
import { Passwords } from '../../src/hub/passwords.js';
import type { HubCredentials } from '../../src/hub/types.js';
import type { Clock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { HubFaults } from '../../src/supervisor/conditions.js';
import type { FaultBook } from '../../src/supervisor/fault-book.js';
import { readHubSettings } from '../../src/supervisor/hub-settings.js';
import type { Raise } from '../../src/supervisor/standing-fault.js';
import { haveMosquitto } from './support/broker.js';
import { makeCertificates } from './support/certificates.js';
import { fixture } from './support/fixture.js';
import { until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';
import { temporaryFolder } from './support/temporary-folder.js';

const dayMilliseconds = 24 * 3600 * 1000;
function listeningLog() {
  const lines: string[] = [];
  /** The level of each line. */
  const said: string[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
    said.push(level);
  };
  const log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return { log, lines, said };
}

describe('several passwords', () => {
  const passwords = ['new', 'old'];

  it('are tried from the first, and the one that was taken is kept until it is refused', () => {
    const ring = new Passwords();
    expect(ring.next('a', passwords)).toEqual({ password: 'new', line: 1 });
    expect(ring.refused('a')).toBe(true);
    expect(ring.next('a', passwords)).toEqual({ password: 'old', line: 2 });
    ring.taken('a');
    expect(ring.next('a', passwords)).toEqual({ password: 'old', line: 2 });
    // Now the broker has changed, too.
    expect(ring.refused('a')).toBe(true);
    expect(ring.next('a', passwords)).toEqual({ password: 'new', line: 1 });
  });

  it('are each tried once before there is a pause, at each broker for itself', () => {
    const ring = new Passwords();
    for (let round = 0; round < 3; round++) {
      expect(ring.next('a', passwords).line).toBe(1);
      expect(ring.refused('a')).toBe(true);
      expect(ring.next('a', passwords).line).toBe(2);
      expect(ring.refused('a')).toBe(false);
    }
    expect(ring.next('b', passwords).line).toBe(1);
    expect(ring.next('b', ['other']).line).toBe(1);
    expect(ring.refused('b')).toBe(false);
    expect(ring.next('c', [])).toEqual({ line: 1 });
    expect(ring.refused('c')).toBe(false);
  });

  it('find the right one within one round, whatever was taken before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 3 })),
        (count, rights) => {
          const lines = Array.from({ length: count }, (_, index) => `password-${index}`);
          const ring = new Passwords();
          for (const right of rights.map((number) => number % count)) {
            let tries = 1;
            while (ring.next('a', lines).password !== lines[right]) {
              tries++;
              expect(ring.refused('a')).toBe(true);
            }
            ring.taken('a');
            expect(tries).toBeLessThanOrEqual(count);
          }
        },
      ),
    );
  });

  it('stay with their broker: the next address waits its turn', () => {
    const plan = new ConnectPlan(['mqtt://a', 'mqtt://b'].map(parseHubUrl), () => 0.5);
    expect(plan.failed('password', 0)).toBe(100);
    expect(plan.next().target.host).toBe('a');
    plan.failed('refused', 0);
    expect(plan.next().target.host).toBe('b');
  });
});

describe('the files that hub names', () => {
  const config = (directory: string) => ({
    url: 'mqtt://hub',
    username: 'row-a',
    passwordFile: join(directory, 'password'),
  });

  it('hold a password a line, and are read anew each time', async () => {
    const directory = temporaryFolder();
    const { credentials } = readHubSettings(config(directory));
    await expect(credentials()).rejects.toMatchObject({ code: 'hub.file-unreadable' });
    writeFileSync(join(directory, 'password'), 'new\r\n\nold\n', { mode: 0o600 });
    expect((await credentials()).passwords).toEqual(['new', 'old']);
    writeFileSync(join(directory, 'password'), 'newest');
    expect((await credentials()).passwords).toEqual(['newest']);
  });

  it('are refused with what mends it, and never with what they hold', async () => {
    const directory = temporaryFolder();
    const file = join(directory, 'password');
    const { credentials } = readHubSettings(config(directory));
    const wrong: [string, RegExp][] = [
      ['secret-1\nsecret-2\nsecret-3\nsecret-4\nsecret-5\n', /5 lines; a password a line, at most 4/],
      ['\n\n', /is empty/],
      [`secret${'x'.repeat(300_000)}`, /is empty, or no file of a secret/],
    ];
    for (const [text, words] of wrong) {
      writeFileSync(file, text, { mode: 0o600 });
      const error = await credentials().catch((thrown: Error) => thrown);
      expect((error as Error).message).toMatch(words);
      expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret-');
    }
    writeFileSync(file, 'secret-1');
    chmodSync(file, 0o644);
    await expect(credentials()).rejects.toMatchObject({
      message: `hub.passwordFile: ${file} may be read by everybody; mend it with: chmod 600 ${file}`,
    });
    // What is public may be read by everybody, and a device is no file.
    const ca = join(directory, 'ca');
    writeFileSync(ca, 'pem', { mode: 0o644 });
    expect(await readHubSettings({ url: 'mqtts://hub', ca }).credentials()).toEqual({
      passwords: [],
      ca: 'pem',
    });
    await expect(
      readHubSettings({ url: 'mqtts://hub', ca: '/dev/zero' }).credentials(),
    ).rejects.toMatchObject({
      code: 'hub.file-unreadable',
    });
  });
});

describe('a disk that hangs', () => {
  it('fails the attempt within 10 s in words, and is asked again', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const credentials = () => {
      asked++;
      return asked === 1 ? new Promise<HubCredentials>(() => {}) : Promise.resolve({ passwords: ['p'] });
    };
    const ring = new Keyring({ urls: ['mqtt://a'], credentials }, clock, silentLog, () => {});
    const first = ring.read('mqtt://a').catch((error: Error) => error.message);
    await clock.advance(10_000);
    expect(await first).toContain('the disk does not answer');
    expect(await ring.read('mqtt://a')).toEqual({ password: 'p' });
    ring.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('is read once, not once more with each attempt', async () => {
    const directory = temporaryFolder();
    const file = join(directory, 'password');
    writeFileSync(file, 'p', { mode: 0o600 });
    const { credentials } = readHubSettings({ url: 'mqtt://hub', username: 'u', passwordFile: file });
    expect(credentials()).toBe(credentials());
    await credentials();
  });
});

describe('the link', () => {
  const test = fixture();

  it.runIf(haveMosquitto)(
    'tries the next password where the first is not known yet, and reads the file anew',
    async () => {
      const directory = temporaryFolder();
      const passwordFile = join(directory, 'password');
      writeFileSync(passwordFile, 'new-secret\nold-secret\n', { mode: 0o600 });
      const broker = await test.broker({ users: { 'row-a': 'old-secret' } });
      const { log, lines } = listeningLog();
      const settings = readHubSettings({ url: broker.url, username: 'row-a', passwordFile });
      const { link, conditions, connects } = test.link(broker.url, { options: { settings, log } });
      await until('connected with the old one', () => link.condition.connected);
      expect(connects()).toBe(2);
      // Nobody is told of a refusal that the next line makes good.
      expect(conditions.filter(({ problem }) => problem !== undefined)).toEqual([]);
      const said = lines.join('\n');
      expect(said).toContain('"passwordLine":1,"passwordLines":2');
      expect(said).toMatch(/hub: connected .*"passwordLine":2/);
      expect(said).not.toContain('secret');
      // Changed on disk: the connection that works stays; the next one counts.
      writeFileSync(passwordFile, 'third-secret\nold-secret\n');
      await broker.stop();
      await until('noticed', () => !link.condition.connected);
      await broker.start();
      await until('connected again', () => link.condition.connected);
      expect(lines.join('\n')).not.toContain('secret');
    },
  );

  it.runIf(haveMosquitto)(
    'whose file cannot be read says so, and connects by itself once it can',
    async () => {
      const passwordFile = join(temporaryFolder(), 'password');
      const broker = await test.broker({ users: { 'row-a': 'right' } });
      const settings = readHubSettings({ url: broker.url, username: 'row-a', passwordFile });
      const { link } = test.link(broker.url, { clock: hurriedClock(20), options: { settings } });
      await until('told', () => link.condition.problem === 'refused');
      expect(link.condition.detail).toContain(`hub.passwordFile: ${passwordFile} cannot be read (ENOENT)`);
      writeFileSync(passwordFile, 'right', { mode: 0o644 });
      await until('told of the mode', () => link.condition.detail.includes('chmod 600'));
      chmodSync(passwordFile, 0o600);
      await until('connected', () => link.condition.connected);
    },
  );

  it('that is stopped while the disk hangs ends at once', async () => {
    const settings = { urls: ['mqtt://127.0.0.1:1'], credentials: () => new Promise<never>(() => {}) };
    const clock = new VirtualClock();
    const { link, connects } = test.link('mqtt://127.0.0.1:1', { clock, options: { settings } });
    await link.stop();
    await clock.advance(60_000);
    expect(connects()).toBe(0);
    expect(clock.pending()).toEqual([]);
  });

  it.runIf(haveMosquitto)('takes a new certificate of its own from disk without a restart', async () => {
    const made = makeCertificates();
    const server = made.make('server');
    const foreign = made.make('foreign', { name: 'row-a', authority: 'other' });
    const own = made.make('own', { name: 'row-a' });
    chmodSync(server.key, 0o644);
    const broker = await test.broker({
      lines: [
        ...[`certfile ${server.cert}`, `keyfile ${server.key}`, `cafile ${made.authority()}`],
        'require_certificate true',
      ],
    });
    const [cert, key] = [join(made.folder, 'live.pem'), join(made.folder, 'live.key')];
    const install = (from: { cert: string; key: string }) => {
      writeFileSync(cert, made.text(from.cert));
      writeFileSync(key, made.text(from.key), { mode: 0o600 });
    };
    install(foreign);
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const settings = readHubSettings({ url, ca: made.authority(), cert, key });
    const { link } = test.link(url, { clock: hurriedClock(20), options: { settings } });
    await until('refused', () => link.condition.problem !== undefined);
    expect(link.condition.connected).toBe(false);
    install(own);
    await until('connected', () => link.condition.connected);
  });
});

describe('a certificate that is not valid at this time', () => {
  const test = fixture();
  it.runIf(haveMosquitto)('is not taken, and told with our time, its dates and what to do', async () => {
    const made = makeCertificates();
    const early = made.make('early', { fromDays: 30, toDays: 60 });
    chmodSync(early.key, 0o644);
    const broker = await test.broker({ lines: [`certfile ${early.cert}`, `keyfile ${early.key}`] });
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const clock: Clock = { ...hurriedClock(10), quality: () => 'untrusted' };
    const { log, lines, said } = listeningLog();
    const settings = { ca: made.text(made.authority()) };
    const { link, connects } = test.link(url, { clock, settings, options: { log } });
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.connected).toBe(false);
    const day = new Date(Date.now() + 30 * dayMilliseconds).toISOString().slice(0, 10);
    expect(link.condition.detail).toMatch(
      new RegExp(
        `not valid yet \\(valid from ${day}T.* to .*Z\\); this controller's clock says .*known to be wrong`,
      ),
    );
    expect(link.condition.detail).toContain('chrony');
    // A clock is set at any moment: it does not wait for a minute.
    await until('tried again and again', () => connects() >= 4);
    const pauses = lines.flatMap((line) => /"nextTrySeconds":([\d.]+)/.exec(line)?.[1] ?? []).map(Number);
    expect(pauses.length).toBeGreaterThanOrEqual(3);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(4);
    // Loud once, although the time in its words is another one at each try.
    expect(said.filter((level) => level === 'warn').length).toBe(1);
  });

  it.runIf(haveMosquitto)('that has expired says so, and whose it is to renew', async () => {
    const made = makeCertificates();
    const late = made.make('late', { fromDays: -60, toDays: -1 });
    chmodSync(late.key, 0o644);
    const broker = await test.broker({ lines: [`certfile ${late.cert}`, `keyfile ${late.key}`] });
    const url = broker.url.replace('mqtt:', 'mqtts:');
    const { link } = test.link(url, { settings: { ca: made.text(made.authority()) } });
    await until('told', () => link.condition.problem === 'refused');
    expect(link.condition.detail).toMatch(/has expired \(valid from .* to .*\).*renew it at the broker/);
  });

  it('is found in a chain, and a chain that bites its tail ends', () => {
    const now = Date.UTC(2026, 0, 1);
    const root = { valid_from: 'Jan  1 00:00:00 2020 GMT', valid_to: 'Jan  1 00:00:00 2025 GMT' };
    const good = { valid_from: 'Jan  1 00:00:00 2020 GMT', valid_to: 'Jan  1 00:00:00 2030 GMT' };
    expect(wrongDatesOf({ ...good, issuerCertificate: root } as never, now)?.to).toBe(
      '2025-01-01T00:00:00.000Z',
    );
    const circle: Record<string, unknown> = { ...good };
    circle.issuerCertificate = { ...good, issuerCertificate: circle };
    expect(wrongDatesOf(circle as never, now)).toBeUndefined();
    expect(wrongDatesOf(undefined, now)).toBeUndefined();
    expect(wrongDatesOf({} as never, now)).toBeUndefined();
  });
});

describe('a certificate of ours that ends soon', () => {
  it('is found by its days; a file of authorities counts by the last of them', () => {
    const made = makeCertificates();
    const now = Date.now();
    const soon = made.text(made.make('soon', { toDays: 10.5 }).cert);
    const far = made.text(made.make('far', { toDays: 200 }).cert);
    const gone = made.text(made.make('gone', { fromDays: -9, toDays: -1.5 }).cert);
    expect(expiringOf({ cert: far, ca: far }, now)).toEqual([]);
    expect(expiringOf({ cert: soon, ca: soon + far }, now)).toMatchObject([
      { setting: 'hub.cert', days: 10 },
    ]);
    expect(expiringOf({ cert: gone, ca: soon }, now)).toMatchObject([
      { setting: 'hub.ca', days: 10 },
      { setting: 'hub.cert', days: -2 },
    ]);
    expect(
      expiringOf(
        { cert: 'nonsense', ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
        now,
      ),
    ).toEqual([]);
  });

  it('is looked at once a day, and by a trusted clock only', async () => {
    const made = makeCertificates();
    const soon = made.text(made.make('soon', { toDays: 31.5 }).cert);
    const far = made.text(made.make('far', { toDays: 300 }).cert);
    let cert = soon;
    const clock = new VirtualClock(new Date().toISOString());
    let told = 0;
    const settings = { urls: ['mqtts://a'], credentials: async () => ({ passwords: [], cert }) };
    const ring = new Keyring(settings, clock, silentLog, () => void told++);
    await ring.read('mqtts://a');
    expect(ring.expiring).toEqual([]);
    for (let day = 0; day < 3; day++) await clock.advance(dayMilliseconds);
    expect(ring.expiring).toMatchObject([{ setting: 'hub.cert', days: 28 }]);
    expect(told).toBe(3);
    clock.trust = 'untrusted';
    cert = far;
    await clock.advance(dayMilliseconds);
    expect(ring.expiring).toMatchObject([{ days: 28 }]);
    clock.trust = 'synced';
    await clock.advance(dayMilliseconds);
    expect(ring.expiring).toEqual([]);
    ring.stop();
  });

  it('is a fault with days and file, cleared when the file was changed', () => {
    const raised: Raise[] = [];
    const cleared: string[] = [];
    const faults = {
      raise: (raise: Raise) => void raised.push(raise),
      clear: (_device: string, code: string) => void cleared.push(code),
    } as unknown as FaultBook;
    const hub = new HubFaults(new VirtualClock(), faults);
    const base = { connected: true, sinceMonotonicMilliseconds: 0, detail: '', heldTypes: [], degraded: [] };
    const expiring = [
      { setting: 'hub.ca' as const, days: 20, expiresAt: '2026-12-20T00:00:00.000Z' },
      { setting: 'hub.cert' as const, days: 5, expiresAt: '2026-12-05T00:00:00.000Z' },
    ];
    hub.look({ ...base, expiring });
    expect(raised).toEqual([
      {
        device: 'controller',
        code: 'controller.certificate-expiring',
        evidence: { days: 5, file: 'hub.ca, hub.cert', expiresAt: '2026-12-05T00:00:00.000Z' },
      },
    ]);
    hub.look(base);
    expect(cleared).toContain('controller.certificate-expiring');
  });
});
