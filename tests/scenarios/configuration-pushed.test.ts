import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/kernel/canonical-json.js';
import { haveMosquitto } from '../broker/support/broker.js';
import { writeConfiguration } from './support/program.js';
import { type Scenario, scenarioOf } from './support/scenario.js';
import type { Document, VirtualHall } from './support/virtual-hall.js';
import { waitFor } from './support/waiting.js';
import type { Payload, Watcher } from './support/watcher.js';

function pushable({ hall: _hall, controller: _controller, storage: _storage, ...rest }: Document): Document {
  const { configKey: _key, ...hub } = rest.hub as Payload;
  return { ...rest, hub } as unknown as Document;
}

/**
 * Publishes a desired configuration, retained, and waits for what becomes of it. What a controller says about its
 * start, or says again after a reconnect, may come in between.
 */
async function push(watcher: Watcher, desired: Payload): Promise<Payload> {
  const isAboutIt = ({ revision, state }: Payload) => revision === desired.revision && state !== 'applying';
  return pushText(watcher, JSON.stringify(desired), isAboutIt);
}

/** The same with a payload that need not make sense. */
async function pushText(
  watcher: Watcher,
  payload: string,
  isAboutIt: (reported: Payload) => boolean,
): Promise<Payload> {
  const from = watcher.messages.length;
  await watcher.client.publishAsync(`${watcher.root}/config/desired`, payload, { qos: 1, retain: true });
  return waitFor(
    'what became of it',
    () =>
      watcher.messages
        .slice(from)
        .filter(({ topic, text }) => topic === `${watcher.root}/config/reported` && text !== '')
        .map(({ text }) => JSON.parse(text) as Payload)
        .find(isAboutIt),
    40,
  );
}

// One that cannot stay is given up after 20 s: halls of their own wait for that at the same time.
describe.concurrent('a configuration that is pushed', { timeout: 120_000 }, () => {
  it('survives restarts, until the file is edited; and goes on where the file is bad', async (context) => {
    const test = scenarioOf(context);
    const { hall, watcher, controller } = await test.all();
    const renamed = hall.document(({ devices }) =>
      Object.assign(devices['caller-6'] ?? {}, { label: 'pushed' }),
    );
    const applied = await push(watcher, { revision: 3, config: pushable(renamed) });
    expect(applied).toMatchObject({
      state: 'applied',
      config: renamed,
      running: { revision: 3, source: 'hub' },
    });
    await watcher.see('status', 'its revision', ({ configRevision }) => configRevision === 3);

    await controller.kill();
    const second = test.start(hall);
    await second.says('running');
    await watcher.see('status', 'again', ({ state, session }) => state === 'online' && session === 2);
    expect(await watcher.see('config/reported', 'as before')).toMatchObject({ config: renamed });

    await second.kill();
    writeConfiguration(hall.folder, `${JSON.stringify(hall.document(), null, 2)}\n}`);
    const third = test.program(['run', '--config', join(hall.folder, 'hallward.yaml')]);
    await third.says('running');
    const bad = await watcher.see('config/reported', 'a bad file', ({ state }) => state === 'rolled-back');
    expect(bad).toMatchObject({ revision: 0, config: renamed, running: { revision: 3, source: 'hub' } });

    await third.kill();
    const edited = hall.document(({ devices }) =>
      Object.assign(devices['caller-6'] ?? {}, { label: 'edited' }),
    );
    const fourth = test.start(hall, edited);
    await fourth.says('running');
    await watcher.see('config/reported', 'the file', ({ running }) => running.source === 'file');
    // The push stands at the hub, and arrives again.
    await watcher.settled();
    expect(watcher.latest('config/reported')).toMatchObject({
      revision: 0,
      state: 'applied',
      config: edited,
    });
  });

  it('is answered whatever it is, and calling goes on', async (context) => {
    const { hall, watcher } = await scenarioOf(context).all();
    await watcher.issue();
    const large = JSON.stringify({ revision: 1, config: { x: 'x'.repeat(5_000_000) } });
    const rejects = (words: string) => (reported: Payload) =>
      reported.state === 'rejected' && String(reported.errors[0]?.message).includes(words);
    await pushText(watcher, large, rejects('larger than 1048576 bytes'));
    await pushText(watcher, '{"revision":', rejects('not valid JSON'));
    const config = pushable(hall.document());
    const elsewhere = await push(watcher, {
      revision: 1,
      config: { ...config, hub: { url: 'mqtt://elsewhere' } },
    });
    expect(elsewhere).toMatchObject({ state: 'rejected', errors: [{ path: 'hub' }] });
    const outside = await push(watcher, {
      revision: 2,
      config: { ...config, http: { tokenFile: '/etc/shadow' } },
    });
    expect(outside).toMatchObject({ state: 'rejected', errors: [{ path: 'http.tokenFile' }] });
    hall.keys5.press('next');
    await waitFor('the hall calls', () => hall.shows(5) === '001');
    const events = await watcher.settled();
    expect(events.filter(({ type }) => type === 'config.rejected')).toHaveLength(4);
  });

  it('that cuts the wire of the boards is rolled back, and what was shown is shown again', async (context) => {
    const { hall, watcher } = await scenarioOf(context).all();
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('the hall calls', () => hall.shows(5) === '001');
    const cut = hall.document(({ buses }) =>
      Object.assign(buses.row ?? {}, { baudRate: 4_800, path: '/dev/no-such-port' }),
    );
    const reported = await push(watcher, { revision: 1, config: pushable(cut) });
    expect(reported).toMatchObject({
      state: 'rolled-back',
      config: hall.document(),
      running: { revision: 0 },
    });
    expect(reported.errors.map(({ path }: Payload) => path).sort()).toEqual([
      'devices.board-5',
      'devices.board-6',
    ]);
    const id = await watcher.issue();
    hall.keys5.press('next');
    await waitFor('it calls on', () => hall.shows(5) === id.number.slice(1));
    await watcher.settled();
  });

  it('that takes away the port of a keypad is rolled back, though a keypad never answers', async (context) => {
    const { hall, watcher } = await scenarioOf(context).all();
    const cut = hall.document(({ buses }) =>
      Object.assign(buses['keys-5'] ?? {}, { path: '/dev/no-such-port' }),
    );
    const reported = await push(watcher, { revision: 1, config: pushable(cut) });
    expect(reported).toMatchObject({
      ...{ state: 'rolled-back', running: { revision: 0 }, config: hall.document() },
      errors: [{ path: 'devices.caller-5' }],
    });
    await watcher.see('device/caller-5', 'well', ({ status }) => status === 'good');
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('it calls on', () => hall.shows(5) === '001');
    await watcher.settled();
  });

  it('is refused in no time where it has too much of something, and stays refused over a restart', async (context) => {
    const test = scenarioOf(context);
    const { hall, watcher, controller } = await test.all();
    const devices = Object.fromEntries(Array.from({ length: 40_000 }, (_, at) => [`d${at}`, { kind: 'x' }]));
    const refused = await push(watcher, { revision: 1, config: { devices } });
    expect(refused).toMatchObject({ state: 'rejected', errors: [{ path: 'config.devices' }] });
    await controller.kill();
    const again = test.start(hall);
    await again.says('running');
    await watcher.see('status', 'again', ({ state, session }) => state === 'online' && session === 2);
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('it calls', () => hall.shows(5) === '001');
    await watcher.settled();
  });
});

