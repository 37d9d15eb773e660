import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PageServer } from '../../src/transports/ports-page.js';
import { ask, Bench, EchoPage, listen, pause, raw, type Said, until } from './page-bench.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.stop());

const first = 'first-token-0123456789';
const second = 'second-token-0123456789';

const cookieOf = (said: Pick<Said, 'headers'>) => said.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

/** Headers of a POST as a browser sends it for the page itself. */
async function ofPage(server: PageServer, page: EchoPage, more: Record<string, string> = {}) {
  const { Cookie } = more;
  await ask(server, `/${page.name}/`, { headers: Cookie === undefined ? {} : { Cookie } });
  return {
    'Content-Type': 'application/json',
    Origin: server.url as string,
    'X-Hallward-Page': page.requests.at(-1)?.postToken ?? '',
    ...more,
  };
}

describe('a page server', () => {
  it('serves pages under their names, with headers that keep them what they are', async () => {
    const server = await bench.start();
    const end = server.serve(new EchoPage());
    const said = await ask(server, '/screen/a/b.js?x=1');
    expect(said.status).toBe(200);
    expect(JSON.parse(said.body)).toMatchObject({ method: 'GET', path: '/a/b.js', body: {} });
    expect(said.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
    });
    const policy = said.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect((await ask(server, '/screen')).headers.location).toBe('/screen/');
    expect((await ask(server, '/')).body).toContain('href="/screen/"');
    expect((await ask(server, '/other/')).status).toBe(404);
    end();
    expect((await ask(server, '/screen/')).status).toBe(404);
  });

  it('answers a page that fails or takes too long with words, and goes on', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const failed = await ask(server, '/screen/fail');
    expect(failed.status).toBe(500);
    expect(failed.body).not.toContain('mistake');
    expect(bench.log.text).toContain('a mistake in a page');
    page.hold = new Promise(() => {});
    const late = ask(server, '/screen/');
    await until(() => page.requests.length === 2);
    await bench.clock.advance(15_000);
    expect((await late).status).toBe(503);
    page.hold = Promise.resolve();
    expect((await ask(server, '/screen/')).status).toBe(200);
  });

  it('sends events, newest in place of what a slow screen did not take, and bounded', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const url = new URL(server.url as string);
    const slow = connect(Number(url.port), url.hostname);
    slow.write('GET /screen/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => page.streams.length === 1);
    slow.pause();
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    const filler = 'x'.repeat(100_000);
    for (let at = 0; at < 2_000; at++) {
      page.streams[0]!.send('state', JSON.stringify({ at, filler }));
      if (at % 100 === 0) await pause(1);
    }
    // 200 MB were sent; what is kept is what the system took, and the newest.
    expect(process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
    let text = '';
    slow.on('data', (chunk) => {
      text = (text + chunk.toString('latin1')).slice(-200_000);
    });
    slow.resume();
    await until(() => /"at":1999,/.test(text));
    expect(text).not.toMatch(/"at":1990,/);
    slow.destroy();
    await until(() => page.closed === 1);
  });

  it('keeps a stream whose screen answers its beats, and ends one that does not within 20 s', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const alive = listen(server, '/screen/events');
    const dead = listen(server, '/screen/events');
    await until(() => alive.heard.length > 0 && dead.heard.length > 0);
    const { stream } = JSON.parse(alive.heard[0]!.data) as { stream: string };
    for (let beat = 0; beat < 4; beat++) {
      expect((await ask(server, `/screen/alive?stream=${stream}`)).status).toBe(204);
      await bench.clock.advance(5_000);
    }
    await until(() => dead.ended);
    expect(dead.heard.map(({ event }) => event)).not.toContain('gone');
    expect(page.closed).toBe(1);
    expect(alive.ended).toBe(false);
    expect((await ask(server, '/screen/alive?stream=guessed')).status).toBe(404);
    alive.end();
  });

  it('ends the streams of a page that is taken away, and all when it is closed, and says so', async () => {
    const server = await bench.start();
    const end = server.serve(new EchoPage());
    server.serve(new EchoPage('other'));
    const gone = listen(server, '/screen/events');
    const stays = listen(server, '/other/events');
    await until(() => gone.status === 200 && stays.status === 200);
    end();
    await until(() => gone.ended);
    expect(gone.heard.at(-1)?.event).toBe('gone');
    expect(stays.ended).toBe(false);
    await server.close();
    await until(() => stays.ended);
    expect(stays.heard.at(-1)?.event).toBe('gone');
    expect(server.state).toBe('closed');
    expect(bench.clock.pending()).toEqual([]);
  });
});

