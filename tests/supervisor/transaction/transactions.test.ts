import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/kernel/canonical-json.js';
import { Board, deadAddress, type Loose, pushable, rowDocument } from './board.js';

const file = rowDocument();
const moved = (address: number) =>
  rowDocument((document) => Object.assign(document.devices['board-6'], { address }));

async function board(document: unknown = file): Promise<Board> {
  const made = new Board();
  await made.boot(document);
  await made.pass(61_000);
  made.steps.length = 0;
  return made;
}

describe('a push', () => {
  it('touches what differs, and nothing else', async () => {
    const row = await board();
    const before = row.serialOf('board-5');
    const reported = await row.push({ revision: 1, config: pushable(moved(16)) });
    expect(row.steps).toEqual(['stop-device board-6', 'start-device board-6']);
    expect(reported).toMatchObject({
      revision: 1,
      state: 'applied',
      errors: [],
      devices: { 'board-5': 'kept', 'board-6': 'restarted', 'board-7': 'kept' },
      running: { revision: 1, source: 'hub' },
      config: moved(16),
    });
    expect(row.serialOf('board-5')).toBe(before);
    expect(row.announced).toBe(1);
    expect(row.events.at(-1)).toMatchObject({
      type: 'config.applied',
      data: { revision: 1, running: reported.running },
    });
    // It was asked whether the hub still takes what we say.
    expect(row.acknowledgements).toBe(1);
  });

  it('that changes nothing touches nothing, and is in force at once', async () => {
    const row = await board();
    row.transactions.desired(Buffer.from(JSON.stringify({ revision: 4, config: pushable(file) })));
    await row.pass(0);
    expect(row.reported).toMatchObject({
      revision: 4,
      state: 'applied',
      running: { revision: 4, source: 'hub' },
    });
    expect(row.steps).toEqual([]);
    expect(Object.values(row.reported.devices)).toEqual(['kept', 'kept', 'kept']);
  });

  it('says what it does while it does it', async () => {
    const row = await board();
    const from = row.reports.length;
    await row.push({ revision: 1, config: pushable(moved(deadAddress)) });
    const states = row.reports.slice(from).map(({ state }) => state);
    expect(new Set(states.slice(0, -1))).toEqual(new Set(['applying']));
    expect(row.reports[from]).toMatchObject({ progress: { done: 0, of: 3 }, running: { revision: 0 } });
    expect(states.at(-1)).toBe('rolled-back');
  });

  it('after which a device that worked has failed is rolled back, and is not tried again', async () => {
    const row = await board();
    const push = { revision: 1, config: pushable(moved(deadAddress)) };
    const reported = await row.push(push);
    expect(reported).toMatchObject({
      revision: 1,
      state: 'rolled-back',
      running: { revision: 0, source: 'file' },
      config: file,
      errors: [{ path: 'devices.board-6', message: expect.stringContaining('device.unresponsive') }],
    });
    expect(row.running['board-6'].address).toBe(6);
    const reports = row.reports.length;
    await row.push(push, 1_000);
    expect(row.reports).toHaveLength(reports);
    expect(row.running['board-6'].address).toBe(6);
  });

  it('that is not in force is a fault until one is', async () => {
    const row = await board();
    const faults = () =>
      row.events
        .filter(({ data }) => data.code === 'controller.config-rolled-back')
        .map(({ type, data }) => `${type} ${String(data.evidence.revision)}`);
    await row.push({ revision: 1, config: pushable(moved(deadAddress)) });
    await row.push({ revision: 2, config: { devicez: {} } });
    expect(faults()).toEqual(['fault.raised 1']);
    await row.push({ revision: 3, config: pushable(moved(16)) });
    expect(faults()).toEqual(['fault.raised 1', 'fault.cleared 2']);
  });

  it('is kept where what has failed is the world, not the configuration', async () => {
    const row = await board();
    row.transactions.desired(Buffer.from(JSON.stringify({ revision: 1, config: pushable(moved(16)) })));
    await row.pass(100);
    row.worldFaults.set('board-6', 'printer.media-empty');
    await row.pass(25_000);
    expect(row.reported).toMatchObject({ state: 'applied', revision: 1 });
  });

  it('is kept where the device did not work before either', async () => {
    const row = await board(moved(deadAddress));
    const reported = await row.push({
      revision: 1,
      config: pushable(
        rowDocument((document) => {
          Object.assign(document.devices['board-6'], { address: deadAddress, label: 'Sixth' });
        }),
      ),
    });
    expect(reported.state).toBe('applied');
  });

  it('of which a step fails is rolled back at once', async () => {
    const row = await board();
    row.failingStep = 'start-device board-6';
    row.transactions.desired(Buffer.from(JSON.stringify({ revision: 1, config: pushable(moved(16)) })));
    await row.pass(0);
    row.failingStep = undefined;
    await row.pass(0);
    // It fails on the way back, too, and that is said.
    expect(row.reported).toMatchObject({
      state: 'rolled-back',
      errors: [
        { path: 'board-6', message: 'this step fails' },
        { path: 'board-6', message: 'on the way back: this step fails' },
      ],
    });
  });

  it.each([
    ['is no JSON', 'no JSON at all', null, 'not valid JSON'],
    ['is no object', '[]', null, 'not a JSON object'],
    ['is too large', `{"revision":1,"config":{"x":"${'x'.repeat(5_000_000)}"}}`, null, 'larger than'],
    ['has no revision', '{"config":{}}', null, 'found nothing'],
    ['has half a revision', '{"revision":1.5,"config":{}}', null, 'the number 1.5'],
    ['has a revision below one', '{"revision":0,"config":{}}', null, 'the number 0'],
    ['has a revision beyond all numbers', '{"revision":1e300,"config":{}}', null, 'from 1 up'],
    ['has no configuration', '{"revision":3}', 3, 'expected a mapping'],
    [
      'has a key that nobody knows',
      '{"revision":3,"config":{},"signatur":"x"}',
      3,
      'unknown key "signatur"; did you mean "signature"?',
    ],
    [
      'has a key like no other',
      '{"revision":3,"config":{},"x":1}',
      3,
      'unknown key "x"; known: revision, config, signature',
    ],
    ['is deep', `{"revision":3,"config":${'['.repeat(100)}${']'.repeat(100)}}`, null, 'nested deeper'],
  ])('that %s is refused once, in words, and everything goes on', async (_, payload, revision, words) => {
    const row = await board();
    const events = row.events.length;
    for (let time = 0; time < 3; time++) {
      row.transactions.desired(Buffer.from(payload));
      await row.pass(10);
    }
    expect(row.reported).toMatchObject({
      revision,
      state: 'rejected',
      running: { revision: 0 },
      config: file,
    });
    expect(row.reported.errors[0]?.message).toContain(words);
    expect(row.steps).toEqual([]);
    expect(row.events.slice(events).filter(({ type }) => type === 'config.rejected')).toHaveLength(1);
    // It has no place among the revisions: the right one may follow.
    expect((await row.push({ revision: 1, config: pushable(moved(16)) })).state).toBe('applied');
  });

  it('with mistakes is refused with all of them, and not tried again', async () => {
    const row = await board();
    const config = pushable(moved(16));
    Object.assign(config, { langauge: 'en' });
    Object.assign(config.devices['board-5'], { adress: 1 });
    const reported = await row.push({ revision: 5, config });
    expect(reported).toMatchObject({ revision: 5, state: 'rejected' });
    expect(reported.errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['langauge', 'devices.board-5.adress']),
    );
    expect(row.transactions.highest).toBe(5);
    const stale = await row.push({ revision: 4, config: pushable(moved(16)) });
    expect(stale).toMatchObject({ revision: 4, state: 'rejected' });
    expect(stale.errors[0]?.message).toMatch(/^stale: 5 .* push it as 6/);
    const conflict = await row.push({ revision: 5, config: pushable(moved(16)) });
    expect(conflict.errors[0]?.message).toMatch(/^conflict: /);
    expect((await row.push({ revision: 6, config: pushable(moved(16)) })).state).toBe('applied');
    expect(row.steps).toEqual(['stop-device board-6', 'start-device board-6']);
  });

  it('cannot use up the numbers', async () => {
    const row = await board();
    const reported = await row.push({ revision: Number.MAX_SAFE_INTEGER, config: pushable(file) });
    expect(reported).toMatchObject({ state: 'rejected', errors: [{ path: 'revision' }] });
    expect(reported.errors[0]?.message).toContain('push it as 1');
    // A clock's milliseconds are a fine count.
    expect((await row.push({ revision: 1_795_000_000_000, config: pushable(file) })).state).toBe('applied');
  });

  it.each(['hall', 'controller', 'storage'])('cannot say %s', async (key) => {
    const row = await board();
    const reported = await row.push({ revision: 1, config: { ...pushable(file), [key]: file[key] ?? {} } });
    expect(reported).toMatchObject({ state: 'rejected', errors: [{ path: key }] });
  });

  it('arrives again at each reconnect, and is done already', async () => {
    const row = await board();
    const push = { revision: 1, config: pushable(moved(16)) };
    await row.push(push);
    row.steps.length = 0;
    const { length } = row.reports;
    await row.push(push, 500);
    expect(row.steps).toEqual([]);
    expect(row.reports).toHaveLength(length);
    // After something else was refused it is said anew how things stand.
    await row.push({ revision: 0, config: {} });
    expect(row.reported.state).toBe('rejected');
    expect(await row.push(push)).toMatchObject({ revision: 1, state: 'applied' });
    expect(row.steps).toEqual([]);
  });

  it('waits while another one is applied, or rolled back; each has its answer, in order', async () => {
    const row = await board();
    const send = (revision: number, address: number) =>
      row.transactions.desired(Buffer.from(JSON.stringify({ revision, config: pushable(moved(address)) })));
    send(1, deadAddress);
    send(2, 26);
    await row.pass(10_000);
    send(3, 27);
    await row.pass(60_000);
    const decided = row.events
      .filter(({ type }) => type.startsWith('config.'))
      .map(({ type, data }) => `${type} ${data.revision}`);
    expect(decided.slice(-3)).toEqual(['config.rolled-back 1', 'config.applied 2', 'config.applied 3']);
    expect(row.running['board-6'].address).toBe(27);
  });

  it('is one of a thousand at once: few wait, and each has an answer', async () => {
    const row = await board();
    for (let revision = 1; revision <= 1_000; revision++) {
      row.transactions.desired(
        Buffer.from(JSON.stringify({ revision, config: pushable(moved(20 + (revision % 3))) })),
      );
    }
    await row.pass(120_000);
    expect(row.reported).toMatchObject({ revision: 1_000, state: 'applied' });
    expect(row.running['board-6'].address).toBe(20 + (1_000 % 3));
    // A flood leaves few records.
    expect(row.events.filter(({ type }) => type === 'config.rejected').length).toBeLessThanOrEqual(40);
  });
});