describe.skipIf(!haveMosquitto).concurrent('a signed push of another hub', { timeout: 120_000 }, () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');

  function signed(hall: VirtualHall, revision: number, config: Document, key: KeyObject = privateKey) {
    const [, , name, controller] = hall.root.split('/');
    const text = canonicalJson({ hall: name, controller, revision, config });
    return { revision, config, signature: sign(null, Buffer.from(text), key).toString('base64') };
  }

  async function keyedHall(test: Scenario) {
    const broker = await test.broker();
    const hall = test.hall();
    mkdirSync(hall.folder, { recursive: true });
    const configKey = join(hall.folder, 'config.pub');
    writeFileSync(configKey, publicKey.export({ type: 'spki', format: 'pem' }));
    const document = (url: string) =>
      hall.document((change) => Object.assign(change, { hub: { url, configKey } }));
    const watcher = await test.watch(broker, hall.root);
    const controller = await test.run(hall, document(broker.url));
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    return { broker, hall, watcher, controller, document };
  }

  it('moves the board there, and says farewell here', async (context) => {
    const test = scenarioOf(context);
    const { hall, watcher, document } = await keyedHall(test);
    const other = await test.broker();
    const there = await test.watch(other, hall.root);
    const config = pushable(document(other.url));
    await watcher.client.publishAsync(
      `${hall.root}/config/desired`,
      JSON.stringify(signed(hall, 1, config)),
      { qos: 1 },
    );
    const reported = await there.see('config/reported', 'applied', ({ state }) => state === 'applied');
    expect(reported).toMatchObject({ revision: 1, config: document(other.url) });
    await watcher.see('status', 'stopped', ({ state }) => state === 'stopped');
    await there.see(
      'status',
      'online',
      ({ state, configRevision }) => state === 'online' && configRevision === 1,
    );
  });

  it.for<[string, string[] | undefined]>([
    ['does not answer', undefined],
    ['takes the connection and refuses the rest', ['topic read #']],
  ])('comes back by itself from one that %s', async ([, acl], context) => {
    const test = scenarioOf(context);
    const { hall, watcher, document, broker } = await keyedHall(test);
    const other = acl === undefined ? undefined : await test.broker({ acl });
    const config = pushable(document(other?.url ?? 'mqtt://127.0.0.1:9'));
    const reported = await push(watcher, signed(hall, 1, config));
    expect(reported).toMatchObject({
      ...{ revision: 1, state: 'rolled-back', running: { revision: 0 }, config: document(broker.url) },
      errors: [{ path: 'hub' }],
    });
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('it calls', () => hall.shows(5) === '001');
    await watcher.settled();
  });

  it('is refused without the right signature', async (context) => {
    const { hall, watcher, document } = await keyedHall(scenarioOf(context));
    const config = pushable(document('mqtt://127.0.0.1:9'));
    expect(await push(watcher, { revision: 1, config })).toMatchObject({ errors: [{ path: 'signature' }] });
    const stranger = generateKeyPairSync('ed25519').privateKey;
    expect(await push(watcher, signed(hall, 1, config, stranger))).toMatchObject({
      errors: [{ path: 'signature' }],
    });
  });
});