describe('an address in use', () => {
  const occupied = (port: number) =>
    new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    });

  it('is told with what to do, and heals by itself', async () => {
    const other = await occupied(0);
    const { port } = other.address() as { port: number };
    const server = await bench.start({ port });
    expect(server.state).toBe('lost');
    expect(server.lostBecause).toMatchObject({ code: 'wire.busy', kind: 'busy', evidence: { port } });
    expect(server.lostBecause?.message).toContain('http.port');
    expect(server.url).toBeNull();
    let told = 0;
    server.onChange(() => void told++);
    const page = new EchoPage();
    server.serve(page);
    for (let minute = 0; minute < 4; minute++) {
      await bench.clock.advance(15_000);
      await pause(20);
    }
    expect(told).toBe(0);
    await new Promise((resolve) => other.close(resolve));
    await bench.clock.advance(15_000);
    await until(() => server.state === 'open');
    expect(server.lostBecause).toBeUndefined();
    expect(told).toBe(1);
    expect((await ask(server, '/screen/')).status).toBe(200);
  });

  it('that this board does not have is told as such', async () => {
    const server = await bench.start({ address: '192.0.2.7' });
    expect(server.lostBecause).toMatchObject({ code: 'wire.absent' });
    expect(server.lostBecause?.message).toContain('192.0.2.7');
  });

  it('is given back when the server is closed while it waits', async () => {
    const other = await occupied(0);
    const server = await bench.start({ port: (other.address() as { port: number }).port });
    await server.close();
    expect(bench.clock.pending()).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe('tokens', () => {
  it('open a page once by its address, and then by a cookie that holds for this page alone', async () => {
    const server = await bench.start({ tokenFile: bench.file('token', `${first}\n`) });
    server.serve(new EchoPage());
    server.serve(new EchoPage('other'));
    expect((await ask(server, '/screen/')).status).toBe(401);
    const shown = await ask(server, `/screen/?token=${first}`);
    expect(shown.status).toBe(303);
    expect(shown.headers.location).toBe('/screen/');
    const cookie = shown.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(
      /^hallward_page=[\w-]{43}; Path=\/screen\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(first);
    const headers = { Cookie: `a=b; ${cookieOf(shown)}` };
    expect((await ask(server, '/screen/', { headers })).status).toBe(200);
    expect((await ask(server, '/other/', { headers })).status).toBe(401);
    const bearer = { Authorization: `Bearer ${first}` };
    expect((await ask(server, '/other/', { headers: bearer })).status).toBe(200);
    expect(bench.log.text).not.toContain(first);
  });

  it('of a page’s own are the only ones that open it', async () => {
    const tokenFile = bench.file('server', first);
    const server = await bench.start({ tokenFile });
    server.serve(new EchoPage('kiosk', bench.file('own', second)));
    expect((await ask(server, `/kiosk/?token=${first}`)).status).toBe(401);
    expect((await ask(server, `/kiosk/?token=${second}`)).status).toBe(303);
  });

  it('can be changed without a visit: a screen with an older one is given the first', async () => {
    const tokenFile = bench.file('token', first);
    const server = await bench.start({ tokenFile });
    const page = new EchoPage();
    server.serve(page);
    const old = cookieOf(await ask(server, `/screen/?token=${first}`));
    const screen = listen(server, '/screen/events', { Cookie: old });
    await until(() => screen.status === 200);
    writeFileSync(tokenFile, `# new since November\n${second}\n${first}\n`);
    await bench.clock.advance(5_000);
    await until(() => screen.ended);
    const again = listen(server, '/screen/events', { Cookie: old });
    await until(() => again.status === 200);
    const fresh = again.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(fresh).not.toBe(old);
    writeFileSync(tokenFile, second);
    await bench.clock.advance(5_000);
    await pause(50);
    const stale = await ask(server, '/screen/', { headers: { Cookie: old } });
    expect(stale.status).toBe(401);
    expect(stale.headers['set-cookie']?.[0]).toContain('Max-Age=0');
    expect((await ask(server, '/screen/', { headers: { Cookie: fresh } })).status).toBe(200);
  });

  it('that are guessed are refused more and more, while screens with their cookie stay in', async () => {
    const server = await bench.start({ tokenFile: bench.file('token', first) });
    server.serve(new EchoPage());
    const cookie = cookieOf(await ask(server, `/screen/?token=${first}`));
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess++) {
      statuses.push((await ask(server, `/screen/?token=guess-number-${guess}-0123456`)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect((await ask(server, `/screen/?token=${first}`)).status).toBe(429);
    expect((await ask(server, '/screen/', { headers: { Cookie: cookie } })).status).toBe(200);
    await bench.clock.advance(10_000);
    expect((await ask(server, `/screen/?token=${first}`)).status).toBe(303);
  });

  it.each([
    ['absent', (path: string) => rmSync(path)],
    ['empty', (path: string) => writeFileSync(path, '\n')],
    ['too short', (path: string) => writeFileSync(path, 'secret')],
    ['too many', (path: string) => writeFileSync(path, `${first}\n`.repeat(5))],
    ['too large', (path: string) => writeFileSync(path, `${first}\n`.repeat(1_000))],
    ['no text', (path: string) => writeFileSync(path, new Uint8Array(64).fill(200))],
  ])('in a file that is %s open nothing, and screens are told to wait', async (_, spoil) => {
    const tokenFile = bench.file('token', first);
    const server = await bench.start({ tokenFile });
    server.serve(new EchoPage());
    const headers = { Cookie: cookieOf(await ask(server, `/screen/?token=${first}`)) };
    const screen = listen(server, '/screen/events', headers);
    await until(() => screen.status === 200);
    spoil(tokenFile);
    await bench.clock.advance(1_000);
    const said = await ask(server, '/screen/', { headers });
    expect(said.status).toBe(503);
    expect(said.headers['set-cookie']).toBeUndefined();
    expect(said.body).toContain('http-equiv="refresh"');
    expect(bench.log.text).toContain(tokenFile);
    expect(bench.log.text).not.toContain(first);
    writeFileSync(tokenFile, first);
    await bench.clock.advance(1_000);
    expect((await ask(server, '/screen/', { headers })).status).toBe(200);
    expect(screen.ended).toBe(false);
    screen.end();
  });

  it('in a file that may not be read are told by the system’s code', async () => {
    const tokenFile = bench.file('token', first);
    chmodSync(tokenFile, 0o000);
    const server = await bench.start({ tokenFile });
    server.serve(new EchoPage());
    const { status } = await ask(server, '/screen/');
    // Root reads everything.
    expect(status).toBe(process.getuid?.() === 0 ? 401 : 503);
  });

  it('are needed wherever other machines reach the server', async () => {
    const server = await bench.start({ address: '0.0.0.0' });
    server.serve(new EchoPage());
    expect((await ask(server, '/screen/')).status).toBe(401);
    expect((await ask(server, '/')).body).not.toContain('screen');
  });
});

describe('what changes something', () => {
  it('is taken from the page itself', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const headers = await ofPage(server, page);
    const said = await ask(server, '/screen/do', { method: 'POST', headers, body: '{"a":[1]}' });
    expect(said.status).toBe(200);
    expect(JSON.parse(said.body)).toMatchObject({ method: 'POST', path: '/do', body: { a: [1] } });
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'http://evil.example' }],
    ['another port', { Origin: 'http://127.0.0.1:1' }],
    ['nowhere', { Origin: 'null' }],
    ['a site that the browser knows to be another', { 'Sec-Fetch-Site': 'cross-site' }],
    ['another program on this machine', { 'Sec-Fetch-Site': 'same-site' }],
    ['a page of an earlier start', { 'X-Hallward-Page': 'x'.repeat(43) }],
    ['whoever has no page', { 'X-Hallward-Page': '' }],
  ])('is refused from %s', async (_, wrong) => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const headers = { ...(await ofPage(server, page)), ...wrong };
    const count = page.requests.length;
    expect((await ask(server, '/screen/do', { method: 'POST', headers, body: '{}' })).status).toBe(403);
    expect(page.requests.length).toBe(count);
  });

  it('is refused without an origin', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const { Origin: _, ...headers } = await ofPage(server, page);
    expect((await ask(server, '/screen/do', { method: 'POST', headers, body: '{}' })).status).toBe(403);
  });

  it('needs a token of the page’s own: the server’s is for reading', async () => {
    const server = await bench.start({ tokenFile: bench.file('token', first) });
    const reading = new EchoPage('reading');
    const kiosk = new EchoPage('kiosk', bench.file('own', second));
    server.serve(reading);
    server.serve(kiosk);
    const post = async (page: EchoPage, token: string) => {
      const Cookie = cookieOf(await ask(server, `/${page.name}/?token=${token}`));
      const headers = await ofPage(server, page, { Cookie });
      return (await ask(server, `/${page.name}/do`, { method: 'POST', headers, body: '{}' })).status;
    };
    expect(await post(reading, first)).toBe(403);
    expect(await post(kiosk, second)).toBe(200);
  });

  it('never is a GET', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    await ask(server, '/screen/do', { body: '{"a":1}', headers: { 'Content-Type': 'application/json' } });
    expect(page.requests[0]).toMatchObject({ method: 'GET', body: {} });
  });
});

