/**
 * The link over TLS and mutual TLS, against mosquitto with the shipped files and certificates of the shipped script: each
 * certificate that is wrong is told in words that name the field at fault, and nothing ever goes out in the clear.
 */
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Authority, forClients, forServers, haveOpenssl, type Issued } from '../deploy/support/authority.js';
import { reaches } from '../deploy/support/mosquitto-process.js';
import { endClients, openFolder, removeFolder, ShippedBroker } from '../deploy/support/shipped-broker.js';
import { freePort } from '../support/free-port.js';
import { haveMosquitto } from './support/broker.js';
import { fixture } from './support/fixture.js';
import { pause, until } from './support/hall.js';
import { hurriedClock } from './support/hurried-clock.js';

const past: readonly [string, string] = ['19700101000000Z', '20200101000000Z'];
const future: readonly [string, string] = ['20980101000000Z', '20990101000000Z'];
const files = ['hallward.conf', 'hallward-mutual.conf'];

describe.skipIf(!haveMosquitto || !haveOpenssl)('the link over mutual TLS', () => {
  const test = fixture();
  let folder: string;
  let authority: Authority;
  let stranger: Authority;
  let certificate: Issued;
  let own: Issued;
  let broker: ShippedBroker;
  const more: ShippedBroker[] = [];

  beforeAll(async () => {
    folder = openFolder();
    authority = new Authority(folder);
    authority.run('init', 'jinshan');
    stranger = new Authority(folder, 'stranger');
    stranger.run('init', 'jinshan');
    certificate = authority.broker('localhost');
    own = authority.board('hall', 'row-a');
    broker = await ShippedBroker.start({ folder, files, certificate, authority, edit });
  }, 60_000);

  afterEach(async () => {
    await endClients();
    for (const one of more.splice(0)) await one.end('SIGKILL');
  });

  afterAll(async () => {
    await broker?.end('SIGKILL');
    removeFolder(folder);
  });

  /** The hall of these tests. */
  function edit(_name: string, text: string): string {
    return text.replaceAll('/jinshan/', '/hall/');
  }

  const url = (at: ShippedBroker, host = 'localhost') => `mqtts://${host}:${at.network}`;
  const mine = (issued: Issued = own) => ({ ca: authority.ca, cert: issued.cert, key: issued.key });

  /** What the link says of a connection that does not come about. */
  async function wordsOf(at: string, settings: object): Promise<string> {
    const { link, commands } = test.link(at, { settings, clock: hurriedClock(4) });
    await until('refused', () => link.condition.problem === 'refused');
    // Also at the tries to come.
    await pause(200);
    expect(link.condition).toMatchObject({ connected: false, problem: 'refused' });
    expect(commands).toEqual([]);
    const { detail } = link.condition;
    await link.stop();
    return detail;
  }

  async function anotherBroker(name: string, shown: Issued): Promise<ShippedBroker> {
    const one = await ShippedBroker.start({ folder, name, files, certificate: shown, authority, edit });
    more.push(one);
    return one;
  }

  it('connects with a certificate of its own, and delivers', async () => {
    const { link, outbox } = test.link(url(broker), { settings: mine() });
    const hub = await broker.onNetwork(authority.person('archive', 'hub'));
    await hub.subscribeAsync('hallward/#', { qos: 1 });
    outbox.add('ticket.called');
    outbox.synced();
    await until('connected', () => link.condition.connected);
    await until('event', () => outbox.backlog.events === 0);
    expect(link.condition.problem).toBeUndefined();
  });

  it('names what the broker has against our certificate', async () => {
    authority.run('board', 'hall', 'row-r');
    const revoked = authority.issued('board-hall-row-r');
    authority.run('revoke', 'board-hall-row-r');
    broker.copyRevoked();
    await broker.end();
    await broker.start();
    const at = url(broker);
    expect(await wordsOf(at, { ca: authority.ca })).toMatch(/wants a certificate of ours.*`cert` and `key`/);
    expect(await wordsOf(at, mine(revoked))).toContain('our certificate (`cert`) has been revoked');
    expect(await wordsOf(at, mine(authority.special('past', 'row-a', forClients, past)))).toMatch(
      /our certificate \(`cert`\) has expired \(notAfter\)/,
    );
    expect(await wordsOf(at, mine(authority.special('future', 'row-a', forClients, future)))).toMatch(
      /our certificate \(`cert`\).*notBefore/,
    );
    expect(await wordsOf(at, mine(stranger.board('hall', 'row-a')))).toMatch(
      /does not know who signed our certificate.*issuer/,
    );
    expect(await wordsOf(at, mine(certificate))).toMatch(/not a client's.*extendedKeyUsage.*clientAuth/);
  }, 60_000);

  it("names what is wrong with the broker's certificate", async () => {
    expect(await wordsOf(url(broker), { ...mine(), ca: stranger.ca })).toMatch(/does not fit `ca`|set `ca`/);
    expect(await wordsOf(url(broker), { cert: own.cert, key: own.key })).toContain('set `ca`');
    const host = await wordsOf(url(broker, '127.0.0.1'), mine());
    expect(host).toMatch(/for another host name.*DNS:localhost.*127\.0\.0\.1/);
    const elsewhere = await anotherBroker(
      'elsewhere',
      authority.special('elsewhere', 'localhost', forServers('DNS:hub.example', 'IP:10.0.0.1')),
    );
    expect(await wordsOf(url(elsewhere), mine())).toMatch(
      /for another host name: it names DNS:hub\.example.*localhost/,
    );
    const board = await anotherBroker('board', own);
    expect(await wordsOf(url(board), mine())).toMatch(/not a server's.*extendedKeyUsage.*serverAuth/);
    const old = authority.special('old', 'localhost', forServers('DNS:localhost'), past);
    expect(await wordsOf(url(await anotherBroker('old', old)), mine())).toContain(
      'its certificate has expired',
    );
  }, 60_000);

  it('names which of our files cannot be used', async () => {
    const at = url(broker);
    const words = async (change: object) => wordsOf(at, { ...mine(), ...change });
    expect(await words({ ca: 'x' })).toContain('`ca` cannot be used');
    expect(await words({ ca: '' })).toContain('`ca` cannot be used');
    expect(await words({ cert: 'x' })).toContain('`cert` cannot be used');
    expect(await words({ key: 'x' })).toContain('`key` cannot be used');
    const { key } = authority.board('hall', 'row-k');
    const other = await words({ key });
    expect(other).toContain('`key` cannot be used: it does not belong to `cert`');
    expect(other).not.toContain(key.split('\n')[1]);
    const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n';
    expect(await words({ key: encrypted })).toContain('it is encrypted');
    expect(await wordsOf(at, { ca: authority.ca, cert: own.cert })).toContain(
      '`cert` cannot be used without `key`',
    );
  });

  it('names it too where no more than TLS 1.2 is spoken, and speaks nothing older', async () => {
    const past2 = authority.special('past-2', 'row-a', forClients, past);
    expect(await wordsOf(await server('-tls1_2'), mine(past2))).toContain('has expired (notAfter)');
    expect(await wordsOf(await server('-tls1_2'), { ca: authority.ca })).toContain('set `cert` and `key`');
    const old = await server('-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0');
    expect(await wordsOf(old, mine())).toMatch(/no version of TLS in common|older than 1\.2/);
    const [minVersion, maxVersion, ciphers] = ['TLSv1.1', 'TLSv1.1', 'DEFAULT:@SECLEVEL=0'];
    await expect(broker.onNetwork(own, { minVersion, maxVersion, ciphers } as object)).rejects.toMatchObject({
      message: expect.stringContaining('SSL alert number 70'),
    });
  });

  /** `openssl s_server`, which asks for a certificate; its address. */
  async function server(...args: string[]): Promise<string> {
    const port = await freePort();
    const shown = ['-cert', certificate.certFile, '-key', certificate.keyFile, '-CAfile', authority.caFile];
    const asks = ['-Verify', '1', '-verify_return_error', '-quiet'];
    const child = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, ...shown, ...asks, ...args], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = new Promise((done) => child.once('exit', done));
    test.atEnd(() => {
      child.kill('SIGKILL');
      return ended;
    });
    await until('it listens', () => reaches('127.0.0.1', port));
    return `mqtts://localhost:${port}`;
  }

  it('sends nothing in the clear, whatever the other end answers', async () => {
    const heard: Buffer[] = [];
    const sockets = new Set<Socket>();
    const answers = [
      Buffer.alloc(0),
      Buffer.from([0x20, 3, 0, 0, 0]),
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ];
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        heard.push(chunk);
        socket.end(answers[heard.length % answers.length] ?? Buffer.alloc(0));
      });
    }).listen(0, '127.0.0.1');
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    });
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as { port: number };
    const { link } = test.link(`mqtts://localhost:${port}`, {
      settings: { ...mine(), username: 'row-a', passwords: ['a-secret-word'] },
      clock: hurriedClock(50),
    });
    await until('tried several times', () => heard.length >= 6);
    expect(link.condition.connected).toBe(false);
    const all = Buffer.concat(heard);
    expect(all.includes('a-secret-word')).toBe(false);
    expect(all.includes('MQTT')).toBe(false);
    // Each begins as a TLS handshake (RFC 8446, section 5.1).
    expect(heard.map((chunk) => chunk[0])).toEqual(heard.map(() => 0x16));
  });
});
