/** The brokers of a hall with several boards, as shipped: rights, the way to the hub, and that of the standby. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { haveMosquitto } from '../broker/support/broker.js';
import { freePort } from '../support/free-port.js';
import { MosquittoProcess } from './support/mosquitto-process.js';
import {
  connected,
  endClients,
  notAuthorized,
  openFolder,
  removeFolder,
  shipped,
} from './support/shipped-broker.js';

const root = 'hallward/v1/jinshan';

let folder: string;
const toEnd: (() => unknown)[] = [];

beforeEach(() => {
  folder = openFolder();
});

afterEach(async () => {
  await endClients();
  for (const end of toEnd.splice(0).reverse()) await end();
  removeFolder(folder);
});

/** A broker with the given files, in a folder of its own. */
class TestBroker extends MosquittoProcess {
  constructor(name: string, port: number, files: Readonly<Record<string, string>>) {
    const at = (file: string) => join(folder, name, file);
    super(at('mosquitto.conf'), port);
    mkdirSync(at('conf.d'), { recursive: true });
    mkdirSync(at('data'));
    chmodSync(at('data'), 0o777);
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(file.endsWith('.conf') ? at(`conf.d/${file}`) : at(file), text);
    }
    const users = ['row-a', 'row-b', 'row-c', 'bridge'].map((user) => `${user}:secret\n`);
    writeFileSync(at('hallward.passwords'), users.join(''));
    spawnSync('mosquitto_passwd', ['-U', at('hallward.passwords')]);
    chmodSync(at('hallward.passwords'), 0o644);
    const own = `persistence true\npersistence_location ${at('data')}/\ninclude_dir ${at('conf.d')}\n`;
    writeFileSync(at('mosquitto.conf'), own);
    toEnd.push(() => this.end('SIGKILL'));
  }
}

function client(port: number, username?: string): Promise<MqttClient> {
  const login = username === undefined ? {} : { username, password: 'secret' };
  return connected(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 50, ...login });
}

