import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, haveMosquitto } from '../broker/support/broker.js';
import { Program } from '../scenarios/support/program.js';

const shipped = (name: string) =>
  readFileSync(resolve(import.meta.dirname, '../../deploy/mosquitto', name), 'utf8');
const run = (command: string, args: readonly string[]) => {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.error !== undefined || result.status !== 0) throw new Error(`${command}: ${result.stderr}`);
};
const haveOpenssl = spawnSync('openssl', ['version']).status === 0;

/** As in /etc/mosquitto: the shipped files, with other ports and folders. */
interface Installed {
  readonly folder: string;
  readonly local: number;
  readonly network: number;
}

let folder: string;
let installed: Installed;
const toEnd: (() => unknown)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallward-mosquitto-'));
  chmodSync(folder, 0o777); // as root, the broker becomes another user
  installed = { folder, local: await freePort(), network: await freePort() };
});

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true });
});

/** @param tls with the certificate lines, as shipped; else as the file says for a network of one's own. */
async function startBroker(files: readonly string[], tls = false): Promise<void> {
  const { local, network } = installed;
  const at = (name: string) => join(folder, name);
  mkdirSync(at('conf.d'));
  const replaced = (text: string) =>
    text
      .replace(/^listener 1883 /m, `listener ${local} `)
      .replace(/^listener 8883$/m, `listener ${network} 127.0.0.1`)
      .replaceAll('/etc/mosquitto/', `${folder}/`)
      .replace(/^(certfile|keyfile|tls_version) .*$/gm, (line) => (tls ? line : ''));
  for (const [index, name] of files.entries()) {
    // The order in which the folder is read.
    writeFileSync(at(`conf.d/${index}-${name}`), replaced(shipped(name)));
  }
  writeFileSync(at('hallward.acl'), shipped('hallward.acl'));
  writeFileSync(
    at('hallward.passwords'),
    'row-a:secret-a\nrow-b:secret-b\nhub:secret-hub\nannouncer:secret-announcer\n',
  );
  run('mosquitto_passwd', ['-U', at('hallward.passwords')]);
  chmodSync(at('hallward.passwords'), 0o644);
  if (tls) {
    mkdirSync(at('certs'));
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    run('openssl', [...made, ...names, '-keyout', at('certs/hub.key'), '-out', at('certs/hub.pem')]);
    chmodSync(at('certs/hub.key'), 0o644);
  }
  writeFileSync(at('mosquitto.conf'), `include_dir ${at('conf.d')}\n`);
  const broker = spawn('/usr/sbin/mosquitto', ['-c', at('mosquitto.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  broker.stderr.on('data', (text) => {
    complaint += text;
  });
  toEnd.push(() => end(broker));
  await expect
    .poll(() => broker.exitCode !== null || reaches('127.0.0.1', local), { timeout: 10_000 })
    .toBe(true);
  if (broker.exitCode !== null || /Error|Unknown|Warning/.test(complaint)) throw new Error(complaint);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectSocket({ host, port });
    const tell = (there: boolean) => {
      socket.destroy();
      done(there);
    };
    socket.once('connect', () => tell(true)).once('error', () => tell(false));
  });
}

async function client(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const one = mqtt.connect({ host: '127.0.0.1', port, protocolVersion: 5, reconnectPeriod: 0, ...options });
  toEnd.push(() => one.endAsync(true));
  one.on('error', () => {});
  await new Promise<void>((done, fail) => {
    one.once('connect', () => done());
    one.once('error', fail);
  });
  return one;
}
const as = (username: string, more: IClientOptions = {}) =>
  client(installed.network, { username, password: `secret-${username.replace('row-', '')}`, ...more });