describe('a push with another hub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-keys-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const configKey = join(folder, 'config.pub');
  writeFileSync(configKey, publicKey.export({ type: 'spki', format: 'pem' }));
  const keyed = rowDocument((document) => Object.assign(document.hub, { configKey }));

  const signed = (revision: number, config: Loose, of: Loose = {}) => {
    const text = canonicalJson({ hall: 'jinshan', controller: 'row-a', revision, config, ...of });
    return { revision, config, signature: sign(null, Buffer.from(text), privateKey).toString('base64') };
  };
  const withHub = (url: string) => pushable(rowDocument((document) => Object.assign(document.hub, { url })));

  it('is refused where nothing proves who sent it', async () => {
    const row = await board();
    const reported = await row.push({ revision: 1, config: withHub('mqtt://other') });
    expect(reported).toMatchObject({ state: 'rejected', errors: [{ path: 'hub' }] });
    expect(row.hub).toBe('mqtt://good');
  });

  it('goes to it where it is signed, once that has been well for some seconds', async () => {
    const row = await board(keyed);
    const reported = await row.push(signed(1, withHub('mqtt://other')));
    expect(reported).toMatchObject({ state: 'applied', config: { hub: { url: 'mqtt://other', configKey } } });
    expect(row.hub).toBe('mqtt://other');
  });

  it.each(['mqtt://dead', 'mqtt://refusing'])('comes back from %s by itself', async (url) => {
    const row = await board(keyed);
    const reported = await row.push(signed(1, withHub(url)));
    expect(reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'hub' }] });
    expect(row.hub).toBe('mqtt://good');
  });

  it('comes back from one that takes everything at first, and then refuses', async () => {
    const row = await board(keyed);
    row.transactions.desired(Buffer.from(JSON.stringify(signed(1, withHub('mqtt://other')))));
    for (let turn = 0; turn < 20 && row.hub !== 'mqtt://other'; turn++) await row.pass(0);
    await row.pass(2_000);
    expect(row.reported.state).toBe('applying');
    row.refusingHubs.add('mqtt://other');
    await row.pass(25_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'hub' }] });
    expect(row.hub).toBe('mqtt://good');
  });

  it.each([
    ['no signature', { revision: 1, config: withHub('mqtt://other') }],
    ['another revision in it', { ...signed(2, withHub('mqtt://other')), revision: 1 }],
    [
      'another configuration in it',
      { ...signed(1, withHub('mqtt://good')), config: withHub('mqtt://other') },
    ],
    ["another board's signature", signed(1, withHub('mqtt://other'), { controller: 'row-b' })],
    ["another hall's signature", signed(1, withHub('mqtt://other'), { hall: 'elsewhere' })],
    ['a signature that is none', { revision: 1, config: withHub('mqtt://other'), signature: '%%%' }],
    ['an empty signature', { revision: 1, config: withHub('mqtt://other'), signature: '' }],
  ])('is refused with %s, and takes no place among the revisions', async (_, push) => {
    const row = await board(keyed);
    expect(await row.push(push)).toMatchObject({ state: 'rejected', errors: [{ path: 'signature' }] });
    expect(row.steps).toEqual([]);
    expect(row.transactions.highest).toBe(0);
    expect((await row.push(signed(1, pushable(moved(16))))).state).toBe('applied');
  });

  it('without any hub keeps the one that is there', async () => {
    const row = await board(keyed);
    const { hub: _, ...config } = pushable(moved(16));
    expect(await row.push(signed(1, config))).toMatchObject({ state: 'applied', config: { hub: keyed.hub } });
  });

  it('cannot bring a key of its own', async () => {
    const row = await board(keyed);
    const config = withHub('mqtt://good');
    config.hub.configKey = '/etc/hallward/mine.pub';
    expect(await row.push(signed(1, config))).toMatchObject({ errors: [{ path: 'hub.configKey' }] });
  });

  it('is refused where the key cannot be read, with its file', async () => {
    const row = await board(
      rowDocument((document) => Object.assign(document.hub, { configKey: join(folder, 'gone.pub') })),
    );
    const reported = await row.push(signed(1, pushable(moved(16))));
    expect(reported.errors).toMatchObject([
      { path: 'hub.configKey', message: expect.stringContaining('gone.pub') },
    ]);
  });
});