describe('whoever asks', () => {
  it.each<[string, number]>([
    ['127.0.0.1', 200],
    ['192.168.1.9:8080', 200],
    ['[::1]:8080', 200],
    ['localhost:1234', 200],
    ['Hall.Local', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['hall.local.evil.example', 403],
    ['localhost@evil.example', 403],
  ])('for the host %j gets %i', async (host, status) => {
    const server = await bench.start({ names: ['hall.local'] });
    server.serve(new EchoPage());
    expect((await ask(server, '/screen/', { headers: { Host: host } })).status).toBe(status);
  });

  it('without a host gets nothing', async () => {
    const server = await bench.start();
    server.serve(new EchoPage());
    expect(await raw(server, 'GET /screen/ HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400/,
    );
    expect(await raw(server, 'GET /screen/ HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403/);
  });

  it('from another site may follow a link, and load nothing of a page', async () => {
    const server = await bench.start();
    server.serve(new EchoPage());
    const link = {
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    };
    expect((await ask(server, '/screen/', { headers: link })).status).toBe(200);
    const frame = { ...link, 'Sec-Fetch-Dest': 'iframe' };
    expect((await ask(server, '/screen/', { headers: frame })).status).toBe(403);
    const stream = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' };
    expect((await ask(server, '/screen/events', { headers: stream })).status).toBe(403);
  });

  it.each([
    '/screen/../other/',
    '//evil.example/',
    '/screen/%2e%2e/x',
    '/SCREEN/',
    '/screen/a b',
    'http://evil.example/screen/',
    '*',
  ])('for the path %j gets none of a page', async (path) => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const text = await raw(server, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(page.requests).toEqual([]);
    expect(text).toMatch(/^HTTP\/1\.1 (40\d|200)/);
  });

  it('by a method that is none of a page’s is told which are', async () => {
    const server = await bench.start();
    server.serve(new EchoPage());
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const said = await ask(server, '/screen/', { method });
      expect([said.status, said.headers.allow]).toEqual([405, 'GET, POST']);
    }
  });
});

describe('too much', () => {
  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['a body over 16 KiB', JSON.stringify({ a: 'x'.repeat(17_000) }), {}, 413],
    ['a body that is not JSON', '{', {}, 400],
    ['a list', '[1]', {}, 400],
    ['text', '"text"', {}, 400],
    ['a form', 'a=1', { 'Content-Type': 'application/x-www-form-urlencoded' }, 400],
    ['JSON under another name', '{}', { 'Content-Type': 'text/plain' }, 400],
    ['bytes that are no UTF-8', Buffer.from('{"a":"\xff"}', 'latin1'), {}, 400],
  ])('or senseless: %s', async (_, body, more, status) => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const headers = { ...(await ofPage(server, page)), ...more };
    expect((await ask(server, '/screen/do', { method: 'POST', headers, body })).status).toBe(status);
    expect((await ask(server, '/screen/')).status).toBe(200);
  });

  it('of a body in chunks is cut at 16 KiB', async () => {
    const server = await bench.start();
    const page = new EchoPage();
    server.serve(page);
    const headers = await ofPage(server, page);
    const lines = Object.entries({ ...headers, Host: 'x', 'Transfer-Encoding': 'chunked' })
      .map(([name, value]) => `${name}: ${name === 'Host' ? new URL(server.url as string).host : value}\r\n`)
      .join('');
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`.repeat(8);
    const text = await raw(server, `POST /screen/do HTTP/1.1\r\n${lines}\r\n${chunk}0\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 413/);
  });

  it('of headers is refused', async () => {
    const server = await bench.start();
    server.serve(new EchoPage());
    const text = await raw(
      server,
      `GET /screen/ HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 431/);
  });

  it('of requests is refused for a moment, and counted in one line of the log', async () => {
    const server = await bench.start({ limits: { requestsPerSecond: 10, burst: 20 } });
    server.serve(new EchoPage());
    const said = await Promise.all(Array.from({ length: 60 }, () => ask(server, '/screen/')));
    expect(said.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(said.filter(({ status }) => status === 429)).toHaveLength(40);
    await bench.clock.advance(1_000);
    expect((await ask(server, '/screen/')).status).toBe(200);
    await bench.clock.advance(60_000);
    expect(bench.log.text).toContain('{"refused":{"requests":40}}');
  });

  it('of streams: a thousand screens get 64, and the others are told to wait', async () => {
    const server = await bench.start({
      limits: { burst: 10_000, connections: 2_000, requestsPerSecondOfAll: 10_000 },
    });
    const page = new EchoPage();
    server.serve(page);
    const screens = Array.from({ length: 1_000 }, () => listen(server, '/screen/events'));
    await until(() => screens.every(({ status, ended }) => status !== 0 || ended));
    expect(screens.filter(({ status }) => status === 200)).toHaveLength(64);
    expect(screens.filter(({ status }) => status === 503)).toHaveLength(936);
    for (const screen of screens) screen.end();
    await until(() => page.closed === 64);
    const next = listen(server, '/screen/events');
    await until(() => next.status === 200);
    next.end();
  });

  it('of connections is dropped, and those that stand go on', async () => {
    const server = await bench.start({ limits: { connections: 8 } });
    const page = new EchoPage();
    server.serve(page);
    const screen = listen(server, '/screen/events');
    await until(() => screen.status === 200);
    const url = new URL(server.url as string);
    const idle = Array.from({ length: 50 }, () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.on('error', () => {}).resume();
      return socket;
    });
    await until(() => idle.filter((socket) => socket.closed).length >= 43);
    page.streams[0]!.send('state', '1');
    await until(() => screen.heard.some(({ event }) => event === 'state'));
    for (const socket of idle) socket.destroy();
    await until(() => idle.every((socket) => socket.closed));
    await pause(50);
    expect((await ask(server, '/screen/')).status).toBe(200);
    screen.end();
  });

  it('time: who sends headers or a body drop by drop is cut off', async () => {
    const server = await bench.start({
      limits: { headersMilliseconds: 300, requestMilliseconds: 600, idleMilliseconds: 200 },
    });
    const page = new EchoPage();
    server.serve(page);
    const headers = await ofPage(server, page);
    const host = new URL(server.url as string).host;
    const lines = Object.entries({ ...headers, Host: host, 'Content-Length': '100' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const [slowHeaders, silent, slowBody, idle] = await Promise.all([
      raw(server, 'GET /screen/ HTTP/1.1\r\nHost: loc'),
      raw(server, ''),
      raw(server, `POST /screen/do HTTP/1.1\r\n${lines}\r\n{"a":`),
      raw(server, `GET /screen/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    ]);
    expect(slowHeaders).toMatch(/^HTTP\/1\.1 408/);
    expect(silent === '' || silent.startsWith('HTTP/1.1 408')).toBe(true);
    expect(slowBody).not.toMatch(/200 OK/);
    expect(idle).toMatch(/^HTTP\/1\.1 200/);
    expect(page.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('on one connection is ended after so many requests', async () => {
    const server = await bench.start({ limits: { requestsOfOneConnection: 3 } });
    server.serve(new EchoPage());
    const one = 'GET /screen/ HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const text = await raw(server, one.repeat(6));
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('garbage is answered or dropped, whatever it is, and pages go on', async () => {
    const server = await bench.start({ limits: { headersMilliseconds: 200, burst: 10_000 } });
    server.serve(new EchoPage());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
        const text = await raw(server, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
        expect(text === '' || text.startsWith('HTTP/1.1 4')).toBe(true);
      }),
      { numRuns: 60 },
    );
    const almost = [
      'GET',
      'POST /screen/ HTTP/9.9',
      'GET /screen/ HTTP/1.1\nHost: a\n',
      '\0\0\0\0',
      '\x16\x03\x01\x02\x00',
    ];
    await Promise.all(almost.map((text) => raw(server, `${text}\r\n\r\n`)));
    expect((await ask(server, '/screen/')).status).toBe(200);
  }, 60_000);
});
