import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { haveMosquitto } from '../broker/support/broker.js';
import { Authority, haveOpenssl } from './support/authority.js';
import { reaches } from './support/mosquitto-process.js';
import {
  endClients,
  heard,
  notAuthorized,
  openFolder,
  published,
  removeFolder,
  ShippedBroker,
  type ShippedOptions,
  shipped,
} from './support/shipped-broker.js';

let folder: string;
const brokers: ShippedBroker[] = [];

beforeEach(() => {
  folder = openFolder();
});

afterEach(async () => {
  await endClients();
  for (const broker of brokers.splice(0)) await broker.end('SIGKILL');
  removeFolder(folder);
});

async function start(options: Omit<ShippedOptions, 'folder'>): Promise<ShippedBroker> {
  const broker = await ShippedBroker.install({ folder, ...options });
  brokers.push(broker);
  await broker.start();
  return broker;
}

describe.skipIf(!haveMosquitto)('the shipped broker files', () => {
  it('serve this board alone, without a password', async () => {
    const broker = await start({ files: ['hallward.conf'] });
    const one = await broker.atBoard();
    const came = await heard(one, 'hallward/#');
    expect(await published(one, 'hallward/v1/jinshan/row-a/status')).toBe('taken');
    await expect.poll(() => came).toEqual([['hallward/v1/jinshan/row-a/status', 'x']]);
    expect(await reaches('127.0.0.2', broker.local)).toBe(false);
    expect(await reaches('127.0.0.1', broker.network)).toBe(false);
  });

  it('let nobody in without saying who it is, but on this board alone', () => {
    for (const name of readdirSync(resolve(import.meta.dirname, '../../deploy/mosquitto'))) {
      if (!name.endsWith('.conf')) continue;
      const lines = shipped(name)
        .split('\n')
        .filter((line) => !line.startsWith('#'));
      const listeners = lines.filter((line) => line.startsWith('listener '));
      if (lines.includes('allow_anonymous true')) {
        expect([name, listeners]).toEqual([name, ['listener 1883 127.0.0.1']]);
        continue;
      }
      if (listeners.length === 0) continue;
      expect([name, lines]).toEqual([
        name,
        expect.arrayContaining(['allow_anonymous false', 'tls_version tlsv1.2']),
      ]);
    }
  });

  it.skipIf(!haveOpenssl).each(['hallward-network.conf', 'hallward-mutual.conf'])(
    'with %s read in the wrong order open no broker, rather than one for everybody',
    async (name) => {
      const authority = new Authority(folder);
      authority.run('init');
      const certificate = authority.broker('localhost');
      const files = [name, 'hallward.conf'];
      const broker = await ShippedBroker.install({ folder, files, authority, certificate });
      await expect(broker.start()).rejects.toThrow('per_listener_settings');
      expect(await reaches('127.0.0.1', broker.local)).toBe(false);
      expect(await reaches('127.0.0.1', broker.network)).toBe(false);
    },
  );

  it.skipIf(!haveOpenssl)('serve several halls whose controllers have the same names', async () => {
    const authority = new Authority(folder);
    authority.run('init');
    const certificate = authority.broker('localhost');
    authority.run('board', '--with-hall', 'jinshan', 'row-a');
    authority.run('board', '--with-hall', 'pudong', 'row-a');
    const broker = await start({
      files: ['hallward.conf', 'hallward-mutual.conf'],
      authority,
      certificate,
      edit: (name, text) => (name === 'hallward.acl' ? text.replaceAll('jinshan/%u', '%u') : text),
    });
    const here = await broker.onNetwork(authority.issued('board-jinshan-row-a'));
    const there = await broker.onNetwork(authority.issued('board-pudong-row-a'));
    expect(await published(here, 'hallward/v1/jinshan/row-a/status')).toBe('taken');
    expect(await published(there, 'hallward/v1/pudong/row-a/status')).toBe('taken');
    expect(await published(here, 'hallward/v1/pudong/row-a/status')).toBe(notAuthorized);
    expect(await published(there, 'hallward/v1/jinshan/row-a/status')).toBe(notAuthorized);
  });

  it.skipIf(!haveOpenssl)(
    'tell the hub what a hall says, with the rights that its user has there',
    async () => {
      const authority = new Authority(folder);
      authority.run('init');
      const certificate = authority.broker('localhost');
      const files = ['hallward.conf', 'hallward-network.conf'];
      const users = ['row-a', 'jinshan', 'hub', 'admin', 'duty'];
      const hub = await start({ name: 'hub', files, authority, certificate, users });
      const hall = await start({
        name: 'hall',
        files: [...files, 'hall-leader.conf'],
        authority,
        certificate,
        users,
        edit: (name, text) =>
          name !== 'hall-leader.conf'
            ? text
            : text
                .replace(/^address .*$/m, `address localhost:${hub.network}`)
                .replace('remote_password change-this', 'remote_password secret-jinshan'),
      });
      const [atHub, admin, row] = [
        await hub.onNetwork('hub'),
        await hub.onNetwork('admin'),
        await hall.onNetwork('row-a'),
      ];
      const root = 'hallward/v1/jinshan/row-a';
      const desired = await heard(row, `${root}/config/desired`, `${root}/command/+`);
      await published(admin, `${root}/config/desired`, 'a configuration', true);
      await expect.poll(() => desired).toContainEqual([`${root}/config/desired`, 'a configuration']);
      await published(admin, `${root}/command/config.get`, 'a command');
      await expect.poll(() => desired).toContainEqual([`${root}/command/config.get`, 'a command']);
      const came = await heard(atHub, 'hallward/#');
      const said = ['status', 'event/rating.submitted', 'fault/row/bus.lost', 'reply/x', 'config/reported'];
      for (const topic of said) await published(row, `${root}/${topic}`, 'x');
      await expect
        .poll(() => came.filter(([, text]) => text === 'x').map(([topic]) => topic))
        .toEqual(said.map((topic) => `${root}/${topic}`));
      // Heartbeats and orders between boards stay in the hall.
      expect(came.filter(([topic]) => /leading|following|waiting/.test(topic))).toEqual([]);
    },
    60_000,
  );
});