/** Reason code of the PUBACK; 0x10 (nobody subscribes) is a yes, too. */
async function published(from: MqttClient, topic: string): Promise<'taken' | number> {
  try {
    const packet = await from.publishAsync(topic, 'x', { qos: 1 });
    const code = (packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0;
    return code === 0 || code === 0x10 ? 'taken' : code;
  } catch (thrown) {
    return (thrown as { code: number }).code;
  }
}
const notAuthorized = 0x87;

async function heard(by: MqttClient, filter: string): Promise<string[]> {
  const topics: string[] = [];
  by.on('message', (topic) => topics.push(topic));
  await by.subscribeAsync(filter, { qos: 1 });
  return topics;
}

describe.skipIf(!haveMosquitto)('the shipped broker files', () => {
  it('serve this board alone, without a password', async () => {
    await startBroker(['hallward.conf']);
    const one = await client(installed.local);
    const topics = await heard(one, 'hallward/#');
    expect(await published(one, 'hallward/v1/jinshan/row-a/status')).toBe('taken');
    await expect.poll(() => topics).toEqual(['hallward/v1/jinshan/row-a/status']);
    expect(await reaches('127.0.0.2', installed.local)).toBe(false);
    expect(await reaches('127.0.0.1', installed.network)).toBe(false);
  });

  describe('for the network', () => {
    const files = ['hallward.conf', 'hallward-network.conf'];

    it('let nobody in without a name and its password', async () => {
      await startBroker(files);
      await expect(client(installed.network)).rejects.toMatchObject({ code: notAuthorized });
      await expect(as('row-a', { password: 'wrong' })).rejects.toMatchObject({ code: notAuthorized });
      await expect(as('row-c')).rejects.toMatchObject({ code: notAuthorized });
      await as('row-a');
      await client(installed.local);
    });

    it('let a controller write its own topics only', async () => {
      await startBroker(files);
      const row = await as('row-a');
      const hub = await as('hub');
      const topics = await heard(hub, 'hallward/#');
      expect(await published(row, 'hallward/v1/jinshan/row-b/status')).toBe(notAuthorized);
      expect(await published(row, 'hallward/v1/jinshan/row-b/command/window.call')).toBe(notAuthorized);
      expect(await published(row, 'hallward/v1/elsewhere/row-a/status')).toBe(notAuthorized);
      expect(await published(row, 'hallward/v1/jinshan/row-a')).toBe('taken');
      expect(await published(row, 'hallward/v1/jinshan/row-a/event/ticket.called')).toBe('taken');
      await expect
        .poll(() => topics)
        .toEqual(['hallward/v1/jinshan/row-a', 'hallward/v1/jinshan/row-a/event/ticket.called']);
    });

    it('let a controller hear its own commands only, and the hub send them', async () => {
      await startBroker(files);
      const hub = await as('hub');
      const rowA = await heard(await as('row-a'), 'hallward/#');
      const rowB = await heard(await as('row-b'), 'hallward/v1/jinshan/row-b/command/+');
      expect(await published(hub, 'hallward/v1/jinshan/row-a/status')).toBe(notAuthorized);
      expect(await published(hub, 'hallward/v1/jinshan/row-b/command/window.call')).toBe('taken');
      expect(await published(hub, 'hallward/v1/jinshan/row-a/command/window.call')).toBe('taken');
      await expect.poll(() => rowA).toEqual(['hallward/v1/jinshan/row-a/command/window.call']);
      await expect.poll(() => rowB).toEqual(['hallward/v1/jinshan/row-b/command/window.call']);
    });

    it('let nobody but the announcer put up a notice, and the announcer call nobody', async () => {
      await startBroker(files);
      const [hub, announcer] = [await as('hub'), await as('announcer')];
      const command = (name: string) => `hallward/v1/jinshan/row-a/command/${name}`;
      const rowA = await heard(await as('row-a'), command('+'));
      expect(await published(hub, command('notice.set'))).toBe(notAuthorized);
      expect(await published(announcer, command('window.call'))).toBe(notAuthorized);
      expect(await published(announcer, command('notice.set'))).toBe('taken');
      await expect.poll(() => rowA).toEqual([command('notice.set')]);
    });
  });

  it('read in the wrong order open no broker, rather than one for everybody', async () => {
    await expect(startBroker(['hallward-network.conf', 'hallward.conf'])).rejects.toThrow(
      'per_listener_settings',
    );
    expect(await reaches('127.0.0.1', installed.local)).toBe(false);
    expect(await reaches('127.0.0.1', installed.network)).toBe(false);
  });

  it.skipIf(!haveOpenssl)('serve a controller over TLS, with nothing refused', async () => {
    await startBroker(['hallward.conf', 'hallward-network.conf'], true);
    const passwordFile = join(folder, 'row-a.password');
    writeFileSync(passwordFile, 'secret-a\n', { mode: 0o600 });
    const config = join(folder, 'hallward.yaml');
    const hub = { url: `mqtts://localhost:${installed.network}`, username: 'row-a', passwordFile };
    writeFileSync(
      config,
      JSON.stringify({
        hall: 'jinshan',
        controller: 'row-a',
        hub: { ...hub, ca: join(folder, 'certs/hub.pem') },
        storage: { path: join(folder, 'storage') },
        buses: {},
        devices: {},
        calling: {
          queues: { general: { prefix: 'A', matter: 'registration', windows: ['5'] } },
          windows: { '5': { unit: 'Human Resources', staff: '0317' } },
        },
      }),
    );
    const ca = readFileSync(join(folder, 'certs/hub.pem'));
    const watcher = await as('hub', { protocol: 'mqtts', host: 'localhost', ca });
    const heardBy = new Map<string, string>();
    watcher.on('message', (topic, payload) =>
      heardBy.set(topic.replace(/^.*row-a\//, ''), payload.toString()),
    );
    await watcher.subscribeAsync('hallward/#', { qos: 1 });
    const program = new Program(['run', '--config', config]);
    toEnd.push(async () => {
      process.kill(program.pid, 'SIGTERM');
      await program.ended;
    });
    await expect.poll(() => heardBy.get('status'), { timeout: 15_000 }).toContain('"online"');
    const issue = JSON.stringify({ id: 'try-1', queue: 'general' });
    await watcher.publishAsync('hallward/v1/jinshan/row-a/command/ticket.issue', issue, { qos: 1 });
    await expect.poll(() => heardBy.get('reply/try-1'), { timeout: 10_000 }).toContain('"ok":true');
    await expect.poll(() => heardBy.get('event/ticket.issued'), { timeout: 10_000 }).toContain('A001');
    expect(
      [...heardBy.keys()].filter((topic) => topic.startsWith('fault/controller/controller.hub')),
    ).toEqual([]);
  });
});