describe('a file that a push names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-secrets-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'kiosk.token'), 'x', { mode: 0o600 });
  symlinkSync('/etc', join(folder, 'link'));

  const pageWith = (tokenFile: string) =>
    pushable(rowDocument((document) => Object.assign(document, { http: { tokenFile } })));

  it.each(['kiosk.token', './kiosk.token', join(folder, 'kiosk.token')])(
    'may be %s in the folder',
    async (name) => {
      const row = new Board({ secretsFolder: folder });
      await row.boot(file);
      const reported = await row.push({ revision: 1, config: pageWith(name) });
      expect(reported).toMatchObject({
        state: 'applied',
        config: { http: { tokenFile: join(folder, 'kiosk.token') } },
      });
    },
  );

  it.each([
    '/etc/passwd',
    '../outside',
    'a/../../outside',
    'link/passwd',
    join(folder, '..', 'x'),
    `${folder}x/token`,
    '.',
    'with\0nothing',
  ])('may not be %s', async (name) => {
    const row = new Board({ secretsFolder: folder });
    await row.boot(file);
    expect(await row.push({ revision: 1, config: pageWith(name) })).toMatchObject({
      state: 'rejected',
      errors: [{ path: 'http.tokenFile', message: expect.stringContaining('outside') }],
    });
  });

  it('is no port: one outside /dev is refused', async () => {
    const row = await board();
    const config = pushable(
      rowDocument((document) => {
        document.buses.printer = { type: 'usb-printer', path: '/etc/shadow' };
      }),
    );
    expect(await row.push({ revision: 1, config })).toMatchObject({
      errors: [{ path: 'buses.printer.path' }],
    });
  });

  it('is no port, also where it is in use as what it is: a driver would write to it, and tell what it reads', async () => {
    const password = '/etc/hallward/hub.password';
    const row = await board(
      rowDocument((document) => Object.assign(document.hub, { passwordFile: password })),
    );
    const config = pushable(
      rowDocument((document) => {
        document.hub.passwordFile = password;
        document.buses.printer = { type: 'usb-printer', path: password };
      }),
    );
    expect(await row.push({ revision: 1, config })).toMatchObject({
      state: 'rejected',
      errors: [{ path: 'buses.printer.path' }],
    });
  });

  it("is not sent to another place without a signature, for it is somebody's secret", async () => {
    const snmp = (host: string) => (document: Loose) => {
      document.buses.office = { type: 'snmp', host, version: '2c', communityFile: '/etc/hallward/community' };
    };
    const row = await board(rowDocument(snmp('printer')));
    const elsewhere = await row.push({ revision: 1, config: pushable(rowDocument(snmp('attacker'))) });
    expect(elsewhere).toMatchObject({ state: 'rejected', errors: [{ path: 'buses.office' }] });
    const as = await row.push({ revision: 2, config: pushable(rowDocument(snmp('printer'))) });
    expect(as.state).toBe('applied');
  });
});