/** Reason code of the PUBACK. */
async function published(from: MqttClient, topic: string, payload = 'x', retain = false): Promise<number> {
  try {
    const packet = await from.publishAsync(topic, payload, { qos: 1, retain });
    return (packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0;
  } catch (thrown) {
    return (thrown as { code: number }).code;
  }
}

async function heard(by: MqttClient, filter: string): Promise<string[]> {
  const messages: string[] = [];
  by.on('message', (topic, payload) => messages.push(`${topic.slice(root.length + 1)} ${payload}`));
  await by.subscribeAsync(filter, { qos: 1 });
  return messages;
}

/** The shipped files of a board's broker, with other ports, addresses and folders, and no TLS between them. */
function hallFiles(name: string, file: string, port: number, hub: number, local: number) {
  const placed = (text: string) => text.replaceAll('/etc/mosquitto/', `${join(folder, name)}/`);
  const bridge = shipped(file)
    .replace(/^address .*$/m, `address 127.0.0.1:${hub}`)
    .replace(/^(bridge_cafile|bridge_tls_version) .*$/gm, '')
    .replace('remote_password change-this', 'remote_password secret');
  const listener = shipped('hallward-network.conf')
    .replace(/^listener 8883$/m, `listener ${port} 127.0.0.1`)
    .replace(/^(certfile|keyfile|tls_version) .*$/gm, '');
  return {
    '10-hallward.conf': shipped('hallward.conf').replace(/^listener 1883 /m, `listener ${local} `),
    '20-hallward-network.conf': placed(listener),
    [`30-${file}`]: placed(bridge),
    'hallward.acl': shipped('hallward.acl'),
  };
}

async function hubBroker(): Promise<TestBroker> {
  const port = await freePort();
  return new TestBroker('hub', port, { 'hub.conf': `listener ${port} 127.0.0.1\nallow_anonymous true\n` });
}

describe.skipIf(!haveMosquitto)('the shipped brokers of a hall with several boards', () => {
  async function leader(hub: number): Promise<TestBroker> {
    const port = await freePort();
    const files = hallFiles('leader', 'hall-leader.conf', port, hub, await freePort());
    const broker = new TestBroker('leader', port, files);
    await broker.start();
    return broker;
  }

  it('let the leader give orders to its hands, and no hand to anybody', async () => {
    const { port } = await leader(await freePort());
    await expect(client(port)).rejects.toMatchObject({ code: notAuthorized });
    const [a, b, c] = [await client(port, 'row-a'), await client(port, 'row-b'), await client(port, 'row-c')];
    const order = `${root}/row-c/command/board.show`;
    const heardByC = await heard(c, `${root}/+/+`);
    const ordersForC = await heard(c, `${root}/row-c/command/+`);
    expect(await published(a, order, 'from a')).toBeLessThan(0x80);
    expect(await published(b, order, 'from b')).toBeLessThan(0x80);
    expect(await published(c, `${root}/row-a/command/window.call`)).toBe(notAuthorized);
    expect(await published(c, `${root}/row-b/command/window.call`)).toBe(notAuthorized);
    expect(await published(b, `${root}/row-b/leading`, 'beat')).toBeLessThan(0x80);
    expect(await published(c, `${root}/row-b/leading`)).toBe(notAuthorized);
    expect(await published(c, `${root}/row-a/claim/general`)).toBe(notAuthorized);
    await published(a, `${root}/row-a/leading`, 'beat');
    await published(a, `${root}/row-a/health`, 'not for hands');
    await published(a, `${root}/row-a/status`, 'online');
    await expect
      .poll(() => ordersForC.filter((one) => one.startsWith('row-c/command')))
      .toEqual(['row-c/command/board.show from a', 'row-c/command/board.show from b']);
    await expect
      .poll(() => [...new Set(heardByC.filter((one) => !one.includes('command')))])
      .toEqual(['row-b/leading beat', 'row-a/leading beat', 'row-a/status online']);
  });

  it('bring everything to the hub after it was away, in its order, and take no old command from it', async () => {
    const hub = await hubBroker();
    const hall = await leader(hub.port);
    await hub.start();
    const row = await client(hall.port, 'row-a');
    const orders = await heard(row, `${root}/row-a/command/+`);
    const atHub = await client(hub.port);
    const arrived = await heard(atHub, `${root}/#`);
    const send = (number: number) =>
      published(row, `${root}/row-a/event/ticket.called`, String(number).padStart(4, '0'));
    await expect
      .poll(
        async () => {
          await published(atHub, `${root}/row-a/command/now`);
          return orders.length > 0;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await send(0);
    await expect.poll(() => arrived.some((one) => one.endsWith('0000'))).toBe(true);

    await hub.end('SIGKILL');
    const answers = new Set<number>();
    for (let number = 1; number <= 600; number++) answers.add(await send(number));
    // Taken, and somebody subscribes: the bridge, whose session outlives its connection.
    expect([...answers]).toEqual([0]);
    await hub.start();
    await atHub.subscribeAsync(`${root}/#`, { qos: 1 });
    const events = () =>
      arrived.filter((one) => one.includes('ticket.called')).map((one) => Number(one.slice(-4)));
    await expect.poll(() => new Set(events()).size, { timeout: 60_000 }).toBe(601);
    const inOrder = [...new Set(events())];
    expect(inOrder).toEqual([...inOrder].sort((one, other) => one - other));

    await hall.end();
    const before = orders.length;
    await published(atHub, `${root}/row-a/command/window.call`, 'too late');
    await hall.start();
    await expect.poll(() => row.connected).toBe(true);
    await row.subscribeAsync(`${root}/row-a/command/+`, { qos: 1 });
    await expect
      .poll(
        async () => {
          await atHub.publishAsync(`${root}/row-a/command/window.call`, 'in time');
          return orders.slice(before).some((one) => one.endsWith('in time'));
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    expect(orders.slice(before).filter((one) => one.endsWith('too late'))).toEqual([]);
  }, 120_000);

  it('of leader and standby tell each other everything, also what stood while one was dead', async () => {
    const hall = await leader(await freePort());
    const port = await freePort();
    const files = hallFiles('standby', 'hall-standby.conf', port, hall.port, await freePort());
    const standby = new TestBroker('standby', port, files);
    await standby.start();
    const a = await client(hall.port, 'row-a');
    const b = await client(standby.port, 'row-b');
    const atA = await heard(a, `${root}/+/claim/+`);
    const atB = await heard(b, `${root}/+/claim/+`);
    await expect
      .poll(
        async () => {
          await published(a, `${root}/row-a/claim/general`, 'by a', true);
          return atB.length > 0;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await hall.end('SIGKILL');
    await published(b, `${root}/row-b/claim/general`, 'by b', true);
    await hall.start();
    await expect.poll(() => a.connected).toBe(true);
    await expect.poll(() => atA.some((one) => one.endsWith('by b')), { timeout: 40_000 }).toBe(true);
    const late = await heard(await client(hall.port, 'row-c'), `${root}/+/claim/+`);
    await expect.poll(() => late).toContain('row-b/claim/general by b');
    // Nothing goes round in a circle.
    const [soFarA, soFarB] = [atA.length, atB.length];
    await new Promise((done) => setTimeout(done, 1_000));
    expect([atA.length, atB.length]).toEqual([soFarA, soFarB]);
  }, 120_000);
});