describe('what a push would do', () => {
  it('is answered without doing it', async () => {
    const row = await board();
    const plan = await row.transactions.plan({ config: pushable(moved(16)) });
    expect(plan).toMatchObject({
      ...{ verdict: 'change', errors: [], buses: [], hub: false, highest: 0 },
      devices: { 'board-5': 'kept', 'board-6': 'restarted', 'board-7': 'kept' },
    });
    expect(await row.transactions.plan({ config: pushable(file) })).toMatchObject({ verdict: 'nothing' });
    expect(await row.transactions.plan({ config: { devicez: {} } })).toMatchObject({ verdict: 'refused' });
    expect(row.steps).toEqual([]);
    expect(row.transactions.highest).toBe(0);
  });
});

describe('the history', () => {
  it('holds the last ten, what became of them, and the file', async () => {
    const row = await board();
    for (let revision = 1; revision <= 12; revision++) {
      await row.push({ revision, config: pushable(moved(revision + 20)) });
    }
    await row.push({ revision: 13, config: { devicez: {} } });
    const history = row.transactions.history();
    expect(history.map(({ revision }) => revision)).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 0]);
    expect(history[0]).toMatchObject({ outcome: 'rejected', config: null });
    expect(history[1]).toMatchObject({ outcome: 'applied', config: pushable(moved(32)) });
    expect(history.at(-1)).toMatchObject({ source: 'file', config: pushable(file) });
  });

  it('takes no more room for large ones', async () => {
    const row = await board();
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    const ranges = days.flatMap((from) => days.map((to) => `${from}-${to}`)).slice(0, 39);
    for (let revision = 1; revision <= 10; revision++) {
      const minute = String(revision).padStart(2, '0');
      const times = Array.from({ length: 1_000 }, () => `09:${minute}-11:30`);
      const hours = Object.fromEntries(ranges.map((range) => [range, times]));
      const config = pushable(rowDocument((document) => Object.assign(document, { hours })));
      expect((await row.push({ revision, config })).state).toBe('applied');
    }
    const history = row.transactions.history().filter(({ source }) => source === 'hub');
    expect(history[0]?.revision).toBe(10);
    expect(history.length).toBeLessThan(10);
    expect(JSON.stringify(history).length).toBeLessThan(4 * 1024 * 1024 + 1_000);
  });
});
